package dev.strait.bench.library;

import dev.strait.bench.side.Pairs;
import dev.strait.bench.side.Parameters;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

/** What java.util.concurrent has for the threads of one process. */
public abstract class JdkPairs implements Pairs {
    /** Its semaphore as it is by default: who comes may overtake. */
    public static final class OvertakingSemaphore extends OfSemaphore {
        /** Made by its name. */
        public OvertakingSemaphore() {
            super(false);
        }
    }

    /** Its semaphore where nobody overtakes, as Strait's is by default. */
    public static final class FairSemaphore extends OfSemaphore {
        /** Made by its name. */
        public FairSemaphore() {
            super(true);
        }
    }

    abstract static class OfSemaphore extends JdkPairs {
        private final Semaphore semaphore;

        OfSemaphore(boolean fair) {
            semaphore = new Semaphore(1, fair);
        }

        @Override
        public final void pair() throws InterruptedException {
            semaphore.acquire();
            semaphore.release();
        }
    }

    /** Its lock. */
    public static final class OfLock extends JdkPairs {
        private final ReentrantLock lock = new ReentrantLock();

        @Override
        @SuppressWarnings("LockNotBeforeTry") // as for the others, nothing stands between
        public void pair() {
            lock.lock();
            lock.unlock();
        }
    }

    @Override
    public final void open(Parameters parameters) {}

    @Override
    public final void close() {}
}
