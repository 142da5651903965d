package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.Waiting;
import dev.strait.internal.WatchAccess;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.io.IOException;
import java.lang.ref.Reference;

/**
 * A number between processes that only grows, and that threads of any process wait for.
 *
 * <pre>{@code
 * Sequence published = Sequence.open(segment, "published");
 * published.increment(1);
 * }</pre>
 *
 * <p><b>Assumptions.</b> None: all methods may be called by any thread, also while another closes the segment.
 *
 * <p><b>Progress.</b> All methods but the waits are lock-free, and make no system call while nobody sleeps.
 *
 * <p><b>If a process dies</b>, or closes its segment, that had {@linkplain #join joined} and not left, all waits for what is
 * not there yet end with PEER_DIED, until somebody joins in its place. Who is no party may die unnoticed.
 *
 * <p><b>When the segment is closed</b>, waits end with CLOSED, and all other methods throw {@link IllegalStateException}.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says.
 *
 * <p><b>Memory effects.</b> What happened before the sequence reached a number happens before the end of a wait for it.
 */
public final class Sequence extends Gate {
    Sequence(Opened opened) {
        super(opened);
    }

    /**
     * A sequence for {@link dev.strait.segment.SegmentOptions#object}.
     *
     * @param name 1 to 47 bytes of UTF-8
     * @param start where it begins, 0 or more
     * @return the declaration
     * @throws IllegalArgumentException if name or start are none
     */
    public static SegmentObject declare(String name, long start) {
        return Plain.with(name, SegmentObject.Kind.SEQUENCE, "start", start, 0, Long.MAX_VALUE);
    }

    /**
     * The segment's sequence of that name; as {@link Semaphore#open}.
     *
     * @param segment a plain segment, or a ring's
     * @param name as it was declared
     * @return the sequence
     * @throws IOException as {@link Semaphore#open}
     */
    public static Sequence open(Segment segment, String name) throws IOException {
        return open(segment, name, SegmentObject.Kind.SEQUENCE, Sequence.class, Sequence::new);
    }

    /**
     * The number now.
     *
     * @return 0 or more
     * @throws IllegalStateException if the segment is closed
     */
    public long get() {
        long number = word();
        if (isClosed()) {
            throw closedException();
        }
        return number < 0 ? Long.MAX_VALUE : number; // what a peer wrote may be anything
    }

    /**
     * Makes it a number, unless it is that or more.
     *
     * @param to the number, 0 or more
     * @return whether that changed it
     * @throws IllegalArgumentException if the number is below 0
     * @throws IllegalStateException if the segment is closed
     */
    public boolean advance(long to) {
        if (to < 0) {
            throw new IllegalArgumentException("to " + to + ": must be 0 or more");
        }
        try {
            return done(GateNative.advance(handle, to)) == 1;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Adds to it.
     *
     * @param count 1 or more
     * @return the new number
     * @throws IllegalArgumentException if the count is below 1
     * @throws ArithmeticException if it would exceed {@link Long#MAX_VALUE}; then nothing has changed
     * @throws IllegalStateException if the segment is closed
     */
    public long increment(long count) {
        if (count < 1) {
            throw new IllegalArgumentException("count " + count + ": must be 1 or more");
        }
        long result;
        try {
            result = GateNative.increment(handle, count);
        } finally {
            Reference.reachabilityFence(this);
        }
        if (result == Outcome.CLOSED) {
            throw closedException();
        }
        if (result < 0) {
            throw new ArithmeticException(this + ": " + count + " more would exceed " + Long.MAX_VALUE);
        }
        return result;
    }

    /**
     * Waits until it is a number or more, for as long as that takes; spins a little before it sleeps.
     *
     * @param number to wait for
     * @return 0, PEER_DIED or CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     */
    @CheckReturnValue
    public int await(long number) throws InterruptedException {
        return await(number, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
    }

    /**
     * As {@link #await(long)}, with a choice of how to wait and for how long.
     *
     * @param number to wait for
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever; 0 or less looks once
     * @return 0, TIMED_OUT, PEER_DIED or CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     */
    @CheckReturnValue
    public int await(long number, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        Waiting.Call call = new Waiting.Call() {
            @Override
            public int await(int interrupts, long spinNs, long leftNs) {
                return GateNative.awaitSequence(handle, number, interrupts, spinNs, leftNs);
            }

            @Override
            public long begin() {
                return GateNative.beginSequence(handle, number);
            }
        };
        return await(call, policy, timeoutNs);
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when it has reached a number, PEER_DIED as from {@link #await}, CLOSED.
     *
     * @param number which
     * @return what can be watched
     */
    public Watchable whenReached(long number) {
        return WatchAccess.get().watchable(this, set -> GateNative.watchSequence(handle, number, set));
    }
}
