package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.Waiting;
import dev.strait.internal.WatchAccess;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;

/**
 * A lock between the threads of all processes. Methods that {@link java.util.concurrent.locks.ReentrantLock} has do the same
 * here, but that this lock is <em>not</em> reentrant and that its owner may die.
 *
 * <pre>{@code
 * try {
 *     lock.lock();
 * } catch (OwnerDiedException e) {
 *     repair();
 *     lock.repaired();
 * }
 * try {
 *     update();
 * } finally {
 *     lock.unlock();
 * }
 * }</pre>
 *
 * <p><b>Assumptions.</b> None: all methods may be called by any thread, also while another closes the segment.
 *
 * <p><b>Guarantees.</b> One thread of one process has the lock. A newcomer may be faster than one that waits; of those that
 * wait the first in line is woken.
 *
 * <p><b>Progress.</b> Without contention lock and unlock are one compare-and-swap each, allocate nothing, and call neither
 * native code nor the kernel. Whoever waits sleeps. A process that is stopped (SIGSTOP) keeps its lock.
 *
 * <p><b>If a process dies</b> that has the lock, or closes its segment with it, exactly one next owner is told, by an
 * {@link OwnerDiedException}, or OWNER_DIED. It repairs what the lock guards and says so, {@link #repaired}; if it gives the
 * lock up without, the lock is not recoverable for ever. If it dies, the next one is told.
 *
 * <p><b>When the segment is closed</b>, waits end, and methods throw {@link IllegalStateException}; the one with a
 * {@link WaitPolicy} returns CLOSED. In this process the lock excludes nobody then.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says, and stand in line with all others. One that has
 * the lock may park, and may go on in another carrier.
 *
 * <p><b>Memory effects.</b> What happened before an unlock happens before what follows the lock after it.
 */
public final class Lock extends SyncObject {
    /**
     * Which thread of this process has it. A thread finds itself here when it stored that itself, so no order is needed, and
     * none is had.
     */
    private Thread holder;

    /** The owner word as the holder stored it; the holder's. */
    private long owner;

    final Waiting.Call taking = new Waiting.Call() {
        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            return SyncNative.lock(handle, interrupts, spinNs, timeoutNs);
        }

