package dev.strait.socket;

import dev.strait.internal.BufferParts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;

/**
 * A connected stream of bytes in both directions: SOCK_STREAM of unix(7).
 *
 * <p>Where only bytes go, the JDK's {@link java.nio.channels.SocketChannel} with a {@link java.net.UnixDomainSocketAddress}
 * does as well. This is for descriptors, credentials, abstract names, pairs, and for sockets that come from elsewhere. Messages
 * between two processes that stay go many times faster through a {@link dev.strait.ring.Ring}, which
 * {@code dev.strait.share} hands over such a socket.
 *
 * <p>Reading answers -1 when the peer has closed or shut down its way out. A peer that closes while there is something that it
 * has not read resets the connection: ECONNRESET, once. Writing to who is gone fails with EPIPE.
 */
public final class UnixStream extends UnixChannel implements ByteChannel, GatheringByteChannel, ScatteringByteChannel {
    UnixStream(int fd) {
        super(fd, "UnixStream");
    }

    /**
     * Connects, with {@link UnixOptions#defaults}: waits while the listener's backlog is full.
     *
     * @param peer where somebody listens
     * @return the connection
     * @throws dev.strait.ErrnoException as {@link #connect(UnixAddress, UnixOptions)}
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IOException that
     */
    public static UnixStream connect(UnixAddress peer) throws IOException, InterruptedException {
        return connect(peer, UnixOptions.defaults());
    }

    /**
     * Connects, connect(2): waits while the listener's backlog is full, which the kernel answers with EAGAIN.
     *
     * @param peer where somebody listens
     * @param options its own address, the time, the rest
     * @return the connection
     * @throws dev.strait.ErrnoException ECONNREFUSED when nobody listens there; ENOENT when there is no such path; EACCES without
     *     write permission on it; EINVAL for a path of more than 107 bytes; EPROTOTYPE when a socket of another type is there;
     *     ETIMEDOUT; EMFILE; for the own address what {@link #listen} says
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IOException that
     */
    public static UnixStream connect(UnixAddress peer, UnixOptions options) throws IOException, InterruptedException {
        return Connecting.connect(SocketLayout.STREAM, peer, options, UnixStream::new);
    }

    /**
     * Listens, with {@link UnixOptions#defaults}.
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @return who accepts
     * @throws dev.strait.ErrnoException as {@link #listen(UnixAddress, UnixOptions)}
     * @throws IOException that
     */
    public static UnixListener<UnixStream> listen(UnixAddress address) throws IOException {
        return listen(address, UnixOptions.defaults());
    }

    /**
     * Listens, bind(2) and listen(2).
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @param options the path's mode, the backlog, the rest
     * @return who accepts
     * @throws dev.strait.ErrnoException EADDRINUSE when the address is in use, or what is at the path was not left by a dead
     *     socket of this library; ENOENT when its directory is missing; EACCES without permission there; EINVAL for a path of
     *     more than 107 bytes; EMFILE
     * @throws IOException that
     */
    public static UnixListener<UnixStream> listen(UnixAddress address, UnixOptions options) throws IOException {
        return UnixListener.open(SocketLayout.STREAM, address, options, UnixStream::new);
    }

    /**
     * Two that are connected to each other.
     *
     * @return both
     * @throws dev.strait.ErrnoException EMFILE, ENFILE
     * @throws IOException that
     */
    public static SocketPair<UnixStream> pair() throws IOException {
        return pair(SocketLayout.STREAM, UnixStream::new);
    }

    /**
     * Takes over a connected one that this process has inherited or received. O_NONBLOCK of its description stays as it is.
     *
     * @param fd its number
     * @return the stream
     * @throws dev.strait.ErrnoException EBADF, ENOTSOCK when it is no socket; EAFNOSUPPORT when it is no Unix socket, EPROTOTYPE
     *     when it is of another type, EINVAL when it listens. It is the caller's then, as before
     * @throws IOException that
     */
    public static UnixStream adopt(int fd) throws IOException {
        return adopt(fd, SocketLayout.STREAM, false, UnixStream::new);
    }

    /**
     * Takes over one that listens and that this process has inherited or received. All who share its description find it
     * non-blocking (O_NONBLOCK of open(2)). Its path stays when this is closed.
     *
     * @param fd its number
     * @return who accepts
     * @throws dev.strait.ErrnoException as {@link #adopt}; EINVAL when it does not listen
     * @throws IOException that
     */
    public static UnixListener<UnixStream> adoptListener(int fd) throws IOException {
        return adopt(fd, SocketLayout.STREAM, true, each -> new UnixListener<>(each, UnixStream::new));
    }

