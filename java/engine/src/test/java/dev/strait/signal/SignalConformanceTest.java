package dev.strait.signal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Descriptors;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kernel, and the manual pages signal(7), kill(2), sigqueue(3), pidfd_send_signal(2), say of signals. */
final class SignalConformanceTest {
    private static final Signal USR1 = Signal.of("USR1");
    private static final Signal SIGNAL = Signal.realTime(3);
    private static final int NOBODY = 0x3fffffff;
    private static final double SHARE =
            Math.max(1, Double.parseDouble(System.getenv().getOrDefault("STRAIT_TEST_SHARE", "1")));
    private static final int OWN_PID = (int) ProcessHandle.current().pid();
    private static final int SOON_S = 20;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private final BlockingQueue<ReceivedSignal> received = new LinkedBlockingQueue<>();

    private SignalDispatcher open() throws IOException {
        return SignalDispatcher.open(DispatcherOptions.defaults()
                .name("dispatcher")
                .segment(SegmentOptions.defaults().directory(directory)));
    }

    private SignalTarget find() throws IOException {
        return SignalTarget.dispatcher("dispatcher", SegmentOptions.defaults().directory(directory));
    }

    private ReceivedSignal next() throws InterruptedException {
        ReceivedSignal signal = received.poll(SOON_S, TimeUnit.SECONDS);
        assertThat(signal).as("signal").isNotNull();
        return signal;
    }

    // ---- Receiving

    @Test
    void a_dispatcher_delivers_signal_code_senders_pid_and_uid_and_int_value() throws Exception {
        Instant before = Instant.now();
        try (SignalDispatcher dispatcher = open()) {
            dispatcher.handle(SIGNAL, received::add);
            int sender = queueFromPython(dispatcher.threadId(), SIGNAL, -7);
            ReceivedSignal signal = next();
            assertThat(signal.signal()).isSameAs(SIGNAL);
            assertThat(signal.code()).isEqualTo(ReceivedSignal.QUEUE);
            assertThat(signal.pid()).isEqualTo(sender);
            assertThat(signal.uid()).isEqualTo(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
            assertThat(signal.value()).isEqualTo(-7);
            assertThat(signal.time()).isBetween(before, Instant.now());
        }
    }

    /** By rt_tgsigqueueinfo(2) of a program that knows nothing of Strait; its process id. */
    private static int queueFromPython(int tid, Signal signal, int value) throws Exception {
        String program =
                """
                import ctypes, os, struct, sys
                pid, tid, number, value = map(int, sys.argv[1:])
                info = struct.pack('iiiiiIq', number, 0, -1, 0, os.getpid(), os.getuid(), value & 0xffffffff)
                libc = ctypes.CDLL(None, use_errno=True)
                call = {'x86_64': 297, 'aarch64': 240}[os.uname().machine]
                assert libc.syscall(call, pid, tid, number, info + bytes(128 - len(info))) == 0, ctypes.get_errno()
                """;
        Process python = run("python3", "-c", program, OWN_PID + "", tid + "", signal.number() + "", value + "");
        return (int) python.pid();
    }

    private static Process run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return process;
    }

    @Test
    void a_closed_dispatcher_delivers_nothing() throws Exception {
        SignalDispatcher dispatcher = open();
        dispatcher.handle(SIGNAL, received::add);
        try (SignalTarget target = find()) {
            dispatcher.close();
            expect("ESRCH", () -> target.send(SIGNAL, 1));
            expect("ENOENT", this::find);
        }
        assertThat(received).isEmpty();
    }

