package dev.strait.signal;

import java.time.Instant;

/**
 * A signal that has arrived.
 *
 * @param signal which
 * @param code where it comes from: si_code of sigaction(2), {@link #USER} and the others
 * @param pid the sender's process, as this process sees it; for CHLD the child
 * @param uid the sender's real user; like the pid of a queued signal it is what the sender says
 * @param value the payload, 0 without one; for CHLD the child's exit status, or the signal that changed it
 * @param time when it was read
 */
public record ReceivedSignal(Signal signal, int code, int pid, int uid, int value, Instant time) {
    /** A code: kill(2). */
    public static final int USER = 0;

    /** A code: sent with a payload. */
    public static final int QUEUE = -1;

    /** A code: a timer of timer_create(2). */
    public static final int TIMER = -2;

    /** A code: sent to one thread, without a payload. */
    public static final int THREAD = -6;

    /** A code: the kernel itself. */
    public static final int KERNEL = 0x80;
}
