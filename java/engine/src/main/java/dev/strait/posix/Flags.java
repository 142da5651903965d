package dev.strait.posix;

/** Bits of open(2), as mq_open(3), sem_open(3) and shm_open(3) take them. */
final class Flags {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int READ_WRITE = 2;
    static final int CREATE = 0100;
    static final int EXCLUSIVE = 0200;

    private Flags() {}
}
