package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.Outcome;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a wait answers that has no descriptor, whatever ends it. The system call is a stand-in here; in FifoConformanceTest it
 * is an open(2), and native/test/kick_test.c has each moment at which a kick can come.
 */
@Timeout(30)
final class KernelWaitsTest {
    private static final long SOON_S = 20;
    private static final long EINTR = -Waiting.EINTR;

    private final KernelWaits waits = new KernelWaits();

    /** As if a signal had ended the system call. */
    private static long isInterrupted(long kick) {
        assertThat(kick).isPositive();
        return EINTR;
    }

    @Test
    void what_the_call_answers_is_answered() {
        assertThat(waits.await(kick -> 7)).isEqualTo(7);
        assertThat(waits.await(kick -> 0, 1_000_000_000)).isZero();
        assertThat(waits.await(kick -> -22)).isEqualTo(-22);
        assertThat(waits.call(kick -> kick)).isZero();
    }

    @Test
    void a_signal_that_is_none_of_ours_lets_the_call_be_made_again() {
        AtomicInteger calls = new AtomicInteger();
        assertThat(waits.await(kick -> calls.incrementAndGet() < 5 ? EINTR : 3)).isEqualTo(3);
        assertThat(calls).hasValue(5);
    }

    @Test
    void a_thread_that_is_interrupted_before_does_not_call() {
        AtomicInteger calls = new AtomicInteger();
        Thread.currentThread().interrupt();
        assertThat(waits.await(kick -> calls.incrementAndGet())).isEqualTo(EINTR);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(calls).hasValue(0);
    }

    @Test
    void an_interrupt_ends_the_calls_of_that_thread_alone() throws Exception {
        Waiter<Long> one = Waiter.start(() -> waits.await(KernelWaitsTest::isInterrupted));
        Waiter<Long> other = Waiter.start(() -> waits.await(KernelWaitsTest::isInterrupted));
        assertThat(one.comesInto(KernelWaitsTest.class, "isInterrupted")).isTrue();
        assertThat(other.comesInto(KernelWaitsTest.class, "isInterrupted")).isTrue();
        one.interrupt();
        assertThat(one.result(SOON_S)).isEqualTo(EINTR);
        assertThat(other.isDone()).isFalse();
        other.interrupt();
        assertThat(other.result(SOON_S)).isEqualTo(EINTR);
    }

    @Test
    void a_close_ends_all_and_comes_back_when_nobody_is_inside() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        List<Waiter<Long>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(Waiter.start(() -> waits.await(kick -> {
                inside.incrementAndGet();
                Thread.onSpinWait();
                inside.decrementAndGet();
                return EINTR;
            })));
            assertThat(waiters.get(i).comesInto(KernelWaits.class, "await")).isTrue();
        }
        assertThat(waits.close()).isTrue();
        assertThat(inside).hasValue(0);
        for (Waiter<Long> each : waiters) {
            assertThat(each.result(SOON_S)).isEqualTo(Outcome.CLOSED);
        }
        assertThat(waits.isClosed()).isTrue();
        assertThat(waits.close()).isFalse();
        assertThat(waits.await(kick -> 0)).isEqualTo(Outcome.CLOSED);
        assertThat(waits.call(kick -> 0)).isEqualTo(Outcome.CLOSED);
    }

    @Test
    void what_was_obtained_is_answered_though_it_was_closed_or_interrupted_meanwhile() throws Exception {
        Waiter<Long> waiter = Waiter.start(() -> waits.await(kick -> {
            Thread.currentThread().interrupt();
            while (!waits.isClosed()) {
                Thread.onSpinWait();
            }
            return 5;
        }));
        assertThat(waiter.comesInto(KernelWaits.class, "await")).isTrue();
        assertThat(waits.close()).isTrue();
        assertThat(waiter.result(SOON_S)).isEqualTo(5);
    }

    @Test
    void a_time_ends_it_and_not_early() {
        long start = System.nanoTime();
        assertThat(waits.await(KernelWaitsTest::isInterrupted, TimeUnit.MILLISECONDS.toNanos(20)))
                .isEqualTo(Outcome.TIMED_OUT);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(20_000_000);
        assertThat(waits.await(kick -> 1, 0)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(waits.await(kick -> 1, Long.MIN_VALUE)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(waits.await(kick -> 1, Long.MAX_VALUE - 1)).isEqualTo(1);
    }

    @Test
    void a_virtual_thread_parks_and_gets_what_the_call_answers() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        AtomicInteger go = new AtomicInteger();
        Virtual<Long> waiting = Virtual.start(() -> waits.await(kick -> {
            while (go.get() == 0) {
                Thread.onSpinWait();
            }
            return go.get();
        }));
        assertThat(waiting.comesToPark()).isTrue();
        Virtual<Long> other = Virtual.start(() -> waits.await(kick -> 1)); // there is one carrier
        assertThat(other.result()).isEqualTo(1);
        go.set(9);
        assertThat(waiting.result()).isEqualTo(9);
    }

    @Test
    void a_virtual_thread_is_ended_by_interrupt_time_and_close() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<Long> interrupted = Virtual.start(() -> waits.await(KernelWaitsTest::isInterrupted));
        assertThat(interrupted.comesToPark()).isTrue();
        interrupted.interrupt();
        assertThat(interrupted.result()).isEqualTo(EINTR);
        Virtual<Long> timed = Virtual.start(() -> waits.await(KernelWaitsTest::isInterrupted, 1_000_000));
        assertThat(timed.result()).isEqualTo(Outcome.TIMED_OUT);
        Virtual<Long> closed = Virtual.start(() -> waits.await(KernelWaitsTest::isInterrupted));
        assertThat(closed.comesToPark()).isTrue();
        assertThat(waits.close()).isTrue();
        assertThat(closed.result()).isEqualTo(Outcome.CLOSED);
    }
}
