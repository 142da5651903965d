package dev.strait.pipe;

import static dev.strait.pipe.Ends.SOON_S;
import static dev.strait.pipe.Ends.assertErrno;
import static dev.strait.pipe.Ends.bytes;
import static dev.strait.pipe.Ends.direct;
import static dev.strait.pipe.Ends.read;
import static dev.strait.pipe.Ends.readAll;
import static dev.strait.pipe.Ends.text;
import static dev.strait.pipe.Ends.write;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.descriptor.Descriptor;
import dev.strait.descriptor.OpenFile;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Jvm;
import dev.strait.testing.Shell;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pipes do what pipe(7) says. What all descriptors do is in DescriptorTest, FIFOs are in FifoConformanceTest. */
final class PipeConformanceTest {
    private static final int CAPACITY_BYTES = 65_536;
    private static final int PAGE_BYTES = 4_096;
    private static final int O_NONBLOCK = 04000;
    private static final int O_CLOEXEC = 02000000;

    @TempDir
    Path directory;

    private Pipe pipe;
    private PipeReader reader;
    private PipeWriter writer;

    @BeforeEach
    void open() throws IOException {
        use(Pipe.open());
    }

    private void use(Pipe other) throws IOException {
        close();
        pipe = other;
        reader = pipe.reader();
        writer = pipe.writer();
    }

    @AfterEach
    void close() throws IOException {
        if (pipe != null) {
            pipe.close();
        }
    }

    /** An end that does not know which it is. */
    private static final class Backwards extends Descriptor {
        Backwards(int fd) {
            super(fd, "Backwards");
        }

        int read() throws IOException {
            return readBytes(ByteBuffer.allocate(1));
        }

        int write() throws IOException {
            return writeBytes(ByteBuffer.allocate(1));
        }
    }

    // ---- The wrong way, and nobody on the other side

    @Test
    void writing_to_the_read_end_is_EBADF() throws IOException {
        try (Backwards end = new Backwards(reader.release())) {
            assertErrno("EBADF", end::write);
        }
    }

    @Test
    void reading_from_the_write_end_is_EBADF() throws IOException {
        try (Backwards end = new Backwards(writer.release())) {
            assertErrno("EBADF", end::read);
        }
    }

    @Test
    void with_no_reader_left_a_write_fails_with_EPIPE() throws IOException {
        reader.close();
        assertThatThrownBy(() -> write(writer, "x"))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("write(" + writer + "): Broken pipe (EPIPE)");
        assertErrno("EPIPE", () -> writer.write(new ByteBuffer[] {bytes("x"), bytes("y")}));
        assertErrno("EPIPE", () -> writer.vmsplice(direct("x")));
        try (Pipe from = Pipe.open()) {
            write(from.writer(), "x");
            assertErrno("EPIPE", () -> from.reader().tee(writer, 1));
            assertErrno("EPIPE", () -> from.reader().spliceTo(writer, 1));
            assertThat(read(from.reader())).isEqualTo("x");
        }
    }

    @Test
    void with_no_reader_left_the_process_does_not_die_of_SIGPIPE() throws Exception {
        assertThat(Jvm.of(PipePeer.class).succeed("break")).contains("Broken pipe (EPIPE)");
        assertThat(Jvm.of(PipePeer.class).option("-Xrs").succeed("break")).contains("Broken pipe (EPIPE)");
    }

    @Test
    void a_writer_that_waits_hears_that_the_last_reader_is_gone() throws Exception {
        Waiter<Integer> waiter = asleepInWrite();
        reader.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasMessageContaining("EPIPE");
    }

    // ---- The end

    @Test
    void when_the_last_writer_is_closed_comes_the_rest_of_the_data_then_the_end() throws IOException {
        write(writer, "the rest");
        writer.close();
        ByteBuffer target = ByteBuffer.allocate(4);
        assertThat(reader.read(target)).isEqualTo(4);
        assertThat(read(reader)).isEqualTo("rest");
        assertThat(read(reader)).isEqualTo("the end");
        assertThat(read(reader)).isEqualTo("the end");
    }

