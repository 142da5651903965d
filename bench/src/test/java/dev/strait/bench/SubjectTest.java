package dev.strait.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each subject carries messages from process to process, with every byte looked at, or takes and gives back what it
 * synchronises with; nothing is measured.
 */
final class SubjectTest {
    /** Ends by the number of messages, not by time. */
    private static final Pace BRIEF = new Pace(1, 0, 0, 20_000, 100, 1, Long.MAX_VALUE, 4_096, true);

    private static final Pace FEW = new Pace(1, 0, 0, 20_000, 100, 1, Long.MAX_VALUE, 64, true);

    private static final List<Comparison> IN_C = List.of(
            Comparison.RTT_64B,
            Comparison.THROUGHPUT_64B_BATCH,
            Comparison.THROUGHPUT_1KIB_EACH,
            Comparison.WAKE_RTT_64B);
    private static final List<Comparison> IN_JAVA = List.of(Comparison.THROUGHPUT_64B_BATCH);
    private static final List<Comparison> SYNCHRONISING = List.of(
            Comparison.SEM_UNCONTENDED,
            Comparison.SEM_UNCONTENDED_C,
            Comparison.LOCK_UNCONTENDED,
            Comparison.LOCK_UNCONTENDED_C,
            Comparison.LOCK_HANDOVER,
            Comparison.LOCK_HANDOVER_C);

    @TempDir
    static Path folder;

    @BeforeAll
    static void find_the_programs_in_c() {
        System.setProperty(
                "strait.bench.natives",
                Path.of(System.getProperty("strait.native.build"), "bench", "c").toString());
    }

    @TestFactory
    Stream<DynamicTest> every_subject_carries_thousands_of_messages() {
        return subjects(Comparison.RTT_64B)
                .flatMap(subject -> (subject.sides(Comparison.RTT_64B).warmsUp() ? IN_JAVA : IN_C)
                        .stream()
                                .filter(comparison -> subject.reason(comparison) == null)
                                .map(comparison -> carrying(comparison, subject)));
    }

    @TestFactory
    Stream<DynamicTest> every_subject_takes_and_gives_back_thousands_of_times() {
        return SYNCHRONISING.stream()
                .flatMap(comparison -> subjects(comparison).map(subject -> carrying(comparison, subject)));
    }

    @TestFactory
    Stream<DynamicTest> every_wrapper_does_thousands_of_times_what_c_does() {
        return Comparison.WRAPPERS.stream().flatMap(comparison -> subjects(comparison)
                .filter(subject -> comparison == Comparison.CALL_PIPE
                        || !subject.label.equals(Subject.EMPTY_JNI_CALLS)) // the same in all
                .map(subject -> carrying(comparison, subject)));
    }

    @TestFactory
    Stream<DynamicTest> every_mechanism_carries_its_largest_messages_whole() {
        return Mechanism.DRAWN.stream().flatMap(mechanism -> Stream.of(Kind.ROUND_TRIP, Kind.STREAM)
                .map(kind -> dynamicTest(mechanism + ", " + kind, () -> carriesLargest(mechanism, kind))));
    }

    private static void carriesLargest(Mechanism mechanism, Kind kind) throws IOException, InterruptedException {
        int bytes = mechanism.sizes().get(mechanism.sizes().size() - 1);
        try (Runner runner = runner(FEW)) {
            Reading reading = runner.run(mechanism.work(kind, bytes), mechanism.sides());
            assertThat(reading.values().values()).isNotEmpty().allMatch(value -> value > 0);
        }
    }

    private static Stream<Subject> subjects(Comparison comparison) {
        return Stream.concat(
                Stream.of(Subject.strait(comparison)),
                Subject.OTHERS.stream().filter(subject -> subject.isAbout(comparison)));
    }

    private static DynamicTest carrying(Comparison comparison, Subject subject) {
        return dynamicTest(subject.label + ", " + comparison.label, () -> carries(comparison, subject));
    }

    private static void carries(Comparison comparison, Subject subject) throws IOException, InterruptedException {
        try (Runner runner = runner(BRIEF)) {
            Reading reading = runner.run(comparison.work(), subject.sides(comparison));
            assertThat(reading.values()).containsOnlyKeys(comparison.kind.metrics());
            assertThat(reading.values().values()).allMatch(value -> value > 0);
            if (reading.histogram() != null) {
                assertThat(reading.histogram().getTotalCount()).isLessThanOrEqualTo(BRIEF.maxMessages());
            }
        }
    }

