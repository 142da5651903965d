package dev.strait.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who is in a call on something that another thread may close. From {@link #enter} to {@link #leave} it stays as it is: a
 * close wakes those who wait in the kernel, and the last who leaves frees it. So no call ever meets a descriptor's number
 * that has been given to somebody else.
 */
public final class Usage {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Usage.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int CLOSED = Integer.MIN_VALUE;

    /** How many are inside, and CLOSED. */
    private volatile int state;

    private final Runnable free;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition isFree = lock.newCondition();
    private final List<Waker> waiting = new ArrayList<>(1);

    /** The last that was used, for the next one. */
    private Waker spare;

    private boolean freed;

    /**
     * Of something that is open.
     *
     * @param free called once, when it is closed and nobody is inside
     */
    public Usage(Runnable free) {
        this.free = free;
    }

    /**
     * Begins a call.
     *
     * @return false when it is closed, and then there is nothing to leave
     */
    public boolean enter() {
        int before = state;
        while (before >= 0 && !STATE.compareAndSet(this, before, before + 1)) {
            before = state;
        }
        return before >= 0;
    }

    /** Ends a call. */
    public void leave() {
        if ((int) STATE.getAndAdd(this, -1) == CLOSED + 1) {
            free();
        }
    }

    /**
     * Whether it is closed.
     *
     * @return true from the beginning of the close
     */
    public boolean isClosed() {
        return state < 0;
    }

    /**
     * Closes it, and wakes all who wait.
     *
     * @return whether this was the first close
     */
    public boolean close() {
        int before = (int) STATE.getAndBitwiseOr(this, CLOSED);
        if (before < 0) {
            return false;
        }
        if (before == 0) {
            free();
        } else {
            wakeAll();
        }
        return true;
    }

    /** Comes back when it is closed and free. Not by who is inside. */
    public void awaitFree() {
        lock.lock();
        try {
            while (!freed) {
                isFree.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void wakeAll() {
        lock.lock();
        try {
            waiting.forEach(Waker::wake);
        } finally {
            lock.unlock();
        }
    }

    private void free() {
        lock.lock();
        try {
            if (spare != null) {
                spare.free();
            }
            free.run();
            freed = true;
            isFree.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A wait of somebody who is inside begins: from here on a close rings the waker. He looks after this whether it is closed.
     *
     * @param waker his own
     */
    public void add(Waker waker) {
        lock.lock();
        try {
            waiting.add(waker);
        } finally {
            lock.unlock();
        }
    }

    /**
     * His wait is over.
     *
     * @param waker his own
     */
    public void remove(Waker waker) {
        lock.lock();
        try {
            waiting.remove(waker);
        } finally {
            lock.unlock();
        }
    }

    /**
     * The waker that the last wait has left behind. By who is inside.
     *
     * @return null when there is none
     */
    public Waker takeSpare() {
        lock.lock();
        try {
            Waker waker = spare;
            spare = null;
            return waker;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Keeps a waker for the next wait, or frees it. By who is inside.
     *
     * @param waker that nobody waits with
     */
    public void giveBack(Waker waker) {
        lock.lock();
        try {
            if (spare == null) {
                spare = waker;
                return;
            }
        } finally {
            lock.unlock();
        }
        waker.free();
    }
}
