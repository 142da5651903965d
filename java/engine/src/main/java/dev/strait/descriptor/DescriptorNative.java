package dev.strait.descriptor;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/descriptor.h. Results below 0 are negated errnos, or outcomes. */
final class DescriptorNative {
    static {
        NativeLibrary.bind(DescriptorNative.class);
    }

    private DescriptorNative() {}

    /** Bytes read into a direct buffer. */
    static native long read(int fd, ByteBuffer buffer, int position, int length);

    static native long write(int fd, ByteBuffer buffer, int position, int length);

    /** Of an array it moves a mebibyte at most. */
    static native long readArray(int fd, byte[] array, int offset, int length);

    static native long writeArray(int fd, byte[] array, int offset, int length);

    /** Direct buffers, as {@link dev.strait.internal.BufferParts} has them. */
    static native long readv(int fd, ByteBuffer[] buffers, int[] bounds);

    static native long writev(int fd, ByteBuffer[] buffers, int[] bounds);

    /** READY, 0 when woken, TIMED_OUT. */
    static native int await(int fd, int events, int waker, long timeoutNs);

    /** A pending, which is READY also when it was woken. */
    static native long begin(int fd, int events, int waker);

    static native int setBlocking(int fd, boolean blocking);

    static native int setCloseOnExec(int fd, boolean closes);

    static native int close(int fd);

    /** An eventfd. */
    static native int openWaker();

    static native void wake(int waker);

    static native void resetWaker(int waker);
}
