package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.CorruptSegmentException;
import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.segment.SegmentMismatchException;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Barrier;
import dev.strait.sync.Condition;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever a peer writes into an anonymous ring and its synchronisation objects, and whenever: the worst are the exceptions that say so. A failure tells
 * its seed, which -Dstrait.seed=N repeats.
 */
class HostileMemoryTest {
    private static final long SEED = Long.getLong("strait.seed", System.nanoTime());
    private static final int STEPS = 30_000;
    private static final long SCRIBBLING_NS = 2_000_000_000L;
    private static final long PATIENCE_S = 60;
    private static final RingOptions OPTIONS = RingOptions.defaults()
            .laneBytes(Rings.LANE_BYTES)
            .segment(SegmentOptions.defaults()
                    .object(
                            Semaphore.declare("plain", 2),
                            Semaphore.declare("recoverable", 2).recoverable(),
                            Lock.declare("lock"),
                            Condition.declare("condition"),
                            Sequence.declare("sequence", 5),
                            Latch.declare("latch", 1000),
                            Barrier.declare("barrier", 2)));

    private final SplittableRandom random = new SplittableRandom(SEED);
    private Ring home;
    private Scribbler scribbler;

    @BeforeEach
    void create() throws Exception {
        System.out.println("strait.seed " + SEED); // a JVM that crashes fails without a message
        home = Ring.createAnonymous("hostile", OPTIONS);
        scribbler = new Scribbler(home, random.split());
    }

    @AfterEach
    void close() {
        home.close();
    }

    @Test
    void words_that_are_anything_are_told_or_harmless() throws Exception {
        Session session = new Session(random.split());
        for (int step = 0; step < STEPS; step++) {
            if (random.nextInt(4) == 0) {
                scribbler.scribble();
            } else if (random.nextInt(16) == 0) {
                scribbler.settle();
            }
            session.step();
        }
        session.leave();
        session.assertThatAllWasSeen();
    }

