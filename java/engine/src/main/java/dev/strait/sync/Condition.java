package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.Waiting;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;

/**
 * Waiting, under a lock, for what another thread of any process does under that lock. Methods that
 * {@link java.util.concurrent.locks.Condition} has do the same here.
 *
 * <pre>{@code
 * while (!isThere()) {
 *     condition.await();
 * }
 * }</pre>
 *
 * <p><b>Assumptions.</b> All who use a condition at a time use it with one lock.
 *
 * <p><b>Guarantees.</b> A signal under the lock reaches one that waited before it. A wait may also end without a signal, so
 * what is waited for has to be looked at again.
 *
 * <p><b>If a process dies</b> that waits, all others wake up, so that no signal is lost. If one dies that has the lock, who
 * comes back from a wait is told like everybody who takes the lock.
 *
 * <p><b>When the segment is closed</b>, waits end without the lock, by an {@link IllegalStateException} or with CLOSED.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says; also while they get the lock again.
 *
 * <p><b>Memory effects.</b> Those of the lock.
 */
public final class Condition {
    private final Words words;
    private final Lock lock;

    /** One for each condition of an attachment, whatever locks it is used with. */
    private static final class Words extends SyncObject {
        Words(Opened opened) {
            super(opened);
        }
    }

    private Condition(Words words, Lock lock) {
        this.words = words;
        this.lock = lock;
    }

    /**
     * A condition for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @return the declaration
     * @throws IllegalArgumentException if the name is none
     */
    public static SegmentObject declare(String name) {
        return new Plain(name, SegmentObject.Kind.CONDITION);
    }

    /**
     * A condition of the lock's segment, to be used with that lock. It is closed with the segment.
     *
     * @param lock which {@link #await} gives up meanwhile
     * @param name as it was declared
     * @return the condition
     * @throws dev.strait.ErrnoException ENOENT when there is none; the message names those that there are
     * @throws IllegalArgumentException if it is another kind of object
     * @throws dev.strait.CorruptSegmentException if its entry can be none
     * @throws IllegalStateException if the segment is closed
     * @throws IOException one of these
     */
    public static Condition open(Lock lock, String name) throws IOException {
        Words words = SyncObject.open(lock.segment(), name, SegmentObject.Kind.CONDITION, Words.class, Words::new);
        return new Condition(words, lock);
    }

    /**
     * Gives the lock up, waits for a signal, and takes the lock again.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits; the lock is the caller's
     * @throws OwnerDiedException if the lock came back from one who died; it is the caller's
     * @throws NotRecoverableException if the lock does not come back
     * @throws IllegalMonitorStateException if this thread has not got the lock
     * @throws IllegalStateException if what the lock guards is to be repaired first, or the segment is closed
     */
    public void await() throws InterruptedException, OwnerDiedException {
        lock.report(await(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE));
    }

    /**
     * As {@link #await()}, for some time at most, not counting the time to get the lock again.
     *
     * @param timeout 0 or less does not wait, but gives others the lock if they want it
     * @param unit of the timeout
     * @return false when the time has passed; the lock is the caller's either way
     * @throws InterruptedException as {@link #await()}
     * @throws OwnerDiedException as {@link #await()}
     */
    @CheckReturnValue
    public boolean await(long timeout, TimeUnit unit) throws InterruptedException, OwnerDiedException {
        return lock.report(await(WaitPolicy.SPIN_THEN_SLEEP, unit.toNanos(timeout)));
    }

    /**
     * As {@link #await()}, with a choice of how to wait and for how long, and without exceptions for what can happen to the
     * lock.
     *
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever
     * @return 0, TIMED_OUT, or in place of these OWNER_DIED: the lock is the caller's. NOT_RECOVERABLE or CLOSED: it is not
     * @throws InterruptedException if the thread is interrupted before or while it waits; the lock is the caller's
     * @throws IllegalMonitorStateException if this thread has not got the lock
     * @throws IllegalStateException if what the lock guards is to be repaired first
     */
    @CheckReturnValue
    public int await(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        begin();
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        lock.letGo();
        int result = returned(words.awaitOnce(new Wait(policy), policy.spinNs(), timeoutNs));
        if (result == -SyncObject.EINTR) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return 0; // another thread's interrupt; we may wake up without a signal
        }
        return result;
    }

    /**
     * As {@link #await()}, but an interrupt does not end the wait; the thread stays interrupted.
     *
     * @throws OwnerDiedException as {@link #await()}
     */
    public void awaitUninterruptibly() throws OwnerDiedException {
        begin();
        lock.letGo();
        WaitPolicy policy = WaitPolicy.SPIN_THEN_SLEEP;
        int result = returned(words.awaitOnceUninterruptibly(new Wait(policy), policy.spinNs()));
        lock.report(result == -SyncObject.EINTR ? 0 : result);
    }

    /**
     * Wakes the one that has waited longest, if anybody waits.
     *
     * @throws IllegalMonitorStateException if this thread has not got the lock
     * @throws IllegalStateException if the segment is closed
     */
    public void signal() {
        signal(false);
    }

    /**
     * Wakes all that wait.
     *
     * @throws IllegalMonitorStateException if this thread has not got the lock
     * @throws IllegalStateException if the segment is closed
     */
    public void signalAll() {
        signal(true);
    }

    private void begin() {
        lock.ensureHeld();
        if (lock.isToBeRepaired()) {
            throw new IllegalStateException(lock + ": what it guards is to be repaired before one waits");
        }
    }

    /** Native code takes the lock again itself when a platform thread waits. */
    private final class Wait implements Waiting.Call {
        private final WaitPolicy policy;

        Wait(WaitPolicy policy) {
            this.policy = policy;
        }

        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            try {
                return SyncNative.await(words.handle, lock.handle, interrupts, spinNs, timeoutNs);
            } finally {
                Reference.reachabilityFence(lock);
            }
        }

        @Override
        public long begin() {
            try {
                long begun = SyncNative.beginAwait(words.handle, lock.handle);
                int answer = (int) begun;
                if (begun < 0 && Failure.isErrno(answer)) {
                    lock.taken(0); // it was not given up
                }
                return begun;
            } finally {
                Reference.reachabilityFence(lock);
            }
        }

        @Override
        public int finish(int result) {
            int taken = lock.awaitUninterruptibly(lock.taking, policy);
            return taken == 0 ? result : taken;
        }
    }

    /** Sees whether the lock came back. */
    private int returned(int result) {
        return switch (result) {
            case 0, Outcome.OWNER_DIED, Outcome.NOT_RECOVERABLE, Outcome.CLOSED -> lock.taken(result);
            case Outcome.TIMED_OUT, -SyncObject.EINTR -> {
                lock.taken(0);
                yield result;
            }
            // Another stored an owner word that we did not.
            case -SyncObject.EPERM, -SyncObject.EINVAL -> throw Failure.corruptObject(lock.toString());
            default -> words.answer(result);
        };
    }

    private void signal(boolean all) {
        lock.ensureHeld();
        if (words.isClosed()) {
            throw words.closedException();
        }
        try {
            SyncNative.signal(words.handle, all);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** For tests: whether a participant waits. */
    boolean hasWaiters() {
        return (long) SyncObject.WORD.getVolatile(words.words, SyncLayout.CONDITION_WAITERS) != 0;
    }

    /**
     * For messages.
     *
     * @return its segment's path, and its name
     */
    @Override
    public String toString() {
        return words.toString().replaceFirst("^Words", "Condition");
    }
}
