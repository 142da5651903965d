package dev.strait.pipe;

import dev.strait.descriptor.Descriptor;
import dev.strait.descriptor.OpenFile;
import dev.strait.internal.BufferParts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;

/**
 * The end of a pipe or FIFO that is read from. {@link Descriptor} says how calls wait and end, and pipe(7) the rest:
 *
 * <ul>
 *   <li>While there are writers and no bytes, a read waits. When the last writer is closed, the rest is read, and then -1. A
 *       FIFO goes on when somebody opens it for writing again.
 *   <li>What is read is gone: of several readers each byte reaches one.
 *   <li>Of a pipe with {@linkplain PipeOptions#packets packets} each read takes one, and drops what does not fit its buffer.
 *   <li>When this is {@linkplain #configureBlocking not blocking}, what the kernel answers with EAGAIN is 0 here: no bytes
 *       yet. -1 is the end, then too.
 * </ul>
 *
 * <p>Where every call moves bytes from process to process, a {@link dev.strait.ring.RingReader} does so without one.
 */
public final class PipeReader extends PipeEnd implements ScatteringByteChannel {
    PipeReader(int fd) {
        super(fd, "PipeReader");
    }

    /**
     * Takes over an end that this process has inherited: standard input, 0, or another number that its parent told it.
     *
     * <p>What others share with it stays as it is: the end is opened anew by /proc, and is non-blocking here alone. The number
     * itself is closed, or becomes /dev/null if it is 0, 1 or 2. Without /proc, and when the pipe is another user's, all who
     * share the description find it non-blocking (O_NONBLOCK of open(2)).
     *
     * @param fd the number
     * @return the end, with another number
     * @throws dev.strait.ErrnoException EBADF when there is no such descriptor or it is not for reading; EINVAL when it is
     *     neither a pipe nor a FIFO; EMFILE. It is the caller's then, as before
     * @throws IOException that
     */
    public static PipeReader adopt(int fd) throws IOException {
        return new PipeReader(adopted(fd, O_RDONLY));
    }

    /**
     * read(2): bytes that are there, and waits for the first of them.
     *
     * @param target where to; what is direct is not copied
     * @return bytes, 0 when there is no room, or nothing and this is not blocking; -1 at the end
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws dev.strait.ErrnoException ETIMEDOUT when there is a {@linkplain #setTimeout timeout}
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return readBytes(target);
    }

    /**
     * readv(2), as {@link #read(ByteBuffer)}.
     *
     * @param targets filled one after the other, 64 of them at most to a call
     */
    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return readBytes(targets, 0, targets.length);
    }

    /**
     * readv(2), as {@link #read(ByteBuffer)}.
     *
     * @param targets filled one after the other, 64 of them at most to a call
     */
    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return readBytes(targets, offset, length);
    }

    // ---- Without a copy through this process
    // -----------------------------------------------------------------------

    /**
     * splice(2): moves bytes to whatever can be written to, and waits for the first of them, and for room.
     *
     * @param target a pipe, a socket, a file at its own place
     * @param count at most, 0 or more; the kernel moves less than 2³¹ at once
     * @param options MOVE, MORE
     * @return bytes; 0 when this is not blocking and nothing could be moved; -1 at the end
     * @throws IllegalArgumentException if the count is negative
     * @throws dev.strait.ErrnoException EPIPE when the target's reader is gone; EBADF when it cannot be written to; EINVAL
     *     when it cannot be spliced to, appends, or is this pipe; ENOSPC and the like of files; ENOMEM; ETIMEDOUT
     * @throws IOException that, or when one is closed
     */
    public long spliceTo(Descriptor target, long count, SpliceOption... options) throws IOException {
        return splice(target, GO_ON, count, options);
    }

    /**
     * splice(2) to a place of a file, whose own place stays as it is.
     *
     * @param target opened for writing
     * @param offset bytes from its beginning, 0 or more
     * @param count as {@link #spliceTo(Descriptor, long, SpliceOption...)}, and all the rest
     * @param options MOVE
     * @return bytes; 0 when this is not blocking and there are none; -1 at the end
     * @throws IllegalArgumentException if the offset or count is negative
     * @throws IOException as that
     */
    public long spliceTo(OpenFile target, long offset, long count, SpliceOption... options) throws IOException {
        return splice(target, checkedOffset(offset), count, options);
    }

    private long splice(Descriptor target, long offset, long count, SpliceOption... options) throws IOException {
        int flags = SpliceOption.bits(options);
        return transfer(
                "splice", this, target, count, (from, to) -> PipeNative.splice(from, GO_ON, to, offset, count, flags));
    }

    /**
     * tee(2): gives bytes to another pipe, too; they can still be read here. Each call begins with the first byte that is
     * unread.
     *
     * @param target the other pipe
     * @param count at most, 0 or more
     * @return bytes; 0 when this is not blocking and nothing could be given; -1 at the end
     * @throws IllegalArgumentException if the count is negative
     * @throws dev.strait.ErrnoException EPIPE when the target's reader is gone; EINVAL when it is this pipe; ENOMEM;
     *     ETIMEDOUT
     * @throws IOException that, or when one is closed
     */
    public long tee(PipeWriter target, long count) throws IOException {
        return transfer("tee", this, target, count, (from, to) -> PipeNative.tee(from, to, count, 0));
    }

    /**
     * vmsplice(2) of this end: reads into memory, which the kernel copies to as read(2) does.
     *
     * @param target a direct buffer
     * @return as {@link #read(ByteBuffer)}
     * @throws IllegalArgumentException if the buffer is not direct, or read-only
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public int vmsplice(ByteBuffer target) throws IOException {
        checkDirect(target);
        BufferParts.checkWritable(target);
        boolean isWanted = target.hasRemaining();
        long read = perform("vmsplice", POLLIN, fd -> vmsplice(fd, target, 0));
        return isWanted ? (int) endOrBytes(read) : 0;
    }
}
