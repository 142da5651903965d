package dev.strait.ring;

import dev.strait.Outcome;
import dev.strait.internal.WatchAccess;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.Watchable;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes messages into a ring.
 *
 * <pre>{@code
 * int offset = writer.claim(TYPE, 16);
 * if (offset >= 0) {
 *     writer.buffer().putLong(offset, id).putLong(offset + 8, price);
 *     writer.commit();
 * }
 * }</pre>
 *
 * <p><b>Assumptions.</b> One thread at a time; handing a writer on needs a happens-before. {@link #close} and the looks at
 * positions may come from any thread.
 *
 * <p><b>Guarantees.</b> Messages arrive in the order of their commits, each once. What is not committed is invisible.
 *
 * <p><b>Progress.</b> All methods without a {@link WaitPolicy} are wait-free, do not allocate, and make no system call
 * while the reader is awake.
 *
 * <p><b>If a process dies</b>, what was committed stays; a next writer goes on behind it. When the reader dies,
 * {@link #awaitSpace} and what waits like it say PEER_DIED once the lane is full; {@link #peer} says who it was.
 *
 * <p><b>Virtual threads</b> park while they wait, as {@link WaitPolicy} says; on a spin-only ring they yield between two
 * looks.
 *
 * <p><b>Memory effects.</b> What happened before a commit happens before the handler sees its messages.
 */
public final class RingWriter extends Role {
    private final ByteBuffer view;
    /** Our own tail. */
    private long published;
    /** End of what is claimed. */
    private long claimed;
    /** How far we may claim: the last seen cursor + laneBytes. */
    private long limit;

    private int awaitedLength;

    RingWriter(Ring ring, long owner) {
        super(ring, owner);
        this.view = lane.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.published = (long) WORD.getAcquire(control, RingLayout.TAIL);
        this.claimed = published;
        this.limit = published;
    }

    /**
     * The lane, for filling what is claimed: the same little-endian view each time. Its position and limit mean nothing to
     * the engine.
     *
     * @return the view; bytes outside a claim are not the caller's to write
     */
    public ByteBuffer buffer() {
        return view;
    }

    /**
     * Claims room for one message, to be filled in place and then committed.
     *
     * @param type any int, for the reader
     * @param length bytes of the payload, 0 to {@link #maxLength}
     * @return index of the payload in {@link #buffer}, a multiple of 8 and above 0; or FULL, or CLOSED
     * @throws IllegalArgumentException if the length is out of range
     * @throws IllegalStateException if a claim is open: commit or abort it, or add to it with {@link #claimMore}
     * @throws dev.strait.CorruptSegmentException if the reader's cursor is impossible
     */
    public int claim(int type, int length) {
        if (claimed != published && !isClosed()) {
            throw claimIsOpen();
        }
        return claimMore(type, length);
    }

    /**
     * As {@link #claim(int, int)}, behind what is already claimed, if anything is: one commit then publishes all. FULL
     * leaves the earlier claims as they are.
     *
     * @param type any int, for the reader
     * @param length bytes of the payload, 0 to {@link #maxLength}
     * @return index of the payload in {@link #buffer}; or FULL, or CLOSED
     * @throws IllegalArgumentException if the length is out of range
     * @throws dev.strait.CorruptSegmentException if the reader's cursor is impossible
     */
    public int claimMore(int type, int length) {
        if (!begin()) {
            return Outcome.CLOSED;
        }
        try {
            return claimInside(type, length);
        } finally {
            end();
        }
    }

    /**
     * As {@link #claim(int, int)}, but waits while the lane is full.
     *
     * @param type any int, for the reader
     * @param length bytes of the payload, 0 to {@link #maxLength}
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever
     * @return index of the payload; or what {@link #awaitSpace} returns but READY
     * @throws InterruptedException if the thread is interrupted before or while it waits
     */
    public int claim(int type, int length, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        checkPolicy(policy);
        int offset = claim(type, length);
        if (offset != Outcome.FULL) {
            return offset;
        }
        int outcome = awaitSpace(length, policy, timeoutNs);
        return outcome == Outcome.READY ? claim(type, length) : outcome;
    }

    /**
     * Publishes all that is claimed, with one store.
     *
     * @return 0, or CLOSED
     * @throws IllegalStateException if nothing is claimed
     */
    public int commit() {
        if (!begin()) {
            return Outcome.CLOSED;
        }
        if (claimed == published) {
            end();
            throw new IllegalStateException(ring + ": commit without a claim");
        }
        publish();
        return 0;
    }

    /** Forgets all that is claimed and not committed; nothing when there is nothing. */
    public void abort() {
        claimed = published;
    }

    /**
     * Claims, copies and commits one message.
     *
     * @param type any int, for the reader
     * @param source holds the payload; its position and limit are not used or changed
     * @param offset index of the payload's first byte in {@code source}
     * @param length bytes of the payload, 0 to {@link #maxLength}
     * @return 0; or FULL, or CLOSED
     * @throws IndexOutOfBoundsException if {@code source} has no such bytes
     * @throws IllegalArgumentException if the length is out of range
     * @throws IllegalStateException if a claim is open
     * @throws dev.strait.CorruptSegmentException if the reader's cursor is impossible
     */
    public int offer(int type, ByteBuffer source, int offset, int length) {
        if (!begin()) {
            return Outcome.CLOSED;
        }
        if (claimed != published) {
            end();
            throw claimIsOpen();
        }
        int result;
        try {
            result = claimInside(type, length);
            if (result >= 0) {
                lane.put(result, source, offset, length);
            }
        } catch (RuntimeException | Error e) {
            claimed = published;
            end();
            throw e;
        }
        if (result < 0) {
            end();
            return result;
        }
        publish();
        return 0;
    }

    /**
     * As {@link #offer(int, ByteBuffer, int, int)}, but waits while the lane is full.
     *
     * @param type any int, for the reader
     * @param source holds the payload
     * @param offset index of the payload's first byte in {@code source}
     * @param length bytes of the payload, 0 to {@link #maxLength}
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever
     * @return 0; or what {@link #awaitSpace} returns but READY
     * @throws InterruptedException if the thread is interrupted before or while it waits
     */
    public int offer(int type, ByteBuffer source, int offset, int length, WaitPolicy policy, long timeoutNs)
            throws InterruptedException {
        checkPolicy(policy);
        int result = offer(type, source, offset, length);
        if (result != Outcome.FULL) {
            return result;
        }
        int outcome = awaitSpace(length, policy, timeoutNs);
        return outcome == Outcome.READY ? offer(type, source, offset, length) : outcome;
    }

    /**
     * Waits until a claim has room.
     *
     * @param length bytes of its payload, 0 to {@link #maxLength}
     * @param policy how to wait
     * @param timeoutNs for how long at most, in nanoseconds; {@link Long#MAX_VALUE} for ever; 0 or less looks once
     * @return READY; TIMED_OUT; END or PEER_DIED when the lane is full and its reader closed or died (said once for each
     *     reader, then it waits for the next); CLOSED
     * @throws InterruptedException if it has to wait and the thread is interrupted before or meanwhile
     * @throws IllegalArgumentException if the length is out of range
     * @throws IllegalStateException if the ring is spin-only and the policy sleeps, or if not even an empty lane has
     *     room for it beside what is claimed and not committed
     * @throws dev.strait.CorruptSegmentException if the reader's cursor is impossible
     */
    public int awaitSpace(int length, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        checkLength(length);
        if (claimed - published + RingLayout.messageBytes(length) > laneBytes) {
            throw new IllegalStateException(
                    ring + ": never has room for " + length + " bytes beside what is claimed; commit first");
        }
        awaitedLength = length;
        return await(policy, timeoutNs);
    }

    /**
     * The longest payload.
     *
     * @return bytes: the lane's, less 8
     */
    public int maxLength() {
        return laneBytes - RingLayout.MESSAGE_HEADER;
    }

    /**
     * For a {@link dev.strait.wait.WaitSet}: READY when a message has room behind what is committed; END and PEER_DIED, once
     * for each reader, while it has none; CLOSED.
     *
     * @param length of the message, 0 to {@link #maxLength}
     * @return what can be watched
     * @throws IllegalArgumentException if the length is out of range
     * @throws IllegalStateException if the ring is spin-only
     */
    public Watchable whenWritable(int length) {
        checkPolicy(WaitPolicy.SLEEP);
        checkLength(length);
        return WatchAccess.get().watchable(this, set -> RingNative.watchSpace(ring.handle(), owner, length, set));
    }

    /**
     * End of what this writer has published.
     *
     * @return bytes since the ring was created
     */
    public long position() {
        return published;
    }

    /**
     * Bytes of the lane that are neither claimed nor published and unread. A message takes its payload rounded up to 8,
     * plus 8.
     *
     * @return 0 to the lane's size; 0 when closed
     */
    public long freeBytes() {
        long reader = (long) WORD.getAcquire(control, RingLayout.READER_OWNER);
        long cursor = releases && !counts(reader) ? published : (long) WORD.getAcquire(control, RingLayout.CURSOR);
        long used = claimed - cursor;
        return isClosed() || used < 0 || used > laneBytes ? 0 : laneBytes - used;
    }

    private int claimInside(int type, int length) {
        checkLength(length);
        long start = claimed;
        long end = start + RingLayout.messageBytes(length);
        if (end - limit > 0 && !refreshLimit(end)) {
            return Outcome.FULL;
        }
        int index = (int) start & laneMask;
        lane.putLong(index, (long) type << 32 | length);
        claimed = end;
        // kill point: claim_header
        return index + RingLayout.MESSAGE_HEADER;
    }

    /** Looks at the cursor again; true when {@code end} may be claimed. */
    private boolean refreshLimit(long end) {
        // ORDER: our tail before the look at cursors. PAIRS WITH strait_ring_reader_open, which announces its cursor
        // and
        // then looks at the tail again.
        VarHandle.fullFence();
        limit = seenLimit();
        return end - limit <= 0;
    }

    /** How far the reader lets us claim; strait_ring_limit in C. */
    private long seenLimit() {
        if (releases && !counts((long) WORD.getAcquire(control, RingLayout.READER_OWNER))) {
            return published + laneBytes;
        }
        // ORDER: the cursor before we store into what it gave free. PAIRS WITH RingReader.publish.
        long cursor = (long) WORD.getAcquire(control, RingLayout.CURSOR);
        // While a reader joined, we may have gone on by more than a lane: then the lane is full until it has looked at
        // the
        // tail again.
        boolean farBehind = releases && published - cursor > 0 && cursor % RingLayout.MESSAGE_ALIGNMENT == 0;
        if (!farBehind && !RingLayout.isSound(published, cursor, laneBytes)) {
            throw ring.corrupt();
        }
        return cursor + laneBytes;
    }

    /** Whether the cursor of a reader with this owner word counts, where it does not always. */
    private static boolean counts(long reader) {
        int state = RingLayout.ownerState(reader);
        return state == RingLayout.OWNER_LIVE || state == RingLayout.OWNER_FREE;
    }

    /** Ends the call: waking need not hold up a close. */
    private void publish() {
        // ORDER: headers and payloads before the tail. PAIRS WITH RingReader.refreshTail.
        try {
            // kill point: commit_before_tail
            WORD.setRelease(control, RingLayout.TAIL, claimed);
            published = claimed;
            // kill point: commit_after_tail
        } finally {
            end();
        }
        if (!spinOnly) {
            // ORDER: the tail before the look at who sleeps. PAIRS WITH sleep_until in wait.c.
            VarHandle.fullFence();
            if ((long) WORD.getOpaque(control, RingLayout.DATA_WAITERS) != 0) {
                ring.wakeReaders();
            }
        }
        // kill point: commit_done
    }

    @Override
    int look() {
        if (!begin()) {
            return Outcome.CLOSED;
        }
        try {
            // ORDER: the reader's state before its cursor, so that what it did last is not missed. PAIRS WITH
            // strait_role_close.
            long reader = (long) WORD.getAcquire(control, RingLayout.READER_OWNER);
            if (refreshLimit(claimed + RingLayout.messageBytes(awaitedLength))) {
                return Outcome.READY;
            }
            return newsOf(reader);
        } finally {
            end();
        }
    }

    @Override
    int awaitNative(long spinNs, long timeoutNs) {
        return RingNative.awaitSpace(ring.handle(), owner, claimed, awaitedLength, endSaid, spinNs, timeoutNs);
    }

    @Override
    long beginNative() {
        return RingNative.beginSpace(ring.handle(), owner, claimed, awaitedLength, endSaid);
    }

    @Override
    boolean peerNative(long[] values) {
        return RingNative.writerPeer(ring.handle(), values);
    }

    @Override
    void closeNative() {
        RingNative.closeWriter(ring.handle());
    }

    @Override
    void interruptNative() {
        RingNative.interruptWriter(ring.handle());
    }

    private void checkLength(int length) {
        if (length < 0 || length > maxLength()) {
            throw new IllegalArgumentException("length " + length + ": must be 0 to " + maxLength());
        }
    }

    private IllegalStateException claimIsOpen() {
        return new IllegalStateException(ring + ": a claim is open; commit or abort it, or add to it with claimMore");
    }
}
