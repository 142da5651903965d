package dev.strait.posix;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** POSIX shared memory as shm_overview(7) has it, also between Java and programs with the C library alone, and Python. */
final class PosixMemoryConformanceTest {
    private static final long SOON_S = 20;
    private static final int PAGE = 4096;

    private String name;
    private PosixMemory memory;

    @BeforeEach
    void create() throws IOException {
        name = Names.next();
        memory = PosixMemory.create(name, 0600);
    }

    @AfterEach
    void remove() throws IOException {
        memory.close();
        try {
            PosixMemory.unlink(name);
        } catch (ErrnoException e) {
            assertThat(e.symbol()).isEqualTo("ENOENT"); // by the test
        }
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    private static String text(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.duplicate().position(offset).get(bytes);
        return new String(bytes, US_ASCII);
    }

    // ---- Names and opening

    @Test
    void a_new_object_has_size_0() throws IOException {
        PosixMemory.Status status = memory.status();
        assertThat(status.sizeBytes()).isZero();
        assertThat(status.allocatedBytes()).isZero();
        assertThat(status.links()).isOne();
        assertErrno("EINVAL", memory::map);
    }

    @Test
    void creating_an_existing_object_is_EEXIST() {
        assertErrno("EEXIST", () -> PosixMemory.create(name, 0600));
    }

    @Test
    void opening_an_absent_object_is_ENOENT() {
        assertThatThrownBy(() -> PosixMemory.open("/strait-none"))
                .hasMessage("shm_open(/strait-none): No such file or directory (ENOENT)");
        assertErrno("ENOENT", () -> PosixMemory.openReadOnly("/strait-none"));
    }

    @Test
    void an_object_without_permission_is_EACCES() throws Exception {
        assertThat(PosixPeer.ask(PosixPeer.NOBODY, "memory-read " + name, "memory-unlink " + name))
                .containsExactly("EACCES", "EACCES");
        memory.setMode(0644);
        assertThat(PosixPeer.ask(
                        PosixPeer.NOBODY,
                        "memory-read " + name,
                        "memory-open " + name,
                        "memory-mode " + name,
                        "memory-owner " + name))
                .containsExactly("ok", "EACCES", "EPERM", "EPERM");
    }

    @Test
    void a_name_of_255_characters_is_accepted_and_one_of_256_is_ENAMETOOLONG() throws IOException {
        String longest = "/" + "n".repeat(255);
        PosixMemory.create(longest, 0600).close();
        PosixMemory.unlink(longest);
        assertErrno("ENAMETOOLONG", () -> PosixMemory.create(longest + "n", 0600));
        assertErrno("ENAMETOOLONG", () -> PosixMemory.open("/" + "n".repeat(5_000)));
        assertErrno("ENAMETOOLONG", () -> PosixMemory.unlink(longest + "n"));
    }

    @Test
    void a_name_that_is_empty_or_has_another_slash_is_EINVAL() {
        for (String none : List.of("", "/", "/a/b", "/../shm")) {
            assertErrno("EINVAL", () -> PosixMemory.create(none, 0600));
            assertErrno("EINVAL", () -> PosixMemory.unlink(none));
        }
        assertErrno("EINVAL", () -> PosixMemory.open("/.."));
    }

    @Test
    void a_symbolic_link_is_ELOOP() throws IOException {
        Path link = Path.of("/dev/shm" + name + "-link");
        Files.createSymbolicLink(link, Path.of("/dev/shm" + name));
        try {
            assertErrno("ELOOP", () -> PosixMemory.open(name + "-link"));
        } finally {
            Files.delete(link);
        }
    }

    @Test
    void of_many_racing_creators_exactly_one_wins() throws Exception {
        int racers = 32;
        for (int round = 0; round < 20; round++) {
            String each = name + "-" + round;
            CyclicBarrier start = new CyclicBarrier(racers);
            List<Waiter<Boolean>> waiters = new ArrayList<>();
            for (int i = 0; i < racers; i++) {
                waiters.add(Waiter.start(() -> {
                    start.await();
                    try {
                        PosixMemory.create(each, 0600).close();
                        return true;
                    } catch (ErrnoException e) {
                        assertThat(e.symbol()).isEqualTo("EEXIST");
                        return false;
                    }
                }));
            }
            int winners = 0;
            for (Waiter<Boolean> waiter : waiters) {
                winners += waiter.result(SOON_S) ? 1 : 0;
            }
            assertThat(winners).isOne();
            PosixMemory.unlink(each);
        }
    }

    @Test
    void the_descriptor_closes_on_exec() throws IOException {
        String info = Files.readString(Path.of("/proc/self/fdinfo/" + memory.fd()));
        String flags = info.replaceFirst("(?s).*flags:\\s+([0-7]+).*", "$1");
        assertThat(Integer.parseInt(flags, 8) & 02000000).isNotZero();
    }

    @Test
    void the_mode_is_masked() throws Exception {
        String masked = name + "-masked";
        assertThat(PosixPeer.ask(
                        new String[] {"sh", "-c", "umask 0277; exec \"$@\"", "sh"}, "memory-create " + masked + " 1"))
                .containsExactly("ok");
        try (PosixMemory opened = PosixMemory.openReadOnly(masked)) {
            assertThat(opened.status().mode()).isEqualTo(0400);
        } finally {
            PosixMemory.unlink(masked);
        }
        assertThatThrownBy(() -> PosixMemory.create(masked, -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void open_or_create_opens_what_is_there_and_creates_what_is_not() throws IOException {
        memory.allocate(10);
        try (PosixMemory same = PosixMemory.openOrCreate(name, 0600)) {
            assertThat(same.status().sizeBytes()).isEqualTo(10);
        }
        PosixMemory.unlink(name);
        try (PosixMemory other = PosixMemory.openOrCreate(name, 0640)) {
            assertThat(other.status().sizeBytes()).isZero();
            assertThat(other.status().mode()).isEqualTo(0640);
        }
    }

    @Test
    void the_name_goes_at_once_mappings_live_on_and_re_creating_is_another_object() throws IOException {
        memory.allocate(8);
        try (PosixMapping mapping = memory.map()) {
            PosixMemory.unlink(name);
            assertErrno("ENOENT", () -> PosixMemory.open(name));
            assertErrno("ENOENT", () -> PosixMemory.unlink(name));
            assertThat(memory.status().links()).isZero();
            try (PosixMemory other = PosixMemory.create(name, 0600)) {
                assertThat(other.status().sizeBytes()).isZero();
                mapping.buffer().putLong(0, 42);
                try (PosixMapping again = memory.map()) {
                    assertThat(again.buffer().getLong(0)).isEqualTo(42);
                }
            }
        }
    }

    @Test
    void the_list_shows_the_objects_and_their_sizes() throws IOException {
        memory.allocate(12);
        assertThat(PosixMemory.list()).anySatisfy(object -> {
            assertThat(object.name()).isEqualTo(name);
            assertThat(object.sizeBytes()).isEqualTo(12);
            assertThat(object.mode()).isEqualTo(0600);
            assertThat(object.modified()).isBetween(Instant.now().minusSeconds(60), Instant.now());
        });
    }

    @Test
    void an_inherited_descriptor_is_adopted() throws IOException {
        memory.allocate(8);
        PosixMemory adopted = PosixMemory.adopt(memory.release());
        try (adopted;
                PosixMapping mapping = adopted.map()) {
            assertThat(adopted.toString()).isEqualTo("PosixMemory[fd " + adopted.fd() + "]");
            assertThat(mapping.buffer().capacity()).isEqualTo(8);
        }
        assertErrno("EBADF", () -> PosixMemory.adopt(12_345));
        assertThatThrownBy(memory::status).isInstanceOf(ClosedChannelException.class);
    }

    // ---- Sizes

    @Test
    void growing_keeps_what_is_there_and_reserves_memory() throws IOException {
        memory.allocate(10);
        try (PosixMapping small = memory.map()) {
            small.buffer().put(9, (byte) 7);
            memory.allocate(3 * PAGE);
            assertThat(memory.status().allocatedBytes()).isEqualTo(3 * PAGE);
            memory.allocate(1); // less is no change
            assertThat(memory.status().sizeBytes()).isEqualTo(3 * PAGE);
            try (PosixMapping large = memory.map()) {
                assertThat(large.buffer().get(9)).isEqualTo((byte) 7);
                assertThat(large.buffer().get(3 * PAGE - 1)).isZero();
            }
            assertThat(small.buffer().capacity()).isEqualTo(10);
        }
        assertErrno("EINVAL", () -> memory.allocate(0));
        assertErrno("EINVAL", () -> memory.allocate(-1));
    }

    @Test
    void truncating_cuts_and_lengthens_without_memory() throws IOException {
        memory.truncate(5 * PAGE);
        assertThat(memory.status().sizeBytes()).isEqualTo(5 * PAGE);
        assertThat(memory.status().allocatedBytes()).isZero();
        memory.allocate(2 * PAGE);
        memory.truncate(PAGE);
        assertThat(memory.status().sizeBytes()).isEqualTo(PAGE);
        assertThat(memory.status().allocatedBytes()).isEqualTo(PAGE);
        assertErrno("EINVAL", () -> memory.truncate(-1));
        try (PosixMemory reader = PosixMemory.openReadOnly(name)) {
            assertErrno("EINVAL", () -> reader.truncate(1));
            assertErrno("EBADF", () -> reader.allocate(1));
        }
    }

    @Test
    void a_full_tmpfs_is_ENOSPC_at_allocation_and_never_SIGBUS_at_use() throws Exception {
        assumeTrue(new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0, "no mounts of one's own here");
        String mount = "mount -t tmpfs -o size=64k none /dev/shm && exec \"$@\"";
        String[] wrapper = {"unshare", "-m", "sh", "-c", mount, "sh"};
        assertThat(PosixPeer.ask(wrapper, "memory-create /a 65536", "memory-unlink /a", "memory-create /b 65537"))
                .containsExactly("ok", "ok", "ENOSPC");
    }

    @Test
    void beyond_RLIMIT_FSIZE_is_EFBIG_and_the_process_lives() throws Exception {
        String[] limited = {"prlimit", "--fsize=1000000"};
        assertThat(PosixPeer.ask(
                        limited,
                        "memory-create " + name + "-l 1000001",
                        "memory-truncate " + name + "-l 1000001",
                        "memory-truncate " + name + "-l 1000000",
                        "memory-unlink " + name + "-l"))
                .containsExactly("EFBIG", "EFBIG", "ok", "ok");
    }

    // ---- Mapping

    @Test
    void a_C_program_and_java_see_each_others_bytes() throws Exception {
        memory.allocate(PAGE);
        try (PosixMapping mapping = memory.map()) {
            mapping.buffer().put(100, "from-java\0".getBytes(US_ASCII));
            assertThat(LibcPeer.run("memory-read", name, "100")).isEqualTo("from-java");
            LibcPeer.run("memory-write", name, "200", "from-c");
            assertThat(text(mapping.buffer(), 200, 6)).isEqualTo("from-c");
        }
    }

    @Test
    void an_object_that_a_C_program_creates_is_used_by_java() throws Exception {
        String theirs = name + "-theirs";
        LibcPeer.run("memory-create", theirs, "100");
        try (PosixMemory opened = PosixMemory.open(theirs);
                PosixMapping mapping = opened.map()) {
            assertThat(mapping.buffer().capacity()).isEqualTo(100);
        } finally {
            PosixMemory.unlink(theirs);
        }
    }

    @Test
    void python_sees_the_same_memory() throws Exception {
        String script =
                """
                from multiprocessing import shared_memory, resource_tracker
                import sys
                m = shared_memory.SharedMemory(sys.argv[1])
                resource_tracker.unregister('/' + sys.argv[1], 'shared_memory')
                print(m.size, bytes(m.buf[0:9]).decode())
                m.buf[16:27] = b'from-python'
                m.close()
                """;
        Process probe =
                new ProcessBuilder("sh", "-c", "python3 -c 'from multiprocessing import shared_memory'").start();
        assumeTrue(probe.waitFor() == 0, "no python3 with multiprocessing.shared_memory here");
        memory.allocate(PAGE);
        try (PosixMapping mapping = memory.map()) {
            mapping.buffer().put(0, "from-java".getBytes(US_ASCII));
            Process python = new ProcessBuilder("python3", "-c", script, name.substring(1))
                    .redirectErrorStream(true)
                    .start();
            String output = new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(python.waitFor()).as(output).isZero();
            assertThat(output).isEqualTo(PAGE + " from-java\n");
            assertThat(text(mapping.buffer(), 16, 11)).isEqualTo("from-python");
        }
    }

    @Test
    void what_is_mapped_to_read_cannot_be_written() throws IOException {
        memory.allocate(PAGE);
        try (PosixMapping writable = memory.map();
                PosixMapping readable = memory.map(MapMode.READ_ONLY, 0, PAGE)) {
            ByteBuffer view = readable.buffer();
            writable.buffer().putInt(0, 42);
            assertThat(view.getInt(0)).isEqualTo(42);
            assertThat(view.isReadOnly()).isTrue();
            assertThatThrownBy(() -> view.putInt(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
        }
    }

    @Test
    void an_object_that_is_opened_to_read_is_EACCES_to_map_to_write() throws IOException {
        memory.allocate(PAGE);
        try (PosixMemory reader = PosixMemory.openReadOnly(name)) {
            assertErrno("EACCES", reader::map);
            reader.map(MapMode.READ_ONLY, 0, PAGE).close();
            reader.map(MapMode.PRIVATE, 0, PAGE).close();
        }
    }

    @Test
    void nobody_sees_what_is_changed_in_private() throws IOException {
        memory.allocate(PAGE);
        try (PosixMapping shared = memory.map();
                PosixMapping own = memory.map(MapMode.PRIVATE, 0, PAGE)) {
            shared.buffer().putInt(0, 1);
            own.buffer().putInt(0, 2);
            assertThat(shared.buffer().getInt(0)).isOne();
            assertThat(own.buffer().getInt(0)).isEqualTo(2);
        }
    }

    @Test
    void a_part_is_mapped_from_a_multiple_of_the_page_size() throws IOException {
        memory.allocate(3 * PAGE);
        try (PosixMapping all = memory.map();
                PosixMapping part = memory.map(MapMode.READ_WRITE, PAGE, 100)) {
            part.buffer().putLong(0, 42);
            assertThat(part.buffer().capacity()).isEqualTo(100);
            assertThat(all.buffer().getLong(PAGE)).isEqualTo(42);
        }
        assertErrno("EINVAL", () -> memory.map(MapMode.READ_WRITE, 1, 100));
        assertErrno("EINVAL", () -> memory.map(MapMode.READ_WRITE, 0, 0));
    }

    @Test
    void a_part_beyond_the_end_is_refused_because_it_would_be_SIGBUS() throws IOException {
        memory.allocate(PAGE);
        assertThatThrownBy(() -> memory.map(MapMode.READ_WRITE, 0, PAGE + 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("PosixMemory[" + name
                        + "]: 4097 bytes from 0: it has 4096 bytes, and at most 2147483647 are " + "mapped at once");
        for (long[] part : new long[][] {{PAGE, 1}, {-1, 1}, {0, -1}, {0, 1L << 31}, {Long.MAX_VALUE, 1}}) {
            assertThatThrownBy(() -> memory.map(MapMode.READ_ONLY, part[0], part[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void late_views_read_zeros_and_do_not_crash() throws IOException {
        memory.allocate(PAGE);
        PosixMapping mapping = memory.map();
        PosixMapping reader = memory.map(MapMode.READ_ONLY, 0, PAGE);
        ByteBuffer late = mapping.buffer().putLong(0, 42);
        ByteBuffer lateReader = reader.buffer();
        memory.close();
        assertThat(late.getLong(0)).isEqualTo(42);
        mapping.close();
        mapping.close();
        reader.close();
        assertThat(late.getLong(0)).isZero();
        assertThat(lateReader.getLong(0)).isZero();
        assertThat(mapping.buffer().getLong(0)).isZero();
        late.putLong(0, 1);
        try (PosixMemory again = PosixMemory.open(name);
                PosixMapping theirs = again.map()) {
            assertThat(theirs.buffer().getLong(0)).isEqualTo(42);
        }
    }

    @Test
    void a_store_into_what_was_cut_off_is_an_error_in_java_and_the_process_lives() throws Exception {
        assertThat(PosixPeer.ask(new String[0], "memory-cut " + name, "memory-unlink " + name))
                .containsExactly("InternalError", "ok");
    }

    @Test
    void a_mapping_that_nobody_closed_is_unmapped_when_it_and_its_views_are_unreachable() throws Exception {
        memory.allocate(PAGE);
        ByteBuffer view = memory.map().buffer().putLong(8, 42).position(8).slice();
        String file = "/dev/shm" + name;
        assertThat(Files.readString(Path.of("/proc/self/maps"))).contains(file);
        for (int i = 0; i < 20; i++) {
            System.gc();
        }
        assertThat(view.order(ByteOrder.nativeOrder()).getLong(0)).isEqualTo(42);
        view = null;
        for (int i = 0;
                i < 1_000 && Files.readString(Path.of("/proc/self/maps")).contains(file);
                i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(file);
    }

    // ---- Status

    @Test
    void owner_and_mode_are_told_and_changed() throws IOException {
        assertThat(memory.status().mode()).isEqualTo(0600);
        memory.setMode(0660);
        assertThat(memory.status().mode()).isEqualTo(0660);
        assertThatThrownBy(() -> memory.setMode(010000)).isInstanceOf(IllegalArgumentException.class);
        assumeTrue(System.getProperty("user.name").equals("root"), "only root gives things away");
        memory.setOwner(-1, 65_534);
        assertThat(memory.status().uid()).isZero();
        assertThat(memory.status().gid()).isEqualTo(65_534);
        memory.setOwner(65_534, -1);
        assertThat(memory.status().uid()).isEqualTo(65_534);
        assertThat(memory.status().changed()).isBetween(Instant.now().minusSeconds(60), Instant.now());
    }

    @Test
    void calls_on_a_closed_object_are_refused_and_never_reach_a_descriptor_that_got_its_number() throws IOException {
        int fd = memory.fd();
        memory.close();
        memory.close();
        try (PosixMemory other = PosixMemory.open(name)) {
            assertThat(other.fd()).isEqualTo(fd);
            List<ThrowingCallable> calls = List.of(
                    memory::status,
                    memory::map,
                    () -> memory.allocate(PAGE),
                    () -> memory.truncate(PAGE),
                    () -> memory.setMode(0),
                    () -> memory.setOwner(1, 1),
                    () -> memory.map(MapMode.READ_ONLY, 0, 1));
            for (ThrowingCallable call : calls) {
                assertThatThrownBy(call).isInstanceOf(ClosedChannelException.class);
            }
            assertThat(other.status().sizeBytes()).isZero();
        }
    }

    // ---- Many

    @Test
    void threads_that_map_and_unmap_one_object_all_see_the_same() throws Exception {
        memory.allocate(32 * 8);
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            int offset = 8 * i;
            waiters.add(Waiter.start(() -> {
                for (long n = 1; n <= 300; n++) {
                    try (PosixMapping mapping = memory.map()) {
                        assertThat(mapping.buffer().getLong(offset)).isEqualTo(n - 1);
                        mapping.buffer().putLong(offset, n);
                    }
                }
                return null;
            }));
        }
        for (Waiter<Void> waiter : waiters) {
            waiter.result(SOON_S);
        }
        try (PosixMapping mapping = memory.map()) {
            for (int i = 0; i < 32; i++) {
                assertThat(mapping.buffer().getLong(8 * i)).isEqualTo(300);
            }
        }
    }

    @Test
    void ten_thousand_rounds_leave_nothing_behind() throws Exception {
        int before = Descriptors.count();
        String each = name + "-each";
        for (int i = 0; i < 10_000; i++) {
            try (PosixMemory other = PosixMemory.create(each, 0600)) {
                PosixMemory.unlink(each);
                other.allocate(8);
                try (PosixMapping mapping = other.map()) {
                    mapping.buffer().putLong(0, i);
                }
            }
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // other tests' go meanwhile
        assertThat(Files.readString(Path.of("/proc/self/maps"))).doesNotContain(each);
    }
}
