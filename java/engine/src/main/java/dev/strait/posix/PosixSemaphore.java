package dev.strait.posix;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.KernelWaits;
import dev.strait.internal.Lifeline;
import dev.strait.internal.Waiting;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * A POSIX semaphore, see sem_overview(7): a number that is never below 0, which {@link #post} makes greater, and
 * {@link #await} smaller, when it can. Everything is done by the C library itself, so that a C program finds the same
 * semaphore with sem_open(3) or in shared memory, if both have the same C library.
 *
 * <pre>{@code
 * try (PosixSemaphore turn = PosixSemaphore.openOrCreate("/turn", 0600, 1)) {
 *     turn.await();
 *     try {
 *         System.out.println("mine");
 *     } finally {
 *         turn.post();
 *     }
 * }
 * }</pre>
 *
 * <p><b>When to use something else.</b> What a process holds when it dies is lost for ever, and nobody is told. A
 * {@link dev.strait.sync.Semaphore} can give it back, is fair if one likes, takes several permits at once, costs no native call
 * while nobody waits, and can be waited for in a wait set. Use this one with programs that have only the C library.
 *
 * <p><b>Waiting</b> ends when the thread is interrupted, which leaves this open, and when another thread closes this. A virtual
 * thread parks while a thread that is made for it waits. A wait that ended in either way has taken nothing.
 *
 * <p><b>Trust.</b> Who may write the file of a named semaphore can also truncate it, and that kills the processes that use it:
 * share one with those only whom you trust.
 *
 * <p><b>Closing</b> leaves the semaphore as it is. One that nobody closed is closed when this is unreachable.
 *
 * <p>All methods may be called by any thread. On a closed one they throw {@link IllegalStateException}.
 */
public final class PosixSemaphore implements AutoCloseable {
    /** The greatest value, SEM_VALUE_MAX. */
    public static final int VALUE_MAX = Integer.MAX_VALUE;

    /** What an unnamed semaphore takes of memory, in bytes: sizeof(sem_t). */
    public static final int BYTES = PosixSemaphoreNative.BYTES;

    /** What the address of an unnamed semaphore is a multiple of. */
    public static final int ALIGNMENT = PosixSemaphoreNative.ALIGNMENT;

    private static final int EAGAIN = 11;

    private final String text;
    private final Kept kept;
    private final KernelWaits.Call post;
    private final KernelWaits.Call tryWait;
    private final KernelWaits.Call await;
    private final KernelWaits.Call value;

    /** What outlives the Java object: where the semaphore is, and who uses it. The memory is null for a named one. */
    private record Kept(long handle, ByteBuffer memory, KernelWaits waits) {
        boolean close() {
            boolean first = waits.close();
            if (first && memory == null) {
                PosixSemaphoreNative.close(handle);
            }
            return first;
        }
    }

    private PosixSemaphore(long handle, ByteBuffer memory, String text) {
        Kept state = new Kept(handle, memory, new KernelWaits());
        this.text = text;
        this.kept = state;
        this.post = kick -> PosixSemaphoreNative.post(handle);
        this.tryWait = kick -> PosixSemaphoreNative.tryWait(handle);
        this.await = kick -> PosixSemaphoreNative.await(handle, kick);
        this.value = kick -> PosixSemaphoreNative.value(handle);
        new Lifeline(handle, address -> state.close()).holdFor(this);
    }

    // ---- Named -------------------------------------------------------------------------------------------------

    /**
     * Creates a named semaphore, sem_open(3) with O_CREAT and O_EXCL.
     *
     * @param name {@code /} and 1 to 251 bytes without another one
     * @param mode its permissions, 0 to 0777, less what umask(2) masks; who uses it must read and write
     * @param value what it has at first, 0 to {@link #VALUE_MAX}
     * @return the semaphore
     * @throws dev.strait.ErrnoException EEXIST when there is one; EINVAL when the value is none, or the name is empty or has
     *     another slash; ENAMETOOLONG; ENOSPC when {@code /dev/shm} is full; EMFILE, ENFILE, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static PosixSemaphore create(String name, int mode, long value) throws IOException {
        return open(name, Flags.CREATE | Flags.EXCLUSIVE, Flags.checkMode(mode), value);
    }

    /**
     * Opens a named semaphore, sem_open(3). All who open one name in one process have the same semaphore.
     *
     * @param name as for {@link #create}
     * @return the semaphore
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES when its permissions say so; EINVAL, ENAMETOOLONG,
     *     EMFILE, ENFILE, ENOMEM as {@link #create}
     */
    public static PosixSemaphore open(String name) throws IOException {
        return open(name, 0, 0, 0);
    }

    /**
     * Opens a named semaphore, and creates it first when it does not exist, sem_open(3) with O_CREAT.
     *
     * @param name as for {@link #create}
     * @param mode of a new one, as for {@link #create}
     * @param value of a new one, as for {@link #create}
     * @return the semaphore
     * @throws dev.strait.ErrnoException as {@link #create} and {@link #open}, but for EEXIST and ENOENT
     * @throws IllegalArgumentException if the mode is none
     */
    public static PosixSemaphore openOrCreate(String name, int mode, long value) throws IOException {
        return open(name, Flags.CREATE, Flags.checkMode(mode), value);
    }

    private static PosixSemaphore open(String name, int flags, int mode, long value) throws IOException {
        long handle = PosixSemaphoreNative.open(Objects.requireNonNull(name, "name"), flags, mode, value);
        if (Failure.isErrno(handle)) {
            throw Failure.errno(handle, "sem_open", name);
        }
        return new PosixSemaphore(handle, null, name);
    }

    /**
     * Removes a name, sem_unlink(3). Those who have the semaphore open go on with it, and it is destroyed when the last of them
     * has closed it; who creates the name anew has another semaphore.
     *
     * @param name the semaphore's
     * @throws dev.strait.ErrnoException ENOENT when there is none; EACCES when it is another user's; ENAMETOOLONG
     */
    public static void unlink(String name) throws IOException {
        int result = PosixSemaphoreNative.unlink(Objects.requireNonNull(name, "name"));
        if (result < 0) {
            throw Failure.errno(result, "sem_unlink", name);
        }
    }

    /**
     * All named semaphores, as {@code /dev/shm} shows them: files whose names begin with {@code sem.}
     *
     * @return in the order of their names
     * @throws IOException if that cannot be read
     */
    public static List<PosixObject> list() throws IOException {
        return PosixObject.list(PosixObject.SHARED_MEMORY, PosixObject.SEMAPHORE, "/");
    }

    // ---- Unnamed -----------------------------------------------------------------------------------------------

    /**
     * Makes a semaphore in memory, sem_init(3), that any process uses which has the memory: that of
     * {@link PosixMemory#map}, or {@link dev.strait.segment.Segment#region}. Close it before the memory is unmapped or its
     * segment is closed: there would be zeros in its place.
     *
     * @param memory a direct buffer, which is kept as long as this is
     * @param offset where in it, in bytes from its start: {@link #BYTES} from there on become the semaphore's, whose address
     *     must be a multiple of {@link #ALIGNMENT}
     * @param value what it has at first, 0 to {@link #VALUE_MAX}
     * @return the semaphore
     * @throws dev.strait.ErrnoException EINVAL when the value is none
     * @throws IllegalArgumentException if the buffer is not direct, or read-only, or there is no place for it at the offset
     */
    public static PosixSemaphore init(ByteBuffer memory, int offset, long value) throws IOException {
        PosixSemaphore semaphore = at(memory, offset);
        semaphore.check(
                "sem_init", semaphore.kept.waits.call(kick -> PosixSemaphoreNative.init(semaphore.kept.handle, value)));
        return semaphore;
    }

    /**
     * Uses a semaphore in memory that somebody has made with {@link #init}, or sem_init(3) in C.
     *
     * @param memory as for {@link #init}
     * @param offset as for {@link #init}
     * @return the semaphore
     * @throws IllegalArgumentException as {@link #init}
     */
    public static PosixSemaphore at(ByteBuffer memory, int offset) {
        if (!memory.isDirect() || memory.isReadOnly()) {
            throw new IllegalArgumentException(memory + ": must be direct and writable");
        }
        if (offset < 0 || offset > memory.capacity() - BYTES) {
            throw new IllegalArgumentException("offset " + offset + ": must be 0 to " + (memory.capacity() - BYTES)
                    + ", for " + BYTES + " bytes of the buffer's " + memory.capacity());
        }
        long address = PosixSemaphoreNative.address(memory) + offset;
        if (address % ALIGNMENT != 0) {
            throw new IllegalArgumentException(
                    "offset " + offset + ": the address must be a multiple of " + ALIGNMENT + ", and is not");
        }
        return new PosixSemaphore(address, memory, "unnamed at " + offset);
    }

    /**
     * Ends an unnamed semaphore for all, sem_destroy(3), and closes this. Nobody may wait for it then in another process.
     *
     * @throws IllegalStateException if it is a named one, or closed
     */
    public void destroy() {
        if (kept.memory == null) {
            throw new IllegalStateException(this + ": a named semaphore is unlinked");
        }
        if (!kept.close()) {
            throw closedException();
        }
        PosixSemaphoreNative.destroy(kept.handle);
    }

    // ---- Using -------------------------------------------------------------------------------------------------

    /**
     * Adds 1 and wakes one who waits, sem_post(3).
     *
     * @throws dev.strait.ErrnoException EOVERFLOW when the value is {@link #VALUE_MAX}
     * @throws IllegalStateException if this is closed
     */
    public void post() throws IOException {
        try {
            check("sem_post", kept.waits.call(post));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Takes 1, and waits while there is none, sem_wait(3).
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was taken
     * @throws dev.strait.ErrnoException EBUSY when it has to wait, and the process has handlers for all real-time signals: one
     *     is needed to end it
     * @throws IllegalStateException if this is closed, or meanwhile by another thread
     */
    public void await() throws IOException, InterruptedException {
        checkInterrupt();
        if (!tryWait()) {
            await("sem_wait", await);
        }
    }

    /**
     * Takes 1, and waits while there is none, until a point in time: sem_timedwait(3).
     *
     * @param deadline of CLOCK_REALTIME; it does not matter where the value is not 0
     * @throws InterruptedException if the thread is interrupted before or while it waits; then nothing was taken
     * @throws dev.strait.ErrnoException ETIMEDOUT when the deadline has passed; EBUSY as {@link #await()}
     * @throws IllegalStateException if this is closed, or meanwhile by another thread
     */
    public void await(Instant deadline) throws IOException, InterruptedException {
        checkInterrupt();
        long seconds = deadline.getEpochSecond();
        int nanos = deadline.getNano();
        if (!tryWait()) {
            await("sem_timedwait", kick -> PosixSemaphoreNative.awaitUntil(kept.handle, seconds, nanos, kick));
        }
    }

    private void await(String operation, KernelWaits.Call call) throws IOException, InterruptedException {
        try {
            long result = kept.waits.await(call);
            if (result == -Waiting.EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            check(operation, result);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Takes 1 if that can be done at once, sem_trywait(3).
     *
     * @return whether it was taken; false where the C function says EAGAIN, since the value is 0
     * @throws IllegalStateException if this is closed
     */
    public boolean tryWait() throws IOException {
        try {
            long result = kept.waits.call(tryWait);
            if (result == -EAGAIN) {
                return false;
            }
            check("sem_trywait", result);
            return true;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The value now, sem_getvalue(3).
     *
     * @return 0 or more, on Linux also when some wait
     * @throws IllegalStateException if this is closed
     */
    public int value() {
        try {
            long result = kept.waits.call(value);
            if (result == Outcome.CLOSED) {
                throw closedException();
            }
            return (int) result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Ends the waits of this process's threads here, sem_close(3). Does nothing the second time. */
    @Override
    public void close() {
        kept.close();
    }

    /**
     * For messages.
     *
     * @return {@code PosixSemaphore[/turn]}
     */
    @Override
    public String toString() {
        return "PosixSemaphore[" + text + "]";
    }

    private static void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    private void check(String operation, long result) throws IOException {
        if (result == Outcome.CLOSED) {
            throw closedException();
        }
        if (result < 0) {
            throw Failure.errno(result, operation, toString());
        }
    }

    private IllegalStateException closedException() {
        return new IllegalStateException(this + ": is closed");
    }
}
