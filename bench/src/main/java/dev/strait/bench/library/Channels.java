package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Stream sockets of java.nio. */
abstract class Channels implements Library {
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
        return new StreamEnd(channel, channel, parameters);
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
}
