package dev.strait.signal;

import dev.strait.internal.Failure;
import java.io.IOException;
import java.util.Set;

/**
 * The signals of a process, or of one of its threads, as /proc/PID/status shows them: of any process that may be looked at.
 *
 * @param blocked what the thread has blocked
 * @param ignored what the process ignores
 * @param caught what the process has handlers for
 * @param pending what has been sent to the thread alone, and is blocked
 * @param pendingForProcess what has been sent to the process, and every thread has blocked
 * @param queued how many signals are queued for the processes of its user
 * @param queueLimit how many may be: RLIMIT_SIGPENDING of the process
 */
public record ProcessSignals(
        Set<Signal> blocked,
        Set<Signal> ignored,
        Set<Signal> caught,
        Set<Signal> pending,
        Set<Signal> pendingForProcess,
        long queued,
        long queueLimit) {
    private static final int VALUES = 7;

    /**
     * Of a process: the thread is its main one.
     *
     * @param pid its id
     * @return as they are now
     * @throws dev.strait.ErrnoException ESRCH when there is none; EACCES, EPERM where others' processes are hidden
     * @throws IOException one of these
     */
    public static ProcessSignals of(int pid) throws IOException {
        return look(pid, 0, "/proc/" + pid + "/status");
    }

    /**
     * Of a thread.
     *
     * @param pid its process
     * @param tid its id
     * @return as they are now
     * @throws dev.strait.ErrnoException as {@link #of(int)}
     * @throws IOException one of these
     */
    public static ProcessSignals of(int pid, int tid) throws IOException {
        return look(pid, tid, "/proc/" + pid + "/task/" + tid + "/status");
    }

    private static ProcessSignals look(int pid, int tid, String file) throws IOException {
        long[] values = new long[VALUES];
        int result = SignalNative.look(pid, tid, values);
        if (result < 0) {
            throw Failure.errno(result, "open", file);
        }
        return new ProcessSignals(
                Signal.setOf(values[0]),
                Signal.setOf(values[1]),
                Signal.setOf(values[2]),
                Signal.setOf(values[3]),
                Signal.setOf(values[4]),
                values[5],
                values[6]);
    }
}
