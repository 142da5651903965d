package dev.strait.bench.side;

import java.io.IOException;

/** Gets the value of each message, after it was checked. */
@FunctionalInterface
public interface Sink {
    /**
     * Gets one.
     *
     * @param value the message's first word
     * @throws IOException when an answer cannot be sent
     */
    void onMessage(long value) throws IOException;
}
