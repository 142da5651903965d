package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.socket.SocketPair;
import dev.strait.socket.UnixMessageChannel;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Messages through one of Strait's sockets that keep them apart. */
final class UnixPackets extends PacketEnd {
    private final UnixMessageChannel channel;

    UnixPackets(UnixMessageChannel channel, Parameters parameters) {
        super(parameters);
        this.channel = channel;
    }

    @Override
    void send(ByteBuffer message) throws IOException {
        channel.send(message);
    }

    @Override
    int receive(ByteBuffer target) throws IOException {
        return channel.receive(target);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** A message sent by one end of a pair and received by the other, by one thread. */
    abstract static class Calls<S extends UnixMessageChannel> implements Pairs {
        private final ByteBuffer message = ByteBuffer.allocateDirect(JniCalls.BYTES);
        private SocketPair<S> pair;

        abstract SocketPair<S> newPair() throws IOException;

        @Override
        public final void open(Parameters parameters) throws IOException {
            pair = newPair();
        }

        @Override
        public final void pair() throws IOException {
            pair.first().send(message.clear());
            JniCalls.must(pair.second().receive(message.clear()));
        }

        @Override
        public final void close() throws IOException {
            pair.close();
        }
    }
}
