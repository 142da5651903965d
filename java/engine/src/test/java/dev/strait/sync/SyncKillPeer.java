package dev.strait.sync;

import static dev.strait.testing.Ledger.check;

import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.testing.Ledger;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** One peer of the kill suite: native/test/kill/sync_peer.c, which says how it is called, in Java. */
final class SyncKillPeer {
    private static final String NAME = "sync";
    private static final int STINT_LENGTH = 30;
    private static final int PERMITS = 3;
    private static final int CROWD = 8;
    private static final int THREADS = 160 * CROWD;
    private static final long FOREVER = Long.MAX_VALUE;

    private static final long NOTHING = 0;
    private static final long PERHAPS = 1;
    private static final long CERTAINLY = 2;

    /** The first words of native/test/kill/sync_ledger.h. */
    private static final class Word {
        static final int SEED = 0;
        static final int NOBODY_DIES = 1;
        static final int RECOVERABLE_TAKEN = 2;
        static final int PLAIN_TAKEN = 3;
        static final int WORKERS_STOP = 4;
        static final int NOTIFIERS_STOP = 5;
        static final int ATTACHED = 6;
        static final int TOLD = 7;
        static final int BEGUN = 8;
        static final int DONE = 9;
        static final int FIRST = 10;
        static final int SECOND = 11;
        static final int TOKENS = 12;
        static final int COUNT = 13;

        private Word() {}
    }

    /** Those of each thread, behind them. */
    private static final class Own {
        static final int STEPS = 0;
        static final int HAS_LOCK = 1;
        static final int HAS_PERMITS = 2;
        static final int PLAIN_PERMITS = 3;
        static final int CHANGES = 4;
        static final int GATES = 5;
        static final int COUNT = 6;

        private Own() {}
    }

    private static final long SEQUENCE = 1;
    private static final long LATCH = 2;
    private static final long BARRIER = 4;

    /** An attachment. */
    private record Objects(
            Segment segment,
            Semaphore recoverable,
            Semaphore plain,
            Lock lock,
            Condition condition,
            Sequence sequence,
            Latch latch,
            Barrier barrier,
            WaitSet set)
            implements AutoCloseable {
        static Objects attach(Path directory) throws IOException {
            Segment segment = Segment.open(NAME, Syncs.options(directory));
            Semaphore recoverable = Semaphore.open(segment, "recoverable");
            Semaphore plain = Semaphore.open(segment, "plain");
            Lock lock = Lock.open(segment, "lock");
            WaitSet set = WaitSet.open();
            set.add(recoverable.whenAvailable(1));
            set.add(plain.whenAvailable(PERMITS));
            set.add(lock.whenAvailable());
            return new Objects(
                    segment,
                    recoverable,
                    plain,
                    lock,
                    Condition.open(lock, "condition"),
                    Sequence.open(segment, "sequence"),
                    Latch.open(segment, "latch"),
                    Barrier.open(segment, "barrier"),
                    set);
        }

        @Override
        public void close() {
            set.close();
            segment.close();
        }
    }

    private final Ledger ledger;
    private final Path directory;
    private final int self;
    private final boolean isAlone;
    private final Random random;
    private Objects objects;

    private SyncKillPeer(Ledger ledger, Path directory, int self, boolean isAlone) {
        this.ledger = ledger;
        this.directory = directory;
        this.self = self;
        this.isAlone = isAlone;
        this.random = new Random(ledger.get(Word.SEED) + ProcessHandle.current().pid() + self);
    }

    public static void main(String[] arguments) throws Exception {
        Ledger ledger = new Ledger(Path.of(arguments[0]), Word.COUNT + THREADS * Own.COUNT);
        Path directory = Path.of(arguments[1]);
        String role = arguments[3];
        SyncKillPeer peer = new SyncKillPeer(ledger, directory, Integer.parseInt(arguments[2]), !role.equals("crowd"));
        switch (role) {
            case "worker" -> peer.work(arguments[4], arguments.length > 5);
            case "crowd" -> peer.workAsCrowd(arguments[4]);
            case "notifier" -> peer.signal();
            default -> peer.stay(role.equals("holder"));
        }
    }

    private void attach() throws IOException {
        objects = Objects.attach(directory);
        ledger.add(Word.ATTACHED, 1);
    }

