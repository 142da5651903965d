package dev.strait.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.descriptor.Descriptor;
import dev.strait.program.ChildProgram;
import dev.strait.program.Program;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Jvm;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Events as eventfd(2), timerfd_create(2) and pidfd_open(2) describe them. */
@Timeout(60)
final class EventConformanceTest {
    private static final long SOON_S = 20;
    private static final int SIGKILL = 9;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(1000);

    /** A call that has come to wait in the kernel, or has ended. */
    private static <T> Waiter<T> asleep(Callable<T> call) throws Exception {
        Waiter<T> waiter = Waiter.start(call);
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    /** An interrupt, a close and a timeout end its wait, and only a close closes it. */
    private static void assertThatWaitsEnd(Descriptor descriptor, Callable<?> wait) throws Exception {
        Waiter<?> interrupted = asleep(wait);
        interrupted.interrupt();
        assertThatThrownBy(() -> interrupted.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        assertThat(descriptor.isOpen()).isTrue();
        descriptor.setTimeout(SHORT);
        assertErrno("ETIMEDOUT", wait::call);
        descriptor.setTimeout(Duration.ZERO);
        Waiter<?> closed = asleep(wait);
        descriptor.close();
        assertThatThrownBy(() -> closed.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(wait::call).isExactlyInstanceOf(ClosedChannelException.class);
    }

    // ---- Counters --------------------------------------------------------------------------------------------------

    @Test
    void a_counter_gives_all_at_once_and_a_semaphore_1_at_a_time() throws Exception {
        try (EventFd counter = EventFd.open(3);
                EventFd semaphore = EventFd.openSemaphore(2)) {
            assertThat(counter.add(4)).isTrue();
            assertThat(counter.take()).isEqualTo(7);
            assertThat(counter.take(Duration.ZERO)).isZero();
            assertThat(semaphore.take()).isOne();
            assertThat(semaphore.take()).isOne();
            assertThat(semaphore.take(Duration.ZERO)).isZero();
        }
        assertThatThrownBy(() -> EventFd.open(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_take_from_an_empty_counter_waits_until_something_is_added() throws Exception {
        try (EventFd counter = EventFd.open(0)) {
            Waiter<Long> waiter = asleep(counter::take);
            counter.add(5);
            assertThat(waiter.result(SOON_S)).isEqualTo(5);
            assertThat(counter.take(SHORT)).isZero();
            counter.configureBlocking(false);
            assertThat(counter.take()).isZero();
        }
    }

    @Test
    void a_sum_beyond_the_most_waits_until_something_is_taken() throws Exception {
        try (EventFd counter = EventFd.open(0)) {
            counter.add(Long.MAX_VALUE);
            counter.add(Long.MAX_VALUE); // 2^64 - 2
            counter.configureBlocking(false);
            assertThat(counter.add(1)).isFalse();
            counter.configureBlocking(true);
            Waiter<Boolean> waiter = asleep(() -> counter.add(1));
            assertThat(counter.take()).isEqualTo(-2);
            assertThat(waiter.result(SOON_S)).isTrue();
            assertThat(counter.take()).isOne();
            assertThatThrownBy(() -> counter.add(-1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("count -1: must be 0 or more");
        }
    }

    @Test
    void an_interrupt_a_timeout_and_a_close_end_the_wait_for_a_counter() throws Exception {
        EventFd counter = EventFd.open(0);
        assertThatWaitsEnd(counter, counter::take);
        assertThatThrownBy(() -> counter.add(1)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void a_python_process_and_we_count_on_one_counter() throws Exception {
        String script = "import os; os.eventfd_write(7, os.eventfd_read(5) + 1)";
        try (EventFd there = EventFd.open(41);
                EventFd back = EventFd.open(0);
                ChildProgram python = Program.of("python3", "-c", script)
                        .lend(5, there)
                        .lend(7, back)
                        .start()) {
            assertThat(python.waitFor().isSuccess()).isTrue();
            assertThat(back.take()).isEqualTo(42);
            assertThat(there.isOpen()).isTrue();
        }
    }

    @Test
    void an_adopted_counter_is_the_same_one() throws Exception {
        EventFd made = EventFd.openSemaphore(2);
        try (EventFd adopted = EventFd.adopt(made.release())) {
            assertThat(made.isOpen()).isFalse();
            assertThat(adopted.take()).isOne();
        }
        assertErrno("EBADF", () -> EventFd.adopt(100_000));
    }

    @Test
    void threads_that_share_a_semaphore_lose_nothing_and_double_nothing() throws Exception {
        int rounds = 2_000;
        AtomicLong taken = new AtomicLong();
        List<Waiter<Void>> threads = new ArrayList<>();
        try (EventFd semaphore = EventFd.openSemaphore(0)) {
            for (int i = 0; i < 16; i++) {
                threads.add(Waiter.start(() -> {
                    for (int n = 0; n < rounds; n++) {
                        taken.addAndGet(semaphore.take());
                    }
                    return null;
                }));
                threads.add(Waiter.start(() -> {
                    for (int n = 0; n < rounds; n += 4) {
                        semaphore.add(4);
                    }
                    return null;
                }));
            }
            for (Waiter<Void> each : threads) {
                each.result(SOON_S);
            }
            assertThat(taken).hasValue(16L * rounds);
            assertThat(semaphore.take(Duration.ZERO)).isZero();
        }
    }

    // ---- Timers ----------------------------------------------------------------------------------------------------

    private static final class Timer {
        private Timer() {}

        static TimerFd open() throws IOException {
            return TimerFd.open(TimerFd.Clock.MONOTONIC);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MONOTONIC", "REALTIME", "BOOTTIME"})
    void a_timer_expires_once_and_not_early(TimerFd.Clock clock) throws Exception {
        try (TimerFd timer = TimerFd.open(clock)) {
            assertThat(timer.await(Duration.ZERO)).isZero();
            long start = System.nanoTime();
            timer.arm(SHORT);
            assertThat(timer.await()).isOne();
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
            assertThat(timer.remaining()).isZero();
            assertThat(timer.await(SHORT)).isZero();
            timer.armAt(clock.nowNs() + SHORT.toNanos());
            assertThat(timer.remaining()).isBetween(Duration.ofNanos(1), SHORT);
            assertThat(timer.await()).isOne();
        }
    }

    @Test
    void a_timer_with_an_interval_counts_how_often_it_has_expired() throws Exception {
        try (TimerFd timer = Timer.open()) {
            timer.arm(Duration.ZERO, Duration.ofMillis(1));
            long count = 0;
            while (count < 10) {
                count += timer.await();
            }
            timer.armAt(TimerFd.Clock.MONOTONIC.nowNs() - LONG.toNanos(), Duration.ofSeconds(100));
            assertThat(timer.await()).isEqualTo(11);
            assertThat(timer.interval()).isEqualTo(Duration.ofSeconds(100));
        }
    }

    @Test
    void arming_replaces_what_was_armed_and_forgets_what_has_expired() throws Exception {
        try (TimerFd timer = Timer.open()) {
            timer.arm(Duration.ofNanos(1));
            while (!timer.remaining().isZero()) {
                Thread.onSpinWait();
            }
            timer.arm(LONG);
            assertThat(timer.await(Duration.ZERO)).isZero();
            assertThat(timer.remaining()).isBetween(LONG.minusSeconds(900), LONG);
            timer.disarm();
            assertThat(timer.remaining()).isZero();
            timer.arm(Duration.ofSeconds(Long.MAX_VALUE)); // more than the kernel counts
            assertThat(timer.remaining()).isGreaterThan(LONG);
            assertThatThrownBy(() -> timer.arm(SHORT, Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void a_timer_that_is_armed_by_the_time_of_day_expires_then() throws Exception {
        try (TimerFd timer = TimerFd.open(TimerFd.Clock.REALTIME);
                TimerFd other = Timer.open()) {
            Instant time = Instant.now().plus(SHORT);
            timer.armAt(time, Duration.ZERO, false);
            assertThat(timer.await()).isOne();
            assertThat(Instant.now()).isAfterOrEqualTo(time);
            assertThatThrownBy(() -> other.armAt(time, Duration.ZERO, false))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("MONOTONIC");
        }
    }

    @Test
    void a_timer_is_cancelled_when_the_clock_is_set_if_that_was_asked_for() throws Exception {
        String script = "import time; time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))";
        try (TimerFd cancelled = TimerFd.open(TimerFd.Clock.REALTIME);
                TimerFd other = TimerFd.open(TimerFd.Clock.REALTIME)) {
            Instant later = Instant.now().plus(LONG);
            cancelled.armAt(later, Duration.ZERO, true);
            other.armAt(later, Duration.ZERO, false);
            try (ChildProgram python =
                    Program.of("python3", "-c", script).discard(2).start()) {
                assumeTrue(python.waitFor().isSuccess(), "nobody may set the clock here");
            }
            assertErrno("ECANCELED", cancelled::await);
            assertThat(cancelled.await(Duration.ZERO)).isZero();
            assertThat(cancelled.remaining()).isPositive();
            assertThat(other.await(Duration.ZERO)).isZero();
        }
    }

    @Test
    void an_interrupt_a_timeout_and_a_close_end_the_wait_for_a_timer() throws Exception {
        TimerFd timer = Timer.open();
        timer.arm(LONG);
        assertThatWaitsEnd(timer, timer::await);
        assertThatThrownBy(timer::remaining).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> timer.arm(SHORT)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void threads_that_share_a_timer_count_each_time_once() throws Exception {
        Duration interval = Duration.ofMillis(1);
        AtomicLong counted = new AtomicLong();
        List<Waiter<Void>> threads = new ArrayList<>();
        try (TimerFd timer = Timer.open()) {
            long start = TimerFd.Clock.MONOTONIC.nowNs();
            timer.armAt(start, interval);
            for (int i = 0; i < 32; i++) {
                threads.add(Waiter.start(() -> {
                    while (counted.get() < 200) {
                        counted.addAndGet(timer.await());
                    }
                    return null;
                }));
            }
            for (Waiter<Void> each : threads) {
                each.result(SOON_S);
            }
            long before = (TimerFd.Clock.MONOTONIC.nowNs() - start) / interval.toNanos();
            counted.addAndGet(timer.await(Duration.ZERO));
            long after = (TimerFd.Clock.MONOTONIC.nowNs() - start) / interval.toNanos();
            assertThat(counted.get()).isBetween(before, after + 1);
        }
    }

    // ---- Processes -------------------------------------------------------------------------------------------------

    /** A process that sleeps, and that is nobody's child who could be asked. */
    private static long unrelated() throws Exception {
        Process shell = new ProcessBuilder("sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!").start();
        long pid = Long.parseLong(shell.inputReader().readLine());
        assertThat(shell.waitFor()).isZero();
        return pid;
    }

    @Test
    void the_end_of_an_unrelated_process_ends_the_wait() throws Exception {
        try (PidFd process = PidFd.open(unrelated())) {
            assertThat(process.hasEnded()).isFalse();
            assertThat(process.awaitEnd(SHORT)).isFalse();
            process.signal(0);
            Waiter<Boolean> waiter = asleep(process::awaitEnd);
            process.signal(SIGKILL);
            assertThat(waiter.result(SOON_S)).isTrue();
            assertThat(process.hasEnded()).isTrue();
            assertThat(process.awaitEnd()).isTrue();
        }
    }

    @Test
    void a_process_that_is_not_there_is_ESRCH() throws Exception {
        long pid;
        try (ChildProgram ended = Program.of("true").start()) {
            ended.waitFor();
            pid = ended.pid();
        }
        assertThatThrownBy(() -> PidFd.open(pid)).hasMessage("pidfd_open(pid " + pid + "): No such process (ESRCH)");
        assertThatThrownBy(() -> PidFd.open(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PidFd.open(1L << 32)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_signal_that_there_is_not_is_EINVAL() throws Exception {
        try (PidFd self = PidFd.open(ProcessHandle.current().pid())) {
            assertErrno("EINVAL", () -> self.signal(1000));
        }
    }

    /** Sends a signal to a process that is another user's. */
    static final class Stranger {
        private Stranger() {}

        public static void main(String[] arguments) throws Exception {
            try (PidFd process = PidFd.open(Long.parseLong(arguments[0]))) {
                process.signal(0);
                System.out.println("sent");
            } catch (ErrnoException e) {
                System.out.println(e.symbol());
            }
        }
    }

    @Test
    void a_signal_to_another_users_process_is_EPERM() throws Exception {
        assumeTrue(Files.isWritable(Path.of("/")), "only root can become somebody else");
        String pid = Long.toString(ProcessHandle.current().pid());
        assertThat(Jvm.of(Stranger.class)
                        .under("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                        .succeed(pid))
                .isEqualTo("EPERM\n");
    }

    @Test
    void a_signal_never_hits_a_process_that_got_the_pid_since() throws Exception {
        Path last = Path.of("/proc/sys/kernel/ns_last_pid");
        assumeTrue(Files.isWritable(last), "nobody may choose pids here");
        try (ChildProgram first = Program.of("sleep", "1000").start();
                PidFd old = PidFd.open(first.pid())) {
            first.kill(SIGKILL);
            first.waitFor();
            boolean reused = false;
            for (int i = 0; i < 100 && !reused; i++) {
                Files.writeString(last, Long.toString(first.pid() - 1));
                try (ChildProgram second = Program.of("sleep", "1000").start()) {
                    reused = second.pid() == first.pid();
                    assertErrno("ESRCH", () -> old.signal(SIGKILL));
                    assertThat(second.isAlive()).isTrue();
                }
            }
            assumeTrue(reused, "others were faster with the pid");
        }
    }

    @Test
    void an_interrupt_a_timeout_and_a_close_end_the_wait_for_a_process() throws Exception {
        PidFd process = PidFd.open(ProcessHandle.current().pid());
        assertThatWaitsEnd(process, process::awaitEnd);
        assertThatThrownBy(() -> process.signal(0)).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(process::hasEnded).isInstanceOf(ClosedChannelException.class);
    }

    // ---- All of them -----------------------------------------------------------------------------------------------

    @Test
    void a_wait_set_is_told_of_each() throws Exception {
        try (EventFd counter = EventFd.open(0);
                TimerFd timer = Timer.open();
                ChildProgram child = Program.of("sleep", "1000").start();
                WaitSet set = WaitSet.open()) {
            WaitSet.Key counted = set.add(counter.whenReadable());
            WaitSet.Key expired = set.add(timer.whenReadable());
            WaitSet.Key ended = set.add(child.whenEnded());
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
            Waiter<Integer> waiter = Waiter.start(() -> set.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
            assertThat(waiter.comesToSleep(() -> true)).isTrue();
            child.kill(SIGKILL);
            assertThat(waiter.result(SOON_S)).isOne();
            assertThat(ended.isReady()).isTrue();
            ended.cancel();
            timer.arm(SHORT);
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            assertThat(expired.isReady()).isTrue();
            counter.add(1);
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isEqualTo(2);
            assertThat(counted.isReady()).isTrue();
        }
    }

    @Test
    void a_virtual_thread_parks_while_it_waits_for_each() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        try (EventFd counter = EventFd.open(0);
                TimerFd timer = Timer.open();
                ChildProgram child = Program.of("sleep", "1000").start()) {
            Virtual<Long> taking = Virtual.start(counter::take);
            Virtual<Long> timing = Virtual.start(timer::await);
            Virtual<Boolean> waiting = Virtual.start(child.pidFd()::awaitEnd);
            assertThat(taking.comesToPark() && timing.comesToPark() && waiting.comesToPark())
                    .isTrue();
            counter.add(3);
            timer.arm(SHORT);
            child.kill(SIGKILL);
            assertThat(taking.result()).isEqualTo(3);
            assertThat(timing.result()).isOne();
            assertThat(waiting.result()).isTrue();
            Virtual<Long> interrupted = Virtual.start(counter::take);
            assertThat(interrupted.comesToPark()).isTrue();
            interrupted.interrupt();
            assertThatThrownBy(interrupted::result).hasCauseInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void ten_thousand_of_each_leave_no_descriptor_behind() throws Exception {
        long self = ProcessHandle.current().pid();
        useEach(self);
        int before = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            useEach(self);
        }
        assertThat(Descriptors.count()).isEqualTo(before);
    }

    private static void useEach(long pid) throws Exception {
        Duration moment = Duration.ofNanos(1);
        try (EventFd counter = EventFd.open(0);
                TimerFd timer = Timer.open();
                PidFd process = PidFd.open(pid)) {
            assertThat(counter.take(moment)).isZero();
            timer.arm(moment);
            assertThat(timer.await()).isOne();
            assertThat(process.awaitEnd(moment)).isFalse();
        }
    }
}
