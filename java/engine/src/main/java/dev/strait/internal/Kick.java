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
