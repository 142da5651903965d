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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What only Java's writer has; scenarios.txt has what both languages share. */
@Timeout(60)
final class RingWriterTest {
    private static final long FOREVER = Long.MAX_VALUE;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Ring ring;
    private RingWriter writer;

    @BeforeEach
    void open() throws IOException {
        ring = Ring.create("orders", Rings.options(directory));
        writer = ring.openWriter();
    }

    @AfterEach
    void close() throws Exception {
        Rings.close(ring);
    }

    // ---- Misuse ------------------------------------------------------------------------------------------------

    @Test
    void a_claim_while_one_is_open_is_refused() {
        assertThat(writer.claim(1, 8)).isPositive();
        assertThatIllegalStateException()
                .isThrownBy(() -> writer.claim(2, 8))
                .withMessage(ring + ": a claim is open; commit or abort it, or add to it with claimMore");
        assertThat(writer.commit()).isZero();
        assertThat(writer.position()).isEqualTo(16);
    }

    @Test
    void an_offer_while_a_claim_is_open_is_refused_and_the_claim_stays() {
        assertThat(writer.claim(1, 8)).isPositive();
        assertThatIllegalStateException()
                .isThrownBy(() -> writer.offer(2, Rings.bytes(1), 0, 1))
                .withMessage(ring + ": a claim is open; commit or abort it, or add to it with claimMore");
        assertThat(writer.commit()).isZero();
        assertThat(writer.position()).isEqualTo(16);
    }

