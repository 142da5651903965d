package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import dev.strait.bench.side.Sink;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Messages of one size through a stream socket of java.nio: bench/c/stream.h in Java. */
abstract class Channels implements Library {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int SOCKET_BYTES = 1 << 20;

    abstract SocketAddress address(Path path) throws IOException;

    abstract ServerSocketChannel newServer() throws IOException;

    abstract SocketChannel newSocket() throws IOException;

    @Override
    public End open(Parameters parameters) throws IOException {
        Path path = parameters.dir().resolve("socket");
        SocketChannel channel = parameters.first() ? accept(path) : connect(path);
        channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BYTES); // as large as is allowed
        channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BYTES);
        channel.configureBlocking(!parameters.spins());
        return new Stream(channel, parameters);
    }

    @Override
    public void cycle(Path directory) throws IOException {
        Path path = directory.resolve("cycle");
        ByteBuffer message = ByteBuffer.allocateDirect(64);
        try (ServerSocketChannel server = newServer()) {
            server.bind(address(path), 1);
            try (SocketChannel out = newSocket()) {
                out.connect(address(path));
                try (SocketChannel in = server.accept()) {
                    if (out.write(message) != 64 || in.read(message.flip()) != 64) {
                        throw new IOException("no message");
                    }
                }
            }
        }
        Files.deleteIfExists(path);
    }

    private SocketChannel accept(Path path) throws IOException {
        try (ServerSocketChannel server = newServer()) {
            server.bind(address(path), 1);
            return server.accept();
        }
    }

    /** Until the other side is there. */
    private SocketChannel connect(Path path) throws IOException {
        long start = System.nanoTime();
        while (true) {
            SocketChannel channel = newSocket();
            try {
                channel.connect(address(path));
                return channel;
            } catch (IOException e) {
                channel.close();
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(20)) {
                    throw e;
                }
                Thread.onSpinWait();
            }
        }
    }

    private static final class Stream implements End {
        private final SocketChannel channel;
        private final Payload payload;
        private final int bytes;
        private final ByteBuffer outgoing;
        /** Holds whole messages, so that none wraps. */
        private final ByteBuffer incoming;

        private int parsed;
        private Sink sink;

        Stream(SocketChannel channel, Parameters parameters) {
            this.channel = channel;
            this.payload = new Payload(parameters);
            this.bytes = parameters.bytes();
            int capacity = bytes > BUFFER_BYTES ? bytes : BUFFER_BYTES / bytes * bytes;
            this.outgoing = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
            this.incoming = ByteBuffer.allocateDirect(capacity).order(ByteOrder.LITTLE_ENDIAN);
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) throws IOException {
            if (payload.isLarge()) {
                return writeAll(payload.stamp(value).clear());
            }
            outgoing.clear();
            payload.fill(outgoing, 0, value);
            return writeAll(outgoing.limit(bytes));
        }

        @Override
        public int offerBatch(long value, int count) throws IOException {
            outgoing.clear();
            for (int i = 0; i < count; i++) {
                payload.fill(outgoing, i * bytes, value + i);
            }
            return writeAll(outgoing.limit(count * bytes)) ? count : 0;
        }

        /** Writes all, once it has written something. */
        private boolean writeAll(ByteBuffer from) throws IOException {
            if (channel.write(from) == 0) {
                return false;
            }
            while (from.hasRemaining()) {
                channel.write(from);
            }
            return true;
        }

        @Override
        public int poll() throws IOException {
            int got = read();
            if (got <= 0) {
                return got < 0 ? PEER_GONE : 0;
            }
            int count = 0;
            for (; incoming.position() - parsed >= bytes; count++) {
                int at = parsed;
                parsed += bytes;
                sink.onMessage(value(at));
            }
            if (parsed == incoming.position()) {
                incoming.clear();
                parsed = 0;
            }
            return count;
        }

        /** A peer that was killed while we had sent it something that it did not read resets the connection. */
        private int read() throws IOException {
            try {
                return channel.read(incoming);
            } catch (IOException e) {
                if (e.getMessage() != null && e.getMessage().contains("reset")) {
                    return -1;
                }
                throw e;
            }
        }

        /** A read has put the message into memory of ours already: large ones are not copied again. */
        private long value(int at) {
            return payload.isLarge() ? payload.stamped(incoming, at) : payload.check(incoming, at, bytes);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
