package dev.strait;

import java.lang.annotation.Native;

/**
 * What a call on the engine's own objects can answer when nothing failed but there is something to know.
 *
 * <p>These are plain {@code int} values, so that the hot path neither allocates nor throws. A call that can also return
 * a count or an offset returns it as 0 or a positive number; all outcomes but {@link #EMPTY} and {@link #READY} are
 * negative. The C header {@code strait/outcome.h} has the same words with the same numbers.
 */
public final class Outcome {
    /** There is no message, and the writer has neither closed nor died. */
    @Native
    public static final int EMPTY = 0;

    /** What was waited for is there. */
    @Native
    public static final int READY = 1;

    /** The lane has no room for this message now. */
    @Native
    public static final int FULL = -4097;

    /** The peer closed in order. Said once for each time that a peer closes. */
    @Native
    public static final int END = -4098;

    /** The peer's process is gone without having closed. */
    @Native
    public static final int PEER_DIED = -4099;

    /** This handle was closed, here or by another thread. */
    @Native
    public static final int CLOSED = -4100;

    /** The time given has passed. */
    @Native
    public static final int TIMED_OUT = -4101;

    /** The lock is the caller's, and the one who had it before died: repair what it guards, and say so. */
    @Native
    public static final int OWNER_DIED = -4102;

    /** What the lock guards was given up unrepaired: nobody gets it again. */
    @Native
    public static final int NOT_RECOVERABLE = -4103;

    /** The barrier is broken: a party died, or stopped waiting. It can be reset. */
    @Native
    public static final int BROKEN = -4104;

    private Outcome() {}

    /**
     * The name of an outcome, for messages.
     *
     * @param outcome what a call returned
     * @return {@code "FULL"} for instance; for a number that is no outcome, the number
     */
    public static String toString(int outcome) {
        return switch (outcome) {
            case EMPTY -> "EMPTY";
            case READY -> "READY";
            case FULL -> "FULL";
            case END -> "END";
            case PEER_DIED -> "PEER_DIED";
            case CLOSED -> "CLOSED";
            case TIMED_OUT -> "TIMED_OUT";
            case OWNER_DIED -> "OWNER_DIED";
            case NOT_RECOVERABLE -> "NOT_RECOVERABLE";
            case BROKEN -> "BROKEN";
            default -> Integer.toString(outcome);
        };
    }
}
