package dev.strait.ring;

import dev.strait.Outcome;
import dev.strait.internal.WatchAccess;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads messages from a ring.
 *
 * <pre>{@code
 * int n;
 * do {
 *     n = reader.poll(handler, 100, WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE);
 * } while (n >= 0);
 * }</pre>
 *
 * <p><b>Assumptions.</b> One thread at a time; handing a reader on needs a happens-before. {@link #close} and the looks at
 * positions may come from any thread.
 *
 * <p><b>Guarantees.</b> Messages come in the order of their commits. Each comes once to readers that close; when a reader
 * is killed, the batch that it had not finished comes again to the next.
 *
 * <p><b>Progress.</b> All methods without a {@link WaitPolicy} are wait-free, do not allocate, and make no system call
 * while the writer is awake.
 *
 * <p><b>If a process dies</b>, its cursor stays, and the next reader goes on there; or as {@link ReaderPolicy} says. When
 * the writer dies, this reader gets what was published and then PEER_DIED; {@link #peer} says who it was.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says; on a spin-only ring they yield between two
 * looks.
 *
 * <p><b>Memory effects.</b> What happened before a commit happens before the handler sees its messages; what the handler
 * does happens before a claim that reuses their space.
 */
public final class RingReader extends Role {
    private static final MessageHandler SKIP = (type, buffer, offset, length) -> true;

    /**
     * A reader that finds less than this at once has caught up with a writer that is still at work. Looking again at once
     * would take the tail's line from the writer's core for each message, so it lets more come together first: after
     * each such batch it doubles its pauses before the next look, up to PAUSES_MAX (0.4 us); each look that finds
     * nothing halves them. Messages of 64 bytes committed one by one: 1.5 to 2 times as many a second on two cores. A
     * round trip waits for longer than its one pause anyway.
     */
    private static final int SMALL_BATCH_BYTES = 2048;

    private static final int PAUSES_MAX = 7;
    private static final int LINE_BYTES = 64;

    private final ByteBuffer view;
    /** Our own cursor. */
    private long consumed;
    /** The tail when we last looked. */
    private long tail;
    /** Pause instructions before the next look at the tail. */
    private int pauses;
    /** Keeps loads alive whose only purpose is that their lines are fetched. */
    @SuppressWarnings("unused")
    private long fetched;

    RingReader(Ring ring, long owner) {
        super(ring, owner);
        this.view = lane.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        this.consumed = (long) WORD.getAcquire(control, RingLayout.CURSOR);
        this.tail = consumed;
        // A writer that ended before we came is news only if it left us something to read.
        long writer = (long) WORD.getAcquire(control, RingLayout.WRITER_OWNER);
        boolean isNews = RingLayout.ownerState(writer) != RingLayout.OWNER_ENDED
                || (long) WORD.getAcquire(control, RingLayout.TAIL) != consumed;
        this.endSaid = isNews ? 0 : writer;
    }

    /**
     * Hands messages to a handler, as many as there are, up to a limit.
     *
     * @param handler gets each
     * @param limit how many at most, 1 or more
     * @return how many were consumed; EMPTY; END or PEER_DIED when the writer closed or died and all it published is
     *     consumed, once for each writer (END of one that closed before this reader opened only if it left something to
     *     read); CLOSED
     * @throws IllegalArgumentException if the limit is below 1
     * @throws IllegalStateException from inside a handler of this reader
     * @throws dev.strait.CorruptSegmentException if the tail or a length is impossible; what came before is consumed
     */
    public int poll(MessageHandler handler, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("limit " + limit + ": must be 1 or more");
        }
        if (!begin(me())) {
            return Outcome.CLOSED;
        }
        try {
            if (tail == consumed) {
                int outcome = paceAndRefreshTail();
                if (outcome != Outcome.READY) {
                    return outcome;
                }
            }
            return pollBatch(handler, limit);
        } finally {
            end();
        }
    }

    /**
     * As {@link #poll(MessageHandler, int)}, but waits while there is no message.
     *
     * @param handler gets each message
     * @param limit how many at most, 1 or more
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever
     * @return how many were consumed; or what {@link #awaitData} returns but READY
     * @throws InterruptedException if the thread is interrupted before or while it waits
     */
    public int poll(MessageHandler handler, int limit, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        checkPolicy(policy);
        int result = poll(handler, limit);
        if (result != Outcome.EMPTY) {
            return result;
        }
        int outcome = awaitData(policy, timeoutNs);
        return outcome == Outcome.READY ? poll(handler, limit) : outcome;
    }

    /**
     * Passes over one message without looking at it: the way past one that its handler cannot digest.
     *
     * @return 1; or EMPTY, END, PEER_DIED, CLOSED as from {@link #poll(MessageHandler, int)}
     * @throws IllegalStateException from inside a handler of this reader
     * @throws dev.strait.CorruptSegmentException if the tail or the length is impossible
     */
    public int skip() {
        return poll(SKIP, 1);
    }

    /**
     * Waits until there is a message.
     *
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever; 0 or less looks once
     * @return READY; TIMED_OUT; END or PEER_DIED as from {@link #poll(MessageHandler, int)}, which will not say it again;
     *     CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     * @throws IllegalStateException if the ring is spin-only and the policy sleeps, or from inside a handler of this
     *     reader
     * @throws dev.strait.CorruptSegmentException if the tail is impossible
     */
    public int awaitData(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        return await(policy, timeoutNs);
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when there is a message; END and PEER_DIED, once for each writer; CLOSED.
     *
     * @return what can be watched
     * @throws IllegalStateException if the ring is spin-only
     */
    public Watchable whenReadable() {
        checkPolicy(WaitPolicy.SLEEP);
        return WatchAccess.get().watchable(this, set -> RingNative.watchData(ring.handle(), owner, set));
    }

    /**
     * End of what is consumed.
     *
     * @return bytes since the ring was created
     */
    public long position() {
        return consumed;
    }

    /**
     * Bytes that are published and not consumed, headers and padding included.
     *
     * @return 0 to the lane's size; 0 when closed
     */
    public long availableBytes() {
        long available = (long) WORD.getAcquire(control, RingLayout.TAIL) - consumed;
        return isClosed() || available < 0 || available > laneBytes ? 0 : available;
    }

    /** As refreshTail, in the pace that suits the writer. */
    private int paceAndRefreshTail() {
        for (int i = pauses; i > 0; i--) {
            Thread.onSpinWait();
        }
        int outcome = refreshTail();
        if (outcome != Outcome.READY) {
            pauses >>= 1;
        } else if (tail - consumed < SMALL_BATCH_BYTES) {
            pauses = Math.min(2 * pauses + 1, PAUSES_MAX);
        }
        return outcome;
    }

    /** READY, END, PEER_DIED or EMPTY, after a look at the writer. */
    private int refreshTail() {
        // ORDER: the writer's state before its tail, so that its last message is not missed. PAIRS WITH
        // strait_role_close.
        long writer = (long) WORD.getAcquire(control, RingLayout.WRITER_OWNER);
        // The lines of the next message come while that of the tail is under way: a tenth of a round trip less.
        int next = (int) consumed & laneMask;
        fetched = lane.getLong(next) + lane.getLong(next + LINE_BYTES);
        // ORDER: the tail before headers and payloads. PAIRS WITH RingWriter.publish.
        long seen = (long) WORD.getAcquire(control, RingLayout.TAIL);
        if (!RingLayout.isSound(seen, consumed, laneBytes)) {
            throw ring.corrupt();
        }
        tail = seen;
        if (seen != consumed) {
            return Outcome.READY;
        }
        return newsOf(writer);
    }

    private int pollBatch(MessageHandler handler, int limit) {
        // Locals, because after the call of a handler the compiler would load fields again.
        final ByteBuffer messages = lane;
        final ByteBuffer given = view;
        final int mask = laneMask;
        final long end = tail;
        long position = consumed;
        int count = 0;
        try {
            while (count < limit && position != end) {
                int index = (int) position & mask;
                // Read once: a peer could change it between two looks.
                long header = messages.getLong(index);
                int length = (int) header;
                long bytes = RingLayout.messageBytes(length);
                if (length < 0 || bytes > end - position) {
                    throw ring.corrupt();
                }
                // kill point: poll_before_handler
                boolean more =
                        handler.onMessage((int) (header >> 32), given, index + RingLayout.MESSAGE_HEADER, length);
                // kill point: poll_after_handler
                position += bytes;
                count++;
                if (!more || isClosing()) {
                    break;
                }
                // A long batch gives space back on the way, so that a slow one does not hold the writer up for all
                // of it.
                if (position - consumed >= laneBytes >> 2) {
                    publish(position);
                }
            }
        } finally {
            if (position != consumed) {
                publish(position);
            }
        }
        return count;
    }

    /** Gives consumed space back. */
    private void publish(long position) {
        consumed = position;
        // kill point: poll_before_cursor
        // ORDER: our reading of the messages before the cursor. PAIRS WITH RingWriter.refreshLimit.
        WORD.setRelease(control, RingLayout.CURSOR, position);
        // kill point: poll_after_cursor
        if (!spinOnly) {
            // ORDER: the cursor before the look at who sleeps. PAIRS WITH sleep_until in wait.c.
            VarHandle.fullFence();
            if ((long) WORD.getOpaque(control, RingLayout.SPACE_WAITERS) != 0) {
                ring.wakeWriters();
            }
        }
        // kill point: poll_done
    }

    @Override
    int look() {
        if (!begin()) {
            return Outcome.CLOSED;
        }
        try {
            return tail != consumed ? Outcome.READY : refreshTail();
        } finally {
            end();
        }
    }

    @Override
    int awaitNative(long spinNs, long timeoutNs) {
        return RingNative.awaitData(ring.handle(), owner, consumed, endSaid, spinNs, timeoutNs);
    }

    @Override
    long beginNative() {
        return RingNative.beginData(ring.handle(), owner, consumed, endSaid);
    }

    @Override
    boolean peerNative(long[] values) {
        return RingNative.readerPeer(ring.handle(), values);
    }

    @Override
    void closeNative() {
        RingNative.closeReader(ring.handle());
    }

    @Override
    void interruptNative() {
        RingNative.interruptReader(ring.handle());
    }
}
