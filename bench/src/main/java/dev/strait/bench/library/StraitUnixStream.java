package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.socket.SocketPair;
import dev.strait.socket.UnixStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Strait's stream sockets, one connection for both directions: bench/c/unix_socket.c in Java. */
public final class StraitUnixStream implements Library {
    @Override
    public End open(Parameters parameters) throws IOException, InterruptedException {
        UnixStream stream = UnixMeeting.meet(parameters, UnixStream::listen, UnixStream::connect);
        stream.configureBlocking(!parameters.spins());
        return new StreamEnd(stream, stream, parameters);
    }

    /** A message written to one end of a pair and read from the other by one thread. */
    public static final class Calls implements Pairs {
        private final ByteBuffer message = ByteBuffer.allocateDirect(JniCalls.BYTES);
        private SocketPair<UnixStream> pair;

        @Override
        public void open(Parameters parameters) throws IOException {
            pair = UnixStream.pair();
        }

        @Override
        public void pair() throws IOException {
            JniCalls.must(pair.first().write(message.clear()));
            JniCalls.must(pair.second().read(message.clear()));
        }

        @Override
        public void close() throws IOException {
            pair.close();
        }
    }
}