    private void set(int word, long value) {
        ledger.set(index(word), value);
    }

    private int index(int word) {
        return Word.COUNT + self * Own.COUNT + word;
    }

    private void pauseSometimes() {
        if (random.nextInt(8) == 0) {
            LockSupport.parkNanos(random.nextInt(100) * 1000L);
        }
    }

    private WaitPolicy policy() {
        return random.nextInt(4) == 0 ? WaitPolicy.SPIN_THEN_SLEEP : WaitPolicy.SLEEP;
    }

    // ---- The lock, and what it guards --------------------------------------------------------------------------

    /** What a call that takes the lock has answered. */
    private void haveLock(int outcome) throws OwnerDiedException {
        check(outcome == 0 || outcome == Outcome.OWNER_DIED, "the lock", outcome);
        set(Own.HAS_LOCK, CERTAINLY);
        if (outcome == Outcome.OWNER_DIED) {
            ledger.add(Word.TOLD, 1);
            ledger.set(Word.SECOND, ledger.get(Word.FIRST));
            objects.lock.repaired();
        }
        check(ledger.get(Word.FIRST) == ledger.get(Word.SECOND), "two have the lock", ledger.get(Word.FIRST));
    }

    private void takeLock() throws InterruptedException, OwnerDiedException {
        set(Own.HAS_LOCK, PERHAPS);
        haveLock(objects.lock.lock(policy(), FOREVER));
    }

    private void giveLock() {
        set(Own.HAS_LOCK, PERHAPS);
        objects.lock.unlock();
        set(Own.HAS_LOCK, NOTHING);
    }

    /** Of two who are at it at once one is lost. */
    private void addOne(int word) {
        ledger.set(word, ledger.get(word) + 1);
    }

    private void changeWhatIsGuarded() throws InterruptedException, OwnerDiedException {
        takeLock();
        addOne(Word.FIRST);
        pauseSometimes();
        addOne(Word.SECOND);
        addOne(index(Own.CHANGES));
        giveLock();
    }

    private void consumeToken() throws InterruptedException, OwnerDiedException {
        takeLock();
        while (ledger.get(Word.TOKENS) == 0) {
            set(Own.HAS_LOCK, PERHAPS);
            haveLock(objects.condition.await(policy(), FOREVER));
        }
        ledger.set(Word.TOKENS, 0);
        giveLock();
    }

    private void putToken() throws InterruptedException, OwnerDiedException {
        takeLock();
        if (ledger.get(Word.TOKENS) == 0) {
            ledger.set(Word.TOKENS, 1);
            objects.condition.signal();
        }
        giveLock();
        LockSupport.parkNanos(20_000);
    }

    // ---- Permits -----------------------------------------------------------------------------------------------

    private void havePermits(int taken, int count) {
        long before = ledger.add(taken, count);
        check(ledger.get(Word.NOBODY_DIES) == 0 || before + count <= PERMITS, "taken before", before);
        pauseSometimes();
        ledger.add(taken, -count);
    }

    private void useRecoverable() throws InterruptedException {
        int count = 1 + random.nextInt(PERMITS);
        long timeoutNs = random.nextInt(4) == 0 ? random.nextInt(200_000) : FOREVER;
        int outcome = objects.recoverable.acquire(count, policy(), timeoutNs);
        check(outcome == 0 || (outcome == Outcome.TIMED_OUT && timeoutNs != FOREVER), "recoverable", outcome);
        if (outcome != 0) {
            return;
        }
        int held = objects.recoverable.heldPermits();
        check(isAlone ? held == count : held >= count, "holds", held);
        havePermits(Word.RECOVERABLE_TAKEN, count);
        objects.recoverable.release(count);
    }

    /** With a time always: what others had when they died is gone. */
    private void usePlain() throws InterruptedException {
        int count = 1 + random.nextInt(PERMITS);
        set(Own.PLAIN_PERMITS, count);
        set(Own.HAS_PERMITS, PERHAPS);
        int outcome = objects.plain.acquire(count, policy(), random.nextInt(2_000_000));
        check(outcome == 0 || outcome == Outcome.TIMED_OUT, "plain", outcome);
        if (outcome == 0) {
            set(Own.HAS_PERMITS, CERTAINLY);
            havePermits(Word.PLAIN_TAKEN, count);
            set(Own.HAS_PERMITS, PERHAPS);
            objects.plain.release(count);
        }
        set(Own.HAS_PERMITS, NOTHING);
    }

