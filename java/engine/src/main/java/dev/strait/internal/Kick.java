package dev.strait.internal;

/** Ends a wait by a signal: internal/kick.h. */
final class Kick extends Waker {
    /** 0 when it was freed. */
    private long handle;

    Kick() {
        handle = KickNative.create();
        if (handle == 0) {
            throw new OutOfMemoryError("kick");
        }
    }

    /** For the native call; what it answers negative else. */
    long arm() {
        int result = KickNative.arm(handle);
        return result < 0 ? result : handle;
    }

    /** What is armed ends also at a time of System.nanoTime. 0, or what the native call answers negative. */
    int endAt(long deadlineNs) {
        return KickNative.kickAt(handle, deadlineNs);
    }

    /** No time ends it any more. */
    void cancel() {
        KickNative.cancel(handle);
    }

    @Override
    public synchronized void wake() {
        if (handle != 0) {
            KickNative.kick(handle);
        }
    }

    @Override
    public synchronized void free() {
        KickNative.free(handle);
        handle = 0;
    }
}
