package dev.strait.internal;

import dev.strait.Outcome;

/**
 * Calls on a kernel object that wait in the kernel and have no descriptor to be polled. An interrupt of the thread, and
 * closing the Java object, end them by a signal that the engine has reserved for it.
 */
public final class KernelWaits {
    private static final long NEVER = Long.MAX_VALUE;

    private final Usage usage = new Usage(() -> {});

    /** A system call that may wait. */
    @FunctionalInterface
    public interface Call {
        /**
         * Makes it once.
         *
         * @param kick the address of a struct strait_kick, which stands around the system call
         * @return 0 or a positive number, or a negated errno
         */
        long run(long kick);
    }

    /** For one object. */
    public KernelWaits() {}

    /**
     * Makes a call, again as often as a signal ends it that is none of ours. A virtual thread parks while a thread that is
     * made for it makes the call.
     *
     * @param call which does not ask what thread it is in
     * @return what it answered; -EINTR when this thread was interrupted, and stays so; CLOSED
     */
    public long await(Call call) {
        return await(call, NEVER);
    }

    /**
     * The same for some time at most, for calls that the kernel itself gives no time.
     *
     * @param call which does not ask what thread it is in
     * @param timeoutNs for how long; {@link Long#MAX_VALUE} for ever. When it has passed already, the call is not made
     * @return what it answered; -EINTR when this thread was interrupted, and stays so; CLOSED; TIMED_OUT; -EAGAIN when the
     *     kernel has no room for a timer
     */
    public long await(Call call, long timeoutNs) {
        long deadlineNs = timeoutNs == NEVER ? NEVER : deadlineAfter(timeoutNs);
        return VirtualThreads.isCurrent()
                ? VirtualThreads.await(() -> awaitHere(call, deadlineNs))
                : awaitHere(call, deadlineNs);
    }

    private static long deadlineAfter(long timeoutNs) {
        long now = System.nanoTime();
        return timeoutNs > NEVER - now ? NEVER : now + timeoutNs;
    }

    private long awaitHere(Call call, long deadlineNs) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            Waker spare = usage.takeSpare();
            Kick kick = spare == null ? new Kick() : (Kick) spare;
            try {
                return new Wait(kick, deadlineNs).run(call);
            } finally {
                usage.giveBack(kick);
            }
        } finally {
            usage.leave();
        }
    }

    /** One wait of one thread. */
    private final class Wait {
        private final Kick kick;
        private final long deadlineNs;

        Wait(Kick kick, long deadlineNs) {
            this.kick = kick;
            this.deadlineNs = deadlineNs;
        }

        long run(Call call) {
            usage.add(kick);
            try {
                long armed = kick.arm();
                if (armed >= 0 && deadlineNs != NEVER) {
                    int timed = kick.endAt(deadlineNs);
                    armed = timed < 0 ? timed : armed;
                }
                return armed < 0 ? armed : repeat(call, armed);
            } finally {
                kick.cancel();
                usage.remove(kick);
            }
        }

        private long repeat(Call call, long armed) {
            kick.hook.enter();
            try {
                long result = once(call, armed);
                while (result == -Waiting.EINTR && reasonToEnd() == 0) {
                    result = once(call, kick.arm());
                }
                return result == -Waiting.EINTR ? reasonToEnd() : result;
            } finally {
                kick.hook.leave();
            }
        }

        /** The kick was armed before this looks: what comes later ends the call. */
        private long once(Call call, long armed) {
            return reasonToEnd() != 0 ? -Waiting.EINTR : call.run(armed);
        }

        /** 0 when there is none; one that there is stays. */
        private long reasonToEnd() {
            if (usage.isClosed()) {
                return Outcome.CLOSED;
            } else if (Thread.currentThread().isInterrupted()) {
                return -Waiting.EINTR;
            }
            return deadlineNs != NEVER && System.nanoTime() >= deadlineNs ? Outcome.TIMED_OUT : 0;
        }
    }

    /**
     * A call that does not wait.
     *
     * @param call which gets 0
     * @return what it answered; CLOSED
     */
    public long call(Call call) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            return call.run(0);
        } finally {
            usage.leave();
        }
    }

    /**
     * Ends the calls that are under way with CLOSED, and comes back when nobody is inside.
     *
     * @return whether this was the first close
     */
    public boolean close() {
        return VirtualThreads.offCarrier(() -> {
            boolean first = usage.close();
            usage.awaitFree();
            return first;
        });
    }

    /**
     * Whether it is closed.
     *
     * @return true from the beginning of the close
     */
    public boolean isClosed() {
        return usage.isClosed();
    }
}
