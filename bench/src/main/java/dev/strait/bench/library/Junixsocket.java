package dev.strait.bench.library;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/** junixsocket's channels. */
public final class Junixsocket extends Channels {
    @Override
    SocketAddress address(Path path) throws IOException {
        return AFUNIXSocketAddress.of(path);
    }

    @Override
    ServerSocketChannel newServer() throws IOException {
        return AFUNIXServerSocketChannel.open();
    }

    @Override
    SocketChannel newSocket() throws IOException {
        return AFUNIXSocketChannel.open();
    }
}
