package dev.strait.descriptor;

import dev.strait.internal.NativeLibrary;

/** internal/open_file.h. Results below 0 are negated errnos. */
final class OpenFileNative {
    static {
        NativeLibrary.bind(OpenFileNative.class);
    }

    private OpenFileNative() {}

    /** A descriptor; the path is bytes as {@link dev.strait.internal.NativePath} makes them. */
    static native int open(byte[] path, int flags, int mode);

    static native long seek(int fd, long offset, int whence);

    static native long size(int fd);

    /** The offset is below 0 where the descriptor's own place counts. */
    static native long send(int from, long offset, int to, long count);
}
