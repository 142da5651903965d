package dev.strait.pipe;

import dev.strait.internal.Failure;
import java.io.IOException;

/**
 * A pipe: what is written to one end is read from the other, in order and once, see pipe(7).
 *
 * <p>An end sees that the other is gone only when all descriptors of it are closed, in all processes. So close the end that
 * you do not use; an end that is given to a child process is closed here by those who give it.
 *
 * <p>Between processes that can share memory a {@link dev.strait.ring.Ring} serves better: messages keep their bounds, cost no
 * system call while the peer is awake, and the death of the peer is told apart from an orderly end. A pipe is for programs
 * that know nothing of this engine, and for children's standard streams.
 *
 * @param reader the end to read from
 * @param writer the end to write to
 */
public record Pipe(PipeReader reader, PipeWriter writer) implements AutoCloseable {
    /** PIPE_BUF: a write of no more bytes than this is not mixed with the bytes of others. */
    public static final int ATOMIC_BYTES = 4096;

    /**
     * A new one, pipe2(2).
     *
     * @return both ends
     * @throws dev.strait.ErrnoException EMFILE when this process has too many descriptors; ENFILE when the system has, or
     *     the user has too many pages in pipes (/proc/sys/fs/pipe-user-pages-hard)
     * @throws IOException that
     */
    public static Pipe open() throws IOException {
        return open(PipeOptions.defaults());
    }

    /**
     * A new one with options, pipe2(2).
     *
     * @param options for it
     * @return both ends
     * @throws dev.strait.ErrnoException as {@link #open()} and, where a capacity is asked for, as
     *     {@link PipeEnd#setCapacityBytes}
     * @throws IOException that
     */
    public static Pipe open(PipeOptions options) throws IOException {
        long ends = PipeNative.open(options.packets);
        if (ends < 0) {
            throw Failure.errno(ends, "pipe2", options.packets ? "O_CLOEXEC|O_DIRECT" : "O_CLOEXEC");
        }
        Pipe pipe = new Pipe(new PipeReader((int) (ends >> 32)), new PipeWriter((int) ends));
        if (options.capacityBytes > 0) {
            try {
                pipe.writer.setCapacityBytes(options.capacityBytes);
            } catch (IOException e) {
                pipe.close();
                throw e;
            }
        }
        return pipe;
    }

    /** Closes both ends. */
    @Override
    public void close() throws IOException {
        writer.close();
        reader.close();
    }
}
