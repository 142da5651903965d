package dev.strait.pipe;

import dev.strait.descriptor.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;

/** The end of a pipe that is written to. {@link Descriptor} says how calls wait and end. */
public final class PipeWriter extends Descriptor implements GatheringByteChannel {
    PipeWriter(int fd) {
        super(fd, "PipeWriter");
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return writeBytes(source);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return writeBytes(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return writeBytes(sources, offset, length);
    }
}
