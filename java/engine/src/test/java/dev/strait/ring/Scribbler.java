package dev.strait.ring;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/** A peer that writes anything anywhere in a ring's memory. */
final class Scribbler {
    private static final int HEADER_BYTES = 512;
    private static final int PARTICIPANTS_OFFSET = 64;
    private static final int RING_OFFSET = 80;
    private static final int RING_BYTES = 88;
    private static final int SYNC_OFFSET = 96;
    private static final int SYNC_BYTES = 104;
    private static final int LANES_OFFSET = 128;
    private static final int SLOTS = 64;
    private static final int SLOT_BYTES = 256;

    private static final long[] BOUNDARIES = {
        0,
        1,
        2,
        3,
        4,
        7,
        8,
        Rings.LANE_BYTES - 8,
        Rings.LANE_BYTES,
        Rings.LANE_BYTES + 8,
        Integer.MAX_VALUE - 7,
        Integer.MAX_VALUE,
        1L << 31,
        0xffff_fff8L,
        0xffff_ffffL,
        Long.MAX_VALUE - 7,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -8,
        -1
    };

    private final MappedByteBuffer bytes;
    private final SplittableRandom random;
    private final byte[] header = new byte[HEADER_BYTES / 2];
    private final byte[] objects;
    private final int participants;
    private final int control;
    private final int controlBytes;
    private final int sync;
    private final int lane;

    /** Maps the memfd anew, so that it is another's memory as far as the JVM knows. */
    Scribbler(Ring ring, SplittableRandom random) throws IOException {
        Path path = Path.of("/proc/self/fd/" + ring.segment().fd());
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            bytes = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
        }
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        bytes.get(0, header);
        this.random = random;
        participants = (int) bytes.getLong(PARTICIPANTS_OFFSET);
        control = (int) bytes.getLong(RING_OFFSET);
        controlBytes = (int) bytes.getLong(RING_BYTES);
        sync = (int) bytes.getLong(SYNC_OFFSET);
        objects = new byte[(int) bytes.getLong(SYNC_BYTES)];
        bytes.get(sync, objects);
        lane = (int) bytes.getLong(LANES_OFFSET);
    }

    /** One word. */
    void scribble() {
        int at = place();
        bytes.putLong(at, word(bytes.getLong(at)));
    }

    /** As if an honest writer and reader had just begun: what stands in the lane is forgotten, and who had what. */
    void settle() {
        bytes.put(0, header);
        bytes.put(sync, objects);
        bytes.putLong(control, 1); // one reader, no flags
        long position = bytes.getLong(control + RingLayout.CURSOR) & -RingLayout.MESSAGE_ALIGNMENT;
        bytes.putLong(control + RingLayout.CURSOR, position);
        bytes.putLong(control + RingLayout.TAIL, position);
    }

    private int place() {
        return switch (random.nextInt(13)) {
            case 0 -> aligned(0, HEADER_BYTES);
            case 1 -> aligned(participants, SLOTS * SLOT_BYTES);
            case 2 -> participants + random.nextInt(SLOTS) * SLOT_BYTES;
            case 3 -> aligned(control, controlBytes);
            case 4 -> control + RingLayout.TAIL;
            case 5 -> control + RingLayout.CURSOR;
            case 6 -> control + (random.nextBoolean() ? RingLayout.WRITER_OWNER : RingLayout.READER_OWNER);
            case 7, 8 -> lane + messageAt();
            case 9, 10, 11 -> aligned(sync, objects.length);
            default -> aligned(lane, Rings.LANE_BYTES);
        };
    }

    /** At the cursor, or soon behind. */
    private int messageAt() {
        long position = bytes.getLong(control + RingLayout.CURSOR) + random.nextInt(4) * 8L;
        return (int) position & (Rings.LANE_BYTES - 8);
    }

    private int aligned(int from, int size) {
        return from + random.nextInt(size / 8) * 8;
    }

    private long word(long before) {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> before + random.nextInt(-64, 64);
            case 2 -> before + BOUNDARIES[random.nextInt(BOUNDARIES.length)];
            default -> BOUNDARIES[random.nextInt(BOUNDARIES.length)];
        };
    }
}
