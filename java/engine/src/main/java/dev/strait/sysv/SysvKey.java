package dev.strait.sysv;

import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The name of a System V object: a number that the processes that share it agree upon. One key can name a queue, a semaphore
 * set and a shared memory, all at once.
 *
 * @param value any number; 0 is {@link #PRIVATE}
 */
public record SysvKey(int value) {
    /** IPC_PRIVATE: no name at all. What is made with it is always new, and others find it by its id. */
    public static final SysvKey PRIVATE = new SysvKey(0);

    /**
     * The key that C programs make of a file, ftok(3): of its inode and device. As long as the file exists it is the same in
     * each process; a file that replaces it gives another. Two files may give the same one.
     *
     * @param path of an existing file or folder
     * @param project of which the low 8 bits count; not 0, says POSIX
     * @return the key
     * @throws dev.strait.ErrnoException ENOENT when the file does not exist, and what stat(2) says
     */
    public static SysvKey of(Path path, int project) throws IOException {
        long key = SysvNative.key(path.toString(), project);
        if (key < 0) {
            throw Failure.errno(key, "ftok", path.toString());
        }
        return new SysvKey((int) key);
    }

    /**
     * As ipcs(1) shows it.
     *
     * @return {@code 0x4101beef} for instance
     */
    @Override
    public String toString() {
        return String.format("0x%08x", value);
    }
}
