package dev.strait.sysv;

import dev.strait.internal.Lifeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A shared memory of the kernel: bytes that any process attaches to, and that mean what its users agree on. See shmget(2),
 * shmop(2), shmctl(2).
 *
 * <p>It is here for programs that have one already. Between processes that both use Strait a
 * {@link dev.strait.segment.Segment} has a name, tells who is attached, and can hold semaphores and locks.
 */
public final class SysvMemory extends SysvObject {
    /**
     * To be made of huge pages, of the system's default size; the size is rounded up to them. For another size its binary
     * logarithm is added, shifted to the left by 26, as in {@link #HUGE_2MB}.
     */
    public static final int HUGETLB = SysvLayout.SHM_HUGETLB;

    /** With {@link #HUGETLB}: pages of 2 MiB. */
    public static final int HUGE_2MB = 21 << SysvLayout.SHM_HUGE_SHIFT;

    /** With {@link #HUGETLB}: pages of 1 GiB. */
    public static final int HUGE_1GB = 30 << SysvLayout.SHM_HUGE_SHIFT;

    /** To reserve no memory in advance: when there is none left, touching it ends this process. */
    public static final int NORESERVE = SysvLayout.SHM_NORESERVE;

    /** To attach for reading alone. */
    public static final int RDONLY = SysvLayout.SHM_RDONLY;

    /** To attach so that its bytes may be executed, which its mode must allow. */
    public static final int EXEC = SysvLayout.SHM_EXEC;

    private static final int STATUS_VALUES = SysvPermissions.VALUES + 7;

    /**
     * What shmctl(2) tells of a shared memory.
     *
     * @param id what the system knows it by
     * @param permissions whose it is
     * @param sizeBytes how large it was wanted
     * @param creatorPid who has made it
     * @param lastPid who has attached or detached last; 0 for nobody yet
     * @param attachments how many there are, in all processes
     * @param isRemoved whether it goes with its last attachment, SHM_DEST
     * @param isLocked whether it stays in memory, SHM_LOCKED
     * @param lastAttach when, in seconds
     * @param lastDetach when
     * @param lastChange when it was made, or changed by {@link #set}
     */
    public record Status(
            int id,
            SysvPermissions permissions,
            long sizeBytes,
            int creatorPid,
            int lastPid,
            long attachments,
            boolean isRemoved,
            boolean isLocked,
            Optional<Instant> lastAttach,
            Optional<Instant> lastDetach,
            Optional<Instant> lastChange) {
        private static Status of(long[] values) {
            return new Status(
                    (int) values[7],
                    SysvPermissions.of(values),
                    values[8],
                    (int) values[9],
                    (int) values[10],
                    values[11],
                    (values[5] & SysvLayout.SHM_DEST) != 0,
                    (values[5] & SysvLayout.SHM_LOCKED) != 0,
                    time(values[12]),
                    time(values[13]),
                    time(values[14]));
        }
    }

    /**
     * What the system allows, IPC_INFO. What the kernel has as a larger number is {@link Long#MAX_VALUE}.
     *
     * @param memories how many there may be, SHMMNI
     * @param maxBytes how large one may be, SHMMAX
     * @param minBytes how small one may be, SHMMIN
     * @param pages how many pages all may have together, SHMALL
     */
    public record Limits(long memories, long maxBytes, long minBytes, long pages) {}

    /**
     * What there is, SHM_INFO.
     *
     * @param memories how many there are
     * @param pages how many pages they have together
     * @param residentPages how many of these are in memory
     * @param swappedPages how many are swapped out
     * @param swapAttempts 0 since Linux 2.4
     * @param swapSuccesses 0 since Linux 2.4
     */
    public record Usage(
            long memories, long pages, long residentPages, long swappedPages, long swapAttempts, long swapSuccesses) {}

    private SysvMemory(int id) {
        super("SysvMemory", id);
    }

