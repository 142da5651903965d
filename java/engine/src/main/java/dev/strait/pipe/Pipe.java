package dev.strait.pipe;

import dev.strait.internal.Failure;
import java.io.IOException;

/**
 * A pipe: what is written to one end is read from the other, in order and once, see pipe(7).
 *
 * @param reader the end to read from
 * @param writer the end to write to
 */
public record Pipe(PipeReader reader, PipeWriter writer) implements AutoCloseable {
    /**
     * A new one, pipe2(2).
     *
     * @return both ends
     * @throws dev.strait.ErrnoException EMFILE, ENFILE when there is no room for two descriptors
     */
    public static Pipe open() throws IOException {
        long ends = PipeNative.open(0);
        if (ends < 0) {
            throw Failure.errno(ends, "pipe2", "O_CLOEXEC");
        }
        return new Pipe(new PipeReader((int) (ends >> 32)), new PipeWriter((int) ends));
    }

    /** Closes both ends. */
    @Override
    public void close() throws IOException {
        writer.close();
        reader.close();
    }
}
