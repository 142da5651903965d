package dev.strait.sync;

import java.lang.annotation.Native;

/**
 * The numbers of synchronisation objects in native/src/internal/layout.h that Java knows; native/jni/layout_check.c
 * compares them. Offsets are bytes from the start of an object's words.
 */
final class SyncLayout {
    /** A semaphore's permits, a lock's owner word, a sequence's number, a latch's count, a barrier's state. */
    @Native
    static final int WORD = 0;

    /** Bitmap of those who stand in line for it, or wait for a sequence, a latch or a barrier. */
    @Native
    static final int WAITING = 8;

    /** Bitmap of those who wait for it beside other things. */
    @Native
    static final int WATCHERS = 24;

    /** Bitmap of those who wait for a condition. */
    @Native
    static final int CONDITION_WAITERS = 16;

    @Native
    static final int LATCH_MAX = Integer.MAX_VALUE;

    @Native
    static final int BARRIER_MAX = 65_535;

    @Native
    static final long BARRIER_ARRIVED = 0xffffL;

    @Native
    static final long BARRIER_BROKEN = 1L << 16;

    @Native
    static final int PERMITS_MAX = Integer.MAX_VALUE;

    @Native
    static final int RECOVERABLE = 1;

    @Native
    static final int OVERTAKING = 2;

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
    static final int OWNER_REPAIRING = 4;

    @Native
    static final int OWNER_LOST = 5;

    @Native
    static final int OWNER_TURN_SHIFT = 10;

    @Native
    static final int OWNER_GENERATION_SHIFT = 24;

    private static final long TURN_MASK = (1L << OWNER_GENERATION_SHIFT) - (1L << OWNER_TURN_SHIFT);

    private SyncLayout() {}

    /** One of the states above, or another. */
    static int ownerState(long owner) {
        return (int) owner & OWNER_STATE_MASK;
    }

    /** Whether somebody has what an owner word in this state stands for. */
    static boolean isHeld(int state) {
        return state == OWNER_LIVE || state == OWNER_REPAIRING;
    }

    /** The same owner in another state. */
    static long inState(long owner, int state) {
        return (owner & ~OWNER_STATE_MASK) | state;
    }

    /** The word of someone, given by any that was his, who takes over from {@code previous}; strait_participant_own in C. */
    static long own(long someone, long previous, int state) {
        long turn = (previous + (1L << OWNER_TURN_SHIFT)) & TURN_MASK;
        return inState((someone & ~TURN_MASK) | turn, state);
    }
}