    @Test
    void a_queued_value_arrives_unchanged() throws Exception {
        int[] values = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE};
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find()) {
            dispatcher.handle(SIGNAL, received::add);
            for (int value : values) {
                target.send(SIGNAL, value);
                assertThat(next().value()).isEqualTo(value);
            }
        }
    }

    @Test
    void standard_signals_coalesce_and_real_time_signals_all_arrive() throws Exception {
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find()) {
            for (int i = 0; i < 10; i++) {
                target.send(USR1, i);
                target.send(SIGNAL, i);
            }
            assertThat(dispatcher.pending()).contains(USR1, SIGNAL);
            dispatcher.handle(USR1, received::add);
            dispatcher.handle(SIGNAL, received::add);
            assertThat(next().signal()).isSameAs(USR1);
            for (int i = 0; i < 10; i++) {
                ReceivedSignal signal = next();
                assertThat(signal.signal()).isSameAs(SIGNAL);
                assertThat(signal.value()).isEqualTo(i);
            }
            assertThat(received).isEmpty();
        }
    }

    // ---- Sending

    private interface Call {
        void make() throws IOException;
    }

    private static void expect(String symbol, Call call) {
        assertThatThrownBy(call::make).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    @Test
    void an_invalid_signal_is_einval_at_the_kernel_and_refused_here() {
        for (int number : new int[] {-1, 0, 65}) {
            assertThatThrownBy(() -> Signal.of(number)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(SignalNative.send(1, OWN_PID, 0, 65)).isEqualTo(-22);
        assertThat(SignalNative.queue(1, OWN_PID, 0, 65, 0)).isEqualTo(-22);
        assertThatThrownBy(() -> Signal.of("USR3")).hasMessageStartingWith("signal \"USR3\"");
        assertThatThrownBy(() -> SignalTarget.process(0)).hasMessage("pid 0: must be 1 or more");
        assertThatThrownBy(() -> SignalTarget.group(1)).hasMessage("pgid 1: must be 2 or more");
    }

    @Test
    void no_such_process_is_esrch() {
        for (SignalTarget target : List.of(
                SignalTarget.process(NOBODY), SignalTarget.group(NOBODY), SignalTarget.thread(OWN_PID, NOBODY))) {
            expect("ESRCH", () -> target.send(USR1));
            expect("ESRCH", target::check);
        }
        assertThatThrownBy(() -> SignalTarget.process(NOBODY).send(USR1, 3))
                .hasMessage("sigqueue(process " + NOBODY + ", USR1 (10)): No such process (ESRCH)");
    }

    @Test
    void another_users_process_is_eperm() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        assertThat(Jvm.of(Stranger.class)
                        .under("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                        .succeed(OWN_PID + ""))
                .isEqualTo("EPERM EPERM EPERM\n");
    }

    /** Of another user. */
    static final class Stranger {
        public static void main(String[] arguments) {
            SignalTarget target = SignalTarget.process(Integer.parseInt(arguments[0]));
            System.out.println(symbol(target::check) + " " + symbol(() -> target.send(USR1)) + " "
                    + symbol(() -> target.send(USR1, 1)));
        }

        private static String symbol(Call call) {
            try {
                call.make();
                return "none";
            } catch (ErrnoException e) {
                return e.symbol();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void signal_0_only_checks() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "100").start();
        try {
            SignalTarget.process((int) sleeper.pid()).check();
            SignalTarget.thread((int) sleeper.pid(), (int) sleeper.pid()).check();
            assertThat(sleeper.isAlive()).isTrue();
        } finally {
            sleeper.destroyForcibly();
        }
    }

    @Test
    void a_signal_without_a_handler_has_its_default_action() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "100").start();
        SignalTarget.process((int) sleeper.pid()).send(SIGNAL, 1);
        assertThat(sleeper.waitFor()).isEqualTo(128 + SIGNAL.number());
    }

    @Test
    void a_group_gets_a_signal_but_no_payload() throws Exception {
        Process leader = new ProcessBuilder("setsid", "sh", "-c", "sleep 100 & wait").start();
        try {
            awaitLeader(leader);
            SignalTarget group = SignalTarget.group((int) leader.pid());
            assertThatThrownBy(() -> group.send(USR1, 1)).isInstanceOf(UnsupportedOperationException.class);
            group.send(Signal.of("TERM"));
            assertThat(leader.waitFor()).isEqualTo(128 + 15);
        } finally {
            leader.descendants().forEach(ProcessHandle::destroyForcibly);
            leader.destroyForcibly();
        }
    }

    private static void awaitLeader(Process process) throws IOException, InterruptedException {
        Path stat = Path.of("/proc/" + process.pid() + "/stat");
        for (int look = 0; !Files.readString(stat).split(" ", -1)[4].equals(process.pid() + ""); look++) {
            assertThat(look).as("looks for a group of its own").isLessThan(SOON_S * 1000);
            Thread.sleep(1);
        }
    }

    @Test
    void a_pidfd_never_hits_a_reused_pid() throws Exception {
        String parent =
                """
                import os, signal, subprocess, sys
                child = os.fork()
                if child == 0: signal.pause()
                fd = os.pidfd_open(child)
                java = subprocess.Popen(sys.argv[1:] + [str(fd)], pass_fds=[fd], stdin=subprocess.PIPE)
                os.waitpid(child, 0)
                java.stdin.close()
                sys.exit(java.wait())
                """;
        assertThat(Jvm.of(PidfdSender.class).under("python3", "-c", parent).succeed())
                .isEqualTo("sent, then ESRCH ESRCH ESRCH, then EBADF\n");
    }

    /** Has a descriptor of a process that its parent waits for. */
    static final class PidfdSender {
        public static void main(String[] arguments) throws IOException {
            SignalTarget target = SignalTarget.pidfd(Integer.parseInt(arguments[0]));
            target.check();
            target.send(Signal.of("TERM"), 1);
            if (System.in.read() >= 0) { // the end: it has been waited for
                throw new AssertionError();
            }
            System.out.println("sent, then " + Stranger.symbol(target::check) + " "
                    + Stranger.symbol(() -> target.send(USR1)) + " "
                    + Stranger.symbol(() -> target.send(USR1, 1)) + ", then "
                    + Stranger.symbol(SignalTarget.pidfd(0)::check));
        }
    }

    @Test
    void a_full_queue_is_eagain() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        assertThat(Jvm.of(Flooder.class)
                        .under(
                                "setpriv",
                                "--reuid=65533",
                                "--regid=65533",
                                "--clear-groups",
                                "prlimit",
                                "--sigpending=20")
                        .succeed())
                .isEqualTo("EAGAIN, then all arrive\n");
    }

    /** May have 20 signals queued, of a user that has no other process. */
    static final class Flooder {
        public static void main(String[] arguments) throws Exception {
            BlockingQueue<ReceivedSignal> received = new LinkedBlockingQueue<>();
            try (SignalDispatcher dispatcher = SignalDispatcher.open(DispatcherOptions.defaults())) {
                SignalTarget target =
                        SignalTarget.thread((int) ProcessHandle.current().pid(), dispatcher.threadId());
                int sent = 0;
                String symbol = "none";
                while (symbol.equals("none")) {
                    int value = sent++;
                    symbol = Stranger.symbol(() -> target.send(SIGNAL, value));
                }
                dispatcher.handle(SIGNAL, received::add);
                for (int i = 0; i < sent - 1; i++) {
                    if (received.poll(SOON_S, TimeUnit.SECONDS).value() != i) {
                        throw new AssertionError(i);
                    }
                }
                System.out.println(symbol + ", then all arrive");
            }
        }
    }

    // ---- Catch, ignore, default

    @Test
    void catch_ignore_and_default_can_be_set_per_signal() throws Exception {
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find()) {
            dispatcher.handle(SIGNAL, received::add);
            dispatcher.ignore(USR1);
            assertThat(dispatcher.handled()).containsExactly(SIGNAL);
            assertThat(dispatcher.ignored()).containsExactly(USR1);
            target.send(USR1, 1);
            target.send(SIGNAL, 2);
            assertThat(next().value()).isEqualTo(2);
            dispatcher.reset(SIGNAL);
            assertThat(dispatcher.handled()).isEmpty();
        }
    }

    @Test
    void kill_and_stop_refuse_all_three() throws Exception {
        try (SignalDispatcher dispatcher = open()) {
            for (String name : List.of("KILL", "STOP")) {
                Signal signal = Signal.of(name);
                String message = signal + " cannot be taken: the kernel lets nobody catch, ignore or block it";
                assertThatThrownBy(() -> dispatcher.handle(signal, received::add))
                        .hasMessage(message);
                assertThatThrownBy(() -> dispatcher.ignore(signal)).hasMessage(message);
                dispatcher.reset(signal); // nothing: it was not taken
            }
        }
    }

    @Test
    void ignoring_drops_what_is_pending() throws Exception {
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find()) {
            target.send(SIGNAL, 1);
            assertThat(dispatcher.pending()).contains(SIGNAL);
            dispatcher.ignore(SIGNAL);
            assertThat(dispatcher.pending()).doesNotContain(SIGNAL);
            dispatcher.handle(SIGNAL, received::add);
            target.send(SIGNAL, 2);
            assertThat(next().value()).isEqualTo(2);
        }
    }

    @Test
    void cont_resumes_a_stopped_process() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "100").start();
        try {
            SignalTarget target = SignalTarget.process((int) sleeper.pid());
            target.send(Signal.of("STOP"));
            awaitState(sleeper, "T");
            target.send(Signal.of("CONT"));
            awaitState(sleeper, "S");
        } finally {
            sleeper.destroyForcibly();
        }
    }

    private static void awaitState(Process process, String state) throws IOException, InterruptedException {
        Path stat = Path.of("/proc/" + process.pid() + "/stat");
        for (int look = 0; !Files.readString(stat).split(" ", -1)[2].equals(state); look++) {
            assertThat(look).as("looks for state " + state).isLessThan(SOON_S * 1000);
            Thread.sleep(1);
        }
    }

    // ---- Looking

    @Test
    void blocked_ignored_caught_and_queued_signals_can_be_read_as_proc_shows_them() throws Exception {
        Process child = new ProcessBuilder(
                        "python3",
                        "-c",
                        """
                import os, signal, sys
                signal.signal(signal.SIGUSR1, signal.SIG_IGN)
                signal.signal(signal.SIGUSR2, lambda *ignored: None)
                signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, 40})
                os.kill(os.getpid(), signal.SIGTERM)
                print('ready', flush=True)
                sys.stdin.read()
                """)
                .start();
        try {
            assertThat(child.inputReader().readLine()).isEqualTo("ready");
            ProcessSignals signals = ProcessSignals.of((int) child.pid());
            assertThat(signals.blocked())
                    .contains(Signal.of("TERM"), Signal.of(40))
                    .doesNotContain(USR1);
            assertThat(signals.ignored()).contains(USR1);
            assertThat(signals.caught()).contains(Signal.of("USR2")).doesNotContain(USR1);
            assertThat(signals.pendingForProcess()).containsExactly(Signal.of("TERM"));
            assertThat(signals.pending()).isEmpty();
            assertThat(signals.queued()).isPositive();
            assertThat(signals.queueLimit()).isEqualTo(queueLimit(child));
            assertThat(hexadecimal(signals.blocked())).isEqualTo(statusOf(child, "SigBlk"));
            assertThat(hexadecimal(signals.ignored())).isEqualTo(statusOf(child, "SigIgn"));
            assertThat(hexadecimal(signals.caught())).isEqualTo(statusOf(child, "SigCgt"));
        } finally {
            child.destroyForcibly();
        }
        expect("ESRCH", () -> ProcessSignals.of(NOBODY));
        expect("ESRCH", () -> ProcessSignals.of(OWN_PID, NOBODY));
    }

    private static String hexadecimal(Set<Signal> signals) {
        long bits = 0;
        for (Signal signal : signals) {
            bits |= 1L << (signal.number() - 1);
        }
        return String.format("%016x", bits);
    }

    private static String statusOf(Process process, String label) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith(label + ":")) {
                return line.substring(label.length() + 1).trim();
            }
        }
        throw new AssertionError(label);
    }

    private static long queueLimit(Process process) throws IOException {
        return Long.parseLong(statusOf(process, "SigQ").split("/", -1)[1]);
    }

    @Test
    void the_filter_of_core_dumps_can_be_read_and_set_and_the_pattern_read() throws Exception {
        Process sleeper = new ProcessBuilder("sleep", "100").start();
        try {
            int pid = (int) sleeper.pid();
            Set<CoreDumps.Memory> kinds = Set.of(CoreDumps.Memory.ANONYMOUS_PRIVATE, CoreDumps.Memory.FILE_SHARED);
            CoreDumps.setFilter(pid, kinds);
            assertThat(CoreDumps.filter(pid)).isEqualTo(kinds);
            assertThat(Files.readString(Path.of("/proc/" + pid + "/coredump_filter"))
                            .trim())
                    .isEqualTo("00000009");
        } finally {
            sleeper.destroyForcibly();
        }
        expect("ESRCH", () -> CoreDumps.filter(NOBODY));
        expect("ESRCH", () -> CoreDumps.setFilter(NOBODY, Set.of()));
        assertThat(CoreDumps.pattern())
                .isEqualTo(Files.readString(Path.of("/proc/sys/kernel/core_pattern"))
                        .stripTrailing());
    }

    // ---- As every mechanism

    @Test
    void another_threads_close_ends_a_wait_and_calls_on_what_is_closed_say_so() throws Exception {
        SignalQueue queue = SignalQueue.open();
        Waiter<ReceivedSignal> waiter = Waiter.start(queue::take);
        assertThat(waiter.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                .isTrue();
        queue.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(queue::take).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void descriptors_do_not_leak() throws Exception {
        int rounds = (int) (300 * SHARE);
        openAndClose();
        int before = Descriptors.count();
        for (int i = 0; i < rounds; i++) {
            openAndClose();
        }
        assertThat(Descriptors.count()).isEqualTo(before);
    }

    private void openAndClose() throws IOException {
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find();
                SignalQueue queue = SignalQueue.open()) {
            dispatcher.handle(SIGNAL, queue);
            target.check();
        }
    }

    @Test
    void thirty_two_threads_on_one_target_lose_and_double_nothing() throws Exception {
        int threads = 32;
        int each = (int) (100 * SHARE);
        AtomicIntegerArray seen = new AtomicIntegerArray(threads * each);
        try (SignalDispatcher dispatcher = open();
                SignalTarget target = find()) {
            dispatcher.handle(SIGNAL, signal -> seen.incrementAndGet(signal.value()));
            List<Waiter<Void>> senders = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int first = i * each;
                senders.add(Waiter.start(() -> {
                    for (int value = first; value < first + each; value++) {
                        target.send(SIGNAL, value);
                        dispatcher.handle(SIGNAL, signal -> seen.incrementAndGet(signal.value()));
                    }
                    return null;
                }));
            }
            for (Waiter<Void> sender : senders) {
                sender.result(60);
            }
            Signal last = Signal.realTime(4);
            dispatcher.handle(last, received::add);
            target.send(last);
            next(); // signals of lower numbers are read before
        }
        for (int value = 0; value < threads * each; value++) {
            assertThat(seen.get(value)).as("arrivals of " + value).isEqualTo(1);
        }
    }

    // ---- The table

    @Test
    void what_the_jvm_needs_is_refused_with_the_reason() throws Exception {
        List<String> refused = new ArrayList<>();
        for (Signal signal : Signal.all()) {
            signal.refusal().ifPresent(why -> refused.add(signal.name()));
        }
        assertThat(refused)
                .contains("KILL", "STOP", "SEGV", "BUS", "FPE", "ILL", "TRAP", "PIPE", "XFSZ", "USR2", "PROF")
                .contains("HUP", "INT", "TERM", "QUIT", "RT32", "RT33", "RTMIN+28")
                .doesNotContain("USR1", "TSTP", "TTIN", "TTOU", "WINCH", "ALRM", "XCPU", "IO", "CHLD", "RTMIN");
        assertThat(Signal.of("TERM").refusal())
                .hasValueSatisfying(why -> assertThat(why).contains("-Xrs"));
    }
}
