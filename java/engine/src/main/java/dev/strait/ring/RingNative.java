package dev.strait.ring;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/** strait/ring.h and internal/ring.h. Handles are addresses; results from -4095 to -1 are negated errnos. */
final class RingNative {
    static {
        NativeLibrary.bind(RingNative.class);
    }

    private RingNative() {}

    static native long create(
            String directory,
            String name,
            boolean anonymous,
            long[] segment,
            long laneBytes,
            boolean spinOnly,
            boolean releases,
            long[] failure);

    static native long open(String directory, String name, int pid, int fd, long[] segment, long[] failure);

    static native long openOrCreate(
            String directory,
            String name,
            long[] segment,
            long laneBytes,
            boolean spinOnly,
            boolean releases,
            long[] failure);

    static native long segment(long ring);

    static native int laneBytes(long ring);

    static native boolean isSpinOnly(long ring);

    /** Whether its policy is RELEASE. */
    static native boolean releases(long ring);

    static native int discardUnread(long ring, long[] failure);

    /** Who has, or had, the reader's role: false for nobody, else the numbers of a participant. */
    static native boolean writerPeer(long ring, long[] values);

    static native boolean readerPeer(long ring, long[] values);

    /** The control words. */
    static native ByteBuffer control(long ring);

    /** Lane 0, twice. */
    static native ByteBuffer lane(long ring);

    /** Returns 0 and puts the owner word, which tells this holder from any other, first into {@code values}. */
    static native int openWriter(long ring, long[] values);

    static native int openReader(long ring, long[] values);

    static native void closeWriter(long ring);

    static native void closeReader(long ring);

    static native void interruptWriter(long ring);

    static native void interruptReader(long ring);

    static native int awaitSpace(
            long ring, long owner, long claimed, int length, long endSaid, long spinNs, long timeoutNs);

    static native int awaitData(long ring, long owner, long consumed, long endSaid, long spinNs, long timeoutNs);

    /** Begins to wait: a pending, or what awaitSpace shall answer. */
    static native long beginSpace(long ring, long owner, long claimed, int length, long endSaid);

    static native long beginData(long ring, long owner, long consumed, long endSaid);

    /** Wakes those who sleep until there is data. */
    static native void wakeReaders(long ring);

    /** Wakes those who sleep until there is space. */
    static native void wakeWriters(long ring);

    /** Adds a watch of the reader to a wait set: its handle, or what was answered instead. */
    static native long watchData(long ring, long owner, long set);

    static native long watchSpace(long ring, long owner, int length, long set);

    /** A full barrier on every running thread of this process. */
    static native void barrier();

    static native void shut(long ring);

    /** Shuts it if nobody did, and frees it. */
    static native void free(long ring);
}
