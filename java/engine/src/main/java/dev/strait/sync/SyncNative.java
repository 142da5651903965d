package dev.strait.sync;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/**
 * internal/semaphore.h and internal/lock.h. Handles are addresses that stay valid when the segment is closed; all calls
 * answer CLOSED then. Results from -4095 to -1 are negated errnos. A wait takes {@link #interrupts} from before it began.
 */
final class SyncNative {
    static {
        NativeLibrary.bind(SyncNative.class);
    }

    private SyncNative() {}

    /** Returns a handle, and puts flags, value and an owner word of ours into {@code values}; or fills it with a failure. */
    static native long open(long segment, byte[] name, int kind, long[] values);

    /** The object's words. */
    static native ByteBuffer words(long sync);

    /** How often {@link #interrupt} was called. */
    static native int interrupts(long sync);

    /** Ends the waits of this process with EINTR. */
    static native void interrupt(long sync);

    /** Wakes the first in line for a semaphore or a lock, or if there is none all who watch. */
    static native void wake(long sync);

    /** How many stand in line for a semaphore or a lock. */
    static native int queued(long sync);

    static native int acquire(long semaphore, int permits, int interrupts, long spinNs, long timeoutNs);

    /** Begins to wait: a pending, or what acquire shall answer. */
    static native long beginAcquire(long semaphore, int permits);

    static native int release(long semaphore, int permits);

    static native int drain(long semaphore);

    static native int available(long semaphore);

    static native int held(long semaphore);

    static native int lock(long lock, int interrupts, long spinNs, long timeoutNs);

    static native long beginLock(long lock);

    /** Gives a lock up that is the calling thread's. */
    static native int unlock(long lock);

    /** For the thread that has the lock. */
    static native int await(long condition, long lock, int interrupts, long spinNs, long timeoutNs);

    /** Gives the lock up, unless it fails, and begins to wait for a signal; then the lock is to be taken again. */
    static native long beginAwait(long condition, long lock);

    static native void signal(long condition, boolean all);

    /** Adds a watch to a wait set: its handle, or what was answered instead. */
    static native long watchSemaphore(long semaphore, int permits, long set);

    static native long watchLock(long lock, long set);
}
