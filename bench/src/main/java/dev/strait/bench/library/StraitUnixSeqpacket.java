package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.socket.SocketPair;
import dev.strait.socket.UnixSeqpacket;
import java.io.IOException;

/** Strait's sockets of packets in sequence, one connection for both directions: bench/c/unix_seqpacket.c in Java. */
public final class StraitUnixSeqpacket implements Library {
    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        return new UnixPackets(UnixMeeting.meet(parameters, UnixSeqpacket::listen, UnixSeqpacket::connect), parameters);
    }

    /** Through a pair. */
    public static final class Calls extends UnixPackets.Calls<UnixSeqpacket> {
        @Override
        SocketPair<UnixSeqpacket> newPair() throws IOException {
            return UnixSeqpacket.pair();
        }
    }
}
