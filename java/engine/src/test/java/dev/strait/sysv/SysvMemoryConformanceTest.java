package dev.strait.sysv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** System V shared memory: shmget(2), shmop(2), shmctl(2). */
final class SysvMemoryConformanceTest extends SysvScene {
    private static final int SIZE = 10_000; // not whole pages
    private static final int HUGE_BYTES = 2 << 20;
    private static final Path HUGE_PAGES = Path.of("/proc/sys/vm/nr_hugepages");

    private SysvMemory memory;

    @BeforeEach
    void make() throws IOException {
        memory = toRemove(SysvMemory.create(SysvKey.PRIVATE, SIZE, MODE));
    }

    private SysvMemory.Attachment attach(int flags) throws IOException {
        return toClose(memory.attach(flags));
    }

    // ---- shmget

    @Test
    void get_of_an_absent_key_without_CREAT_is_ENOENT() {
        assertErrno("shmget", "ENOENT", () -> SysvMemory.open(KEY, 0, 0));
    }

    @Test
    void get_with_CREAT_and_EXCL_of_an_existing_key_is_EEXIST() throws IOException {
        toRemove(SysvMemory.create(KEY, SIZE, MODE));
        assertErrno("shmget", "EEXIST", () -> SysvMemory.create(KEY, SIZE, MODE));
    }

    @Test
    void get_of_an_existing_key_finds_the_memory() throws IOException {
        SysvMemory made = toRemove(SysvMemory.openOrCreate(KEY, SIZE, MODE));
        assertThat(SysvMemory.open(KEY, 0, 0600).id()).isEqualTo(made.id());
        assertThat(SysvMemory.open(KEY, SIZE, 0600).id()).isEqualTo(made.id());
        assertThat(SysvMemory.openOrCreate(KEY, 1, 0600).id()).isEqualTo(made.id());
    }

    @Test
    void a_size_below_SHMMIN_is_EINVAL() throws IOException {
        assertThat(SysvMemory.limits().minBytes()).isOne();
        assertErrno("shmget", "EINVAL", () -> SysvMemory.create(SysvKey.PRIVATE, 0, MODE));
        assertErrno("shmget", "EINVAL", () -> SysvMemory.create(SysvKey.PRIVATE, -1, MODE));
    }

    @Test
    void a_size_above_SHMMAX_is_EINVAL() throws Exception {
        SysvPeer namespace = inNamespace("echo 100000 > /proc/sys/kernel/shmmax");
        assertThat(namespace.ask("memory-sized 100000")).isEqualTo("done");
        assertThat(namespace.ask("memory-sized 100001")).isEqualTo("shmget EINVAL");
    }

    @Test
    void a_size_above_the_existing_one_is_EINVAL() throws IOException {
        toRemove(SysvMemory.create(KEY, SIZE, MODE));
        assertErrno("shmget", "EINVAL", () -> SysvMemory.open(KEY, SIZE + 1, 0));
    }

