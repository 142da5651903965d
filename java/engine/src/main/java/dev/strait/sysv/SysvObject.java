package dev.strait.sysv;

import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.KernelWaits;
import dev.strait.internal.Lifeline;
import java.io.IOException;
import java.lang.ref.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A handle on a message queue, a semaphore set or a shared memory of the kernel, see sysvipc(7). The object lives until it is
 * {@linkplain #remove removed} or the system restarts, whatever happens to those who use it, and whether handles are closed.
 *
 * <p><b>Permissions</b> are looked at by each call: EACCES. With the capability CAP_IPC_OWNER, which root has, one has them
 * all. What only the owner and the creator may do fails with EPERM for others, if they have not CAP_SYS_ADMIN.
 *
 * <p><b>When the object is removed</b>, calls that wait for it fail with EIDRM, later ones with EINVAL, or with EIDRM when
 * another object has its place.
 *
 * <p><b>Waiting.</b> A call that waits ends when its thread is interrupted, with {@link InterruptedException}, and when this
 * handle is closed by another thread, with {@link IllegalStateException}; unless it has done its work in the same moment: then
 * it returns as ever, and nothing is lost. Signals do not end it (EINTR): it goes on, with the same deadline. Virtual
 * threads park meanwhile.
 *
 * <p>All methods may be called by any thread. Those of a closed handle throw {@link IllegalStateException}.
 */
public abstract sealed class SysvObject implements AutoCloseable permits SysvQueue, SysvSemaphoreSet, SysvMemory {
    static final int EINTR = 4;
    static final int EAGAIN = 11;

    private final KernelWaits waits = new KernelWaits();
    private final String kind;
    /** For calls that wait, which {@link #await} tells of a close; the others take {@link #openId}. */
    final int id;

    SysvObject(String kind, int id) {
        this.kind = kind;
        this.id = id;
        KernelWaits kept = waits; // the lifeline must not hold this
        new Lifeline(id, any -> kept.close()).holdFor(this);
    }

    /**
     * What the system knows it by, as ipcs(1) shows it.
     *
     * @return 0 or more; also when this is closed
     */
    public final int id() {
        return id;
    }

    /**
     * Removes the object from the system, IPC_RMID: at once, but for a shared memory, which goes with its last attachment.
     *
     * @throws dev.strait.ErrnoException EPERM when the caller is not its owner or creator; EINVAL, EIDRM when it is removed
     */
    public abstract void remove() throws IOException;

    /**
     * Changes owner and mode, IPC_SET. The rest of the permissions does not matter.
     *
     * @param permissions such as its status shows, changed
     * @throws dev.strait.ErrnoException EPERM when the caller is not its owner or creator; EINVAL also when there are no such
     *     users; EINVAL, EIDRM when it is removed
     */
    public abstract void set(SysvPermissions permissions) throws IOException;

    /** Closes this handle: its calls end. The object stays as it is. Does nothing the second time. */
    @Override
    public final void close() {
        waits.close();
    }

    /**
     * For messages.
     *
     * @return {@code SysvQueue[id 5]}
     */
    @Override
    public final String toString() {
        return kind + "[id " + id + "]";
    }

    // ---- Calls

    final int openId() {
        if (waits.isClosed()) {
            throw closed();
        }
        return id;
    }

    private IllegalStateException closed() {
        return new IllegalStateException(this + ": is closed");
    }

    /** Makes a call that waits, after the first try if that was worth it: what it answered. */
    final long await(FirstTry first, KernelWaits.Call call) throws InterruptedException {
        first.waits();
        try {
            long result = waits.await(call);
            if (result == -EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (result == Outcome.CLOSED) {
                throw closed();
            }
            return result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    final long checked(String operation, long result) throws ErrnoException {
        return checked(operation, result, this);
    }

    static long checked(String operation, long result, Object object) throws ErrnoException {
        if (result < 0) {
            throw Failure.errno(result, operation, object.toString());
        }
        return result;
    }

    // ---- Statuses

    /** A native call that fills in a status, or something else of numbers. */
    @FunctionalInterface
    interface Fill {
        int fill(int of, long[] values);
    }

    static long[] filled(String operation, int of, Object object, int count, Fill call) throws ErrnoException {
        long[] values = new long[count];
        checked(operation, call.fill(of, values), object);
        return values;
    }

    /** All of the system, of which the last has the index given. Places may be empty, or none of ours to look at. */
    static <T> List<T> all(int last, int count, Fill call, Function<long[], T> status) {
        List<T> all = new ArrayList<>();
        for (int index = 0; index <= last; index++) {
            long[] values = new long[count];
            if (call.fill(index, values) >= 0) {
                all.add(status.apply(values));
            }
        }
        return all;
    }

    /** Of seconds; 0 is never. */
    static Optional<Instant> time(long epochSecond) {
        return epochSecond == 0 ? Optional.empty() : Optional.of(Instant.ofEpochSecond(epochSecond));
    }
}
