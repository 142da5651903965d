package dev.strait.pipe;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/**
 * What both ends of a pipe can do, and those of a FIFO. {@link Descriptor} says how calls wait and end.
 *
 * <p>Methods that ask or set something do not wait. All throw {@link ClosedChannelException} when this end is closed.
 */
public abstract sealed class PipeEnd extends Descriptor permits PipeReader, PipeWriter {
    static final int O_RDONLY = 0;
    static final int O_WRONLY = 1;
    static final int O_RDWR = 2;

    /** splice(2) where it goes on, not at an offset. */
    static final long GO_ON = -1;

    PipeEnd(int fd, String kind) {
        super(fd, kind);
    }

    /**
     * How many bytes the pipe holds at most, F_GETPIPE_SZ of fcntl(2). It is counted in pages: small writes may fill it
     * earlier.
     *
     * @return a power of two
     * @throws IOException if this is closed
     */
    public final int capacityBytes() throws IOException {
        return ask("fcntl(F_GETPIPE_SZ)", PipeNative::capacity);
    }

    /**
     * Changes how many bytes the pipe holds, F_SETPIPE_SZ of fcntl(2).
     *
     * @param bytes 0 or more; the kernel rounds up to a power of two, a page at least
     * @return what it is now
     * @throws IllegalArgumentException if the number is negative
     * @throws dev.strait.ErrnoException EBUSY when more is in the pipe; EPERM above /proc/sys/fs/pipe-max-size (1,048,576
     *     unless changed), or when the user has too many pages in pipes, without CAP_SYS_RESOURCE; ENOMEM; EINVAL when the
     *     kernel cannot count so many
     * @throws IOException that, or if this is closed
     */
    public final int setCapacityBytes(int bytes) throws IOException {
        if (bytes < 0) {
            throw new IllegalArgumentException("capacity " + bytes + " bytes: must be 0 or more");
        }
        return ask("fcntl(F_SETPIPE_SZ)", fd -> PipeNative.setCapacity(fd, bytes));
    }

    /**
     * How many bytes can be read now, FIONREAD of ioctl(2); of a packet pipe, in all packets together.
     *
     * @return 0 or more
     * @throws IOException if this is closed
     */
    public final int availableBytes() throws IOException {
        return ask("ioctl(FIONREAD)", PipeNative::available);
    }

    /** What a call answers that does not wait. */
    final int ask(String operation, Call call) throws IOException {
        long result = lend(call);
        if (result < 0) {
            throw Failure.errno(result, operation, toString());
        }
        return (int) result;
    }

    static int adopted(int fd, int access) throws IOException {
        int own = PipeNative.adopt(fd, access);
        if (own < 0) {
            String wanted = access == O_RDONLY ? "the end of a pipe to read from" : "the end of a pipe to write to";
            throw Failure.errno(own, "adopt", "fd " + fd + " as " + wanted);
        }
        return own;
    }

    /** vmsplice(2) of what a direct buffer has remaining; moves its position. */
    static long vmsplice(int fd, ByteBuffer buffer, int flags) {
        long result = PipeNative.vmsplice(fd, buffer, buffer.position(), buffer.remaining(), flags);
        if (result > 0) {
            buffer.position(buffer.position() + (int) result);
        }
        return result;
    }

    static void checkDirect(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("the buffer is in the heap: vmsplice takes direct ones");
        }
    }
}
