package dev.strait.sysv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** System V message queues: sysvipc(7), ftok(3), msgget(2), msgop(2), msgctl(2). */
final class SysvQueueConformanceTest extends SysvScene {
    private static final int CAPACITY = 8192; // MSGMAX, unless somebody has changed it

    @TempDir
    Path directory;

    private SysvQueue queue;
    private final SysvMessage message = SysvMessage.allocate(CAPACITY);

    @BeforeEach
    void make() throws IOException {
        queue = toRemove(SysvQueue.create(SysvKey.PRIVATE, MODE));
    }

    private void send(long type, String text) throws IOException {
        assertThat(queue.trySend(of(type, text))).isTrue();
    }

    private static SysvMessage of(long type, String text) {
        return SysvMessage.of(type, text.getBytes(StandardCharsets.UTF_8));
    }

    /** The type and the text of the message that is there. */
    private String receive(long type, int flags) throws IOException {
        int length = queue.tryReceive(message, type, flags);
        return length == SysvQueue.NONE ? "none" : said(length);
    }

    private String said(int length) {
        assertThat(message.body().remaining()).isEqualTo(length);
        byte[] bytes = new byte[length];
        message.body().get(0, bytes);
        return message.type() + " " + new String(bytes, StandardCharsets.UTF_8);
    }

    private void fill() throws IOException {
        SysvMessage large = SysvMessage.of(1, new byte[1024]);
        while (queue.trySend(large)) {
            assertThat(queue.status().messages()).isLessThan(1000);
        }
    }

    private Waiter<Integer> asleepInReceive() throws Exception {
        SysvMessage own = SysvMessage.allocate(100);
        Waiter<Integer> waiter = Waiter.start(() -> queue.receive(own, 0));
        assertThat(waiter.comesInto(SysvNative.class, "queueReceive")).isTrue();
        assertThat(waiter.comesToSleep(() -> true)).isTrue();
        return waiter;
    }

    private Waiter<Void> asleepInSend() throws Exception {
        fill();
        SysvMessage own = SysvMessage.of(7, new byte[1024]);
        Waiter<Void> waiter = Waiter.start(() -> {
            queue.send(own);
            return null;
        });
        assertThat(waiter.comesInto(SysvNative.class, "queueSend")).isTrue();
        assertThat(waiter.comesToSleep(() -> true)).isTrue();
        return waiter;
    }

    // ---- Keys

    @Test
    void ftok_of_a_path_and_a_project_id_gives_the_same_key_in_two_processes() throws Exception {
        Path file = Files.createFile(directory.resolve("key"));
        assertThat(run(c("key", file, 'q' + 0))).isEqualTo(SysvKey.of(file, 'q').toString());
    }

    @Test
    void ftok_of_a_missing_path_is_ENOENT() {
        Path missing = directory.resolve("missing");
        assertErrno("ftok", "ENOENT", () -> SysvKey.of(missing, 1));
        assertThatThrownBy(() -> SysvKey.of(missing, 1))
                .hasMessage("ftok(" + missing + "): No such file or directory (ENOENT)");
    }

    @Test
    void a_replaced_file_gives_another_key() throws IOException {
        Path file = Files.createFile(directory.resolve("key"));
        SysvKey before = SysvKey.of(file, 1);
        Files.move(file, directory.resolve("kept")); // so that its inode is not used again
        Files.createFile(file);
        assertThat(SysvKey.of(file, 1)).isNotEqualTo(before);
        assertThat(SysvKey.of(directory.resolve("kept"), 1)).isEqualTo(before);
    }

    @Test
    void only_the_low_8_bits_of_the_id_count() throws IOException {
        assertThat(SysvKey.of(directory, 0x141)).isEqualTo(SysvKey.of(directory, 0x41));
        assertThat(SysvKey.of(directory, 0x42)).isNotEqualTo(SysvKey.of(directory, 0x41));
    }

    @Test
    void a_private_key_always_makes_another_queue() throws IOException {
        SysvQueue other = toRemove(SysvQueue.openOrCreate(SysvKey.PRIVATE, MODE));
        assertThat(other.id()).isNotEqualTo(queue.id());
        assertThat(other.status().permissions().key()).isEqualTo(SysvKey.PRIVATE);
    }

    // ---- msgget

