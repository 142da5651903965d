package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.socket.SocketPair;
import dev.strait.socket.UnixDatagram;
import java.io.IOException;

/** Strait's datagram sockets, each with a name and connected to the other: bench/c/unix_datagram.c in Java. */
public final class StraitUnixDatagram implements Library {
    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        String own = parameters.first() ? "first" : "second";
        String peers = parameters.first() ? "second" : "first";
        UnixDatagram socket = UnixDatagram.bind(UnixMeeting.address(parameters, own), UnixMeeting.OPTIONS);
        UnixMeeting.connect(UnixMeeting.address(parameters, peers), (peer, options) -> {
            socket.connect(peer);
            return socket;
        });
        return new UnixPackets(socket, parameters);
    }

    /** Through a pair. */
    public static final class Calls extends UnixPackets.Calls<UnixDatagram> {
        @Override
        SocketPair<UnixDatagram> newPair() throws IOException {
            return UnixDatagram.pair();
        }
    }
}
