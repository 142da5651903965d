package dev.strait.socket;

import java.io.IOException;

/**
 * Two sockets that are connected to each other and bound to nothing, socketpair(2).
 *
 * @param first the one
 * @param second the other
 * @param <S> their kind
 */
public record SocketPair<S extends UnixChannel>(S first, S second) implements AutoCloseable {
    /** Closes both. */
    @Override
    public void close() throws IOException {
        try {
            first.close();
        } finally {
            second.close();
        }
    }
}
