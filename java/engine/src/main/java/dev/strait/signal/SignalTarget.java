package dev.strait.signal;

import dev.strait.internal.Failure;
import dev.strait.internal.Place;
import dev.strait.internal.SegmentAccess;
import dev.strait.internal.Usage;
import dev.strait.segment.SegmentOptions;
import java.io.IOException;

/**
 * Whom signals are sent to. Immutable, for any threads; only one that {@link #dispatcher} has found holds anything that is to
 * be closed.
 *
 * <p><b>Errors</b> of all methods that send, each an {@link dev.strait.ErrnoException}: ESRCH when there is no such process,
 * group or thread, or the dispatcher is closed; EPERM when it is another user's (kill(2) has the rules); EAGAIN when its user
 * has as many signals queued as RLIMIT_SIGPENDING allows, see {@link ProcessSignals#queueLimit}. A process that has ended and
 * was not yet waited for still gets signals.
 *
 * <p>A number may by now be another process's. A descriptor of pidfd_open(2), and a dispatcher's name, never lead to another.
 */
public final class SignalTarget implements AutoCloseable {
    private static final int PROCESS = 1;
    private static final int GROUP = 2;
    private static final int THREAD = 3;
    private static final int PIDFD = 4;
    private static final int DISPATCHER = 5;

    private final int kind;
    private final int id;
    private final int thread;
    private final String text;

    /** Of what was found by its name, and the handle; else null and 0. */
    private final Usage usage;

    private final long handle;

    private SignalTarget(int kind, int id, int thread, String text, Usage usage, long handle) {
        this.kind = kind;
        this.id = id;
        this.thread = thread;
        this.text = text;
        this.usage = usage;
        this.handle = handle;
    }

    private static SignalTarget number(int kind, int id, int thread, String text) {
        return new SignalTarget(kind, id, thread, text, null, 0);
    }

    /**
     * A process.
     *
     * @param pid its id, 1 or more
     * @return the target
     * @throws IllegalArgumentException for 0 and below, which kill(2) would take for groups
     */
    public static SignalTarget process(int pid) {
        checkId("pid", pid, 1);
        return number(PROCESS, pid, 0, "process " + pid);
    }

    /**
     * A process group. Payloads cannot be sent to one.
     *
     * @param pgid its id, 2 or more; since -1 means everybody to kill(2), group 1 cannot be reached
     * @return the target
     * @throws IllegalArgumentException for an id that is none
     */
    public static SignalTarget group(int pgid) {
        checkId("pgid", pgid, 2);
        return number(GROUP, pgid, 0, "group " + pgid);
    }

    /**
     * One thread of a process.
     *
     * @param pid the process, 1 or more
     * @param tid the thread, as gettid(2), 1 or more
     * @return the target
     * @throws IllegalArgumentException for an id that is none
     */
    public static SignalTarget thread(int pid, int tid) {
        checkId("pid", pid, 1);
        checkId("tid", tid, 1);
        return number(THREAD, pid, tid, "thread " + tid + " of process " + pid);
    }

    /**
     * The process behind a descriptor of pidfd_open(2): Linux 5.1. When that has ended, ESRCH; EBADF for a descriptor of
     * another kind.
     *
     * @param fd the descriptor, which stays open while this is used
     * @return the target
     * @throws IllegalArgumentException if it is negative
     */
    public static SignalTarget pidfd(int fd) {
        checkId("fd", fd, 0);
        return number(PIDFD, fd, 0, "pidfd " + fd);
    }

    /**
     * The {@link SignalDispatcher} of that name. Signals for it reach it and nobody else, for as long as it is open; then ESRCH,
     * and whoever has the name next is found by a new target.
     *
     * <p>Before Linux 6.9 the kernel cannot hold on to a thread: then this looks at the name before each signal, and is one
     * of at most 64 that have the segment open.
     *
     * @param name its name
     * @param options the segment's directory, owner, mode, and how long to wait until there is such a dispatcher
     * @return the target, to be closed
     * @throws dev.strait.ErrnoException ENOENT when no dispatcher has the name by then; EXDEV when the one that has it is in another PID namespace, where ids mean other processes; EPROTO when the segment is no dispatcher's
     * @throws IOException one of these, and what {@link dev.strait.segment.Segment#open} throws
     */
    public static SignalTarget dispatcher(String name, SegmentOptions options) throws IOException {
        SegmentAccess.Attach find = (directory, values, failure) -> SignalNative.find(directory, name, values, failure);
        long handle = SegmentAccess.get().open(Place.named(name), options, find);
        Usage usage = new Usage(() -> SignalNative.forget(handle));
        return new SignalTarget(DISPATCHER, 0, 0, "dispatcher " + name, usage, handle);
    }

    /**
     * Sends a signal without a payload.
     *
     * @param signal which
     * @throws IOException as the class says
     * @throws IllegalStateException if this is closed
     */
    public void send(Signal signal) throws IOException {
        check(sendNumber(signal.number()), "kill", signal);
    }

    /**
     * Sends a signal with a payload, as sigqueue(3).
     *
     * @param signal which
     * @param value the payload
     * @throws IOException as the class says
     * @throws UnsupportedOperationException for a group: the kernel has no such call
     * @throws IllegalStateException if this is closed
     */
    public void send(Signal signal, int value) throws IOException {
        if (kind == GROUP) {
            throw new UnsupportedOperationException(text + ": a payload can be sent to one process only");
        }
        check(queueNumber(signal.number(), value), "sigqueue", signal);
    }

    /**
     * Whether a signal could be sent: sends signal 0, which is none.
     *
     * @throws IOException as the class says
     * @throws IllegalStateException if this is closed
     */
    public void check() throws IOException {
        check(sendNumber(0), "kill", null);
    }

    /** Whether a signal could be sent. */
    boolean exists() {
        return sendNumber(0) == 0;
    }

    private int sendNumber(int number) {
        if (usage == null) {
            return SignalNative.send(kind, id, thread, number);
        }
        enter();
        try {
            return SignalNative.sendTo(handle, number);
        } finally {
            usage.leave();
        }
    }

    private int queueNumber(int number, int value) {
        if (usage == null) {
            return SignalNative.queue(kind, id, thread, number, value);
        }
        enter();
        try {
            return SignalNative.queueTo(handle, number, value);
        } finally {
            usage.leave();
        }
    }

    private void enter() {
        if (!usage.enter()) {
            throw new IllegalStateException(this + ": is closed");
        }
    }

    private void check(int result, String operation, Signal signal) throws IOException {
        if (result < 0) {
            throw Failure.errno(result, operation, signal == null ? text : text + ", " + signal);
        }
    }

    private static void checkId(String what, int id, int least) {
        if (id < least) {
            throw new IllegalArgumentException(what + " " + id + ": must be " + least + " or more");
        }
    }

    /** Gives up what {@link #dispatcher} has found. Does nothing for other targets, or the second time. */
    @Override
    public void close() {
        if (usage != null) {
            usage.close();
        }
    }

    /**
     * For messages.
     *
     * @return {@code SignalTarget[process 17]}
     */
    @Override
    public String toString() {
        return "SignalTarget[" + text + "]";
    }
}
