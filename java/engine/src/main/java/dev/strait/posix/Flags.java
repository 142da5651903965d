package dev.strait.posix;

/** What mq_open(3), sem_open(3) and shm_open(3) take beside a name: bits of open(2), and a mode. */
final class Flags {
    static final int READ = 0;
    static final int WRITE = 1;
    static final int READ_WRITE = 2;
    static final int CREATE = 0100;
    static final int EXCLUSIVE = 0200;

    private static final int MODE_MAX = 0777;

    private Flags() {}

    /** The permissions, if they are some. */
    static int checkMode(int permissions) {
        if (permissions < 0 || permissions > MODE_MAX) {
            throw new IllegalArgumentException("mode 0" + Integer.toOctalString(permissions) + ": must be 0 to 0"
                    + Integer.toOctalString(MODE_MAX));
        }
        return permissions;
    }
}
