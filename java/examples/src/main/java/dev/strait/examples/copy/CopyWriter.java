package dev.strait.examples.copy;

import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingWriter;
import dev.strait.wait.WaitPolicy;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The writing end: {@code CopyWriter RING FILE [STAMPS]}. */
public final class CopyWriter {
    private CopyWriter() {}

    /**
     * Sends the file in pieces, read straight into the ring, then stamps at a fixed rate, and closes. Goes on where another
     * writer was killed.
     *
     * @param arguments the ring's name, the file, and how many stamps
     * @throws IOException if either fails
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Ring ring = Ring.open(arguments[0], RingOptions.defaults());
                RingWriter writer = ring.openWriter();
                FileChannel file = FileChannel.open(Path.of(arguments[1]), StandardOpenOption.READ)) {
            sendFile(writer, file);
            sendStamps(
                    writer,
                    arguments.length > 2
                            ? Integer.parseInt(arguments[2])
                            : CopyMessages.WARM_UP_STAMPS + CopyMessages.COUNTED_STAMPS);
        }
    }

    private static void sendFile(RingWriter writer, FileChannel file) throws IOException, InterruptedException {
        PieceSizes sizes = new PieceSizes();
        ByteBuffer view = writer.buffer().duplicate();
        long end = file.size();
        long position = skipPublished(writer, sizes, end);
        file.position(position);
        while (position < end) {
            int length = (int) Math.min(sizes.next(), end - position);
            int offset = claim(writer, CopyMessages.DATA, CopyMessages.DATA_HEADER + length);
            int content = offset + CopyMessages.DATA_HEADER;
            writer.buffer().putLong(offset, position);
            view.limit(content + length).position(content);
            while (view.hasRemaining()) {
                if (file.read(view) < 0) {
                    throw new EOFException("the file became shorter while it was read");
                }
            }
            writer.commit();
            position += length;
        }
    }

    /** Where the next piece starts: the sizes of those that a predecessor published add up to the writer's position. */
    private static long skipPublished(RingWriter writer, PieceSizes sizes, long end) {
        long position = 0;
        long lanePosition = 0;
        while (lanePosition < writer.position() && position < end) {
            int length = (int) Math.min(sizes.next(), end - position);
            lanePosition += CopyMessages.laneBytes(CopyMessages.DATA_HEADER + length);
            position += length;
        }
        return position;
    }

    /** A stamp holds the time at which it was due, not at which we got to it: a late writer does not hide its delay. */
    private static void sendStamps(RingWriter writer, int count) throws InterruptedException {
        long intervalNs = 1_000_000_000L / CopyMessages.STAMPS_PER_SECOND;
        long due = System.nanoTime();
        for (int i = 0; i < count; i++) {
            due += intervalNs;
            while (System.nanoTime() - due < 0) {
                Thread.onSpinWait();
            }
            int offset = claim(writer, CopyMessages.STAMP, CopyMessages.STAMP_BYTES);
            writer.buffer().putLong(offset, due);
            writer.commit();
        }
    }

    private static int claim(RingWriter writer, int type, int length) throws InterruptedException {
        int offset;
        do { // a reader that died leaves its place to another, for whom we wait
            offset = writer.claim(type, length, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
        } while (offset == Outcome.PEER_DIED);
        if (offset < 0) {
            throw new IllegalStateException("claim: " + Outcome.toString(offset));
        }
        return offset;
    }
}
