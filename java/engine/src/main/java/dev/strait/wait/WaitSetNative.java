package dev.strait.wait;

import dev.strait.internal.NativeLibrary;

/**
 * strait/wait_set.h. Handles are addresses, those of sets stay valid when they are shut; all calls answer CLOSED then.
 * Results from -4095 to -1 are negated errnos.
 */
final class WaitSetNative {
    static {
        NativeLibrary.bind(WaitSetNative.class);
    }

    private WaitSetNative() {}

    static native long create();

    /** The watch's handle, or what was answered instead. */
    static native long addDescriptor(long set, int fd, int events);

    /** What {@link #await} calls it. */
    static native void setIndex(long watch, int index);

    static native int remove(long set, long watch);

    /** How often {@link #interrupt} was called. */
    static native int interrupts(long set);

    /** Ends the wait with EINTR. */
    static native void interrupt(long set);

    /** Ends the wait with 0. */
    static native void wake(long set);

    /** How many are ready; {@code ready} gets the index of each, followed by its outcome. */
    static native int await(long set, int interrupts, long spinNs, long timeoutNs, int[] ready);

    /** Begins to wait: a pending, whose outcome READY says that await may have something to tell; or CLOSED or an errno. */
    static native long begin(long set);

    static native int arm(long set, int eventFd);

    static native void shut(long set);

    /** Shuts it if nobody did, and frees it. */
    static native void free(long set);
}
