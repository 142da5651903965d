package dev.strait.ring;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Someone who writes into a ring's file what no writer or reader does, and sees what is written there. */
final class Vandal implements AutoCloseable {
    /** In the header, see native/src/internal/layout.h. */
    private static final int PARTICIPANTS_OFFSET = 64;

    private static final int RING_OFFSET = 80;
    private static final int LANES_OFFSET = 128;
    private static final int SLOT_COUNT = 156;

    private static final int SLOT_BYTES = 256;
    private static final int SLOT_STATE_MASK = 0xf;

    private final FileChannel file;
    private final MappedByteBuffer bytes;

    Vandal(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        bytes = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
        bytes.order(ByteOrder.LITTLE_ENDIAN);
    }

    void putTail(long tail) {
        bytes.putLong(controlAt(RingLayout.TAIL), tail);
    }

    void putCursor(long cursor) {
        bytes.putLong(controlAt(RingLayout.CURSOR), cursor);
    }

    long tail() {
        return bytes.getLong(controlAt(RingLayout.TAIL));
    }

    long cursor() {
        return bytes.getLong(controlAt(RingLayout.CURSOR));
    }

    /** The length of the message at a position of the first round. */
    void putLength(int position, int length) {
        bytes.putInt((int) bytes.getLong(LANES_OFFSET) + position, length);
    }

    /** Participants that are not free. */
    int participants() {
        int base = (int) bytes.getLong(PARTICIPANTS_OFFSET);
        int count = 0;
        for (int slot = 0; slot < bytes.getInt(SLOT_COUNT); slot++) {
            if ((bytes.getLong(base + slot * SLOT_BYTES) & SLOT_STATE_MASK) != 0) {
                count++;
            }
        }
        return count;
    }

    /** Whether the writer's role was given up in order. */
    boolean writerHasEnded() {
        return RingLayout.ownerState(bytes.getLong(controlAt(RingLayout.WRITER_OWNER))) == RingLayout.OWNER_ENDED;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private int controlAt(int offset) {
        return (int) bytes.getLong(RING_OFFSET) + offset;
    }
}
