package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.VirtualThreads;
import dev.strait.internal.Waiting;
import dev.strait.internal.WatchAccess;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.lang.ref.Reference;
import java.util.concurrent.TimeUnit;

/**
 * A semaphore between processes: a number of permits that threads of any process acquire and release. Methods that
 * {@link java.util.concurrent.Semaphore} has do the same here.
 *
 * <pre>{@code
 * Semaphore items = Semaphore.open(segment, "items");
 * items.acquire();
 * }</pre>
 *
 * <p>The plain one is the textbook's: who releases need not be who acquired, and what a process held when it died is gone
 * with it. A {@link Declaration#recoverable recoverable} one counts what each attachment holds, and has it back when that
 * dies or is closed; so only those release who have acquired, and its permits are there from the start.
 *
 * <p><b>Assumptions.</b> None: all methods may be called by any thread, also while another closes the segment.
 *
 * <p><b>Guarantees.</b> Permits are neither lost nor doubled. Who is first in line gets his before who comes later, however
 * many he wants, and {@code tryAcquire} stands in nobody's way either; unless the creator chose
 * {@link Declaration#overtaking}.
 *
 * <p><b>Progress.</b> While nobody waits, acquire of a plain semaphore is one compare-and-swap and release one addition;
 * they allocate nothing, and call neither native code nor the kernel. Whoever waits sleeps.
 *
 * <p><b>If a process dies</b> that waits, it leaves the line. One that is stopped while it is first in line keeps its place.
 *
 * <p><b>When the segment is closed</b>, waits end, and all methods but the looks throw {@link IllegalStateException}; the
 * one with a {@link WaitPolicy} returns CLOSED. What an attachment holds of a plain semaphore is gone then; a release that
 * meets the close throws, and may have happened.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says, and stand in line with all others. Without
 * waiting, a recoverable semaphore may still keep their carrier for a second, when another process is stopped just where
 * {@link Declaration#recoverable} says.
 *
 * <p><b>Memory effects.</b> What happened before a release happens before what follows the acquire that it lets through.
 */
public final class Semaphore extends SyncObject {
    /** The most permits that there can be. */
    public static final int MAX_PERMITS = SyncLayout.PERMITS_MAX;

    private final boolean recoverable;
    private final boolean overtaking;

    /** A semaphore that a new segment shall have. Immutable: each method returns a changed declaration. */
    public static final class Declaration extends SegmentObject {
        private final int permits;
        private final int flags;

        private Declaration(String name, int permits, int flags) {
            super(name, Kind.SEMAPHORE, flags, permits);
            int least = (flags & SyncLayout.RECOVERABLE) != 0 ? 1 : 0;
            if (permits < least) {
                throw new IllegalArgumentException(
                        this + ": permits " + permits + ": must be " + least + " to " + MAX_PERMITS);
            }
            this.permits = permits;
            this.flags = flags;
        }

        /**
         * What a participant holds when it dies, or closes its segment, comes back. The permits are all that there ever are, 1
         * at least. Each acquire takes a lock of the semaphore's own for some ten instructions: a process that is stopped
         * (SIGSTOP) just there holds all others up until it goes on or dies.
         *
         * @return the declaration of such a semaphore
         * @throws IllegalArgumentException if the permits are 0
         */
        public Declaration recoverable() {
            return new Declaration(name(), permits, flags | SyncLayout.RECOVERABLE);
        }

        /**
         * Who comes takes what is there, whoever stands in line: faster, and may keep one that waits for many waiting.
         *
         * @return the declaration of such a semaphore
         */
        public Declaration overtaking() {
            return new Declaration(name(), permits, flags | SyncLayout.OVERTAKING);
        }
    }

    Semaphore(Opened opened) {
        super(opened);
        this.recoverable = (flags & SyncLayout.RECOVERABLE) != 0;
        this.overtaking = (flags & SyncLayout.OVERTAKING) != 0;
    }

