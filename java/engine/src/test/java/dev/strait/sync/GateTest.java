package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sequences, latches and barriers as Java objects; native/test/gate_test.c has real processes and deaths. */
@Timeout(60)
final class GateTest {
    private static final int PARTIES = 3;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private Segment segment;
    private Sequence sequence;
    private Latch latch;
    private Barrier barrier;

    @BeforeEach
    void create() throws IOException {
        segment = Syncs.segment(
                directory,
                Sequence.declare("sequence", 5),
                Latch.declare("latch", 2),
                Barrier.declare("barrier", PARTIES));
        sequence = Sequence.open(segment, "sequence");
        latch = Latch.open(segment, "latch");
        barrier = Barrier.open(segment, "barrier");
    }

    @AfterEach
    void close() {
        segment.close();
    }

    @Test
    void a_declaration_that_can_be_none_says_why() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sequence.declare("s", -1))
                .withMessage("sequence \"s\": start -1: must be 0 to 9223372036854775807");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latch.declare("l", -1))
                .withMessage("latch \"l\": count -1: must be 0 to 2147483647");
        for (int parties : new int[] {0, 65_536}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Barrier.declare("b", parties))
                    .withMessage("barrier \"b\": parties " + parties + ": must be 1 to 65535");
        }
    }

    @Test
    void another_kind_of_gate_is_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Latch.open(segment, "barrier"))
                .withMessageContaining("barrier \"barrier\" is no latch");
        assertThatThrownBy(() -> Sequence.open(segment, "gate")).hasMessageContaining("ENOENT");
    }

    @Test
    void a_sequence_only_grows() throws Exception {
        assertThat(sequence.advance(4)).isFalse();
        assertThat(sequence.advance(7)).isTrue();
        assertThat(sequence.increment(3)).isEqualTo(10);
        assertThat(sequence.get()).isEqualTo(10);
        assertThat(sequence.await(10)).isZero();
        assertThat(sequence.await(11, WaitPolicy.SLEEP, 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
        assertThatIllegalArgumentException().isThrownBy(() -> sequence.advance(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> sequence.increment(0));
        sequence.advance(Long.MAX_VALUE);
        assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> sequence.increment(1));
    }

    @Test
    void a_sleeper_wakes_up_at_its_number() throws Exception {
        Waiter<Integer> waiter = Syncs.asleep(sequence, () -> sequence.await(8, WaitPolicy.SLEEP, Long.MAX_VALUE));
        try (Segment other = Syncs.again(directory)) {
            Sequence same = Sequence.open(other, "sequence");
            assertThat(same.increment(3)).isEqualTo(8);
            assertThat(Syncs.resultOf(waiter)).isZero();
        }
    }

    @Test
    void a_latch_counts_down_once() throws Exception {
        Waiter<Integer> waiter = Syncs.asleep(latch, () -> latch.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
        assertThat(latch.countDown()).isEqualTo(1);
        assertThat(latch.getCount()).isEqualTo(1);
        assertThat(latch.countDown()).isZero();
        assertThat(latch.countDown()).isZero();
        assertThat(Syncs.resultOf(waiter)).isZero();
        assertThat(latch.await()).isZero();
    }

    @Test
    void all_leave_a_barrier_together_with_places_of_their_own() throws Exception {
        assertThat(barrier.getParties()).isEqualTo(PARTIES);
        for (int round = 0; round < 3; round++) {
            List<Waiter<Integer>> waiters = new ArrayList<>();
            for (int i = 0; i < PARTIES - 1; i++) {
                waiters.add(Syncs.asleep(barrier, () -> barrier.await(WaitPolicy.SLEEP, Long.MAX_VALUE)));
                while (barrier.getNumberWaiting() <= i) {
                    Thread.onSpinWait();
                }
            }
            assertThat(barrier.await()).isZero();
            for (int i = 0; i < PARTIES - 1; i++) {
                assertThat(Syncs.resultOf(waiters.get(i))).isEqualTo(PARTIES - 1 - i);
            }
            assertThat(barrier.getNumberWaiting()).isZero();
        }
    }

    @Test
    void who_does_not_wait_longer_breaks_a_barrier_until_its_reset() throws Exception {
        Waiter<Integer> waiter = Syncs.asleep(barrier, () -> barrier.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
        assertThat(barrier.await(WaitPolicy.SLEEP, 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
        assertThat(Syncs.resultOf(waiter)).isEqualTo(Outcome.BROKEN);
        assertThat(barrier.isBroken()).isTrue();
        assertThat(barrier.await()).isEqualTo(Outcome.BROKEN);
        barrier.reset();
        assertThat(barrier.isBroken()).isFalse();
        assertThat(barrier.await(WaitPolicy.SLEEP, 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
    }

    @Test
    void an_interrupt_ends_a_wait_and_breaks_a_barrier() throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> sequence.await(6)).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> barrier.await()).isInstanceOf(InterruptedException.class);
        assertThat(barrier.isBroken()).isTrue();
    }

    @Test
    void a_party_that_is_gone_without_leaving_ends_the_waits() throws Exception {
        Waiter<Integer> waiter;
        try (Segment other = Syncs.again(directory)) {
            Sequence.open(other, "sequence").join();
            Latch.open(other, "latch").join();
            Barrier.open(other, "barrier").join();
            waiter = Syncs.asleep(sequence, () -> sequence.await(6, WaitPolicy.SLEEP, Long.MAX_VALUE));
        }
        assertThat(Syncs.resultOf(waiter)).isEqualTo(Outcome.PEER_DIED);
        assertThat(latch.await()).isEqualTo(Outcome.PEER_DIED);
        assertThat(barrier.await()).isEqualTo(Outcome.BROKEN);
        assertThat(sequence.await(5)).as("what is there already").isZero();
        sequence.join();
        assertThat(sequence.await(6, WaitPolicy.SLEEP, 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
        sequence.leave();
    }

    @Test
    void a_party_that_left_is_not_missed() throws Exception {
        try (Segment other = Syncs.again(directory)) {
            Sequence party = Sequence.open(other, "sequence");
            party.join();
            party.leave();
        }
        assertThat(sequence.await(6, WaitPolicy.SLEEP, 1_000_000)).isEqualTo(Outcome.TIMED_OUT);
    }

    @Test
    void closing_the_segment_ends_a_wait_and_refuses_calls() throws Exception {
        Waiter<Integer> waiter = Syncs.asleep(latch, () -> latch.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
        segment.close();
        assertThat(Syncs.resultOf(waiter)).isEqualTo(Outcome.CLOSED);
        assertThat(barrier.await()).isEqualTo(Outcome.CLOSED);
        assertThatIllegalStateException().isThrownBy(sequence::get);
        assertThatIllegalStateException().isThrownBy(() -> sequence.advance(9));
        assertThatIllegalStateException().isThrownBy(() -> sequence.increment(1));
        assertThatIllegalStateException().isThrownBy(latch::countDown);
        assertThatIllegalStateException().isThrownBy(latch::getCount);
        assertThatIllegalStateException().isThrownBy(barrier::isBroken);
        assertThatIllegalStateException().isThrownBy(barrier::reset);
        assertThatIllegalStateException().isThrownBy(barrier::join);
    }
}
