package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.Outcome;
import dev.strait.segment.Participant;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Jvm;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deaths of whole JVMs; scenarios.txt has those of single roles, in both languages. */
final class DeathTest {
    /** The bound that the documentation promises. */
    private static final long BOUND_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    Path directory;

    private RingOptions options;

    @BeforeEach
    void options() {
        options = RingOptions.defaults().segment(SegmentOptions.defaults().directory(directory));
    }

    @Test
    void a_participant_says_who_it_is() throws Exception {
        Instant before = Instant.now();
        try (Ring ring = Ring.create("ring", options);
                Jvm.Child child = Jvm.of(DeathPeer.class).start(directory.toString(), "wait")) {
            assertThat(child.line()).isEqualTo("ready");
            List<Participant> participants = ring.segment().participants();
            assertThat(participants).hasSize(2);

            Participant self = participants.get(0);
            assertThat(self.isSelf()).isTrue();
            assertThat(self.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(self.isWriter() || self.isReader()).isFalse();
            assertThat(self.joined()).isBetween(before.minus(1, ChronoUnit.SECONDS), Instant.now());

            Participant other = participants.get(1);
            assertThat(other.isSelf()).isFalse();
            assertThat(other.slot()).isEqualTo(1);
            assertThat(other.generation()).isEqualTo(1);
            assertThat(other.state()).isEqualTo(Participant.State.LIVE);
            assertThat(other.pid()).isEqualTo(child.process().pid());
            assertThat(other.uid()).isEqualTo(self.uid());
            assertThat(other.startTicks()).isGreaterThanOrEqualTo(self.startTicks());
            assertThat(other.command()).isEqualTo("java");
            assertThat(other.isWriter()).isTrue();
            assertThat(other.isReader()).isFalse();
        }
    }

    @Test
    void a_killed_jvm_is_told_within_two_seconds_and_said_to_be_who_it_was() throws Exception {
        try (Ring ring = Ring.create("ring", options);
                RingReader reader = ring.openReader();
                Jvm.Child child = Jvm.of(DeathPeer.class).start(directory.toString(), "wait")) {
            assertThat(child.line()).isEqualTo("ready");
            assertKilledIsTold(reader, child);
        }
    }

    @Test
    void a_jvm_that_is_killed_while_it_starts_children_is_told_although_they_live_on() throws Exception {
        try (Ring ring = Ring.create("ring", options);
                RingReader reader = ring.openReader();
                Jvm.Child child = Jvm.of(DeathPeer.class).start(directory.toString(), "spawn")) {
            assertThat(child.line()).isEqualTo("ready");
            assertThat(child.line()).isEqualTo("spawned");
            assertKilledIsTold(reader, child);
        }
    }

    @Test
    void of_several_attachments_of_one_jvm_each_is_told() throws Exception {
        try (Ring ring = Ring.create("ring", options);
                Jvm.Child child = Jvm.of(DeathPeer.class).start(directory.toString(), "twice")) {
            assertThat(child.line()).isEqualTo("ready");
            assertThat(ring.segment().participants()).hasSize(3);
            child.process().destroyForcibly().waitFor();
            long start = System.nanoTime();
            while (ring.segment().participants().size() > 1) {
                assertThat(System.nanoTime() - start).isLessThan(BOUND_NS);
                Thread.sleep(1);
            }
        }
    }

    @Test
    void an_identity_never_comes_again() throws IOException {
        try (Ring ring = Ring.create("ring", options)) {
            for (int generation = 1; generation < 5; generation++) {
                try (Ring other = Ring.open("ring", options)) {
                    Participant second = other.segment().participants().get(1);
                    assertThat(second.isSelf()).isTrue();
                    assertThat(second.slot()).isEqualTo(1);
                    assertThat(second.generation()).isEqualTo(generation);
                }
                assertThat(ring.segment().participants()).hasSize(1);
            }
        }
    }

    private static void assertKilledIsTold(RingReader reader, Jvm.Child child) throws Exception {
        assertThat(reader.awaitData(WaitPolicy.SPIN_THEN_SLEEP, BOUND_NS)).isEqualTo(Outcome.READY);
        assertThat(reader.poll((type, buffer, offset, length) -> true, 10)).isEqualTo(3);
        child.process().destroyForcibly().waitFor();
        assertThat(reader.awaitData(WaitPolicy.SPIN_THEN_SLEEP, BOUND_NS)).isEqualTo(Outcome.PEER_DIED);
        Participant dead = reader.peer().orElseThrow();
        assertThat(dead.state()).isEqualTo(Participant.State.DEAD);
        assertThat(dead.pid()).isEqualTo(child.process().pid());
    }
}
