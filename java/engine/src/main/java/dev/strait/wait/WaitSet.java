package dev.strait.wait;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.Lifeline;
import dev.strait.internal.VirtualThreads;
import dev.strait.internal.Waiting;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * Waits for any of several things: messages, room for them, permits, a lock, a number, the end of another process; in any
 * number of segments.
 *
 * <pre>{@code
 * WaitSet set = WaitSet.open();
 * WaitSet.Key messages = set.add(reader.whenReadable());
 * WaitSet.Key permits = set.add(semaphore.whenAvailable(1));
 * while (set.await(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE) >= 0) {
 *     if (messages.isReady()) {
 *         reader.poll(handler, 100);
 *     }
 *     if (permits.isReady() && semaphore.tryAcquire()) {
 *         ...
 *     }
 * }
 * }</pre>
 *
 * <p>What is waited for is readiness. Nothing is taken: after the wait the caller tries, and another may have been faster.
 *
 * <p><b>Assumptions.</b> One thread at a time; {@link #wakeup} and {@link #close} are for all.
 *
 * <p><b>Guarantees.</b> No event is lost: whatever is so when a wait begins, or becomes so, ends it. A reader's or writer's
 * END or PEER_DIED is told once for each peer, everything else as long as it is so. A watch of a semaphore or a lock is in
 * nobody's way: it is READY when there is something that a newcomer could take, and whoever stands in line comes first. While
 * somebody stands there, a lock or an overtaking semaphore may be told up to a second late.
 *
 * <p><b>Progress.</b> Waiting is asleep, on the doorbells of all segments, and allocates nothing. Before Linux 5.16, and for
 * more than 128 segments, it looks every 25 ms instead. A peer calls nothing for it while nobody waits.
 *
 * <p><b>If a process dies</b>, each watch tells what the blocking call would.
 *
 * <p><b>When closed</b>, a wait ends with CLOSED. When something that is watched is closed, its key says CLOSED until it is
 * cancelled.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says.
 *
 * <p><b>Memory effects.</b> What happened before something became ready happens before the end of the wait that tells so.
 */
public final class WaitSet implements AutoCloseable {
    private static final int EINTR = Waiting.EINTR;
    private static final int EBUSY = 16;
    private static final long FOREVER = Long.MAX_VALUE;

    private final long handle;
    /** Each at the index that its native watch knows; null where there is none. */
    private Key[] keys = new Key[8];

    private final BitSet used = new BitSet();
    /** Indexes and outcomes, of {@link #readyCount} keys. */
    private int[] ready = new int[2 * keys.length];

    private int readyCount;

    private final Waiting waiting = new Waiting() {
        @Override
        protected int interrupts() {
            return WaitSetNative.interrupts(handle);
        }

        @Override
        protected void interrupt() {
            WaitSetNative.interrupt(handle);
        }
    };

    private final Waiting.Call call = new Waiting.Call() {
        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            return pass(interrupts, spinNs, timeoutNs);
        }

        @Override
        public long begin() {
            return WaitSetNative.begin(handle);
        }

        @Override
        public int finish(int result) {
            return result == Outcome.READY ? look() : result;
        }
    };

    /** Something in a wait set. Used by the thread that uses the set. */
    public final class Key {
        private final Watchable watchable;
        private final int index;
        private long watch;
        private int outcome;
        private Object attachment;

        private Key(Watchable watchable, int index, long watch) {
            this.watchable = watchable;
            this.index = index;
            this.watch = watch;
        }

        /**
         * Whether the last wait found it ready.
         *
         * @return false also when it is cancelled
         */
        public boolean isReady() {
            return outcome != 0;
        }

        /**
         * What the last wait found.
         *
         * @return 0 when it is not ready; READY, END, PEER_DIED, OWNER_DIED, NOT_RECOVERABLE or CLOSED, as the method says that
         *     made what is watched; READY for a corrupt ring, whose reader or writer throws
         */
        public int outcome() {
            return outcome;
        }

        /**
         * Anything of the user's.
         *
         * @param object which; may be null
         * @return this
         */
        public Key attach(Object object) {
            attachment = object;
            return this;
        }

        /**
         * What was attached.
         *
         * @return null when nothing was
         */
        public Object attachment() {
            return attachment;
        }

        /**
         * Takes it out of the set. Nothing the second time, or when the set is closed.
         *
         * @throws IllegalStateException while a thread waits
         */
        public void cancel() {
            if (watch == 0) {
                return;
            }
            try {
                int result = WaitSetNative.remove(handle, watch);
                if (result != Outcome.CLOSED) {
                    checkUse(result);
                }
            } finally {
                Reference.reachabilityFence(WaitSet.this);
            }
            watch = 0;
            outcome = 0;
            keys[index] = null;
            used.clear(index);
        }

        /**
         * For messages.
         *
         * @return what it watches, and what the last wait found
         */
        @Override
        public String toString() {
            return "Key[" + watchable.object + ", " + (outcome == 0 ? "not ready" : Outcome.toString(outcome)) + "]";
        }
    }

    private WaitSet(long handle) {
        this.handle = handle;
    }

    /**
     * A new one, with nothing in it.
     *
     * @return the set; if nobody closes it, it is closed when it is unreachable
     */
    public static WaitSet open() {
        long handle = WaitSetNative.create();
        if (Failure.isErrno(handle)) {
            throw Failure.unchecked(handle, "malloc", "WaitSet");
        }
        WaitSet set = new WaitSet(handle);
        new Lifeline(handle, WaitSetNative::free).holdFor(set);
        return set;
    }

    /**
     * Adds something to be waited for.
     *
     * @param watchable what
     * @return its place in this set
     * @throws IllegalStateException if this is closed, or a thread waits, or what is to be watched cannot be
     */
    public Key add(Watchable watchable) {
        int index = used.nextClearBit(0);
        ensureRoom(index);
        Key key;
        try {
            long watch = watchable.adder.add(handle);
            checkUse(watch);
            WaitSetNative.setIndex(watch, index);
            key = new Key(watchable, index, watch);
        } finally {
            Reference.reachabilityFence(watchable);
            Reference.reachabilityFence(this);
        }
        keys[index] = key;
        used.set(index);
        return key;
    }

    /**
     * How many things are in it.
     *
     * @return 0 or more
     */
    public int size() {
        return used.cardinality();
    }

    /**
     * Waits until something is ready.
     *
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds: 0 or less looks once; {@link Long#MAX_VALUE} for ever
     * @return how many are ready, 1 or more; 0 after {@link #wakeup}; TIMED_OUT; CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     * @throws IllegalStateException while another thread waits
     */
    public int await(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        int result = look();
        long start = System.nanoTime();
        long leftNs = timeoutNs;
        while (result == -EINTR || (result == Outcome.TIMED_OUT && leftNs > 0)) {
            result = awaitOnce(policy.spinNs(), leftNs);
            if (result == -EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            leftNs = timeoutNs == FOREVER ? FOREVER : timeoutNs - (System.nanoTime() - start);
        }
        return result;
    }

    private int awaitOnce(long spinNs, long timeoutNs) {
        int result;
        try {
            result = waiting.await(call, spinNs, timeoutNs);
        } finally {
            Reference.reachabilityFence(this);
        }
        if (result != -EINTR && result != Outcome.CLOSED) {
            checkUse(result);
        }
        return result;
    }

    private int look() {
        return pass(WaitSetNative.interrupts(handle), 0, 0);
    }

    /** One native wait; an interrupt ends it that came after {@code interrupts} were counted. */
    private int pass(int interrupts, long spinNs, long timeoutNs) {
        int result;
        forgetReady();
        try {
            result = WaitSetNative.await(handle, interrupts, spinNs, timeoutNs, ready);
        } finally {
            Reference.reachabilityFence(this);
        }
        if (result != -EINTR && result != Outcome.CLOSED) {
            checkUse(result);
        }
        readyCount = Math.max(result, 0);
        for (int i = 0; i < readyCount; i++) {
            int outcome = ready[2 * i + 1];
            keys[ready[2 * i]].outcome = Failure.isErrno(outcome) ? Outcome.READY : outcome;
        }
        return result;
    }

    private void forgetReady() {
        for (int i = 0; i < readyCount; i++) {
            Key key = keys[ready[2 * i]];
            if (key != null) {
                key.outcome = 0;
            }
        }
        readyCount = 0;
    }

    /**
     * Hands every key to {@code action} that the last wait found ready and that is not cancelled since.
     *
     * @param action may cancel keys, and must not add any
     */
    public void forEachReady(Consumer<? super Key> action) {
        for (int i = 0; i < readyCount; i++) {
            Key key = keys[ready[2 * i]];
            if (key != null && key.isReady()) {
                action.accept(key);
            }
        }
    }

    /**
     * Ends the wait that a thread is in, or else the next one, with 0 unless something is ready. From any thread.
     *
     * @return this
     */
    public WaitSet wakeup() {
        try {
            WaitSetNative.wake(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /**
     * For a loop that waits by other means, epoll(7) in a native transport for instance: arms this set, so that an eventfd(2)
     * gets 1 when something becomes ready, once. Then {@link #await} with a timeout of 0 tells what, and this can be armed
     * anew. Adding, cancelling and awaiting disarm. A thread of the library, "strait-ringer", waits meanwhile.
     *
     * @param eventFd stays open meanwhile; {@link #wakeup} writes it, too
     * @return 0 when it is armed; else how many are ready already
     * @throws IllegalStateException if this is closed, or a thread waits
     */
    public int arm(int eventFd) {
        try {
            int result = WaitSetNative.arm(handle, eventFd);
            checkUse(result);
            return result;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Ends a wait with CLOSED, and takes everything out. From any thread, as often as one likes. */
    @Override
    public void close() {
        try {
            VirtualThreads.offCarrier(() -> {
                WaitSetNative.shut(handle);
                return null;
            });
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * For messages.
     *
     * @return how much is in it
     */
    @Override
    public String toString() {
        return "WaitSet[" + size() + "]";
    }

    private void ensureRoom(int index) {
        if (index == keys.length) {
            keys = Arrays.copyOf(keys, 2 * index);
            ready = Arrays.copyOf(ready, 4 * index);
        }
    }

    private void checkUse(long result) {
        if (result == Outcome.CLOSED) {
            throw new IllegalStateException(this + ": is closed");
        }
        if (result == -EBUSY) {
            throw new IllegalStateException(this + ": used by two threads at once");
        }
        if (Failure.isErrno(result)) {
            throw Failure.unchecked(result, "wait_set", toString());
        }
    }
}
