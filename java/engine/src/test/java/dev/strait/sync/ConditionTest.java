package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Conditions as Java objects; scenarios.txt has what C shares. */
@Timeout(60)
final class ConditionTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Segment segment;
    private Lock door;
    private Condition opened;

    @BeforeEach
    void open() throws Exception {
        segment = Syncs.segment(directory, Lock.declare("door"), Condition.declare("opened"));
        door = Lock.open(segment, "door");
        opened = Condition.open(door, "opened");
    }

    @AfterEach
    void close() {
        segment.close();
    }

    private <T> Waiter<T> asleep(Callable<T> call) throws Exception {
        Waiter<T> waiter = Waiter.start(() -> {
            door.lock();
            try {
                return call.call();
            } finally {
                if (door.isHeldByCurrentThread()) {
                    door.unlock();
                }
            }
        });
        assertThat(waiter.comesToSleep(opened::hasWaiters)).isTrue();
        return waiter;
    }

    @Test
    void a_signal_ends_a_wait_with_the_lock() throws Exception {
        Waiter<Boolean> waiter = asleep(() -> {
            opened.await();
            return door.isHeldByCurrentThread();
        });
        door.lock();
        opened.signal();
        assertThat(waiter.isDone()).isFalse();
        door.unlock();
        assertThat(Syncs.resultOf(waiter)).isTrue();
    }

    @Test
    void the_region_that_is_waited_for_changes_under_the_lock() throws Exception {
        try (Segment again = Syncs.again(directory)) {
            ByteBuffer region = segment.region();
            Waiter<Long> waiter = asleep(() -> {
                while (region.getLong(0) == 0) {
                    opened.await();
                }
                return region.getLong(0);
            });
            Lock same = Lock.open(again, "door");
            same.lock();
            again.region().putLong(0, 7);
            Condition.open(same, "opened").signalAll();
            same.unlock();
            assertThat(Syncs.resultOf(waiter)).isEqualTo(7);
        }
    }

    @Test
    void only_who_has_the_lock_waits_and_signals() throws Exception {
        assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(opened::await);
        assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(opened::awaitUninterruptibly);
        assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(opened::signal);
        assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(opened::signalAll);
    }

    @Test
    void a_wait_takes_the_time_given_and_ends_with_the_lock() throws Exception {
        door.lock();
        long start = System.nanoTime();
        assertThat(opened.await(3, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(opened.await(WaitPolicy.SPIN, 3_000_000)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(6_000_000);
        assertThat(opened.await(0, TimeUnit.DAYS)).isFalse();
        assertThat(door.isHeldByCurrentThread()).isTrue();
        door.unlock();
    }

    @Test
    void an_interrupt_ends_a_wait_with_the_lock() throws Exception {
        Waiter<Boolean> waiter = asleep(() -> {
            try {
                opened.await();
                return false;
            } catch (InterruptedException e) {
                return door.isHeldByCurrentThread();
            }
        });
        waiter.interrupt();
        assertThat(Syncs.resultOf(waiter)).isTrue();
        door.lock();
        Thread.currentThread().interrupt();
        assertThatThrownBy(opened::await).isInstanceOf(InterruptedException.class);
        assertThat(door.isHeldByCurrentThread()).isTrue();
        door.unlock();
    }

    @Test
    void an_interrupt_does_not_end_an_uninterruptible_wait() throws Exception {
        Waiter<Boolean> waiter = asleep(() -> {
            opened.awaitUninterruptibly();
            return Thread.currentThread().isInterrupted();
        });
        waiter.interrupt();
        door.lock();
        assertThat(waiter.isDone()).isFalse();
        opened.signal();
        door.unlock();
        assertThat(Syncs.resultOf(waiter)).as("still interrupted").isTrue();
    }

    @Test
    void a_close_ends_waits_without_the_lock() throws Exception {
        Waiter<Integer> one = asleep(() -> opened.await(WaitPolicy.SLEEP, FOREVER));
        Waiter<Integer> two = asleep(() -> {
            opened.awaitUninterruptibly();
            return 0;
        });
        segment.close();
        assertThat(Syncs.resultOf(one)).isEqualTo(Outcome.CLOSED);
        assertThatThrownBy(() -> Syncs.resultOf(two)).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(door.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void what_is_to_be_repaired_is_repaired_before_one_waits() throws Exception {
        try (Segment last = Syncs.again(directory)) {
            Lock.open(last, "door").lock();
        }
        assertThat(door.lock(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.OWNER_DIED);
        assertThatIllegalStateException()
                .isThrownBy(opened::await)
                .withMessage(door + ": what it guards is to be repaired before one waits");
        door.repaired();
        assertThat(opened.await(WaitPolicy.SLEEP, 1)).isEqualTo(Outcome.TIMED_OUT);
        door.unlock();
    }

    @Test
    void who_comes_back_is_told_that_an_owner_died() throws Exception {
        Waiter<Boolean> waiter = asleep(() -> {
            try {
                opened.await();
                return false;
            } catch (OwnerDiedException e) {
                door.repaired();
                return door.isHeldByCurrentThread();
            }
        });
        try (Segment last = Syncs.again(directory)) {
            Lock.open(last, "door").lock(); // and all others wake up when it goes
        }
        assertThat(Syncs.resultOf(waiter)).isTrue();
        assertThat(door.tryLock()).isTrue();
        door.unlock();
    }

    @Test
    void a_condition_says_which_it_is() throws Exception {
        assertThat(opened).hasToString("Condition[" + segment.path() + ", opened]");
    }
}
