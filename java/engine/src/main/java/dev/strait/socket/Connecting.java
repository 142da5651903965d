package dev.strait.socket;

import java.io.IOException;

/** Opening a socket that is connected. */
final class Connecting {
    private Connecting() {}

    static <S extends UnixSocket> S connect(int type, UnixAddress peer, UnixOptions options, UnixSocket.Maker<S> maker)
            throws IOException, InterruptedException {
        S socket = UnixSocket.open(type, options, maker);
        boolean connected = false;
        try {
            socket.connectTo(peer, options.timeout);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }
}
