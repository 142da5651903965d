package dev.strait.examples.copy;

import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The reading end: {@code CopyReader RING COPY LATENCIES}. */
public final class CopyReader {
    private final FileChannel copy;
    private final long[] latenciesNs = new long[CopyMessages.COUNTED_STAMPS];
    private ByteBuffer view;
    private long pieces;
    private long bytes;
    private long firstPieceNs;
    private long lastPieceNs;
    private int stamps;

    private CopyReader(FileChannel copy) {
        this.copy = copy;
    }

    /**
     * Writes every piece straight from the ring to its place in the copy, and the latency of every stamp to a file of
     * little-endian int64; prints how many pieces and bytes came, and in how many nanoseconds. Goes on where another reader
     * was killed, and waits for another writer when its own is.
     *
     * @param arguments the ring's name, the copy, the file of latencies
     * @throws IOException if one of them fails
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Ring ring = Ring.open(arguments[0], RingOptions.defaults());
                RingReader reader = ring.openReader();
                FileChannel copy =
                        FileChannel.open(Path.of(arguments[1]), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            CopyReader run = new CopyReader(copy);
            int outcome;
            do {
                outcome = reader.poll(run::onMessage, 256, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
            } while (outcome >= 0 || outcome == Outcome.PEER_DIED);
            if (outcome != Outcome.END) {
                throw new IllegalStateException("poll: " + Outcome.toString(outcome));
            }
            run.report(Path.of(arguments[2]));
        }
    }

    private boolean onMessage(int type, ByteBuffer buffer, int offset, int length) {
        if (type == CopyMessages.STAMP) {
            onStamp(System.nanoTime() - buffer.getLong(offset));
        } else {
            onPiece(buffer, offset, length);
        }
        return true;
    }

    private void onStamp(long latencyNs) {
        int index = stamps++ - CopyMessages.WARM_UP_STAMPS;
        if (index >= 0) {
            latenciesNs[index] = latencyNs;
        }
    }

    private void onPiece(ByteBuffer buffer, int offset, int length) {
        if (view == null) {
            view = buffer.duplicate();
            firstPieceNs = System.nanoTime();
        }
        long position = buffer.getLong(offset);
        view.limit(offset + length).position(offset + CopyMessages.DATA_HEADER);
        try {
            while (view.hasRemaining()) {
                position += copy.write(view, position);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        pieces++;
        bytes += length - CopyMessages.DATA_HEADER;
        lastPieceNs = System.nanoTime();
    }

    private void report(Path latencies) throws IOException {
        int counted = Math.max(0, stamps - CopyMessages.WARM_UP_STAMPS);
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES * counted).order(ByteOrder.LITTLE_ENDIAN);
        file.asLongBuffer().put(latenciesNs, 0, counted);
        Files.write(latencies, file.array());
        System.out.println(pieces + " " + bytes + " " + (lastPieceNs - firstPieceNs));
    }
}