    // ---- Gates -------------------------------------------------------------------------------------------------

    private void beParty() throws InterruptedException {
        switch (random.nextInt(3)) {
            case 0 -> {
                set(Own.GATES, SEQUENCE);
                objects.sequence.join();
                ledger.add(Word.BEGUN, 1);
                check(objects.sequence.increment(1) > 0, "increment", 1);
                ledger.add(Word.DONE, 1);
                objects.sequence.leave();
            }
            case 1 -> {
                set(Own.GATES, LATCH);
                objects.latch.join();
                check(objects.latch.countDown() > 0, "countDown", 0);
                objects.latch.leave();
            }
            default -> {
                set(Own.GATES, BARRIER);
                int outcome = objects.barrier.await(WaitPolicy.SLEEP, 0); // alone, so nobody gets through
                check(outcome == Outcome.TIMED_OUT, "barrier", outcome);
                objects.barrier.reset();
                objects.barrier.leave();
            }
        }
        set(Own.GATES, 0);
    }

    private void awaitSequence() throws InterruptedException {
        int outcome = objects.sequence.await(objects.sequence.get() + 1, policy(), random.nextInt(2_000_000));
        check(outcome == 0 || outcome == Outcome.TIMED_OUT || outcome == Outcome.PEER_DIED, "await", outcome);
    }

    // ---- Wait sets ---------------------------------------------------------------------------------------------

    /** Somebody always lets go of something, but may just have died. */
    private void awaitAny() throws InterruptedException {
        int outcome = objects.set.await(policy(), FOREVER);
        check(outcome > 0, "a wait set", outcome);
    }

    // ---- Roles -------------------------------------------------------------------------------------------------

    private void workOnce(char operation) throws InterruptedException, OwnerDiedException {
        switch (operation) {
            case 'r' -> useRecoverable();
            case 'p' -> usePlain();
            case 'l' -> changeWhatIsGuarded();
            case 'c' -> consumeToken();
            case 'g' -> beParty();
            case 's' -> awaitSequence();
            case 'w' -> awaitAny();
            default -> throw new IllegalArgumentException(String.valueOf(operation));
        }
    }

    private void workFor(String operations, long steps) throws InterruptedException, OwnerDiedException {
        for (long left = steps; left > 0 && ledger.get(Word.WORKERS_STOP) == 0; left--) {
            workOnce(operations.charAt(random.nextInt(operations.length())));
            ledger.add(index(Own.STEPS), 1);
        }
    }

    private void work(String operations, boolean inStints) throws Exception {
        while (ledger.get(Word.WORKERS_STOP) == 0) {
            attach();
            workFor(operations, inStints ? 1 + random.nextInt(STINT_LENGTH) : Long.MAX_VALUE);
            objects.close();
        }
    }

    /** Threads of one attachment. */
    private void workAsCrowd(String operations) throws Exception {
        List<Thread> members = new ArrayList<>();
        attach();
        for (int i = 0; i < CROWD; i++) {
            SyncKillPeer member = new SyncKillPeer(ledger, directory, self + i, false);
            member.objects = objects;
            members.add(new Thread(() -> member.workInCrowd(operations)));
        }
        members.forEach(Thread::start);
        for (Thread member : members) {
            member.join();
        }
        objects.close();
    }

    private void workInCrowd(String operations) {
        try {
            workFor(operations, Long.MAX_VALUE);
        } catch (InterruptedException | OwnerDiedException | RuntimeException e) {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private void signal() throws Exception {
        attach();
        while (ledger.get(Word.NOTIFIERS_STOP) == 0) {
            putToken();
            ledger.add(index(Own.STEPS), 1);
        }
        objects.close();
    }

    private void stay(boolean holds) throws Exception {
        attach();
        if (holds) {
            takeLock();
            check(objects.recoverable.acquire(PERMITS, WaitPolicy.SLEEP, FOREVER) == 0, "recoverable", 0);
            objects.sequence.join();
        }
        ledger.add(index(Own.STEPS), 1);
        while (ledger.get(Word.NOTIFIERS_STOP) == 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        objects.close();
    }
}