    @Test
    void a_session_ends_in_a_table_and_charts() throws IOException, InterruptedException, Options.Wrong {
        Pace pace = new Pace(2, 10, 10, 10, 100, 1, Long.MAX_VALUE, 0, true);
        Options parsed = Options.parse(folder, "--only", "wake-rtt-64B", "--other", "pipe,futex-ping-pong,memcpy");
        Options options =
                new Options(parsed.json(), parsed.comparisons(), parsed.others(), parsed.mechanisms(), pace, folder);
        ByteArrayOutputStream progress = new ByteArrayOutputStream();
        try (Runner runner = runner(pace)) {
            Session session = new Session(options, runner, new PrintStream(progress, true, StandardCharsets.UTF_8));
            assertThat(session.run()).isEqualTo(2);
            assertThat(session.failures()).isEmpty();
            assertThat(session.results())
                    .filteredOn(result -> result.metric().equals("p50"))
                    .extracting(result -> result.name() + " " + result.other() + " " + result.rounds())
                    .containsExactly("wake-rtt-64B none 2", "wake-rtt-64B pipe 2", "wake-rtt-64B futex-ping-pong 2");
            assertThat(Table.of(session, options.comparisons(), 2))
                    .contains("memcpy: not compared: it is a limit of bandwidth-1MiB")
                    .doesNotContain("semop");
            Charts.write(folder, session, options.comparisons());
        }
        assertThat(progress.toString(StandardCharsets.UTF_8)).contains("round 2 of 2,   2 of 3: wake-rtt-64B, pipe");
        assertThat(folder.resolve("wake-rtt-64B.svg"))
                .content()
                .startsWith("<?xml")
                .contains("strait");
        assertThat(Files.size(folder.resolve("wake-rtt-64B.png"))).isPositive();
    }

    @Test
    void the_mechanisms_end_in_a_table_and_charts_and_counts_of_system_calls()
            throws IOException, InterruptedException, Options.Wrong {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
        Options options = Options.parse(
                folder, "--mechanisms", "--only", "posix-queue,sysv-queue", "--charts", folder.toString());
        Pace pace = new Pace(2, 10, 10, 10, 0, 0, Long.MAX_VALUE, 0, true);
        SystemCalls counter = new SystemCalls(Program.Environment.current(), Cores.choose(), folder.resolve("log"));
        ByteArrayOutputStream progress = new ByteArrayOutputStream();
        try (Runner runner = runner(pace)) {
            MechanismSession session = new MechanismSession(
                    options.mechanisms(),
                    pace,
                    runner,
                    counter,
                    new PrintStream(progress, true, StandardCharsets.UTF_8));
            assertThat(session.run()).isEqualTo(2);
            assertThat(session.failures()).isEmpty();
            List<MechanismResult> results = session.results();
            assertThat(results).extracting(MechanismResult::name).containsExactly("posix-queue", "sysv-queue");
            assertThat(results).allSatisfy(result -> assertThat(result.points())
                    .hasSize(3)
                    .allMatch(point ->
                            point.rounds() == 2 && point.bytesPerSecond().median() > 0));
            assertThat(MechanismTable.of(results, 2)).contains("64 B", "1 KiB", "8 KiB", "Median");
            assertThat(Json.ofMechanisms(Map.of(), "", results)).contains("\"round_trip_p50_ns\"");
            Charts.writeMechanisms(folder, results);
        }
        assertThat(progress.toString(StandardCharsets.UTF_8)).contains("round 2 of 2: posix-queue, 8192 bytes");
        for (String chart : List.of("mechanisms-latency", "mechanisms-throughput")) {
            assertThat(folder.resolve(chart + ".svg"))
                    .content()
                    .startsWith("<?xml")
                    .contains("sysv-queue");
            assertThat(folder.resolve(chart + ".png")).isNotEmptyFile();
        }
    }

    @Test
    void a_message_through_a_queue_takes_two_system_calls() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
        SystemCalls counter = new SystemCalls(Program.Environment.current(), Cores.choose(), folder.resolve("log"));
        Map<String, Double> calls = counter.perMessage(Mechanism.of("posix-queue"));
        assertThat(calls.values().stream().mapToDouble(Double::doubleValue).sum())
                .isGreaterThanOrEqualTo(1.9);
    }

    @Test
    void a_side_that_fails_ends_the_run_and_is_named() throws InterruptedException, IOException {
        Pace impossible = new Pace(1, 10, 10, 10, 100, 1, Long.MAX_VALUE, 0, true);
        Program.Environment nowhere = new Program.Environment(
                Path.of("/bin/false"), Program.Environment.current().natives(), List.of());
        try (Runner runner = new Runner(nowhere, Cores.ANY, impossible, folder)) {
            assertThat(catchThrowable(() -> runner.run(
                            Comparison.RTT_64B.work(),
                            Subject.of("strait-java-c").sides(Comparison.RTT_64B))))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("rtt-64B, strait-java-c: ended early")
                    .hasMessageContaining("exit code 1");
        }
    }

    private static Runner runner(Pace pace) throws IOException {
        return new Runner(Program.Environment.current(), Cores.choose(), pace, folder.resolve("log"));
    }
}
