package dev.strait.bench.library;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** The JDK's own Unix-domain channels. */
public final class JdkUnixChannel extends Channels {
    @Override
    SocketAddress address(Path path) {
        return UnixDomainSocketAddress.of(path);
    }

    @Override
    ServerSocketChannel newServer() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    }

    @Override
    SocketChannel newSocket() throws IOException {
        return SocketChannel.open(StandardProtocolFamily.UNIX);
    }
}
