package dev.strait.sysv;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A set of semaphores of the kernel: values from 0 to 32767, to which threads of any process add, from which they take, and of
 * which they wait for 0, several in one step. See semget(2), semop(2), semctl(2).
 *
 * <p>It is here for programs that have one already. Between processes that both use Strait a {@link dev.strait.sync.Semaphore}
 * needs no system call while nobody waits, and gives back what a dead process held; a {@link dev.strait.sync.Lock} tells of
 * its owner's death.
 *
 * <p><b>If a process dies</b>, what it did with {@link SysvOperations#UNDO} is undone, SIGKILL included; the rest stays.
 */
public final class SysvSemaphoreSet extends SysvObject {
    private static final int STATUS_VALUES = SysvPermissions.VALUES + 3;

    private final FirstTry operating = new FirstTry();

    /** How many semaphores there are, which never changes; 0 before it was asked for. */
    private volatile int count;

    /**
     * What semctl(2) tells of a set.
     *
     * @param id what the system knows it by
     * @param permissions whose it is
     * @param count how many semaphores it has
     * @param lastOperation when the last operations were done, in seconds
     * @param lastChange when it was made, changed by {@link #set}, or got values by {@link #setValue} or {@link #setValues}
     */
    public record Status(
            int id,
            SysvPermissions permissions,
            int count,
            Optional<Instant> lastOperation,
            Optional<Instant> lastChange) {
        private static Status of(long[] values) {
            return new Status(
                    (int) values[7], SysvPermissions.of(values), (int) values[8], time(values[9]), time(values[10]));
        }
    }

    /**
     * What the system allows, IPC_INFO.
     *
     * @param sets how many there may be, SEMMNI
     * @param setSemaphores how many semaphores a set may have, SEMMSL
     * @param semaphores how many there may be in all sets, SEMMNS
     * @param operations how many may be done in one step, SEMOPM
     * @param value the highest value, SEMVMX
     * @param undo the most that is undone for one semaphore, SEMAEM
     */
    public record Limits(long sets, long setSemaphores, long semaphores, long operations, long value, long undo) {}

    /**
     * What there is, SEM_INFO.
     *
     * @param sets how many sets
     * @param semaphores how many semaphores in all of them
     */
    public record Usage(long sets, long semaphores) {}

    private SysvSemaphoreSet(int id) {
        super("SysvSemaphoreSet", id);
    }

    /**
     * Makes a set, IPC_CREAT | IPC_EXCL. All values are 0.
     *
     * @param key its name, or {@link SysvKey#PRIVATE}
     * @param count how many semaphores, 1 to {@link Limits#setSemaphores}
     * @param mode who may use it: 0 to 0777, where writing is changing values, and waiting for 0 is reading
     * @return a handle
     * @throws dev.strait.ErrnoException EEXIST when the key has a set, EINVAL when the count is none, ENOSPC when there are
     *     {@link Limits#sets}, or too many {@link Limits#semaphores}; ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvSemaphoreSet create(SysvKey key, int count, int mode) throws IOException {
        return get(key, count, SysvLayout.IPC_CREAT | SysvLayout.IPC_EXCL, mode);
    }

    /**
     * Finds the set of a key, or makes it, IPC_CREAT.
     *
     * @param key its name
     * @param count how many semaphores, when it is made; else as for {@link #open}
     * @param mode who may use it when it is made; else what the caller wants to do, as for {@link #open}
     * @return a handle
     * @throws dev.strait.ErrnoException EACCES when it exists and does not allow that, EINVAL when the count is none, or more
     *     than it has; ENOSPC, ENOMEM
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvSemaphoreSet openOrCreate(SysvKey key, int count, int mode) throws IOException {
        return get(key, count, SysvLayout.IPC_CREAT, mode);
    }

    /**
     * Finds the set of a key.
     *
     * @param key its name
     * @param count how many semaphores it must have at least; 0 for any
     * @param mode what the caller wants to do: 0600 for everything, 0400 to look and to wait for 0, 0 to find out later
     * @return a handle
     * @throws dev.strait.ErrnoException ENOENT when there is none, EACCES when it does not allow that, EINVAL when the count
     *     is more than it has, or below 0
     * @throws IllegalArgumentException if the mode is none
     */
    public static SysvSemaphoreSet open(SysvKey key, int count, int mode) throws IOException {
        return get(key, count, 0, mode);
    }

    /**
     * A set by its id, which is not looked at before it is used.
     *
     * @param id as {@link #list} and ipcs(1) show it
     * @return a handle
     */
    public static SysvSemaphoreSet ofId(int id) {
        return new SysvSemaphoreSet(id);
    }

    private static SysvSemaphoreSet get(SysvKey key, int count, int flags, int mode) throws IOException {
        int id = SysvNative.semaphoreGet(key.value(), count, flags | SysvPermissions.checkMode(mode));
        return new SysvSemaphoreSet((int) checked("semget", id, key));
    }

    // ---- Operations

    /**
     * Does all of the operations, and waits until that is possible; semop(2).
     *
     * @param operations what to do
     * @throws dev.strait.ErrnoException EAGAIN when one that is not to wait would; E2BIG when there are more than
     *     {@link Limits#operations}, EINVAL when there are none; EFBIG when there is no such index; ERANGE when a value would
     *     be more than {@link Limits#value}; EACCES without permission; ENOSPC, ENOMEM for {@link SysvOperations#UNDO}; EIDRM
     *     when the set is removed, EINVAL when it was
     * @throws InterruptedException if the thread is interrupted while it waits; nothing is done
     */
    public void operate(SysvOperations operations) throws IOException, InterruptedException {
        operateUntil(operations, Long.MAX_VALUE);
    }

    /**
     * Does all of the operations, and waits until that is possible, but not for ever; semtimedop(2).
     *
     * @param operations what to do
     * @param timeout how long to wait
     * @throws dev.strait.ErrnoException EAGAIN when the time has passed; and as {@link #operate(SysvOperations)}
     * @throws InterruptedException as {@link #operate(SysvOperations)}
     * @throws IllegalArgumentException if the timeout is negative
     */
    public void operate(SysvOperations operations, Duration timeout) throws IOException, InterruptedException {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout " + timeout + ": must be 0 or more");
        }
        operateUntil(operations, deadlineNs(timeout));
    }

    private void operateUntil(SysvOperations operations, long deadlineNs) throws IOException, InterruptedException {
        boolean waits = operations.mayWait();
        long result = -EAGAIN;
        if (!waits || operating.isWorthIt()) {
            result = operations.perform(0, openId(), deadlineNs);
        }
        if (waits && result == -EAGAIN) {
            result = await(operating, kick -> operations.perform(kick, id, deadlineNs));
        }
        checked("semop", result);
    }

    /**
     * Does all of the operations if that is possible now, as if all of them had {@link SysvOperations#NOWAIT}.
     *
     * @param operations what to do
     * @return whether it was done
     * @throws dev.strait.ErrnoException as {@link #operate(SysvOperations)}
     */
    public boolean tryOperate(SysvOperations operations) throws IOException {
        int result = operations.perform(0, openId(), Long.MAX_VALUE);
        return result != -EAGAIN && checked("semop", result) == 0;
    }

    /** On the clock of System.nanoTime, which is CLOCK_MONOTONIC. MAX_VALUE is for ever. */
    private static long deadlineNs(Duration timeout) {
        try {
            return Math.addExact(System.nanoTime(), timeout.toNanos());
        } catch (ArithmeticException e) { // 292 years
            return Long.MAX_VALUE;
        }
    }

    // ---- Values

    /**
     * A semaphore's value, GETVAL.
     *
     * @param index which, from 0
     * @return 0 to {@link Limits#value}
     * @throws dev.strait.ErrnoException EACCES without read permission; EINVAL when there is no such index; EINVAL, EIDRM when
     *     the set is removed
     */
    public int value(int index) throws IOException {
        return (int) checked("semctl", SysvNative.semaphoreGetValue(openId(), index));
    }

    /**
     * Sets a semaphore's value, SETVAL. It wakes those whom the value lets go on, and what any process did to this semaphore
     * will not be undone.
     *
     * @param index which, from 0
     * @param value 0 to {@link Limits#value}
     * @throws dev.strait.ErrnoException ERANGE when the value is none; EACCES without write permission; EINVAL when there is
     *     no such index; EINVAL, EIDRM when the set is removed
     */
    public void setValue(int index, int value) throws IOException {
        checked("semctl", SysvNative.semaphoreSetValue(openId(), index, value));
    }

    /**
     * All values in one step, GETALL.
     *
     * @return as many as the set has
     * @throws dev.strait.ErrnoException EACCES without read permission; ENOMEM; EINVAL, EIDRM when the set is removed
     */
    public int[] values() throws IOException {
        int[] values = new int[count()];
        checked("semctl", SysvNative.semaphoreGetAll(openId(), values));
        return values;
    }

    /**
     * Sets all values in one step, SETALL; else as {@link #setValue}.
     *
     * @param values as many as the set has
     * @throws dev.strait.ErrnoException ERANGE when one is not 0 to {@link Limits#value}, and nothing has changed; EACCES
     *     without write permission; ENOMEM; EINVAL, EIDRM when the set is removed
     * @throws IllegalArgumentException if they are more or fewer
     */
    public void setValues(int... values) throws IOException {
        if (values.length != count()) {
            throw new IllegalArgumentException(this + ": " + values.length + " values, but it has " + count());
        }
        checked("semctl", SysvNative.semaphoreSetAll(openId(), values));
    }

    private int count() throws IOException {
        if (count == 0) {
            count = (int) checked("semctl", SysvNative.semaphoreCount(openId()));
        }
        return count;
    }

    /**
     * Who has changed a semaphore's value last, by operations or by setting it, GETPID.
     *
     * @param index which, from 0
     * @return a process id; 0 for nobody yet
     * @throws dev.strait.ErrnoException as {@link #value}
     */
    public int lastPid(int index) throws IOException {
        return (int) checked("semctl", SysvNative.semaphoreGetPid(openId(), index));
    }

    /**
     * How many threads wait until a semaphore's value is large enough, GETNCNT.
     *
     * @param index which, from 0
     * @return 0 or more
     * @throws dev.strait.ErrnoException as {@link #value}
     */
    public int increaseWaiters(int index) throws IOException {
        return (int) checked("semctl", SysvNative.semaphoreGetIncreaseWaiters(openId(), index));
    }

    /**
     * How many threads wait until a semaphore's value is 0, GETZCNT.
     *
     * @param index which, from 0
     * @return 0 or more
     * @throws dev.strait.ErrnoException as {@link #value}
     */
    public int zeroWaiters(int index) throws IOException {
        return (int) checked("semctl", SysvNative.semaphoreGetZeroWaiters(openId(), index));
    }

    // ---- Control

    /**
     * What there is to know of it, IPC_STAT.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException EACCES without read permission; EINVAL, EIDRM when it is removed
     */
    public Status status() throws IOException {
        return Status.of(filled("semctl", openId(), this, STATUS_VALUES, SysvNative::semaphoreStatus));
    }

    @Override
    public void set(SysvPermissions permissions) throws IOException {
        int result =
                SysvNative.semaphoreSet(openId(), (int) permissions.uid(), (int) permissions.gid(), permissions.mode());
        checked("semctl", result);
    }

    @Override
    public void remove() throws IOException {
        checked("semctl", SysvNative.semaphoreRemove(openId()));
    }

    /**
     * All sets of this IPC namespace, as {@code ipcs -s}, SEM_STAT_ANY. Before Linux 4.17 those that the caller may read.
     *
     * @return in the order of the kernel's table
     * @throws dev.strait.ErrnoException if the kernel has no semaphore sets
     */
    public static List<Status> list() throws IOException {
        int last = (int) checked("semctl", SysvNative.semaphoreLimits(new long[6]), "IPC_INFO");
        return all(last, STATUS_VALUES, SysvNative::semaphoreAt, Status::of);
    }

    /**
     * What the system allows, as {@code ipcs -s -l}. The file /proc/sys/kernel/sem changes it.
     *
     * @return the limits of this IPC namespace
     * @throws dev.strait.ErrnoException if the kernel has no semaphore sets
     */
    public static Limits limits() throws IOException {
        long[] values = filled("semctl", 0, "IPC_INFO", 6, (none, numbers) -> SysvNative.semaphoreLimits(numbers));
        return new Limits(values[0], values[1], values[2], values[3], values[4], values[5]);
    }

    /**
     * What there is in this IPC namespace, as {@code ipcs -s -u}.
     *
     * @return a snapshot
     * @throws dev.strait.ErrnoException if the kernel has no semaphore sets
     */
    public static Usage usage() throws IOException {
        long[] values = filled("semctl", 0, "SEM_INFO", 2, (none, numbers) -> SysvNative.semaphoreUsage(numbers));
        return new Usage(values[0], values[1]);
    }
}
