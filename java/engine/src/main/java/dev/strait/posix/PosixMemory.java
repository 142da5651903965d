package dev.strait.posix;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.channels.FileChannel.MapMode;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A POSIX shared memory object, see shm_overview(7): memory with a name and a size, which each process maps that wants to use
 * it. A C program uses the same with shm_open(3).
 *
 * <pre>{@code
 * try (PosixMemory prices = PosixMemory.create("/prices", 0600)) {
 *     prices.allocate(4096);
 *     try (PosixMapping mapping = prices.map()) {
 *         mapping.buffer().putLong(0, 42);
 *     }
 * }
 * }</pre>
 *
 * <p><b>When to use something else.</b> A {@link dev.strait.segment.Segment} is there whole or not at all, tells whom it belongs
 * to, who is attached and who has died, and holds semaphores, locks and rings that know of deaths. Use this one with programs
 * that have only the C library.
 *
 * <p><b>Sizes.</b> A new object has 0 bytes, and so has one that its creator has not got round to sizing: who opens an object
 * looks at {@link #status} before he maps it. {@link #allocate} reserves memory, and a full {@code /dev/shm} is ENOSPC then.
 * {@link #truncate} does not: what it promises may turn out not to be there, which is SIGBUS at the first store, an
 * {@link InternalError} in Java at best, and the end of the JVM in native code.
 *
 * <p><b>Descriptor.</b> This is a descriptor, which can be sent to another process. It is close-on-exec. It cannot be waited for.
 * Mappings live on when it is closed.
 *
 * <p>All methods may be called by any thread, and throw {@link java.nio.channels.ClosedChannelException} when this is closed.
 */
public final class PosixMemory extends Descriptor {
    private static final int PERMISSIONS = 07777;

    private final String name;

    /**
     * What fstat(2) says.
     *
     * @param sizeBytes how long it is
     * @param allocatedBytes what of it has memory
     * @param mode its permissions
     * @param uid whose it is
     * @param gid whose group's it is
     * @param links 0 when its name was removed
     * @param modified when it was last written by a system call, or its size changed
     * @param changed when anything of this last changed
     */
    public record Status(
            long sizeBytes,
            long allocatedBytes,
            int mode,
            int uid,
            int gid,
            long links,
            Instant modified,
            Instant changed) {
        private static final int VALUES = 10;

        private static Status of(long[] values) {
            return new Status(
                    values[0],
                    values[1],
                    (int) values[2] & PERMISSIONS,
                    (int) values[3],
                    (int) values[4],
                    values[5],
                    Instant.ofEpochSecond(values[6], values[7]),
                    Instant.ofEpochSecond(values[8], values[9]));
        }
    }

    private PosixMemory(int fd, String name) {
        super(fd, "PosixMemory");
        this.name = name;
    }

    // ---- Opening -----------------------------------------------------------------------------------------------

    /**
     * Creates an object of 0 bytes, shm_open(3) with O_RDWR, O_CREAT and O_EXCL.
     *
     * @param name {@code /} and 1 to 255 bytes without another one
     * @param mode its permissions, 0 to 0777, less what umask(2) masks
     * @return the object
     * @throws dev.strait.ErrnoException EEXIST when there is one; EINVAL when the name is empty or has another slash;
     *     ENAMETOOLONG; ENOSPC when {@code /dev/shm} has no room for another file; EACCES, EROFS when nothing may be created
     *     there; EMFILE, ENFILE, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static PosixMemory create(String name, int mode) throws IOException {
        return open(name, Flags.READ_WRITE | Flags.CREATE | Flags.EXCLUSIVE, Flags.checkMode(mode));
    }

    /**
     * Opens an object to read and to write, shm_open(3) with O_RDWR. (For O_TRUNC, {@link #truncate} it.)
     *
     * @param name as for {@link #create}
     * @return the object
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES when its permissions say so; ELOOP when it is a
     *     symbolic link; EINVAL, ENAMETOOLONG, EMFILE, ENFILE, ENOMEM as {@link #create}
     */
    public static PosixMemory open(String name) throws IOException {
        return open(name, Flags.READ_WRITE, 0);
    }

    /**
     * Opens an object to read, shm_open(3) with O_RDONLY: mapping it to write is EACCES, but for private changes.
     *
     * @param name as for {@link #create}
     * @return the object
     * @throws dev.strait.ErrnoException as {@link #open}
     */
    public static PosixMemory openReadOnly(String name) throws IOException {
        return open(name, Flags.READ, 0);
    }

    /**
     * Opens an object to read and to write, and creates it first when it does not exist, shm_open(3) with O_RDWR and O_CREAT.
     *
     * @param name as for {@link #create}
     * @param mode of a new one, as for {@link #create}
     * @return the object
     * @throws dev.strait.ErrnoException as {@link #create} and {@link #open}, but for EEXIST and ENOENT; EACCES also when it is
     *     another user's and fs.protected_regular of proc_sys_fs(5) is set
     * @throws IllegalArgumentException if the mode is none
     */
    public static PosixMemory openOrCreate(String name, int mode) throws IOException {
        return open(name, Flags.READ_WRITE | Flags.CREATE, Flags.checkMode(mode));
    }

    private static PosixMemory open(String name, int flags, int mode) throws IOException {
        int fd = PosixMemoryNative.open(Objects.requireNonNull(name, "name"), flags, mode);
        if (fd < 0) {
            throw Failure.errno(fd, "shm_open", name);
        }
        return new PosixMemory(fd, name);
    }

    /**
     * Takes over a descriptor that was inherited, or came from another process: of shared memory, or any other file that can be
     * mapped, a memfd for instance.
     *
     * @param fd the descriptor, which is this object's to close from now on
     * @return the object, whose name nobody knows
     * @throws dev.strait.ErrnoException EBADF when there is none
     */
    public static PosixMemory adopt(int fd) throws IOException {
        return new PosixMemory(prepare(fd), null);
    }

    /**
     * Removes a name, shm_unlink(3). The memory is freed when nobody has it open or mapped any more; who creates the name anew
     * has another object.
     *
     * @param name the object's
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES when it is another user's; EINVAL, ENAMETOOLONG as for
     *     {@link #create}
     */
    public static void unlink(String name) throws IOException {
        int result = PosixMemoryNative.unlink(Objects.requireNonNull(name, "name"));
        if (result < 0) {
            throw Failure.errno(result, "shm_unlink", name);
        }
    }

    /**
     * All objects, as {@code /dev/shm} shows them, but for semaphores. Segments are there too, when they are not in a directory.
     *
     * @return in the order of their names
     * @throws IOException if that cannot be read
     */
    public static List<PosixObject> list() throws IOException {
        return PosixObject.list(PosixObject.SHARED_MEMORY, "", PosixObject.SEMAPHORE);
    }

    // ---- Size and status ---------------------------------------------------------------------------------------

    /**
     * Makes it so long at least, and reserves memory for that much of it, posix_fallocate(3): no store there can fail later.
     *
     * @param bytes 1 or more
     * @throws dev.strait.ErrnoException ENOSPC when {@code /dev/shm} is full, and then it is as long as it was; EINVAL when the
     *     bytes are 0 or fewer; EFBIG beyond RLIMIT_FSIZE or what a file can have; EBADF when this is for reading only
     */
    public void allocate(long bytes) throws IOException {
        check("posix_fallocate", lend(fd -> PosixMemoryNative.allocate(fd, bytes)));
    }

    /**
     * Makes it that long, ftruncate(2). What is new reads as zeros, and has no memory yet: prefer {@link #allocate}. What is cut
     * off is gone, also under those who have it mapped, to whom that is SIGBUS: do not shrink what others may use. A new object
     * under the same name, after {@link #unlink}, harms nobody.
     *
     * @param bytes 0 or more
     * @throws dev.strait.ErrnoException EINVAL when the bytes are negative, or this is for reading only; EFBIG beyond
     *     RLIMIT_FSIZE or what a file can have; EPERM when it is a memfd that is sealed against it
     */
    public void truncate(long bytes) throws IOException {
        check("ftruncate", lend(fd -> PosixMemoryNative.truncate(fd, bytes)));
    }

    /**
     * What is known of it now, fstat(2).
     *
     * @return size, owner, permissions, times
     */
    public Status status() throws IOException {
        long[] values = new long[Status.VALUES];
        check("fstat", lend(fd -> PosixMemoryNative.status(fd, values)));
        return Status.of(values);
    }

    /**
     * Changes its permissions, fchmod(2): nothing is masked. Who has it open keeps it.
     *
     * @param mode 0 to 0777
     * @throws dev.strait.ErrnoException EPERM when it is another user's
     * @throws IllegalArgumentException if the mode is none
     */
    public void setMode(int mode) throws IOException {
        int checked = Flags.checkMode(mode);
        check("fchmod", lend(fd -> PosixMemoryNative.setMode(fd, checked)));
    }

    /**
     * Gives it to another user or group, fchown(2).
     *
     * @param uid whose it shall be; -1 leaves it
     * @param gid whose group's it shall be; -1 leaves it
     * @throws dev.strait.ErrnoException EPERM when the caller may not
     */
    public void setOwner(int uid, int gid) throws IOException {
        check("fchown", lend(fd -> PosixMemoryNative.setOwner(fd, uid, gid)));
    }

    // ---- Mapping -----------------------------------------------------------------------------------------------

    /**
     * Maps all of it to read and to write, shared with all others.
     *
     * @return the mapping
     * @throws dev.strait.ErrnoException EINVAL when it has 0 bytes; EACCES when this is for reading only; ENOMEM, EAGAIN when
     *     there is no address space, or none that may be locked
     * @throws IllegalArgumentException if it is longer than a buffer can be
     */
    public PosixMapping map() throws IOException {
        return map(MapMode.READ_WRITE, 0, status().sizeBytes());
    }

    /**
     * Maps a part of it, mmap(2).
     *
     * @param mode {@link MapMode#READ_ONLY}; {@link MapMode#READ_WRITE}; {@link MapMode#PRIVATE}, whose changes nobody sees
     * @param offset where the part begins, in bytes: a multiple of the page size
     * @param bytes how long it is, 1 to {@link Integer#MAX_VALUE}, and not beyond the object's end
     * @return the mapping
     * @throws dev.strait.ErrnoException EINVAL when the offset is no such multiple, or there are no bytes; else as {@link #map()}
     * @throws IllegalArgumentException if the part is not inside of the object, or the mode is another one
     */
    public PosixMapping map(MapMode mode, long offset, long bytes) throws IOException {
        if (mode != MapMode.READ_ONLY && mode != MapMode.READ_WRITE && mode != MapMode.PRIVATE) {
            throw new IllegalArgumentException("mode " + mode + ": must be READ_ONLY, READ_WRITE or PRIVATE");
        }
        long size = status().sizeBytes();
        if (offset < 0 || bytes < 0 || bytes > Integer.MAX_VALUE || offset > size - bytes) {
            throw new IllegalArgumentException(this + ": " + bytes + " bytes from " + offset + ": it has " + size
                    + " bytes, and at most " + Integer.MAX_VALUE + " are mapped at once");
        }
        return PosixMapping.map(this, offset, bytes, mode != MapMode.READ_ONLY, mode == MapMode.PRIVATE);
    }

    /**
     * For messages.
     *
     * @return {@code PosixMemory[/prices]}; with the descriptor's number when it was adopted
     */
    @Override
    public String toString() {
        return name == null ? super.toString() : "PosixMemory[" + name + "]";
    }

    private void check(String operation, long result) throws IOException {
        if (result < 0) {
            throw Failure.errno(result, operation, toString());
        }
    }
}
