package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.Waiting;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.lang.ref.Reference;

/**
 * Each of a number of threads, of any process, waits until all have arrived; then it begins anew. As
 * {@link java.util.concurrent.CyclicBarrier}.
 *
 * <pre>{@code
 * Barrier round = Barrier.open(segment, "round");
 * int place = round.await();
 * }</pre>
 *
 * <p><b>Assumptions.</b> None: all methods may be called by any thread, also while another closes the segment.
 *
 * <p><b>Guarantees.</b> All of a round leave it with their places, or none does: when one of them does not wait any longer, in
 * time, by an interrupt or by its death, the barrier is BROKEN for all, until it is reset.
 *
 * <p><b>If a process dies</b>, or closes its segment, that has arrived once, or {@linkplain #join joined}, and has not
 * {@linkplain #leave left} since, the barrier is BROKEN.
 *
 * <p><b>When the segment is closed</b>, waits end with CLOSED, and all other methods throw {@link IllegalStateException}.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says.
 *
 * <p><b>Memory effects.</b> What happened before an arrival happens before the end of all waits of that round.
 */
public final class Barrier extends Gate {
    /** The most parties that there can be. */
    public static final int MAX_PARTIES = SyncLayout.BARRIER_MAX;

    private final Waiting.Call passing = new Waiting.Call() {
        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            return GateNative.awaitBarrier(handle, interrupts, spinNs, timeoutNs);
        }

        @Override
        public long begin() {
            return GateNative.beginBarrier(handle);
        }
    };

    Barrier(Opened opened) {
        super(opened);
    }

    /**
     * A barrier for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @param parties how many threads have to arrive, 1 to {@link #MAX_PARTIES}
     * @return the declaration
     * @throws IllegalArgumentException if name or parties are none
     */
    public static SegmentObject declare(String name, int parties) {
        return Plain.with(name, SegmentObject.Kind.BARRIER, "parties", parties, 1, MAX_PARTIES);
    }

    /**
     * The segment's barrier of that name; as {@link Semaphore#open}.
     *
     * @param segment a plain segment, or a ring's
     * @param name as it was declared
     * @return the barrier
     * @throws IOException as {@link Semaphore#open}
     */
    public static Barrier open(Segment segment, String name) throws IOException {
        return open(segment, name, SegmentObject.Kind.BARRIER, Barrier.class, Barrier::new);
    }

    /**
     * How many have to arrive.
     *
     * @return 1 to {@link #MAX_PARTIES}
     */
    public int getParties() {
        return (int) value;
    }

    /**
     * How many have arrived and wait.
     *
     * @return 0 to the parties less 1
     * @throws IllegalStateException if the segment is closed
     */
    public int getNumberWaiting() {
        long state = state();
        boolean broken = (state & SyncLayout.BARRIER_BROKEN) != 0;
        // What a peer wrote may be anything.
        return broken ? 0 : (int) Math.min(state & SyncLayout.BARRIER_ARRIVED, value);
    }

    /**
     * Whether it has to be reset before anybody gets through.
     *
     * @return true when it is broken
     * @throws IllegalStateException if the segment is closed
     */
    public boolean isBroken() {
        return (state() & SyncLayout.BARRIER_BROKEN) != 0;
    }

    /**
     * Begins anew. Those who wait are told BROKEN.
     *
     * @throws IllegalStateException if the segment is closed
     */
    public void reset() {
        try {
            done(GateNative.reset(handle));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Arrives, and waits for the others, for as long as that takes; spins a little before it sleeps.
     *
     * @return the place: 0 for the last to arrive, the parties less 1 for the first; or BROKEN or CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile; the barrier is broken
     *     then
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
     * @return the place; TIMED_OUT, and the barrier is broken then; BROKEN or CLOSED
     * @throws InterruptedException as {@link #await()}
     */
    @CheckReturnValue
    public int await(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        int result = awaitOnce(passing, policy.spinNs(), timeoutNs);
        if (result != -EINTR) {
            return answer(result);
        }
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return Outcome.BROKEN; // by the interrupt of another thread of ours
    }

    private long state() {
        long state = word();
        if (isClosed()) {
            throw closedException();
        }
        return state;
    }
}