    /**
     * A semaphore for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @param permits how many there are at first, 0 to {@link #MAX_PERMITS}
     * @return the declaration of a plain semaphore without overtaking
     * @throws IllegalArgumentException if name or permits are none
     */
    public static Declaration declare(String name, int permits) {
        return new Declaration(name, permits, 0);
    }

    /**
     * The segment's semaphore of that name: always the same object of an attachment. It is closed with its segment.
     *
     * @param segment a plain segment, or a ring's
     * @param name as it was declared
     * @return the semaphore
     * @throws dev.strait.ErrnoException ENOENT when there is none; the message names those that there are
     * @throws IllegalArgumentException if it is another kind of object
     * @throws dev.strait.CorruptSegmentException if its entry can be none
     * @throws IllegalStateException if the segment is closed
     * @throws IOException one of these
     */
    public static Semaphore open(Segment segment, String name) throws IOException {
        return open(segment, name, SegmentObject.Kind.SEMAPHORE, Semaphore.class, Semaphore::new);
    }

    // ---- Acquiring ---------------------------------------------------------------------------------------------

    /**
     * Takes a permit, and waits for one when there is none.
     *
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws IllegalStateException if the segment is closed
     */
    public void acquire() throws InterruptedException {
        acquire(1);
    }

    /**
     * Takes permits, and waits until they are there, taking none meanwhile.
     *
     * @param permits 0 to {@link #MAX_PERMITS}, or to all that a recoverable semaphore has; 0 takes none and never waits
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the segment is closed
     */
    public void acquire(int permits) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        int outcome = acquire(permits, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
        if (outcome != 0) {
            throw unexpected(outcome);
        }
    }

    /**
     * As {@link #acquire(int)}, with a choice of how to wait and for how long.
     *
     * @param permits as for {@link #acquire(int)}
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds: 0 or less does not wait; {@link Long#MAX_VALUE} for ever
     * @return 0 when they were taken; TIMED_OUT or CLOSED when not
     * @throws InterruptedException if the thread has to wait, and was interrupted before or is meanwhile
     * @throws IllegalArgumentException if the number is out of range
     */
    @CheckReturnValue
    public int acquire(int permits, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        int result = attempt(permits, timeoutNs > 0);
        if (result != NOT_NOW) {
            return result;
        }
        return timeoutNs <= 0 ? Outcome.TIMED_OUT : await(waitFor(permits), policy, timeoutNs);
    }

    /**
     * As {@link #acquire()}, but an interrupt does not end the wait; the thread stays interrupted.
     *
     * @throws IllegalStateException if the segment is closed
     */
    public void acquireUninterruptibly() {
        acquireUninterruptibly(1);
    }

    /**
     * As {@link #acquire(int)}, but an interrupt does not end the wait; the thread stays interrupted.
     *
     * @param permits as for {@link #acquire(int)}
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the segment is closed
     */
    public void acquireUninterruptibly(int permits) {
        int outcome = attempt(permits, true);
        if (outcome == NOT_NOW) {
            outcome = awaitUninterruptibly(waitFor(permits), WaitPolicy.SPIN_THEN_SLEEP);
        }
        if (outcome != 0) {
            throw unexpected(outcome);
        }
    }

    /**
     * Takes a permit if that can be done at once. Not so while somebody stands in line, unless this semaphore lets one
     * overtake: there {@link java.util.concurrent.Semaphore#tryAcquire()} differs.
     *
     * @return whether it was taken
     * @throws IllegalStateException if the segment is closed
     */
    public boolean tryAcquire() {
        return tryAcquire(1);
    }

    /**
     * Takes permits if that can be done at once, as {@link #tryAcquire()}.
     *
     * @param permits as for {@link #acquire(int)}
     * @return whether they were taken
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the segment is closed
     */
    public boolean tryAcquire(int permits) {
        return wasTaken(attempt(permits, false));
    }

    /**
     * As {@link #acquire()}, for some time at most.
     *
     * @param timeout 0 or less does not wait
     * @param unit of the timeout
     * @return whether it was taken
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws IllegalStateException if the segment is closed
     */
    public boolean tryAcquire(long timeout, TimeUnit unit) throws InterruptedException {
        return tryAcquire(1, timeout, unit);
    }

