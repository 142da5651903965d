package dev.strait.socket;

import dev.strait.ErrnoException;
import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import dev.strait.internal.KernelWaits;
import dev.strait.internal.Waiting;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A Unix socket, see unix(7): what listeners and channels have in common. {@link Descriptor} says how calls wait and end.
 *
 * <p>A path that is bound is held by a lock on the file {@code path.lock} beside it. Both are removed when the socket is
 * closed. What a process left that died is replaced by the next who binds it: the lock is free then.
 */
public abstract class UnixSocket extends Descriptor {
    static final int EAGAIN = 11;
    private static final int ETIMEDOUT = 110;

    private final Binding binding;

    UnixSocket(int fd, String kind, Binding binding) {
        super(fd, kind, binding);
        this.binding = binding;
    }

    /** A call that does not wait. */
    final long call(String operation, Call call) throws IOException {
        return checked(lend(call), operation, this);
    }

    static long checked(long result, String operation, Object object) throws IOException {
        if (Failure.isErrno(result)) {
            throw Failure.errno(result, operation, object.toString());
        }
        return result;
    }

    /** socket(2), and what the options say of any socket. */
    static <S extends UnixSocket> S open(int type, UnixOptions options, Maker<S> maker) throws IOException {
        S socket = maker.make((int) checked(SocketNative.open(type), "socket", "AF_UNIX"));
        return prepared(socket, () -> {
            UnixSocket opened = socket;
            if (options.sendBytes > 0) {
                opened.setSendBufferBytes(options.sendBytes);
            }
            if (options.receiveBytes > 0) {
                opened.setReceiveBufferBytes(options.receiveBytes);
            }
            if (options.credentials) {
                opened.setPassesCredentials(true);
            }
            if (options.local != null) {
                opened.bindTo(options.local, options.mode);
            }
        });
    }

    /** Closes it when one of the steps fails. */
    static <S extends UnixSocket> S prepared(S socket, Steps steps) throws IOException {
        boolean done = false;
        try {
            steps.take();
            done = true;
            return socket;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** Of a number that this process has. */
    static <S extends UnixSocket> S adopt(int fd, int type, boolean listens, Maker<S> maker) throws IOException {
        checked(SocketNative.adopt(fd, type, listens), "getsockopt", "fd " + fd);
        return maker.make(fd);
    }

    static <S extends UnixChannel> SocketPair<S> pair(int type, Maker<S> maker) throws IOException {
        long ends = checked(SocketNative.pair(type), "socketpair", "AF_UNIX");
        return new SocketPair<>(maker.make((int) (ends >> 32)), maker.make((int) ends));
    }

    /** An object for a number. */
    @FunctionalInterface
    interface Maker<S> {
        S make(int fd);
    }

    /** What is done with a socket that is new. */
    @FunctionalInterface
    interface Steps {
        void take() throws IOException;
    }

    final void bindTo(UnixAddress address, int mode) throws IOException {
        long result = lend(fd -> SocketNative.bind(fd, address.bytes(), mode));
        binding.hold(checked(result, "bind", address));
    }

    /** Of one that nobody else has yet. */
    final void connectTo(UnixAddress peer, Duration timeout) throws IOException, InterruptedException {
        Objects.requireNonNull(peer, "peer");
        long result = lend(fd -> SocketNative.connect(fd, peer.bytes()));
        if (result == -EAGAIN) {
            result = awaitBacklog(peer.bytes(), timeout.isZero() ? Long.MAX_VALUE : saturated(timeout));
        }
        if (result == -Waiting.EINTR && Thread.interrupted()) {
            throw new InterruptedException();
        }
        checked(Failure.isErrno(result) || result == 0 ? result : -ETIMEDOUT, "connect", peer);
    }

    /** The kernel wakes who waits inside of connect(2), and tells nobody by poll(2). */
    private long awaitBacklog(byte[] peer, long timeoutNs) {
        KernelWaits waits = new KernelWaits();
        int fd = fd();
        try {
            return waits.await(kick -> SocketNative.connectWaiting(fd, peer, kick), timeoutNs);
        } finally {
            waits.close();
        }
    }

    private static long saturated(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) { // 292 years
            return Long.MAX_VALUE;
        }
    }

    final UnixAddress address(String operation, boolean ofPeer) throws IOException {
        byte[] name = new byte[SocketLayout.NAME_MAX];
        return UnixAddress.of(name, (int) call(operation, fd -> SocketNative.name(fd, ofPeer, name)));
    }

    private int option(int option) throws IOException {
        return (int) call("getsockopt", fd -> SocketNative.option(fd, option));
    }

    private void setOption(int option, int value) throws IOException {
        call("setsockopt", fd -> SocketNative.setOption(fd, option, value));
    }

    /**
     * What it is bound to, getsockname(2).
     *
     * @return its address; an unnamed one when it is bound to nothing
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final UnixAddress localAddress() throws IOException {
        return address("getsockname", false);
    }

    /**
     * SO_SNDBUF of socket(7): how much may be on its way from here, with the kernel's own overhead.
     *
     * @return bytes: twice what was set
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final int sendBufferBytes() throws IOException {
        return option(SocketLayout.SO_SNDBUF);
    }

    /**
     * Sets SO_SNDBUF. A message that does not fit in it as a whole fails with EMSGSIZE.
     *
     * @param bytes 1 or more; the kernel doubles them, raises them to its least, and does not go beyond
     *     {@code net.core.wmem_max}
     * @throws IllegalArgumentException if there are less
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final void setSendBufferBytes(int bytes) throws IOException {
        setOption(SocketLayout.SO_SNDBUF, UnixOptions.checkBytes(bytes));
    }

    /**
     * SO_RCVBUF of socket(7), which means nothing to a Unix socket: what it holds counts against its sender.
     *
     * @return bytes: twice what was set
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final int receiveBufferBytes() throws IOException {
        return option(SocketLayout.SO_RCVBUF);
    }

    /**
     * Sets SO_RCVBUF.
     *
     * @param bytes 1 or more; the kernel doubles them, raises them to its least, and does not go beyond
     *     {@code net.core.rmem_max}
     * @throws IllegalArgumentException if there are less
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final void setReceiveBufferBytes(int bytes) throws IOException {
        setOption(SocketLayout.SO_RCVBUF, UnixOptions.checkBytes(bytes));
    }

    /**
     * SO_PASSCRED of unix(7).
     *
     * @return whether each message that is received tells who sent it
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final boolean passesCredentials() throws IOException {
        return option(SocketLayout.SO_PASSCRED) != 0;
    }

    /**
     * Sets SO_PASSCRED: from now on each message tells who sent it. One that is bound to nothing gets an automatic address when
     * it connects or sends then.
     *
     * @param passes whether they do
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final void setPassesCredentials(boolean passes) throws IOException {
        setOption(SocketLayout.SO_PASSCRED, passes ? 1 : 0);
    }

    /**
     * SO_ERROR of socket(7): the error that waits to be told, which is taken by this.
     *
     * @return what the next call would have failed with; empty when there is nothing
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final Optional<ErrnoException> takeError() throws IOException {
        int error = option(SocketLayout.SO_ERROR);
        return error == 0 ? Optional.empty() : Optional.of(Failure.errno(-error, "getsockopt(SO_ERROR)", toString()));
    }
}
