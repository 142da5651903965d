package dev.strait.bench.jmh;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What orders cost: the fences, and the accesses to shared memory that the ring is made of, with the line in the cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FenceBenchmark {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PLACE = 128;

    private final ByteBuffer memory = ByteBuffer.allocateDirect(4096).order(ByteOrder.LITTLE_ENDIAN);
    private long value;

    /** A plain store, which the others are to be compared with. */
    @Benchmark
    public void plainStore() {
        WORD.set(memory, PLACE, ++value);
    }

    /** The store that publishes a tail or a cursor. */
    @Benchmark
    public void releaseStore() {
        WORD.setRelease(memory, PLACE, ++value);
    }

    /** The same, and the fence before the look at who sleeps. */
    @Benchmark
    public void releaseStoreThenFullFence() {
        WORD.setRelease(memory, PLACE, ++value);
        VarHandle.fullFence();
    }

    /** A store that orders everything. */
    @Benchmark
    public void volatileStore() {
        WORD.setVolatile(memory, PLACE, ++value);
    }

    /**
     * The load of a tail or a cursor.
     *
     * @return what is there
     */
    @Benchmark
    public long acquireLoad() {
        return (long) WORD.getAcquire(memory, PLACE);
    }

    /**
     * What a shared tail would take.
     *
     * @return what was there
     */
    @Benchmark
    public long getAndAdd() {
        return (long) WORD.getAndAdd(memory, PLACE, 8L);
    }

    /** The fence alone. */
    @Benchmark
    public void fullFence() {
        VarHandle.fullFence();
    }

    /** The fence that a call into a role begins with. */
    @Benchmark
    public void acquireFence() {
        VarHandle.acquireFence();
    }
}
