package dev.strait.bench.side;

import java.io.IOException;

/** One side's connection to the other, in both directions. A process has one, so that the JIT sees one implementation. */
public interface End extends AutoCloseable {
    /** From {@link #poll}: the peer's death, or its leaving, was told. */
    int PEER_GONE = -1;

    /** From {@link #poll}: nothing came within the patience. */
    int NOT_TOLD = -2;

    /** Messages to a poll. */
    int POLL_LIMIT = 256;

    /**
     * Says who gets the messages; before the first poll.
     *
     * @param sink gets each
     */
    void deliverTo(Sink sink);

    /**
     * Writes and publishes one message.
     *
     * @param value its first word
     * @return false when there is no room now
     * @throws IOException if the connection fails
     */
    boolean offer(long value) throws IOException;

    /**
     * Writes value, value + 1, and so on, and publishes them together if the library can.
     *
     * @param value first word of the first
     * @param count how many
     * @return how many it took
     * @throws IOException if the connection fails
     */
    default int offerBatch(long value, int count) throws IOException {
        return offer(value) ? 1 : 0;
    }

    /**
     * Hands what is there to the sink. A side that does not spin sleeps here until there is something.
     *
     * @return how many messages; 0; PEER_GONE or NOT_TOLD
     * @throws IOException if the connection fails
     * @throws InterruptedException never
     */
    int poll() throws IOException, InterruptedException;

    @Override
    void close() throws IOException;
}
