package dev.strait.socket;

import java.io.IOException;
import java.util.Objects;

/**
 * A socket that accepts connections, listen(2). Made by {@link UnixStream#listen} and {@link UnixSeqpacket#listen}.
 *
 * <p>An interrupt ends a wait with {@link InterruptedException} and leaves this open. A {@link dev.strait.wait.WaitSet} takes
 * {@link #whenReadable}: somebody waits to be accepted.
 *
 * @param <S> what it accepts
 */
public final class UnixListener<S extends UnixChannel> extends UnixSocket {
    private final Maker<S> maker;

    UnixListener(int fd, Maker<S> maker) {
        super(fd, "UnixListener", new Binding());
        this.maker = maker;
    }

    static <S extends UnixChannel> UnixListener<S> open(
            int type, UnixAddress address, UnixOptions options, Maker<S> maker) throws IOException {
        Objects.requireNonNull(address, "address");
        UnixListener<S> opened = open(type, options.local(address), fd -> new UnixListener<>(fd, maker));
        return prepared(opened, () -> opened.call("listen", fd -> SocketNative.listen(fd, options.backlog)));
    }

    /**
     * accept4(2): waits for a connection.
     *
     * @return what was accepted; null when this is not blocking and there is nobody
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws dev.strait.ErrnoException ETIMEDOUT when there is a {@linkplain #setTimeout timeout}; EMFILE, ENFILE; EINVAL after
     *     a shutdown by who shares this socket
     * @throws IOException that, or {@link java.nio.channels.ClosedChannelException} when this is closed
     */
    public S accept() throws IOException, InterruptedException {
        long fd = performInterruptibly("accept4", POLLIN, SocketNative::accept);
        return fd == UNAVAILABLE ? null : maker.make((int) fd);
    }
}
