package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.CorruptSegmentException;
import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Semaphores as Java objects; scenarios.txt has what C shares. */
@Timeout(60)
final class SemaphoreTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    // ---- Declaring and opening ---------------------------------------------------------------------------------

    @Test
    void a_declaration_that_can_be_none_says_why() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Semaphore.declare("items", -1))
                .withMessage("semaphore \"items\": permits -1: must be 0 to 2147483647");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Semaphore.declare("items", 0).recoverable())
                .withMessage("semaphore \"items\": permits 0: must be 1 to 2147483647");
        for (String name : List.of("", "x".repeat(48), "ä".repeat(24), "a\0b")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Semaphore.declare(name, 1))
                    .withMessage("semaphore \"" + name + "\": its name must be 1 to 47 bytes of UTF-8, none of them 0");
        }
    }

    @Test
    void two_objects_of_one_name_are_refused() {
        SegmentOptions options = SegmentOptions.defaults().object(Semaphore.declare("same", 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options.object(Lock.declare("same")))
                .withMessage("lock \"same\": the segment has a semaphore \"same\" already");
    }

    @Test
    void a_segment_has_up_to_1024_objects() throws IOException {
        SegmentObject[] most = IntStream.range(0, SegmentObject.MAX)
                .mapToObj(i -> Semaphore.declare("s" + i, i))
                .toArray(SegmentObject[]::new);
        try (Segment segment = Syncs.segment(directory, most)) {
            assertThat(segment.objects()).hasSize(1024);
            assertThat(Semaphore.open(segment, "s1023").availablePermits()).isEqualTo(1023);
        }
        SegmentOptions full = SegmentOptions.defaults().object(most);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> full.object(Lock.declare("one more")))
                .withMessage("1025 synchronisation objects: must be 0 to 1024");
    }

    @Test
    void options_keep_the_objects_that_were_added_before() throws IOException {
        SegmentOptions options = Syncs.options(directory)
                .object(Semaphore.declare("first", 1))
                .object(Lock.declare("second"), Condition.declare("third"))
                .userBytes(8);
        try (Segment segment = Segment.create("shop", options)) {
            assertThat(segment.objects())
                    .extracting(SegmentObject::toString)
                    .containsExactly("semaphore \"first\"", "lock \"second\"", "condition \"third\"");
            assertThat(segment.region().capacity()).isEqualTo(8);
        }
    }

    @Test
    void a_name_may_be_any_text() throws IOException {
        String name = "Ärger 🔒 mit Namen";
        try (Segment segment = Syncs.segment(directory, Semaphore.declare(name, 3));
                Segment again = Syncs.again(directory)) {
            assertThat(again.objects()).extracting(SegmentObject::name).containsExactly(name);
            assertThat(Semaphore.open(again, name).availablePermits()).isEqualTo(3);
            assertThat(segment.objects().get(0).kind()).isEqualTo(SegmentObject.Kind.SEMAPHORE);
        }
    }

    @Test
    void what_is_not_there_is_refused_with_what_is() throws IOException {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 1), Lock.declare("door"))) {
            assertThatThrownBy(() -> Semaphore.open(segment, "item"))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("ENOENT"))
                    .hasMessage(
                            "open(" + segment.path() + ": semaphore \"item\" of [semaphore \"items\", lock \"door\"]):"
                                    + " No such file or directory (ENOENT)");
            for (int i = 0; i < 2; i++) { // before and after the lock was opened
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> Semaphore.open(segment, "door"))
                        .withMessage(segment.path() + ": lock \"door\" is no semaphore");
                Lock.open(segment, "door");
            }
        }
    }

    @Test
    void a_segment_without_objects_has_none() throws IOException {
        try (Segment segment = Syncs.segment(directory)) {
            assertThat(segment.objects()).isEmpty();
            assertThatThrownBy(() -> Semaphore.open(segment, "items")).hasMessageContaining("\"items\" of []");
        }
    }

    @Test
    void the_segment_of_a_ring_has_objects_too() throws Exception {
        SegmentOptions segment = Syncs.options(directory).object(Semaphore.declare("items", 2));
        RingOptions options = RingOptions.defaults().segment(segment);
        Semaphore items;
        try (Ring ring = Ring.create("ring", options);
                Ring other = Ring.openOrCreate("ring", options)) {
            items = Semaphore.open(ring.segment(), "items");
            assertThat(items.tryAcquire(2)).isTrue();
            assertThat(Semaphore.open(other.segment(), "items").tryAcquire()).isFalse();
            assertThat(ring.openWriter().offer(1, ByteBuffer.allocate(8), 0, 8)).isZero();
        }
        assertThatIllegalStateException().isThrownBy(items::tryAcquire);
    }

    @Test
    void an_attachment_has_one_semaphore_of_a_name() throws IOException {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 1));
                Segment again = Syncs.again(directory)) {
            assertThat(Semaphore.open(segment, "items"))
                    .isSameAs(Semaphore.open(segment, "items"))
                    .isNotSameAs(Semaphore.open(again, "items"))
                    .hasToString("Semaphore[" + segment.path() + ", items]");
        }
    }

    @Test
    void a_semaphore_outlives_all_other_ways_to_its_segment() throws Exception {
        Semaphore semaphore = Semaphore.open(
                Segment.createAnonymous("shop", SegmentOptions.defaults().object(Semaphore.declare("items", 1))),
                "items");
        for (int i = 0; i < 3; i++) {
            System.gc();
            semaphore.acquire();
            semaphore.release();
        }
        assertThat(semaphore.availablePermits()).isEqualTo(1);
    }

    // ---- Counting ----------------------------------------------------------------------------------------------

    @Test
    void counts_out_of_range_say_what_is_allowed() throws IOException {
        try (Segment segment = Syncs.segment(
                directory,
                Semaphore.declare("items", 1),
                Semaphore.declare("few", 3).recoverable())) {
            Semaphore items = Semaphore.open(segment, "items");
            Semaphore few = Semaphore.open(segment, "few");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> items.acquire(-1))
                    .withMessage(items + ": permits -1: must be 0 to 2147483647");
            assertThatIllegalArgumentException().isThrownBy(() -> items.tryAcquire(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> items.tryAcquire(-1, 1, TimeUnit.SECONDS));
            assertThatIllegalArgumentException().isThrownBy(() -> items.acquireUninterruptibly(-1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> items.release(-1))
                    .withMessage("permits -1: must be 0 to 2147483647");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> few.tryAcquire(4))
                    .withMessage(few + ": permits 4: must be 0 to 3");
            assertThatIllegalStateException()
                    .isThrownBy(() -> items.release(Integer.MAX_VALUE))
                    .withMessage(items + ": 2147483647 more permits would be more than 2147483647");
            assertThatIllegalStateException()
                    .isThrownBy(few::release)
                    .withMessage(few + ": releases 1 permits, and holds 0");
            assertThat(items.availablePermits()).isEqualTo(1);
            assertThat(few.availablePermits()).isEqualTo(3);
        }
    }

    @Test
    void it_counts_like_the_semaphore_of_the_jdk() throws Exception {
        try (Segment segment = Syncs.segment(
                directory,
                Semaphore.declare("plain", 3),
                Semaphore.declare("few", 3).recoverable())) {
            for (String name : List.of("plain", "few")) {
                Semaphore ours = Semaphore.open(segment, name);
                java.util.concurrent.Semaphore theirs = new java.util.concurrent.Semaphore(3);
                ours.acquire();
                theirs.acquire();
                assertThat(ours.availablePermits()).isEqualTo(theirs.availablePermits());
                assertThat(ours.tryAcquire(3)).isEqualTo(theirs.tryAcquire(3)).isFalse();
                assertThat(ours.tryAcquire(2, 1, TimeUnit.MILLISECONDS))
                        .isEqualTo(theirs.tryAcquire(2, 1, TimeUnit.MILLISECONDS))
                        .isTrue();
                assertThat(ours.tryAcquire(1, TimeUnit.MILLISECONDS))
                        .isEqualTo(theirs.tryAcquire(1, TimeUnit.MILLISECONDS))
                        .isFalse();
                assertThat(ours.tryAcquire(0)).isEqualTo(theirs.tryAcquire(0)).isTrue();
                ours.release();
                theirs.release();
                ours.release(2);
                theirs.release(2);
                ours.acquireUninterruptibly();
                theirs.acquireUninterruptibly();
                assertThat(ours.drainPermits()).isEqualTo(theirs.drainPermits()).isEqualTo(2);
                assertThat(ours.drainPermits()).isEqualTo(theirs.drainPermits()).isZero();
                assertThat(ours.hasQueuedThreads()).isEqualTo(theirs.hasQueuedThreads());
                assertThat(ours.getQueueLength()).isEqualTo(theirs.getQueueLength());
            }
            assertThat(Semaphore.open(segment, "few").heldPermits()).isEqualTo(3);
            assertThat(Semaphore.open(segment, "plain").heldPermits()).isZero();
        }
    }

    @Test
    void threads_of_one_process_never_hold_more_than_there_are() throws Exception {
        for (Semaphore.Declaration declaration : List.of(
                Semaphore.declare("items", 2),
                Semaphore.declare("items", 2).overtaking(),
                Semaphore.declare("items", 2).recoverable())) {
            try (Segment segment =
                    Segment.createAnonymous("shop", SegmentOptions.defaults().object(declaration))) {
                Semaphore semaphore = Semaphore.open(segment, "items");
                AtomicInteger held = new AtomicInteger();
                AtomicInteger most = new AtomicInteger();
                List<Waiter<Integer>> threads = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    threads.add(Waiter.start(() -> {
                        for (int i = 0; i < 2_000; i++) {
                            semaphore.acquire();
                            most.accumulateAndGet(held.incrementAndGet(), Math::max);
                            held.decrementAndGet();
                            semaphore.release();
                        }
                        return 0;
                    }));
                }
                for (Waiter<Integer> thread : threads) {
                    assertThat(Syncs.resultOf(thread)).isZero();
                }
                assertThat(most.get()).isBetween(1, 2);
                assertThat(semaphore.availablePermits()).isEqualTo(2);
                assertThat(semaphore.hasQueuedThreads()).isFalse();
            }
        }
    }

    // ---- Waiting -----------------------------------------------------------------------------------------------

    @Test
    void those_who_wait_get_their_permits_in_the_order_of_their_coming() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 0))) {
            Semaphore items = Semaphore.open(segment, "items");
            List<Integer> order = new ArrayList<>();
            List<Waiter<Integer>> waiters = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int number = i;
                waiters.add(Waiter.start(() -> {
                    items.acquire(2);
                    synchronized (order) {
                        order.add(number);
                    }
                    items.release(2); // not before, so that one goes at a time
                    return number;
                }));
                while (items.getQueueLength() <= i) {
                    Thread.onSpinWait();
                }
            }
            items.release(2);
            for (Waiter<Integer> waiter : waiters) {
                Syncs.resultOf(waiter);
            }
            assertThat(order).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void an_interrupt_ends_the_wait_of_its_thread_alone() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 0))) {
            Semaphore items = Semaphore.open(segment, "items");
            Waiter<Integer> first = Syncs.asleep(items, () -> items.acquire(1, WaitPolicy.SLEEP, FOREVER));
            Waiter<Integer> second = Waiter.start(() -> items.acquire(1, WaitPolicy.SLEEP, FOREVER));
            while (items.getQueueLength() < 2) {
                Thread.onSpinWait();
            }
            first.interrupt();
            assertThatThrownBy(() -> Syncs.resultOf(first))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(second.isDone()).isFalse();
            items.release();
            assertThat(Syncs.resultOf(second)).isZero();
        }
    }

    @Test
    void a_thread_that_was_interrupted_before_does_not_wait() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 1))) {
            Semaphore items = Semaphore.open(segment, "items");
            Thread.currentThread().interrupt();
            assertThatThrownBy(items::acquire).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> items.tryAcquire(1, TimeUnit.DAYS)).isInstanceOf(InterruptedException.class);
            assertThat(items.availablePermits()).isEqualTo(1);
            items.acquire();
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> items.acquire(1, WaitPolicy.SLEEP, FOREVER))
                    .isInstanceOf(InterruptedException.class);
        }
    }

    @Test
    void an_interrupt_does_not_end_an_uninterruptible_wait() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 0))) {
            Semaphore items = Semaphore.open(segment, "items");
            Waiter<Boolean> waiter = Syncs.asleep(items, () -> {
                items.acquireUninterruptibly();
                return Thread.currentThread().isInterrupted();
            });
            waiter.interrupt();
            Waiter<Integer> sibling = Waiter.start(() -> items.acquire(1, WaitPolicy.SLEEP, FOREVER));
            while (items.getQueueLength() < 2) {
                Thread.onSpinWait();
            }
            sibling.interrupt();
            assertThatThrownBy(() -> Syncs.resultOf(sibling)).hasCauseInstanceOf(InterruptedException.class);
            assertThat(waiter.isDone()).isFalse();
            items.release();
            assertThat(Syncs.resultOf(waiter)).as("still interrupted").isTrue();
        }
    }

    @Test
    void a_wait_takes_the_time_given() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 0))) {
            Semaphore items = Semaphore.open(segment, "items");
            for (WaitPolicy policy : List.of(WaitPolicy.SLEEP, WaitPolicy.SPIN_THEN_SLEEP, WaitPolicy.SPIN)) {
                long start = System.nanoTime();
                assertThat(items.acquire(1, policy, 3_000_000)).isEqualTo(Outcome.TIMED_OUT);
                assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(3_000_000);
                assertThat(items.acquire(1, policy, 0)).isEqualTo(Outcome.TIMED_OUT);
                assertThat(items.acquire(1, policy, -1)).isEqualTo(Outcome.TIMED_OUT);
            }
        }
    }

    // ---- Closing -----------------------------------------------------------------------------------------------

    @Test
    void a_close_ends_waits() throws Exception {
        Segment segment = Syncs.segment(
                directory,
                Semaphore.declare("items", 0),
                Semaphore.declare("few", 1).recoverable());
        Semaphore items = Semaphore.open(segment, "items");
        Semaphore few = Semaphore.open(segment, "few");
        few.acquire();
        Waiter<Integer> first = Syncs.asleep(items, () -> items.acquire(1, WaitPolicy.SLEEP, FOREVER));
        Waiter<Integer> second = Syncs.asleep(few, () -> few.acquire(1, WaitPolicy.SLEEP, FOREVER));
        Waiter<Integer> third = Waiter.start(() -> {
            items.acquire();
            return 0;
        });
        while (items.getQueueLength() < 2) {
            Thread.onSpinWait();
        }
        segment.close();
        assertThat(Syncs.resultOf(first)).isEqualTo(Outcome.CLOSED);
        assertThat(Syncs.resultOf(second)).isEqualTo(Outcome.CLOSED);
        assertThatThrownBy(() -> Syncs.resultOf(third))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void after_a_close_calls_are_refused_and_nothing_has_changed() throws Exception {
        try (Segment other = Syncs.segment(
                directory,
                Semaphore.declare("plain", 2),
                Semaphore.declare("few", 2).recoverable())) {
            for (String name : List.of("plain", "few")) {
                Segment segment = Syncs.again(directory);
                Semaphore semaphore = Semaphore.open(segment, name);
                segment.close();
                String message = semaphore + ": its segment is closed";
                assertThatIllegalStateException().isThrownBy(semaphore::acquire).withMessage(message);
                assertThatIllegalStateException()
                        .isThrownBy(semaphore::tryAcquire)
                        .withMessage(message);
                assertThatIllegalStateException()
                        .isThrownBy(() -> semaphore.tryAcquire(1, TimeUnit.DAYS))
                        .withMessage(message);
                assertThatIllegalStateException()
                        .isThrownBy(semaphore::acquireUninterruptibly)
                        .withMessage(message);
                assertThatIllegalStateException().isThrownBy(semaphore::release).withMessage(message);
                assertThatIllegalStateException()
                        .isThrownBy(semaphore::drainPermits)
                        .withMessage(message);
                assertThat(semaphore.acquire(1, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
                assertThat(semaphore.availablePermits()).isZero();
                assertThat(semaphore.heldPermits()).isZero();
                assertThat(semaphore.getQueueLength()).isZero();
                assertThatIllegalStateException().isThrownBy(() -> Semaphore.open(segment, name));
                assertThatIllegalStateException().isThrownBy(segment::objects);
                assertThat(Semaphore.open(other, name).availablePermits()).isEqualTo(2);
            }
        }
    }

    @Test
    void a_close_while_threads_acquire_and_release_crashes_nothing_and_loses_at_most_what_was_held() throws Exception {
        try (Segment other = Syncs.segment(directory, Semaphore.declare("items", 4))) {
            Semaphore items = Semaphore.open(other, "items");
            for (int round = 0; round < 50; round++) {
                Segment segment = Syncs.again(directory);
                Semaphore same = Semaphore.open(segment, "items");
                AtomicInteger balance = new AtomicInteger();
                List<Waiter<Integer>> threads = new ArrayList<>();
                for (int thread = 0; thread < 2; thread++) {
                    threads.add(Waiter.start(() -> {
                        int held = 0;
                        while (same.acquire(1, WaitPolicy.SLEEP, FOREVER) == 0) {
                            held = 1;
                            try {
                                same.release();
                            } catch (IllegalStateException closed) {
                                break; // given back or not
                            }
                            held = 0;
                        }
                        balance.addAndGet(held);
                        return 0;
                    }));
                }
                Thread.sleep(1);
                segment.close();
                for (Waiter<Integer> thread : threads) {
                    Syncs.resultOf(thread);
                }
                int available = items.availablePermits();
                assertThat(available).isBetween(4 - balance.get(), 4);
                items.release(4 - available);
            }
        }
    }

    // ---- Hostile memory ----------------------------------------------------------------------------------------

    @Test
    void permits_that_can_be_none_do_no_harm() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 1))) {
            Semaphore items = Semaphore.open(segment, "items");
            for (long permits : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
                SyncObject.WORD.setVolatile(items.words, SyncLayout.WORD, permits);
                assertThat(items.availablePermits()).isEqualTo(Integer.MAX_VALUE);
                assertThatIllegalStateException().isThrownBy(items::release);
                items.tryAcquire();
                assertThat(items.drainPermits()).isBetween(0, Integer.MAX_VALUE);
            }
        }
    }

    @Test
    void an_entry_that_can_be_none_is_corrupt() throws Exception {
        try (Segment segment = Syncs.segment(directory, Semaphore.declare("items", 1));
                java.io.RandomAccessFile file =
                        new java.io.RandomAccessFile(directory.resolve("shop").toFile(), "rw")) {
            file.seek(20_480 + 128 + 64); // the offset of its words
            file.writeLong(-1);
            assertThatThrownBy(() -> Semaphore.open(segment, "items"))
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessageContaining("its words can be none of such an object");
            assertThat(segment.objects()).isEmpty();
        }
    }
}
