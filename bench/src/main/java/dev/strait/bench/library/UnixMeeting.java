package dev.strait.bench.library;

import dev.strait.ErrnoException;
import dev.strait.bench.side.Parameters;
import dev.strait.socket.UnixAddress;
import dev.strait.socket.UnixChannel;
import dev.strait.socket.UnixListener;
import dev.strait.socket.UnixOptions;
import java.io.IOException;

/** How two sides meet at Strait's Unix sockets: bench/c/unix.h in Java, and either can be the other's peer. */
final class UnixMeeting {
    private static final int SOCKET_BYTES = 1 << 20;

    /** As large as is allowed. */
    static final UnixOptions OPTIONS =
            UnixOptions.defaults().sendBufferBytes(SOCKET_BYTES).receiveBufferBytes(SOCKET_BYTES);

    private UnixMeeting() {}

    /** Makes who accepts. */
    @FunctionalInterface
    interface Listening<S extends UnixChannel> {
        UnixListener<S> listen(UnixAddress at, UnixOptions options) throws IOException;
    }

    /** Makes a connection. */
    @FunctionalInterface
    interface Connecting<S> {
        S connect(UnixAddress peer, UnixOptions options) throws IOException, InterruptedException;
    }

    /** One connection for both directions; who begins is the server. */
    static <S extends UnixChannel> S meet(Parameters parameters, Listening<S> server, Connecting<S> client)
            throws IOException, InterruptedException {
        UnixAddress at = address(parameters, "socket");
        if (!parameters.first()) {
            return connect(at, client);
        }
        try (UnixListener<S> listener = server.listen(at, OPTIONS)) {
            S channel = listener.accept();
            channel.setSendBufferBytes(SOCKET_BYTES);
            return channel;
        }
    }

    /** Until the other side is there. */
    static <S> S connect(UnixAddress peer, Connecting<S> client) throws IOException, InterruptedException {
        while (true) {
            try {
                return client.connect(peer, OPTIONS);
            } catch (ErrnoException e) {
                if (!e.symbol().equals("ENOENT") && !e.symbol().equals("ECONNREFUSED")) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    static UnixAddress address(Parameters parameters, String name) {
        return UnixAddress.ofPath(parameters.dir().resolve(name));
    }
}
