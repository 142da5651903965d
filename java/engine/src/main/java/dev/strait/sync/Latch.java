package dev.strait.sync;

import dev.strait.internal.Waiting;
import dev.strait.internal.WatchAccess;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.lang.ref.Reference;

/**
 * A count between processes that goes down to 0, once, and that threads of any process wait for. Methods that
 * {@link java.util.concurrent.CountDownLatch} has do the same here.
 *
 * <pre>{@code
 * Latch ready = Latch.open(segment, "ready");
 * ready.countDown();
 * }</pre>
 *
 * <p><b>Assumptions.</b> None: all methods may be called by any thread, also while another closes the segment.
 *
 * <p><b>Progress.</b> All methods but the waits are lock-free, and make no system call while nobody sleeps.
 *
 * <p><b>If a process dies</b>, or closes its segment, that had {@linkplain #join joined} and not left, and the count is not 0,
 * all waits end with PEER_DIED, until somebody joins in its place. Who is no party may die unnoticed.
 *
 * <p><b>When the segment is closed</b>, waits end with CLOSED, and all other methods throw {@link IllegalStateException}.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says.
 *
 * <p><b>Memory effects.</b> What happened before a count-down happens before the end of a wait.
 */
public final class Latch extends Gate {
    /** The most that one can count. */
    public static final int MAX_COUNT = SyncLayout.LATCH_MAX;

    private final Waiting.Call passing = new Waiting.Call() {
        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            return GateNative.awaitLatch(handle, interrupts, spinNs, timeoutNs);
        }

        @Override
        public long begin() {
            return GateNative.beginLatch(handle);
        }
    };

    Latch(Opened opened) {
        super(opened);
    }

    /**
     * A latch for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @param count where it begins, 0 or more
     * @return the declaration
     * @throws IllegalArgumentException if name or count are none
     */
    public static SegmentObject declare(String name, int count) {
        return Plain.with(name, SegmentObject.Kind.LATCH, "count", count, 0, MAX_COUNT);
    }

    /**
     * The segment's latch of that name; as {@link Semaphore#open}.
     *
     * @param segment a plain segment, or a ring's
     * @param name as it was declared
     * @return the latch
     * @throws IOException as {@link Semaphore#open}
     */
    public static Latch open(Segment segment, String name) throws IOException {
        return open(segment, name, SegmentObject.Kind.LATCH, Latch.class, Latch::new);
    }

    /**
     * What is left to count.
     *
     * @return 0 or more
     * @throws IllegalStateException if the segment is closed
     */
    public int getCount() {
        long count = word();
        if (isClosed()) {
            throw closedException();
        }
        return count < 0 || count > MAX_COUNT ? MAX_COUNT : (int) count;
    }

    /**
     * Counts one down, but not below 0.
     *
     * @return what is left
     * @throws IllegalStateException if the segment is closed
     */
    public int countDown() {
        try {
            return done(GateNative.countDown(handle));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until the count is 0, for as long as that takes; spins a little before it sleeps.
     *
     * @return 0, PEER_DIED or CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     */
    @CheckReturnValue
    public int await() throws InterruptedException {
        return await(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
    }

    /**
     * As {@link #await()}, with a choice of how to wait and for how long.
     *
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever; 0 or less looks once
     * @return 0, TIMED_OUT, PEER_DIED or CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     */
    @CheckReturnValue
    public int await(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        return await(passing, policy, timeoutNs);
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when it is open, PEER_DIED as from {@link #await}, CLOSED.
     *
     * @return what can be watched
     */
    public Watchable whenOpen() {
        return WatchAccess.get().watchable(this, set -> GateNative.watchLatch(handle, set));
    }
}
