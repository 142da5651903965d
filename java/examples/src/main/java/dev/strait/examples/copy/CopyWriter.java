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

/** The writing end: {@code CopyWriter RING FILE}. */
public final class CopyWriter {
    private CopyWriter() {}

    /**
     * Sends the file in pieces, read straight into the ring, then stamps at a fixed rate, and closes.
     *
     * @param arguments the ring's name, and the file
     * @throws IOException if either fails
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        try (Ring ring = Ring.open(arguments[0], RingOptions.defaults());
                RingWriter writer = ring.openWriter();
                FileChannel file = FileChannel.open(Path.of(arguments[1]), StandardOpenOption.READ)) {
            sendFile(writer, file);
            sendStamps(writer);
        }
    }

    private static void sendFile(RingWriter writer, FileChannel file) throws IOException, InterruptedException {
        PieceSizes sizes = new PieceSizes();
        ByteBuffer view = writer.buffer().duplicate();
        long end = file.size();
        for (long position = 0; position < end; ) {
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

    /** A stamp holds the time at which it was due, not at which we got to it: a late writer does not hide its delay. */
    private static void sendStamps(RingWriter writer) throws InterruptedException {
        long intervalNs = 1_000_000_000L / CopyMessages.STAMPS_PER_SECOND;
        int count = CopyMessages.WARM_UP_STAMPS + CopyMessages.COUNTED_STAMPS;
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
        int offset = writer.claim(type, length, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
        if (offset < 0) {
            throw new IllegalStateException("claim: " + Outcome.toString(offset));
        }
        return offset;
    }
}