    @Override
    void checkRoom(ByteBuffer buffer) {
        if (!buffer.hasRemaining()) {
            throw new IllegalArgumentException("nothing goes along with no bytes: must be 1 at least");
        }
    }

    @Override
    int receiveFlags() {
        return 0;
    }

    @Override
    long lengthOf(long received) {
        return endOrBytes(received);
    }

    /**
     * recv(2): bytes that are there, and waits for the first of them.
     *
     * @param target where to; what is direct is not copied
     * @return bytes; -1 at the end; 0 when there is no room, or nothing and this is not blocking
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws dev.strait.ErrnoException ECONNRESET; ETIMEDOUT when there is a {@linkplain #setTimeout timeout}
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return receive(target, 0);
    }

    /**
     * recv(2) with MSG_PEEK: as {@link #read(ByteBuffer)}, but the bytes stay, and are read again.
     *
     * @param target where to; what is direct is not copied
     * @return bytes; -1 at the end; 0 when there is no room, or nothing and this is not blocking
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public int peek(ByteBuffer target) throws IOException {
        return receive(target, SocketLayout.MSG_PEEK);
    }

    private int receive(ByteBuffer target, int flags) throws IOException {
        BufferParts.checkWritable(target);
        if (!target.hasRemaining()) {
            return (int) lend(fd -> 0);
        }
        long received = tryReceive(target, flags);
        if (received == -EAGAIN) {
            received = perform("recv", POLLIN, fd -> SocketBytes.receive(fd, target, flags));
        }
        return (int) endOrBytes(received);
    }

    /**
     * recvmsg(2), as {@link #read(ByteBuffer)}.
     *
     * @param targets filled one after the other, 64 of them at most to a call
     */
    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    /**
     * recvmsg(2), as {@link #read(ByteBuffer)}.
     *
     * @param targets filled one after the other, 64 of them at most to a call
     */
    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        BufferParts parts = BufferParts.toFill(targets, offset, length);
        if (parts.isEmpty()) {
            return lend(fd -> 0);
        }
        return endOrBytes(perform("recvmsg", POLLIN, fd -> SocketBytes.receiveParts(fd, parts, 0)));
    }

    /**
     * send(2): all of it when this is blocking.
     *
     * @param source where from; what is direct is not copied
     * @return bytes; when this is not blocking as many as there was room for, maybe 0
     * @throws dev.strait.ErrnoException EPIPE, ECONNRESET when the peer is gone; ETIMEDOUT when there is a
     *     {@linkplain #setTimeout timeout}: the buffer's position says what was sent
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int start = source.position();
        if (!source.hasRemaining()) {
            return (int) lend(fd -> 0);
        }
        long sent;
        do {
            sent = trySend(source, null);
            if (sent == -EAGAIN) {
                sent = perform("send", POLLOUT, fd -> SocketBytes.send(fd, source, null));
            }
        } while (sent != UNAVAILABLE && isBlocking() && source.hasRemaining());
        return source.position() - start;
    }

    /** sendmsg(2), as {@link #write(ByteBuffer)}. */
    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    /** sendmsg(2), as {@link #write(ByteBuffer)}. */
    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        long total = lend(fd -> 0);
        BufferParts parts = BufferParts.toDrain(sources, offset, length);
        while (!parts.isEmpty()) {
            BufferParts now = parts;
            long sent = perform("sendmsg", POLLOUT, fd -> SocketBytes.sendParts(fd, now, null, null, null));
            total += sent == UNAVAILABLE ? 0 : sent;
            if (sent == UNAVAILABLE || !isBlocking()) {
                break;
            }
            parts = BufferParts.toDrain(sources, offset, length);
        }
        return total;
    }

    /**
     * sendmsg(2) with descriptors or credentials, which arrive with the first of the bytes.
     *
     * @param source where from; at least one byte
     * @param attachment what goes along; its descriptors are closed here then, unless it says otherwise
     * @return bytes; 0 when this is not blocking and there is no room, and then nothing was sent or closed
     * @throws IllegalArgumentException if there is no byte
     * @throws dev.strait.ErrnoException EBADF when one of the descriptors is closed; ETOOMANYREFS when too many are in sockets
     *     (RLIMIT_NOFILE); EPERM for credentials that are not this process's; and as {@link #write(ByteBuffer)}
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public int write(ByteBuffer source, Attachment attachment) throws IOException {
        int start = source.position();
        if (sendOnce(source, null, attachment) != UNAVAILABLE && isBlocking()) {
            write(source);
        }
        return source.position() - start;
    }
}
