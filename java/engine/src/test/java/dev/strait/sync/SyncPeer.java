package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Peer;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * The Java end of {@link SyncPairingTest}, whose table, scenarios.txt, tells the commands. native/test/peer/sync_peer.c is the
 * same program in C.
 *
 * <p>Its own exceptions become the errno that C answers in their place:
 *
 * <ul>
 *   <li>{@link IllegalMonitorStateException}: EPERM. {@link ArithmeticException}: EOVERFLOW.
 *   <li>{@link IllegalStateException}: EDEADLK from a lock; EINVAL from repaired, and from the release of a recoverable
 *       semaphore; EOVERFLOW from that of a plain one.
 * </ul>
 */
final class SyncPeer extends Peer {
    private Segment segment;
    private volatile BooleanSupplier waits = () -> false;

    /** Opens what word 1 of a call names. */
    @FunctionalInterface
    private interface Opener<T> {
        T open(Call call) throws IOException;
    }

    private SyncPeer() {
        addSegmentCommands();
        addSemaphoreCommands();
        addLockCommands();
        addConditionCommands();
        addSequenceCommands();
        addLatchCommands();
        addBarrierCommands();
        addWatchCommand();
    }

    public static void main(String[] arguments) throws IOException {
        new SyncPeer().serve();
    }

    @Override
    protected boolean isRegistered() {
        return waits.getAsBoolean();
    }

    @Override
    protected String symbolOfOwn(Call call, Exception failure) {
        if (failure instanceof IllegalMonitorStateException) {
            return "EPERM";
        } else if (failure instanceof ArithmeticException) {
            return "EOVERFLOW";
        } else if (failure instanceof IllegalStateException) {
            return switch (call.word(0)) {
                case "lock" -> "EDEADLK";
                case "repaired" -> "EINVAL";
                case "release" -> isRecoverable(call.word(1)) ? "EINVAL" : "EOVERFLOW";
                default -> null;
            };
        }
        return null;
    }

