package dev.strait.ring;

import java.lang.annotation.Native;

/**
 * The ring's numbers of native/src/internal/layout.h that Java knows; native/jni/layout_check.c compares them. Offsets
 * are bytes from the start of the ring's control words, for lane 0 and reader 0.
 */
final class RingLayout {
    @Native
    static final int DATA_WAITERS = 128;

    @Native
    static final int SPACE_WAITERS = 256;

    @Native
    static final int TAIL = 512;

    @Native
    static final int WRITER_OWNER = 640;

    @Native
    static final int READER_OWNER = 768;

    @Native
    static final int CURSOR = 896;

    /** Bytes before each payload: int32 length, int32 type. */
    @Native
    static final int MESSAGE_HEADER = 8;

    @Native
    static final int MESSAGE_ALIGNMENT = 8;

    @Native
    static final int OWNER_STATE_MASK = 0xf;

    @Native
    static final int OWNER_FREE = 0;

    @Native
    static final int OWNER_LIVE = 1;

    @Native
    static final int OWNER_ENDED = 2;

    @Native
    static final int OWNER_DEAD = 3;

    @Native
    static final int LANE_BYTES_MIN = 4096;

    @Native
    static final int LANE_BYTES_MAX = 1 << 30;

    @Native
    static final int LANE_BYTES_DEFAULT = 1 << 20;

    private RingLayout() {}

    /** Bytes that a message of this payload takes in the lane. */
    static long messageBytes(int length) {
        return ((long) length + MESSAGE_HEADER + MESSAGE_ALIGNMENT - 1) & -MESSAGE_ALIGNMENT;
    }

    /** Whether a tail and a cursor can belong together. */
    static boolean isSound(long tail, long cursor, long laneBytes) {
        long used = tail - cursor;
        return used >= 0 && used <= laneBytes && ((tail | cursor) & (MESSAGE_ALIGNMENT - 1)) == 0;
    }

    /** One of the states above, or another. */
    static int ownerState(long owner) {
        return (int) owner & OWNER_STATE_MASK;
    }
}
