package dev.strait.sync;

import dev.strait.internal.NativeLibrary;

/** internal/sequence.h, internal/latch.h and internal/barrier.h; as {@link SyncNative}. */
final class GateNative {
    static {
        NativeLibrary.bind(GateNative.class);
    }

    private GateNative() {}

    static native int join(long gate);

    static native int leave(long gate);

    static native int advance(long sequence, long to);

    static native long increment(long sequence, long count);

    static native int countDown(long latch);

    static native int reset(long barrier);

    static native int awaitSequence(long sequence, long number, int interrupts, long spinNs, long timeoutNs);

    static native int awaitLatch(long latch, int interrupts, long spinNs, long timeoutNs);

    static native int awaitBarrier(long barrier, int interrupts, long spinNs, long timeoutNs);

    static native long beginSequence(long sequence, long number);

    static native long beginLatch(long latch);

    static native long beginBarrier(long barrier);

    /** Adds a watch to a wait set: its handle, or what was answered instead. */
    static native long watchSequence(long sequence, long number, long set);

    static native long watchLatch(long latch, long set);
}