    private boolean isRecoverable(String name) {
        try {
            return Semaphore.open(segment, name).isRecoverable();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // ---- Segments ----------------------------------------------------------------------------------------------

    private void addSegmentCommands() {
        command("create", call -> {
            SegmentOptions options = options();
            for (String word : call.words().subList(2, call.words().size())) {
                options = word.startsWith("user=")
                        ? options.userBytes(call.option("user", 10, 0))
                        : options.object(declaration(List.of(word.split(":", -1))));
            }
            Segment created = Segment.create(call.word(1), options);
            close();
            segment = created;
            return "created";
        });
        command("open", call -> {
            Segment opened = Segment.open(call.word(1), options());
            close();
            segment = opened;
            return "opened";
        });
        command("number", call -> Long.toString(segment.region().getLong(0)));
    }

    private SegmentOptions options() {
        return SegmentOptions.defaults().directory(directory());
    }

    @Override
    protected void close() {
        if (segment != null) {
            segment.close();
        }
        segment = null;
    }

    private static SegmentObject declaration(List<String> words) {
        String name = words.get(1);
        return switch (words.get(0)) {
            case "lock" -> Lock.declare(name);
            case "condition" -> Condition.declare(name);
            case "sequence" -> Sequence.declare(name, Long.parseLong(words.get(2)));
            case "latch" -> Latch.declare(name, Integer.parseInt(words.get(2)));
            case "barrier" -> Barrier.declare(name, Integer.parseInt(words.get(2)));
            default -> {
                Semaphore.Declaration plain = Semaphore.declare(name, Integer.parseInt(words.get(2)));
                Semaphore.Declaration lasting = words.contains("recoverable") ? plain.recoverable() : plain;
                yield words.contains("overtaking") ? lasting.overtaking() : lasting;
            }
        };
    }

    private void addInterrupt(String kind, Opener<?> opener) {
        act("interrupt-" + kind, call -> {
            opener.open(call);
            interrupt();
        });
    }

    // ---- Semaphores --------------------------------------------------------------------------------------------

    private Semaphore semaphore(Call call) throws IOException {
        return Semaphore.open(segment, call.word(1));
    }

    private void addSemaphoreCommands() {
        command("acquire", call -> {
            Semaphore semaphore = semaphore(call);
            waits = () -> Syncs.isRegistered(semaphore);
            Wait wait = call.begin(3);
            return wait.reply(semaphore.acquire(call.number(2), wait.policy(), wait.timeoutNs()));
        });
        act("release", call -> semaphore(call).release(call.number(2)));
        command("drain", call -> Integer.toString(semaphore(call).drainPermits()));
        command("available", call -> Integer.toString(semaphore(call).availablePermits()));
        command("held", call -> Integer.toString(semaphore(call).heldPermits()));
        command("queued", call -> Integer.toString(semaphore(call).getQueueLength()));
        addInterrupt("semaphore", this::semaphore);
    }

    // ---- Locks -------------------------------------------------------------------------------------------------

    private Lock lock(Call call) throws IOException {
        return Lock.open(segment, call.word(1));
    }

    private int lock(Lock lock, Wait wait) throws InterruptedException {
        waits = () -> Syncs.isRegistered(lock);
        return lock.lock(wait.policy(), wait.timeoutNs());
    }

    private void addLockCommands() {
        command("lock", call -> {
            Wait wait = call.begin(2);
            return wait.reply(lock(lock(call), wait));
        });
        act("repaired", call -> lock(call).repaired());
        act("unlock", call -> lock(call).unlock());
        ask("is-mine", call -> lock(call).isHeldByCurrentThread());
        addInterrupt("lock", this::lock);
        command("hold", call -> {
            Lock lock = lock(call);
            int outcome = lock(lock, call.begin(2));
            if (outcome == Outcome.OWNER_DIED && call.has("repair")) {
                lock.repaired();
            }
            if (outcome == 0 || outcome == Outcome.OWNER_DIED) {
                lock.unlock();
            }
            return done(outcome);
        });
        command("count", this::count);
    }

    private String count(Call call) throws IOException, InterruptedException {
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
    }

    // ---- Conditions --------------------------------------------------------------------------------------------

    private Condition condition(Call call) throws IOException {
        return Condition.open(Lock.open(segment, call.word(2)), call.word(1));
    }

    private void addConditionCommands() {
        command("wait", this::await);
        act("notify", call -> {
            Lock lock = locked(call);
            condition(call).signal();
            lock.unlock();
        });
        act("notify-all", call -> {
            Lock lock = locked(call);
            condition(call).signalAll();
            lock.unlock();
        });
        addInterrupt("condition", this::condition);
    }

    private String await(Call call) throws IOException, InterruptedException {
        Condition condition = condition(call);
        waits = condition::hasWaiters;
        Lock lock = locked(call);
        Wait wait = call.begin(3);
        String reply;
        try {
            int outcome = condition.await(wait.policy(), wait.timeoutNs());
            reply = wait.reply(outcome);
            if (outcome == Outcome.CLOSED || outcome == Outcome.NOT_RECOVERABLE) {
                return reply;
            }
        } catch (InterruptedException e) {
            reply = "error EINTR";
        }
        lock.unlock();
        return reply;
    }

    private Lock locked(Call call) throws IOException, InterruptedException {
        Lock lock = Lock.open(segment, call.word(2));
        int outcome = lock.lock(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
        if (outcome != 0) {
            throw new AssertionError(lock + ": " + Outcome.toString(outcome));
        }
        return lock;
    }

    // ---- Sequences, latches, barriers --------------------------------------------------------------------------

    private Sequence sequence(Call call) throws IOException {
        return Sequence.open(segment, call.word(1));
    }

    private Latch latch(Call call) throws IOException {
        return Latch.open(segment, call.word(1));
    }

    private Barrier barrier(Call call) throws IOException {
        return Barrier.open(segment, call.word(1));
    }

    private void addGateCommands(String kind, Opener<? extends Gate> opener) {
        act("join-" + kind, call -> opener.open(call).join());
        act("leave-" + kind, call -> opener.open(call).leave());
        addInterrupt(kind, opener);
    }

    private void addSequenceCommands() {
        addGateCommands("sequence", this::sequence);
        command("value", call -> Long.toString(sequence(call).get()));
        ask("advance", call -> sequence(call).advance(call.longNumber(2)));
        command("increment", call -> Long.toString(sequence(call).increment(call.longNumber(2))));
        command("await-sequence", call -> {
            Sequence sequence = sequence(call);
            waits = () -> Syncs.isRegistered(sequence);
            Wait wait = call.begin(3);
            return wait.reply(sequence.await(call.longNumber(2), wait.policy(), wait.timeoutNs()));
        });
    }

    private void addLatchCommands() {
        addGateCommands("latch", this::latch);
        command("left", call -> Integer.toString(latch(call).getCount()));
        command("count-down", call -> Integer.toString(latch(call).countDown()));
        command("await-latch", call -> {
            Latch latch = latch(call);
            waits = () -> Syncs.isRegistered(latch);
            Wait wait = call.begin(2);
            return wait.reply(latch.await(wait.policy(), wait.timeoutNs()));
        });
    }

    private void addBarrierCommands() {
        addGateCommands("barrier", this::barrier);
        command("parties", call -> Integer.toString(barrier(call).getParties()));
        command("arrived", call -> Integer.toString(barrier(call).getNumberWaiting()));
        ask("is-broken", call -> barrier(call).isBroken());
        act("reset-barrier", call -> barrier(call).reset());
        command("arrive", call -> {
            Barrier barrier = barrier(call);
            waits = () -> Syncs.isRegistered(barrier);
            Wait wait = call.begin(2);
            int outcome = barrier.await(wait.policy(), wait.timeoutNs());
            return outcome >= 0 ? Integer.toString(outcome) : wait.reply(outcome);
        });
    }

    // ---- Wait sets ---------------------------------------------------------------------------------------------

    private void addWatchCommand() {
        command("watch", call -> {
            Semaphore semaphore = semaphore(call);
            waits = () -> Syncs.isWatching(semaphore);
            Wait wait = call.begin(4);
            try (WaitSet set = WaitSet.open()) {
                WaitSet.Key permits = set.add(semaphore.whenAvailable(call.number(2)));
                WaitSet.Key lock = set.add(Lock.open(segment, call.word(3)).whenAvailable());
                int outcome = set.await(wait.policy(), wait.timeoutNs());
                return outcome > 0 ? told(permits) + " " + told(lock) : wait.reply(outcome);
            }
        });
    }

    private static String told(WaitSet.Key key) {
        return key.isReady() ? Outcome.toString(key.outcome()) : "-";
    }
}
