package dev.strait.testing;

import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Sends numbers through a ring, and receives them. A program that uses the engine as others do: it also runs in a module of
 * its own, in several class loaders, and under another name, so it is seen through the JDK's interfaces.
 */
public final class Courier implements LongConsumer, LongSupplier {
    private static final long TIMEOUT_NS = 30_000_000_000L;

    private final Ring ring;

    /** Attaches to a ring, which is created when it does not exist. */
    public Courier(String name) {
        try {
            ring = Ring.openOrCreate(name, RingOptions.defaults());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends a number from one participant to another, and prints what happened and which files are mapped.
     *
     * @param arguments the ring's name
     */
    public static void main(String[] arguments) throws IOException {
        exchange(new Courier(arguments[0]), new Courier(arguments[0]));
        printMapped();
    }

    /** Sends a number, and prints what arrives. */
    public static void exchange(LongConsumer from, LongSupplier to) {
        from.accept(42);
        System.out.println("received " + to.getAsLong() + " through " + to);
    }

    /** Prints the files that are mapped into this process. */
    public static void printMapped() throws IOException {
        Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("/"))
                .map(line -> line.substring(line.indexOf('/')))
                .distinct()
                .forEach(file -> System.out.println("mapped " + file));
    }

    /** Sends. */
    @Override
    public void accept(long value) {
        try (RingWriter writer = ring.openWriter()) {
            int offset = writer.claim(1, Long.BYTES);
            writer.buffer().putLong(offset, value);
            writer.commit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Receives. */
    @Override
    public long getAsLong() {
        long[] received = new long[1];
        try (RingReader reader = ring.openReader()) {
            int outcome = reader.poll(
                    (type, buffer, offset, length) -> {
                        received[0] = buffer.getLong(offset);
                        return true;
                    },
                    1,
                    WaitPolicy.SLEEP,
                    TIMEOUT_NS);
            if (outcome != 1) {
                throw new IllegalStateException("poll: " + Outcome.toString(outcome));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return received[0];
    }

    @Override
    public String toString() {
        return ring.toString();
    }
}
