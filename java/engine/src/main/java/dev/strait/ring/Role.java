package dev.strait.ring;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.SegmentAccess;
import dev.strait.internal.VirtualThreads;
import dev.strait.internal.Waiting;
import dev.strait.segment.Participant;
import dev.strait.wait.WaitPolicy;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * What writer and reader share: being used by one thread at a time, being closed by any, and waiting.
 *
 * <p>Closing must not overlap with a store to the lane or the cursor, because the next holder may already be at work. The
 * hot path cannot afford a fence for that (5 ns), so the closer pays: it sets {@code closed}, runs a barrier on every
 * thread of the process, membarrier(2), and waits until {@code busy} is 0. The hot path sets {@code busy} and then looks
 * at {@code closed}. The barrier takes care of the processor; that the compiler does not swap the two is the acquire
 * fence between them, which C2 moves neither above, and which costs nothing on x86. native/src/internal/role.h is the
 * same thing in C.
 */
abstract class Role implements AutoCloseable {
    /** Aligned 64-bit control words. */
    static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** Inside, but in a call that runs nobody else's code: who it is does not matter. */
    private static final long SOMEBODY = 1;

    private static final VarHandle BUSY;
    private static final VarHandle CLOSED;
    private static final long PAUSE_NS = 20_000;

    static {
        try {
            BUSY = MethodHandles.lookup().findVarHandle(Role.class, "busy", long.class);
            CLOSED = MethodHandles.lookup().findVarHandle(Role.class, "closed", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Ring ring;
    final ByteBuffer control;
    /**
     * The lane twice. Users get other views, so that nobody changes this one's limit. Its plain accesses are moves of 8
     * aligned bytes; a view VarHandle's opaque ones take 1 ns more each.
     */
    final ByteBuffer lane;

    final int laneBytes;
    final int laneMask;
    final boolean spinOnly;
    /** What the native side stored as ours; no two holders have the same. */
    final long owner;

    final boolean releases;

    /** The peer's owner word whose END or PEER_DIED was returned. */
    long endSaid;

    /** 0 while nobody is inside; SOMEBODY; or the id of the thread whose handler may be running. */
    private long busy;

    private volatile boolean closed;

    private final Waiting waiting = new Waiting() {
        @Override
        protected int interrupts() {
            return 0; // native code keeps one that comes early
        }

        @Override
        protected void interrupt() {
            interruptNative();
        }
    };

    private final Waiting.Call call = new Waiting.Call() {
        @Override
        public int await(int interrupts, long spinNs, long timeoutNs) {
            return awaitNative(spinNs, timeoutNs);
        }

        @Override
        public long begin() {
            return beginNative();
        }
    };

    Role(Ring ring, long owner) {
        this.ring = ring;
        this.control = ring.control();
        this.lane = ring.lane().duplicate().order(ByteOrder.LITTLE_ENDIAN);
        this.laneBytes = ring.capacity();
        this.laneMask = laneBytes - 1;
        this.spinOnly = ring.isSpinOnly();
        this.releases = ring.readerPolicy() == ReaderPolicy.RELEASE;
        this.owner = owner;
    }

    abstract void closeNative();

    abstract void interruptNative();

    abstract boolean peerNative(long[] values);

    /** What is there: READY, END, PEER_DIED, CLOSED, or EMPTY when one has to wait. */
    abstract int look();

    /** The native wait. */
    abstract int awaitNative(long spinNs, long timeoutNs);

    /** Begins it, for a virtual thread. */
    abstract long beginNative();

    /**
     * Begins a call that touches the segment; every true is followed by {@link #end}.
     *
     * @throws IllegalStateException from inside a handler, or while another thread is inside
     */
    final boolean begin() {
        return begin(SOMEBODY);
    }

    /** As {@link #begin()}, for a call that runs a handler: {@code who} is {@link #me}. */
    final boolean begin(long who) {
        if (busy != 0) {
            throw misuse();
        }
        BUSY.setOpaque(this, who);
        VarHandle.acquireFence();
        if (!closed) {
            return true;
        }
        BUSY.setOpaque(this, 0L);
        return false;
    }

    final void end() {
        // ORDER: our stores before busy is clear. PAIRS WITH close.
        BUSY.setRelease(this, 0L);
    }

    /** What a peer's owner word tells: END or PEER_DIED, once for each owner; else EMPTY. */
    final int newsOf(long peer) {
        int state = RingLayout.ownerState(peer);
        if (peer == endSaid || (state != RingLayout.OWNER_ENDED && state != RingLayout.OWNER_DEAD)) {
            return Outcome.EMPTY;
        }
        endSaid = peer;
        return state == RingLayout.OWNER_ENDED ? Outcome.END : Outcome.PEER_DIED;
    }

    /**
     * Who has, or last had, the other role.
     *
     * @return nobody when nobody ever had, or when this is closed
     */
    public final Optional<Participant> peer() {
        try {
            return isClosed() ? Optional.empty() : SegmentAccess.get().participant(this::peerNative);
        } finally {
            Reference.reachabilityFence(ring);
        }
    }

    /** As {@link #isClosed}, soon: a look that orders nothing, for every message of a batch. */
    final boolean isClosing() {
        return (boolean) CLOSED.getOpaque(this);
    }

    final boolean isClosed() {
        return closed;
    }

    /**
     * Closes: tells the peer, and ends a wait of the thread that uses this with CLOSED. May be called by any thread, as
     * often as one likes; waits for the call, or the handler, that is under way.
     *
     * @throws IllegalStateException from inside this reader's own handler
     */
    @Override
    public final void close() {
        refuseInsideHandler();
        VirtualThreads.offCarrier(() -> {
            closeOnce();
            return null;
        });
    }

    private synchronized void closeOnce() {
        if (closed) {
            return;
        }
        closed = true;
        RingNative.barrier();
        waitUntilNobodyIsInside();
        try {
            closeNative();
        } finally {
            Reference.reachabilityFence(ring);
        }
    }

    /** A handler may take its time, and an interrupt would let no park last. */
    private void waitUntilNobodyIsInside() {
        boolean interrupted = Thread.interrupted();
        // ORDER: the last stores of who was inside before the end that we publish. PAIRS WITH end.
        while ((long) BUSY.getAcquire(this) != 0) {
            LockSupport.parkNanos(PAUSE_NS);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The calling thread's id, but never 0, whatever a subclass of Thread says. */
    static long me() {
        return Thread.currentThread().getId() | Long.MIN_VALUE;
    }

    final void refuseInsideHandler() {
        if ((long) BUSY.getOpaque(this) == me()) {
            throw new IllegalStateException(
                    ring + ": close after the poll has returned; a handler ends its batch by returning false");
        }
    }

    /** Refuses a policy that would sleep on a spin-only ring, also when there is nothing to wait for. */
    final void checkPolicy(WaitPolicy policy) {
        if (policy.sleeps() && spinOnly) {
            throw new IllegalStateException(ring + ": is spin-only, so wait with WaitPolicy.SPIN");
        }
    }

    final int await(WaitPolicy policy, long timeoutNs) throws InterruptedException {
        checkPolicy(policy);
        int result = look();
        if (result != Outcome.EMPTY) {
            return result;
        }
        long start = System.nanoTime();
        while (result == Outcome.EMPTY) {
            long leftNs = Math.max(timeoutNs, 0) - (System.nanoTime() - start);
            if (leftNs <= 0) {
                return Outcome.TIMED_OUT;
            }
            result = awaitOnce(policy.spinNs(), leftNs);
            if (result == Outcome.CLOSED || result == Outcome.TIMED_OUT) {
                return result;
            }
            if (result == -Waiting.EINTR && Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (Failure.isErrno(result) && result != -Waiting.EINTR) {
                throw ring.failedWait(result);
            }
            result = look();
        }
        return result;
    }

    private int awaitOnce(long spinNs, long timeoutNs) {
        try {
            return waiting.await(call, spinNs, timeoutNs);
        } finally {
            Reference.reachabilityFence(ring);
        }
    }

    private IllegalStateException misuse() {
        return new IllegalStateException(
                busy == me()
                        ? ring + ": a handler must not call the reader that called it"
                        : ring + ": used by two threads at once");
    }
}
