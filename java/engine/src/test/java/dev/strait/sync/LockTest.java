package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.CorruptSegmentException;
import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Locks as Java objects; scenarios.txt has what C shares. */
@Timeout(60)
final class LockTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Segment segment;
    private Lock door;

    @BeforeEach
    void create() throws IOException {
        segment = Syncs.segment(directory, Lock.declare("door"));
        door = Lock.open(segment, "door");
    }

    @AfterEach
    void close() {
        segment.close();
    }

    /** Lets an owner of the lock close its segment. */
    private void orphan() throws Exception {
        try (Segment last = Syncs.again(directory)) {
            Lock.open(last, "door").lock();
        }
    }

    private void repair() {
        door.repaired();
        door.unlock();
    }

    /** Starts a call that comes to wait for a lock behind another thread. */
    private static <T> Waiter<T> second(Lock lock, Callable<T> call) {
        Waiter<T> waiter = Waiter.start(call);
        while (lock.getQueueLength() < 2) {
            Thread.onSpinWait();
        }
        return waiter;
    }

    @Test
    void a_declaration_needs_a_name() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Lock.declare(""))
                .withMessage("lock \"\": its name must be 1 to 47 bytes of UTF-8, none of them 0");
    }

    @Test
    void one_thread_has_the_lock() throws Exception {
        assertThat(door.isLocked()).isFalse();
        door.lock();
        assertThat(door.isHeldByCurrentThread()).isTrue();
        assertThat(door.isLocked()).isTrue();
        Waiter<Boolean> other = Waiter.start(() -> !door.isHeldByCurrentThread()
                && !door.tryLock()
                && !door.tryLock(1, TimeUnit.MILLISECONDS)
                && door.lock(WaitPolicy.SPIN, 1) == Outcome.TIMED_OUT);
        assertThat(Syncs.resultOf(other)).isTrue();
        door.unlock();
        assertThat(door.isHeldByCurrentThread()).isFalse();
        assertThat(door.isLocked()).isFalse();
        assertThat(door.tryLock()).isTrue();
        door.unlock();
        assertThat(door.tryLock(1, TimeUnit.DAYS)).isTrue();
        door.unlock();
        door.lockInterruptibly();
        door.unlock();
    }

    @Test
    void a_thread_that_has_the_lock_does_not_get_it_again() throws Exception {
        door.lock();
        String message = door + ": this thread has it already, and it is not reentrant";
        assertThatIllegalStateException().isThrownBy(door::lock).withMessage(message);
        assertThatIllegalStateException().isThrownBy(door::tryLock).withMessage(message);
        assertThatIllegalStateException().isThrownBy(door::lockInterruptibly).withMessage(message);
        assertThatIllegalStateException()
                .isThrownBy(() -> door.lock(WaitPolicy.SLEEP, FOREVER))
                .withMessage(message);
        door.unlock();
    }

    @Test
    void who_has_not_got_the_lock_cannot_give_it_up() throws Exception {
        try (Segment again = Syncs.again(directory)) {
            Lock same = Lock.open(again, "door");
            door.lock();
            assertThatExceptionOfType(IllegalMonitorStateException.class)
                    .isThrownBy(same::unlock)
                    .withMessage(same + ": this thread has not got it");
            assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(same::repaired);
            assertThatIllegalStateException()
                    .isThrownBy(door::repaired)
                    .withMessage(door + ": there is nothing to repair");
            Waiter<Integer> other = Waiter.start(() -> {
                door.unlock();
                return 0;
            });
            assertThatThrownBy(() -> Syncs.resultOf(other)).hasCauseInstanceOf(IllegalMonitorStateException.class);
            door.unlock();
            assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(door::unlock);
        }
    }

    @Test
    void threads_of_two_attachments_count_without_losing_one() throws Exception {
        try (Segment again = Syncs.again(directory)) {
            List<Waiter<Integer>> threads = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Lock either = Lock.open(thread % 2 == 0 ? segment : again, "door");
                ByteBuffer region = segment.region();
                threads.add(Waiter.start(() -> {
                    for (int i = 0; i < 5_000; i++) {
                        either.lock();
                        region.putLong(0, region.getLong(0) + 1);
                        either.unlock();
                    }
                    return 0;
                }));
            }
            for (Waiter<Integer> thread : threads) {
                assertThat(Syncs.resultOf(thread)).isZero();
            }
            assertThat(segment.region().getLong(0)).isEqualTo(20_000);
        }
    }

    @Test
    void an_unlock_hands_over_to_one_that_waits() throws Exception {
        door.lock();
        Waiter<Integer> other = Syncs.asleep(door, () -> {
            int outcome = door.lock(WaitPolicy.SLEEP, FOREVER);
            boolean mine = door.isHeldByCurrentThread();
            door.unlock();
            return mine ? outcome : -1;
        });
        assertThat(door.hasQueuedThreads()).isTrue();
        assertThat(door.getQueueLength()).isEqualTo(1);
        door.unlock();
        assertThat(Syncs.resultOf(other)).isZero();
        assertThat(door.hasQueuedThreads()).isFalse();
        door.lock();
        door.unlock();
    }

    // ---- Interrupts --------------------------------------------------------------------------------------------

    @Test
    void an_interrupt_ends_a_wait_that_it_may_end() throws Exception {
        door.lock();
        Waiter<Integer> one = Syncs.asleep(door, () -> {
            door.lockInterruptibly();
            return 0;
        });
        Waiter<Boolean> two = second(door, () -> {
            door.lock();
            door.unlock();
            return Thread.currentThread().isInterrupted();
        });
        two.interrupt();
        one.interrupt();
        assertThatThrownBy(() -> Syncs.resultOf(one)).hasCauseInstanceOf(InterruptedException.class);
        assertThat(two.isDone()).isFalse();
        door.unlock();
        assertThat(Syncs.resultOf(two)).as("still interrupted").isTrue();
    }

    @Test
    void a_thread_that_was_interrupted_before_does_not_wait() throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(door::lockInterruptibly).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> door.tryLock(1, TimeUnit.DAYS)).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        door.lock();
        assertThat(Thread.interrupted()).isTrue();
        door.unlock();
    }

    // ---- Death -------------------------------------------------------------------------------------------------

    @Test
    void the_death_of_the_owner_cannot_be_overlooked() throws Exception {
        orphan();
        assertThatExceptionOfType(OwnerDiedException.class)
                .isThrownBy(door::lock)
                .withMessage(door + ": its owner died; the lock is this thread's now, to repair what it guards");
        assertThat(door.isHeldByCurrentThread()).isTrue();
        door.repaired();
        assertThatIllegalStateException().isThrownBy(door::repaired);
        door.unlock();
        assertThat(door.tryLock()).isTrue();
        door.unlock();
    }

    @Test
    void every_way_to_lock_tells_that_the_owner_died() throws Exception {
        orphan();
        assertThatThrownBy(door::tryLock).isInstanceOf(OwnerDiedException.class);
        repair();
        orphan();
        assertThatThrownBy(door::lockInterruptibly).isInstanceOf(OwnerDiedException.class);
        repair();
        orphan();
        assertThatThrownBy(() -> door.tryLock(1, TimeUnit.DAYS)).isInstanceOf(OwnerDiedException.class);
        repair();
        orphan();
        assertThat(door.lock(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.OWNER_DIED);
        repair();
    }

    @Test
    void a_lock_that_was_given_up_unrepaired_is_nobodys() throws Exception {
        orphan();
        assertThat(door.lock(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.OWNER_DIED);
        Waiter<Integer> waiting = Syncs.asleep(door, () -> door.lock(WaitPolicy.SLEEP, FOREVER));
        door.unlock();
        assertThat(Syncs.resultOf(waiting)).isEqualTo(Outcome.NOT_RECOVERABLE);
        assertThat(door.isHeldByCurrentThread()).isFalse();
        assertThat(door.isLocked()).isFalse();
        String message = door + ": its owner died, and what it guards was given up unrepaired";
        assertThatExceptionOfType(NotRecoverableException.class)
                .isThrownBy(door::lock)
                .withMessage(message);
        assertThatThrownBy(door::tryLock).isInstanceOf(NotRecoverableException.class);
        assertThatThrownBy(door::lockInterruptibly).isInstanceOf(NotRecoverableException.class);
        assertThat(door.lock(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.NOT_RECOVERABLE);
    }

    @Test
    void who_closes_with_the_lock_and_unlocks_then_is_told() throws Exception {
        Segment closing = Syncs.again(directory);
        Lock same = Lock.open(closing, "door");
        same.lock();
        closing.close();
        assertThatIllegalStateException().isThrownBy(same::unlock).withMessage(same + ": its segment is closed");
        assertThat(door.lock(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.OWNER_DIED);
        repair();
    }

    // ---- Closing -----------------------------------------------------------------------------------------------

    @Test
    void a_close_ends_waits() throws Exception {
        door.lock();
        Segment closing = Syncs.again(directory);
        Lock same = Lock.open(closing, "door");
        Waiter<Integer> one = Syncs.asleep(same, () -> same.lock(WaitPolicy.SLEEP, FOREVER));
        Waiter<Integer> two = second(same, () -> {
            same.lock();
            return 0;
        });
        closing.close();
        assertThat(Syncs.resultOf(one)).isEqualTo(Outcome.CLOSED);
        assertThatThrownBy(() -> Syncs.resultOf(two)).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(door.hasQueuedThreads()).isFalse();
        door.unlock();
    }

    @Test
    void after_a_close_nobody_gets_the_lock() throws Exception {
        segment.close();
        String message = door + ": its segment is closed";
        assertThatIllegalStateException().isThrownBy(door::lock).withMessage(message);
        assertThatIllegalStateException().isThrownBy(door::tryLock).withMessage(message);
        assertThatIllegalStateException().isThrownBy(door::lockInterruptibly).withMessage(message);
        assertThat(door.lock(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(door.isHeldByCurrentThread()).isFalse();
        assertThat(door.isLocked()).isFalse();
        assertThat(door.getQueueLength()).isZero();
        assertThatExceptionOfType(IllegalMonitorStateException.class).isThrownBy(door::unlock);
    }

    /** Until the segment is closed. */
    private static int lockAndUnlock(Lock lock) throws InterruptedException {
        int outcome = lock.lock(WaitPolicy.SLEEP, FOREVER);
        while (outcome == 0) {
            try {
                lock.unlock();
            } catch (IllegalStateException closed) {
                return Outcome.CLOSED;
            }
            outcome = lock.lock(WaitPolicy.SLEEP, FOREVER);
        }
        return outcome;
    }

    @Test
    void a_close_while_threads_lock_and_unlock_leaves_the_lock_to_others() throws Exception {
        for (int round = 0; round < 50; round++) {
            Segment closing = Syncs.again(directory);
            Lock same = Lock.open(closing, "door");
            List<Waiter<Integer>> threads = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                threads.add(Waiter.start(() -> lockAndUnlock(same)));
            }
            Thread.sleep(1);
            closing.close();
            for (Waiter<Integer> thread : threads) {
                assertThat(Syncs.resultOf(thread)).isEqualTo(Outcome.CLOSED);
            }
            if (door.lock(WaitPolicy.SLEEP, TimeUnit.SECONDS.toNanos(20)) == Outcome.OWNER_DIED) {
                door.repaired();
            }
            door.unlock();
        }
    }

    // ---- Hostile memory ----------------------------------------------------------------------------------------

    @Test
    void an_owner_word_that_changes_under_its_holder_is_corrupt() throws Exception {
        door.lock();
        SyncObject.WORD.setVolatile(door.words, SyncLayout.WORD, 0x1234_5671L);
        assertThatThrownBy(door::unlock)
                .isInstanceOf(CorruptSegmentException.class)
                .hasMessage(door + ": its words can be none of such an object");
    }

    @Test
    void turns_begin_again_when_there_are_no_more() {
        long mine = 5L << 24 | 3L << 10 | 2 << 4 | SyncLayout.OWNER_LIVE;
        assertThat(SyncLayout.own(mine, 0, SyncLayout.OWNER_LIVE)).isEqualTo(5L << 24 | 1L << 10 | 2 << 4 | 1);
        assertThat(SyncLayout.own(mine, -1L, SyncLayout.OWNER_REPAIRING)).isEqualTo(5L << 24 | 2 << 4 | 4);
        assertThat(SyncLayout.own(mine, 0x3fffL << 10, SyncLayout.OWNER_LIVE)).isEqualTo(5L << 24 | 2 << 4 | 1);
    }
}