    @Test
    void words_that_change_between_two_looks_are_told_or_harmless() throws Exception {
        long start = System.nanoTime();
        BooleanSupplier goesOn = () -> System.nanoTime() - start < SCRIBBLING_NS;
        List<Waiter<Session>> sessions = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Session session = new Session(random.split());
            sessions.add(Waiter.start(() -> {
                while (goesOn.getAsBoolean()) {
                    session.step();
                }
                session.leave();
                return session;
            }));
        }
        while (goesOn.getAsBoolean()) {
            for (int i = random.nextInt(64); i > 0; i--) {
                scribbler.scribble();
            }
            if (random.nextBoolean()) {
                scribbler.settle();
                Thread.sleep(0, 50_000);
            }
        }
        scribbler.settle(); // who waits for a lock after a signal does so until it is free
        for (Waiter<Session> session : sessions) {
            session.result(PATIENCE_S).assertThatAllWasSeen();
        }
    }

    /** An honest user of the ring, who does one thing after another. */
    private final class Session {
        private final SplittableRandom random;
        private final ByteBuffer payload = ByteBuffer.allocate(Rings.LANE_BYTES);
        private Ring ring;
        private RingWriter writer;
        private RingReader reader;
        private boolean claimIsOpen;
        private int good;
        private int synchronised;
        private int told;
        private long sum;

        Session(SplittableRandom random) {
            this.random = random;
        }

        void step() {
            try {
                assertThat(act())
                        .satisfiesAnyOf(result -> assertThat(result).isNotNegative(), result -> assertThat(result)
                                .isBetween(Outcome.BROKEN, Outcome.FULL));
                good++;
            } catch (CorruptSegmentException | SegmentMismatchException | ErrnoException e) {
                told++;
            } catch (Exception | Error e) {
                if (!saysAnotherKind(e)) {
                    throw new AssertionError("strait.seed " + SEED, e);
                }
                told++;
            }
        }

        /** The scribbler has made an object's entry that of another kind. */
        private static boolean saysAnotherKind(Throwable e) {
            return e instanceof IllegalArgumentException && e.getMessage().matches(".*: \\w+ \"\\w+\" is no \\w+");
        }

        void leave() {
            if (ring != null) {
                ring.close();
            }
            ring = null;
            writer = null;
            reader = null;
            claimIsOpen = false;
        }

        void assertThatAllWasSeen() {
            assertThat(good).as("strait.seed %d", SEED).isPositive();
            assertThat(synchronised).as("strait.seed %d", SEED).isPositive();
            assertThat(told).as("strait.seed %d", SEED).isPositive();
        }

        private int act() throws Exception {
            if (ring == null) {
                ring = Ring.openAnonymous(
                        (int) ProcessHandle.current().pid(), home.segment().fd(), OPTIONS);
            }
            if (random.nextInt(100) == 0) {
                leave();
                return 0;
            }
            return switch (random.nextInt(3)) {
                case 0 -> write();
                case 1 -> read();
                default -> synchronise();
            };
        }

        private int write() throws Exception {
            if (writer == null) {
                writer = ring.openWriter();
            }
            return switch (random.nextInt(8)) {
                case 0, 1 -> claim();
                case 2, 3 -> claimIsOpen ? commit() : offer();
                case 4 -> abort();
                case 5 -> claimIsOpen ? 0 : writer.awaitSpace(length(), policy(), timeoutNs());
                case 6 -> {
                    assertThat(writer.freeBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
                    yield 0;
                }
                default -> closeWriter();
            };
        }

        private int claim() {
            int length = length();
            int offset = writer.claimMore(random.nextInt(), length);
            if (offset >= 0) {
                writer.buffer().put(offset, payload, 0, length);
                claimIsOpen = true;
            }
            return offset;
        }

        private int commit() {
            claimIsOpen = false;
            return writer.commit();
        }

        private int offer() {
            return writer.offer(random.nextInt(), payload, 0, length());
        }

        private int abort() {
            claimIsOpen = false;
            writer.abort();
            return 0;
        }

        private int closeWriter() {
            claimIsOpen = false;
            writer.close();
            writer = null;
            return 0;
        }

        private int read() throws Exception {
            if (reader == null) {
                reader = ring.openReader();
            }
            return switch (random.nextInt(8)) {
                case 0, 1, 2 -> reader.poll(this::take, 1 + random.nextInt(100));
                case 3 -> reader.skip();
                case 4, 5 -> reader.awaitData(policy(), timeoutNs());
                case 6 -> {
                    assertThat(reader.availableBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
                    yield 0;
                }
                default -> closeReader();
            };
        }

        private boolean take(int type, ByteBuffer buffer, int offset, int length) {
            assertThat(length).isBetween(0, Rings.LANE_BYTES - RingLayout.MESSAGE_HEADER);
            for (int i = offset; i < offset + length; i++) {
                sum += buffer.get(i);
            }
            return (sum & 7) != 0;
        }

        private int closeReader() {
            reader.close();
            reader = null;
            return 0;
        }

        private int synchronise() throws Exception {
            int result =
                    switch (random.nextInt(6)) {
                        case 0 -> semaphore("plain");
                        case 1 -> semaphore("recoverable");
                        case 2 -> lock();
                        case 3 -> sequence();
                        case 4 -> latch();
                        default -> barrier();
                    };
            synchronised++;
            return result;
        }

        private int semaphore(String name) throws Exception {
            Semaphore semaphore = Semaphore.open(ring.segment(), name);
            assertThat(semaphore.availablePermits()).isNotNegative();
            assertThat(semaphore.heldPermits()).isNotNegative();
            assertThat(semaphore.getQueueLength()).isNotNegative();
            if (random.nextInt(8) == 0) {
                return semaphore.drainPermits();
            }
            if (random.nextBoolean()) {
                return semaphore.acquire(random.nextInt(3), WaitPolicy.SPIN_THEN_SLEEP, timeoutNs());
            }
            try {
                semaphore.release(random.nextInt(3));
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageMatching(".* (more permits would be more than|permits, and holds) .*");
            }
            return 0;
        }

        private int lock() throws Exception {
            Lock lock = Lock.open(ring.segment(), "lock");
            assertThat(lock.getQueueLength()).isNotNegative();
            if (lock.isHeldByCurrentThread()) {
                lock.unlock(); // what was done under it has thrown
                return 0;
            }
            int outcome = lock.lock(WaitPolicy.SPIN_THEN_SLEEP, timeoutNs());
            if (outcome != 0 && outcome != Outcome.OWNER_DIED) {
                return outcome;
            }
            try {
                outcome = useUnderLock(lock, outcome);
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageContaining("repair"); // the state that it was taken in is not what was told
            }
            if (lock.isHeldByCurrentThread()) {
                lock.unlock();
            }
            return outcome;
        }

        private int useUnderLock(Lock lock, int outcome) throws Exception {
            Condition condition = Condition.open(lock, "condition");
            if (outcome == Outcome.OWNER_DIED) {
                lock.repaired();
            }
            if (random.nextBoolean()) {
                condition.signal();
                return 0;
            }
            return condition.await(WaitPolicy.SLEEP, timeoutNs());
        }

        private int sequence() throws Exception {
            Sequence sequence = Sequence.open(ring.segment(), "sequence");
            assertThat(sequence.get()).isNotNegative();
            switch (random.nextInt(4)) {
                case 0 -> sequence.join();
                case 1 -> sequence.leave();
                case 2 -> sequence.advance(random.nextInt(1000));
                default -> {
                    try {
                        assertThat(sequence.increment(3)).isGreaterThanOrEqualTo(3);
                    } catch (ArithmeticException e) {
                        assertThat(e).hasMessageContaining("would exceed");
                    }
                }
            }
            return sequence.await(random.nextInt(1000), WaitPolicy.SPIN_THEN_SLEEP, timeoutNs());
        }

        private int latch() throws Exception {
            Latch latch = Latch.open(ring.segment(), "latch");
            assertThat(latch.getCount()).isNotNegative();
            if (random.nextInt(8) == 0) {
                latch.join();
            }
            assertThat(latch.countDown()).isNotNegative();
            return latch.await(WaitPolicy.SPIN_THEN_SLEEP, timeoutNs());
        }

        private int barrier() throws Exception {
            Barrier barrier = Barrier.open(ring.segment(), "barrier");
            if (random.nextInt(4) == 0) {
                barrier.reset();
            }
            assertThat(barrier.getNumberWaiting()).isBetween(0, barrier.getParties());
            int place = barrier.await(WaitPolicy.SPIN_THEN_SLEEP, timeoutNs());
            assertThat(place).isLessThan(barrier.getParties());
            return place;
        }

        private int length() {
            return random.nextInt(random.nextInt(8) == 0 ? writer.maxLength() + 1 : 256);
        }

        /** The flags of the ring are what somebody wrote there. */
        private WaitPolicy policy() {
            return ring.isSpinOnly() || random.nextBoolean() ? WaitPolicy.SPIN : WaitPolicy.SPIN_THEN_SLEEP;
        }

        private long timeoutNs() {
            return random.nextInt(4) == 0 ? random.nextInt(100_000) : 0;
        }
    }
}
