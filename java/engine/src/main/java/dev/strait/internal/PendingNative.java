package dev.strait.internal;

import java.lang.annotation.Native;

/** internal/pending.h. Handles are addresses. */
final class PendingNative {
    /** No result: those are ints. */
    @Native
    static final long NOT_YET = 1L << 32;

    static {
        NativeLibrary.bind(PendingNative.class);
    }

    private PendingNative() {}

    /** Looks at a pending, and ends it if it is over: its result, or NOT_YET. */
    static native long poll(long pending);

    /** Looks at it a last time, and ends it: its result, which is {@code reason} when it was not over. */
    static native int cancel(long pending, int reason);

    /** A wait set, which one thread uses; or -ENOMEM. */
    static native long create();

    static native void free(long set);

    /** 0, or -ENOMEM. */
    static native int add(long set, long pending);

    /** As cancel, for one that was added. */
    static native int remove(long set, long pending, int reason);

    /** Waits until one is over: how many are, which are to be fetched; 0 when woken, TIMED_OUT, or a negated errno. */
    static native int await(long set, long timeoutNs);

    /** Ends one that is over: which, and puts its result into {@code result}; 0 when there is none. */
    static native long fetch(long set, int[] result);

    /** Ends the wait that is under way, or the next one. By any thread. */
    static native void wake(long set);
}
