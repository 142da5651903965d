package dev.strait.sysv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** System V semaphore sets: semget(2), semop(2), semctl(2). */
final class SysvSemaphoreConformanceTest extends SysvScene {
    private static final int COUNT = 3;
    private static final Duration SHORT = Duration.ofMillis(20);

    private SysvSemaphoreSet set;

    @BeforeEach
    void make() throws IOException {
        set = toRemove(SysvSemaphoreSet.create(SysvKey.PRIVATE, COUNT, MODE));
        set.setValues(new int[COUNT]);
    }

    private static SysvOperations add(int index, int change, int... flags) {
        return SysvOperations.builder()
                .add(index, change, flags.length == 0 ? 0 : flags[0])
                .build();
    }

    private static SysvOperations zero(int index, int... flags) {
        return SysvOperations.builder()
                .awaitZero(index, flags.length == 0 ? 0 : flags[0])
                .build();
    }

    private Callable<Void> operate(SysvOperations operations) {
        return () -> {
            set.operate(operations);
            return null;
        };
    }

    /** In a thread that the kernel counts as one that waits for semaphore 0. */
    private Waiter<Void> asleepIn(SysvOperations operations) throws Exception {
        int before = sleepers();
        Waiter<Void> waiter = Waiter.start(operate(operations));
        await(() -> sleepers() > before);
        return waiter;
    }

    private int sleepers() throws IOException {
        return set.increaseWaiters(0) + set.zeroWaiters(0);
    }

    // ---- semget

    @Test
    void get_with_CREAT_and_EXCL_of_an_existing_key_is_EEXIST() throws IOException {
        toRemove(SysvSemaphoreSet.create(KEY, 1, MODE));
        assertErrno("semget", "EEXIST", () -> SysvSemaphoreSet.create(KEY, 1, MODE));
    }

    @Test
    void get_of_an_absent_key_without_CREAT_is_ENOENT() {
        assertErrno("semget", "ENOENT", () -> SysvSemaphoreSet.open(KEY, 0, 0));
    }

    @Test
    void get_of_an_existing_key_finds_the_set() throws IOException {
        SysvSemaphoreSet made = toRemove(SysvSemaphoreSet.openOrCreate(KEY, 2, MODE));
        assertThat(SysvSemaphoreSet.open(KEY, 0, 0600).id()).isEqualTo(made.id());
        assertThat(SysvSemaphoreSet.open(KEY, 2, 0600).id()).isEqualTo(made.id());
        assertThat(SysvSemaphoreSet.openOrCreate(KEY, 1, 0600).id()).isEqualTo(made.id());
    }

