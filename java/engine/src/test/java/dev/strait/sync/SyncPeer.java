package dev.strait.sync;

import dev.strait.CorruptSegmentException;
import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The Java end of {@link SyncPairingTest}, whose table, scenarios.txt, tells the commands. native/test/peer/sync_peer.c is the
 * same program in C.
 *
 * <p>Exceptions become the errno that C answers in their place:
 *
 * <ul>
 *   <li>{@link ErrnoException}: its own. {@link CorruptSegmentException}: EUCLEAN.
 *   <li>{@link IllegalArgumentException}: EINVAL. {@link IllegalMonitorStateException}: EPERM.
 *   <li>{@link IllegalStateException}: EDEADLK from a lock; EINVAL from repaired, and from the release of a recoverable
 *       semaphore; EOVERFLOW from that of a plain one.
 *   <li>{@link InterruptedException}: EINTR.
 * </ul>
 */
final class SyncPeer {
    private final Map<String, Command> commands = new HashMap<>();
    private Path directory = Path.of("/nonexistent");
    private Segment segment;
    private Waiter<String> background;
    private volatile BooleanSupplier waits = () -> false;

    /** Carries out one line. */
    @FunctionalInterface
    private interface Command {
        String run(Call call) throws IOException, InterruptedException;
    }

    /** A line: the command's name and its arguments. */
    private record Call(List<String> words) {
        String word(int index) {
            return words.get(index);
        }

        int number(int index) {
            return Integer.parseInt(words.get(index));
        }

        long timeoutNs(int index) {
            return TimeUnit.MILLISECONDS.toNanos(number(index));
        }

        boolean has(String word) {
            return words.contains(word);
        }

        /** "spin", "mixed", or else at once asleep. */
        WaitPolicy policy() {
            if (has("spin")) {
                return WaitPolicy.SPIN;
            }
            return has("mixed") ? WaitPolicy.SPIN_THEN_SLEEP : WaitPolicy.SLEEP;
        }
    }