    @Test
    void get_without_permission_is_EACCES() throws IOException {
        toRemove(SysvMemory.create(KEY, SIZE, 0644));
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("memory-open " + KEY.value() + " " + 0600)).isEqualTo("shmget EACCES");
        assertThat(nobody.ask("memory-open " + KEY.value() + " " + 0400)).startsWith("SysvMemory[id ");
    }

    @Test
    void more_than_SHMMNI_memories_is_ENOSPC() throws Exception {
        SysvPeer namespace = inNamespace("echo 3 > /proc/sys/kernel/shmmni");
        assertThat(namespace.ask("memory-create 3")).isEqualTo("done");
        assertThat(namespace.ask("memory-create 4")).isEqualTo("shmget ENOSPC");
    }

    @Test
    void more_than_SHMALL_pages_is_ENOSPC() throws Exception {
        SysvPeer namespace = inNamespace("echo 3 > /proc/sys/kernel/shmall");
        assertThat(namespace.ask("memory-sized 12288")).isEqualTo("done");
        assertThat(namespace.ask("memory-sized 12289")).isEqualTo("shmget ENOSPC");
    }

    @Test
    void NORESERVE_is_taken() throws IOException {
        SysvMemory sparse = toRemove(SysvMemory.create(SysvKey.PRIVATE, SIZE, MODE, SysvMemory.NORESERVE));
        assertThat(sparse.status().sizeBytes()).isEqualTo(SIZE);
    }

    // ---- shmat and shmdt

    @Test
    void a_new_memory_is_zeros_and_shared_by_its_attachments() throws IOException {
        ByteBuffer one = attach(0).region();
        ByteBuffer two = attach(0).region();
        assertThat(one.capacity()).isEqualTo(SIZE);
        assertThat(one.order()).isEqualTo(ByteOrder.nativeOrder());
        while (one.hasRemaining()) {
            assertThat(one.get()).isZero();
        }
        one.putLong(SIZE - 8, 42);
        assertThat(two.getLong(SIZE - 8)).isEqualTo(42);
    }

    @Test
    void attach_with_a_bad_id_is_EINVAL() throws IOException {
        memory.remove();
        assertErrno("shmat", "EINVAL", memory::attach);
        assertErrno("shmat", "EINVAL", () -> SysvMemory.ofId(-1).attach());
    }

    @Test
    void attach_without_permission_is_EACCES() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("memory-attach " + memory.id() + " " + SysvMemory.RDONLY))
                .isEqualTo("shmat EACCES");
        memory.set(memory.status().permissions().mode(0604));
        assertThat(nobody.ask("memory-attach " + memory.id() + " 0")).isEqualTo("shmat EACCES");
        assertThat(nobody.ask("memory-attach " + memory.id() + " " + SysvMemory.RDONLY))
                .isEqualTo(Integer.toString(SIZE));
        assertThat(nobody.ask("memory-attach " + memory.id() + " " + (SysvMemory.RDONLY | SysvMemory.EXEC)))
                .isEqualTo("shmat EACCES");
    }

    @Test
    void a_read_only_attachment_has_read_only_views() throws Exception {
        attach(0).region().putInt(0, 42);
        ByteBuffer view = attach(SysvMemory.RDONLY).region();
        assertThat(view.getInt(0)).isEqualTo(42);
        assertThat(view.isReadOnly()).isTrue();
        assertThatThrownBy(() -> view.putInt(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
        assertThat(mapped()).anyMatch(line -> line.contains("r--s"));
    }

    @Test
    void EXEC_makes_it_executable() throws IOException {
        memory.set(memory.status().permissions().mode(0700));
        attach(SysvMemory.EXEC);
        assertThat(mapped()).singleElement().asString().contains("rwxs");
    }

    /** The lines of /proc/self/maps that are this memory. */
    private List<String> mapped() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("/SYSV") && line.contains(" " + memory.id() + " "))
                .toList();
    }

    @Test
    void a_program_in_C_reads_what_was_written() throws Exception {
        attach(0).region().put("from Java".getBytes(StandardCharsets.UTF_8));
        assertThat(run(c("read", memory.id()))).isEqualTo("from Java");
    }

    @Test
    void what_a_program_in_C_wrote_is_read() throws Exception {
        assertThat(run(c("write", memory.id(), "from C"))).isEqualTo("done");
        byte[] bytes = new byte[6];
        attach(SysvMemory.RDONLY).region().get(bytes);
        assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo("from C");
    }

    @Test
    void a_part_is_a_view_of_its_own() throws IOException {
        SysvMemory.Attachment attachment = attach(0);
        attachment.region().putInt(5_000, 42);
        ByteBuffer part = attachment.region(5_000, 4);
        assertThat(part.capacity()).isEqualTo(4);
        assertThat(part.getInt(0)).isEqualTo(42);
        assertThat(attachment.region(SIZE, 0).capacity()).isZero();
        assertThatThrownBy(() -> attachment.region(SIZE - 3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> attachment.region(-1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void a_memory_larger_than_a_view_is_seen_in_parts() throws IOException {
        long size = (1L << 31) + 100;
        SysvMemory large = toRemove(SysvMemory.create(SysvKey.PRIVATE, size, MODE, SysvMemory.NORESERVE));
        SysvMemory.Attachment attachment = toClose(large.attach());
        assertThat(attachment.sizeBytes()).isEqualTo(size);
        assertThatThrownBy(attachment::region)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(large + ", attached: 2147483748 bytes are more than a view can have, 2147483647");
        attachment.region(size - 8, 8).putLong(0, 42);
        assertThat(attachment.region(size - 100, 100).getLong(92)).isEqualTo(42);
        attachment.close();
        assertThat(large.status().attachments()).isZero();
    }

    @Test
    void a_detached_view_reads_zeros_and_writes_to_nobody() throws IOException {
        SysvMemory.Attachment attachment = attach(0);
        ByteBuffer view = attachment.region();
        ByteBuffer slice = view.slice(8_000, 100);
        view.putInt(0, 42);
        slice.putInt(0, 43);
        attachment.close();
        assertThat(view.getInt(0)).isZero();
        assertThat(slice.getInt(0)).isZero();
        for (int i = 0; i < SIZE; i++) {
            view.put(i, (byte) 1);
        }
        assertThat(memory.status().attachments()).isZero();
        assertThat(attach(0).region().getInt(0)).isEqualTo(42);
        assertThatThrownBy(attachment::region)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(memory + ", attached: is detached");
    }

    @Test
    void a_detached_read_only_view_reads_zeros() throws IOException {
        attach(0).region().putInt(0, 42);
        SysvMemory.Attachment attachment = attach(SysvMemory.RDONLY);
        ByteBuffer view = attachment.region();
        attachment.close();
        assertThat(view.getInt(0)).isZero();
    }

    @Test
    void detach_twice_is_harmless() throws IOException {
        SysvMemory.Attachment first = attach(0);
        first.close();
        SysvMemory.Attachment second = attach(0);
        first.close();
        assertThat(memory.status().attachments()).isOne();
        second.region().putInt(0, 1);
    }

    @Test
    void detaching_under_threads_that_read_and_write_does_not_crash() throws Exception {
        for (int round = 0; round < 20; round++) {
            SysvMemory.Attachment attachment = attach(0);
            ByteBuffer view = attachment.region();
            AtomicBoolean detached = new AtomicBoolean();
            List<Waiter<Long>> users = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int at = 8 * i;
                users.add(Waiter.start(() -> {
                    long uses = 0;
                    while (!detached.get() || uses < 1_000) {
                        view.putLong(at, view.getLong(SIZE - 8) + uses++);
                    }
                    return uses;
                }));
            }
            attachment.close();
            detached.set(true);
            for (Waiter<Long> each : users) {
                assertThat(each.result(SOON_S)).isPositive();
            }
        }
    }

    @Test
    void an_attachment_that_nobody_closed_is_detached_when_its_views_are_unreachable() throws Exception {
        ByteBuffer view = memory.attach().region();
        view.putInt(0, 42);
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(view.getInt(0)).isEqualTo(42);
        assertThat(memory.status().attachments()).isOne();
        view = null;
        await(() -> {
            System.gc();
            return memory.status().attachments() == 0;
        });
    }

    @Test
    void closing_the_handle_leaves_attachments_as_they_are() throws IOException {
        SysvMemory.Attachment attachment = attach(0);
        memory.close();
        attachment.region().putInt(0, 42);
        assertThat(attachment.region().getInt(0)).isEqualTo(42);
        assertThatThrownBy(memory::attach)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(memory + ": is closed");
        assertThatThrownBy(memory::status).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(memory::remove).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> memory.setLocked(true)).isInstanceOf(IllegalStateException.class);
    }

    // ---- Huge pages

    @Test
    void HUGETLB_without_privilege_is_EPERM() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("memory-huge " + SIZE)).isEqualTo("shmget EPERM");
    }

    @Test
    void HUGETLB_without_huge_pages_is_ENOMEM() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "EPERM comes first");
        lockHugePages();
        assumeTrue(freeHugePages() == 0, "there are huge pages");
        assumeTrue(Files.exists(Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB")), "none of 2 MiB here");
        int flags = SysvMemory.HUGETLB | SysvMemory.HUGE_2MB;
        assertErrno("shmget", "ENOMEM", () -> SysvMemory.create(SysvKey.PRIVATE, SIZE, MODE, flags));
    }

    @Test
    void HUGETLB_takes_huge_pages_and_detaching_leaves_zeros() throws Exception {
        assumeTrue(Files.isWritable(HUGE_PAGES), "huge pages are not ours to reserve");
        lockHugePages();
        String before = Files.readAllLines(HUGE_PAGES).get(0);
        try {
            Files.writeString(HUGE_PAGES, Long.toString(Long.parseLong(before) + 2));
            assumeTrue(freeHugePages() >= 2, "no two huge pages can be had");
            SysvMemory huge = toRemove(
                    SysvMemory.create(SysvKey.PRIVATE, HUGE_BYTES + 1, MODE, SysvMemory.HUGETLB | SysvMemory.HUGE_2MB));
            SysvMemory.Attachment attachment = toClose(huge.attach());
            ByteBuffer view = attachment.region();
            view.putInt(HUGE_BYTES - 4, 42);
            assertThat(toClose(huge.attach()).region().getInt(HUGE_BYTES - 4)).isEqualTo(42);
            attachment.close();
            assertThat(view.getInt(HUGE_BYTES - 4)).isZero();
            assertThat(huge.status().attachments()).isOne();
        } finally {
            Files.writeString(HUGE_PAGES, before);
        }
    }

    /** The pool belongs to the whole machine: a lock on its file, as the tests in C have it, keeps others away. */
    private void lockHugePages() throws IOException {
        assumeTrue(Files.exists(HUGE_PAGES), "no huge pages here");
        hold("flock", "-o", HUGE_PAGES.toString(), "sh", "-c", "echo done; cat > /dev/null");
    }

    private static long freeHugePages() throws IOException {
        return Files.readAllLines(Path.of("/proc/meminfo")).stream()
                .filter(line -> line.startsWith("HugePages_Free:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }

    // ---- shmctl

    @Test
    void STAT_shows_size_creator_last_attach_and_attachments() throws Exception {
        int self = (int) ProcessHandle.current().pid();
        SysvMemory.Status fresh = memory.status();
        assertThat(fresh.sizeBytes()).isEqualTo(SIZE);
        assertThat(fresh.creatorPid()).isEqualTo(self);
        assertThat(fresh.lastPid()).isZero();
        assertThat(fresh.attachments()).isZero();
        assertThat(fresh.lastAttach()).isEmpty();
        assertThat(fresh.lastDetach()).isEmpty();
        assertThat(fresh.isRemoved() || fresh.isLocked()).isFalse();

        Process other = hold(c("attach", memory.id()));
        SysvMemory.Status attached = memory.status();
        assertThat(attached.attachments()).isOne();
        assertThat(attached.lastPid()).isEqualTo((int) other.pid());
        assertThat(Duration.between(attached.lastAttach().orElseThrow(), Instant.now()))
                .isBetween(Duration.ofSeconds(-1), Duration.ofSeconds(60));
        assertThat(attached.lastDetach()).isEmpty();

        SysvMemory.Attachment ours = attach(0);
        assertThat(memory.status().attachments()).isEqualTo(2);
        ours.close();
        SysvMemory.Status detached = memory.status();
        assertThat(detached.attachments()).isOne();
        assertThat(detached.lastPid()).isEqualTo(self);
        assertThat(detached.lastDetach()).isPresent();
        assertThat(detached.lastChange()).isEqualTo(fresh.lastChange()).isPresent();
        other.destroyForcibly().waitFor();
        await(() -> memory.status().attachments() == 0);
    }

    @Test
    void a_removed_memory_goes_with_its_last_attachment() throws Exception {
        SysvMemory.Attachment attachment = attach(0);
        memory.remove();
        assertThat(memory.status().isRemoved()).isTrue();
        assertThat(run("ipcs", "-m")).containsPattern(" " + memory.id() + " .* dest");
        attachment.region().putInt(0, 42);
        SysvMemory.Attachment late = attach(0); // Linux lets one
        assertThat(late.region().getInt(0)).isEqualTo(42);
        attachment.close();
        assertThat(memory.status().attachments()).isOne();
        late.close();
        assertThat(proc("shm", memory.id())).isEmpty();
        assertErrno("shmctl", "EINVAL", memory::status);
        assertErrno("shmat", "EINVAL", memory::attach);
    }

    @Test
    void SET_changes_owner_and_mode() throws Exception {
        SysvPermissions before = memory.status().permissions();
        memory.set(before.mode(0440));
        assertThat(memory.status().permissions()).isEqualTo(before.mode(0440));
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give it away");
        memory.set(before.owner(65534, 65533));
        assertThat(memory.status().permissions()).isEqualTo(before.owner(65534, 65533));
    }

    @Test
    void without_permission_STAT_is_EACCES_and_SET_LOCK_and_RMID_are_EPERM() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("memory-status " + memory.id())).isEqualTo("shmctl EACCES");
        assertThat(nobody.ask("memory-set " + memory.id())).isEqualTo("shmctl EPERM");
        assertThat(nobody.ask("memory-lock " + memory.id())).isEqualTo("shmctl EPERM");
        assertThat(nobody.ask("memory-remove " + memory.id())).isEqualTo("shmctl EPERM");
    }

    @Test
    void LOCK_and_UNLOCK_flip_the_flag() throws Exception {
        try {
            memory.setLocked(true);
        } catch (ErrnoException e) {
            assumeTrue(false, "may not lock memory: " + e.getMessage());
        }
        assertThat(memory.status().isLocked()).isTrue();
        assertThat(run("ipcs", "-m")).containsPattern(" " + memory.id() + " .* locked");
        memory.setLocked(false);
        assertThat(memory.status().isLocked()).isFalse();
    }

    @Test
    void SHM_INFO_agrees_with_proc_sysvipc_shm() throws Exception {
        attach(0).region().put(0, (byte) 1);
        await(
                () -> { // others make memories, too
                    List<List<String>> lines = lines("shm");
                    long pages = lines.stream()
                            .mapToLong(line -> (Long.parseLong(line.get(3)) + 4095) / 4096)
                            .sum();
                    long resident = lines.stream()
                            .mapToLong(line -> Long.parseLong(line.get(14)) / 4096)
                            .sum();
                    SysvMemory.Usage usage = SysvMemory.usage();
                    return usage.memories() == lines.size()
                            && usage.pages() == pages
                            && usage.residentPages() == resident;
                });
        assertThat(SysvMemory.usage().residentPages()).isPositive();
    }

    @Test
    void the_list_has_each_column_of_ipcs() throws Exception {
        attach(0).close();
        attach(0);
        SysvMemory.Status status = SysvMemory.list().stream()
                .filter(each -> each.id() == memory.id())
                .findFirst()
                .orElseThrow();
        assertThat(status).isEqualTo(memory.status());
        assertThat(List.of(
                        Integer.toString(status.permissions().key().value()),
                        Integer.toString(status.id()),
                        Integer.toOctalString(status.permissions().mode()),
                        Long.toString(status.sizeBytes()),
                        Integer.toString(status.creatorPid()),
                        Integer.toString(status.lastPid()),
                        Long.toString(status.attachments()),
                        Long.toString(status.permissions().uid()),
                        Long.toString(status.permissions().gid()),
                        Long.toString(status.permissions().creatorUid()),
                        Long.toString(status.permissions().creatorGid()),
                        Long.toString(status.lastAttach().orElseThrow().getEpochSecond()),
                        Long.toString(status.lastDetach().orElseThrow().getEpochSecond()),
                        Long.toString(status.lastChange().orElseThrow().getEpochSecond())))
                .isEqualTo(proc("shm", memory.id()).subList(0, 14));
    }

    @Test
    void the_limits_are_those_of_the_kernel() throws IOException {
        SysvMemory.Limits limits = SysvMemory.limits();
        assertThat(limits.memories()).isEqualTo(kernel("shmmni"));
        assertThat(limits.maxBytes()).isEqualTo(bounded(kernel("shmmax")));
        assertThat(limits.pages()).isEqualTo(bounded(kernel("shmall")));
    }

    private static long bounded(long limit) {
        return limit < 0 ? Long.MAX_VALUE : limit; // unsigned
    }

    @Test
    void what_ipcmk_makes_is_used() throws Exception {
        String said = run("ipcmk", "-M", "5000"); // Shared memory id: 5
        SysvMemory made = toRemove(SysvMemory.ofId(Integer.parseInt(said.replaceAll(".* ", ""))));
        SysvMemory.Attachment attachment = toClose(made.attach());
        assertThat(attachment.sizeBytes()).isEqualTo(5000);
        run("ipcrm", "-m", Integer.toString(made.id()));
        assertThat(made.status().isRemoved()).isTrue();
    }

    // ---- Threads

    @Test
    void threads_that_share_one_handle_attach_and_detach() throws Exception {
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            int at = 8 * i;
            waiters.add(Waiter.start(() -> {
                for (int n = 0; n < 100; n++) {
                    try (SysvMemory.Attachment each = memory.attach()) {
                        ByteBuffer view = each.region();
                        view.putLong(at, view.getLong(at) + 1);
                    }
                }
                return null;
            }));
        }
        for (Waiter<Void> each : waiters) {
            each.result(SOON_S);
        }
        ByteBuffer view = attach(0).region();
        for (int i = 0; i < 32; i++) {
            assertThat(view.getLong(8 * i)).isEqualTo(100);
        }
        assertThat(memory.status().attachments()).isOne();
    }

    @Test
    void nothing_leaks_in_10_000_rounds() throws Exception {
        for (int i = 0; i < 10_000; i++) {
            SysvMemory each = SysvMemory.create(SysvKey.PRIVATE, SIZE, MODE);
            SysvMemory.Attachment attachment = each.attach();
            each.remove();
            attachment.region().putInt(0, i);
            attachment.close();
            each.close();
        }
        int self = (int) ProcessHandle.current().pid();
        await(() -> SysvMemory.list().stream()
                        .filter(each -> each.creatorPid() == self)
                        .count()
                == 1);
        await(() -> {
            System.gc(); // what was detached is given back
            return Files.readAllLines(Path.of("/proc/self/maps")).size() < 5_000;
        });
    }
}