    @Test
    void closing_the_last_writer_wakes_all_readers() throws Exception {
        List<Waiter<String>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(asleepInRead());
        }
        writer.close();
        for (Waiter<String> each : waiters) {
            assertThat(each.result(SOON_S)).isEqualTo("the end");
        }
    }

    @Test
    void with_a_writer_open_and_no_data_the_reader_waits() throws Exception {
        Waiter<String> waiter = asleepInRead();
        write(writer, "data");
        assertThat(waiter.result(SOON_S)).isEqualTo("data");
    }

    @Test
    void a_writer_in_another_process_counts_until_it_ends() throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "read x; echo last words");
        builder.redirectOutput(Redirect.to(Shell.ours(writer.fd())));
        try (Shell shell = Shell.start(builder)) {
            writer.close();
            Waiter<String> waiter = asleepInRead();
            shell.process().getOutputStream().close();
            assertThat(waiter.result(SOON_S)).isEqualTo("last words\n");
            assertThat(read(reader)).isEqualTo("the end");
        }
    }

    // ---- Full and empty

    private Waiter<String> asleepInRead() throws InterruptedException {
        Waiter<String> waiter = Waiter.start(() -> read(reader));
        assertThat(waiter.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                .isTrue();
        return waiter;
    }

    /** After it has filled the pipe. */
    private Waiter<Integer> asleepInWrite() throws InterruptedException {
        Waiter<Integer> waiter = Waiter.start(() -> writer.write(ByteBuffer.allocateDirect(CAPACITY_BYTES + 1)));
        assertThat(waiter.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                .isTrue();
        return waiter;
    }

    @Test
    void a_non_blocking_read_from_an_empty_pipe_is_EAGAIN_which_is_0_here() throws IOException {
        reader.configureBlocking(false);
        assertThat(reader.read(ByteBuffer.allocate(1))).isZero();
        assertThat(reader.vmsplice(ByteBuffer.allocateDirect(1))).isZero();
        writer.close();
        assertThat(reader.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }

    @Test
    void a_non_blocking_write_to_a_full_pipe_is_EAGAIN_which_is_0_here() throws IOException {
        writer.configureBlocking(false);
        assertThat(writer.write(ByteBuffer.allocate(2 * CAPACITY_BYTES))).isEqualTo(CAPACITY_BYTES);
        assertThat(writer.write(bytes("x"))).isZero();
        assertThat(writer.vmsplice(direct("x"))).isZero();
    }

    @Test
    void a_full_pipe_blocks_the_writer_until_data_is_taken() throws Exception {
        Waiter<Integer> waiter = asleepInWrite();
        assertThat(waiter.isDone()).isFalse();
        assertThat(reader.availableBytes()).isEqualTo(CAPACITY_BYTES);
        assertThat(reader.read(ByteBuffer.allocate(PAGE_BYTES))).isEqualTo(PAGE_BYTES);
        assertThat(waiter.result(SOON_S)).isEqualTo(CAPACITY_BYTES + 1);
    }

    @Test
    void data_read_is_gone_and_readers_of_one_pipe_share_it() throws Exception {
        write(writer, "abcdef");
        ProcessBuilder head = new ProcessBuilder("head", "-c", "2");
        head.redirectInput(Redirect.from(Shell.ours(reader.fd())));
        try (Shell shell = Shell.start(head)) {
            String others = shell.rest();
            writer.close();
            String ours = read(reader);
            assertThat(others).startsWith("ab"); // head may read more than it prints
            assertThat(ours.equals("the end") || "abcdef".endsWith(ours)).isTrue();
        }
        use(Pipe.open());
        write(writer, "abcdef");
        ByteBuffer two = ByteBuffer.allocate(2);
        reader.read(two);
        assertThat(text(two) + "|" + read(reader)).isEqualTo("ab|cdef");
    }

    // ---- Flags of pipe2

    @Test
    void O_CLOEXEC_takes_effect() throws Exception {
        assertThat(Descriptors.flags(reader.fd()) & O_CLOEXEC).isNotZero();
        assertThat(Descriptors.flags(writer.fd()) & O_CLOEXEC).isNotZero();
        String inode =
                Files.readSymbolicLink(Path.of("/proc/self/fd/" + reader.fd())).toString();
        assertThat(Shell.run("sh", "-c", "ls -l /proc/self/fd")).doesNotContain(inode);
    }

    @Test
    void O_NONBLOCK_takes_effect() throws IOException {
        assertThat(Descriptors.flags(reader.fd()) & O_NONBLOCK).isNotZero();
        assertThat(Descriptors.flags(writer.fd()) & O_NONBLOCK).isNotZero();
        assertThat(reader.isBlocking()).isTrue(); // its calls wait nevertheless
    }

    @Test
    void O_DIRECT_takes_effect_each_read_takes_one_packet() throws IOException {
        use(Pipe.open(PipeOptions.defaults().packets()));
        assertThat(writer.hasPackets()).isTrue();
        write(writer, "one");
        writer.write(new ByteBuffer[] {bytes("tw"), bytes("o")});
        write(writer, "three");
        assertThat(read(reader)).isEqualTo("one");
        assertThat(read(reader)).isEqualTo("two");
        assertThat(read(reader)).isEqualTo("three");
    }

    @Test
    void the_rest_of_a_packet_that_is_too_long_is_dropped() throws IOException {
        use(Pipe.open(PipeOptions.defaults().packets()));
        write(writer, "a long one");
        write(writer, "next");
        ByteBuffer small = ByteBuffer.allocate(6);
        assertThat(reader.read(small)).isEqualTo(6);
        assertThat(read(reader)).isEqualTo("next");
    }

    @Test
    void a_write_longer_than_PIPE_BUF_becomes_several_packets() throws IOException {
        use(Pipe.open(PipeOptions.defaults().packets()));
        assertThat(writer.write(ByteBuffer.allocate(2 * Pipe.ATOMIC_BYTES + 1))).isEqualTo(2 * Pipe.ATOMIC_BYTES + 1);
        assertThat(read(reader)).hasSize(Pipe.ATOMIC_BYTES);
        assertThat(read(reader)).hasSize(Pipe.ATOMIC_BYTES);
        assertThat(read(reader)).hasSize(1);
    }

    @Test
    void another_process_reads_packets_as_they_were_written() throws Exception {
        use(Pipe.open(PipeOptions.defaults().packets()));
        ProcessBuilder builder = new ProcessBuilder(Shell.peer("pipe_peer"), "lengths", "-");
        try (Shell peer = Shell.start(builder.redirectInput(Redirect.from(Shell.ours(reader.fd()))))) {
            write(writer, "seven..");
            write(writer, "two");
            writer.close();
            assertThat(peer.rest()).isEqualTo("7\n3\n");
        }
    }

    @Test
    void packets_can_be_chosen_for_a_pipe_that_is_open() throws IOException {
        assertThat(writer.hasPackets()).isFalse();
        writer.setPackets(true);
        assertThat(writer.hasPackets()).isTrue();
        write(writer, "one");
        write(writer, "two");
        writer.setPackets(false);
        write(writer, "three");
        write(writer, "four");
        assertThat(read(reader)).isEqualTo("one");
        assertThat(read(reader)).isEqualTo("two");
        assertThat(read(reader)).isEqualTo("threefour");
    }

    // ---- Capacity, and what there is

    @Test
    void F_GETPIPE_SZ_and_F_SETPIPE_SZ_get_and_set_the_capacity() throws IOException {
        assertThat(writer.capacityBytes()).isEqualTo(CAPACITY_BYTES);
        assertThat(reader.setCapacityBytes(PAGE_BYTES)).isEqualTo(PAGE_BYTES);
        assertThat(writer.capacityBytes()).isEqualTo(PAGE_BYTES);
        writer.configureBlocking(false);
        assertThat(writer.write(ByteBuffer.allocate(CAPACITY_BYTES))).isEqualTo(PAGE_BYTES);
    }

    @Test
    void a_capacity_is_rounded_up_to_a_power_of_two_pages() throws IOException {
        assertThat(writer.setCapacityBytes(5 * PAGE_BYTES - 1)).isEqualTo(8 * PAGE_BYTES);
        assertThat(writer.setCapacityBytes(0)).isEqualTo(PAGE_BYTES);
    }

    @Test
    void a_pipe_is_created_with_a_capacity() throws IOException {
        use(Pipe.open(PipeOptions.defaults().capacityBytes(2 * PAGE_BYTES)));
        assertThat(reader.capacityBytes()).isEqualTo(2 * PAGE_BYTES);
    }

    @Test
    void a_capacity_below_what_is_in_the_pipe_is_EBUSY() throws IOException {
        writer.write(ByteBuffer.allocate(3 * PAGE_BYTES));
        assertErrno("EBUSY", () -> writer.setCapacityBytes(2 * PAGE_BYTES));
        assertThat(writer.capacityBytes()).isEqualTo(CAPACITY_BYTES);
    }

    @Test
    void a_capacity_above_pipe_max_size_is_EPERM_without_privilege() throws Exception {
        int max =
                Integer.parseInt(Shell.run("cat", "/proc/sys/fs/pipe-max-size").trim());
        assertThat(unprivileged().succeed("raise", max + "")).isEqualTo("done\n");
        assertThat(unprivileged().succeed("raise", max + 1 + ""))
                .startsWith("fcntl(F_SETPIPE_SZ)(PipeWriter[fd ")
                .contains("EPERM");
    }

    private static Jvm unprivileged() {
        Jvm jvm = Jvm.of(PipePeer.class);
        boolean root = System.getProperty("user.name").equals("root");
        String set = "-sys_resource";
        return root ? jvm.under("setpriv", "--inh-caps", set, "--bounding-set", set) : jvm;
    }

    @Test
    void a_capacity_that_is_none_is_refused() {
        assertThatThrownBy(() -> writer.setCapacityBytes(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PipeOptions.defaults().capacityBytes(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be 1 or more");
        assertThatThrownBy(() -> Pipe.open(PipeOptions.defaults().capacityBytes(Integer.MAX_VALUE)))
                .isInstanceOf(ErrnoException.class);
    }

    @Test
    void FIONREAD_says_how_many_bytes_are_available() throws IOException {
        assertThat(reader.availableBytes()).isZero();
        write(writer, "abc");
        write(writer, "de");
        assertThat(reader.availableBytes()).isEqualTo(5);
        assertThat(writer.availableBytes()).isEqualTo(5);
    }

    @Test
    void too_many_descriptors_are_EMFILE() throws Exception {
        assertThat(Jvm.of(PipePeer.class).under("prlimit", "--nofile=200").succeed("exhaust"))
                .isEqualTo("pipe2(O_CLOEXEC): Too many open files (EMFILE)\n");
    }

    // ---- PIPE_BUF

    @Test
    void writes_of_PIPE_BUF_bytes_are_not_mixed() throws Exception {
        int records = 300;
        List<Shell> writers = new ArrayList<>();
        for (String letter : new String[] {"a", "b", "c"}) {
            ProcessBuilder builder = new ProcessBuilder(Shell.peer("pipe_peer"), "records", "-", records + "", letter);
            writers.add(Shell.start(builder.redirectOutput(Redirect.to(Shell.ours(writer.fd())))));
        }
        Waiter<Void> ours = Waiter.start(() -> {
            ByteBuffer record = bytes("z".repeat(Pipe.ATOMIC_BYTES));
            for (int i = 0; i < records; i++) {
                writer.write(record.rewind());
            }
            writer.close();
            return null;
        });
        int seen = 0;
        ByteBuffer record = ByteBuffer.allocate(Pipe.ATOMIC_BYTES);
        while (reader.read(record) >= 0) {
            if (!record.hasRemaining()) {
                String text = text(record);
                assertThat(text).isEqualTo(text.substring(0, 1).repeat(Pipe.ATOMIC_BYTES));
                record.clear();
                seen++;
            }
        }
        assertThat(seen).isEqualTo(4 * records);
        ours.result(SOON_S);
        writers.forEach(Shell::close);
    }

    @Test
    void a_non_blocking_write_of_up_to_PIPE_BUF_bytes_is_whole_or_nothing() throws IOException {
        writer.setCapacityBytes(PAGE_BYTES);
        writer.configureBlocking(false);
        assertThat(writer.write(ByteBuffer.allocate(100))).isEqualTo(100);
        assertThat(writer.write(ByteBuffer.allocate(Pipe.ATOMIC_BYTES))).isZero();
        assertThat(writer.write(new ByteBuffer[] {ByteBuffer.allocate(4000), ByteBuffer.allocate(96)}))
                .isZero();
        assertThat(reader.availableBytes()).isEqualTo(100);
    }

    // ---- splice

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("file"), text);
    }

    @Test
    void splice_moves_bytes_from_pipe_to_pipe() throws IOException {
        try (Pipe other = Pipe.open()) {
            write(writer, "abcdef");
            assertThat(reader.spliceTo(other.writer(), 4)).isEqualTo(4);
            assertThat(read(other.reader())).isEqualTo("abcd");
            assertThat(other.writer().spliceFrom(reader, 100, SpliceOption.MOVE, SpliceOption.MORE))
                    .isEqualTo(2);
            assertThat(read(other.reader())).isEqualTo("ef");
            writer.close();
            assertThat(reader.spliceTo(other.writer(), 4)).isEqualTo(-1);
            assertThat(reader.spliceTo(other.writer(), 0)).isZero();
        }
    }

    @Test
    void splice_moves_bytes_from_and_to_files_at_their_place_and_at_offsets() throws IOException {
        Path path = file("0123456789");
        try (OpenFile file = OpenFile.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.position(2);
            assertThat(writer.spliceFrom(file, 3)).isEqualTo(3);
            assertThat(file.position()).isEqualTo(5);
            assertThat(writer.spliceFrom(file, 8, 100)).isEqualTo(2);
            assertThat(writer.spliceFrom(file, 10, 1)).isEqualTo(-1);
            assertThat(file.position()).isEqualTo(5);
            assertThat(reader.spliceTo(file, 0, 2)).isEqualTo(2);
            assertThat(reader.spliceTo(file, 100)).isEqualTo(3);
            assertThat(file.position()).isEqualTo(8);
            assertThat(file.size()).isEqualTo(10);
        }
        assertThat(path).hasContent("2334489".substring(0, 2) + "234" + "489" + "89");
    }

    @Test
    void splice_waits_for_bytes_and_for_room() throws Exception {
        try (Pipe other = Pipe.open()) {
            Waiter<Long> waiter = Waiter.start(() -> reader.spliceTo(other.writer(), 10));
            assertThat(waiter.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            write(writer, "abc");
            assertThat(waiter.result(SOON_S)).isEqualTo(3);
            other.writer().setCapacityBytes(PAGE_BYTES);
            assertThat(read(other.reader())).isEqualTo("abc");
            other.writer().write(ByteBuffer.allocate(PAGE_BYTES));
            write(writer, "def");
            Waiter<Long> second = Waiter.start(() -> reader.spliceTo(other.writer(), 10));
            assertThat(second.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            assertThat(read(other.reader())).hasSize(PAGE_BYTES);
            assertThat(second.result(SOON_S)).isEqualTo(3);
            assertThat(read(other.reader())).isEqualTo("def");
        }
    }

    @Test
    void a_splice_that_does_not_block_answers_0_where_the_kernel_says_EAGAIN() throws IOException {
        try (Pipe other = Pipe.open()) {
            reader.configureBlocking(false);
            assertThat(reader.spliceTo(other.writer(), 10)).isZero();
            assertThat(reader.tee(other.writer(), 10)).isZero();
        }
    }

    @Test
    void a_splice_ends_by_a_timeout_and_when_either_side_is_closed_or_its_thread_interrupted() throws Exception {
        try (Pipe other = Pipe.open()) {
            reader.setTimeout(Duration.ofMillis(10));
            assertThatThrownBy(() -> reader.spliceTo(other.writer(), 1))
                    .hasMessage("splice(" + reader + " to " + other.writer() + "): Connection timed out (ETIMEDOUT)");
            reader.setTimeout(Duration.ZERO);
            Waiter<Long> target = Waiter.start(() -> reader.spliceTo(other.writer(), 1));
            assertThat(target.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            other.writer().close();
            assertThatThrownBy(() -> target.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
            assertThatThrownBy(() -> reader.spliceTo(other.writer(), 1))
                    .isExactlyInstanceOf(ClosedChannelException.class);
        }
        try (Pipe other = Pipe.open()) {
            Waiter<Long> interrupted = Waiter.start(() -> other.writer().spliceFrom(reader, 1));
            assertThat(interrupted.comesInto("dev.strait.descriptor.DescriptorNative", "await"))
                    .isTrue();
            interrupted.interrupt();
            assertThatThrownBy(() -> interrupted.result(SOON_S)).hasCauseInstanceOf(ClosedByInterruptException.class);
            assertThat(reader.isOpen()).isFalse();
            assertThat(other.writer().isOpen()).isTrue();
        }
    }

    @Test
    void what_cannot_be_spliced_is_told() throws IOException {
        write(writer, "x");
        assertErrno("EINVAL", () -> reader.spliceTo(writer, 1));
        try (OpenFile appends = OpenFile.open(file(""), StandardOpenOption.APPEND)) {
            assertErrno("EINVAL", () -> reader.spliceTo(appends, 1));
        }
        try (OpenFile readable = OpenFile.open(file(""))) {
            assertErrno("EBADF", () -> reader.spliceTo(readable, 1));
            assertThatThrownBy(() -> reader.spliceTo(readable, -1, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> reader.spliceTo(readable, -1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void a_virtual_thread_parks_while_a_file_is_sent_to_a_full_pipe() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        try (OpenFile file = OpenFile.open(file("abc"))) {
            writer.setCapacityBytes(PAGE_BYTES);
            writer.write(ByteBuffer.allocate(PAGE_BYTES));
            Virtual<Long> virtual = Virtual.start(() -> file.sendTo(writer, 3));
            assertThat(virtual.comesToPark()).isTrue();
            assertThat(read(reader)).hasSize(PAGE_BYTES);
            assertThat(virtual.result()).isEqualTo(3);
        }
    }

    // ---- tee, vmsplice, sendfile

    @Test
    void tee_gives_bytes_to_another_pipe_that_can_still_be_read() throws IOException {
        try (Pipe other = Pipe.open()) {
            write(writer, "abc");
            assertThat(reader.tee(other.writer(), 2)).isEqualTo(2);
            assertThat(read(other.reader())).isEqualTo("ab");
            assertThat(reader.tee(other.writer(), 100)).isEqualTo(3);
            assertThat(read(reader)).isEqualTo("abc");
            assertThat(read(other.reader())).isEqualTo("abc");
            writer.close();
            assertThat(reader.tee(other.writer(), 1)).isEqualTo(-1);
        }
        assertErrno("EINVAL", () -> {
            try (Fifo fifo = Fifo.create(directory.resolve("fifo"));
                    Pipe both = fifo.openBoth()) {
                write(both.writer(), "x");
                both.reader().tee(both.writer(), 1);
            }
        });
    }

    @Test
    void vmsplice_lets_the_pipe_refer_to_memory() throws IOException {
        ByteBuffer memory = ByteBuffer.allocateDirect(2 * PAGE_BYTES);
        memory.put(bytes("before")).flip();
        assertThat(writer.vmsplice(memory)).isEqualTo(6);
        assertThat(memory.hasRemaining()).isFalse();
        memory.clear().put(bytes("after!")); // not a copy
        assertThat(read(reader)).isEqualTo("after!");
    }

    @Test
    void vmsplice_moves_all_of_a_buffer_however_large() throws Exception {
        Waiter<Integer> waiter = Waiter.start(() -> writer.vmsplice(ByteBuffer.allocateDirect(5 * CAPACITY_BYTES)));
        int total = 0;
        while (total < 5 * CAPACITY_BYTES) {
            total += read(reader).length();
        }
        assertThat(waiter.result(SOON_S)).isEqualTo(5 * CAPACITY_BYTES);
    }

    @Test
    void vmsplice_takes_pages_as_a_gift() throws IOException {
        ByteBuffer pages = ByteBuffer.allocateDirect(3 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
        pages.limit(PAGE_BYTES).put(bytes("a gift".repeat(600))).clear().limit(PAGE_BYTES);
        assertThat(writer.vmsplice(pages, SpliceOption.GIFT)).isEqualTo(PAGE_BYTES);
        assertThat(read(reader)).startsWith("a gift");
    }

    @Test
    void vmsplice_of_the_read_end_fills_memory() throws IOException {
        write(writer, "abcdef");
        ByteBuffer memory = ByteBuffer.allocateDirect(4);
        assertThat(reader.vmsplice(memory)).isEqualTo(4);
        assertThat(text(memory)).isEqualTo("abcd");
        assertThat(reader.vmsplice(memory.limit(0))).isZero();
        assertThat(reader.vmsplice(memory.clear())).isEqualTo(2);
        writer.close();
        assertThat(reader.vmsplice(memory.clear())).isEqualTo(-1);
    }

    @Test
    void vmsplice_takes_direct_buffers_alone() {
        assertThatThrownBy(() -> writer.vmsplice(ByteBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("direct");
        assertThatThrownBy(() -> reader.vmsplice(ByteBuffer.allocate(1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> reader.vmsplice(ByteBuffer.allocateDirect(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void sendfile_sends_from_a_files_place_and_from_offsets() throws IOException {
        try (OpenFile file = OpenFile.open(file("0123456789"))) {
            assertThat(file.sendTo(writer, 4)).isEqualTo(4);
            assertThat(file.sendTo(writer, 8, 100)).isEqualTo(2);
            assertThat(file.position()).isEqualTo(4);
            assertThat(file.sendTo(writer, 0)).isZero();
            assertThat(file.position(10).sendTo(writer, 1)).isEqualTo(-1);
            assertThat(read(reader)).isEqualTo("012389");
            Path copy = directory.resolve("copy");
            try (OpenFile target = OpenFile.open(copy, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
                assertThat(file.sendTo(target, 5, 3)).isEqualTo(3);
                assertErrno("EBADF", () -> target.sendTo(writer, 1));
            }
            assertThat(copy).hasContent("567");
            writer.close();
            assertThatThrownBy(() -> file.sendTo(writer, 1)).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void sendfile_waits_for_room_and_hears_that_the_reader_is_gone() throws Exception {
        Path large = Files.write(directory.resolve("large"), new byte[3 * CAPACITY_BYTES]);
        try (OpenFile file = OpenFile.open(large)) {
            Waiter<Void> waiter = Waiter.start(() -> {
                while (file.sendTo(writer, 3 * CAPACITY_BYTES) > 0) {
                    // The rest.
                }
                writer.close();
                return null;
            });
            assertThat(readAll(reader)).hasSize(3 * CAPACITY_BYTES);
            waiter.result(SOON_S);
            use(Pipe.open());
            reader.close();
            assertErrno("EPIPE", () -> file.position(0).sendTo(writer, 1));
        }
    }

    // ---- Two pipes

    @Test
    void a_duplex_pair_talks_both_ways_at_once() throws Exception {
        try (DuplexPipe.Pair pair = DuplexPipe.openPair(PipeOptions.defaults().packets())) {
            write(pair.first(), "question");
            write(pair.second(), "remark");
            assertThat(read(pair.second())).isEqualTo("question");
            assertThat(read(pair.first())).isEqualTo("remark");
            pair.first().writer().close();
            assertThat(read(pair.second())).isEqualTo("the end");
            pair.second().write(new ByteBuffer[] {bytes("ans"), bytes("wer")});
            ByteBuffer[] parts = {ByteBuffer.allocate(2), ByteBuffer.allocate(9)};
            assertThat(pair.first().read(parts)).isEqualTo(6);
            assertThat(pair.first().isOpen()).isTrue();
            pair.first().close();
            assertThat(pair.first().isOpen()).isFalse();
            assertErrno("EPIPE", () -> write(pair.second(), "x"));
        }
    }

    @Test
    void a_program_sits_between_two_pipes() throws Exception {
        try (DuplexPipe.Pair pair = DuplexPipe.openPair()) {
            DuplexPipe theirs = pair.second();
            ProcessBuilder tr = new ProcessBuilder("tr", "a-z", "A-Z")
                    .redirectInput(Redirect.from(Shell.ours(theirs.reader().fd())))
                    .redirectOutput(Redirect.to(Shell.ours(theirs.writer().fd())));
            try (Shell shell = Shell.start(tr)) {
                theirs.close();
                write(pair.first(), "hello");
                pair.first().writer().close();
                assertThat(readAll(pair.first())).isEqualTo("HELLO");
                assertThat(shell.status()).isZero();
            }
        }
    }

    // ---- Adopting

    @Test
    void an_inherited_end_is_adopted_with_a_description_of_its_own() throws Exception {
        String script = "\"$@\"; echo; grep flags /proc/self/fdinfo/0; grep flags /proc/self/fdinfo/1";
        try (Jvm.Child child =
                Jvm.of(PipePeer.class).under("sh", "-c", script, "sh").start("copy")) {
            OutputStream input = child.process().getOutputStream();
            input.write("through both\n".getBytes(US_ASCII));
            input.flush();
            assertThat(child.line()).isEqualTo("through both");
            input.close();
            assertThat(child.line()).isEqualTo("standard input is empty");
            String flags = child.rest();
            assertThat(flags.lines().filter(line -> line.startsWith("flags:")))
                    .hasSize(2)
                    .allSatisfy(line -> assertThat(Integer.parseInt(line.replaceAll("\\D+", ""), 8) & O_NONBLOCK)
                            .isZero());
        }
    }

    @Test
    void an_end_of_another_users_pipe_is_adopted_with_the_description_it_has() throws Exception {
        String[] nobody = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"};
        Path classes = Jvm.folderOf(PipePeer.class);
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        assumeTrue(
                new ProcessBuilder(nobody[0], nobody[1], nobody[2], nobody[3], "test", "-r", classes.toString())
                                .start()
                                .waitFor()
                        == 0,
                "others may not read " + classes);
        try (Jvm.Child child = Jvm.of(PipePeer.class).under(nobody).start("copy")) {
            OutputStream input = child.process().getOutputStream();
            input.write("through both\n".getBytes(US_ASCII));
            input.close();
            assertThat(child.rest()).isEqualTo("through both\nstandard input is empty\n");
        }
    }

    @Test
    void an_adopted_number_is_free_and_the_other_side_is_the_same() throws IOException {
        int fd = reader.release();
        try (PipeReader adopted = PipeReader.adopt(fd)) {
            assertThat(adopted.fd() == fd || !Descriptors.isOpen(fd)).isTrue();
            write(writer, "abc");
            assertThat(read(adopted)).isEqualTo("abc");
            writer.close();
            assertThat(read(adopted)).isEqualTo("the end");
        }
    }

    @Test
    void adopting_keeps_packets() throws IOException {
        use(Pipe.open(PipeOptions.defaults().packets()));
        try (PipeWriter adopted = PipeWriter.adopt(writer.release())) {
            assertThat(adopted.hasPackets()).isTrue();
        }
    }

    @Test
    void adopting_a_write_end_whose_readers_are_gone_is_no_error_yet() throws IOException {
        reader.close();
        try (PipeWriter adopted = PipeWriter.adopt(writer.release())) {
            assertErrno("EPIPE", () -> write(adopted, "x"));
        }
    }

    @Test
    void adopting_the_wrong_way_is_EBADF_and_what_is_no_pipe_EINVAL() throws IOException {
        assertThatThrownBy(() -> PipeWriter.adopt(reader.fd()))
                .isInstanceOf(ErrnoException.class)
                .hasMessage(
                        "adopt(fd " + reader.fd() + " as the end of a pipe to write to): Bad file descriptor (EBADF)");
        assertErrno("EBADF", () -> PipeReader.adopt(writer.fd()));
        assertErrno("EBADF", () -> PipeReader.adopt(-1));
        assertErrno("EBADF", () -> PipeReader.adopt(1_000_000));
        try (OpenFile file = OpenFile.open(file("text"))) {
            assertErrno("EINVAL", () -> PipeReader.adopt(file.fd()));
            assertThat(file.read(ByteBuffer.allocate(4))).isEqualTo(4); // still open
        }
        write(writer, "still open");
        assertThat(read(reader)).isEqualTo("still open");
    }

    // ---- Every mechanism

    @Test
    void calls_on_a_closed_end_never_reach_a_reused_number() throws IOException {
        int fd = reader.fd();
        reader.close();
        try (Pipe other = Pipe.open()) {
            assertThat(other.reader().fd()).isEqualTo(fd);
            assertThatThrownBy(() -> read(reader)).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(reader::availableBytes).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(reader::capacityBytes).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.setCapacityBytes(1)).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.tee(other.writer(), 1)).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.spliceTo(other.writer(), 1))
                    .isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> other.writer().spliceFrom(reader, 1))
                    .isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.vmsplice(ByteBuffer.allocateDirect(1)))
                    .isExactlyInstanceOf(ClosedChannelException.class);
            writer.close();
            assertThatThrownBy(() -> write(writer, "x")).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(writer::hasPackets).isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> writer.vmsplice(direct("x"))).isExactlyInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    void another_threads_close_ends_a_wait() throws Exception {
        Waiter<String> waiter = asleepInRead();
        reader.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
        use(Pipe.open());
        Waiter<Integer> writing = asleepInWrite();
        writer.close();
        assertThatThrownBy(() -> writing.result(SOON_S)).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void after_10_000_rounds_there_are_no_more_descriptors_than_before() throws Exception {
        Path path = file("abc");
        int before = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            try (DuplexPipe.Pair pair =
                            DuplexPipe.openPair(PipeOptions.defaults().capacityBytes(PAGE_BYTES));
                    OpenFile file = OpenFile.open(path)) {
                file.sendTo(pair.first().writer(), 3);
                pair.second().reader().spliceTo(pair.second().writer(), 3);
                try (PipeReader adopted = PipeReader.adopt(pair.first().reader().release())) {
                    assertThat(adopted.availableBytes()).isEqualTo(3);
                }
            }
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // what others left may be gone
    }

    @Test
    void of_32_threads_on_one_pipe_nothing_is_lost_and_nothing_doubled() throws Exception {
        AtomicLong read = new AtomicLong();
        AtomicLong written = new AtomicLong();
        long endNs = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        List<Waiter<Void>> readers = new ArrayList<>();
        List<Waiter<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            readers.add(Waiter.start(() -> {
                ByteBuffer message = ByteBuffer.allocateDirect(8);
                while (reader.read(message.clear()) == 8) {
                    read.addAndGet(message.getLong(0));
                }
                return null;
            }));
            long number = i + 1L;
            writers.add(Waiter.start(() -> {
                ByteBuffer message = ByteBuffer.allocateDirect(8);
                for (long n = number; System.nanoTime() < endNs; n += 16) {
                    writer.write(message.clear().putLong(0, n));
                    written.addAndGet(n);
                }
                return null;
            }));
        }
        for (Waiter<Void> each : writers) {
            each.result(SOON_S);
        }
        writer.close();
        for (Waiter<Void> each : readers) {
            each.result(SOON_S);
        }
        assertThat(written.get()).isPositive();
        assertThat(read).hasValue(written.get());
    }
}
