package dev.strait.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Lock and unlock, with and without somebody else in the way. */
public final class LockStress {
    private static final Pool<Lock> LOCKS = new Pool<>(Lock::declare, Lock::open);

    private LockStress() {}

    /** Nobody dies here. */
    private static boolean tryLock(Lock lock) {
        try {
            return lock.tryLock();
        } catch (OwnerDiedException e) {
            throw new AssertionError(e);
        }
    }

    private static void lock(Lock lock) {
        try {
            lock.lock();
        } catch (OwnerDiedException e) {
            throw new AssertionError(e);
        }
    }

    /** Two who wait for each other do one thing after the other, and each sees what the other has done. */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "One after the other.")
    @Outcome(expect = FORBIDDEN, desc = "Both at once, or the second has not seen what the first has done.")
    @State
    public static class Exclusion {
        private final Lock lock = LOCKS.take();
        private int count;

        @Actor
        public void first() {
            lock(lock);
            count++;
            lock.unlock();
        }

        @Actor
        public void second() {
            lock(lock);
            count++;
            lock.unlock();
        }

        @Arbiter
        public void rest(I_Result result) {
            result.r1 = count;
        }
    }

    /** The same without waiting: who has not got it does nothing. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 2", "1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE,
            desc = "As many as have had it.")
    @Outcome(expect = FORBIDDEN, desc = "Both at once, or none of both.")
    @State
    public static class TryExclusion {
        private final Lock lock = LOCKS.take();
        private int count;

        @Actor
        public void first(III_Result result) {
            result.r1 = tryCount();
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = tryCount();
        }

        private int tryCount() {
            if (!tryLock(lock)) {
                return 0;
            }
            count++;
            lock.unlock();
            return 1;
        }

        @Arbiter
        public void rest(III_Result result) {
            result.r3 = count;
        }
    }

    /** What one has done under the lock another sees whole, or not at all. */
    @JCStressTest
    @Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "The other one had the lock.")
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "Before it.")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "After it.")
    @Outcome(expect = FORBIDDEN, desc = "Half of it.")
    @State
    public static class Visibility {
        private final Lock lock = LOCKS.take();
        private int first;
        private int second;

        @Actor
        public void store() {
            lock(lock);
            first = 1;
            second = 1;
            lock.unlock();
        }

        @Actor
        public void load(II_Result result) {
            result.r1 = -1;
            result.r2 = -1;
            if (tryLock(lock)) {
                result.r2 = second;
                result.r1 = first;
                lock.unlock();
            }
        }
    }
}
