package dev.strait.posix;

import dev.strait.internal.NativeLibrary;
import java.lang.annotation.Native;
import java.nio.ByteBuffer;

/** internal/posix_semaphore.h. Handles are addresses of a sem_t; results below 0 are negated errnos. */
final class PosixSemaphoreNative {
    /** Room for a sem_t. */
    @Native
    static final int BYTES = 32;

    @Native
    static final int ALIGNMENT = 8;

    static {
        NativeLibrary.bind(PosixSemaphoreNative.class);
    }

    private PosixSemaphoreNative() {}

    static native long open(String name, int flags, int mode, long value);

    static native int close(long semaphore);

    static native int unlink(String name);

    /** Where a direct buffer begins. */
    static native long address(ByteBuffer memory);

    static native int init(long semaphore, long value);

    static native int destroy(long semaphore);

    static native int post(long semaphore);

    static native int value(long semaphore);

    static native int tryWait(long semaphore);

    static native int await(long semaphore, long kick);

    static native int awaitUntil(long semaphore, long seconds, int nanos, long kick);
}
