package dev.strait.pipe;

import dev.strait.internal.NativeLibrary;

/** internal/pipe.h. Results below 0 are negated errnos. */
final class PipeNative {
    static {
        NativeLibrary.bind(PipeNative.class);
    }

    private PipeNative() {}

    /** The reading end in the upper half, the writing end in the lower. */
    static native long open(int flags);
}
