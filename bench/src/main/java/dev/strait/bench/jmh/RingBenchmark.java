package dev.strait.bench.jmh;

import dev.strait.ring.MessageHandler;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One thread writes a message and reads it again: what the calls themselves cost, with the lane in the cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class RingBenchmark {
    private static final int BATCH = 32;

    /** Bytes of the payload. */
    @Param({"8", "64", "256", "1024", "4096"})
    public int length;

    /** Whether the ring does without fences. */
    @Param({"false", "true"})
    public boolean spinOnly;

    private Ring ring;
    private RingWriter writer;
    private RingReader reader;
    private ByteBuffer source;
    private long sum;
    private final MessageHandler handler = this::onMessage;

    /**
     * Makes a ring.
     *
     * @throws IOException if there is no room for it
     */
    @Setup
    public void open() throws IOException {
        RingOptions options = RingOptions.defaults();
        ring = Ring.createAnonymous("bench", spinOnly ? options.spinOnly() : options);
        writer = ring.openWriter();
        reader = ring.openReader();
        source = ByteBuffer.allocateDirect(length);
    }

    /** Closes it. */
    @TearDown
    public void close() {
        ring.close();
    }

    /**
     * A claim that is given up, filled with 8 bytes.
     *
     * @return where it was
     */
    @Benchmark
    public int claimAbort() {
        int offset = writer.claim(1, length);
        writer.buffer().putLong(offset, sum);
        writer.abort();
        return offset;
    }

    /**
     * A look at an empty lane.
     *
     * @return EMPTY
     */
    @Benchmark
    public int pollEmpty() {
        return reader.poll(handler, 1);
    }

    /**
     * Claim, fill 8 bytes, commit, poll; 32 messages to a commit and to a poll. The time is that of one message.
     *
     * @return a number that depends on what was read
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long claimCommitPollBatch() {
        for (int i = 0; i < BATCH; i++) {
            int offset = writer.claimMore(1, length);
            writer.buffer().putLong(offset, sum);
        }
        writer.commit();
        reader.poll(handler, BATCH);
        return sum;
    }

    /**
     * Claim, fill 8 bytes, commit, poll.
     *
     * @return a number that depends on what was read
     */
    @Benchmark
    public long claimCommitPoll() {
        int offset = writer.claim(1, length);
        writer.buffer().putLong(offset, sum);
        writer.commit();
        reader.poll(handler, 1);
        return sum;
    }

    /**
     * Offer (which copies all), poll.
     *
     * @return a number that depends on what was read
     */
    @Benchmark
    public long offerPoll() {
        writer.offer(1, source, 0, length);
        reader.poll(handler, 1);
        return sum;
    }

    private boolean onMessage(int type, ByteBuffer buffer, int offset, int size) {
        sum += buffer.getLong(offset) + type;
        return true;
    }
}
