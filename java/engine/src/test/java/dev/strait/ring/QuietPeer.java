package dev.strait.ring;

import dev.strait.Outcome;
import dev.strait.wait.WaitPolicy;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** The other process of {@link QuietTest}: {@code QuietPeer write|read|idle RING}. */
final class QuietPeer {
    /** Some millions: a JVM makes about a thousand futex calls of its own while it starts and compiles. */
    static final int MESSAGES = 5_000_000;

    private QuietPeer() {}

    public static void main(String[] arguments) throws Exception {
        try (Ring ring = Ring.openOrCreate(arguments[1], RingOptions.defaults())) {
            switch (arguments[0]) {
                case "write" -> write(ring.openWriter());
                case "read" -> read(ring.openReader());
                default -> idle(ring.openReader());
            }
        }
    }

    private static void write(RingWriter writer) throws InterruptedException {
        for (int i = 0; i < MESSAGES; i++) {
            int offset = writer.claim(1, 64, WaitPolicy.spinThenSleep(TimeUnit.SECONDS.toNanos(1)), Long.MAX_VALUE);
            writer.buffer().putInt(offset, i);
            writer.commit();
        }
    }

    private static void read(RingReader reader) throws InterruptedException {
        int[] count = {0};
        MessageHandler handler = (type, buffer, offset, length) -> {
            if (buffer.getInt(offset) != count[0]++) {
                throw new IllegalStateException("message " + (count[0] - 1) + " is " + buffer.getInt(offset));
            }
            return true;
        };
        int outcome;
        do {
            outcome = reader.poll(handler, 100, WaitPolicy.spinThenSleep(TimeUnit.SECONDS.toNanos(1)), Long.MAX_VALUE);
        } while (outcome >= 0);
        System.out.println(count[0] + " " + Outcome.toString(outcome));
    }

    /** Waits for ten seconds, and prints how much of a processor its thread used for that, in nanoseconds. */
    private static void idle(RingReader reader) throws InterruptedException {
        reader.awaitData(WaitPolicy.SPIN_THEN_SLEEP, 1); // so that classes are loaded
        long before = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        int outcome = reader.awaitData(WaitPolicy.SPIN_THEN_SLEEP, TimeUnit.SECONDS.toNanos(10));
        long used = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - before;
        System.out.println(used + " " + Outcome.toString(outcome));
    }
}
