package dev.strait.internal;

/** internal/kick.h. Handles are addresses. */
final class KickNative {
    static {
        NativeLibrary.bind(KickNative.class);
    }

    private KickNative() {}

    /** The signal, or a negated errno. */
    static native int signal();

    /** A new one; 0 when there is no memory. */
    static native long create();

    static native void free(long kick);

    /** 0 or a negated errno. */
    static native int arm(long kick);

    /** From a time of System.nanoTime on it is kicked, until it is cancelled. 0 or a negated errno. */
    static native int kickAt(long kick, long deadlineNs);

    static native void cancel(long kick);

    /** Comes back when the caller is outside of the system call. */
    static native void kick(long kick);
}
