package dev.strait.bench.jmh;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What semaphores and locks cost while nobody else wants them, beside those of java.util.concurrent. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class SyncBenchmark {
    private Segment segment;
    private Semaphore fair;
    private Semaphore overtaking;
    private Semaphore recoverable;
    private Lock lock;
    private Sequence sequence;
    private final java.util.concurrent.Semaphore jdkSemaphore = new java.util.concurrent.Semaphore(1);
    private final java.util.concurrent.Semaphore jdkFairSemaphore = new java.util.concurrent.Semaphore(1, true);
    private final ReentrantLock jdkLock = new ReentrantLock();

    /**
     * Makes a segment with all of them.
     *
     * @throws IOException if there is no room for it
     */
    @Setup
    public void open() throws IOException {
        segment = Segment.createAnonymous(
                "bench",
                SegmentOptions.defaults()
                        .object(
                                Semaphore.declare("fair", 1),
                                Semaphore.declare("overtaking", 1).overtaking(),
                                Semaphore.declare("recoverable", 1).recoverable(),
                                Lock.declare("lock"),
                                Sequence.declare("sequence", 0)));
        fair = Semaphore.open(segment, "fair");
        overtaking = Semaphore.open(segment, "overtaking");
        recoverable = Semaphore.open(segment, "recoverable");
        lock = Lock.open(segment, "lock");
        sequence = Sequence.open(segment, "sequence");
    }

    /** Closes it. */
    @TearDown
    public void close() {
        segment.close();
    }

    /**
     * Acquires and releases.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void semaphore() throws InterruptedException {
        fair.acquire();
        fair.release();
    }

    /**
     * The same, with overtaking.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void semaphoreOvertaking() throws InterruptedException {
        overtaking.acquire();
        overtaking.release();
    }

    /**
     * The same, with permits that survive their holder.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void semaphoreRecoverable() throws InterruptedException {
        recoverable.acquire();
        recoverable.release();
    }

    /**
     * The JDK's, fair.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void jdkSemaphoreFair() throws InterruptedException {
        jdkFairSemaphore.acquire();
        jdkFairSemaphore.release();
    }

    /**
     * The JDK's.
     *
     * @throws InterruptedException never
     */
    @Benchmark
    public void jdkSemaphore() throws InterruptedException {
        jdkSemaphore.acquire();
        jdkSemaphore.release();
    }

    /**
     * Locks and unlocks.
     *
     * @throws OwnerDiedException never
     */
    @Benchmark
    public void lock() throws OwnerDiedException {
        lock.lock();
        lock.unlock();
    }

    /** The JDK's. */
    @Benchmark
    @SuppressWarnings("LockNotBeforeTry") // as for the other, nothing stands between
    public void jdkLock() {
        jdkLock.lock();
        jdkLock.unlock();
    }

    /**
     * Adds 1 to a sequence for which nobody waits.
     *
     * @return the number
     */
    @Benchmark
    public long sequence() {
        return sequence.increment(1);
    }
}
