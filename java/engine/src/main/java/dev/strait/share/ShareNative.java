package dev.strait.share;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/share.h. Results below 0 are negated errnos. */
final class ShareNative {
    static {
        NativeLibrary.bind(ShareNative.class);
    }

    private ShareNative() {}

    /** A descriptor of a segment that may be sent. */
    static native int open(long segment, int access);

    /** What it holds. */
    static native int kind(long segment);

    /** A view of the memfd behind a descriptor. */
    static native long view(int fd, long[] options, long[] failure);

    /** Its region; null when there is none. */
    static native ByteBuffer user(long view);

    static native void shut(long view);

    /** Shuts it if nobody did, and frees it. */
    static native void free(long view);
}
