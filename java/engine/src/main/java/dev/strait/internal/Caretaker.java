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

    private final long pendings;
    private final Queue<Pending> given = new ArrayDeque<>();
    private final Map<Long, Pending> kept = new HashMap<>();
    private final int[] result = new int[1];

    private Caretaker() {
        pendings = PendingNative.create();
        if (Failure.isErrno(pendings)) {
            throw new OutOfMemoryError("pendings");
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
                PendingNative.wake(running.pendings);
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
            PendingNative.free(caretaker.pendings);
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
            int count = PendingNative.await(pendings, IDLE_NS);
            if (Failure.isErrno(count)) {
                failAll(count);
            } else if (count > 0) {
                finishAll();
            }
        }
        PendingNative.free(pendings);
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
            pending.finish(PendingNative.remove(pendings, pending.handle, pending.reason()));
        } else if (PendingNative.add(pendings, pending.handle) < 0) {
            pending.finish(PendingNative.cancel(pending.handle, -ENOMEM));
        } else {
            kept.put(pending.handle, pending);
        }
    }

    private void finishAll() {
        for (long handle = PendingNative.fetch(pendings, result);
                handle != 0;
                handle = PendingNative.fetch(pendings, result)) {
            kept.remove(handle).finish(result[0]);
        }
    }

    private void failAll(int errno) {
        kept.forEach((handle, pending) -> pending.finish(PendingNative.remove(pendings, handle, errno)));
        kept.clear();
    }
}
