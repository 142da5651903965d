package dev.strait.socket;

import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A socket that sends and receives datagrams, whole, one by one, and reliably: SOCK_DGRAM of unix(7).
 *
 * <p>It receives what is sent to the address that it is bound to, from anybody, or from its peer when it is connected. A sender
 * waits while a receiver's queue is full ({@code net.unix.max_dgram_qlen}, 10 by default). Nobody tells it that a sender is gone.
 *
 * <p>Messages between two processes that stay go many times faster through a {@link dev.strait.ring.Ring}.
 */
public final class UnixDatagram extends UnixMessageChannel {
    private static final int EPERM = 1;

    /** More than a message's length can be. */
    private static final long INPUT_IS_SHUT = 1L << 32;

    private volatile boolean inputIsShut;

    UnixDatagram(int fd) {
        super(fd, "UnixDatagram");
    }

    /**
     * One that is bound to nothing, and so receives nothing until it is connected by its peer or sends with credentials.
     *
     * @return it
     * @throws dev.strait.ErrnoException EMFILE, ENFILE
     * @throws IOException that
     */
    public static UnixDatagram open() throws IOException {
        return open(SocketLayout.DATAGRAM, UnixOptions.defaults(), UnixDatagram::new);
    }

    /**
     * One that receives at an address, with {@link UnixOptions#defaults}.
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @return it
     * @throws IOException as {@link #bind(UnixAddress, UnixOptions)}
     */
    public static UnixDatagram bind(UnixAddress address) throws IOException {
        return bind(address, UnixOptions.defaults());
    }

    /**
     * One that receives at an address, bind(2).
     *
     * @param address a path, an abstract name, or {@link UnixAddress#automatic}
     * @param options the path's mode, the rest
     * @return it
     * @throws dev.strait.ErrnoException EADDRINUSE when the address is in use, or what is at the path was not left by a dead
     *     socket of this library; ENOENT when its directory is missing; EACCES without permission there; EINVAL for a path of
     *     more than 107 bytes; EMFILE
     * @throws IOException that
     */
    public static UnixDatagram bind(UnixAddress address, UnixOptions options) throws IOException {
        return open(SocketLayout.DATAGRAM, options.local(address), UnixDatagram::new);
    }

    /**
     * Two that are connected to each other.
     *
     * @return both
     * @throws dev.strait.ErrnoException EMFILE, ENFILE
     * @throws IOException that
     */
    public static SocketPair<UnixDatagram> pair() throws IOException {
        return pair(SocketLayout.DATAGRAM, UnixDatagram::new);
    }

    /**
     * Takes over one that this process has inherited or received. O_NONBLOCK of its description stays as it is.
     *
     * @param fd its number
     * @return the socket
     * @throws IOException as {@link UnixStream#adopt}
     */
    public static UnixDatagram adopt(int fd) throws IOException {
        return adopt(fd, SocketLayout.DATAGRAM, false, UnixDatagram::new);
    }

    /**
     * connect(2): from now on it sends to this one, and receives from it alone. Can be repeated.
     *
     * @param peer where it is bound
     * @throws dev.strait.ErrnoException ECONNREFUSED when nobody is there; ENOENT when there is no such path; EACCES without
     *     write permission on it; EPERM when it is connected to another; EPROTOTYPE when a socket of another type is there
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException one of these
     */
    public void connect(UnixAddress peer) throws IOException {
        checked(lend(fd -> SocketNative.connect(fd, peer.bytes())), "connect", peer);
    }

    @Override
    void checkRoom(ByteBuffer buffer) {}

    @Override
    long lengthOf(long received) {
        return received == INPUT_IS_SHUT ? END : received;
    }

    /** The kernel says EAGAIN for ever, and poll(2) that there is something. */
    @Override
    long atEnd(long result) {
        return result == -EAGAIN && inputIsShut ? INPUT_IS_SHUT : result;
    }

    @Override
    public void shutdownInput() throws IOException {
        super.shutdownInput();
        inputIsShut = true;
    }

    /**
     * sendto(2): one message to a receiver.
     *
     * @param message its remaining bytes, maybe none; what is direct is not copied
     * @param receiver where it is bound
     * @return whether it was sent; false when this is not blocking and there is no room
     * @throws dev.strait.ErrnoException ECONNREFUSED when nobody is there; ENOENT when there is no such path; EACCES without
     *     write permission on it; EPERM when it is connected to another; EMSGSIZE when the message is longer than SO_SNDBUF;
     *     ETIMEDOUT when there is a {@linkplain #setTimeout timeout}
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public boolean send(ByteBuffer message, UnixAddress receiver) throws IOException {
        long sent = trySend(message, Objects.requireNonNull(receiver, "receiver"));
        if (sent == -EAGAIN) {
            sent = performTo(receiver, "send", fd -> SocketBytes.send(fd, message, receiver.bytes()));
        }
        return sent != UNAVAILABLE;
    }

    /**
     * sendmsg(2): one message with descriptors or credentials to a receiver.
     *
     * @param message its remaining bytes, maybe none
     * @param receiver where it is bound
     * @param attachment what goes along; its descriptors are closed here then, unless it says otherwise
     * @return whether it was sent; false when this is not blocking and there is no room, and then nothing was closed
     * @throws IOException as {@link #send(ByteBuffer, UnixAddress)} and {@link #send(ByteBuffer, Attachment)}
     */
    public boolean send(ByteBuffer message, UnixAddress receiver, Attachment attachment) throws IOException {
        Objects.requireNonNull(receiver, "receiver");
        return sendOnce(message, receiver, attachment) != UNAVAILABLE;
    }

    /**
     * poll(2) says of an unconnected socket that it can be written, whoever is full; of one that is connected it says the
     * truth. So it is asked of a second one.
     */
    @Override
    long performTo(UnixAddress receiver, String operation, Call call) throws IOException {
        boolean waits = isBlocking() && !Thread.currentThread().isInterrupted();
        long result = waits ? lend(call) : -EAGAIN;
        if (result >= 0) {
            return result;
        }
        if (result != -EAGAIN) {
            throw Failure.errno(result, operation, this + " to " + receiver);
        }
        return waits ? awaitRoom(receiver, operation, call) : perform(operation, POLLOUT, call);
    }

    private long awaitRoom(UnixAddress receiver, String operation, Call call) throws IOException {
        try (UnixDatagram asked = open()) {
            long connected = asked.lend(fd -> SocketNative.connect(fd, receiver.bytes()));
            if (connected == -EPERM) { // it is connected to us, and never full
                return perform(operation, POLLOUT, call);
            }
            checked(connected, "connect", receiver);
            return perform(operation, POLLOUT, asked, POLLOUT, call);
        }
    }
}
