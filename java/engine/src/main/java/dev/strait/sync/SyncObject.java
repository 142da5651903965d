package dev.strait.sync;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.SegmentAccess;
import dev.strait.internal.Waiting;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/**
 * What all synchronisation objects share: words in a segment, being closed with it, and waiting.
 *
 * <p>There is one Java object for each object of an attachment, because a lock has to know its holder.
 *
 * <p>Closing the segment may come at any time. Native calls are counted, and waited for by the closer. The fast paths
 * here are not: a counter would cost as much as they do. Instead {@code closed} is set before the participant leaves the
 * segment, and that before zeros take the place of its memory; who comes after it is set goes no further, and how those
 * end who were between their look at it and their change of a word stands in {@link Semaphore} and {@link Lock}.
 */
abstract class SyncObject {
    /** Aligned 64-bit words. */
    static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** What an attempt answers that would have to wait; no outcome of a call. */
    static final int NOT_NOW = Outcome.READY;

    static final int EPERM = 1;
    static final int EINTR = Waiting.EINTR;
    static final int EINVAL = 22;

    private static final long FOREVER = Long.MAX_VALUE;

    final long handle;
    /** Its plain reads are moves of 8 aligned bytes; a view VarHandle's opaque ones take 1 ns more each. */
    final ByteBuffer words;

    final int flags;
    final long value;
    /** An owner word of this attachment's. */
    final long someOwn;

    private final Segment segment;
    private final String name;
    private volatile boolean closed;

    private final Waiting waiting = new Waiting() {
        @Override
        protected int interrupts() {
            return SyncNative.interrupts(handle);
        }

        @Override
        protected void interrupt() {
            SyncNative.interrupt(handle);
        }
    };

    /** What opening found. */
    record Opened(Segment segment, String name, long handle, ByteBuffer words, int flags, long value, long someOwn) {}

    SyncObject(Opened opened) {
        this.segment = opened.segment;
        this.name = opened.name;
        this.handle = opened.handle;
        this.words = opened.words;
        this.flags = opened.flags;
        this.value = opened.value;
        this.someOwn = opened.someOwn;
    }

    /** The segment's object of that name, which {@code make} makes when it is opened for the first time. */
    static <T extends SyncObject> T open(
            Segment segment, String name, SegmentObject.Kind kind, Class<T> type, Function<Opened, T> make)
            throws IOException {
        Object object = SegmentAccess.get().part(segment, name, (handle, lifeline) -> {
            long[] values = new long[4];
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            long sync = SyncNative.open(handle, bytes, kind.number(), values);
            if (Failure.isErrno(sync)) {
                refuseOtherKind(segment, name, kind);
                throw Failure.object(sync, segment.path() + ": " + kind + " \"" + name + "\" of " + segment.objects());
            }
            ByteBuffer words = SyncNative.words(sync).order(ByteOrder.LITTLE_ENDIAN);
            lifeline.holdFor(words);
            T made = make.apply(new Opened(segment, name, sync, words, (int) values[0], values[1], values[2]));
            return new SegmentAccess.Part(made, ((SyncObject) made)::segmentClosed);
        });
        if (!type.isInstance(object)) {
            refuseOtherKind(segment, name, kind);
        }
        return type.cast(object);
    }

    private static void refuseOtherKind(Segment segment, String name, SegmentObject.Kind kind) {
        for (SegmentObject object : segment.objects()) {
            if (object.name().equals(name) && object.kind() != kind) {
                throw new IllegalArgumentException(segment.path() + ": " + object + " is no " + kind);
            }
        }
    }

    private void segmentClosed() {
        closed = true;
        // race point: object_closed
        retire();
        // race point: object_retired
    }

    /** Called when it is closed, and the segment's memory is still there. */
    void retire() {}

    final boolean isClosed() {
        return closed;
    }

    final Segment segment() {
        return segment;
    }

    /**
     * Wakes the first in line, or if there is none all who watch: strait_sync_released in C. What they wait for was made free
     * by a compare-and-swap.
     */
    final void released() {
        // ORDER: that before the look at who waits. PAIRS WITH sleep_until in wait.c, and strait_watches_round in
        // watch.c.
        // The volatile look keeps the plain one behind it, too.
        if (((long) WORD.getVolatile(words, SyncLayout.WAITING) | words.getLong(SyncLayout.WATCHERS)) == 0) {
            return;
        }
        try {
            SyncNative.wake(handle);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** How many stand in line; 0 when closed. */
    final int queued() {
        try {
            return Math.max(SyncNative.queued(handle), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until an interrupt of the calling thread at the longest.
     *
     * @return what the native call answered: 0 or an outcome
     */
    final int await(Waiting.Call call, WaitPolicy policy, long timeoutNs) throws InterruptedException {
        long start = System.nanoTime();
        long leftNs = timeoutNs;
        for (; ; ) {
            int result = awaitOnce(call, policy.spinNs(), leftNs);
            if (result != -EINTR) {
                return answer(result);
            }
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            leftNs = timeoutNs == FOREVER ? FOREVER : timeoutNs - (System.nanoTime() - start);
        }
    }

    /** Waits for as long as it takes, and lets an interrupt of the calling thread wait too. */
    final int awaitUninterruptibly(Waiting.Call call, WaitPolicy policy) {
        int result;
        do {
            result = awaitOnceUninterruptibly(call, policy.spinNs());
        } while (result == -EINTR); // another thread's
        return answer(result);
    }

    /** One wait: -EINTR when this thread, or another that waits for the same, was interrupted. */
    final int awaitOnce(Waiting.Call call, long spinNs, long timeoutNs) {
        try {
            return waiting.await(call, spinNs, timeoutNs);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The same, whoever interrupts this thread. */
    final int awaitOnceUninterruptibly(Waiting.Call call, long spinNs) {
        try {
            return waiting.awaitUninterruptibly(call, spinNs);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** A native call's result, when it is one that can be. */
    final int answer(int result) {
        if (Failure.isErrno(result)) {
            throw Failure.unchecked(result, "futex", toString());
        }
        return result;
    }

    final IllegalStateException closedException() {
        return new IllegalStateException(this + ": its segment is closed");
    }

    final IllegalStateException unexpected(int outcome) {
        return outcome == Outcome.CLOSED
                ? closedException()
                : new IllegalStateException(this + ": " + Outcome.toString(outcome));
    }

    /**
     * For messages.
     *
     * @return its class, its segment's path, and its name
     */
    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + segment.path() + ", " + name + "]";
    }
}
