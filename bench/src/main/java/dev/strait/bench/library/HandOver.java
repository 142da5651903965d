package dev.strait.bench.library;

import dev.strait.Outcome;
import dev.strait.bench.side.End;
import dev.strait.bench.side.Library;
import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Sink;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Lock;
import dev.strait.sync.Semaphore;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Strait's locks, or semaphores, handed over from side to side; what they guard is a word that says which value has come.
 * bench/c/strait_handover.c is the same in C, says how, and either can be the other's peer.
 */
public abstract class HandOver implements Library, End {
    private Segment segment;
    private ByteBuffer region;
    private Sink sink;
    private int next;

    /** Three locks, of which the first side has two and the second one. */
    public static final class OfLocks extends HandOver {
        private final Lock[] locks = new Lock[3];

        @Override
        int count() {
            return locks.length;
        }

        @Override
        SegmentObject declare(String name) {
            return Lock.declare(name);
        }

        @Override
        void find(Segment in, int i, boolean first) throws IOException, InterruptedException {
            locks[i] = Lock.open(in, Integer.toString(i));
            if (first == (i % 2 == 0)) {
                take(i);
            }
        }

        @Override
        void take(int i) throws InterruptedException {
            must(locks[i].lock(WaitPolicy.SLEEP, Long.MAX_VALUE));
        }

        @Override
        void give(int i) {
            locks[i].unlock();
        }
    }

    /** A semaphore for each direction. */
    public static final class OfSemaphores extends HandOver {
        private final Semaphore[] semaphores = new Semaphore[2];

        @Override
        int count() {
            return semaphores.length;
        }

        @Override
        SegmentObject declare(String name) {
            return Semaphore.declare(name, 0);
        }

        @Override
        void find(Segment in, int i, boolean first) throws IOException {
            semaphores[i] = Semaphore.open(in, Integer.toString(i));
        }

        @Override
        void take(int i) throws InterruptedException {
            must(semaphores[i].acquire(1, WaitPolicy.SLEEP, Long.MAX_VALUE));
        }

        @Override
        void give(int i) {
            semaphores[i].release();
        }
    }

    abstract int count();

    abstract SegmentObject declare(String name);

    abstract void find(Segment in, int i, boolean first) throws IOException, InterruptedException;

    abstract void take(int i) throws InterruptedException;

    abstract void give(int i);

    static void must(int outcome) {
        if (outcome != 0) {
            throw new IllegalStateException(Outcome.toString(outcome));
        }
    }

    @Override
    public final End open(Parameters parameters) throws IOException, InterruptedException {
        SegmentOptions options = SegmentOptions.defaults()
                .directory(parameters.dir())
                .userBytes(Long.BYTES)
                .prefault();
        for (int i = 0; i < count(); i++) {
            options = options.object(declare(Integer.toString(i)));
        }
        segment = Segment.openOrCreate("sync", options);
        region = segment.region().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count(); i++) {
            find(segment, i, parameters.first());
        }
        return this;
    }

    @Override
    public final void deliverTo(Sink newSink) {
        sink = newSink;
    }

    @Override
    public final boolean offer(long value) {
        region.putLong(0, value);
        give(next);
        advance();
        return true;
    }

    @Override
    public final int poll() throws IOException, InterruptedException {
        take(next);
        advance();
        sink.onMessage(region.getLong(0));
        return 1;
    }

    private void advance() {
        next = next + 1 == count() ? 0 : next + 1;
    }

    @Override
    public final void close() {
        segment.close();
    }
}
