package dev.strait.socket;

import dev.strait.internal.BufferParts;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A Unix socket through which messages go, whole and one by one: what datagrams and sequenced packets have in common. */
public abstract class UnixMessageChannel extends UnixChannel {
    /** What receiving answers at the end. */
    public static final int END = -1;

    /** What receiving answers when the socket is not blocking and there is no message. */
    public static final int NOTHING = -2;

    UnixMessageChannel(int fd, String kind) {
        super(fd, kind);
    }

    @Override
    final int receiveFlags() {
        return SocketLayout.MSG_TRUNC;
    }

    /**
     * send(2): one message, to whom this is connected.
     *
     * @param message its remaining bytes; what is direct is not copied
     * @return whether it was sent; false when this is not blocking and there is no room
     * @throws dev.strait.ErrnoException EMSGSIZE when it is longer than SO_SNDBUF; ENOTCONN when this is not connected;
     *     ECONNREFUSED, ECONNRESET or EPIPE when the receiver is gone; ENOBUFS; ETIMEDOUT when there is a
     *     {@linkplain #setTimeout timeout}
     * @throws IllegalArgumentException if it is empty and the end would look the same
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public final boolean send(ByteBuffer message) throws IOException {
        checkRoom(message);
        long sent = trySend(message, null);
        if (sent == -EAGAIN) {
            sent = perform("send", POLLOUT, fd -> SocketBytes.send(fd, message, null));
        }
        return sent != UNAVAILABLE;
    }

    /**
     * sendmsg(2): one message with descriptors or credentials.
     *
     * @param message its remaining bytes
     * @param attachment what goes along; its descriptors are closed here then, unless it says otherwise
     * @return whether it was sent; false when this is not blocking and there is no room, and then nothing was closed
     * @throws dev.strait.ErrnoException EBADF when one of the descriptors is closed; ETOOMANYREFS when too many are in sockets
     *     (RLIMIT_NOFILE); EPERM for credentials that are not this process's; and as {@link #send(ByteBuffer)}
     * @throws IllegalArgumentException if it is empty and the end would look the same
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public final boolean send(ByteBuffer message, Attachment attachment) throws IOException {
        return sendOnce(message, null, attachment) != UNAVAILABLE;
    }

    /**
     * recv(2) with MSG_TRUNC: one message. What does not fit is gone, and the answer says so: it is the length that the message
     * had.
     *
     * @param target where to; what is direct is not copied
     * @return the message's length, which may be more than there was room for; {@link #END}; {@link #NOTHING}
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws dev.strait.ErrnoException ECONNRESET; ETIMEDOUT when there is a {@linkplain #setTimeout timeout}
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public final int receive(ByteBuffer target) throws IOException {
        return receive(target, SocketLayout.MSG_TRUNC);
    }

    /**
     * recv(2) with MSG_PEEK and MSG_TRUNC: as {@link #receive}, but the message stays, and is received again.
     *
     * @param target where to; with no room at all it still tells the length
     * @return the message's length, which may be more than there was room for; {@link #END}; {@link #NOTHING}
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws IOException as {@link #receive}
     */
    public final int peek(ByteBuffer target) throws IOException {
        return receive(target, SocketLayout.MSG_PEEK | SocketLayout.MSG_TRUNC);
    }

    private int receive(ByteBuffer target, int flags) throws IOException {
        BufferParts.checkWritable(target);
        long received = tryReceive(target, flags);
        if (received == -EAGAIN) {
            received = perform("recv", POLLIN, fd -> atEnd(SocketBytes.receive(fd, target, flags)));
        }
        return received == UNAVAILABLE ? NOTHING : (int) lengthOf(received);
    }
}
