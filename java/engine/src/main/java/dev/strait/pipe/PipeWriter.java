package dev.strait.pipe;

import dev.strait.descriptor.Descriptor;
import dev.strait.descriptor.OpenFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;

/**
 * The end of a pipe or FIFO that is written to. {@link Descriptor} says how calls wait and end, and pipe(7) the rest:
 *
 * <ul>
 *   <li>A full pipe lets a writer wait until something is read.
 *   <li>When no reader is left, a write fails with EPIPE. SIGPIPE, which would kill the process, is ignored by every JVM.
 *   <li>A write of up to {@link Pipe#ATOMIC_BYTES}, gathered from several buffers or not, is not mixed with others' bytes; of
 *       a longer one the parts may be.
 *   <li>When this is {@linkplain #configureBlocking not blocking}, what the kernel answers with EAGAIN is 0 here: a write of
 *       up to that many bytes is then done as a whole or not at all, a longer one may be done in part.
 * </ul>
 *
 * <p>Where every call moves bytes from process to process, a {@link dev.strait.ring.RingWriter} does so without one.
 */
public final class PipeWriter extends PipeEnd implements GatheringByteChannel {
    PipeWriter(int fd) {
        super(fd, "PipeWriter");
    }

    /**
     * Takes over an end that this process has inherited: standard output, 1, or another number that its parent told it.
     *
     * <p>What others share with it stays as it is: the end is opened anew by /proc, and is non-blocking here alone. The number
     * itself is closed, or becomes /dev/null if it is 0, 1 or 2. Without /proc, when the pipe is another user's, and when it
     * is a FIFO without a reader, all who share the description find it non-blocking (O_NONBLOCK of open(2)).
     *
     * @param fd the number
     * @return the end, with another number
     * @throws dev.strait.ErrnoException EBADF when there is no such descriptor or it is not for writing; EINVAL when it is
     *     neither a pipe nor a FIFO; EMFILE. It is the caller's then, as before
     * @throws IOException that
     */
    public static PipeWriter adopt(int fd) throws IOException {
        return new PipeWriter(adopted(fd, O_WRONLY));
    }

    /**
     * write(2): all bytes when this is blocking, as soon as there is room.
     *
     * @param source where from; what is direct is not copied on the way
     * @return bytes; when this is not blocking, as many as there was room for
     * @throws dev.strait.ErrnoException EPIPE when no reader is left; ETIMEDOUT when there is a {@linkplain #setTimeout
     *     timeout}. The buffer's position says what has been written before
     * @throws IOException that, or when this is closed, meanwhile or by an interrupt
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return writeBytes(source);
    }

    /**
     * writev(2), as {@link #write(ByteBuffer)}.
     *
     * @param sources one after the other, 64 of them at most to a system call
     */
    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return writeBytes(sources, 0, sources.length);
    }

    /**
     * writev(2), as {@link #write(ByteBuffer)}.
     *
     * @param sources one after the other, 64 of them at most to a system call
     */
    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writeBytes(sources, offset, length);
    }

    // ---- Packets
    // -------------------------------------------------------------------------------------------------------

    /**
     * Whether each write through this end's description is a packet, O_DIRECT of pipe(2).
     *
     * @return as {@link PipeOptions#packets} or {@link #setPackets} said
     * @throws IOException if this is closed
     */
    public boolean hasPackets() throws IOException {
        return ask("fcntl(F_GETFL)", PipeNative::packets) == 1;
    }

    /**
     * Chooses whether each write is a packet from now on, as {@link PipeOptions#packets}. Those who share this end's description
     * write in the same way.
     *
     * @param packets whether it is
     * @throws dev.strait.ErrnoException EINVAL before Linux 4.5
     * @throws IOException that, or if this is closed
     */
    public void setPackets(boolean packets) throws IOException {
        ask("fcntl(F_SETFL)", fd -> PipeNative.setPackets(fd, packets));
    }

    // ---- Without a copy through this process
    // -----------------------------------------------------------------------

    /**
     * splice(2): moves bytes here from whatever can be read from, and waits for the first of them, and for room. It is as if
     * the source did it: whether and for how long it waits is the source's affair, and an interrupt closes that.
     *
     * @param source a pipe, a socket, a file at its own place
     * @param count at most, 0 or more; the kernel moves less than 2³¹ at once, and what there is room for
     * @param options MOVE, MORE
     * @return bytes; 0 when the source is not blocking and nothing could be moved; -1 at its end
     * @throws IllegalArgumentException if the count is negative
     * @throws dev.strait.ErrnoException EPIPE when no reader is left; EBADF when the source cannot be read from; EINVAL when
     *     it cannot be spliced from, or is this pipe; EIO and the like of files; ENOMEM; ETIMEDOUT
     * @throws IOException that, or when one is closed
     */
    public long spliceFrom(Descriptor source, long count, SpliceOption... options) throws IOException {
        return splice(source, GO_ON, count, options);
    }

    /**
     * splice(2) from a place of a file, whose own place stays as it is.
     *
     * @param source opened for reading
     * @param offset bytes from its beginning, 0 or more
     * @param count as {@link #spliceFrom(Descriptor, long, SpliceOption...)}, and all the rest
     * @param options MOVE
     * @return bytes; 0 when the source is not blocking and there is no room; -1 at or beyond its end
     * @throws IllegalArgumentException if the offset or count is negative
     * @throws IOException as that
     */
    public long spliceFrom(OpenFile source, long offset, long count, SpliceOption... options) throws IOException {
        return splice(source, checkedOffset(offset), count, options);
    }

    private long splice(Descriptor source, long offset, long count, SpliceOption... options) throws IOException {
        int flags = SpliceOption.bits(options);
        return transfer(
                "splice", source, this, count, (from, to) -> PipeNative.splice(from, offset, to, GO_ON, count, flags));
    }

    /**
     * vmsplice(2): lets the pipe refer to memory instead of copying it. All of it when this is blocking.
     *
     * <p>What is written to the memory before the bytes are read, is read: leave it alone until the reader has got them. It
     * may be freed before; the pages stay the pipe's, and may then hold what another object writes to them.
     *
     * @param source a direct buffer
     * @param options GIFT
     * @return as {@link #write(ByteBuffer)}
     * @throws IllegalArgumentException if the buffer is not direct
     * @throws IOException as {@link #write(ByteBuffer)}; also ENOMEM, and EINVAL for a GIFT that is not whole pages
     */
    public int vmsplice(ByteBuffer source, SpliceOption... options) throws IOException {
        checkDirect(source);
        int flags = SpliceOption.bits(options);
        int start = source.position();
        long result;
        do {
            result = perform("vmsplice", POLLOUT, fd -> vmsplice(fd, source, flags));
        } while (result != UNAVAILABLE && isBlocking() && source.hasRemaining());
        return source.position() - start;
    }
}
