package dev.strait.program;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.pipe.Pipe;
import dev.strait.pipe.PipeReader;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Jvm;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Child processes and pipelines of them, with real programs: cat, grep, python3, sh, sort. */
@Timeout(60)
final class ProgramConformanceTest {
    private static final long SOON_S = 20;
    private static final int SIGKILL = 9;
    private static final int SIGPIPE = 13;
    private static final int SIGTERM = 15;
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final ExitStatus SUCCESS = new ExitStatus(0, 0, false);

    @TempDir
    Path directory;

    private static Program shell(String script) {
        return Program.of("sh", "-c", script);
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    /** All until the end of file, which comes soon. */
    private static String rest(PipeReader reader) throws IOException {
        reader.setTimeout(Duration.ofSeconds(SOON_S));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1000);
        while (reader.read(buffer.clear()) >= 0) {
            bytes.write(buffer.array(), 0, buffer.position());
        }
        return bytes.toString(UTF_8);
    }

    /** What it writes, and it must succeed. */
    private static String outputOf(Program program) throws Exception {
        Pipe pipe = Pipe.open();
        try (PipeReader reader = pipe.reader();
                ChildProgram child = program.give(1, pipe.writer()).start()) {
            String output = rest(reader);
            assertThat(child.waitFor()).isEqualTo(SUCCESS);
            return output;
        }
    }

    private static ExitStatus run(Program program) throws Exception {
        try (ChildProgram child = program.start()) {
            return child.waitFor();
        }
    }

