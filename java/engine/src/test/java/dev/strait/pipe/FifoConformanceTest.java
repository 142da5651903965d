package dev.strait.pipe;

import static dev.strait.pipe.Ends.SOON_S;
import static dev.strait.pipe.Ends.assertErrno;
import static dev.strait.pipe.Ends.read;
import static dev.strait.pipe.Ends.readAll;
import static dev.strait.pipe.Ends.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Jvm;
import dev.strait.testing.Shell;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** FIFOs do what fifo(7) says. What their ends do is in PipeConformanceTest. */
@Timeout(60)
@SuppressWarnings("try") // ends are closed early, or held and not used
final class FifoConformanceTest {
    private static final String[] NOBODY = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};

    @TempDir
    Path directory;

    private Path path;
    private Fifo fifo;

    @BeforeEach
    void create() throws IOException {
        path = directory.resolve("fifo");
        fifo = Fifo.create(path);
    }

    @AfterEach
    void close() {
        fifo.close();
    }

    private <T> Waiter<T> asleepInOpen(Callable<T> open) throws InterruptedException {
        Waiter<T> waiter = Waiter.start(open);
        assertThat(waiter.comesInto(FifoNative.class, "open")).isTrue();
        return waiter;
    }

    private static String shown(Path path) throws Exception {
        return Shell.run("ls", "-l", path.toString());
    }

    // ---- The name

    @Test
    void ls_shows_p_and_the_mode() throws Exception {
        assertThat(shown(path)).startsWith("prw------- 1 ");
        assertThat(Files.readAttributes(path, "unix:mode").get("mode")).isEqualTo(010600);
        assertThat(Shell.run("stat", "-c", "%F", path.toString())).isEqualTo("fifo\n");
    }

    @Test
    void the_mode_is_masked_by_the_umask() throws Exception {
        Path masked = directory.resolve("masked");
        String output = Jvm.of(PipePeer.class)
                .under("sh", "-c", "umask 027; exec \"$@\"", "sh")
                .succeed("create", masked.toString());
        assertThat(output).isEqualTo("done\n");
        assertThat(shown(masked)).startsWith("prw-r----- ");
    }

    @Test
    void the_mode_is_exact_where_that_is_asked_for() throws Exception {
        Fifo.createExactly(directory.resolve("all"), 0666).close();
        Fifo.createExactly(directory.resolve("none"), 0).close();
        assertThat(shown(directory.resolve("all"))).startsWith("prw-rw-rw- ");
        assertThat(shown(directory.resolve("none"))).startsWith("p--------- ");
        assertErrno("EEXIST", () -> Fifo.createExactly(directory.resolve("none"), 0666));
        assertThat(shown(directory.resolve("none"))).startsWith("p--------- ");
    }

    @Test
    void a_mode_that_is_none_is_refused() {
        assertThatThrownBy(() -> Fifo.create(directory.resolve("new"), 01000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mode 01000: must be 0 to 0777");
        assertThatThrownBy(() -> Fifo.create(directory.resolve("new"), -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void mkfifo_of_an_existing_path_is_EEXIST() throws IOException {
        assertThatThrownBy(() -> Fifo.create(path))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("mkfifo(" + path + "): File exists (EEXIST)");
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        assertErrno("EEXIST", () -> Fifo.create(link));
    }

    @Test
    void mkfifo_tells_what_is_wrong_with_a_path() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        assertErrno("ENOENT", () -> Fifo.create(directory.resolve("missing/fifo")));
        assertErrno("ENOENT", () -> Fifo.create(Path.of("")));
        assertErrno("ENOTDIR", () -> Fifo.create(file.resolve("fifo")));
        Fifo.create(directory.resolve("n".repeat(255))).close();
        assertErrno("ENAMETOOLONG", () -> Fifo.create(directory.resolve("n".repeat(256))));
        assertErrno("ENAMETOOLONG", () -> Fifo.create(Path.of("/tmp" + "/n".repeat(3000))));
    }

    @Test
    void a_name_may_have_any_characters() throws Exception {
        assumeTrue(System.getProperty("sun.jnu.encoding").equals("UTF-8"), "names of files are not UTF-8 here");
        Path name = directory.resolve("größer \uD83D\uDE00\n");
        try (Fifo strange = Fifo.create(name);
                Pipe both = strange.openBoth()) {
            assertThat(Files.exists(name)).isTrue();
            write(both.writer(), "x");
            strange.unlink();
            assertThat(Files.exists(name)).isFalse();
        }
    }

    private static void assumeNobodyCanRunUs() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        List<String> command = new ArrayList<>(List.of(NOBODY));
        command.addAll(List.of("test", "-r", Jvm.folderOf(PipePeer.class).toString()));
        int status = new ProcessBuilder(command).start().waitFor();
        assumeTrue(status == 0, "others may not read " + Jvm.folderOf(PipePeer.class));
    }

    @Test
    void without_permission_it_is_EACCES() throws Exception {
        assumeNobodyCanRunUs();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(Jvm.of(PipePeer.class)
                        .under(NOBODY)
                        .succeed("create", directory.resolve("new").toString()))
                .contains("mkfifo(", "(EACCES)");
        assertThat(Jvm.of(PipePeer.class).under(NOBODY).succeed("open", path.toString()))
                .isEqualTo("open(" + path + "): Permission denied (EACCES)\n");
        assertThat(Jvm.of(PipePeer.class).under(NOBODY).succeed("unlink", path.toString()))
                .isEqualTo("unlink(" + path + "): Permission denied (EACCES)\n");
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Jvm.of(PipePeer.class).under(NOBODY).succeed("open", path.toString()))
                .isEqualTo("done\n");
    }

    @Test
    void what_mkfifo_and_mknod_made_is_opened() throws Exception {
        Shell.run("mkfifo", directory.resolve("mkfifo").toString());
        Shell.run("mknod", directory.resolve("mknod").toString(), "p");
        for (String name : new String[] {"mkfifo", "mknod"}) {
            try (Fifo theirs = Fifo.at(directory.resolve(name));
                    Pipe both = theirs.openBoth()) {
                write(both.writer(), name);
                assertThat(read(both.reader())).isEqualTo(name);
                theirs.unlink();
            }
        }
    }

    @Test
    void opening_what_is_no_fifo_is_EINVAL_and_what_is_not_there_ENOENT() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "text");
        int before = Descriptors.count();
        try (Fifo none = Fifo.at(file)) {
            assertThatThrownBy(none::openReaderNow)
                    .isInstanceOf(ErrnoException.class)
                    .hasMessage("open(" + file + ", which is no FIFO): Invalid argument (EINVAL)");
            assertErrno("EINVAL", none::openWriter);
            assertErrno("EINVAL", none::openBoth);
        }
        try (Fifo missing = Fifo.at(directory.resolve("missing"))) {
            assertErrno("ENOENT", missing::openReader);
            assertErrno("ENOENT", missing::openWriterNow);
            assertErrno("ENOENT", missing::unlink);
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // what others left may be gone
        assertThat(file).hasContent("text");
    }

    @Test
    void the_name_outlives_all_ends_and_unread_bytes_do_not() throws IOException {
        try (Pipe both = fifo.openBoth()) {
            write(both.writer(), "unread");
        }
        assertThat(Files.exists(path)).isTrue();
        try (Pipe both = fifo.openBoth()) {
            assertThat(both.reader().availableBytes()).isZero();
            write(both.writer(), "new");
            assertThat(read(both.reader())).isEqualTo("new");
        }
    }

    @Test
    void removing_the_name_leaves_open_ends_alive() throws IOException {
        try (Pipe both = fifo.openBoth()) {
            fifo.unlink();
            assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isFalse();
            write(both.writer(), "still");
            assertThat(read(both.reader())).isEqualTo("still");
            assertErrno("ENOENT", fifo::unlink);
            assertErrno("ENOENT", fifo::openReaderNow);
            Fifo.create(path).close(); // another one
            assertThat(both.reader().availableBytes()).isZero();
        }
    }

    // ---- Opening without waiting

    @Test
    void opening_for_writing_without_a_reader_non_blocking_is_ENXIO() {
        assertThatThrownBy(fifo::openWriterNow)
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open(" + path + "): No such device or address (ENXIO)");
    }

    @Test
    void opening_for_reading_non_blocking_succeeds() throws IOException {
        try (PipeReader reader = fifo.openReaderNow()) {
            assertThat(read(reader)).isEqualTo("the end"); // as long as there was no writer
            try (PipeWriter writer = fifo.openWriterNow()) {
                write(writer, "abc");
                assertThat(read(reader)).isEqualTo("abc");
                reader.configureBlocking(false);
                assertThat(reader.read(ByteBuffer.allocate(1))).isZero();
            }
            assertThat(read(reader)).isEqualTo("the end");
        }
    }

    @Test
    void opening_for_both_never_waits_and_never_ends() throws Exception {
        try (Pipe both = fifo.openBoth()) {
            Waiter<String> waiter = Waiter.start(() -> read(both.reader()));
            assertThat(waiter.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            try (PipeWriter other = fifo.openWriterNow()) {
                write(other, "from another");
            }
            assertThat(waiter.result(SOON_S)).isEqualTo("from another");
            both.writer().close();
            both.reader().configureBlocking(false);
            assertThat(both.reader().read(ByteBuffer.allocate(1)))
                    .isZero(); // one description, so it is a writer itself
        }
    }

    // ---- Meeting

    @Test
    void blocking_opens_meet() throws Exception {
        Waiter<PipeReader> waiter = asleepInOpen(fifo::openReader);
        try (PipeWriter writer = fifo.openWriter();
                PipeReader reader = waiter.result(SOON_S)) {
            write(writer, "met");
            assertThat(read(reader)).isEqualTo("met");
        }
        Waiter<PipeWriter> other = asleepInOpen(fifo::openWriter);
        try (PipeReader reader = fifo.openReader(Duration.ofSeconds(SOON_S));
                PipeWriter writer = other.result(SOON_S)) {
            write(writer, "again");
            assertThat(read(reader)).isEqualTo("again");
            Waiter<String> reads = Waiter.start(() -> read(reader)); // the end, blocking as ever
            assertThat(reads.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            writer.close();
            assertThat(reads.result(SOON_S)).isEqualTo("the end");
        }
    }

    @Test
    void a_writer_that_was_gone_before_the_reader_woke_is_an_end_and_not_a_wait() throws Exception {
        Waiter<PipeReader> waiter = asleepInOpen(fifo::openReader);
        fifo.openWriterNow().close();
        try (PipeReader reader = waiter.result(SOON_S)) {
            assertThat(read(reader)).isEqualTo("the end");
        }
    }

    @Test
    void an_interrupt_ends_an_open_and_leaves_the_fifo_as_it_is() throws Exception {
        for (Callable<? extends PipeEnd> open : List.<Callable<? extends PipeEnd>>of(
                fifo::openReader, fifo::openWriter, () -> fifo.openReader(Duration.ofDays(1)))) {
            Waiter<? extends PipeEnd> waiter = asleepInOpen(open);
            waiter.interrupt();
            assertThatThrownBy(() -> waiter.result(SOON_S))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
        }
        fifo.openBoth().close();
    }

    @Test
    void a_thread_that_is_interrupted_already_does_not_wait() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(fifo::openReader).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void another_threads_close_ends_all_opens() throws Exception {
        List<Waiter<PipeReader>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(asleepInOpen(fifo::openReader));
        }
        fifo.close();
        for (Waiter<PipeReader> each : waiters) {
            assertThatThrownBy(() -> each.result(SOON_S)).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
        }
        assertThat(Files.exists(path)).isTrue();
    }

    @Test
    void a_time_ends_an_open_and_not_early() throws Exception {
        long start = System.nanoTime();
        assertThatThrownBy(() -> fifo.openReader(Duration.ofMillis(30)))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open(" + path + ", which has no writer): Connection timed out (ETIMEDOUT)");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
        assertThatThrownBy(() -> fifo.openWriter(Duration.ofNanos(1)))
                .hasMessage("open(" + path + ", which has no reader): Connection timed out (ETIMEDOUT)");
        assertErrno("ENXIO", fifo::openWriterNow); // who timed out is no reader
        assertThatThrownBy(() -> fifo.openReader(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> fifo.openReader(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_open_that_is_far_from_its_time_meets_whoever_comes() throws Exception {
        Waiter<PipeReader> waiter = asleepInOpen(() -> fifo.openReader(Duration.ofSeconds(Long.MAX_VALUE)));
        fifo.openWriter(Duration.ofDays(100)).close();
        waiter.result(SOON_S).close();
    }

    // ---- The end, and after it

    @Test
    void after_the_end_a_reader_goes_on_with_the_next_writer() throws Exception {
        try (PipeReader reader = fifo.openReaderNow()) {
            for (String text : new String[] {"first", "second"}) {
                try (PipeWriter writer = fifo.openWriterNow()) {
                    write(writer, text);
                }
                assertThat(read(reader)).isEqualTo(text);
                assertThat(read(reader)).isEqualTo("the end");
            }
        }
    }

    @Test
    void a_reader_that_opens_anew_waits_for_the_next_writer() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        Waiter<String> waiter = Waiter.start(() -> {
            String first;
            try (PipeReader reader = fifo.openReader()) {
                first = readAll(reader);
            }
            closed.countDown();
            try (PipeReader reader = fifo.openReader()) {
                return first + "|" + readAll(reader);
            }
        });
        try (PipeWriter writer = fifo.openWriter()) {
            write(writer, "first");
        }
        closed.await();
        assertThat(waiter.comesInto(FifoNative.class, "open")).isTrue();
        try (PipeWriter writer = fifo.openWriter()) {
            write(writer, "second");
        }
        assertThat(waiter.result(SOON_S)).isEqualTo("first|second");
    }

    @Test
    void with_no_reader_left_a_write_is_EPIPE_and_works_again_with_the_next_one() throws Exception {
        try (PipeReader first = fifo.openReaderNow();
                PipeWriter writer = fifo.openWriterNow()) {
            first.close();
            assertErrno("EPIPE", () -> write(writer, "lost"));
            try (PipeReader second = fifo.openReaderNow()) {
                write(writer, "found");
                assertThat(read(second)).isEqualTo("found");
            }
        }
    }

    // ---- With other programs

    @Test
    void echo_into_the_fifo_is_read() throws Exception {
        try (Shell shell = Shell.script("echo 17 > \"$0\"", path);
                PipeReader reader = fifo.openReader()) {
            assertThat(readAll(reader)).isEqualTo("17\n");
            assertThat(shell.status()).isZero();
        }
    }

    @Test
    void cat_from_the_fifo_reads_what_is_written() throws Exception {
        try (Shell shell = Shell.script("cat < \"$0\"", path)) {
            try (PipeWriter writer = fifo.openWriter()) {
                write(writer, "for cat");
            }
            assertThat(shell.rest()).isEqualTo("for cat");
        }
    }

    @Test
    void socat_reads_and_writes_it() throws Exception {
        Shell.assumeHas("socat");
        try (Shell shell = Shell.start("socat", "-u", "OPEN:" + path + ",rdonly", "STDOUT");
                PipeWriter writer = fifo.openWriter()) {
            write(writer, "for socat");
            writer.close();
            assertThat(shell.rest()).isEqualTo("for socat");
        }
        try (Shell shell = Shell.start("socat", "-u", "EXEC:echo from socat", "OPEN:" + path + ",wronly");
                PipeReader reader = fifo.openReader()) {
            assertThat(readAll(reader)).isEqualTo("from socat\n");
        }
    }

    @Test
    void python_reads_and_writes_it() throws Exception {
        Shell.assumeHas("python3");
        String script = "import sys; text = open(sys.argv[1]).read(); open(sys.argv[1], 'w').write(text[::-1])";
        try (Shell shell = Shell.start("python3", "-c", script, path.toString())) {
            try (PipeWriter writer = fifo.openWriter()) {
                write(writer, "abc");
            }
            try (PipeReader reader = fifo.openReader()) {
                assertThat(readAll(reader)).isEqualTo("cba");
            }
            assertThat(shell.status()).isZero();
        }
    }

    @Test
    void a_program_with_libc_alone_copies_from_one_to_another() throws Exception {
        Path second = directory.resolve("second");
        try (Fifo back = Fifo.create(second);
                Shell peer = Shell.start(Shell.peer("pipe_peer"), "copy", path.toString(), second.toString());
                PipeWriter writer = fifo.openWriter();
                PipeReader reader = back.openReader()) {
            write(writer, "there and back");
            assertThat(read(reader)).isEqualTo("there and back");
            writer.close();
            assertThat(read(reader)).isEqualTo("the end");
            assertThat(peer.status()).isZero();
        }
    }

    // ---- Virtual threads

    @Test
    void virtual_threads_park_while_they_wait_for_the_other_side() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<PipeReader> reader = Virtual.start(fifo::openReader);
        assertThat(reader.comesToPark()).isTrue();
        Virtual<PipeWriter> writer = Virtual.start(fifo::openWriter); // there is one carrier
        try (PipeReader in = reader.result();
                PipeWriter out = writer.result()) {
            write(out, "abc");
            assertThat(read(in)).isEqualTo("abc");
        }
    }

    @Test
    void a_virtual_thread_in_an_open_is_ended_by_interrupt_close_and_time() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<PipeReader> interrupted = Virtual.start(fifo::openReader);
        assertThat(interrupted.comesToPark()).isTrue();
        interrupted.interrupt();
        assertThatThrownBy(interrupted::result).hasCauseInstanceOf(InterruptedException.class);
        Virtual<PipeReader> late = Virtual.start(() -> fifo.openReader(Duration.ofMillis(10)));
        assertThatThrownBy(late::result).hasMessageContaining("ETIMEDOUT");
        Virtual<PipeReader> closed = Virtual.start(fifo::openReader);
        assertThat(closed.comesToPark()).isTrue();
        fifo.close();
        assertThatThrownBy(closed::result).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
    }

    // ---- Every mechanism

    @Test
    void calls_on_a_closed_one_are_ClosedChannelExceptions() {
        fifo.close();
        fifo.close();
        assertThatThrownBy(fifo::openReader).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(fifo::openReaderNow).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(fifo::openWriter).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(fifo::openWriterNow).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(fifo::openBoth).isExactlyInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(fifo::unlink).isExactlyInstanceOf(ClosedChannelException.class);
        assertThat(fifo).hasToString("Fifo[" + path + "]");
    }

    @Test
    void after_10_000_rounds_there_are_no_more_descriptors_than_before() throws Exception {
        Path other = directory.resolve("other");
        int before = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            try (Fifo each = Fifo.create(other);
                    Pipe both = each.openBoth();
                    PipeReader reader = each.openReader();
                    PipeWriter writer = each.openWriter(Duration.ofSeconds(SOON_S))) {
                assertThat(reader.fd()).isNotEqualTo(writer.fd());
                assertThat(both.reader().isOpen()).isTrue();
                each.unlink();
            }
        }
        for (int i = 0; i < 1_000; i++) {
            assertErrno("ETIMEDOUT", () -> fifo.openReader(Duration.ofNanos(1)));
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // what others left may be gone
    }

    @Test
    void of_32_threads_on_one_fifo_nothing_is_lost_and_nothing_doubled() throws Exception {
        AtomicLong read = new AtomicLong();
        AtomicLong written = new AtomicLong();
        long endNs = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        List<Waiter<Void>> readers = new ArrayList<>();
        List<Waiter<Void>> writers = new ArrayList<>();
        try (Pipe held = fifo.openBoth()) { // nothing ends, and nothing is lost, between two
            for (int i = 0; i < 16; i++) {
                readers.add(Waiter.start(() -> {
                    ByteBuffer message = ByteBuffer.allocateDirect(8);
                    try (PipeReader reader = fifo.openReader()) {
                        while (reader.read(message.clear()) == 8) {
                            read.addAndGet(message.getLong(0));
                        }
                    }
                    return null;
                }));
                long number = i + 1L;
                writers.add(Waiter.start(() -> {
                    ByteBuffer message = ByteBuffer.allocateDirect(8);
                    for (long n = number; System.nanoTime() < endNs; n += 16) {
                        try (PipeWriter writer = fifo.openWriter()) {
                            writer.write(message.clear().putLong(0, n));
                            written.addAndGet(n);
                        }
                    }
                    return null;
                }));
            }
            for (Waiter<Void> each : writers) {
                each.result(SOON_S);
            }
            while (held.reader().availableBytes() > 0) {
                Thread.onSpinWait();
            }
        }
        for (Waiter<Void> each : readers) {
            each.result(SOON_S);
        }
        assertThat(written.get()).isPositive();
        assertThat(read).hasValue(written.get());
    }
}
