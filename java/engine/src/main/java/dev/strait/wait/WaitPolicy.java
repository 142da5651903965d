package dev.strait.wait;

/**
 * How a waiting call waits: for how long it looks again and again before it sleeps.
 *
 * <p>Looking is the fastest way to notice, and uses a core. Sleeping uses none, and a wake-up takes the kernel some tens
 * of microseconds. A process that has one usable processor, by affinity or by the quota of its control group, does not
 * look before it sleeps: the peer could not run meanwhile.
 *
 * <p>A virtual thread (JDK 21) keeps its carrier for neither. Between two looks it yields, or parks for some microseconds,
 * so that others go on; where a platform thread would sleep it parks, and one daemon thread of the engine,
 * "strait-waiter", sleeps for all that do. That begins with the first of them and ends some seconds after the last. A wait
 * that is over when its time passes, or when its thread is interrupted, is not undone: the thread gets what it waited for,
 * and stays interrupted. Opening and closing do not keep the carrier either.
 */
public final class WaitPolicy {
    private static final long FOREVER = Long.MAX_VALUE;

    /** Sleeps at once: for those who wait for long, and for tests. */
    public static final WaitPolicy SLEEP = new WaitPolicy(0);

    /** Looks for 20 microseconds, then sleeps: about what a wake-up costs, so that it at most doubles the wait. */
    public static final WaitPolicy SPIN_THEN_SLEEP = new WaitPolicy(20_000);

    /** Never sleeps, and uses a core all the time, a virtual thread most of it. The only policy on a ring that is spin-only. */
    public static final WaitPolicy SPIN = new WaitPolicy(FOREVER);

    private final long spinNs;

    private WaitPolicy(long spinNs) {
        this.spinNs = spinNs;
    }

    /**
     * Looks for a given time, then sleeps.
     *
     * @param spinNs nanoseconds, 0 or more
     * @return the policy
     * @throws IllegalArgumentException if the time is negative
     */
    public static WaitPolicy spinThenSleep(long spinNs) {
        if (spinNs < 0) {
            throw new IllegalArgumentException("spinNs " + spinNs + ": must be 0 or more nanoseconds");
        }
        return new WaitPolicy(spinNs);
    }

    /**
     * How long it looks before it sleeps.
     *
     * @return nanoseconds; {@link Long#MAX_VALUE} when it never sleeps
     */
    public long spinNs() {
        return spinNs;
    }

    /**
     * Whether it ever sleeps.
     *
     * @return false for {@link #SPIN}
     */
    public boolean sleeps() {
        return spinNs != FOREVER;
    }
}
