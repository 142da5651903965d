package dev.strait.internal;

import java.lang.ref.Reference;

/**
 * The one place that decides how a thread waits for a thing in shared memory. A platform thread sleeps in native code,
 * where an interrupt reaches it through a hook; a virtual thread parks, and {@link Pending} says how it is told.
 */
public abstract class Waiting {
    /** What a wait answers, negated, that an interrupt has ended. */
    public static final int EINTR = 4;

    private final InterruptHook hook = new InterruptHook() {
        @Override
        public InterruptHook wakeup() {
            try {
                interrupt();
            } finally {
                Reference.reachabilityFence(Waiting.this); // JDK 25 may call this when the wait is over
            }
            return this;
        }
    };

    /** A native wait, in both forms. */
    public interface Call {
        /**
         * Waits.
         *
         * @param interrupts what {@link Waiting#interrupts} counted before
         * @param spinNs how long it looks before it sleeps
         * @param timeoutNs for how long at most
         * @return 0 or a positive number, an outcome, or a negated errno
         */
        int await(int interrupts, long spinNs, long timeoutNs);

        /**
         * Begins to wait, and stands in line if there is one.
         *
         * @return the address of a struct strait_pending; or, below 0, in its lower half what {@link #await} shall return
         */
        long begin();

        /**
         * What is left to be done after a wait that has begun is over.
         *
         * @param result of that
         * @return what {@link #await} shall return
         */
        default int finish(int result) {
            return result;
        }
    }

    /** For one thing. */
    protected Waiting() {}

    /**
     * How often native waits for this thing were interrupted.
     *
     * @return a number for {@link Call#await}
     */
    protected abstract int interrupts();

    /** Ends the native waits for this thing with EINTR. */
    protected abstract void interrupt();

    /**
     * Waits once.
     *
     * @param call the wait
     * @param spinNs how long to look before sleeping
     * @param timeoutNs for how long at most; 0 or less looks once
     * @return what it answered; -EINTR also when another thread that waits for the thing was interrupted
     */
    public final int await(Call call, long spinNs, long timeoutNs) {
        if (VirtualThreads.isCurrent()) {
            return Pending.await(call, spinNs, timeoutNs, true);
        }
        int interrupts = interrupts();
        hook.enter();
        try {
            return call.await(interrupts, spinNs, timeoutNs);
        } finally {
            hook.leave();
        }
    }

    /**
     * Parks the calling thread, which is virtual, until a wait is over that has begun.
     *
     * @param call the wait, of which only the second form is used
     * @param timeoutNs for how long at most
     * @param interruptible whether an interrupt ends it
     * @return what it answered; -EINTR
     */
    public static int park(Call call, long timeoutNs, boolean interruptible) {
        return Pending.await(call, 0, timeoutNs, interruptible);
    }

    /**
     * Waits once, for as long as it takes, and leaves an interrupt of the calling thread for later.
     *
     * @param call the wait
     * @param spinNs how long to look before sleeping
     * @return what it answered; -EINTR when another thread that waits for the thing was interrupted
     */
    public final int awaitUninterruptibly(Call call, long spinNs) {
        return VirtualThreads.isCurrent()
                ? Pending.await(call, spinNs, Long.MAX_VALUE, false)
                : call.await(interrupts(), spinNs, Long.MAX_VALUE);
    }
}
