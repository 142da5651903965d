package dev.strait.socket;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connection through which messages go in both directions, in order, whole and one by one: SOCK_SEQPACKET of unix(7).
 *
 * <p>Receiving answers {@link #END} when the peer has closed or shut down its way out. An empty message would look the same, so
 * none can be sent; one that another program sends is taken for the end.
 *
 * <p>Messages between two processes that stay go many times faster through a {@link dev.strait.ring.Ring}.
 */
public final class UnixSeqpacket extends UnixMessageChannel {
    UnixSeqpacket(int fd) {
        super(fd, "UnixSeqpacket");
    }

    /**
     * Connects, with {@link UnixOptions#defaults}: waits while the listener's backlog is full.
     *
     * @param peer where somebody listens
     * @return the connection
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IOException as {@link UnixStream#connect(UnixAddress, UnixOptions)}
     */
    public static UnixSeqpacket connect(UnixAddress peer) throws IOException, InterruptedException {
        return connect(peer, UnixOptions.defaults());
    }

    /**
     * Connects, connect(2): waits while the listener's backlog is full.
     *
     * @param peer where somebody listens
     * @param options its own address, the time, the rest
     * @return the connection
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IOException as {@link UnixStream#connect(UnixAddress, UnixOptions)}
     */
    public static UnixSeqpacket connect(UnixAddress peer, UnixOptions options)
            throws IOException, InterruptedException {
        return Connecting.connect(SocketLayout.SEQPACKET, peer, options, UnixSeqpacket::new);
    }

    /**
     * Listens, with {@link UnixOptions#defaults}.
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @return who accepts
     * @throws IOException as {@link UnixStream#listen(UnixAddress, UnixOptions)}
     */
    public static UnixListener<UnixSeqpacket> listen(UnixAddress address) throws IOException {
        return listen(address, UnixOptions.defaults());
    }

    /**
     * Listens, bind(2) and listen(2).
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @param options the path's mode, the backlog, the rest
     * @return who accepts
     * @throws IOException as {@link UnixStream#listen(UnixAddress, UnixOptions)}
     */
    public static UnixListener<UnixSeqpacket> listen(UnixAddress address, UnixOptions options) throws IOException {
        return UnixListener.open(SocketLayout.SEQPACKET, address, options, UnixSeqpacket::new);
    }

    /**
     * Two that are connected to each other.
     *
     * @return both
     * @throws dev.strait.ErrnoException EMFILE, ENFILE
     * @throws IOException that
     */
    public static SocketPair<UnixSeqpacket> pair() throws IOException {
        return pair(SocketLayout.SEQPACKET, UnixSeqpacket::new);
    }

    /**
     * Takes over a connected one that this process has inherited or received. O_NONBLOCK of its description stays as it is.
     *
     * @param fd its number
     * @return the connection
     * @throws IOException as {@link UnixStream#adopt}
     */
    public static UnixSeqpacket adopt(int fd) throws IOException {
        return adopt(fd, SocketLayout.SEQPACKET, false, UnixSeqpacket::new);
    }

    /**
     * Takes over one that listens and that this process has inherited or received.
     *
     * @param fd its number
     * @return who accepts
     * @throws IOException as {@link UnixStream#adoptListener}
     */
    public static UnixListener<UnixSeqpacket> adoptListener(int fd) throws IOException {
        return adopt(fd, SocketLayout.SEQPACKET, true, each -> new UnixListener<>(each, UnixSeqpacket::new));
    }

    @Override
    void checkRoom(ByteBuffer buffer) {
        if (!buffer.hasRemaining()) {
            throw new IllegalArgumentException("an empty message would look like the end: must be 1 byte at least");
        }
    }

    @Override
    long lengthOf(long received) {
        return received == 0 ? END : received;
    }
}
