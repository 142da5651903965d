package dev.strait.bench.library;

import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** An Agrona ring buffer over a mapped file, for each direction. */
abstract class Agrona implements Library {
    private static final int TYPE = 1;
    private static final int RING_BYTES = 1 << 20;
    /** The least that takes a message of 1 MiB: it takes one of an eighth of its capacity. */
    private static final int LARGE_RING_BYTES = 1 << 24;

    private static final int LARGE_MESSAGE = 1 << 16;

    abstract RingBuffer newRing(AtomicBuffer buffer);

    @Override
    public End open(Parameters parameters) throws IOException {
        return new Rings(parameters);
    }

    @Override
    public void cycle(Path directory) throws IOException {
        Path file = directory.resolve("cycle");
        MappedByteBuffer mapped = map(file, RING_BYTES);
        RingBuffer ring = newRing(new UnsafeBuffer(mapped));
        UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
        if (!ring.write(TYPE, message, 0, 64) || ring.read((type, buffer, index, length) -> {}) != 1) {
            throw new IOException("no message");
        }
        IoUtil.unmap(mapped);
        Files.delete(file);
    }

    /** Maps all of it now, so that no page fault comes later. */
    private static MappedByteBuffer map(Path file, int capacity) throws IOException {
        long bytes = (long) capacity + RingBufferDescriptor.TRAILER_LENGTH;
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes);
        }
    }

    private final class Rings implements End {
        private final MappedByteBuffer outFile;
        private final MappedByteBuffer inFile;
        private final RingBuffer out;
        private final RingBuffer in;
        private final MutableDirectBuffer outBuffer;
        private final AgronaPayload payload;
        private final int bytes;
        private final boolean spins;
        private final IdleStrategy idle = new BackoffIdleStrategy();
        private final MessageHandler handler = this::onMessage;
        private Sink sink;

        Rings(Parameters parameters) throws IOException {
            bytes = parameters.bytes();
            spins = parameters.spins();
            payload = new AgronaPayload(parameters);
            int capacity = bytes > LARGE_MESSAGE ? LARGE_RING_BYTES : RING_BYTES;
            outFile = map(parameters.dir().resolve(parameters.direction(true)), capacity);
            inFile = map(parameters.dir().resolve(parameters.direction(false)), capacity);
            outFile.load();
            inFile.load();
            out = newRing(new UnsafeBuffer(outFile));
            in = newRing(new UnsafeBuffer(inFile));
            outBuffer = out.buffer();
        }

        @Override
        public void deliverTo(Sink newSink) {
            sink = newSink;
        }

        @Override
        public boolean offer(long value) {
            if (payload.isLarge()) {
                return out.write(TYPE, payload.stamp(value), 0, bytes);
            }
            int index = out.tryClaim(TYPE, bytes);
            if (index < 0) {
                return false;
            }
            payload.fill(outBuffer, index, value);
            out.commit(index);
            return true;
        }

        @Override
        public int poll() {
            int count = in.read(handler, POLL_LIMIT);
            while (count == 0 && !spins) {
                idle.idle(count);
                count = in.read(handler, POLL_LIMIT);
            }
            idle.reset();
            return count;
        }

        private void onMessage(int type, DirectBuffer buffer, int index, int length) {
            try {
                sink.onMessage(payload.check(buffer, index, length));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            IoUtil.unmap(outFile);
            IoUtil.unmap(inFile);
        }
    }
}