    private SyncPeer() {
        addSegmentCommands();
        addSemaphoreCommands();
        addLockCommands();
        addConditionCommands();
        addWatchCommand();
    }

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        SyncPeer peer = new SyncPeer();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.print(peer.serve(line) + "\n");
            out.flush();
        }
    }

    private String serve(String line) {
        if (line.startsWith("start ")) {
            join();
            background = Waiter.start(() -> carryOut(line.substring("start ".length())));
            return "started";
        }
        return switch (line) {
            case "asleep" -> asleep();
            case "result" -> join();
            default -> carryOut(line);
        };
    }

    private String carryOut(String line) {
        Call call = new Call(List.of(line.split(" ", -1)));
        Command command = commands.get(call.word(0));
        if (command == null) {
            return "error ENOSYS";
        }
        try {
            return command.run(call);
        } catch (IOException | InterruptedException | RuntimeException e) {
            return "error " + symbol(call, e);
        }
    }

    private String symbol(Call call, Exception failure) {
        if (failure instanceof ErrnoException e) {
            return e.symbol();
        } else if (failure instanceof CorruptSegmentException) {
            return "EUCLEAN";
        } else if (failure instanceof IllegalArgumentException) {
            return "EINVAL";
        } else if (failure instanceof IllegalMonitorStateException) {
            return "EPERM";
        } else if (failure instanceof InterruptedException) {
            return "EINTR";
        } else if (failure instanceof IllegalStateException) {
            return switch (call.word(0)) {
                case "lock" -> "EDEADLK";
                case "repaired" -> "EINVAL";
                case "release" -> isRecoverable(call.word(1)) ? "EINVAL" : "EOVERFLOW";
                default -> failure.toString();
            };
        }
        return failure.toString();
    }

    private boolean isRecoverable(String name) {
        try {
            return Semaphore.open(segment, name).isRecoverable();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private String join() {
        try {
            return background == null ? "" : background.result();
        } catch (ExecutionException | InterruptedException e) {
            return e.toString();
        }
    }

    private String asleep() {
        try {
            return background.comesToSleep(() -> waits.getAsBoolean()) ? "asleep" : "awake";
        } catch (IOException | InterruptedException e) {
            return e.toString();
        }
    }

    // ---- Segments ----------------------------------------------------------------------------------------------

    private void addSegmentCommands() {
        commands.put("reset", call -> {
            close();
            join();
            Thread.interrupted();
            directory = Path.of(call.word(1));
            return "ok";
        });
        commands.put("close", call -> {
            close();
            return "ok";
        });
        commands.put("create", call -> {
            SegmentOptions options = options();
            for (String word : call.words().subList(2, call.words().size())) {
                options = word.startsWith("user=")
                        ? options.userBytes(Integer.parseInt(word.substring("user=".length())))
                        : options.object(declaration(List.of(word.split(":", -1))));
            }
            Segment created = Segment.create(call.word(1), options);
            close();
            segment = created;
            return "created";
        });
        commands.put("open", call -> {
            Segment opened = Segment.open(call.word(1), options());
            close();
            segment = opened;
            return "opened";
        });
        commands.put("number", call -> Long.toString(segment.region().getLong(0)));
    }

    private SegmentOptions options() {
        return SegmentOptions.defaults().directory(directory);
    }

    private void close() {
        if (segment != null) {
            segment.close();
        }
        segment = null;
    }

    private static SegmentObject declaration(List<String> words) {
        return switch (words.get(0)) {
            case "lock" -> Lock.declare(words.get(1));
            case "condition" -> Condition.declare(words.get(1));
            default -> {
                Semaphore.Declaration plain = Semaphore.declare(words.get(1), Integer.parseInt(words.get(2)));
                Semaphore.Declaration lasting = words.contains("recoverable") ? plain.recoverable() : plain;
                yield words.contains("overtaking") ? lasting.overtaking() : lasting;
            }
        };
    }

    /** Whether this attachment stands in line. */
    private static boolean isInLine(SyncObject object) {
        return isSet(object, SyncLayout.WAITING);
    }

    /** Whether this attachment's bit is set in a bitmap. */
    private static boolean isSet(SyncObject object, int bitmap) {
        long slot = object.someOwn >>> 4 & 63;
        return ((long) SyncObject.WORD.getVolatile(object.words, bitmap) >>> slot & 1) != 0;
    }

    private String interrupt(Object present) {
        if (present != null && background != null && !background.isDone()) {
            background.interrupt();
        }
        return "ok";
    }

    private static String done(int outcome) {
        return outcome == 0 ? "ok" : Outcome.toString(outcome);
    }

    private static String awaited(int outcome, long startNs, long timeoutNs) {
        boolean early = outcome == Outcome.TIMED_OUT && System.nanoTime() - startNs < timeoutNs;
        return done(outcome) + (early ? " too early" : "");
    }

    // ---- Semaphores --------------------------------------------------------------------------------------------

    private Semaphore semaphore(Call call) throws IOException {
        return Semaphore.open(segment, call.word(1));
    }

    private void addSemaphoreCommands() {
        commands.put("acquire", call -> {
            Semaphore semaphore = semaphore(call);
            waits = () -> isInLine(semaphore);
            long startNs = System.nanoTime();
            return awaited(
                    semaphore.acquire(call.number(2), call.policy(), call.timeoutNs(3)), startNs, call.timeoutNs(3));
        });
        commands.put("release", call -> {
            semaphore(call).release(call.number(2));
            return "ok";
        });
        commands.put("drain", call -> Integer.toString(semaphore(call).drainPermits()));
        commands.put("available", call -> Integer.toString(semaphore(call).availablePermits()));
        commands.put("held", call -> Integer.toString(semaphore(call).heldPermits()));
        commands.put("queued", call -> Integer.toString(semaphore(call).getQueueLength()));
        commands.put("interrupt-semaphore", call -> interrupt(semaphore(call)));
    }

    // ---- Locks -------------------------------------------------------------------------------------------------

    private Lock lock(Call call) throws IOException {
        return Lock.open(segment, call.word(1));
    }

    private int lock(Call call, Lock lock) throws InterruptedException {
        waits = () -> isInLine(lock);
        return lock.lock(call.policy(), call.timeoutNs(2));
    }

    private void addLockCommands() {
        commands.put("lock", call -> {
            Lock lock = lock(call);
            long startNs = System.nanoTime();
            return awaited(lock(call, lock), startNs, call.timeoutNs(2));
        });
        commands.put("repaired", call -> {
            lock(call).repaired();
            return "ok";
        });
        commands.put("unlock", call -> {
            lock(call).unlock();
            return "ok";
        });
        commands.put("is-mine", call -> lock(call).isHeldByCurrentThread() ? "yes" : "no");
        commands.put("interrupt-lock", call -> interrupt(lock(call)));
        commands.put("hold", call -> {
            Lock lock = lock(call);
            int outcome = lock(call, lock);
            if (outcome == Outcome.OWNER_DIED && call.has("repair")) {
                lock.repaired();
            }
            if (outcome == 0 || outcome == Outcome.OWNER_DIED) {
                lock.unlock();
            }
            return done(outcome);
        });
        commands.put("count", call -> {
            Lock lock = lock(call);
            ByteBuffer region = segment.region();
            for (int i = 0; i < call.number(2); i++) {
                int outcome = lock.lock(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
                if (outcome != 0) {
                    return done(outcome);
                }
                region.putLong(0, region.getLong(0) + 1);
                lock.unlock();
            }
            return "ok";
        });
    }

    // ---- Conditions --------------------------------------------------------------------------------------------

    private void addConditionCommands() {
        commands.put("wait", call -> {
            Lock lock = Lock.open(segment, call.word(2));
            Condition condition = Condition.open(lock, call.word(1));
            waits = condition::hasWaiters;
            locked(lock);
            long startNs = System.nanoTime();
            String reply;
            try {
                int outcome = condition.await(call.policy(), call.timeoutNs(3));
                reply = awaited(outcome, startNs, call.timeoutNs(3));
                if (outcome == Outcome.CLOSED || outcome == Outcome.NOT_RECOVERABLE) {
                    return reply;
                }
            } catch (InterruptedException e) {
                reply = "error EINTR";
            }
            lock.unlock();
            return reply;
        });
        commands.put("notify", call -> {
            Lock lock = Lock.open(segment, call.word(2));
            Condition condition = Condition.open(lock, call.word(1));
            locked(lock);
            condition.signal();
            lock.unlock();
            return "ok";
        });
        commands.put("notify-all", call -> {
            Lock lock = Lock.open(segment, call.word(2));
            Condition condition = Condition.open(lock, call.word(1));
            locked(lock);
            condition.signalAll();
            lock.unlock();
            return "ok";
        });
        commands.put(
                "interrupt-condition",
                call -> interrupt(Condition.open(Lock.open(segment, call.word(2)), call.word(1))));
    }

    // ---- Wait sets ---------------------------------------------------------------------------------------------

    private void addWatchCommand() {
        commands.put("watch", call -> {
            Semaphore semaphore = semaphore(call);
            waits = () -> isSet(semaphore, SyncLayout.WATCHERS);
            long startNs = System.nanoTime();
            try (WaitSet set = WaitSet.open()) {
                WaitSet.Key permits = set.add(semaphore.whenAvailable(call.number(2)));
                WaitSet.Key lock = set.add(Lock.open(segment, call.word(3)).whenAvailable());
                int outcome = set.await(call.policy(), call.timeoutNs(4));
                return outcome > 0 ? told(permits) + " " + told(lock) : awaited(outcome, startNs, call.timeoutNs(4));
            }
        });
    }

    private static String told(WaitSet.Key key) {
        return key.isReady() ? Outcome.toString(key.outcome()) : "-";
    }

    private static void locked(Lock lock) throws InterruptedException {
        int outcome = lock.lock(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
        if (outcome != 0) {
            throw new AssertionError(
                    Arrays.asList(lock, Outcome.toString(outcome)).toString());
        }
    }
}