    @Test
    void get_with_CREAT_and_EXCL_of_an_existing_key_is_EEXIST() throws IOException {
        toRemove(SysvQueue.create(KEY, MODE));
        assertErrno("msgget", "EEXIST", () -> SysvQueue.create(KEY, MODE));
        assertThatThrownBy(() -> SysvQueue.create(KEY, MODE)).hasMessage("msgget(" + KEY + "): File exists (EEXIST)");
    }

    @Test
    void get_of_an_absent_key_without_CREAT_is_ENOENT() {
        assertErrno("msgget", "ENOENT", () -> SysvQueue.open(KEY, 0));
    }

    @Test
    void get_of_an_existing_key_finds_the_queue() throws IOException {
        SysvQueue made = toRemove(SysvQueue.openOrCreate(KEY, MODE));
        assertThat(SysvQueue.open(KEY, 0600).id()).isEqualTo(made.id());
        assertThat(SysvQueue.openOrCreate(KEY, 0600).id()).isEqualTo(made.id());
        assertThat(made.status().permissions().key()).isEqualTo(KEY);
        assertThat(made.status().permissions().mode()).isEqualTo(MODE);
    }

    @Test
    void get_without_permission_is_EACCES() throws IOException {
        toRemove(SysvQueue.create(KEY, 0644));
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("queue-open " + KEY.value() + " " + 0600)).isEqualTo("msgget EACCES");
        assertThat(nobody.ask("queue-open " + KEY.value() + " " + 0400)).startsWith("SysvQueue[id ");
    }

    @Test
    void more_than_MSGMNI_queues_is_ENOSPC() throws Exception {
        SysvPeer namespace = inNamespace("echo 3 > /proc/sys/kernel/msgmni");
        assertThat(namespace.ask("queue-create 3")).isEqualTo("done");
        assertThat(namespace.ask("queue-create 4")).isEqualTo("msgget ENOSPC");
        assertThat(namespace.ask("queue-create 3")).isEqualTo("done");
        assertThat(namespace.ask("queue-limits 0")).startsWith("Limits[queues=3, ");
    }

    @Test
    void a_mode_that_is_none_is_refused() {
        assertThatThrownBy(() -> SysvQueue.create(SysvKey.PRIVATE, 01000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("mode 01000: must be 0 to 0777");
    }

    // ---- msgsnd and msgrcv

    @Test
    void send_and_receive_keep_type_and_bytes() throws Exception {
        byte[] bytes = new byte[1000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        queue.send(SysvMessage.of(Long.MAX_VALUE, bytes));
        assertThat(queue.receive(message, 0)).isEqualTo(1000);
        assertThat(message.type()).isEqualTo(Long.MAX_VALUE);
        byte[] received = new byte[1000];
        message.body().get(received);
        assertThat(received).isEqualTo(bytes);
    }

    @Test
    void a_message_of_no_bytes_is_one() throws IOException {
        send(3, "");
        assertThat(queue.status().messages()).isOne();
        assertThat(receive(0, 0)).isEqualTo("3 ");
        assertThat(receive(0, 0)).isEqualTo("none");
    }

    @Test
    void a_message_of_MSGMAX_bytes_is_sent_and_one_byte_more_is_EINVAL() throws IOException {
        int most = (int) SysvQueue.limits().messageBytes();
        SysvMessage large = SysvMessage.allocate(most + 1);
        large.body().clear();
        assertErrno("msgsnd", "EINVAL", () -> queue.send(large));
        large.body().limit(most);
        assertThat(queue.trySend(large)).isTrue();
        assertThat(queue.tryReceive(large, 0, 0)).isEqualTo(most);
    }

    @Test
    void a_type_below_1_is_EINVAL() {
        assertErrno("msgsnd", "EINVAL", () -> queue.send(of(0, "x")));
        assertErrno("msgsnd", "EINVAL", () -> queue.trySend(of(-1, "x")));
        assertThatThrownBy(() -> queue.trySend(of(-1, "x")))
                .hasMessage("msgsnd(SysvQueue[id " + queue.id() + "]): Invalid argument (EINVAL)");
    }

    @Test
    void stat_shows_message_count_bytes_last_sender_and_receiver_and_times() throws Exception {
        int self = (int) ProcessHandle.current().pid();
        SysvQueue.Status fresh = queue.status();
        assertThat(fresh.messages() + fresh.bytes()).isZero();
        assertThat(fresh.lastSenderPid() + fresh.lastReceiverPid()).isZero();
        assertThat(fresh.lastSend()).isEmpty();
        assertThat(fresh.lastReceive()).isEmpty();
        assertThat(fresh.maxBytes()).isEqualTo(SysvQueue.limits().queueBytes());

        send(1, "four");
        send(2, "sixsix");
        SysvQueue.Status sent = queue.status();
        assertThat(sent.messages()).isEqualTo(2);
        assertThat(sent.bytes()).isEqualTo(10);
        assertThat(sent.lastSenderPid()).isEqualTo(self);
        assertThat(sent.lastReceiverPid()).isZero();
        assertThat(Duration.between(sent.lastSend().orElseThrow(), Instant.now()))
                .isBetween(Duration.ofSeconds(-1), Duration.ofSeconds(60));

        run(c("receive", queue.id(), 0));
        SysvQueue.Status received = queue.status();
        assertThat(received.messages()).isOne();
        assertThat(received.bytes()).isEqualTo(6);
        assertThat(received.lastReceiverPid()).isPositive().isNotEqualTo(self);
        assertThat(received.lastReceive()).isPresent();
        assertThat(received.lastChange()).isEqualTo(fresh.lastChange()).isPresent();
    }

    @Test
    void without_permission_send_receive_and_stat_are_EACCES_and_set_and_remove_EPERM() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("queue-send " + queue.id())).isEqualTo("msgsnd EACCES");
        assertThat(nobody.ask("queue-receive " + queue.id())).isEqualTo("msgrcv EACCES");
        assertThat(nobody.ask("queue-status " + queue.id())).isEqualTo("msgctl EACCES");
        assertThat(nobody.ask("queue-remove " + queue.id())).isEqualTo("msgctl EPERM");
        queue.set(queue.status().permissions().mode(0604));
        assertThat(nobody.ask("queue-status " + queue.id())).isEqualTo("0");
        assertThat(nobody.ask("queue-send " + queue.id())).isEqualTo("msgsnd EACCES");
        assertThat(nobody.ask("queue-set " + queue.id())).isEqualTo("msgctl EPERM");
    }

    @Test
    void a_full_queue_with_NOWAIT_is_EAGAIN() throws IOException {
        fill();
        long messages = queue.status().messages();
        assertErrno("msgsnd", "EAGAIN", () -> queue.send(SysvMessage.of(1, new byte[1024]), SysvQueue.NOWAIT));
        assertThat(queue.trySend(SysvMessage.of(1, new byte[1024]))).isFalse();
        assertThat(queue.status().messages()).isEqualTo(messages);
    }

    @Test
    void a_full_queue_lets_the_sender_wait_until_a_message_is_received() throws Exception {
        Waiter<Void> sender = asleepInSend();
        assertThat(queue.tryReceive(message, 1, 0)).isEqualTo(1024);
        sender.result(SOON_S);
        assertThat(queue.tryReceive(message, 7, 0)).isEqualTo(1024);
    }

    @Test
    void an_empty_queue_lets_the_receiver_wait_until_a_message_is_sent() throws Exception {
        Waiter<Integer> receiver = asleepInReceive();
        send(5, "hello");
        assertThat(receiver.result(SOON_S)).isEqualTo(5);
    }

    @Test
    void a_queue_removed_while_a_receiver_waits_is_EIDRM() throws Exception {
        Waiter<Integer> receiver = asleepInReceive();
        run("ipcrm", "-q", Integer.toString(queue.id()));
        assertThatThrownBy(() -> receiver.result(SOON_S))
                .cause()
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("EIDRM"));
    }

    @Test
    void a_queue_removed_while_a_sender_waits_is_EIDRM() throws Exception {
        Waiter<Void> sender = asleepInSend();
        queue.remove();
        assertThatThrownBy(() -> sender.result(SOON_S))
                .cause()
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("EIDRM"));
    }

    @Test
    void a_signal_while_waiting_does_not_end_the_wait_and_loses_no_message() throws Exception {
        try (SysvPeer peer = SysvPeer.start()) {
            assertThat(peer.ask("queue-status " + queue.id())).isEqualTo("0");
            peer.tell("queue-receive " + queue.id());
            String pid = Long.toString(peer.process().pid());
            await(() -> sleepsIn(pid, "do_msgrcv") || sleepsIn(pid, "0"));
            for (int i = 0; i < 3; i++) {
                run("sh", "-c", "kill -STOP " + pid + "; kill -CONT " + pid); // who goes on after that finds EINTR
            }
            send(1, "hello");
            assertThat(peer.answer()).isEqualTo("5");
        }
    }

    /** Whether the JVM's main thread does; without permission the kernel shows 0 for each. */
    private static boolean sleepsIn(String pid, String function) throws IOException {
        for (String task : Path.of("/proc", pid, "task").toFile().list()) {
            Path folder = Path.of("/proc", pid, "task", task);
            if (Files.readString(folder.resolve("comm")).equals("main\n")
                    || Files.readString(folder.resolve("comm")).equals("java\n")) {
                boolean sleeps = Files.readString(folder.resolve("stat")).contains(") S ");
                if (sleeps && Files.readString(folder.resolve("wchan")).equals(function)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Test
    void a_receive_into_a_smaller_buffer_without_NOERROR_is_E2BIG_and_the_message_stays() throws IOException {
        send(1, "hello");
        SysvMessage small = SysvMessage.allocate(4);
        assertErrno("msgrcv", "E2BIG", () -> queue.receive(small, 0));
        assertErrno("msgrcv", "E2BIG", () -> queue.tryReceive(small, 0, 0));
        assertThat(receive(0, 0)).isEqualTo("1 hello");
    }

    @Test
    void with_NOERROR_the_message_is_truncated() throws Exception {
        send(1, "hello");
        SysvMessage small = SysvMessage.allocate(4);
        assertThat(queue.receive(small, 0, SysvQueue.NOERROR)).isEqualTo(4);
        assertThat(small.body().get(3)).isEqualTo((byte) 'l');
        assertThat(queue.status().messages()).isZero();
    }

    @Test
    void no_matching_type_with_NOWAIT_is_ENOMSG() throws IOException {
        send(1, "one");
        assertErrno("msgrcv", "ENOMSG", () -> queue.receive(message, 2, SysvQueue.NOWAIT));
        assertThat(queue.tryReceive(message, 2, 0)).isEqualTo(SysvQueue.NONE);
        assertThat(queue.tryReceive(message, 1, SysvQueue.EXCEPT)).isEqualTo(SysvQueue.NONE);
        assertThat(queue.status().messages()).isOne();
    }

    private void sendSeveral() throws IOException {
        send(5, "first");
        send(2, "second");
        send(3, "third");
        send(2, "fourth");
    }

    @Test
    void type_0_is_first_in_first_out() throws IOException {
        sendSeveral();
        assertThat(receive(0, 0)).isEqualTo("5 first");
        assertThat(receive(0, 0)).isEqualTo("2 second");
        assertThat(receive(0, 0)).isEqualTo("3 third");
        assertThat(receive(0, 0)).isEqualTo("2 fourth");
    }

    @Test
    void a_positive_type_is_the_first_of_that_type() throws IOException {
        sendSeveral();
        assertThat(receive(2, 0)).isEqualTo("2 second");
        assertThat(receive(2, 0)).isEqualTo("2 fourth");
        assertThat(receive(2, 0)).isEqualTo("none");
    }

    @Test
    void a_negative_type_is_the_lowest_up_to_that() throws IOException {
        sendSeveral();
        assertThat(receive(-4, 0)).isEqualTo("2 second");
        assertThat(receive(-4, 0)).isEqualTo("2 fourth");
        assertThat(receive(-4, 0)).isEqualTo("3 third");
        assertThat(receive(-4, 0)).isEqualTo("none");
        assertThat(receive(Long.MIN_VALUE + 1, 0)).isEqualTo("5 first");
    }

    @Test
    void EXCEPT_is_the_first_of_any_other_type() throws Exception {
        sendSeveral();
        assertThat(receive(5, SysvQueue.EXCEPT)).isEqualTo("2 second");
        assertThat(said(queue.receive(message, 2, SysvQueue.EXCEPT))).isEqualTo("5 first");
    }

    @Test
    void COPY_leaves_the_queue_as_it_was() throws Exception {
        sendSeveral();
        assumeCopies();
        assertThat(receive(2, SysvQueue.COPY)).isEqualTo("3 third");
        assertThat(receive(0, SysvQueue.COPY)).isEqualTo("5 first");
        assertThat(said(queue.receive(message, 1, SysvQueue.COPY | SysvQueue.NOWAIT)))
                .isEqualTo("2 second");
        assertThat(queue.status().messages()).isEqualTo(4);
        assertErrno("msgrcv", "ENOMSG", () -> queue.receive(message, 4, SysvQueue.COPY | SysvQueue.NOWAIT));
        assertThat(receive(4, SysvQueue.COPY)).isEqualTo("none");
    }

    @Test
    void COPY_without_NOWAIT_or_with_EXCEPT_is_EINVAL() throws IOException {
        send(1, "x");
        assumeCopies();
        assertErrno("msgrcv", "EINVAL", () -> queue.receive(message, 0, SysvQueue.COPY));
        assertErrno("msgrcv", "EINVAL", () -> queue.tryReceive(message, 0, SysvQueue.COPY | SysvQueue.EXCEPT));
    }

    private void assumeCopies() throws IOException {
        try {
            queue.tryReceive(message, 0, SysvQueue.COPY);
        } catch (ErrnoException e) {
            assumeTrue(!e.symbol().equals("ENOSYS"), "this kernel has no CONFIG_CHECKPOINT_RESTORE");
            throw e;
        }
    }

    // ---- msgctl

    @Test
    void after_removal_every_operation_is_EINVAL() throws IOException {
        queue.remove();
        assertErrno("msgsnd", "EINVAL", () -> queue.send(of(1, "x")));
        assertErrno("msgsnd", "EINVAL", () -> queue.trySend(of(1, "x")));
        assertErrno("msgrcv", "EINVAL", () -> queue.receive(message, 0));
        assertErrno("msgrcv", "EINVAL", () -> queue.tryReceive(message, 0, 0));
        assertErrno("msgctl", "EINVAL", queue::status);
        assertErrno("msgctl", "EINVAL", queue::remove);
        SysvPermissions any = new SysvPermissions(KEY, 0, 0, 0, 0, MODE, 0);
        assertErrno("msgctl", "EINVAL", () -> queue.set(any, 1));
    }

    @Test
    void messages_outlive_their_sender() throws Exception {
        assertThat(run(c("send", queue.id(), 9, "from C"))).isEqualTo("done");
        assertThat(receive(9, 0)).isEqualTo("9 from C");
    }

    @Test
    void a_program_in_C_receives_what_was_sent() throws Exception {
        send(4, "from Java");
        assertThat(run(c("receive", queue.id(), -5))).isEqualTo("4 from Java");
    }

    @Test
    void SET_changes_owner_mode_and_the_most_bytes() throws Exception {
        SysvPermissions before = queue.status().permissions();
        queue.set(before.mode(0640), 100);
        SysvQueue.Status after = queue.status();
        assertThat(after.permissions()).isEqualTo(before.mode(0640));
        assertThat(after.maxBytes()).isEqualTo(100);
        assertThat(queue.trySend(SysvMessage.of(1, new byte[101]))).isFalse();
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give it away");
        queue.set(before.owner(65534, 65533));
        assertThat(queue.status().permissions()).isEqualTo(before.owner(65534, 65533));
        assertThat(queue.status().maxBytes()).isEqualTo(100);
        assertThat(queue.status().permissions().creatorUid()).isZero();
    }

    @Test
    void SET_of_more_bytes_than_MSGMNB_without_privilege_is_EPERM() throws IOException {
        SysvPeer nobody = nobody();
        long most = SysvQueue.limits().queueBytes();
        assertThat(nobody.ask("queue-maximum " + most)).isEqualTo("done");
        assertThat(nobody.ask("queue-maximum " + (most + 1))).isEqualTo("msgctl EPERM");
    }

    @Test
    void MSG_INFO_agrees_with_proc_sysvipc_msg() throws Exception {
        sendSeveral();
        await(
                () -> { // others make queues, too
                    List<List<String>> lines = lines("msg");
                    long messages = lines.stream()
                            .mapToLong(line -> Long.parseLong(line.get(4)))
                            .sum();
                    long bytes = lines.stream()
                            .mapToLong(line -> Long.parseLong(line.get(3)))
                            .sum();
                    return SysvQueue.usage().equals(new SysvQueue.Usage(lines.size(), messages, bytes));
                });
        assertThat(SysvQueue.usage().messages()).isGreaterThanOrEqualTo(4);
    }

    @Test
    void the_list_has_each_column_of_ipcs() throws Exception {
        send(1, "hello");
        receive(0, 0);
        send(1, "hi");
        SysvQueue.Status status = SysvQueue.list().stream()
                .filter(each -> each.id() == queue.id())
                .findFirst()
                .orElseThrow();
        assertThat(status).isEqualTo(queue.status());
        assertThat(List.of(
                        Integer.toString(status.permissions().key().value()),
                        Integer.toString(status.id()),
                        Integer.toOctalString(status.permissions().mode()),
                        Long.toString(status.bytes()),
                        Long.toString(status.messages()),
                        Integer.toString(status.lastSenderPid()),
                        Integer.toString(status.lastReceiverPid()),
                        Long.toString(status.permissions().uid()),
                        Long.toString(status.permissions().gid()),
                        Long.toString(status.permissions().creatorUid()),
                        Long.toString(status.permissions().creatorGid()),
                        Long.toString(status.lastSend().orElseThrow().getEpochSecond()),
                        Long.toString(status.lastReceive().orElseThrow().getEpochSecond()),
                        Long.toString(status.lastChange().orElseThrow().getEpochSecond())))
                .isEqualTo(proc("msg", queue.id()));
        assertThat(run("ipcs", "-q", "-i", Integer.toString(queue.id()))).contains("cbytes=2");
    }

    @Test
    void the_list_has_queues_that_one_must_not_read() throws IOException {
        SysvPeer nobody = nobody();
        assertThat(nobody.ask("queue-list " + queue.id())).isEqualTo("true");
    }

    @Test
    void the_limits_are_those_of_the_kernel() throws IOException {
        assertThat(SysvQueue.limits())
                .isEqualTo(new SysvQueue.Limits(kernel("msgmni"), kernel("msgmax"), kernel("msgmnb")));
    }

    @Test
    void what_ipcmk_makes_is_used_and_what_was_made_ipcrm_removes() throws Exception {
        String said = run("ipcmk", "-Q", "-p", "0644"); // Message queue id: 5
        SysvQueue made = toRemove(SysvQueue.ofId(Integer.parseInt(said.replaceAll(".* ", ""))));
        assertThat(made.trySend(of(1, "x"))).isTrue();
        assertThat(made.status().permissions().mode()).isEqualTo(0644);
        assertThat(run("ipcs", "-q")).contains(" " + queue.id() + " ");
        run("ipcrm", "-q", Integer.toString(queue.id()));
        assertErrno("msgctl", "EINVAL", queue::status);
    }

    // ---- Interrupts, closing, threads

    @Test
    void an_interrupt_ends_a_wait_and_the_handle_stays_open() throws Exception {
        Waiter<Integer> receiver = asleepInReceive();
        receiver.interrupt();
        assertThatThrownBy(() -> receiver.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        Waiter<Void> sender = asleepInSend();
        sender.interrupt();
        assertThatThrownBy(() -> sender.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        assertThat(queue.tryReceive(message, 7, 0)).isEqualTo(SysvQueue.NONE);
        assertThat(queue.tryReceive(message, 1, 0)).isEqualTo(1024);
    }

    @Test
    void a_thread_that_is_interrupted_already_does_what_it_can_without_waiting() throws Exception {
        Thread.currentThread().interrupt();
        queue.send(of(1, "x"));
        assertThat(queue.receive(message, 0)).isOne();
        assertThatThrownBy(() -> queue.receive(message, 0)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void an_interrupt_never_loses_a_message() throws Exception {
        int count = 2_000;
        AtomicLong received = new AtomicLong();
        AtomicLong interrupts = new AtomicLong();
        Waiter<Void> receiver = Waiter.start(() -> {
            SysvMessage own = SysvMessage.allocate(8);
            while (received.get() < count) {
                try {
                    queue.receive(own, 0);
                    assertThat(own.body().getLong(0)).isEqualTo(received.get());
                    received.incrementAndGet();
                } catch (InterruptedException e) {
                    interrupts.incrementAndGet();
                }
            }
            return null;
        });
        Waiter<Void> interrupter = Waiter.start(() -> {
            while (!receiver.isDone()) {
                receiver.interrupt();
                Thread.onSpinWait();
            }
            return null;
        });
        SysvMessage each = SysvMessage.allocate(8);
        each.body().clear();
        for (long i = 0; i < count; i++) {
            while (received.get() < i && !receiver.isDone()) { // so it is about to wait
                Thread.onSpinWait();
            }
            each.body().putLong(0, i);
            queue.send(each);
        }
        receiver.result(SOON_S);
        interrupter.result(SOON_S);
        assertThat(interrupts.get()).isPositive();
    }

    @Test
    void closing_by_another_thread_ends_a_wait_and_the_queue_stays() throws Exception {
        Waiter<Integer> receiver = asleepInReceive();
        queue.close();
        queue.close();
        assertThatThrownBy(() -> receiver.result(SOON_S))
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage(queue + ": is closed");
        assertThat(SysvQueue.ofId(queue.id()).status().messages()).isZero();
    }

    @Test
    void calls_on_a_closed_handle_are_refused() {
        queue.close();
        for (Call call : List.<Call>of(
                () -> queue.send(of(1, "x")),
                () -> queue.trySend(of(1, "x")),
                () -> queue.receive(message, 0),
                () -> queue.tryReceive(message, 0, 0),
                queue::status,
                () -> queue.set(new SysvPermissions(KEY, 0, 0, 0, 0, MODE, 0)),
                queue::remove)) {
            assertThatThrownBy(call::make)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("SysvQueue[id " + queue.id() + "]: is closed");
        }
    }

    @Test
    void virtual_threads_park_while_they_wait() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        List<Virtual<Long>> virtuals = new ArrayList<>();
        for (int i = 1; i <= 10; i++) {
            int type = i;
            SysvMessage own = SysvMessage.allocate(8);
            virtuals.add(Virtual.start(() -> {
                queue.receive(own, type);
                return own.type();
            }));
            assertThat(virtuals.get(i - 1).comesToPark()).isTrue();
        }
        for (int i = 10; i > 2; i--) {
            send(i, "x");
            assertThat(virtuals.get(i - 1).result()).isEqualTo(i);
        }
        virtuals.get(1).interrupt();
        assertThatThrownBy(virtuals.get(1)::result).hasCauseInstanceOf(InterruptedException.class);
        queue.close();
        assertThatThrownBy(virtuals.get(0)::result).hasCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void threads_that_share_a_queue_lose_nothing_and_double_nothing() throws Exception {
        int count = 1_000;
        AtomicLong sum = new AtomicLong();
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            waiters.add(Waiter.start(() -> {
                SysvMessage own = SysvMessage.allocate(8);
                for (int n = 0; n < count; n++) {
                    queue.receive(own, 0);
                    sum.addAndGet(own.body().getLong(0));
                }
                return null;
            }));
        }
        for (int i = 0; i < 16; i++) {
            long type = i + 1L;
            waiters.add(Waiter.start(() -> {
                SysvMessage own = SysvMessage.allocate(8).setType(type);
                own.body().clear();
                for (long n = 1; n <= count; n++) {
                    own.body().putLong(0, n);
                    queue.send(own);
                }
                return null;
            }));
        }
        for (Waiter<Void> each : waiters) {
            each.result(SOON_S);
        }
        assertThat(sum).hasValue(16L * count * (count + 1) / 2);
        assertThat(queue.status().messages()).isZero();
    }

    @Test
    void a_message_makes_no_garbage() throws Exception {
        SysvMessage sent = of(1, "hello");
        awaitNoGarbage(() -> {
            queue.send(sent);
            queue.receive(message, 0);
        });
        awaitNoGarbage(() -> {
            queue.trySend(sent);
            queue.tryReceive(message, 0, 0);
        });
    }

    @Test
    void nothing_leaks_in_10_000_rounds() throws Exception {
        for (int i = 0; i < 10; i++) {
            round();
        }
        int descriptors = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            round();
        }
        assertThat(Descriptors.count()).isLessThan(descriptors + 10); // the JVM opens some of its own
        int self = (int) ProcessHandle.current().pid();
        assertThat(SysvQueue.list()).noneMatch(each -> each.lastSenderPid() == self);
    }

    private void round() throws IOException, InterruptedException {
        SysvQueue each = SysvQueue.create(SysvKey.PRIVATE, MODE);
        each.send(of(1, "x"));
        each.receive(message, 0);
        Thread.currentThread().interrupt();
        try {
            each.receive(message, 0);
        } catch (InterruptedException e) {
            each.remove();
        }
        each.close();
    }
}
