package dev.strait.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.strait.ErrnoException;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** POSIX semaphores as sem_overview(7) has them, also between Java and programs with the C library alone. */
final class PosixSemaphoreConformanceTest {
    private static final long SOON_S = 20;
    private static final Instant PAST = Instant.ofEpochSecond(1);

    private String name;
    private PosixSemaphore semaphore;

    @BeforeEach
    void create() throws IOException {
        name = Names.next();
        semaphore = PosixSemaphore.create(name, 0600, 0);
    }

    @AfterEach
    void remove() throws IOException {
        semaphore.close();
        try {
            PosixSemaphore.unlink(name);
        } catch (ErrnoException e) {
            assertThat(e.symbol()).isEqualTo("ENOENT"); // by the test
        }
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    private static Waiter<Void> asleepIn(PosixSemaphore semaphore) throws Exception {
        Waiter<Void> waiter = Waiter.start(() -> {
            semaphore.await();
            return null;
        });
        assertThat(waiter.comesInto(PosixSemaphoreNative.class, "await")).isTrue();
        return waiter;
    }

    // ---- Named

    @Test
    void creating_an_existing_semaphore_is_EEXIST() {
        assertErrno("EEXIST", () -> PosixSemaphore.create(name, 0600, 0));
    }

    @Test
    void opening_an_absent_semaphore_is_ENOENT() {
        assertThatThrownBy(() -> PosixSemaphore.open("/strait-none"))
                .hasMessage("sem_open(/strait-none): No such file or directory (ENOENT)");
    }

    @Test
    void a_semaphore_without_permission_is_EACCES() throws Exception {
        assertThat(PosixPeer.ask(PosixPeer.NOBODY, "semaphore-open " + name, "semaphore-unlink " + name))
                .containsExactly("EACCES", "EACCES");
    }

    @Test
    void a_name_of_251_characters_is_accepted_and_a_longer_one_is_ENAMETOOLONG() throws IOException {
        String longest = "/" + "n".repeat(251);
        PosixSemaphore.create(longest, 0600, 0).close();
        PosixSemaphore.unlink(longest);
        assertErrno("ENAMETOOLONG", () -> PosixSemaphore.create(longest + "n", 0600, 0));
        assertErrno("ENAMETOOLONG", () -> PosixSemaphore.open("/" + "n".repeat(256)));
        assertErrno("ENAMETOOLONG", () -> PosixSemaphore.open("/" + "n".repeat(5_000)));
        assertErrno("ENAMETOOLONG", () -> PosixSemaphore.unlink("/" + "n".repeat(5_000)));
    }

    @Test
    void a_name_that_is_empty_or_has_another_slash_is_EINVAL() {
        assertErrno("EINVAL", () -> PosixSemaphore.create("/", 0600, 0));
        assertErrno("EINVAL", () -> PosixSemaphore.create("", 0600, 0));
        assertErrno("EINVAL", () -> PosixSemaphore.create("/a/b", 0600, 0));
    }

    @Test
    void a_value_above_SEM_VALUE_MAX_is_EINVAL() throws IOException {
        String other = name + "-other";
        assertErrno("EINVAL", () -> PosixSemaphore.create(other, 0600, PosixSemaphore.VALUE_MAX + 1L));
        assertErrno("EINVAL", () -> PosixSemaphore.create(other, 0600, -1));
        assertErrno("EINVAL", () -> PosixSemaphore.create(other, 0600, 1L << 32));
        ByteBuffer memory = ByteBuffer.allocateDirect(PosixSemaphore.BYTES);
        assertErrno("EINVAL", () -> PosixSemaphore.init(memory, 0, PosixSemaphore.VALUE_MAX + 1L));
        try (PosixSemaphore most = PosixSemaphore.create(other, 0600, PosixSemaphore.VALUE_MAX)) {
            assertThat(most.value()).isEqualTo(PosixSemaphore.VALUE_MAX);
        } finally {
            PosixSemaphore.unlink(other);
        }
    }

    @Test
    void the_same_name_is_the_same_semaphore() throws Exception {
        try (PosixSemaphore same = PosixSemaphore.open(name)) {
            semaphore.post();
            assertThat(same.value()).isOne();
            same.await();
        }
        assertThat(semaphore.value()).isZero();
        semaphore.post();
        assertThat(LibcPeer.run("semaphore-value", name)).isEqualTo("1");
    }

    @Test
    void one_of_several_handles_that_is_closed_leaves_the_others_open() throws Exception {
        PosixSemaphore same = PosixSemaphore.open(name);
        same.close();
        same.close();
        semaphore.post();
        assertThat(semaphore.tryWait()).isTrue();
    }

    @Test
    void open_or_create_opens_what_is_there_with_its_value_and_creates_what_is_not() throws Exception {
        semaphore.post();
        try (PosixSemaphore same = PosixSemaphore.openOrCreate(name, 0600, 5)) {
            assertThat(same.value()).isOne();
        }
        PosixSemaphore.unlink(name);
        try (PosixSemaphore other = PosixSemaphore.openOrCreate(name, 0600, 5)) {
            assertThat(other.value()).isEqualTo(5);
        }
    }

    @Test
    void a_semaphore_that_a_C_program_creates_is_used_by_java() throws Exception {
        String theirs = name + "-theirs";
        LibcPeer.run("semaphore-create", theirs, "2");
        try (PosixSemaphore opened = PosixSemaphore.open(theirs)) {
            assertThat(List.of(opened.tryWait(), opened.tryWait(), opened.tryWait()))
                    .containsExactly(true, true, false);
        } finally {
            PosixSemaphore.unlink(theirs);
        }
    }

    @Test
    void the_file_is_where_libc_has_it_and_the_mode_is_as_given() throws IOException {
        Path file = Path.of("/dev/shm/sem." + name.substring(1));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> PosixSemaphore.create(name, 010000, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_mode_is_masked() throws Exception {
        String masked = name + "-masked";
        assertThat(PosixPeer.ask(
                        new String[] {"sh", "-c", "umask 0200; exec \"$@\"", "sh"}, "semaphore-create " + masked))
                .containsExactly("ok");
        Path file = Path.of("/dev/shm/sem." + masked.substring(1));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--------");
        PosixSemaphore.unlink(masked);
    }

    @Test
    void creating_on_a_full_tmpfs_is_ENOSPC_and_not_a_crash_later() throws Exception {
        assumeTrue(new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0, "no mounts of one's own here");
        String mount = "mount -t tmpfs -o size=4k none /dev/shm && echo full > /dev/shm/file && exec \"$@\"";
        String[] wrapper = {"unshare", "-m", "sh", "-c", mount, "sh"};
        assertThat(PosixPeer.ask(wrapper, "semaphore-create " + name)).containsExactly("ENOSPC");
    }

    @Test
    void unlink_postpones_destruction_and_re_creating_gives_another() throws Exception {
        Waiter<Void> waiter = asleepIn(semaphore);
        PosixSemaphore.unlink(name);
        try (PosixSemaphore other = PosixSemaphore.create(name, 0600, 0)) {
            other.post();
            assertThat(semaphore.value()).isZero();
            assertThat(other.value()).isOne();
        }
        semaphore.post();
        waiter.result(SOON_S);
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void unlink_is_ENOENT_the_second_time() throws IOException {
        PosixSemaphore.unlink(name);
        assertErrno("ENOENT", () -> PosixSemaphore.unlink(name));
    }

    @Test
    void the_list_shows_the_semaphores_and_their_permissions() throws IOException {
        assertThat(PosixSemaphore.list()).anySatisfy(object -> {
            assertThat(object.name()).isEqualTo(name);
            assertThat(object.mode()).isEqualTo(0600);
            assertThat(object.sizeBytes()).isEqualTo(PosixSemaphore.BYTES);
        });
        assertThat(PosixMemory.list()).noneMatch(object -> object.name().contains("sem."));
    }

    // ---- Values

    @Test
    void the_value_is_never_negative() throws Exception {
        Waiter<Void> waiter = asleepIn(semaphore);
        assertThat(semaphore.value()).isZero();
        semaphore.post();
        waiter.result(SOON_S);
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void post_at_the_maximum_is_EOVERFLOW() throws IOException {
        ByteBuffer memory = ByteBuffer.allocateDirect(PosixSemaphore.BYTES);
        PosixSemaphore most = PosixSemaphore.init(memory, 0, PosixSemaphore.VALUE_MAX);
        assertThatThrownBy(most::post)
                .hasMessageStartingWith("sem_post(PosixSemaphore[unnamed at 0]): ")
                .hasMessageEndingWith("(EOVERFLOW)");
        assertThat(most.value()).isEqualTo(PosixSemaphore.VALUE_MAX);
        most.destroy();
    }

    @Test
    void trying_at_0_answers_no_where_the_C_function_says_EAGAIN() throws IOException {
        assertThat(semaphore.tryWait()).isFalse();
        semaphore.post();
        assertThat(semaphore.tryWait()).isTrue();
        assertThat(semaphore.tryWait()).isFalse();
    }

    // ---- Waiting

    @Test
    void a_wait_goes_on_when_another_process_posts() throws Exception {
        Waiter<Void> waiter = asleepIn(semaphore);
        LibcPeer.run("semaphore-post", name);
        waiter.result(SOON_S);
    }

    @Test
    void a_process_that_waits_goes_on_when_java_posts() throws Exception {
        try (LibcPeer peer = LibcPeer.asleep("semaphore-wait", name)) {
            semaphore.post();
            assertThat(peer.rest()).isEqualTo("taken");
        }
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void a_deadline_that_passes_is_ETIMEDOUT_and_not_early() {
        Instant deadline = Instant.now().plusMillis(30);
        assertErrno("ETIMEDOUT", () -> semaphore.await(deadline));
        assertThat(Instant.now()).isAfterOrEqualTo(deadline);
        assertErrno("ETIMEDOUT", () -> semaphore.await(PAST));
        assertErrno("ETIMEDOUT", () -> semaphore.await(Instant.ofEpochSecond(-1)));
    }

    @Test
    void a_wait_that_need_not_wait_succeeds_with_a_deadline_that_has_passed() throws Exception {
        semaphore.post();
        semaphore.await(PAST);
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void a_wait_with_a_deadline_goes_on_before_it() throws Exception {
        Waiter<Void> waiter = Waiter.start(() -> {
            semaphore.await(Instant.now().plusSeconds(3_600));
            return null;
        });
        assertThat(waiter.comesInto(PosixSemaphoreNative.class, "awaitUntil")).isTrue();
        semaphore.post();
        waiter.result(SOON_S);
    }

    @Test
    void an_interrupt_ends_a_wait_and_takes_nothing() throws Exception {
        Waiter<Void> waiter = asleepIn(semaphore);
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(InterruptedException.class);
        semaphore.post();
        assertThat(semaphore.value()).isOne();
        Thread.currentThread().interrupt();
        assertThatThrownBy(semaphore::await).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(semaphore.value()).isOne();
    }

    @Test
    void a_close_by_another_thread_ends_the_waits_of_all() throws Exception {
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            waiters.add(asleepIn(semaphore));
        }
        semaphore.close();
        for (Waiter<Void> waiter : waiters) {
            assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void calls_on_a_closed_semaphore_are_refused() {
        semaphore.close();
        List<ThrowingCallable> calls = List.of(
                semaphore::post, semaphore::await, () -> semaphore.await(PAST), semaphore::tryWait, semaphore::value);
        for (ThrowingCallable call : calls) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("PosixSemaphore[" + name + "]: is closed");
        }
    }

    // ---- Unnamed

    @Test
    void an_unnamed_one_in_a_segment_serves_all_who_are_attached() throws Exception {
        SegmentOptions options = SegmentOptions.defaults().userBytes(4096);
        String shared = name.substring(1);
        try (Segment first = Segment.create(shared, options);
                Segment second = Segment.open(shared, options)) {
            PosixSemaphore made = PosixSemaphore.init(first.region(), 64, 0);
            PosixSemaphore found = PosixSemaphore.at(second.region(), 64);
            Waiter<Void> waiter = asleepIn(found);
            made.post();
            waiter.result(SOON_S);
            assertThat(found.value()).isZero();
            found.close();
            made.destroy();
            assertThatThrownBy(made::post).isInstanceOf(IllegalStateException.class);
        } finally {
            Segment.unlink(shared, options);
        }
    }

    @Test
    void an_unnamed_one_whose_segment_was_closed_is_0_and_does_not_crash() throws Exception {
        Segment segment =
                Segment.createAnonymous("gone", SegmentOptions.defaults().userBytes(PosixSemaphore.BYTES));
        PosixSemaphore left = PosixSemaphore.init(segment.region(), 0, 5);
        segment.close();
        assertThat(left.value()).isZero();
        assertThat(left.tryWait()).isFalse();
        left.post();
        assertThat(left.tryWait()).isTrue();
        Waiter<Void> waiter = asleepIn(left);
        left.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(IllegalStateException.class);
    }

    @Test
    void an_unnamed_one_in_shared_memory_serves_a_C_program_too() throws Exception {
        try (PosixMemory memory = PosixMemory.create(name, 0600)) {
            memory.allocate(4096);
            try (PosixMapping mapping = memory.map();
                    PosixSemaphore ours = PosixSemaphore.init(mapping.buffer(), 0, 0)) {
                try (LibcPeer peer = LibcPeer.asleep("memory-wait", name, "0")) {
                    ours.post();
                    assertThat(peer.rest()).isEqualTo("taken");
                }
                Waiter<Void> waiter = asleepIn(ours);
                LibcPeer.run("memory-post", name, "0");
                waiter.result(SOON_S);
                LibcPeer.run("memory-init", name, "1024", "3");
                try (PosixSemaphore theirs = PosixSemaphore.at(mapping.buffer(), 1024)) {
                    assertThat(theirs.tryWait()).isTrue();
                }
                assertThat(LibcPeer.run("memory-value", name, "1024")).isEqualTo("2");
            }
        } finally {
            PosixMemory.unlink(name);
        }
    }

    @Test
    void the_place_of_an_unnamed_one_is_checked() {
        ByteBuffer memory = ByteBuffer.allocateDirect(128);
        assertThatThrownBy(() -> PosixSemaphore.init(memory, 100, 0))
                .hasMessage("offset 100: must be 0 to 96, for 32 bytes of the buffer's 128");
        assertThatThrownBy(() -> PosixSemaphore.init(memory, -8, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PosixSemaphore.at(memory, 4))
                .hasMessage("offset 4: the address must be a multiple of 8, and is not");
        assertThatThrownBy(() -> PosixSemaphore.at(memory.position(4).slice(), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PosixSemaphore.at(ByteBuffer.allocate(128), 0))
                .hasMessageEndingWith("must be direct and writable");
        assertThatThrownBy(() -> PosixSemaphore.at(memory.asReadOnlyBuffer(), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PosixSemaphore.at(ByteBuffer.allocateDirect(8), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(semaphore::destroy)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("unlinked");
    }

    // ---- Many

    @Test
    void threads_on_one_semaphore_lose_nothing_and_double_nothing() throws Exception {
        int rounds = 500;
        int[] guarded = new int[1];
        semaphore.post();
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            waiters.add(Waiter.start(() -> {
                for (int n = 0; n < rounds; n++) {
                    semaphore.await();
                    guarded[0]++;
                    semaphore.post();
                }
                return null;
            }));
        }
        for (Waiter<Void> waiter : waiters) {
            waiter.result(SOON_S);
        }
        assertThat(guarded[0]).isEqualTo(32 * rounds);
        assertThat(semaphore.value()).isOne();
    }

    @Test
    void interrupts_lose_nothing() throws Exception {
        int posts = 2_000;
        Waiter<Integer> waiter = Waiter.start(() -> {
            int interrupts = 0;
            for (int n = 0; n < posts; ) {
                try {
                    semaphore.await();
                    n++;
                } catch (InterruptedException e) {
                    interrupts++;
                }
            }
            return interrupts;
        });
        for (int n = 0; n < posts; n++) {
            semaphore.post();
            waiter.interrupt();
        }
        waiter.result(SOON_S);
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void ten_thousand_rounds_leave_nothing_behind() throws Exception {
        int descriptors = Descriptors.count();
        long mappings = mappings();
        String each = name + "-each";
        for (int i = 0; i < 10_000; i++) {
            try (PosixSemaphore other = PosixSemaphore.create(each, 0600, 1)) {
                PosixSemaphore.unlink(each);
                other.await();
                other.post();
            }
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(descriptors); // other tests' go meanwhile
        assertThat(mappings()).isLessThan(mappings + 100); // the JVM's own vary
    }

    private static long mappings() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.filter(line -> line.contains("/dev/shm/sem.")).count();
        }
    }

    @Test
    void one_that_nobody_closed_is_closed_when_it_is_unreachable() throws Exception {
        String lost = name + "-lost";
        LibcPeer.run("semaphore-create", lost, "0"); // who creates one maps it by another name
        PosixSemaphore opened = PosixSemaphore.open(lost);
        PosixSemaphore.unlink(lost);
        assertThat(isMapped(lost)).isTrue();
        assertThat(opened.value()).isZero();
        opened = null;
        for (int i = 0; i < 1_000 && isMapped(lost); i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(isMapped(lost)).isFalse();
    }

    private static boolean isMapped(String name) throws IOException {
        return Files.readString(Path.of("/proc/self/maps")).contains("/dev/shm/sem." + name.substring(1));
    }

    @Test
    void waiting_and_posting_make_no_garbage() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < 50_000; i++) {
            semaphore.post();
            semaphore.await();
        }
        assertThat(threads.getThreadAllocatedBytes(self) - before).isLessThan(50_000);
    }

    // ---- Virtual threads

    @Test
    void virtual_threads_park_and_go_on_when_somebody_posts() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        List<Virtual<Boolean>> virtuals = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            virtuals.add(Virtual.start(() -> {
                semaphore.await();
                return true;
            }));
            assertThat(virtuals.get(i).comesToPark()).isTrue();
        }
        for (int i = 0; i < 20; i++) {
            LibcPeer.run("semaphore-post", name);
        }
        for (Virtual<Boolean> virtual : virtuals) {
            assertThat(virtual.result()).isTrue();
        }
        assertThat(semaphore.value()).isZero();
    }

    @Test
    void a_virtual_thread_is_interrupted_and_told_of_a_close() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<Void> interrupted = parked();
        interrupted.interrupt();
        assertThatThrownBy(interrupted::result).hasCauseExactlyInstanceOf(InterruptedException.class);
        Virtual<Void> closed = parked();
        semaphore.close();
        assertThatThrownBy(closed::result).hasCauseExactlyInstanceOf(IllegalStateException.class);
    }

    private Virtual<Void> parked() throws InterruptedException {
        Virtual<Void> virtual = Virtual.start(() -> {
            semaphore.await();
            return null;
        });
        assertThat(virtual.comesToPark()).isTrue();
        return virtual;
    }
}
