package dev.strait.socket;

import dev.strait.internal.BufferParts;
import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A Unix socket through which bytes or messages go, and with them descriptors and credentials.
 *
 * <p>Nothing here raises SIGPIPE: what is written to nobody fails with EPIPE.
 */
public abstract class UnixChannel extends UnixSocket {
    UnixChannel(int fd, String kind) {
        super(fd, kind, new Binding());
    }

    /** Refuses what would be neither sent nor received. */
    abstract void checkRoom(ByteBuffer buffer);

    /** Of recv(2) beside the call's own. */
    abstract int receiveFlags();

    /** What the kernel's number of bytes means. */
    abstract long lengthOf(long received);

    /** What recv(2) answered, or what stands for the end in its place. */
    long atEnd(long result) {
        return result;
    }

    /**
     * Whom it is connected to, getpeername(2).
     *
     * @return the address that the peer is bound to; unnamed when it is bound to nothing
     * @throws dev.strait.ErrnoException ENOTCONN when this is not connected
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException one of these
     */
    public final UnixAddress peerAddress() throws IOException {
        return address("getpeername", true);
    }

    /**
     * Who the peer is: SO_PEERCRED of unix(7). It is who had connected at that moment, or had called listen(2) or
     * socketpair(2); not who has the socket now.
     *
     * @return the process; pid 0 and uid 4294967295 when this is not connected
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final Credentials peerCredentials() throws IOException {
        int[] values = new int[3];
        call("getsockopt", fd -> SocketNative.peerCredentials(fd, values));
        return Credentials.of(values[0], values[1], values[2]);
    }

    /**
     * SIOCINQ of unix(7): what can be read at once.
     *
     * @return bytes; of messages those of the next one
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that
     */
    public final int availableBytes() throws IOException {
        return (int) call("ioctl", SocketNative::available);
    }

    /**
     * shutdown(2) of the way in: what has come can still be read, then there is the end; the peer's writes fail with EPIPE. This
     * stays open.
     *
     * @throws dev.strait.ErrnoException ENOTCONN when this is not connected
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException one of these
     */
    public void shutdownInput() throws IOException {
        call("shutdown", fd -> SocketNative.shutdown(fd, SocketLayout.SHUT_RD));
    }

    /**
     * shutdown(2) of the way out, the half close: the peer reads what was sent, and then the end. This stays open, and can read.
     *
     * @throws dev.strait.ErrnoException ENOTCONN when this is not connected
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException one of these
     */
    public void shutdownOutput() throws IOException {
        call("shutdown", fd -> SocketNative.shutdown(fd, SocketLayout.SHUT_WR));
    }

    /** send(2) at once, to a receiver that may be null: bytes, or -EAGAIN, also for a thread that is interrupted. */
    final long trySend(ByteBuffer source, UnixAddress receiver) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            return -EAGAIN;
        }
        int fd = enter();
        try {
            return tried(SocketBytes.send(fd, source, receiver == null ? null : receiver.bytes()), "send", receiver);
        } finally {
            leave();
        }
    }

    /** recv(2) at once: bytes, or -EAGAIN, also for a thread that is interrupted. */
    final long tryReceive(ByteBuffer target, int flags) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            return -EAGAIN;
        }
        int fd = enter();
        try {
            return tried(SocketBytes.receive(fd, target, flags), "recv", null);
        } finally {
            leave();
        }
    }

    private long tried(long result, String operation, UnixAddress receiver) throws IOException {
        if (result < 0 && result != -EAGAIN) {
            throw Failure.errno(result, operation, receiver == null ? toString() : this + " to " + receiver);
        }
        return result;
    }

    /** sendmsg(2), once: bytes, or {@link #UNAVAILABLE}. */
    final long sendOnce(ByteBuffer source, UnixAddress receiver, Attachment attachment) throws IOException {
        checkRoom(source);
        int[] numbers = attachment.numbers();
        int[] credentials = attachment.credentials();
        byte[] name = receiver == null ? null : receiver.bytes();
        BufferParts parts = SocketBytes.drain(source);
        Call call = fd -> attachment.lend(numbers, () -> SocketBytes.sendParts(fd, parts, name, numbers, credentials));
        long sent = receiver == null ? perform("sendmsg", POLLOUT, call) : performTo(receiver, "sendmsg", call);
        if (sent != UNAVAILABLE) {
            attachment.sent();
        }
        return sent;
    }

    /** As {@link #perform}, for one whose receiver may be full while there is room here. */
    long performTo(UnixAddress receiver, String operation, Call call) throws IOException {
        return perform(operation, POLLOUT, call);
    }

    /**
     * recvmsg(2) with everything that came along: descriptors and credentials.
     *
     * @param target where to; at least one byte
     * @return what came; null when this is not blocking and there is nothing
     * @throws IllegalArgumentException if the buffer is read-only or full
     * @throws dev.strait.ErrnoException ETIMEDOUT when there is a {@linkplain #setTimeout timeout}; ECONNRESET
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public final Received receiveAll(ByteBuffer target) throws IOException {
        return receiveAll(target, Attachment.DESCRIPTORS_MAX);
    }

    /**
     * recvmsg(2) with what came along. Without this or {@link #receiveAll(ByteBuffer)} the kernel drops it.
     *
     * @param target where to; at least one byte
     * @param descriptorsMax how many descriptors are wanted; others are closed
     * @return what came; null when this is not blocking and there is nothing
     * @throws IllegalArgumentException if the buffer is read-only or full, or the number is negative
     * @throws dev.strait.ErrnoException ETIMEDOUT when there is a {@linkplain #setTimeout timeout}; ECONNRESET
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    public final Received receiveAll(ByteBuffer target, int descriptorsMax) throws IOException {
        if (descriptorsMax < 0 || !target.hasRemaining()) {
            throw new IllegalArgumentException("room for " + target.remaining() + " bytes and " + descriptorsMax
                    + " descriptors: must be 1, and 0");
        }
        BufferParts parts = SocketBytes.fill(target);
        int[] values = new int[SocketLayout.RECEIVED_VALUES];
        byte[] sender = new byte[SocketLayout.NAME_MAX];
        long received = perform(
                "recvmsg",
                POLLIN,
                fd -> atEnd(parts.moved(SocketNative.receiveParts(
                        fd, parts.direct, parts.bounds, receiveFlags(), descriptorsMax, values, sender))));
        return received == UNAVAILABLE ? null : Received.of(lengthOf(received), values, sender);
    }
}
