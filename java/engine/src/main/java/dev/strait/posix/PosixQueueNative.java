package dev.strait.posix;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/posix_queue.h. Results below 0 are negated errnos. */
final class PosixQueueNative {
    static {
        NativeLibrary.bind(PosixQueueNative.class);
    }

    private PosixQueueNative() {}

    /** A descriptor; with a negative maxMessages the system's defaults. */
    static native int open(String name, int flags, int mode, long maxMessages, long messageBytes);

    static native int unlink(String name);

    /** Fills maximum, bytes of a message, messages now. */
    static native int attributes(int fd, long[] values);

    static native int send(int fd, ByteBuffer buffer, int position, int length, int priority);

    static native int sendArray(int fd, byte[] array, int offset, int length, int priority);

    /** Bytes, and the priority in the upper half. */
    static native long receive(int fd, ByteBuffer buffer, int position, int length);

    static native long receiveArray(int fd, byte[] array, int offset, int length);

    /** A socket that is told. */
    static native int openNotice();

    static native int notify(int fd, int notice);

    static native int notifyNone(int fd);

    /** 1 when a message has come, 0 when the registration is gone. */
    static native int receiveNotice(int notice);
}
