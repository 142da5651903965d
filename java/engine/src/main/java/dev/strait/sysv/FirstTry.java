package dev.strait.sysv;

import dev.strait.internal.VirtualThreads;

/**
 * Whether a call that may wait is first made so that it does not. Where it need not wait this is the cheaper way: a wait costs
 * some 100 ns to begin, be it over at once. Where it has to wait the first call was in vain, some 250 ns; so who has waited
 * goes straight into the next few waits.
 */
final class FirstTry {
    private static final int SKIPPED = 7;

    /** Threads that race for it are none the worse. */
    private int toSkip;

    /** A virtual thread always tries, as its waits cost a thread; so does who is interrupted and will not wait. */
    boolean isWorthIt() {
        return toSkip == 0 || Thread.currentThread().isInterrupted() || VirtualThreads.isCurrent();
    }

    /** A wait begins. */
    void waits() {
        int skips = toSkip;
        toSkip = skips == 0 ? SKIPPED : skips - 1;
    }
}
