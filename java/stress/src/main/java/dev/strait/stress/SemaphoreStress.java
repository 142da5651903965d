package dev.strait.stress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.strait.sync.Semaphore;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** Acquire and release of a plain semaphore that nobody waits for. */
public final class SemaphoreStress {
    private static final Pool<Semaphore> SEMAPHORES = new Pool<>(name -> Semaphore.declare(name, 0), Semaphore::open);

    private SemaphoreStress() {}

    private static Semaphore semaphore(int permits) {
        Semaphore semaphore = SEMAPHORES.take();
        semaphore.drainPermits();
        semaphore.release(permits);
        return semaphore;
    }

    /** What came before a release is seen after the acquire. */
    @JCStressTest
    @Outcome(id = "-1", expect = ACCEPTABLE, desc = "There was no permit yet.")
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "Released, and seen.")
    @Outcome(expect = FORBIDDEN, desc = "Acquired, but what came before the release is not there.")
    @State
    public static class Publication {
        private final Semaphore semaphore = semaphore(0);
        private int value;

        @Actor
        public void release() {
            value = 1;
            semaphore.release();
        }

        @Actor
        public void acquire(I_Result result) {
            result.r1 = semaphore.tryAcquire() ? value : -1;
        }
    }

    /** What was read before a release is not what is stored after the acquire. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE, desc = "Read before it was given on.")
    @Outcome(expect = FORBIDDEN, desc = "Read what came after the release.")
    @State
    public static class Privatisation {
        private final Semaphore semaphore = semaphore(0);
        private int value;

        @Actor
        public void release(I_Result result) {
            result.r1 = value;
            semaphore.release();
        }

        @Actor
        public void acquire() {
            if (semaphore.tryAcquire()) {
                value = 1;
            }
        }
    }

    /** One of two gets the only permit. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 0", "0, 1, 0"},
            expect = ACCEPTABLE,
            desc = "One has it.")
    @Outcome(expect = FORBIDDEN, desc = "Both have it, or nobody, or there is still one.")
    @State
    public static class OnePermit {
        private final Semaphore semaphore = semaphore(1);

        @Actor
        public void first(III_Result result) {
            result.r1 = semaphore.tryAcquire() ? 1 : 0;
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = semaphore.tryAcquire() ? 1 : 0;
        }

        @Arbiter
        public void rest(III_Result result) {
            result.r3 = semaphore.availablePermits();
        }
    }

    /** Neither of two releases is lost, nor the acquire beside them. */
    @JCStressTest
    @Outcome(id = "1, 4", expect = ACCEPTABLE, desc = "2 + 3 were released, and 1 acquired.")
    @Outcome(expect = FORBIDDEN, desc = "Permits were lost, or doubled.")
    @State
    public static class Sum {
        private final Semaphore semaphore = semaphore(0);

        @Actor
        public void releaseAndAcquire(II_Result result) {
            semaphore.release(2);
            result.r1 = semaphore.tryAcquire() ? 1 : 0;
        }

        @Actor
        public void release() {
            semaphore.release(3);
        }

        @Arbiter
        public void rest(II_Result result) {
            result.r2 = semaphore.availablePermits();
        }
    }
}
