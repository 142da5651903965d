package dev.strait.pipe;

import dev.strait.internal.NativeLibrary;

/** internal/fifo.h. Paths are bytes as {@link dev.strait.internal.NativePath} makes them. Results below 0 are negated errnos. */
final class FifoNative {
    static {
        NativeLibrary.bind(FifoNative.class);
    }

    private FifoNative() {}

    static native int create(byte[] path, int mode, boolean isExact);

    /** A descriptor. Without a kick, which is 0 then, it does not wait. */
    static native int open(byte[] path, int access, long kick);

    static native int unlink(byte[] path);
}
