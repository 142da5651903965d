package dev.strait.share;

import dev.strait.ErrnoException;
import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import dev.strait.internal.Place;
import dev.strait.internal.SegmentAccess;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.socket.Attachment;
import dev.strait.socket.Received;
import dev.strait.socket.ReceivedDescriptor;
import dev.strait.socket.UnixChannel;
import dev.strait.socket.UnixSeqpacket;
import dev.strait.socket.UnixStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Sharing an anonymous segment with an unrelated process, the ashmem way: one call offers it over a connected Unix socket, one
 * call accepts it, checks it and maps it. C has the same in {@code strait/share.h}, and the two understand each other.
 *
 * <p><b>Assumptions.</b> The socket is a stream or of sequenced packets, and used for nothing else meanwhile. The segment is
 * anonymous; what has a name is opened by its name.
 *
 * <p><b>Guarantees.</b> What arrives is mapped when its seals, owner, mode and header have been checked, and never else: what is
 * unsealed, or wrongly, is refused. Both sides have open file descriptions, and so locks, of their own: nobody looks alive
 * because his segment lies in a socket.
 *
 * <p><b>Other users.</b> Who attaches opens the file anew, and so needs permission: offer a segment with
 * {@link SegmentOptions#mode}, and accept it with its {@link SegmentOptions#owner} and mode. A view is mapped as it came, and
 * needs no permission.
 *
 * <p>Calls wait, and end, as those of the socket do.
 */
public final class Share {
    private static final int EACCES = 13;
    private static final int EINVAL = 22;
    private static final int EROFS = 30;
    private static final int EPROTO = 71;
    private static final int ECONNRESET = 104;

    private Share() {}

    /** A descriptor of our own that is on its way. */
    private static final class Opened extends Descriptor {
        Opened(int fd) {
            super(fd, "Opened");
        }
    }

    /**
     * Sends a segment, whose receiver becomes a participant.
     *
     * @param socket which is connected
     * @param segment an anonymous one
     * @throws IllegalArgumentException if it has a name
     * @throws IllegalStateException if the segment is closed
     * @throws ErrnoException EPIPE, ECONNRESET when the receiver is gone; ENOENT without /proc; EMFILE; ETIMEDOUT when the socket
     *     has a {@linkplain Descriptor#setTimeout timeout}
     * @throws IOException that, or when the socket is closed, meanwhile or by an interrupt
     */
    public static void offer(UnixChannel socket, Segment segment) throws IOException {
        offer(socket, segment, ShareLayout.ATTACH);
    }

    /**
     * Sends a ring, whose receiver becomes a participant.
     *
     * @param socket which is connected
     * @param ring an anonymous one
     * @throws IllegalArgumentException if it has a name
     * @throws IllegalStateException if the ring is closed
     * @throws IOException as {@link #offer(UnixChannel, Segment)}
     */
    public static void offer(UnixChannel socket, Ring ring) throws IOException {
        offer(socket, ring.segment());
    }

    /**
     * Sends a segment for reading only: a descriptor that cannot be written.
     *
     * @param socket which is connected
     * @param segment an anonymous one, which may be a ring's; its region is what can be seen
     * @throws IllegalArgumentException if it has a name
     * @throws IllegalStateException if the segment is closed
     * @throws IOException as {@link #offer(UnixChannel, Segment)}
     */
    public static void offerView(UnixChannel socket, Segment segment) throws IOException {
        offer(socket, segment, ShareLayout.VIEW);
    }

    /**
     * Tells who waits to accept that he gets nothing: he fails with EACCES.
     *
     * @param socket which is connected
     * @throws IOException as {@link #offer(UnixChannel, Segment)}
     */
    public static void refuse(UnixChannel socket) throws IOException {
        send(socket, message(0, ShareLayout.REFUSED), Attachment.of());
    }

    private static void offer(UnixChannel socket, Segment segment, int access) throws IOException {
        int[] kind = new int[1];
        long fd = SegmentAccess.get().use(segment, handle -> {
            kind[0] = ShareNative.kind(handle);
            return ShareNative.open(handle, access);
        });
        if (fd == -EINVAL) {
            throw new IllegalArgumentException(segment
                    + ": only an anonymous segment is shared by its descriptor; this one is opened by its name");
        }
        if (fd < 0) {
            throw Failure.errno(fd, "open", segment.toString());
        }
        try (Opened opened = new Opened((int) fd)) {
            send(socket, message(kind[0], access), Attachment.of(opened));
        }
    }

    private static ByteBuffer message(int kind, int access) {
        return ByteBuffer.allocate(ShareLayout.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, ShareLayout.MAGIC)
                .putInt(ShareLayout.KIND, kind)
                .putInt(ShareLayout.ACCESS, access);
    }

    private static void send(UnixChannel socket, ByteBuffer message, Attachment attachment) throws IOException {
        if (socket instanceof UnixStream stream) {
            stream.write(message, attachment);
        } else if (socket instanceof UnixSeqpacket packets) {
            packets.send(message, attachment);
        } else {
            throw new IllegalArgumentException(socket + ": must be a stream or of sequenced packets");
        }
    }

    /**
     * Waits for a plain segment, and attaches to it.
     *
     * @param socket which is connected
     * @param options whose it must be, and how to map it
     * @return the attachment
     * @throws ErrnoException EACCES when it was refused, or the file's mode forbids it; EPROTO when what came was no offer; EROFS
     *     when it was offered as a view; ECONNRESET when the sender has closed; EUSERS when
     *     {@link dev.strait.segment.Participant#MAX} are attached already; ETIMEDOUT when the socket has a
     *     {@linkplain Descriptor#setTimeout timeout}
     * @throws dev.strait.segment.SegmentMismatchException if it is unsealed, someone else's, a ring, or nothing that this
     *     library can use
     * @throws IOException one of these, or when the socket is closed, meanwhile or by an interrupt
     */
    public static Segment acceptSegment(UnixChannel socket, SegmentOptions options) throws IOException {
        return accept(socket, true, fd -> Segment.openAnonymous(0, fd, options));
    }

    /**
     * Waits for a ring, and attaches to it.
     *
     * @param socket which is connected
     * @param options whose it must be, and how to map it; the ring keeps what it was created with
     * @return the attachment
     * @throws dev.strait.segment.SegmentMismatchException if it is unsealed, someone else's, no ring, or nothing that this
     *     library can use
     * @throws IOException as {@link #acceptSegment}
     */
    public static Ring acceptRing(UnixChannel socket, RingOptions options) throws IOException {
        return accept(socket, true, fd -> Ring.openAnonymous(0, fd, options));
    }

    /**
     * Waits for a segment, plain or a ring's, and maps its region for reading.
     *
     * @param socket which is connected
     * @param options whose it must be; huge pages and prefaulting do not count
     * @return the view
     * @throws dev.strait.segment.SegmentMismatchException if it is unsealed, someone else's, or nothing that this library can
     *     use
     * @throws IOException as {@link #acceptSegment}
     */
    public static SegmentView acceptView(UnixChannel socket, SegmentOptions options) throws IOException {
        return accept(
                socket,
                false,
                fd -> new SegmentView(SegmentAccess.get()
                        .open(
                                Place.descriptor(0, fd),
                                options,
                                (directory, values, failure) -> ShareNative.view(fd, values, failure))));
    }

    private static <T> T accept(UnixChannel socket, boolean attaches, ReceivedDescriptor.Adopter<T> opener)
            throws IOException {
        ByteBuffer message = ByteBuffer.allocate(ShareLayout.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (Received received = socket.receiveAll(message, 1)) {
            if (received == null) {
                throw new IllegalStateException(socket + ": must be blocking");
            }
            int refusal = refusal(received, message, attaches);
            if (refusal != 0) {
                throw Failure.errno(-refusal, "accept", socket.toString());
            }
            return opener.adopt(received.descriptors().get(0).fd());
        }
    }

    private static int refusal(Received received, ByteBuffer message, boolean attaches) {
        if (received.length() < 0) {
            return ECONNRESET;
        }
        if (received.length() != ShareLayout.BYTES || message.getLong(0) != ShareLayout.MAGIC) {
            return EPROTO;
        }
        int access = message.getInt(ShareLayout.ACCESS);
        if (access == ShareLayout.REFUSED) {
            return EACCES;
        }
        if (received.descriptors().size() != 1) {
            return EPROTO;
        }
        return attaches && access != ShareLayout.ATTACH ? EROFS : 0;
    }
}
