package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.KillPoint;
import dev.strait.segment.Segment;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The JVM of {@link SyncRaceTest}, with the second build of the engine. One thread uses an object of an attachment while
 * another closes that attachment; both go from one point to the next in each order that there is. A third party then looks
 * at what is left.
 */
final class SyncRacePeer {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(20);

    /** Where a close is: not begun, at a point, or through. */
    private static final List<String> CLOSING =
            List.of("", "object_closed", "object_retired", "leave_objects", "leave_free", "closed");

    private final Path directory;
    private int races;

    /** What the lock was before. */
    private enum Before {
        FREE,
        ENDED,
        DEAD
    }

    /** A thread that goes from point to point. */
    private static final class Walker<T> {
        private final Callable<T> call;
        private Waiter<T> waiter;
        private String held = "";

        Walker(Callable<T> call) {
            this.call = call;
        }

        /** To a point, or to its end if it does not come by there. */
        void goTo(String point) throws InterruptedException {
            if (!point.isEmpty() && !point.equals(held)) {
                KillPoint.hold(point);
                leave(point);
                long deadlineNs = System.nanoTime() + PATIENCE_NS;
                while (!KillPoint.isReached(point) && !waiter.isDone()) {
                    must(System.nanoTime() < deadlineNs, "nobody comes to " + point);
                    LockSupport.parkNanos(20_000);
                }
            }
        }

        T end() throws Exception {
            leave("");
            return waiter.result(TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NS));
        }

