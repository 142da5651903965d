package dev.strait.sysv;

import java.lang.annotation.Native;

/** The numbers of sys/ipc.h and its like that Java knows; native/jni/layout_check.c compares them. */
final class SysvLayout {
    @Native
    static final int IPC_CREAT = 0x200;

    @Native
    static final int IPC_EXCL = 0x400;

    @Native
    static final int IPC_NOWAIT = 0x800;

    @Native
    static final int MSG_NOERROR = 0x1000;

    @Native
    static final int MSG_EXCEPT = 0x2000;

    @Native
    static final int MSG_COPY = 0x4000;

    /** In front of a message's bytes. */
    @Native
    static final int MSG_TYPE_BYTES = 8;

    @Native
    static final int SEM_UNDO = 0x1000;

    /** A struct sembuf begins with the semaphore's index. */
    @Native
    static final int SEM_OPERATION_BYTES = 6;

    @Native
    static final int SEM_OPERATION_CHANGE = 2;

    @Native
    static final int SEM_OPERATION_FLAGS = 4;

    @Native
    static final int SHM_RDONLY = 0x1000;

    @Native
    static final int SHM_EXEC = 0x8000;

    @Native
    static final int SHM_DEST = 0x200;

    @Native
    static final int SHM_LOCKED = 0x400;

    @Native
    static final int SHM_NORESERVE = 0x1000;

    @Native
    static final int SHM_HUGETLB = 0x800;

    /** Above it stands the binary logarithm of a huge page's size. */
    @Native
    static final int SHM_HUGE_SHIFT = 26;

    private SysvLayout() {}
}
