package dev.strait.pipe;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;

/**
 * One side of a connection that is made of two pipes: what this side writes the other reads, and the other way round.
 *
 * <p>Closing the {@linkplain #writer writer} alone says the end to the other side, which may still answer. A Unix socket pair
 * does the same with one descriptor, and passes descriptors; two pipes have twice the room, packets, and splice, and can be
 * a child's standard input and output.
 *
 * <p>Both sides wait for ever when each writes more than a pipe holds before it reads.
 *
 * @param reader from which this side reads
 * @param writer to which it writes
 */
public record DuplexPipe(PipeReader reader, PipeWriter writer)
        implements ByteChannel, ScatteringByteChannel, GatheringByteChannel {
    /**
     * Both sides.
     *
     * @param first the one
     * @param second the other
     */
    public record Pair(DuplexPipe first, DuplexPipe second) implements AutoCloseable {
        /** Closes both. */
        @Override
        public void close() throws IOException {
            first.close();
            second.close();
        }
    }

    /**
     * A new pair, pipe2(2) twice.
     *
     * @param options for both pipes
     * @return both sides
     * @throws dev.strait.ErrnoException as {@link Pipe#open(PipeOptions)}
     * @throws IOException that
     */
    public static Pair openPair(PipeOptions options) throws IOException {
        Pipe there = Pipe.open(options);
        try {
            Pipe back = Pipe.open(options);
            return new Pair(
                    new DuplexPipe(back.reader(), there.writer()), new DuplexPipe(there.reader(), back.writer()));
        } catch (IOException e) {
            there.close();
            throw e;
        }
    }

    /**
     * A new pair, pipe2(2) twice.
     *
     * @return both sides
     * @throws dev.strait.ErrnoException as {@link Pipe#open()}
     * @throws IOException that
     */
    public static Pair openPair() throws IOException {
        return openPair(PipeOptions.defaults());
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return reader.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return reader.read(targets);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return reader.read(targets, offset, length);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return writer.write(source);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return writer.write(sources);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writer.write(sources, offset, length);
    }

    /** Whether either end is open. */
    @Override
    public boolean isOpen() {
        return reader.isOpen() || writer.isOpen();
    }

    /** Closes both ends of this side. */
    @Override
    public void close() throws IOException {
        writer.close();
        reader.close();
    }
}
