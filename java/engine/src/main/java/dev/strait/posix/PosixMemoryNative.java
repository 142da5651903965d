package dev.strait.posix;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/posix_memory.h, and mappings, whose handles are addresses. Results below 0 are negated errnos. */
final class PosixMemoryNative {
    static {
        NativeLibrary.bind(PosixMemoryNative.class);
    }

    private PosixMemoryNative() {}

    static native int open(String name, int flags, int mode);

    static native int unlink(String name);

    static native int truncate(int fd, long bytes);

    static native int allocate(int fd, long bytes);

    static native int setMode(int fd, int mode);

    static native int setOwner(int fd, int user, int group);

    /** Fills size, allocated bytes, st_mode, uid, gid, links, modified and changed in seconds and nanoseconds. */
    static native int status(int fd, long[] values);

    static native long map(int fd, long offset, long bytes, boolean writable, boolean isPrivate);

    /** All of a mapping. */
    static native ByteBuffer buffer(long mapping);

    /** Leaves zeros. */
    static native void unmap(long mapping);

    static native void free(long mapping);
}
