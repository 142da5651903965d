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

    /** A place for many pendings, which one thread looks after; or -ENOMEM. */
    static native long create();

    /** Frees an empty one. */
    static native void free(long pendings);

    /** 0, or -ENOMEM. */
    static native int add(long pendings, long pending);

    /** As cancel, for one that was added. */
    static native int remove(long pendings, long pending, int reason);

    /** Looks at all, and sleeps once unless one is over: how many are, which are to be fetched; or a negated errno. */
    static native int await(long pendings, long timeoutNs);

    /** Ends one that is over: which, and puts its result into {@code result}; 0 when there is none. */
    static native long fetch(long pendings, int[] result);

    /** Ends the wait that is under way, or the next one. By any thread. */
    static native void wake(long pendings);
}