        @Override
        public long begin() {
            return SyncNative.beginLock(handle);
        }
    };

    Lock(Opened opened) {
        super(opened);
    }

    /**
     * A lock for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @return the declaration
     * @throws IllegalArgumentException if the name is none
     */
    public static SegmentObject declare(String name) {
        return new Plain(name, SegmentObject.Kind.LOCK);
    }

    /**
     * The segment's lock of that name: always the same object of an attachment. It is closed with its segment.
     *
     * @param segment a plain segment, or a ring's
     * @param name as it was declared
     * @return the lock
     * @throws dev.strait.ErrnoException ENOENT when there is none; the message names those that there are
     * @throws IllegalArgumentException if it is another kind of object
     * @throws dev.strait.CorruptSegmentException if its entry can be none
     * @throws IllegalStateException if the segment is closed
     * @throws IOException one of these
     */
    public static Lock open(Segment segment, String name) throws IOException {
        return open(segment, name, SegmentObject.Kind.LOCK, Lock.class, Lock::new);
    }

    // ---- Locking -----------------------------------------------------------------------------------------------

    /**
     * Takes the lock, and waits for it; an interrupt does not end the wait, and the thread stays interrupted.
     *
     * @throws OwnerDiedException if who had it before died; the lock is the caller's
     * @throws NotRecoverableException if nobody gets it any more
     * @throws IllegalStateException if this thread has it already, or the segment is closed
     */
    public void lock() throws OwnerDiedException {
        int outcome = attempt();
        if (outcome == NOT_NOW) {
            outcome = taken(awaitUninterruptibly(taking, WaitPolicy.SPIN_THEN_SLEEP));
        }
        report(outcome);
    }

    /**
     * Takes the lock, and waits for it.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; the lock is not the caller's
     * @throws OwnerDiedException if who had it before died; the lock is the caller's
     * @throws NotRecoverableException if nobody gets it any more
     * @throws IllegalStateException if this thread has it already, or the segment is closed
     */
    public void lockInterruptibly() throws InterruptedException, OwnerDiedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        report(lock(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE));
    }

    /**
     * Takes the lock, with a choice of how to wait and for how long, and without exceptions for what can happen to a lock.
     *
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds: 0 or less does not wait; {@link Long#MAX_VALUE} for ever
     * @return 0, or OWNER_DIED: the lock is the caller's. TIMED_OUT, NOT_RECOVERABLE or CLOSED: it is not
     * @throws InterruptedException if the thread has to wait, and was interrupted before or is meanwhile
     * @throws IllegalStateException if this thread has it already
     */
    @CheckReturnValue
    public int lock(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        int outcome = attempt();
        if (outcome != NOT_NOW) {
            return outcome;
        }
        return timeoutNs <= 0 ? Outcome.TIMED_OUT : taken(await(taking, policy, timeoutNs));
    }

    /**
     * Takes the lock if it is free, whoever waits for it.
     *
     * @return whether it is the caller's
     * @throws OwnerDiedException if who had it before died; the lock is the caller's
     * @throws NotRecoverableException if nobody gets it any more
     * @throws IllegalStateException if this thread has it already, or the segment is closed
     */
    @CheckReturnValue
    public boolean tryLock() throws OwnerDiedException {
        int outcome = attempt();
        return outcome != NOT_NOW && report(outcome);
    }

    /**
     * As {@link #lockInterruptibly}, for some time at most.
     *
     * @param timeout 0 or less does not wait
     * @param unit of the timeout
     * @return whether it is the caller's
     * @throws InterruptedException if the thread is interrupted before or while it waits; the lock is not the caller's
     * @throws OwnerDiedException if who had it before died; the lock is the caller's
     * @throws NotRecoverableException if nobody gets it any more
     * @throws IllegalStateException if this thread has it already, or the segment is closed
     */
    @CheckReturnValue
    public boolean tryLock(long timeout, TimeUnit unit) throws InterruptedException, OwnerDiedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return report(lock(WaitPolicy.SPIN_THEN_SLEEP, unit.toNanos(timeout)));
    }

    /** take in lock.c: 0, OWNER_DIED, NOT_RECOVERABLE, CLOSED or NOT_NOW. */
    private int attempt() {
        if (isHeldByCurrentThread()) {
            throw new IllegalStateException(this + ": this thread has it already, and it is not reentrant");
        }
        for (; ; ) {
            long previous = words.getLong(SyncLayout.WORD);
            // ORDER: the word before the look whether it is closed. PAIRS WITH retire.
            VarHandle.acquireFence();
            if (isClosed()) {
                return Outcome.CLOSED;
            }
            int state = SyncLayout.ownerState(previous);
            if (state == SyncLayout.OWNER_LOST) {
                return Outcome.NOT_RECOVERABLE;
            }
            if (SyncLayout.isHeld(state)) {
                return NOT_NOW;
            }
            boolean died = state == SyncLayout.OWNER_DEAD;
            long ours = SyncLayout.own(someOwn, previous, died ? SyncLayout.OWNER_REPAIRING : SyncLayout.OWNER_LIVE);
            // race point: lock_seen
            // ORDER: the word before what the lock guards. PAIRS WITH unlock, and strait_lock_give.
            if (WORD.compareAndSet(words, SyncLayout.WORD, previous, ours)) {
                // kill point: lock_taken
                return confirm(ours, died);
            }
        }
    }

    /** Closed since, the lock is about to be taken from us, or was, if it is one at all and not zeros. */
    private int confirm(long ours, boolean died) {
        if (isClosed()) {
            int before = died ? SyncLayout.OWNER_DEAD : SyncLayout.OWNER_ENDED;
            WORD.compareAndSet(words, SyncLayout.WORD, ours, SyncLayout.inState(ours, before));
            return Outcome.CLOSED;
        }
        // race point: lock_confirmed
        hold(ours);
        return died ? Outcome.OWNER_DIED : 0;
    }

    /**
     * Makes those fail who looked at the word before the lock was closed and would take it when we have left, for ever: from
     * here on it is another word, and those who look anew find the lock closed. Nobody who takes it or gives it up stores a
     * word that was there before.
     */
    @Override
    void retire() {
        long previous;
        long next;
        do {
            // ORDER: closed before the look at the word: when somebody has it, who sees it given up sees closed too.
            // PAIRS
            // WITH attempt.
            previous = (long) WORD.getVolatile(words, SyncLayout.WORD);
            int state = SyncLayout.ownerState(previous);
            if (SyncLayout.isHeld(state)) {
                return; // when it is ours it is taken from us as we leave
            }
            next = SyncLayout.own(previous, previous, state);
            // ORDER: closed before the change of the word. PAIRS WITH attempt.
        } while (!WORD.compareAndSet(words, SyncLayout.WORD, previous, next));
    }

    private void hold(long ours) {
        owner = ours;
        holder = Thread.currentThread();
    }

    /** After native code has taken it for us, if it has. */
    final int taken(int outcome) {
        if (outcome == 0 || outcome == Outcome.OWNER_DIED) {
            hold((long) WORD.getOpaque(words, SyncLayout.WORD));
        }
        return outcome;
    }

    /** For those who get exceptions: whether the lock is theirs. */
    final boolean report(int outcome) throws OwnerDiedException {
        return switch (outcome) {
            case 0 -> true;
            case Outcome.TIMED_OUT -> false;
            case Outcome.OWNER_DIED -> throw new OwnerDiedException(this);
            case Outcome.NOT_RECOVERABLE -> throw new NotRecoverableException(this);
            default -> throw unexpected(outcome);
        };
    }

    // ---- Having it ---------------------------------------------------------------------------------------------

    /**
     * Gives the lock up. After OWNER_DIED without {@link #repaired} nobody gets it any more.
     *
     * @throws IllegalMonitorStateException if this thread has not got it
     * @throws IllegalStateException if the segment was closed meanwhile: then the next owner is told that the last one died
     */
    public void unlock() {
        ensureHeld();
        long held = owner;
        if (SyncLayout.ownerState(held) == SyncLayout.OWNER_REPAIRING) {
            letGo();
            unlockNative();
            return;
        }
        letGo();
        // kill point: lock_before_release
        // ORDER: what was done under the lock before the word. A closer may have given the lock to another already, so
        // not
        // just a store. PAIRS WITH attempt.
        boolean released =
                WORD.compareAndSet(words, SyncLayout.WORD, held, SyncLayout.inState(held, SyncLayout.OWNER_ENDED));
        if (!released) {
            throw isClosed() ? closedException() : Failure.corruptObject(toString());
        }
        // kill point: lock_released
        released();
    }

    /** Unrepaired: everybody is told. */
    private void unlockNative() {
        try {
            int result = answer(SyncNative.unlock(handle));
            if (result != 0) {
                throw unexpected(result);
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Says that what the lock guards is whole again, after OWNER_DIED. The lock stays the caller's.
     *
     * @throws IllegalMonitorStateException if this thread has not got it
     * @throws IllegalStateException if there was nothing to repair, or the segment is closed
     */
    public void repaired() {
        ensureHeld();
        long held = owner;
        if (SyncLayout.ownerState(held) != SyncLayout.OWNER_REPAIRING) {
            throw new IllegalStateException(this + ": there is nothing to repair");
        }
        long whole = SyncLayout.inState(held, SyncLayout.OWNER_LIVE);
        if (!WORD.compareAndSet(words, SyncLayout.WORD, held, whole)) {
            throw isClosed() ? closedException() : Failure.corruptObject(toString());
        }
        owner = whole;
        // kill point: lock_repaired
    }

    /**
     * Whether the calling thread has it.
     *
     * @return also true when the segment was closed since
     */
    public boolean isHeldByCurrentThread() {
        return holder == Thread.currentThread();
    }

    /**
     * Whether somebody has it: a thread of any process, which may be dead.
     *
     * @return false when the segment is closed
     */
    public boolean isLocked() {
        int state = SyncLayout.ownerState((long) WORD.getVolatile(words, SyncLayout.WORD));
        return !isClosed() && SyncLayout.isHeld(state);
    }

    /**
     * How many wait: each process counts once, and this one once for each of its threads.
     *
     * @return 0 or more; 0 when the segment is closed
     */
    public int getQueueLength() {
        return queued();
    }

    /**
     * Whether anybody waits.
     *
     * @return false also when the segment is closed
     */
    public boolean hasQueuedThreads() {
        return getQueueLength() > 0;
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when it is free, OWNER_DIED when its owner died, NOT_RECOVERABLE, CLOSED.
     *
     * @return what can be watched
     */
    public Watchable whenAvailable() {
        return WatchAccess.get().watchable(this, set -> SyncNative.watchLock(handle, set));
    }

    final void ensureHeld() {
        if (!isHeldByCurrentThread()) {
            throw new IllegalMonitorStateException(this + ": this thread has not got it");
        }
    }

    /** Whether {@link #repaired} is to be said; the holder's question. */
    final boolean isToBeRepaired() {
        return SyncLayout.ownerState(owner) == SyncLayout.OWNER_REPAIRING;
    }

    /** For the holder, before the word is changed. */
    final void letGo() {
        holder = null;
    }
}
