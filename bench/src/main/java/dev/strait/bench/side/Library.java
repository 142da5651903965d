package dev.strait.bench.side;

import java.io.IOException;
import java.nio.file.Path;

/** One way for two Java processes to talk. */
public interface Library {
    /**
     * Creates or finds the connection, and waits for the other side.
     *
     * @param parameters of this side
     * @return this side's end
     * @throws IOException if that fails
     * @throws InterruptedException never
     */
    End open(Parameters parameters) throws IOException, InterruptedException;

    /**
     * Creates one, passes a message from end to end, and removes it, all in this process.
     *
     * @param directory where
     * @throws IOException if that fails
     * @throws InterruptedException never
     */
    default void cycle(Path directory) throws IOException, InterruptedException {
        throw new UnsupportedOperationException("not measured");
    }
}