    /**
     * Makes a shared memory, IPC_CREAT | IPC_EXCL. All bytes are 0.
     *
     * @param key its name, or {@link SysvKey#PRIVATE}
     * @param sizeBytes {@link Limits#minBytes} to {@link Limits#maxBytes}
     * @param mode who may use it: 0 to 0777
     * @return a handle
     * @throws dev.strait.ErrnoException EEXIST when the key has one, EINVAL when the size is none, ENOSPC when there are
     *     {@link Limits#memories} or {@link Limits#pages}; ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvMemory create(SysvKey key, long sizeBytes, int mode) throws IOException {
        return create(key, sizeBytes, mode, 0);
    }

    /**
     * The same with flags.
     *
     * @param key as above
     * @param sizeBytes as above
     * @param mode as above
     * @param flags of {@link #HUGETLB}, {@link #HUGE_2MB} or {@link #HUGE_1GB}, {@link #NORESERVE}
     * @return a handle
     * @throws dev.strait.ErrnoException ENOMEM also when there are not enough huge pages, EINVAL when there are none of that
     *     size, EPERM without the capability CAP_IPC_LOCK or the group for them; and as above
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvMemory create(SysvKey key, long sizeBytes, int mode, int flags) throws IOException {
        return get(key, sizeBytes, SysvLayout.IPC_CREAT | SysvLayout.IPC_EXCL | flags, mode);
    }

    /**
     * Finds the shared memory of a key, or makes it, IPC_CREAT.
     *
     * @param key its name
     * @param sizeBytes its size when it is made; else as for {@link #open}
     * @param mode who may use it when it is made; else what the caller wants to do, as for {@link #open}
     * @return a handle
     * @throws dev.strait.ErrnoException EACCES when it exists and does not allow that, EINVAL when the size is none, or more
     *     than it has; ENOSPC, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvMemory openOrCreate(SysvKey key, long sizeBytes, int mode) throws IOException {
        return get(key, sizeBytes, SysvLayout.IPC_CREAT, mode);
    }

    /**
     * Finds the shared memory of a key.
     *
     * @param key its name
     * @param sizeBytes how large it must be at least; 0 for any
     * @param mode what the caller wants to do: 0600 for everything, 0400 to read, 0 to find out later
     * @return a handle
     * @throws dev.strait.ErrnoException ENOENT when there is none, EACCES when it does not allow that, EINVAL when it is
     *     smaller
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvMemory open(SysvKey key, long sizeBytes, int mode) throws IOException {
        return get(key, sizeBytes, 0, mode);
    }

    /**
     * A shared memory by its id, which is not looked at before it is used.
     *
     * @param id as {@link #list} and ipcs(1) show it
     * @return a handle
     */
    public static SysvMemory ofId(int id) {
        return new SysvMemory(id);
    }

    private static SysvMemory get(SysvKey key, long sizeBytes, int flags, int mode) throws IOException {
        int id = SysvNative.memoryGet(key.value(), sizeBytes, flags | SysvPermissions.checkMode(mode));
        return new SysvMemory((int) checked("shmget", id, key));
    }

    // ---- Attachments

    /**
     * Attaches to it, to read and to write.
     *
     * @return the attachment, which closing this handle leaves as it is
     * @throws dev.strait.ErrnoException EACCES without permission for both; ENOMEM; EINVAL, EIDRM when it is removed
     */
    public Attachment attach() throws IOException {
        return attach(0);
    }

    /**
     * Attaches to it, shmat(2), at an address of the kernel's choice: SHM_RND and SHM_REMAP, which go with addresses of one's
     * own, are for C.
     *
     * @param flags of {@link #RDONLY}, {@link #EXEC}
     * @return the attachment, which closing this handle leaves as it is
     * @throws dev.strait.ErrnoException EACCES without permission; ENOMEM; EINVAL, EIDRM when it is removed
     */
    public Attachment attach(int flags) throws IOException {
        long handle = checked("shmat", SysvNative.memoryAttach(openId(), flags));
        return new Attachment(handle, (flags & RDONLY) != 0, this + ", attached");
    }

    /**
     * An attachment of this process to a shared memory.
     *
     * <p>Detaching never crashes the JVM: views that are still around read zeros, and the address space is given back when the
     * last of them is unreachable. An attachment that nobody detached is detached when it and its views are.
     *
     * <p>All methods may be called by any thread.
     */
    public static final class Attachment implements AutoCloseable {
        private final long handle;
        private final long sizeBytes;
        private final boolean readOnly;
        private final String name;
        private final Lifeline lifeline;
        private boolean detached;

        private Attachment(long handle, boolean readOnly, String name) {
            this.handle = handle;
            this.sizeBytes = SysvNative.attachmentBytes(handle);
            this.readOnly = readOnly;
            this.name = name;
            this.lifeline = new Lifeline(handle, SysvNative::attachmentFree);
            lifeline.holdFor(this);
        }

        /**
         * How much there is.
         *
         * @return bytes, as the memory was wanted
         */
        public long sizeBytes() {
            return sizeBytes;
        }

