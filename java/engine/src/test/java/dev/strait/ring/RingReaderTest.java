package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.CorruptSegmentException;
import dev.strait.Outcome;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What only Java's reader has; scenarios.txt has what both languages share. */
@Timeout(60)
final class RingReaderTest {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final MessageHandler PASS = (type, buffer, offset, length) -> true;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Ring ring;
    private RingWriter writer;
    private RingReader reader;

    @BeforeEach
    void open() throws IOException {
        ring = Ring.create("orders", Rings.options(directory));
        writer = ring.openWriter();
        reader = ring.openReader();
    }

    @AfterEach
    void close() throws Exception {
        Rings.close(ring);
    }

    /** Offers 0, 1, 2 … */
    private void offer(int count) {
        for (int i = 0; i < count; i++) {
            assertThat(Rings.offer(writer, i)).isZero();
        }
    }

    /** Runs something in a handler, which gets the first message. */
    private void inHandler(Runnable action) {
        assertThat(reader.poll(
                        (type, buffer, offset, length) -> {
                            action.run();
                            return true;
                        },
                        1))
                .isEqualTo(1);
    }

    // ---- Misuse ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, -1, Integer.MIN_VALUE})
    void a_limit_below_one_is_refused(int limit) {
        String message = "limit " + limit + ": must be 1 or more";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader.poll(PASS, limit))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> reader.poll(PASS, limit, WaitPolicy.SLEEP, FOREVER))
                .withMessage(message);
    }

    @Test
    void a_handler_must_not_call_its_reader() {
        offer(2);
        String message = ring + ": a handler must not call the reader that called it";
        inHandler(() -> {
            assertThatIllegalStateException()
                    .isThrownBy(() -> reader.poll(PASS, 1))
                    .withMessage(message);
            assertThatIllegalStateException().isThrownBy(() -> reader.skip()).withMessage(message);
            assertThatIllegalStateException()
                    .isThrownBy(() -> reader.awaitData(WaitPolicy.SLEEP, 0))
                    .withMessage(message);
        });
        assertThat(Rings.drain(reader)).containsExactly(1L);
    }

    @Test
    void a_handler_must_not_close_its_reader_or_ring_or_segment() {
        offer(2);
        String message = ring + ": close after the poll has returned; a handler ends its batch by returning false";
        inHandler(() -> {
            assertThatIllegalStateException().isThrownBy(() -> reader.close()).withMessage(message);
            assertThatIllegalStateException().isThrownBy(() -> ring.close()).withMessage(message);
            assertThatIllegalStateException()
                    .isThrownBy(() -> ring.segment().close())
                    .withMessage(message);
        });
        assertThat(Rings.offer(writer, 2)).isZero(); // nothing was closed half
        assertThat(Rings.drain(reader)).containsExactly(1L, 2L);
    }

    @Test
    void a_handler_may_use_the_writer_and_look_at_the_reader() {
        offer(1);
        inHandler(() -> {
            assertThat(Rings.offer(writer, 5)).isZero();
            assertThat(reader.position()).isZero();
            assertThat(reader.availableBytes()).isEqualTo(32);
            writer.close();
        });
        assertThat(Rings.drain(reader)).containsExactly(5L);
    }

    @Test
    void two_threads_at_once_are_told() throws Exception {
        offer(2);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Waiter<Integer> other = Waiter.start(() -> reader.poll(
                (type, buffer, offset, length) -> {
                    inside.countDown();
                    return !waitFor(leave);
                },
                10));
        assertThat(waitFor(inside)).isTrue();
        String message = ring + ": used by two threads at once";
        assertThatIllegalStateException().isThrownBy(() -> reader.poll(PASS, 1)).withMessage(message);
        assertThatIllegalStateException().isThrownBy(() -> reader.skip()).withMessage(message);
        assertThatIllegalStateException()
                .isThrownBy(() -> reader.awaitData(WaitPolicy.SLEEP, 0))
                .withMessage(message);
        leave.countDown();
        assertThat(other.result(20)).isEqualTo(1);
        assertThat(Rings.drain(reader)).containsExactly(1L);
    }

    private static boolean waitFor(CountDownLatch latch) {
        try {
            return latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- Handlers ----------------------------------------------------------------------------------------------

    @Test
    void what_a_handler_throws_comes_out_as_it_is_and_its_message_comes_again() {
        offer(3);
        for (Throwable failure : List.of(new IllegalStateException("mine"), new AssertionError("mine"))) {
            assertThatThrownBy(() -> reader.poll((type, buffer, offset, length) -> fail(failure), 10))
                    .isSameAs(failure);
        }
        assertThat(reader.position()).isZero();
        assertThatThrownBy(() -> reader.poll(
                        (type, buffer, offset, length) ->
                                buffer.getLong(offset) != 2 || fail(new IllegalStateException()),
                        10))
                .isInstanceOf(IllegalStateException.class);
        assertThat(reader.position()).isEqualTo(32);
        assertThat(Rings.drain(reader)).containsExactly(2L);
    }

    private static boolean fail(Throwable failure) {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        throw (Error) failure;
    }

    @Test
    void a_handlers_buffer_is_read_only_little_endian_and_always_the_same() {
        offer(2);
        List<ByteBuffer> buffers = new ArrayList<>();
        reader.poll(
                (type, buffer, offset, length) -> {
                    assertThatThrownBy(() -> buffer.putLong(offset, 1)).isInstanceOf(ReadOnlyBufferException.class);
                    assertThat(buffer.isReadOnly()).isTrue();
                    assertThat(buffer.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
                    return buffers.add(buffer);
                },
                10);
        assertThat(buffers).hasSize(2);
        assertThat(buffers.get(0)).isSameAs(buffers.get(1));
    }

    @Test
    void position_and_limit_of_the_buffer_mean_nothing_to_the_engine() {
        offer(3);
        List<Long> numbers = new ArrayList<>();
        assertThat(reader.poll(
                        (type, buffer, offset, length) -> {
                            buffer.limit(offset + length).position(offset);
                            numbers.add(buffer.getLong());
                            assertThat(buffer.remaining()).isZero();
                            buffer.clear();
                            return true;
                        },
                        2))
                .isEqualTo(2);
        reader.poll(
                (type, buffer, offset, length) -> {
                    numbers.add(buffer.getLong(offset));
                    buffer.position(1).limit(2);
                    return true;
                },
                10);
        assertThat(reader.position()).isEqualTo(48);
        assertThat(Rings.offer(writer, 3)).isZero();
        reader.poll(
                (type, buffer, offset, length) -> {
                    assertThat(buffer.limit()).isEqualTo(2);
                    return numbers.add(buffer.clear().getLong(offset));
                },
                10);
        assertThat(numbers).containsExactly(0L, 1L, 2L, 3L);
    }

    // ---- Waiting -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void an_interrupt_ends_a_wait_and_is_over_then(WaitPolicy policy) throws Exception {
        Rings.interrupt(ring, policy, "awaitData", () -> reader.poll(PASS, 10, policy, FOREVER));
        assertThat(reader.awaitData(policy, 1)).isEqualTo(Outcome.TIMED_OUT);
        offer(1);
        assertThat(Rings.drain(reader)).containsExactly(0L);
    }

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void an_interrupt_before_the_wait_ends_it_if_it_has_to_wait(WaitPolicy policy) throws InterruptedException {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> reader.awaitData(policy, FOREVER)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> reader.poll(PASS, 1, policy, FOREVER)).isInstanceOf(InterruptedException.class);
        offer(1);
        Thread.currentThread().interrupt();
        assertThat(reader.awaitData(policy, FOREVER)).isEqualTo(Outcome.READY);
        assertThat(reader.poll(PASS, 1, policy, FOREVER)).isEqualTo(1);
        assertThat(Thread.interrupted()).isTrue();
    }

    /** An interrupt that comes when the wait is already over must not end the next one of another thread. */
    @Test
    void interrupts_hit_the_thread_that_was_meant() throws Exception {
        for (int round = 0; round < 300; round++) {
            Waiter<Integer> waiter = Waiter.start(() -> reader.awaitData(WaitPolicy.SLEEP, FOREVER));
            waiter.interrupt();
            offer(1);
            try {
                assertThat(waiter.result(20)).isEqualTo(Outcome.READY);
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(InterruptedException.class);
            }
            assertThat(Rings.drain(reader)).containsExactly(0L);
            assertThat(reader.awaitData(WaitPolicy.SLEEP, 1)).isEqualTo(Outcome.TIMED_OUT);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void a_close_ends_a_wait(WaitPolicy policy) throws Exception {
        Waiter<Integer> waiter = Waiter.start(() -> reader.poll(PASS, 1, policy, FOREVER));
        if (policy.sleeps()) {
            assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        }
        reader.close();
        assertThat(waiter.result(20)).isEqualTo(Outcome.CLOSED);
    }

    @Test
    void a_timeout_of_zero_or_less_looks_once() throws InterruptedException {
        for (long timeoutNs : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThat(reader.awaitData(WaitPolicy.SLEEP, timeoutNs)).isEqualTo(Outcome.TIMED_OUT);
            assertThat(reader.poll(PASS, 1, WaitPolicy.SPIN, timeoutNs)).isEqualTo(Outcome.TIMED_OUT);
        }
    }

    @Test
    void a_poll_waits_for_its_message() throws Exception {
        Waiter<Integer> waiter = Waiter.start(() -> reader.poll(PASS, 10, WaitPolicy.SLEEP, FOREVER));
        assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        assertThat(Rings.offer(writer, 1)).isZero();
        assertThat(waiter.result(20)).isEqualTo(1);
        writer.close();
        assertThat(reader.poll(PASS, 10, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.END);
    }

    @Test
    void a_spin_only_ring_refuses_to_sleep_even_if_it_would_not() throws IOException, InterruptedException {
        try (Ring spinOnly = Ring.create("spin", Rings.options(directory).spinOnly());
                RingReader spinning = spinOnly.openReader()) {
            assertThat(Rings.offer(spinOnly.openWriter(), 1)).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> spinning.awaitData(WaitPolicy.SLEEP, 0))
                    .withMessage(spinOnly + ": is spin-only, so wait with WaitPolicy.SPIN");
            assertThat(spinning.awaitData(WaitPolicy.SPIN, 0)).isEqualTo(Outcome.READY);
        }
    }

    // ---- Closed ------------------------------------------------------------------------------------------------

    @Test
    void a_closed_reader_says_so() throws InterruptedException {
        offer(1);
        reader.close();
        reader.close();
        assertThat(reader.poll(PASS, 1)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.poll(PASS, 1, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.skip()).isEqualTo(Outcome.CLOSED);
        assertThat(reader.awaitData(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.availableBytes()).isZero();
        assertThat(reader.position()).isZero();
    }

    @Test
    void a_closed_reader_stays_closed_when_the_next_one_opens() throws Exception {
        offer(1);
        reader.close();
        RingReader next = ring.openReader();
        assertThat(reader.poll(PASS, 1)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.awaitData(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        reader.close();
        assertThat(Rings.drain(next)).containsExactly(0L);
    }

    @Test
    void a_close_waits_for_the_handler_and_the_next_reader_goes_on_behind_it() throws Exception {
        offer(3);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch leave = new CountDownLatch(1);
        Waiter<Integer> polling = Waiter.start(() -> reader.poll(
                (type, buffer, offset, length) -> {
                    inside.countDown();
                    return waitFor(leave);
                },
                10));
        assertThat(waitFor(inside)).isTrue();
        Waiter<Long> closing = Waiter.start(() -> {
            reader.close();
            return leave.getCount();
        });
        assertThat(closing.comesInto(LockSupport.class, "parkNanos")).isTrue();
        assertThatThrownBy(() -> ring.openReader()).hasMessageEndingWith("(EBUSY)");
        leave.countDown();
        assertThat(polling.result(20)).isEqualTo(1); // the batch has ended, with its message
        assertThat(closing.result(20)).as("what a close has not waited for").isZero();
        assertThat(Rings.drain(ring.openReader())).containsExactly(1L, 2L);
    }

    /** Each message comes to one reader, whatever the moment at which its predecessor is closed. */
    @Test
    void no_message_is_lost_or_doubled_when_another_thread_closes() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Waiter<Integer> writing = Waiter.start(() -> {
            for (long number = 0; !stop.get(); ) {
                number += Rings.offer(writer, number) == 0 ? 1 : 0;
            }
            return 0;
        });
        long[] next = {0};
        MessageHandler check = (type, buffer, offset, length) -> {
            assertThat(buffer.getLong(offset)).isEqualTo(next[0]);
            next[0]++;
            return true;
        };
        for (int round = 0; round < 300; round++) {
            RingReader current = round == 0 ? reader : ring.openReader();
            AtomicBoolean polling = new AtomicBoolean();
            Waiter<Integer> poller = Waiter.start(() -> {
                int result;
                do {
                    result = current.poll(check, 10);
                    polling.set(true);
                } while (result >= 0);
                return result;
            });
            while (!polling.get()) {
                Thread.onSpinWait();
            }
            current.close();
            assertThat(poller.result(20)).isEqualTo(Outcome.CLOSED);
            assertThat(current.position()).isEqualTo(16 * next[0]);
        }
        stop.set(true);
        assertThat(writing.result(20)).isZero();
        assertThat(next[0]).isPositive();
    }

    // ---- Corruption --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {12, 65_544, -8, Long.MIN_VALUE, Long.MAX_VALUE})
    void an_impossible_tail_is_corrupt(long tail) throws IOException {
        String message = ring.segment().path() + ": a position or length lies outside its lane";
        try (Vandal vandal = new Vandal(directory.resolve("orders"))) {
            vandal.putTail(tail);
            assertThatThrownBy(() -> reader.poll(PASS, 1))
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> reader.awaitData(WaitPolicy.SLEEP, FOREVER))
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessage(message);
            assertThat(reader.availableBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
            reader.close();
            assertThatThrownBy(() -> ring.openReader())
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessage(ring.segment().path() + " for reading: a position or length lies outside its lane");
            vandal.putTail(0);
            assertThat(ring.openReader().poll(PASS, 1)).isEqualTo(Outcome.EMPTY);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {9, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, Integer.MAX_VALUE - 7, -8})
    void an_impossible_length_is_corrupt_and_what_came_before_is_consumed(int length) throws IOException {
        offer(2);
        try (Vandal vandal = new Vandal(directory.resolve("orders"))) {
            vandal.putLength(16, length);
            List<Long> numbers = new ArrayList<>();
            MessageHandler collect = (type, buffer, offset, bytes) -> numbers.add(buffer.getLong(offset));
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> reader.poll(collect, 10)).isInstanceOf(CorruptSegmentException.class);
                assertThatThrownBy(() -> reader.skip()).isInstanceOf(CorruptSegmentException.class);
            }
            assertThat(numbers).containsExactly(0L);
            assertThat(reader.position()).isEqualTo(16);
            assertThat(vandal.cursor()).isEqualTo(16);
            vandal.putLength(16, 8);
            assertThat(Rings.drain(reader)).containsExactly(1L);
        }
    }

    /** Somebody scribbles over everything that is shared while it is used: the worst is an exception. */
    @Test
    void a_vandal_at_work_crashes_nobody() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        try (Vandal vandal = new Vandal(directory.resolve("orders"))) {
            Waiter<Integer> scribbling = Waiter.start(() -> {
                Random random = new Random(1);
                while (!stop.get()) {
                    vandal.putLength(random.nextInt(100) * 16, random.nextInt() >> random.nextInt(32));
                    vandal.putTail(random.nextLong() >> random.nextInt(64));
                    vandal.putCursor(random.nextLong() >> random.nextInt(64));
                }
                return 0;
            });
            MessageHandler look = (type, buffer, offset, length) -> {
                for (int i = 0; i < length; i += 509) {
                    buffer.get(offset + i);
                }
                return true;
            };
            int corrupt = 0;
            for (int i = 0; i < 20_000 || corrupt < 100; i++) {
                try {
                    if (writer.claim(1, i % 1000) > 0) {
                        writer.commit();
                    }
                    reader.poll(look, 10);
                } catch (CorruptSegmentException e) {
                    corrupt++;
                }
            }
            stop.set(true);
            assertThat(scribbling.result(20)).isZero();
        }
    }
}