    @Test
    void get_without_permission_is_EACCES() throws IOException {
        toRemove(SysvSemaphoreSet.create(KEY, 1, 0644));
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("set-open " + KEY.value() + " " + 0600)).isEqualTo("semget EACCES");
        assertThat(nobody.ask("set-open " + KEY.value() + " " + 0400)).startsWith("SysvSemaphoreSet[id ");
    }

    @Test
    void get_of_a_count_below_zero_is_EINVAL() {
        assertErrno("semget", "EINVAL", () -> SysvSemaphoreSet.create(SysvKey.PRIVATE, -1, MODE));
        assertErrno("semget", "EINVAL", () -> SysvSemaphoreSet.open(KEY, -1, 0));
    }

    @Test
    void get_of_a_count_of_zero_for_a_new_set_is_EINVAL() {
        assertErrno("semget", "EINVAL", () -> SysvSemaphoreSet.create(SysvKey.PRIVATE, 0, MODE));
    }

    @Test
    void get_of_a_count_above_that_of_the_existing_set_is_EINVAL() throws IOException {
        toRemove(SysvSemaphoreSet.create(KEY, 2, MODE));
        assertErrno("semget", "EINVAL", () -> SysvSemaphoreSet.open(KEY, 3, 0));
    }

    @Test
    void more_than_SEMMNI_sets_is_ENOSPC_and_more_than_SEMMSL_semaphores_EINVAL() throws Exception {
        SysvPeer namespace = inNamespace("echo 10 1000 500 3 > /proc/sys/kernel/sem");
        assertThat(namespace.ask("set-create 3")).isEqualTo("done");
        assertThat(namespace.ask("set-create 4")).isEqualTo("semget ENOSPC");
        assertThat(namespace.ask("set-large 10")).startsWith("SysvSemaphoreSet[id ");
        assertThat(namespace.ask("set-large 11")).isEqualTo("semget EINVAL");
    }

    @Test
    void more_than_SEMMNS_semaphores_in_all_sets_is_ENOSPC() throws Exception {
        SysvPeer namespace = inNamespace("echo 10 15 500 100 > /proc/sys/kernel/sem");
        assertThat(namespace.ask("set-large 10")).startsWith("SysvSemaphoreSet[id ");
        assertThat(namespace.ask("set-large 10")).isEqualTo("semget ENOSPC");
    }

    // ---- semop

    @Test
    void operations_add_or_take_any_amount() throws Exception {
        set.operate(add(0, 32_767));
        assertThat(set.value(0)).isEqualTo(32_767);
        set.operate(add(0, -32_000));
        assertThat(set.value(0)).isEqualTo(767);
        set.operate(add(2, 5));
        assertThat(set.values()).containsExactly(767, 0, 5);
    }

    @Test
    void operations_are_done_all_or_none() throws Exception {
        set.setValues(3, 0, 1);
        SysvOperations both =
                SysvOperations.builder().add(0, -2, 0).add(2, -2, 0).build();
        assertThat(set.tryOperate(both)).isFalse();
        assertThat(set.values()).containsExactly(3, 0, 1);
        set.setValue(2, 2);
        assertThat(set.tryOperate(both)).isTrue();
        assertThat(set.values()).containsExactly(1, 0, 0);
    }

    @Test
    void operations_are_done_in_their_order() throws Exception {
        SysvOperations lock =
                SysvOperations.builder().awaitZero(0, 0).add(0, 1, 0).build();
        assertThat(set.tryOperate(lock)).isTrue();
        assertThat(set.tryOperate(lock)).isFalse();
        assertThat(set.value(0)).isOne();
    }

    @Test
    void operations_on_many_semaphores_are_one_step() throws Exception {
        int count = (int) SysvSemaphoreSet.limits().operations();
        SysvSemaphoreSet large = toRemove(SysvSemaphoreSet.create(SysvKey.PRIVATE, count, MODE));
        SysvOperations.Builder builder = SysvOperations.builder();
        for (int i = 0; i < count; i++) {
            builder.add(i, i + 1, 0);
        }
        large.operate(builder.build());
        int[] values = large.values();
        assertThat(values).hasSize(count);
        for (int i = 0; i < count; i++) {
            assertThat(values[i]).isEqualTo(i + 1);
        }
    }

    @Test
    void more_than_SEMOPM_operations_are_E2BIG_and_none_EINVAL() throws IOException {
        SysvOperations.Builder builder = SysvOperations.builder();
        assertErrno("semop", "EINVAL", () -> set.operate(builder.build()));
        for (long i = 0; i <= SysvSemaphoreSet.limits().operations(); i++) {
            builder.add(0, 1, 0);
        }
        assertErrno("semop", "E2BIG", () -> set.operate(builder.build()));
    }

    @Test
    void an_index_that_the_set_has_not_is_EFBIG() {
        assertErrno("semop", "EFBIG", () -> set.operate(add(COUNT, 1)));
        assertErrno("semop", "EFBIG", () -> set.tryOperate(zero(65_535)));
    }

    @Test
    void without_permission_to_alter_operations_are_EACCES() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("set-zero " + set.id())).isEqualTo("semop EACCES");
        set.set(set.status().permissions().mode(0604));
        assertThat(nobody.ask("set-zero " + set.id())).isEqualTo("done");
        assertThat(nobody.ask("set-value " + set.id())).isEqualTo("0");
        assertThat(nobody.ask("set-add " + set.id() + " 1 0")).isEqualTo("semop EACCES");
        assertThat(nobody.ask("set-assign " + set.id() + " 1")).isEqualTo("semctl EACCES");
        assertThat(nobody.ask("set-all " + set.id() + " 1 2")).contains("2 values, but it has 3");
    }

    @Test
    void without_permission_to_read_stat_and_values_are_EACCES_and_set_and_remove_EPERM() throws IOException {
        SysvSemaphoreSet two = toRemove(SysvSemaphoreSet.create(SysvKey.PRIVATE, 2, 0602));
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("set-status " + two.id())).isEqualTo("semctl EACCES");
        assertThat(nobody.ask("set-value " + two.id())).isEqualTo("semctl EACCES");
        assertThat(nobody.ask("set-values " + two.id())).isEqualTo("semctl EACCES");
        assertThat(nobody.ask("set-all " + two.id() + " 8 9")).isEqualTo("done"); // which writes
        assertThat(two.values()).containsExactly(8, 9);
        assertThat(nobody.ask("set-set " + two.id())).isEqualTo("semctl EPERM");
        assertThat(nobody.ask("set-remove " + two.id())).isEqualTo("semctl EPERM");
    }

    @Test
    void a_value_above_32767_is_ERANGE() throws IOException {
        assertErrno("semctl", "ERANGE", () -> set.setValue(0, 32_768));
        assertErrno("semctl", "ERANGE", () -> set.setValue(0, -1));
        assertErrno("semctl", "ERANGE", () -> set.setValues(1, 2, 32_768));
        assertErrno("semctl", "ERANGE", () -> set.setValues(1, -1, 3));
        assertErrno("semctl", "ERANGE", () -> set.setValues(1, 65_536, 3));
        set.setValue(0, 32_767);
        assertErrno("semop", "ERANGE", () -> set.operate(add(0, 1)));
        assertThat(set.values()).containsExactly(32_767, 0, 0);
    }

    @Test
    void what_would_block_is_EAGAIN_with_NOWAIT() throws IOException {
        assertErrno("semop", "EAGAIN", () -> set.operate(add(0, -1, SysvOperations.NOWAIT)));
        assertThat(set.tryOperate(add(0, -1))).isFalse();
        set.setValue(0, 1);
        assertErrno("semop", "EAGAIN", () -> set.operate(zero(0, SysvOperations.NOWAIT)));
        assertThat(set.tryOperate(zero(0))).isFalse();
        assertThat(set.values()).containsExactly(1, 0, 0);
    }

    @Test
    void NOWAIT_of_one_operation_does_not_count_for_another() throws Exception {
        SysvOperations mixed = SysvOperations.builder()
                .add(0, -1, 0)
                .add(1, -1, SysvOperations.NOWAIT)
                .build();
        Waiter<Void> waiter = asleepIn(mixed); // for the first one
        set.setValue(0, 1); // and now it finds the second
        assertThatThrownBy(() -> waiter.result(SOON_S))
                .cause()
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("EAGAIN"));
        assertThat(set.value(0)).isOne();
    }

    @Test
    void what_would_block_is_EAGAIN_at_the_time_out_and_not_earlier() throws Exception {
        long start = System.nanoTime();
        assertErrno("semop", "EAGAIN", () -> set.operate(add(0, -1), SHORT));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(SHORT.toNanos());
        assertErrno("semop", "EAGAIN", () -> set.operate(add(0, -1), Duration.ZERO));
        set.setValue(0, 1);
        assertErrno("semop", "EAGAIN", () -> set.operate(zero(0), SHORT));
        set.operate(add(0, -1), Duration.ZERO); // need not wait
        set.operate(zero(0), Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(set.increaseWaiters(0)).isZero();
    }

    @Test
    void a_negative_timeout_is_refused() {
        assertThatThrownBy(() -> set.operate(zero(0), Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("timeout PT-0.000000001S: must be 0 or more");
    }

    @Test
    void an_operation_that_is_none_is_refused() {
        SysvOperations.Builder builder = SysvOperations.builder();
        assertThatThrownBy(() -> builder.add(0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.add(0, 32_768, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.add(-1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.awaitZero(65_536, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_decrement_waits_until_the_value_is_large_enough() throws Exception {
        Waiter<Void> waiter = asleepIn(add(0, -2));
        set.operate(add(0, 1));
        assertThat(set.increaseWaiters(0)).isOne();
        set.operate(add(0, 1));
        waiter.result(SOON_S);
        assertThat(set.value(0)).isZero();
    }

    @Test
    void wait_for_zero_waits_until_the_value_is_0() throws Exception {
        set.setValue(0, 2);
        Waiter<Void> waiter = asleepIn(zero(0));
        set.operate(add(0, -1));
        assertThat(set.zeroWaiters(0)).isOne();
        set.operate(add(0, -1));
        waiter.result(SOON_S);
    }

    @Test
    void a_set_removed_while_waiting_is_EIDRM() throws Exception {
        Waiter<Void> waiter = asleepIn(add(0, -1));
        run("ipcrm", "-s", Integer.toString(set.id()));
        assertThatThrownBy(() -> waiter.result(SOON_S))
                .cause()
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("EIDRM"));
    }

    @Test
    void after_removal_every_operation_is_EINVAL() throws IOException {
        set.remove();
        assertErrno("semop", "EINVAL", () -> set.operate(add(0, 1)));
        assertErrno("semop", "EINVAL", () -> set.tryOperate(add(0, 1)));
        assertErrno("semctl", "EINVAL", () -> set.value(0));
        assertErrno("semctl", "EINVAL", () -> set.setValue(0, 1));
        assertErrno("semctl", "EINVAL", set::values);
        assertErrno("semctl", "EINVAL", set::status);
        assertErrno("semctl", "EINVAL", set::remove);
    }

    @Test
    void a_signal_while_waiting_does_not_end_the_wait() throws Exception {
        try (SysvPeer peer = SysvPeer.start()) {
            peer.tell("set-add " + set.id() + " -1 0");
            await(() -> set.increaseWaiters(0) == 1);
            String pid = Long.toString(peer.process().pid());
            for (int i = 0; i < 3; i++) {
                run("sh", "-c", "kill -STOP " + pid + "; kill -CONT " + pid); // who goes on after that finds EINTR
            }
            set.operate(add(0, 1));
            assertThat(peer.answer()).isEqualTo("done");
        }
    }

    // ---- SEM_UNDO

    @Test
    void UNDO_is_applied_when_the_process_ends() throws Exception {
        set.setValue(0, 5);
        try (SysvPeer peer = SysvPeer.start()) {
            assertThat(peer.ask("set-add " + set.id() + " -3 " + SysvOperations.UNDO))
                    .isEqualTo("done");
            assertThat(set.value(0)).isEqualTo(2);
            peer.process().getOutputStream().close();
            assertThat(peer.process().waitFor()).isZero();
        }
        assertThat(set.value(0)).isEqualTo(5);
    }

    @Test
    void UNDO_is_applied_when_the_process_is_killed() throws Exception {
        set.setValue(0, 5);
        try (SysvPeer peer = SysvPeer.start()) {
            assertThat(peer.ask("set-add " + set.id() + " -3 " + SysvOperations.UNDO))
                    .isEqualTo("done");
            peer.process().destroyForcibly().waitFor();
        }
        await(() -> set.value(0) == 5);
    }

    @Test
    void UNDO_of_a_program_in_C_that_is_killed_lets_who_waits_go_on() throws Exception {
        set.setValue(0, 1);
        Process holder = hold(c("operate", set.id(), 0, -1, SysvOperations.UNDO));
        Waiter<Void> waiter = asleepIn(add(0, -1));
        holder.destroyForcibly();
        waiter.result(SOON_S);
    }

    @Test
    void what_was_done_without_UNDO_stays() throws Exception {
        set.setValue(0, 5);
        try (SysvPeer peer = SysvPeer.start()) {
            assertThat(peer.ask("set-add " + set.id() + " -3 0")).isEqualTo("done");
            peer.process().destroyForcibly().waitFor();
        }
        assertThat(set.value(0)).isEqualTo(2);
    }

    @Test
    void UNDO_is_not_applied_when_a_thread_ends() throws Exception {
        set.setValue(0, 5);
        Thread thread = new Thread(() -> {
            try {
                set.operate(add(0, -3, SysvOperations.UNDO));
            } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        thread.join();
        assertThat(set.value(0)).isEqualTo(2);
        set.setValue(0, 0); // clears what is to be undone
    }

    @Test
    void SETVAL_clears_what_was_to_be_undone() throws Exception {
        set.setValue(0, 5);
        Process holder = hold(c("operate", set.id(), 0, -3, SysvOperations.UNDO));
        set.setValue(0, 1);
        holder.destroyForcibly().waitFor();
        assertThat(set.value(0)).isOne();
    }

    // ---- semctl

    @Test
    void GETVAL_SETVAL_GETALL_SETALL_get_and_set_values() throws Exception {
        set.setValue(1, 7);
        assertThat(set.value(1)).isEqualTo(7);
        assertThat(set.values()).containsExactly(0, 7, 0);
        set.setValues(4, 5, 6);
        assertThat(set.values()).containsExactly(4, 5, 6);
        assertThat(run(c("value", set.id(), 2))).isEqualTo("6");
        assertErrno("semctl", "EINVAL", () -> set.value(COUNT));
        assertErrno("semctl", "EINVAL", () -> set.setValue(-1, 0));
    }

    @Test
    void SETALL_of_more_or_fewer_values_is_refused() {
        assertThatThrownBy(() -> set.setValues(1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(set + ": 2 values, but it has 3");
        assertThatThrownBy(() -> set.setValues(1, 2, 3, 4)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void setting_a_value_lets_who_waits_go_on() throws Exception {
        Waiter<Void> one = asleepIn(add(0, -1));
        set.setValue(0, 1);
        one.result(SOON_S);
        Waiter<Void> two = asleepIn(add(0, -2));
        set.setValues(2, 0, 0);
        two.result(SOON_S);
    }

    @Test
    void GETPID_is_who_operated_last() throws Exception {
        Process holder = hold(c("operate", set.id(), 1, 1, 0));
        assertThat(set.lastPid(1)).isEqualTo((int) holder.pid());
        set.operate(add(1, 1));
        assertThat(set.lastPid(1)).isEqualTo((int) ProcessHandle.current().pid());
    }

    @Test
    void GETNCNT_and_GETZCNT_count_the_sleepers() throws Exception {
        set.setValue(0, 1);
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiters.add(asleepIn(add(0, -2)));
            waiters.add(asleepIn(zero(0)));
        }
        waiters.add(asleepIn(add(0, -2)));
        assertThat(set.increaseWaiters(0)).isEqualTo(4);
        assertThat(set.zeroWaiters(0)).isEqualTo(3);
        assertThat(set.increaseWaiters(1) + set.zeroWaiters(1)).isZero();
        set.setValue(0, 0);
        set.setValue(0, 8);
        for (Waiter<Void> each : waiters) {
            each.result(SOON_S);
        }
        assertThat(set.value(0)).isZero();
    }

    @Test
    void STAT_shows_count_and_times() throws Exception {
        SysvSemaphoreSet.Status fresh = set.status();
        assertThat(fresh.id()).isEqualTo(set.id());
        assertThat(fresh.count()).isEqualTo(COUNT);
        assertThat(fresh.permissions().mode()).isEqualTo(MODE);
        assertThat(fresh.lastOperation()).isEmpty();
        set.operate(zero(0));
        SysvSemaphoreSet.Status used = set.status();
        assertThat(Duration.between(used.lastOperation().orElseThrow(), Instant.now()))
                .isBetween(Duration.ofSeconds(-1), Duration.ofSeconds(60));
        assertThat(used.lastChange()).isPresent();
    }

    @Test
    void SET_changes_owner_and_mode() throws Exception {
        SysvPermissions before = set.status().permissions();
        set.set(before.mode(0660));
        assertThat(set.status().permissions()).isEqualTo(before.mode(0660));
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give it away");
        set.set(before.owner(65534, 65534));
        assertThat(set.status().permissions()).isEqualTo(before.owner(65534, 65534));
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("set-remove " + set.id())).isEqualTo("done"); // as its owner
    }

    @Test
    void SEM_INFO_agrees_with_proc_sysvipc_sem() throws Exception {
        await(
                () -> { // others make sets, too
                    List<List<String>> lines = lines("sem");
                    long semaphores = lines.stream()
                            .mapToLong(line -> Long.parseLong(line.get(3)))
                            .sum();
                    return SysvSemaphoreSet.usage().equals(new SysvSemaphoreSet.Usage(lines.size(), semaphores));
                });
    }

    @Test
    void the_list_has_each_column_of_ipcs() throws Exception {
        set.operate(zero(0));
        SysvSemaphoreSet.Status status = SysvSemaphoreSet.list().stream()
                .filter(each -> each.id() == set.id())
                .findFirst()
                .orElseThrow();
        assertThat(status).isEqualTo(set.status());
        assertThat(List.of(
                        Integer.toString(status.permissions().key().value()),
                        Integer.toString(status.id()),
                        Integer.toOctalString(status.permissions().mode()),
                        Integer.toString(status.count()),
                        Long.toString(status.permissions().uid()),
                        Long.toString(status.permissions().gid()),
                        Long.toString(status.permissions().creatorUid()),
                        Long.toString(status.permissions().creatorGid()),
                        Long.toString(status.lastOperation().orElseThrow().getEpochSecond()),
                        Long.toString(status.lastChange().orElseThrow().getEpochSecond())))
                .isEqualTo(proc("sem", set.id()));
        assertThat(run("ipcs", "-s", "-i", Integer.toString(set.id()))).contains("nsems = 3");
    }

    @Test
    void the_limits_are_those_of_the_kernel() throws Exception {
        SysvSemaphoreSet.Limits limits = SysvSemaphoreSet.limits();
        String shown = run("ipcs", "-s", "-l");
        assertThat(shown)
                .contains("max number of arrays = " + limits.sets())
                .contains("max semaphores per array = " + limits.setSemaphores())
                .contains("max semaphores system wide = " + limits.semaphores())
                .contains("max ops per semop call = " + limits.operations())
                .contains("semaphore max value = " + limits.value());
        assertThat(limits.undo()).isEqualTo(32_767);
    }

    @Test
    void what_ipcmk_makes_is_used() throws Exception {
        String said = run("ipcmk", "-S", "2"); // Semaphore id: 5
        SysvSemaphoreSet made = toRemove(SysvSemaphoreSet.ofId(Integer.parseInt(said.replaceAll(".* ", ""))));
        made.operate(add(1, 3));
        assertThat(made.values()).containsExactly(0, 3);
    }

    // ---- Interrupts, closing, threads

    @Test
    void an_interrupt_ends_a_wait_and_nothing_is_done() throws Exception {
        Waiter<Void> waiter = asleepIn(add(0, -1));
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        set.operate(add(0, 1));
        assertThat(set.value(0)).isOne();
        assertThat(set.increaseWaiters(0)).isZero();
    }

    @Test
    void closing_by_another_thread_ends_a_wait_and_the_set_stays() throws Exception {
        Waiter<Void> waiter = asleepIn(add(0, -1));
        set.close();
        assertThatThrownBy(() -> waiter.result(SOON_S))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage(set + ": is closed");
        assertThat(SysvSemaphoreSet.ofId(set.id()).increaseWaiters(0)).isZero();
        assertThatThrownBy(() -> set.tryOperate(add(0, 1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> set.value(0)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(set::values).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(set::remove).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void virtual_threads_park_while_they_wait() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        List<Virtual<Void>> virtuals = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            virtuals.add(Virtual.start(operate(add(0, -1))));
            assertThat(virtuals.get(i).comesToPark()).isTrue();
        }
        await(() -> set.increaseWaiters(0) == 10);
        virtuals.get(0).interrupt();
        assertThatThrownBy(virtuals.get(0)::result).hasCauseInstanceOf(InterruptedException.class);
        set.operate(add(0, 9));
        for (Virtual<Void> each : virtuals.subList(1, 10)) {
            each.result();
        }
        Virtual<Void> late = Virtual.start(() -> {
            set.operate(add(0, -1), SHORT);
            return null;
        });
        assertThatThrownBy(late::result).hasMessageContaining("EAGAIN");
    }

    @Test
    void threads_that_share_a_semaphore_are_in_it_one_at_a_time() throws Exception {
        set.setValue(0, 1);
        SysvOperations take = add(0, -1, SysvOperations.UNDO);
        SysvOperations give = add(0, 1, SysvOperations.UNDO);
        AtomicInteger inside = new AtomicInteger();
        int[] counter = new int[1];
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 32; i++) {
            waiters.add(Waiter.start(() -> {
                for (int n = 0; n < 500; n++) {
                    set.operate(take);
                    assertThat(inside.incrementAndGet()).isOne();
                    counter[0]++;
                    inside.decrementAndGet();
                    set.operate(give);
                }
                return null;
            }));
        }
        for (Waiter<Void> each : waiters) {
            each.result(SOON_S);
        }
        assertThat(counter[0]).isEqualTo(32 * 500);
        assertThat(set.value(0)).isOne();
    }

    @Test
    void operations_make_no_garbage() throws Exception {
        SysvOperations up = add(0, 1);
        SysvOperations down = add(0, -1);
        awaitNoGarbage(() -> {
            set.operate(up);
            set.operate(down);
        });
        awaitNoGarbage(() -> set.tryOperate(down));
    }

    @Test
    void nothing_leaks_in_10_000_rounds() throws Exception {
        long sets = mine();
        for (int i = 0; i < 10; i++) {
            round();
        }
        int descriptors = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            round();
        }
        assertThat(Descriptors.count()).isLessThan(descriptors + 10); // the JVM opens some of its own
        assertThat(mine()).isEqualTo(sets);
    }

    /** Sets with as many semaphores as those of the rounds. */
    private static long mine() throws IOException {
        return SysvSemaphoreSet.list().stream()
                .filter(each -> each.count() == 17)
                .count();
    }

    private static void round() throws IOException {
        SysvSemaphoreSet each = SysvSemaphoreSet.create(SysvKey.PRIVATE, 17, MODE);
        assertThat(each.tryOperate(add(16, 1, SysvOperations.UNDO))).isTrue();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> each.operate(add(0, -1))).isInstanceOf(InterruptedException.class);
        each.remove();
        each.close();
    }
}
