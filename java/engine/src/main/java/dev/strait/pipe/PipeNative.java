package dev.strait.pipe;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** internal/pipe.h. Results below 0 are negated errnos. */
final class PipeNative {
    static {
        NativeLibrary.bind(PipeNative.class);
    }

    private PipeNative() {}

    /** The reading end in the upper half, the writing end in the lower. */
    static native long open(boolean hasPackets);

    static native int adopt(int fd, int access);

    /** A descriptor of the same description. */
    static native int duplicate(int fd);

    static native int capacity(int fd);

    static native int setCapacity(int fd, int bytes);

    static native int available(int fd);

    static native int packets(int fd);

    static native int setPackets(int fd, boolean isOn);

    /** Offsets are below 0 where the descriptor's own place counts. */
    static native long splice(int from, long fromOffset, int to, long toOffset, long count, int flags);

    static native long tee(int from, int to, long count, int flags);

    /** Of a direct buffer. */
    static native long vmsplice(int fd, ByteBuffer buffer, int position, int length, int flags);
}
