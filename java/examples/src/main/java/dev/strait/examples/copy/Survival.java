package dev.strait.examples.copy;

import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.segment.SegmentOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * A copy whose reader is killed with SIGKILL on the way, and later its writer; others take their roles over. The names of
 * the fields are those of the JSON object.
 *
 * @param reader_killed_at_bytes how much of the copy was there when the reader was killed
 * @param writer_killed_at_bytes and the writer
 */
record Survival(
        String writer,
        String reader,
        boolean verified,
        long bytes,
        long reader_killed_at_bytes,
        long writer_killed_at_bytes) {

    /** Files that are copied before anybody can be killed are not for this. */
    static final long SMALLEST_FILE_BYTES = 16 << 20;

    private static final String RING = "survival";
    private static final String NO_STAMPS = "0";
    private static final long PATIENCE_SECONDS = 120;

    /** Kills both, each once, and compares the copy. */
    static Survival run(Pairing pairing, Path directory, Path examples, Path file)
            throws IOException, InterruptedException {
        Path copy = directory.resolve("~survival");
        RingOptions options =
                RingOptions.defaults().segment(SegmentOptions.defaults().directory(directory));
        Ring.create(RING, options).close();
        try (Ends ends = new Ends(new Pairing.Environment(directory, RING, examples), pairing, file, copy)) {
            long size = Files.size(file);
            long readerKilledAt = ends.killReaderAt(size / 3);
            long writerKilledAt = ends.killWriterAt(2 * size / 3);
            ends.join();
            boolean verified = readerKilledAt < size && writerKilledAt < size && Files.mismatch(file, copy) == -1;
            return new Survival(pairing.writer, pairing.reader, verified, size, readerKilledAt, writerKilledAt);
        } finally {
            Ring.unlink(RING, options);
            Files.deleteIfExists(copy);
            Files.deleteIfExists(Ends.latencies(copy));
        }
    }

    static String heading() {
        return String.format("%-12s %16s %16s   %s", "pairing", "reader killed at", "writer killed at", "copy");
    }

    String row(Pairing pairing) {
        return String.format(
                Locale.ROOT,
                "%-12s %14d %% %14d %%   %s",
                pairing,
                100 * reader_killed_at_bytes / bytes,
                100 * writer_killed_at_bytes / bytes,
                verified ? "identical" : "DIFFERS");
    }

    /** The two processes, and those that take their places. */
    private static final class Ends implements AutoCloseable {
        private final Pairing.Environment environment;
        private final Pairing pairing;
        private final Path file;
        private final Path copy;
        private Process reading;
        private Process writing;

        Ends(Pairing.Environment environment, Pairing pairing, Path file, Path copy) throws IOException {
            this.environment = environment;
            this.pairing = pairing;
            this.file = file;
            this.copy = copy;
            startReader();
            startWriter();
        }

        static Path latencies(Path copy) {
            return copy.resolveSibling("~survival-latencies");
        }

        private void startReader() throws IOException {
            reading = environment.start(
                    pairing.reader,
                    "CopyReader",
                    "copy_reader",
                    copy.toString(),
                    latencies(copy).toString());
        }

        private void startWriter() throws IOException {
            writing = environment.start(pairing.writer, "CopyWriter", "copy_writer", file.toString(), NO_STAMPS);
        }

        long killReaderAt(long bytes) throws IOException, InterruptedException {
            await(bytes);
            kill(reading);
            long killedAt = Files.size(copy);
            startReader();
            return killedAt;
        }

        long killWriterAt(long bytes) throws IOException, InterruptedException {
            await(bytes);
            kill(writing);
            long killedAt = Files.size(copy);
            startWriter();
            return killedAt;
        }

        /** Until so much is copied. */
        private void await(long bytes) throws IOException, InterruptedException {
            long start = System.nanoTime();
            while (!Files.exists(copy) || Files.size(copy) < bytes) {
                if (!reading.isAlive() || System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                    throw new IOException(pairing + ": the copy does not grow");
                }
                Thread.sleep(1);
            }
        }

        private static void kill(Process process) throws InterruptedException {
            process.destroyForcibly().waitFor();
        }

        /** Both must come to an end, and without complaint. */
        void join() throws IOException, InterruptedException {
            if (!reading.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(pairing + ": no end after " + PATIENCE_SECONDS + " s");
            }
            if (reading.exitValue() != 0 || writing.waitFor() != 0) {
                throw new IOException(pairing + ": writer and reader ended with " + writing.exitValue() + " and "
                        + reading.exitValue());
            }
        }

        @Override
        public void close() {
            reading.destroyForcibly();
            writing.destroyForcibly();
        }
    }
}