        /**
         * All of the memory, shared with everyone attached.
         *
         * @return a view, read-only where this is, in native byte order as C programs have it
         * @throws IllegalStateException if this is detached, or the memory is larger than a view can be
         */
        public ByteBuffer region() {
            if (sizeBytes > Integer.MAX_VALUE) {
                throw new IllegalStateException(
                        name + ": " + sizeBytes + " bytes are more than a view can have, " + Integer.MAX_VALUE);
            }
            return region(0, (int) sizeBytes);
        }

        /**
         * A part of the memory.
         *
         * @param offset where it begins, in bytes
         * @param lengthBytes how long it is
         * @return a view, as {@link #region()}
         * @throws IllegalStateException if this is detached
         * @throws IndexOutOfBoundsException if it is no part of the memory
         */
        public synchronized ByteBuffer region(long offset, int lengthBytes) {
            Objects.checkFromIndexSize(offset, lengthBytes, sizeBytes);
            if (detached) {
                throw new IllegalStateException(name + ": is detached");
            }
            ByteBuffer root = SysvNative.attachmentView(handle, offset, lengthBytes);
            lifeline.holdFor(root);
            return (readOnly ? root.asReadOnlyBuffer() : root).order(ByteOrder.nativeOrder());
        }

        /**
         * Detaches, shmdt(2). Views read zeros from now on. Does nothing the second time.
         *
         * @throws dev.strait.ErrnoException ENOMEM when zeros cannot be put in its place; then it is still attached
         */
        @Override
        public synchronized void close() throws IOException {
            if (!detached) {
                checked("shmdt", SysvNative.attachmentDetach(handle), name);
                detached = true;
            }
        }

        /**
         * For messages.
         *
         * @return {@code SysvMemory[id 5], attached}
         */
        @Override
        public String toString() {
            return name;
        }
    }

    // ---- Control

    /**
     * Keeps it in memory, or no longer, SHM_LOCK and SHM_UNLOCK. What is not there yet comes when it is touched.
     *
     * @param locked whether to
     * @throws dev.strait.ErrnoException EPERM when the caller is not its owner or creator, or has neither the capability
     *     CAP_IPC_LOCK nor a limit RLIMIT_MEMLOCK above 0; ENOMEM when that limit is too low; EINVAL, EIDRM when it is removed
     */
    public void setLocked(boolean locked) throws IOException {
        checked("shmctl", SysvNative.memoryLock(openId(), locked));
    }

    /**
     * What there is to know of it, IPC_STAT.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException EACCES without read permission; EINVAL, EIDRM when it is removed
     */
    public Status status() throws IOException {
        return Status.of(filled("shmctl", openId(), this, STATUS_VALUES, SysvNative::memoryStatus));
    }

    @Override
    public void set(SysvPermissions permissions) throws IOException {
        int result =
                SysvNative.memorySet(openId(), (int) permissions.uid(), (int) permissions.gid(), permissions.mode());
        checked("shmctl", result);
    }

    @Override
    public void remove() throws IOException {
        checked("shmctl", SysvNative.memoryRemove(openId()));
    }

    /**
     * All shared memories of this IPC namespace, as {@code ipcs -m}, SHM_STAT_ANY. Before Linux 4.17 those that the caller may
     * read.
     *
     * @return in the order of the kernel's table
     * @throws dev.strait.ErrnoException if the kernel has no such memory
     */
    public static List<Status> list() throws IOException {
        int last = (int) checked("shmctl", SysvNative.memoryLimits(new long[4]), "IPC_INFO");
        return all(last, STATUS_VALUES, SysvNative::memoryAt, Status::of);
    }

    /**
     * What the system allows, as {@code ipcs -m -l}. Files in /proc/sys/kernel change it: shmmni, shmmax, shmall.
     *
     * @return the limits of this IPC namespace
     * @throws dev.strait.ErrnoException if the kernel has no such memory
     */
    public static Limits limits() throws IOException {
        long[] values = filled("shmctl", 0, "IPC_INFO", 4, (none, numbers) -> SysvNative.memoryLimits(numbers));
        return new Limits(values[0], values[1], values[2], values[3]);
    }

    /**
     * What there is in this IPC namespace, as {@code ipcs -m -u}.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException if the kernel has no such memory
     */
    public static Usage usage() throws IOException {
        long[] values = filled("shmctl", 0, "SHM_INFO", 6, (none, numbers) -> SysvNative.memoryUsage(numbers));
        return new Usage(values[0], values[1], values[2], values[3], values[4], values[5]);
    }
}