    private static List<String> numbersOf(ChildProgram child) throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/" + child.pid() + "/fd"))) {
            return fds.map(fd -> fd.getFileName().toString()).sorted().toList();
        }
    }

    private static void assertGone(ChildProgram child) {
        assertThat(Path.of("/proc/" + child.pid())).doesNotExist();
    }

    // ---- One program -----------------------------------------------------------------------------------------------

    @Test
    void a_program_gets_its_arguments_and_tells_its_exit_status() throws Exception {
        assertThat(outputOf(Program.of("printf", "<%s>", "a b", "", "é", "*"))).isEqualTo("<a b><><é><*>");
        ExitStatus seven = run(shell("exit 7"));
        assertThat(seven).isEqualTo(new ExitStatus(7, 0, false)).hasToString("exit status 7");
        assertThat(seven.isSuccess()).isFalse();
        assertThat(run(Program.of(List.of("true"))).isSuccess()).isTrue();
    }

    @Test
    void a_program_that_a_signal_has_ended_tells_it() throws Exception {
        try (ChildProgram child = Program.of("sleep", "1000").start()) {
            assertThat(child.isAlive()).isTrue();
            child.kill(SIGTERM);
            ExitStatus status = child.waitFor();
            assertThat(status.signal()).isEqualTo(SIGTERM);
            assertThat(status.isSuccess()).isFalse();
            assertThat(status).hasToString("signal 15");
            assertThat(child.isAlive()).isFalse();
            assertThatThrownBy(() -> child.kill(0))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("ESRCH"));
        }
    }

    @Test
    void a_step_that_fails_is_named_with_its_errno() throws Exception {
        Path plain = file("plain", "");
        assertThatThrownBy(() -> Program.of("no-such-program").start())
                .isInstanceOf(ErrnoException.class)
                .hasMessage("execve(no-such-program): No such file or directory (ENOENT)");
        assertThatThrownBy(() -> Program.of(plain.toString()).start())
                .hasMessage("execve(" + plain + "): Permission denied (EACCES)");
        assertThatThrownBy(() ->
                        shell("exit").directory(Path.of("/no/such/directory")).start())
                .hasMessage("chdir(/no/such/directory): No such file or directory (ENOENT)");
        assertThatThrownBy(
                        () -> shell("exit").from(0, directory.resolve("none")).start())
                .hasMessage("open(" + directory.resolve("none") + "): No such file or directory (ENOENT)");
        assertThatThrownBy(() -> shell("exit").inherit(100_000).start())
                .hasMessage("fcntl(F_DUPFD_CLOEXEC)(sh): Bad file descriptor (EBADF)");
        assertThatThrownBy(() -> shell("exit").discard(1 << 30).start())
                .hasMessage("fcntl(F_DUPFD_CLOEXEC)(sh): Invalid argument (EINVAL)");
    }

    @Test
    void what_can_be_no_program_is_refused() {
        Program program = shell("exit");
        assertThatThrownBy(() -> Program.of(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Program.of("a\0b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("\"a\\0b\": must have no NUL");
        assertThatThrownBy(() -> program.environment("a=b", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> program.environment("", "")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> program.discard(-1)).hasMessage("number -1: must be 0 or more");
        assertThatThrownBy(() -> program.duplicate(1, 2).duplicate(2, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("duplicate(2, 1): 1 is what 2 is");
        assertThatThrownBy(() -> program.duplicate(1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(Pipeline::of).isInstanceOf(IllegalArgumentException.class);
        assertThat(program).hasToString("Program[sh -c exit]");
    }

    @Test
    void the_environment_is_ours_with_changes_or_the_changes_alone() throws Exception {
        String home = System.getenv("PATH");
        Program program = shell("echo \"$PATH|$ADDED\"");
        assertThat(outputOf(program.environment("ADDED", "a=b"))).isEqualTo(home + "|a=b\n");
        assertThat(outputOf(Program.of("env")
                        .emptyEnvironment()
                        .environment("ONE", "é")
                        .environment("TWO", "2")
                        .environment("TWO", null)))
                .isEqualTo("ONE=é\n");
        assertThat(outputOf(Program.of("env").environment("PATH", null))).doesNotContain("PATH=" + home);
    }

    @Test
    void a_program_starts_where_it_is_told_to() throws Exception {
        assertThat(outputOf(Program.of("pwd"))).isEqualTo(Path.of("").toRealPath() + "\n");
        assertThat(outputOf(Program.of("pwd").directory(directory))).isEqualTo(directory.toRealPath() + "\n");
    }

    @Test
    void a_program_can_lead_a_group_or_a_session() throws Exception {
        Leaders ours = Leaders.of(ProcessHandle.current().pid());
        try (ChildProgram child = Program.of("sleep", "1000").start();
                ChildProgram leader = Program.of("sleep", "1000").ownGroup().start();
                ChildProgram alone = Program.of("sleep", "1000").ownSession().start()) {
            assertThat(Leaders.of(child.pid())).isEqualTo(ours);
            assertThat(Leaders.of(leader.pid())).isEqualTo(new Leaders(leader.pid(), ours.session));
            assertThat(Leaders.of(alone.pid())).isEqualTo(new Leaders(alone.pid(), alone.pid()));
        }
    }

    /** Of a process, as /proc shows them behind its name, its state and its parent. */
    private record Leaders(long group, long session) {
        static Leaders of(long pid) throws IOException {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            Matcher fields = Pattern.compile(".*\\) . \\d+ (\\d+) (\\d+) .*", Pattern.DOTALL)
                    .matcher(stat);
            assertThat(fields.matches()).isTrue();
            return new Leaders(Long.parseLong(fields.group(1)), Long.parseLong(fields.group(2)));
        }
    }

    @Test
    void no_signal_is_blocked_ignored_or_caught_in_a_new_program() throws Exception {
        assertThat(outputOf(Program.of("cat", "/proc/self/status")))
                .contains("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n");
    }

    // ---- Descriptors -----------------------------------------------------------------------------------------------

    @Test
    void a_program_has_exactly_the_descriptors_that_it_is_given() throws Exception {
        Pipe input = Pipe.open();
        Pipe output = Pipe.open();
        Pipe other = Pipe.open();
        try (input;
                output;
                other;
                ChildProgram cat = Program.of("cat")
                        .give(0, input.reader())
                        .give(1, output.writer())
                        .give(9, other.reader())
                        .lend(100, other.writer())
                        .discard(7)
                        .start()) {
            input.writer().write(ByteBuffer.allocate(1));
            output.reader().read(ByteBuffer.allocate(1)); // now it has loaded its libraries
            assertThat(numbersOf(cat)).containsExactly("0", "1", "100", "2", "7", "9");
            assertThat(Files.readSymbolicLink(Path.of("/proc/" + cat.pid() + "/fd/7")))
                    .hasToString("/dev/null");
            input.writer().close();
            assertThat(cat.waitFor()).isEqualTo(SUCCESS);
        }
    }

    @Test
    void descriptors_may_be_exchanged() throws Exception {
        Pipe there = Pipe.open();
        Pipe back = Pipe.open();
        int in = there.reader().fd();
        int out = back.writer().fd();
        String script = "import os; os.write(%d, os.read(%d, 9))".formatted(in, out);
        try (there;
                back;
                ChildProgram python = Program.of("python3", "-c", script)
                        .give(out, there.reader())
                        .give(in, back.writer())
                        .start()) {
            there.writer().write(ByteBuffer.wrap("exchanged".getBytes(UTF_8)));
            assertThat(rest(back.reader())).isEqualTo("exchanged");
            assertThat(python.waitFor()).isEqualTo(SUCCESS);
        }
    }

    @Test
    void files_are_read_written_and_appended_to() throws Exception {
        Path input = file("input", "b\na\n");
        Path output = file("output", "what was there before, and is longer");
        assertThat(run(Program.of("sort").from(0, input).to(1, output))).isEqualTo(SUCCESS);
        assertThat(output).hasContent("a\nb\n");
        assertThat(run(Program.of("cat").from(0, input).append(1, output))).isEqualTo(SUCCESS);
        assertThat(output).hasContent("a\nb\nb\na\n");
    }

    @Test
    void output_and_errors_go_to_one_file_whichever_was_said_first() throws Exception {
        Path first = directory.resolve("first");
        Path second = directory.resolve("second");
        Program program = shell("echo out; echo err >&2; echo out");
        run(program.to(1, first).duplicate(2, 1));
        run(program.duplicate(2, 1).to(1, second));
        assertThat(first).hasContent("out\nerr\nout\n");
        assertThat(second).hasContent("out\nerr\nout\n");
        assertThat(outputOf(program.duplicate(2, 1))).isEqualTo("out\nerr\nout\n");
    }

    @Test
    void what_is_discarded_goes_nowhere_and_reads_as_an_end() throws Exception {
        assertThat(outputOf(shell("cat; echo lost >&2; echo kept").discard(0).discard(2)))
                .isEqualTo("kept\n");
    }

    @Test
    void what_is_given_is_closed_here_even_if_the_start_fails() throws Exception {
        Pipe pipe = Pipe.open();
        int before = Descriptors.count();
        assertThatThrownBy(() -> Program.of("no-such-program")
                        .give(0, pipe.reader())
                        .give(5, pipe.reader())
                        .start())
                .isInstanceOf(ErrnoException.class);
        assertThat(pipe.reader().isOpen()).isFalse();
        assertThatThrownBy(() -> Program.of("cat")
                        .from(0, directory.resolve("none"))
                        .give(1, pipe.writer())
                        .start())
                .isInstanceOf(ErrnoException.class);
        assertThat(pipe.writer().isOpen()).isFalse();
        assertThat(Descriptors.count()).isEqualTo(before - 2);
        assertThatThrownBy(() -> Program.of("cat").give(0, pipe.reader()).start())
                .isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> Program.of("cat").lend(0, pipe.reader()).start())
                .isInstanceOf(ClosedChannelException.class);
    }

    /** Who reads until the end of file and has the other end himself waits for ever. */
    @Test
    void a_given_end_keeps_nobody_from_the_end_of_file_and_a_lent_one_does() throws Exception {
        Pipe pipe = Pipe.open();
        try (pipe;
                ChildProgram lent =
                        Program.of("echo", "1").lend(1, pipe.writer()).start()) {
            assertThat(lent.waitFor()).isEqualTo(SUCCESS);
            ByteBuffer two = ByteBuffer.allocate(2);
            assertThat(pipe.reader().read(two)).isEqualTo(2);
            pipe.reader().setTimeout(SHORT);
            assertThatThrownBy(() -> pipe.reader().read(ByteBuffer.allocate(1))).hasMessageContaining("ETIMEDOUT");
            try (ChildProgram given =
                    Program.of("echo", "2").give(1, pipe.writer()).start()) {
                assertThat(given.waitFor()).isEqualTo(SUCCESS);
                assertThat(rest(pipe.reader())).isEqualTo("2\n");
            }
        }
    }

    @Test
    void a_child_that_lives_on_keeps_no_end_of_a_pipe_that_is_not_its_own() throws Exception {
        Pipe pipe = Pipe.open();
        try (pipe;
                ChildProgram sibling = Program.of("sleep", "1000").start();
                ChildProgram cat =
                        Program.of("cat").give(0, pipe.reader()).discard(1).start()) {
            pipe.writer().close();
            assertThat(cat.waitFor()).isEqualTo(SUCCESS);
            assertThat(sibling.isAlive()).isTrue();
        }
    }

    @Test
    void an_interrupt_ends_the_opening_of_a_fifo() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(run(Program.of("mkfifo", fifo.toString()))).isEqualTo(SUCCESS);
        int before = Descriptors.count();
        Waiter<ChildProgram> waiter =
                Waiter.start(() -> Program.of("cat").from(0, fifo).start());
        assertThat(waiter.comesInto(ProgramNative.class, "open")).isTrue();
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasMessageContaining("EINTR");
        assertThat(Descriptors.count()).isEqualTo(before);
    }

    // ---- Pipelines -------------------------------------------------------------------------------------------------

    @Test
    void A_to_B_between_two_child_processes() throws Exception {
        Pipe pipe = Pipe.open();
        Path output = directory.resolve("output");
        try (ChildProgram a =
                        Program.of("echo", "from A").give(1, pipe.writer()).start();
                ChildProgram b = Program.of("tr", "A", "B")
                        .give(0, pipe.reader())
                        .to(1, output)
                        .start()) {
            assertThat(pipe.reader().isOpen() || pipe.writer().isOpen()).isFalse();
            assertThat(a.waitFor()).isEqualTo(SUCCESS);
            assertThat(b.waitFor()).isEqualTo(SUCCESS);
        }
        assertThat(output).hasContent("from B\n");
    }

    @Test
    void A_to_B_to_C_from_a_file_to_a_file_and_to_its_end() throws Exception {
        Path input = file("input", "pear\napple\n# no fruit\npear\n");
        Path output = directory.resolve("output");
        Pipeline pipeline = Pipeline.of(Program.of("grep", "-v", "#"), Program.of("sort"), Program.of("uniq", "-c"))
                .input(input);
        assertThat(pipeline).hasToString("Pipeline[[grep -v #] | [sort] | [uniq -c]]");
        for (Pipeline each : List.of(pipeline.output(output), pipeline.append(output))) {
            try (StartedPipeline started = each.start()) {
                assertThat(started.waitFor()).containsExactly(SUCCESS, SUCCESS, SUCCESS);
            }
        }
        assertThat(Files.readString(output).replace(" ", "")).isEqualTo("1apple\n2pear\n1apple\n2pear\n");
    }

    @Test
    void we_write_what_the_first_reads_and_read_what_the_last_writes() throws Exception {
        try (StartedPipeline started = Pipeline.of(Program.of("tr", "a", "b"), Program.of("cat"), Program.of("sort"))
                .openInput()
                .openOutput()
                .start()) {
            started.input().write(ByteBuffer.wrap("c\na\n".getBytes(UTF_8)));
            started.input().close();
            assertThat(rest(started.output())).isEqualTo("b\nc\n");
            assertThat(started.waitFor()).containsExactly(SUCCESS, SUCCESS, SUCCESS);
            assertThat(started.children()).hasSize(3).noneMatch(ProgramConformanceTest::isAlive);
        }
        try (StartedPipeline started = Pipeline.of(shell("exit")).start()) {
            assertThatThrownBy(started::input).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(started::output).hasMessageContaining("openOutput");
        }
    }

    private static boolean isAlive(ChildProgram child) {
        try {
            return child.isAlive();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void ends_of_ours_are_given_to_a_pipeline() throws Exception {
        Pipe in = Pipe.open();
        Pipe out = Pipe.open();
        try (in;
                out;
                StartedPipeline started = Pipeline.of(Program.of("cat"), Program.of("wc", "-c"))
                        .input(in.reader())
                        .output(out.writer())
                        .start()) {
            in.writer().write(ByteBuffer.allocate(1_000_000));
            in.writer().close();
            assertThat(rest(out.reader())).isEqualTo("1000000\n");
            assertThat(started.waitFor()).containsExactly(SUCCESS, SUCCESS);
        }
    }

    @Test
    void the_end_of_the_last_ends_the_first_by_SIGPIPE() throws Exception {
        try (StartedPipeline started = Pipeline.of(Program.of("yes"), Program.of("head", "-n", "1"))
                .output(directory.resolve("output"))
                .start()) {
            assertThat(started.waitFor()).containsExactly(new ExitStatus(-1, SIGPIPE, false), SUCCESS);
        }
    }

    @Test
    void a_program_that_cannot_be_started_ends_those_before_it() throws Exception {
        int before = Descriptors.count();
        Path pid = directory.resolve("pid");
        Program first = shell("echo $$ > " + pid + "; exec sleep 1000");
        assertThatThrownBy(() -> Pipeline.of(first, Program.of("no-such-program"), Program.of("cat"))
                        .openInput()
                        .openOutput()
                        .start())
                .hasMessageContaining("execve(no-such-program)");
        assertThat(Descriptors.count()).isEqualTo(before);
        assertThat(ProcessHandle.current().children()).isEmpty();
    }

    // ---- Waiting ---------------------------------------------------------------------------------------------------

    @Test
    void a_wait_ends_with_the_program_a_timeout_or_an_interrupt() throws Exception {
        try (ChildProgram child = Program.of("sleep", "1000").start()) {
            assertThat(child.waitFor(Duration.ZERO)).isEmpty();
            assertThat(child.waitFor(SHORT)).isEmpty();
            Waiter<ExitStatus> interrupted = asleep(child);
            interrupted.interrupt();
            assertThatThrownBy(() -> interrupted.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
            Waiter<ExitStatus> waiter = asleep(child);
            child.kill(SIGKILL);
            assertThat(waiter.result(SOON_S).signal()).isEqualTo(SIGKILL);
            assertThat(child.waitFor(Duration.ZERO)).hasValue(child.waitFor());
        }
    }

    private static Waiter<ExitStatus> asleep(ChildProgram child) throws Exception {
        Waiter<ExitStatus> waiter = Waiter.start(child::waitFor);
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    @Test
    void all_threads_that_wait_for_a_program_learn_how_it_has_ended() throws Exception {
        List<Waiter<ExitStatus>> waiters = new ArrayList<>();
        try (ChildProgram child = Program.of("cat").start()) {
            for (int i = 0; i < 32; i++) {
                waiters.add(asleep(child));
            }
            child.kill(SIGTERM);
            for (Waiter<ExitStatus> waiter : waiters) {
                assertThat(waiter.result(SOON_S).signal()).isEqualTo(SIGTERM);
            }
        }
    }

    @Test
    void a_close_ends_the_program_its_wait_and_leaves_no_zombie() throws Exception {
        ChildProgram child = Program.of("sleep", "1000").start();
        Waiter<ExitStatus> waiter = asleep(child);
        Thread.currentThread().interrupt();
        child.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(waiter.result(SOON_S).signal()).isEqualTo(SIGKILL);
        assertGone(child);
        assertThat(child.waitFor().signal()).isEqualTo(SIGKILL);
        assertThat(child.isAlive()).isFalse();
        assertThatThrownBy(() -> child.kill(0)).isInstanceOf(ClosedChannelException.class);
        child.close();
    }

    /** Starts programs where the kernel reaps them. */
    static final class Careless {
        private Careless() {}

        public static void main(String[] arguments) throws Exception {
            try (ChildProgram ended = Program.of("true").start();
                    ChildProgram running = Program.of("sleep", "1000").start()) {
                ended.pidFd().awaitEnd();
                try {
                    System.out.println(ended.waitFor());
                } catch (ErrnoException e) {
                    System.out.println(e.operation() + " " + e.symbol() + " " + running.isAlive());
                }
            }
            System.out.println(ProcessHandle.current().children().count());
        }
    }

    @Test
    void where_SIGCHLD_is_ignored_ends_are_seen_and_statuses_lost() throws Exception {
        String told =
                Jvm.of(Careless.class).under("env", "--ignore-signal=CHLD").succeed();
        assertThat(told).isIn("waitid ECHILD true\n0\n", "exit status 0\n0\n"); // newer JDKs do not leave it ignored
    }

    @Test
    void a_virtual_thread_starts_and_parks_while_it_waits() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Pipe pipe = Pipe.open();
        Virtual<ExitStatus> virtual =
                Virtual.start(() -> run(shell("read line; exit $line").give(0, pipe.reader())));
        assertThat(virtual.comesToPark()).isTrue();
        Virtual<Integer> other = Virtual.start(() -> pipe.writer().write(ByteBuffer.wrap("6\n".getBytes(UTF_8))));
        assertThat(other.result()).isEqualTo(2);
        assertThat(virtual.result().code()).isEqualTo(6);
        pipe.close();
    }

    @Test
    void children_of_the_JDK_and_ours_keep_their_statuses() throws Exception {
        List<Waiter<Boolean>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int code = i;
            waiters.add(Waiter.start(() -> {
                boolean kept = true;
                for (int round = 0; round < 10; round++) {
                    Process process = new ProcessBuilder("sh", "-c", "exit " + (10 + code)).start();
                    kept &= run(shell("exit " + code)).code() == code;
                    kept &= process.waitFor() == 10 + code;
                }
                return kept;
            }));
        }
        for (Waiter<Boolean> waiter : waiters) {
            assertThat(waiter.result(SOON_S)).isTrue();
        }
    }

    /** Two hundred, since each starts two processes. */
    @Test
    void two_hundred_pipelines_leave_no_descriptor_and_no_process_behind() throws Exception {
        Pipeline pipeline =
                Pipeline.of(Program.of("echo", "round"), Program.of("cat")).openOutput();
        int before = 0;
        for (int i = 0; i <= 200; i++) {
            try (StartedPipeline started = pipeline.start()) {
                assertThat(rest(started.output())).isEqualTo("round\n");
                assertThat(started.waitFor()).containsExactly(SUCCESS, SUCCESS);
            }
            before = i == 0 ? Descriptors.count() : before; // the first may have loaded something
        }
        assertThat(Descriptors.count()).isEqualTo(before);
        assertThat(ProcessHandle.current().children()).isEmpty();
    }
}
