package dev.strait.internal;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one platform thread that waits for all virtual threads. It begins with the first that parks, and ends when there was
 * none for some seconds: so it neither comes and goes with each wait nor keeps a class loader that is done with.
 *
 * <p>All that happens to a pending once it is here happens in this thread, so nothing races.
 */
final class Caretaker implements Runnable {
    private static final long IDLE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int ENOMEM = 12;

    /** Of the running one, and of what it was given. */
    private static final ReentrantLock LOCK = new ReentrantLock();

    private static Caretaker running;

    private final long set;
    private final Queue<Pending> given = new ArrayDeque<>();
    private final Map<Long, Pending> kept = new HashMap<>();
    private final int[] result = new int[1];

    private Caretaker() {
        set = PendingNative.create();
        if (Failure.isErrno(set)) {
            throw new OutOfMemoryError("wait set");
        }
    }

    /** Looks after a pending, or one that was taken before and wants to give up. */
    static void take(Pending pending) {
        LOCK.lock();
        try {
            if (running == null) {
                running = begin();
            }
            if (running.given.isEmpty()) {
                PendingNative.wake(running.set);
            }
            running.given.add(pending);
        } finally {
            LOCK.unlock();
        }
    }

    private static Caretaker begin() {
        Caretaker caretaker = new Caretaker();
        try {
            VirtualThreads.start(caretaker, "strait-waiter");
            return caretaker;
        } catch (Throwable e) { // no memory for a thread
            PendingNative.free(caretaker.set);
            throw e;
        }
    }

    @Override
    public void run() {
        long idleSince = System.nanoTime();
        while (!kept.isEmpty() || System.nanoTime() - idleSince < IDLE_NS || !retire()) {
            acceptAll();
            if (!kept.isEmpty()) {
                idleSince = System.nanoTime();
            }
            int count = PendingNative.await(set, IDLE_NS);
            finishAll();
            if (Failure.isErrno(count)) {
                failAll(count);
            }
        }
        PendingNative.free(set);
    }

    /** Whether this thread may end: who comes from here on starts another. */
    private boolean retire() {
        LOCK.lock();
        try {
            if (!given.isEmpty()) {
                return false;
            }
            running = null;
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    private void acceptAll() {
        for (Pending pending = nextGiven(); pending != null; pending = nextGiven()) {
            accept(pending);
        }
    }

    private Pending nextGiven() {
        LOCK.lock();
        try {
            return given.poll();
        } finally {
            LOCK.unlock();
        }
    }

    private void accept(Pending pending) {
        if (pending.isOver()) {
            return; // before it gave up
        }
        if (kept.remove(pending.handle) != null) {
            pending.finish(PendingNative.remove(set, pending.handle, pending.reason()));
        } else if (PendingNative.add(set, pending.handle) < 0) {
            pending.finish(PendingNative.cancel(pending.handle, -ENOMEM));
        } else {
            kept.put(pending.handle, pending);
        }
    }

    private void finishAll() {
        for (long handle = PendingNative.fetch(set, result); handle != 0; handle = PendingNative.fetch(set, result)) {
            kept.remove(handle).finish(result[0]);
        }
    }

    private void failAll(int errno) {
        kept.forEach((handle, pending) -> pending.finish(PendingNative.remove(set, handle, errno)));
        kept.clear();
    }
}
