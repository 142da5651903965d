package dev.strait.pipe;

import dev.strait.descriptor.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ScatteringByteChannel;

/** The end of a pipe that is read from. {@link Descriptor} says how calls wait and end. */
public final class PipeReader extends Descriptor implements ScatteringByteChannel {
    PipeReader(int fd) {
        super(fd, "PipeReader");
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return readBytes(target);
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return readBytes(targets, 0, targets.length);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return readBytes(targets, offset, length);
    }
}