        private void leave(String next) {
            if (waiter == null) {
                waiter = Waiter.start(call);
            }
            if (!held.isEmpty()) {
                KillPoint.letGo(held);
            }
            held = next;
        }
    }

    /** A user and a closer of one attachment. */
    private static final class Race<T> {
        private final Walker<T> user;
        private final Walker<Void> closer;
        private final StringBuilder course = new StringBuilder();

        Race(Segment segment, Callable<T> use) {
            user = new Walker<>(use);
            closer = new Walker<>(() -> {
                segment.close();
                return null;
            });
        }

        void use(String point) throws InterruptedException {
            course.append(' ').append(point);
            user.goTo(point);
        }

        void close(String step) throws Exception {
            course.append(" [").append(step).append(']');
            if (step.equals("closed")) {
                closer.end();
            } else {
                closer.goTo(step);
            }
        }

        T end() throws Exception {
            T result = user.end();
            closer.end();
            course.append(": ").append(result);
            return result;
        }
    }

    private SyncRacePeer(Path directory) {
        this.directory = directory;
    }

    public static void main(String[] arguments) throws Exception {
        SyncRacePeer peer = new SyncRacePeer(Path.of(arguments[0]));
        for (List<String> closing : schedules(3)) {
            for (Before before : Before.values()) {
                peer.lock(before, closing);
            }
        }
        for (String givenUp : CLOSING) {
            peer.lockThatAnotherHasMeanwhile(givenUp);
        }
        for (List<String> closing : schedules(2)) {
            peer.unlock(closing);
            peer.acquire(closing);
            for (int permits = 0; permits < 2; permits++) {
                peer.release(permits, closing);
            }
        }
        System.out.println(peer.races + " races");
    }

    /** How far the close may have come at so many times. */
    private static List<List<String>> schedules(int times) {
        List<List<String>> schedules = new ArrayList<>(List.of(List.of()));
        for (int i = 0; i < times; i++) {
            List<List<String>> longer = new ArrayList<>();
            for (List<String> schedule : schedules) {
                int from = schedule.isEmpty() ? 0 : CLOSING.indexOf(schedule.get(schedule.size() - 1));
                for (String step : CLOSING.subList(from, CLOSING.size())) {
                    List<String> next = new ArrayList<>(schedule);
                    next.add(step);
                    longer.add(next);
                }
            }
            schedules = longer;
        }
        return schedules;
    }

    private static void must(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }

    private <T> T run(Race<T> race, List<String> points, List<String> closing) throws Exception {
        for (int i = 0; i < points.size(); i++) {
            race.use(points.get(i));
            race.close(closing.get(i));
        }
        races++;
        return race.end();
    }

    // ---- Locks -------------------------------------------------------------------------------------------------

    private void prepare(Lock lock, Before before) throws Exception {
        switch (before) {
            case FREE -> {}
            case ENDED -> {
                lock.lock();
                lock.unlock();
            }
            case DEAD -> {
                try (Segment other = Syncs.again(directory)) {
                    Lock.open(other, "lock").lock();
                }
            }
        }
    }

    /** Who comes next has to get the lock, and has to be told when one had it who has left. */
    private static int next(Lock lock) throws Exception {
        int outcome = lock.lock(WaitPolicy.SLEEP, PATIENCE_NS);
        if (outcome == Outcome.OWNER_DIED) {
            lock.repaired();
        }
        if (outcome == 0 || outcome == Outcome.OWNER_DIED) {
            lock.unlock();
        }
        return outcome;
    }

    private void lock(Before before, List<String> closing) throws Exception {
        try (Segment keeper = segment(0)) {
            Lock kept = Lock.open(keeper, "lock");
            prepare(kept, before);
            Segment leaver = Syncs.again(directory);
            Lock lock = Lock.open(leaver, "lock");
            Race<Integer> race = new Race<>(leaver, () -> lock.lock(WaitPolicy.SLEEP, 0));
            int outcome = run(race, List.of("lock_seen", "lock_taken", "lock_confirmed"), closing);
            int after = next(kept);
            String course = before + race.course.toString() + ", then " + Outcome.toString(after);
            boolean had = outcome == 0 || outcome == Outcome.OWNER_DIED;
            must(had || outcome == Outcome.CLOSED, course);
            must(after == Outcome.OWNER_DIED || (after == 0 && !had && before != Before.DEAD), course);
        }
        delete();
    }

    /** Whoever closes finds the lock held, and by nobody of his. */
    private void lockThatAnotherHasMeanwhile(String givenUp) throws Exception {
        try (Segment keeper = segment(0)) {
            Lock kept = Lock.open(keeper, "lock");
            prepare(kept, Before.ENDED);
            Segment leaver = Syncs.again(directory);
            Lock lock = Lock.open(leaver, "lock");
            Race<Integer> race = new Race<>(leaver, () -> lock.lock(WaitPolicy.SLEEP, 0));
            race.use("lock_seen");
            kept.lock();
            race.close("object_closed");
            if (CLOSING.indexOf(givenUp) > 1) {
                race.close(givenUp);
            }
            kept.unlock();
            race.close("closed");
            races++;
            int outcome = race.end();
            must(outcome == Outcome.CLOSED, race.course.toString());
            must(next(kept) == 0, race.course + ", then not free");
        }
        delete();
    }

    private void unlock(List<String> closing) throws Exception {
        try (Segment keeper = segment(0)) {
            Segment leaver = Syncs.again(directory);
            Lock lock = Lock.open(leaver, "lock");
            Race<Boolean> race = new Race<>(leaver, () -> {
                lock.lock();
                return succeeds(lock::unlock);
            });
            boolean isUnlocked = run(race, List.of("lock_before_release", "lock_released"), closing);
            int after = next(Lock.open(keeper, "lock"));
            must(after == (isUnlocked ? 0 : Outcome.OWNER_DIED), race.course + ", then " + Outcome.toString(after));
        }
        delete();
    }

    // ---- Permits -----------------------------------------------------------------------------------------------

    private void acquire(List<String> closing) throws Exception {
        try (Segment keeper = segment(3)) {
            Segment leaver = Syncs.again(directory);
            Semaphore semaphore = Semaphore.open(leaver, "plain");
            Race<Integer> race = new Race<>(leaver, () -> semaphore.acquire(1, WaitPolicy.SLEEP, 0));
            int outcome = run(race, List.of("semaphore_seen", "semaphore_taken"), closing);
            int left = Semaphore.open(keeper, "plain").availablePermits();
            must(left == (outcome == 0 ? 2 : 3), race.course + ", " + left + " left");
        }
        delete();
    }

    private void release(int permits, List<String> closing) throws Exception {
        try (Segment keeper = segment(permits)) {
            Segment leaver = Syncs.again(directory);
            Semaphore semaphore = Semaphore.open(leaver, "plain");
            Race<Boolean> race = new Race<>(leaver, () -> succeeds(semaphore::release));
            boolean isReleased = run(race, List.of("semaphore_releasing", "semaphore_given"), closing);
            int left = Semaphore.open(keeper, "plain").availablePermits();
            must(left == permits + 1 || (left == permits && !isReleased), race.course + ", " + left + " left");
        }
        delete();
    }

    /** False when the segment was closed. */
    private static boolean succeeds(Runnable call) {
        try {
            call.run();
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private Segment segment(int permits) throws IOException {
        return Syncs.segment(directory, Lock.declare("lock"), Semaphore.declare("plain", permits));
    }

    private void delete() throws IOException {
        Files.delete(directory.resolve("shop"));
    }
}
