package dev.strait.internal;

import dev.strait.Outcome;
import java.util.concurrent.locks.LockSupport;

/**
 * The wait of a virtual thread. It begins in native code, where from then on it has its place in line, and the thread keeps
 * its carrier for no longer than that: it looks a few times and yields in between, as the policy says, and then parks. From
 * there on the pending is the {@link Caretaker}'s, which alone looks at it and ends it. Who gives up, in time or by an
 * interrupt, asks it to, and waits for the answer, which may still be that what was wanted has been taken.
 */
final class Pending {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final int LOOKS_PER_PAUSE = 64; // some 20 us

    final long handle;
    private final Thread thread = Thread.currentThread();
    private final long start = System.nanoTime();
    private final long timeoutNs;
    private final boolean interruptible;
    /** The reason to give up, 0 for none; the caretaker's to read under its lock. */
    private int reason;

    private int result;
    private volatile boolean over;

    private Pending(long handle, long timeoutNs, boolean interruptible) {
        this.handle = handle;
        this.timeoutNs = timeoutNs;
        this.interruptible = interruptible;
    }

    static int await(Waiting.Call call, long spinNs, long timeoutNs, boolean interruptible) {
        long begun = call.begin();
        if (begun < 0) {
            return (int) begun;
        }
        return call.finish(new Pending(begun, timeoutNs, interruptible).await(spinNs));
    }

    private int await(long spinNs) {
        long looked = PendingNative.poll(handle);
        int why = reasonToGiveUp();
        for (int looks = 1; looked == PendingNative.NOT_YET && why == 0 && hasTime(spinNs); looks++) {
            giveWay(looks);
            looked = PendingNative.poll(handle);
            why = reasonToGiveUp();
        }
        if (looked != PendingNative.NOT_YET) {
            return (int) looked;
        }
        return why != 0 ? PendingNative.cancel(handle, why) : park();
    }

    /** A yield alone keeps those waiting for their carrier whom another one has started. */
    @SuppressWarnings("ThreadPriorityCheck")
    private static void giveWay(int looks) {
        if (looks % LOOKS_PER_PAUSE == 0) {
            LockSupport.parkNanos(1);
        } else {
            Thread.yield();
        }
    }

    private int park() {
        boolean interrupted = !interruptible && Thread.interrupted(); // with that no park would last
        try {
            Caretaker.take(this);
        } catch (Throwable e) { // no memory for its thread
            PendingNative.cancel(handle, Outcome.TIMED_OUT);
            throw e;
        }
        while (!over) {
            int why = reason == 0 ? reasonToGiveUp() : 0;
            if (why != 0) {
                reason = why;
                Caretaker.take(this);
            }
            if (reason != 0 || !interruptible) {
                interrupted |= Thread.interrupted();
            }
            parkOnce();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return result;
    }

    private void parkOnce() {
        if (over) {
            return;
        }
        if (reason != 0 || timeoutNs == FOREVER) {
            LockSupport.park(this);
        } else {
            LockSupport.parkNanos(this, timeoutNs - elapsedNs());
        }
    }

    /** What a wait answers that ends now, or 0. */
    private int reasonToGiveUp() {
        if (interruptible && thread.isInterrupted()) {
            return -Waiting.EINTR;
        }
        return hasTime(timeoutNs) ? 0 : Outcome.TIMED_OUT;
    }

    private boolean hasTime(long ns) {
        return ns == FOREVER || elapsedNs() < ns;
    }

    private long elapsedNs() {
        return System.nanoTime() - start;
    }

    int reason() {
        return reason;
    }

    boolean isOver() {
        return over;
    }

    /** The caretaker's answer. */
    void finish(int answer) {
        result = answer;
        over = true;
        LockSupport.unpark(thread);
    }
}
