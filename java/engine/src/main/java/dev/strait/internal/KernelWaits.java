package dev.strait.internal;

import dev.strait.Outcome;

/**
 * Calls on a kernel object that wait in the kernel and have no descriptor to be polled. An interrupt of the thread, and
 * closing the Java object, end them by a signal that the engine has reserved for it.
 */
public final class KernelWaits {
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
        return VirtualThreads.isCurrent() ? VirtualThreads.await(() -> awaitHere(call)) : awaitHere(call);
    }

    private long awaitHere(Call call) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            Waker spare = usage.takeSpare();
            Kick kick = spare == null ? new Kick() : (Kick) spare;
            try {
                return repeat(call, kick);
            } finally {
                usage.giveBack(kick);
            }
        } finally {
            usage.leave();
        }
    }

    private long repeat(Call call, Kick kick) {
        usage.add(kick);
        try {
            long armed = kick.arm();
            kick.hook.enter();
            try {
                long result = armed < 0 ? armed : once(call, armed);
                while (result == -Waiting.EINTR && !isToEnd()) {
                    result = once(call, kick.arm());
                }
                return result == -Waiting.EINTR && usage.isClosed() ? Outcome.CLOSED : result;
            } finally {
                kick.hook.leave();
            }
        } finally {
            usage.remove(kick);
        }
    }

    /** The kick was armed before this looks: what comes later ends the call. */
    private long once(Call call, long armed) {
        return isToEnd() ? -Waiting.EINTR : call.run(armed);
    }

    private boolean isToEnd() {
        return usage.isClosed() || Thread.currentThread().isInterrupted();
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
