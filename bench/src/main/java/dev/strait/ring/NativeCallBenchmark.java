package dev.strait.ring;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
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

/** What a JNI call costs. It stands in the ring's package because native methods are nobody else's business. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class NativeCallBenchmark {
    private Ring ring;

    /**
     * Makes a ring.
     *
     * @throws IOException if there is no room for it
     */
    @Setup
    public void open() throws IOException {
        ring = Ring.createAnonymous("bench", RingOptions.defaults());
    }

    /** Closes it. */
    @TearDown
    public void close() {
        ring.close();
    }

    /**
     * A call that reads one field.
     *
     * @return its value
     */
    @Benchmark
    public boolean nativeCall() {
        return RingNative.isSpinOnly(ring.handle());
    }

    /** A call that takes the bits of a bitmap in which nobody sleeps. */
    @Benchmark
    public void wakeNobody() {
        ring.wakeReaders();
    }
}
