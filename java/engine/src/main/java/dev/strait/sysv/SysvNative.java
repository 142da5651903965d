package dev.strait.sysv;

import dev.strait.internal.NativeLibrary;
import java.nio.ByteBuffer;

/**
 * internal/sysv.h. Results below 0 are negated errnos. The numbers of a status, of limits and of usage are in the order of
 * the records that take them.
 */
final class SysvNative {
    static {
        NativeLibrary.bind(SysvNative.class);
    }

    private SysvNative() {}

    /** Where a direct buffer's bytes are. */
    static native long address(ByteBuffer direct);

    /** The key, in the lower half. */
    static native long key(String path, int project);

    // ---- Message queues

    static native int queueGet(int key, int flags);

    static native int queueSend(long kick, int id, long message, int length, int flags);

    static native long queueReceive(long kick, int id, long message, int capacity, long type, int flags);

    static native int queueStatus(int id, long[] values);

    /** The id of the one at an index, and its status. */
    static native int queueAt(int index, long[] values);

    static native int queueSet(int id, int uid, int gid, int mode, long maxBytes);

    static native int queueRemove(int id);

    /** The highest index. */
    static native int queueLimits(long[] values);

    static native int queueUsage(long[] values);

    // ---- Semaphore sets

    static native int semaphoreGet(int key, int count, int flags);

    static native int semaphoreOperate(long kick, int id, long operations, int count, long deadlineNs);

    static native int semaphoreStatus(int id, long[] values);

    static native int semaphoreAt(int index, long[] values);

    static native int semaphoreSet(int id, int uid, int gid, int mode);

    static native int semaphoreRemove(int id);

    static native int semaphoreCount(int id);

    static native int semaphoreGetValue(int id, int index);

    static native int semaphoreSetValue(int id, int index, int value);

    static native int semaphoreGetPid(int id, int index);

    static native int semaphoreGetIncreaseWaiters(int id, int index);

    static native int semaphoreGetZeroWaiters(int id, int index);

    /** Into an array of as many as the set has. */
    static native int semaphoreGetAll(int id, int[] values);

    /** From an array of as many as the set has. */
    static native int semaphoreSetAll(int id, int[] values);

    static native int semaphoreLimits(long[] values);

    static native int semaphoreUsage(long[] values);

    // ---- Shared memory

    static native int memoryGet(int key, long bytes, int flags);

    static native int memoryStatus(int id, long[] values);

    static native int memoryAt(int index, long[] values);

    static native int memorySet(int id, int uid, int gid, int mode);

    static native int memoryRemove(int id);

    static native int memoryLock(int id, boolean locked);

    static native int memoryLimits(long[] values);

    static native int memoryUsage(long[] values);

    /** A handle. */
    static native long memoryAttach(int id, int flags);

    static native long attachmentBytes(long handle);

    /** A view of its bytes; null, with an exception pending, when there is no room. */
    static native ByteBuffer attachmentView(long handle, long offset, int length);

    /** Leaves zeros. */
    static native int attachmentDetach(long handle);

    static native void attachmentFree(long handle);
}