    @Test
    void a_commit_without_a_claim_is_refused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> writer.commit())
                .withMessage(ring + ": commit without a claim");
        assertThat(Rings.offer(writer, 1)).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Rings.LANE_BYTES - 7, Integer.MAX_VALUE})
    void a_length_that_never_fits_is_refused(int length) {
        String message = "length " + length + ": must be 0 to 65528";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.claim(1, length))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.claimMore(1, length))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.offer(1, Rings.bytes(1), 0, length))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> writer.awaitSpace(length, WaitPolicy.SLEEP, 0))
                .withMessage(message);
        assertThat(writer.freeBytes()).isEqualTo(Rings.LANE_BYTES);
        assertThat(Rings.offer(writer, 1)).isZero();
    }

    @Test
    void an_offer_of_bytes_that_the_source_lacks_claims_nothing() {
        ByteBuffer source = Rings.bytes(1, 2, 3, 4);
        assertThatThrownBy(() -> writer.offer(1, source, 0, 5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> writer.offer(1, source, 4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> writer.offer(1, source, -1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(writer.freeBytes()).isEqualTo(Rings.LANE_BYTES);
        assertThat(writer.offer(1, source, 3, 1)).isZero();
        assertThat(writer.position()).isEqualTo(16);
    }

    @Test
    void an_offer_for_which_the_stack_is_too_small_leaves_the_writer_usable() throws Exception {
        RingReader reader = ring.openReader();
        for (int i = 0; i < 400; i++) {
            Thread deep = new Thread(null, () -> overflow(reader), "deep", 200_000 + 16 * i);
            deep.start();
            deep.join();
            assertThat(writer.offer(1, Rings.bytes(1), 0, 1)).isNotNegative();
            assertThat(Rings.drain(reader)).isNotEmpty();
        }
        writer.close();
    }

    private void overflow(RingReader reader) {
        try {
            offerAndRecurse(reader, ByteBuffer.allocateDirect(8), Integer.MAX_VALUE);
        } catch (StackOverflowError expected) {
            // Somewhere in offer, sooner or later.
        }
    }

    private int offerAndRecurse(RingReader reader, ByteBuffer source, int depth) {
        if (depth == 0) {
            return 0;
        }
        return writer.offer(1, source, 0, 1) + reader.skip() + offerAndRecurse(reader, source, depth - 1);
    }

    @Test
    void two_threads_at_once_are_told() throws Exception {
        assertThat(writer.begin()).isTrue(); // as if in the middle of a call
        assertThatThrownBy(() -> Waiter.start(() -> writer.claim(1, 8)).result())
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage(ring + ": used by two threads at once");
        writer.end();
        assertThat(Waiter.start(() -> writer.claim(1, 8)).result()).isEqualTo(8);
    }

    // ---- The buffer --------------------------------------------------------------------------------------------

    @Test
    void the_buffer_is_little_endian_and_always_the_same() {
        assertThat(writer.buffer().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        assertThat(writer.buffer()).isSameAs(writer.buffer());
    }

    @Test
    void position_and_limit_of_the_buffer_mean_nothing_to_the_engine() throws IOException {
        writer.buffer().position(77).limit(99);
        assertThat(writer.claim(1, 1000)).isEqualTo(8);
        assertThat(writer.commit()).isZero();
        assertThat(writer.offer(2, Rings.bytes(1, 2, 3), 0, 3)).isZero();
        assertThat(writer.buffer().position()).isEqualTo(77);
        assertThat(writer.buffer().limit()).isEqualTo(99);
        writer.buffer().limit(0);
        assertThat(Rings.LANE_BYTES - writer.freeBytes()).isEqualTo(1008 + 16);
        List<Integer> lengths = new ArrayList<>();
        assertThat(ring.openReader().poll((type, buffer, offset, length) -> lengths.add(length), 10))
                .isEqualTo(2);
        assertThat(lengths).containsExactly(1000, 3);
    }

    @Test
    void an_offer_takes_any_buffer_and_leaves_it_as_it_is() throws IOException {
        ByteBuffer heap = Rings.bytes(9, 1, 2, 3, 9);
        ByteBuffer direct = ByteBuffer.allocateDirect(5).put(heap.duplicate()).clear();
        for (ByteBuffer source : List.of(heap, direct, heap.asReadOnlyBuffer(), direct.asReadOnlyBuffer())) {
            source.position(4);
            assertThat(writer.offer(1, source, 1, 3)).isZero();
            assertThat(source.position()).isEqualTo(4);
            assertThat(source.limit()).isEqualTo(5);
        }
        List<Integer> words = new ArrayList<>();
        MessageHandler collect = (type, buffer, offset, length) -> words.add(buffer.getInt(offset) & 0xff_ffff);
        assertThat(ring.openReader().poll(collect, 10)).isEqualTo(4);
        assertThat(words).containsOnly(0x03_0201);
    }

    // ---- Waiting -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void an_interrupt_ends_a_wait_and_is_over_then(WaitPolicy policy) throws Exception {
        Rings.fill(writer);
        Rings.interrupt(ring, policy, "awaitSpace", () -> writer.awaitSpace(8, policy, FOREVER));
        assertThat(writer.awaitSpace(8, policy, 1)).isEqualTo(Outcome.TIMED_OUT);
    }

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void an_interrupt_before_the_wait_ends_it_if_it_has_to_wait(WaitPolicy policy) throws InterruptedException {
        Thread.currentThread().interrupt();
        assertThat(writer.awaitSpace(8, policy, FOREVER)).isEqualTo(Outcome.READY);
        assertThat(Thread.interrupted()).isTrue();
        Rings.fill(writer);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> writer.awaitSpace(8, policy, FOREVER)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> writer.claim(1, 8, policy, FOREVER)).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> writer.offer(1, Rings.bytes(1), 0, 1, policy, FOREVER))
                .isInstanceOf(InterruptedException.class);
    }

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void a_close_ends_a_wait(WaitPolicy policy) throws Exception {
        Rings.fill(writer);
        Waiter<Integer> waiter = Waiter.start(() -> writer.awaitSpace(8, policy, FOREVER));
        if (policy.sleeps()) {
            assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        }
        writer.close();
        assertThat(waiter.result(20)).isEqualTo(Outcome.CLOSED);
    }

    @ParameterizedTest
    @MethodSource("dev.strait.ring.Rings#policies")
    void a_close_of_the_ring_ends_a_wait(WaitPolicy policy) throws Exception {
        Rings.fill(writer);
        Waiter<Integer> waiter = Waiter.start(() -> writer.claim(1, 8, policy, FOREVER));
        if (policy.sleeps()) {
            assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        }
        ring.close();
        assertThat(waiter.result(20)).isEqualTo(Outcome.CLOSED);
    }

    @Test
    void a_timeout_of_zero_or_less_looks_once() throws InterruptedException {
        Rings.fill(writer);
        for (long timeoutNs : new long[] {0, -1, Long.MIN_VALUE}) {
            assertThat(writer.awaitSpace(8, WaitPolicy.SLEEP, timeoutNs)).isEqualTo(Outcome.TIMED_OUT);
            assertThat(writer.claim(1, 8, WaitPolicy.SPIN, timeoutNs)).isEqualTo(Outcome.TIMED_OUT);
            assertThat(writer.offer(1, Rings.bytes(1), 0, 1, WaitPolicy.SLEEP, timeoutNs))
                    .isEqualTo(Outcome.TIMED_OUT);
        }
    }

    @Test
    void claim_and_offer_wait_for_their_room() throws Exception {
        RingReader reader = ring.openReader();
        Rings.fill(writer);
        Waiter<Integer> claiming = Waiter.start(() -> writer.claim(1, 8, WaitPolicy.SLEEP, FOREVER));
        assertThat(claiming.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        assertThat(reader.skip()).isEqualTo(1);
        assertThat(claiming.result(20)).isEqualTo(8);
        writer.abort();
        Rings.fill(writer);
        Waiter<Integer> offering = Waiter.start(() -> writer.offer(1, Rings.bytes(7), 0, 1, WaitPolicy.SLEEP, FOREVER));
        assertThat(offering.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        assertThat(reader.skip()).isEqualTo(1);
        assertThat(offering.result(20)).isZero();
        Rings.drain(reader);
        Rings.fill(writer);
        reader.close();
        assertThat(writer.claim(1, 8, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.END);
    }

    @Test
    void a_spin_only_ring_refuses_to_sleep_even_if_it_would_not() throws IOException, InterruptedException {
        try (Ring spinOnly = Ring.create("spin", Rings.options(directory).spinOnly());
                RingWriter spinning = spinOnly.openWriter()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> spinning.awaitSpace(8, WaitPolicy.SPIN_THEN_SLEEP, 0))
                    .withMessage(spinOnly + ": is spin-only, so wait with WaitPolicy.SPIN");
            assertThat(spinning.awaitSpace(8, WaitPolicy.SPIN, 0)).isEqualTo(Outcome.READY);
        }
    }

    // ---- Closed ------------------------------------------------------------------------------------------------

    @Test
    void a_closed_writer_says_so() throws InterruptedException {
        assertThat(writer.claim(1, 8)).isPositive();
        writer.close();
        writer.close();
        assertThat(writer.claim(1, 8)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.claimMore(1, 8)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.commit()).isEqualTo(Outcome.CLOSED);
        assertThat(writer.offer(1, Rings.bytes(1), 0, 1)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.claim(1, 8, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.freeBytes()).isZero();
        assertThat(writer.position()).isZero();
        writer.abort();
    }

    @Test
    void a_closed_writer_stays_closed_when_the_next_one_opens() throws Exception {
        Rings.fill(writer);
        Waiter<Integer> waiter = Waiter.start(() -> writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER));
        assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
        writer.close();
        RingWriter next = ring.openWriter();
        assertThat(waiter.result(20)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.claim(1, 8)).isEqualTo(Outcome.CLOSED);
        writer.close();
        assertThat(Rings.drain(ring.openReader())).hasSize(1);
        assertThat(Rings.offer(next, 1)).isZero();
    }

    /** A commit that says 0 is published, one that says CLOSED is not, at whatever moment the close comes. */
    @Test
    void no_commit_is_lost_or_doubled_when_another_thread_closes() throws Exception {
        RingReader reader = ring.openReader();
        long number = 0;
        for (int round = 0; round < 500; round++) {
            RingWriter current = round == 0 ? writer : ring.openWriter();
            long first = number;
            AtomicBoolean committing = new AtomicBoolean();
            Waiter<Long> committer = Waiter.start(() -> commitUntilClosed(current, first, committing));
            while (!committing.get()) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < round % 50; i++) {
                Thread.onSpinWait();
            }
            current.close();
            long next = committer.result(20);
            assertThat(current.position()).isEqualTo(16 * next);
            List<Long> read = Rings.drain(reader);
            for (long each : read) {
                assertThat(each).isEqualTo(number++);
            }
            assertThat(number).isEqualTo(next);
        }
        assertThat(number).isPositive();
    }

    /** Returns the first number that was not committed. */
    private static long commitUntilClosed(RingWriter writer, long first, AtomicBoolean committing) {
        for (long number = first; ; ) {
            int result = Rings.offer(writer, number);
            committing.set(true);
            if (result == Outcome.CLOSED) {
                return number;
            } else if (result == 0) {
                number++;
            } else {
                assertThat(result).isEqualTo(Outcome.FULL);
            }
        }
    }

    // ---- Corruption --------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {65_544, 4, -8, Long.MIN_VALUE, Long.MAX_VALUE})
    void an_impossible_cursor_is_corrupt(long cursor) throws IOException {
        String message = ring.segment().path() + ": a position or length lies outside its lane";
        try (Vandal vandal = new Vandal(directory.resolve("orders"))) {
            Rings.fill(writer);
            vandal.putCursor(cursor);
            assertThatThrownBy(() -> writer.claim(1, 8))
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> writer.offer(1, Rings.bytes(1), 0, 1)).isInstanceOf(CorruptSegmentException.class);
            assertThatThrownBy(() -> writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER))
                    .isInstanceOf(CorruptSegmentException.class);
            assertThat(writer.freeBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
            writer.close();
            assertThatThrownBy(() -> ring.openWriter())
                    .isInstanceOf(CorruptSegmentException.class)
                    .hasMessage(ring.segment().path() + " for writing: a position or length lies outside its lane");
            vandal.putCursor(0);
            assertThat(ring.openWriter().position()).isEqualTo(65_536);
        }
    }

    @Test
    void a_cursor_that_becomes_impossible_ends_a_sleep() throws Exception {
        try (Vandal vandal = new Vandal(directory.resolve("orders"))) {
            Rings.fill(writer);
            Waiter<Integer> waiter = Waiter.start(() -> writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER));
            assertThat(waiter.comesToSleep(() -> Rings.someoneSleeps(ring))).isTrue();
            vandal.putCursor(12);
            assertThatThrownBy(() -> waiter.result(20)).hasCauseInstanceOf(CorruptSegmentException.class);
        }
    }
}
