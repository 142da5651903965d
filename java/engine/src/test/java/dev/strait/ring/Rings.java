package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Named;

/** What tests of rings do again and again. */
final class Rings {
    /** A page of the machines with the largest pages. */
    static final int LANE_BYTES = 65_536;

    private static final long SOON_S = 20;

    private Rings() {}

    static List<Named<WaitPolicy>> policies() {
        return List.of(
                Named.of("asleep", WaitPolicy.SLEEP),
                Named.of("spinning, then asleep", WaitPolicy.SPIN_THEN_SLEEP),
                Named.of("spinning", WaitPolicy.SPIN));
    }

    static RingOptions options(Path directory) {
        return RingOptions.defaults()
                .laneBytes(LANE_BYTES)
                .segment(SegmentOptions.defaults().directory(directory));
    }

    /** Commits one message that holds a number. */
    static int offer(RingWriter writer, long number) {
        int offset = writer.claim(0, Long.BYTES);
        if (offset < 0) {
            return offset;
        }
        writer.buffer().putLong(offset, number);
        return writer.commit();
    }

    /** Leaves no room for another message. */
    static void fill(RingWriter writer) {
        assertThat(writer.claim(0, writer.maxLength())).isPositive();
        assertThat(writer.commit()).isZero();
    }

    /** The numbers of all messages that are there. */
    static List<Long> drain(RingReader reader) {
        List<Long> numbers = new ArrayList<>();
        MessageHandler collect = (type, buffer, offset, length) -> numbers.add(buffer.getLong(offset));
        while (reader.poll(collect, Integer.MAX_VALUE) > 0) {
            // Until it is empty.
        }
        return numbers;
    }

    /** Closes it; a close that hangs fails. */
    static void close(AutoCloseable closeable) throws Exception {
        Waiter.start(() -> {
                    closeable.close();
                    return 0;
                })
                .result(SOON_S);
    }

    /** Interrupts a call when it waits as the policy says: it fails with an InterruptedException, and all is as before. */
    static void interrupt(Ring ring, WaitPolicy policy, String nativeWait, Callable<Integer> call) throws Exception {
        AtomicBoolean stillInterrupted = new AtomicBoolean();
        Waiter<Integer> waiter = Waiter.start(() -> {
            try {
                return call.call();
            } finally {
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        assertThat(waiter.comesInto(RingNative.class, nativeWait)).isTrue();
        if (policy.sleeps()) {
            assertThat(waiter.comesToSleep(() -> someoneSleeps(ring))).isTrue();
        }
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        assertThat(stillInterrupted).isFalse();
    }

    /** Whether somebody has set his bit as one who waits. */
    static boolean someoneSleeps(Ring ring) {
        long data = (long) Role.WORD.getVolatile(ring.control(), RingLayout.DATA_WAITERS);
        long space = (long) Role.WORD.getVolatile(ring.control(), RingLayout.SPACE_WAITERS);
        return (data | space) != 0;
    }

    static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.clear();
    }
}
