package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import dev.strait.sync.Semaphore;
import java.io.IOException;

/** Strait's semaphore and lock, in a segment of their own. bench/c/strait_semaphore.c and strait_lock.c are the same in C. */
public abstract class StraitPairs implements Pairs {
    static final String NAME = "object";

    private Segment segment;

    /** The plain semaphore. */
    public static final class PlainSemaphore extends OfSemaphore {
        @Override
        SegmentObject declare() {
            return Semaphore.declare(NAME, 1);
        }
    }

    /** The one that gets back what a dead process held. */
    public static final class RecoverableSemaphore extends OfSemaphore {
        @Override
        SegmentObject declare() {
            return Semaphore.declare(NAME, 1).recoverable();
        }
    }

    abstract static class OfSemaphore extends StraitPairs {
        private Semaphore semaphore;

        @Override
        void find(Segment in) throws IOException {
            semaphore = Semaphore.open(in, NAME);
        }

        @Override
        public final void pair() throws InterruptedException {
            semaphore.acquire();
            semaphore.release();
        }
    }

    /** The lock. */
    public static final class OfLock extends StraitPairs {
        private Lock lock;

        @Override
        SegmentObject declare() {
            return Lock.declare(NAME);
        }

        @Override
        void find(Segment in) throws IOException {
            lock = Lock.open(in, NAME);
        }

        @Override
        public void pair() throws OwnerDiedException {
            lock.lock();
            lock.unlock();
        }
    }

    abstract SegmentObject declare();

    abstract void find(Segment in) throws IOException;

    @Override
    public final void open(Parameters parameters) throws IOException {
        SegmentOptions options =
                SegmentOptions.defaults().directory(parameters.dir()).prefault();
        segment = Segment.create("pairs", options.object(declare()));
        find(segment);
    }

    @Override
    public final void close() {
        segment.close();
    }
}