    /**
     * As {@link #acquire(int)}, for some time at most.
     *
     * @param permits as for {@link #acquire(int)}
     * @param timeout 0 or less does not wait
     * @param unit of the timeout
     * @return whether they were taken
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws IllegalArgumentException if the number is out of range
     * @throws IllegalStateException if the segment is closed
     */
    public boolean tryAcquire(int permits, long timeout, TimeUnit unit) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return wasTaken(acquire(permits, WaitPolicy.SPIN_THEN_SLEEP, unit.toNanos(timeout)));
    }

    private boolean wasTaken(int outcome) {
        if (outcome == Outcome.CLOSED) {
            throw closedException();
        }
        return outcome == 0;
    }

    private Waiting.Call waitFor(int permits) {
        return new Waiting.Call() {
            @Override
            public int await(int interrupts, long spinNs, long timeoutNs) {
                return SyncNative.acquire(handle, permits, interrupts, spinNs, timeoutNs);
            }

            @Override
            public long begin() {
                return SyncNative.beginAcquire(handle, permits);
            }
        };
    }

    /** 0, NOT_NOW or CLOSED. Who will wait need not try, where even that may have to wait. */
    private int attempt(int permits, boolean willWait) {
        checkCount(permits);
        if (isClosed()) {
            return Outcome.CLOSED;
        }
        if (permits == 0) {
            return 0;
        }
        if (!recoverable) {
            return attemptPlain(permits);
        }
        return willWait && VirtualThreads.isCurrent() ? NOT_NOW : attemptRecoverable(permits);
    }

    /**
     * take_plain in C. When the segment is closed meanwhile, it is the truth all the same that the permits were taken: there
     * are none in the zeros that take the place of its memory, but what a release has put there that the semaphore did not
     * get, and that nobody else has.
     */
    private int attemptPlain(int permits) {
        long free;
        do {
            free = words.getLong(SyncLayout.WORD);
            if (free < permits || mustStandInLine()) {
                return NOT_NOW;
            }
            // race point: semaphore_seen
            // ORDER: the permits before what they let us do. PAIRS WITH add, and release_plain.
        } while (!WORD.compareAndSet(words, SyncLayout.WORD, free, free - permits));
        // kill point: semaphore_taken
        return 0;
    }

    private boolean mustStandInLine() {
        return !overtaking && words.getLong(SyncLayout.WAITING) != 0;
    }

    private int attemptRecoverable(int permits) {
        try {
            int result = answer(SyncNative.acquire(handle, permits, 0, 0, 0));
            return result == Outcome.TIMED_OUT ? NOT_NOW : result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- Releasing ---------------------------------------------------------------------------------------------

    /**
     * Gives a permit back, or adds one.
     *
     * @throws IllegalStateException as {@link #release(int)}
     */
    public void release() {
        release(1);
    }

    /**
     * Gives permits back; of a plain semaphore also some that nobody acquired.
     *
     * @param permits 0 to {@link #MAX_PERMITS}
     * @throws IllegalArgumentException if the number is negative
     * @throws IllegalStateException if there would be more than {@link #MAX_PERMITS}, or this attachment holds fewer of a
     *     recoverable semaphore; then nothing has changed. Or if the segment is closed
     */
    public void release(int permits) {
        if (permits < 0) {
            throw new IllegalArgumentException("permits " + permits + ": must be 0 to " + MAX_PERMITS);
        }
        if (isClosed()) {
            throw closedException();
        }
        if (recoverable) {
            releaseRecoverable(permits);
            return;
        }
        if (!add(permits)) {
            throw new IllegalStateException(this + ": " + permits + " more permits would be more than " + MAX_PERMITS);
        }
        if (isClosed()) {
            throw closedException();
        }
    }

    /** release_plain in C: false when there would be too many. An addition need not wait for what a load finds. */
    private boolean add(int permits) {
        // race point: semaphore_releasing
        long free = (long) WORD.getAndAdd(words, SyncLayout.WORD, (long) permits);
        if ((free < 0 || free > MAX_PERMITS - permits) && withdraw(permits, free)) {
            return false;
        }
        // kill point: semaphore_given
        released();
        return true;
    }

    /**
     * Takes back what was too much for what there was; false when somebody has got it meanwhile, so that it was not. Of
     * permits that only a hostile peer can have stored there is never too little.
     */
    private boolean withdraw(int permits, long before) {
        long free;
        do {
            free = words.getLong(SyncLayout.WORD);
            if (before >= 0 && Long.compareUnsigned(free, permits) < 0) {
                return false;
            }
        } while (!WORD.compareAndSet(words, SyncLayout.WORD, free, free - permits));
        return true;
    }

    private void releaseRecoverable(int permits) {
        try {
            int result = SyncNative.release(handle, permits);
            if (result == Outcome.CLOSED) {
                throw closedException();
            }
            if (result != 0) {
                throw new IllegalStateException(
                        this + ": releases " + permits + " permits, and holds " + heldPermits());
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // ---- Watching ----------------------------------------------------------------------------------------------

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when a newcomer could take so many permits, CLOSED.
     *
     * @param permits 1 to {@link #MAX_PERMITS}, or to all that a recoverable semaphore has
     * @return what can be watched
     * @throws IllegalArgumentException if the number is out of range
     */
    public Watchable whenAvailable(int permits) {
        if (permits < 1) {
            throw new IllegalArgumentException("permits " + permits + ": must be 1 or more to be waited for");
        }
        checkCount(permits);
        return WatchAccess.get().watchable(this, set -> SyncNative.watchSemaphore(handle, permits, set));
    }

    // ---- Looking -----------------------------------------------------------------------------------------------

    /**
     * Takes all permits that there are, whoever stands in line.
     *
     * @return how many
     * @throws IllegalStateException if the segment is closed
     */
    public int drainPermits() {
        if (isClosed()) {
            throw closedException();
        }
        int taken = recoverable ? drainRecoverable() : drainPlain();
        // kill point: semaphore_taken
        if (taken == Outcome.CLOSED) {
            throw closedException();
        }
        return taken;
    }

    /** What is beyond the most is about to be withdrawn. */
    private int drainPlain() {
        long taken = (long) WORD.getAndSet(words, SyncLayout.WORD, 0L);
        int counted = count(taken);
        if (taken != counted) {
            WORD.getAndAdd(words, SyncLayout.WORD, taken - counted);
        }
        return counted;
    }

    private int drainRecoverable() {
        try {
            return SyncNative.drain(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * How many permits there are now.
     *
     * @return 0 or more; 0 when the segment is closed
     */
    public int availablePermits() {
        if (!recoverable) {
            return count((long) WORD.getVolatile(words, SyncLayout.WORD));
        }
        try {
            return Math.max(SyncNative.available(handle), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * How many permits of a recoverable semaphore this attachment holds.
     *
     * @return 0 or more; 0 of a plain semaphore, and when the segment is closed
     */
    public int heldPermits() {
        try {
            return Math.max(SyncNative.held(handle), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
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
     * Whether what a dead process held comes back.
     *
     * @return as its creator chose
     */
    public boolean isRecoverable() {
        return recoverable;
    }

    /**
     * Whether those who come take their turn behind those who wait.
     *
     * @return false when its creator chose {@link Declaration#overtaking}
     */
    public boolean isFair() {
        return !overtaking;
    }

    private void checkCount(int permits) {
        long most = recoverable ? value : MAX_PERMITS;
        if (permits < 0 || permits > most) {
            throw new IllegalArgumentException(this + ": permits " + permits + ": must be 0 to " + most);
        }
    }

    /** What a peer wrote may be anything. */
    private static int count(long permits) {
        return permits < 0 || permits > MAX_PERMITS ? MAX_PERMITS : (int) permits;
    }
}
