package dev.strait.posix;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** POSIX message queues as mq_overview(7) has them, also between Java and programs with the C library alone. */
final class PosixQueueConformanceTest {
    private static final long SOON_S = 20;
    private static final int MESSAGES = 4;
    private static final int BYTES = 64;
    private static final PosixQueueOptions OPTIONS =
            PosixQueueOptions.defaults().size(MESSAGES, BYTES);
    private static final Instant PAST = Instant.ofEpochSecond(1);
    private static final Instant INVALID = Instant.ofEpochSecond(-1);

    private String name;
    private PosixQueue queue;
    private final ByteBuffer target = ByteBuffer.allocateDirect(BYTES);

    @BeforeEach
    void create() throws IOException {
        name = Names.next();
        queue = PosixQueue.create(name, OPTIONS);
    }

    @AfterEach
    void remove() throws IOException {
        queue.close();
        try {
            PosixQueue.unlink(name);
        } catch (ErrnoException e) {
            assertThat(e.symbol()).isEqualTo("ENOENT"); // by the test
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String text(ByteBuffer buffer) {
        return US_ASCII.decode(buffer.flip()).toString();
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    private void fill() throws IOException {
        for (int i = 0; i < MESSAGES; i++) {
            assertThat(queue.trySend(bytes("fill"), 0)).isTrue();
        }
    }

    private String receive(PosixQueue from) throws IOException, InterruptedException {
        int priority = from.receive(target.clear());
        return priority + " " + text(target);
    }

    private Waiter<String> asleepInReceive() throws Exception {
        Waiter<String> waiter = Waiter.start(() -> {
            ByteBuffer message = ByteBuffer.allocateDirect(BYTES);
            int priority = queue.receive(message);
            return priority + " " + text(message);
        });
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    private Waiter<Void> asleepInSend() throws Exception {
        Waiter<Void> waiter = Waiter.start(() -> {
            queue.send(bytes("late"), 1);
            return null;
        });
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    // ---- Names and opening

    @Test
    void a_name_of_255_characters_is_accepted_and_one_of_256_is_ENAMETOOLONG() throws IOException {
        String longest = "/" + "n".repeat(255);
        try (PosixQueue opened = PosixQueue.create(longest, OPTIONS)) {
            assertThat(opened.attributes().maxMessages()).isEqualTo(MESSAGES);
        } finally {
            PosixQueue.unlink(longest);
        }
        assertErrno("ENAMETOOLONG", () -> PosixQueue.create(longest + "n", OPTIONS));
        assertErrno("ENAMETOOLONG", () -> PosixQueue.create("/" + "n".repeat(5_000), OPTIONS));
        assertErrno("ENAMETOOLONG", () -> PosixQueue.unlink(longest + "n"));
    }

    @Test
    void a_name_that_is_empty_or_without_a_slash_is_EINVAL() {
        assertErrno("EINVAL", () -> PosixQueue.create("", OPTIONS));
        assertErrno("EINVAL", () -> PosixQueue.open(name.substring(1), OPTIONS));
        assertErrno("EINVAL", () -> PosixQueue.unlink(""));
        assertErrno("EINVAL", () -> PosixQueue.unlink(name.substring(1)));
    }

    @Test
    void a_name_with_another_slash_is_EACCES_and_one_of_a_slash_alone_ENOENT() {
        assertErrno("EACCES", () -> PosixQueue.create("/a/b", OPTIONS));
        assertErrno("ENOENT", () -> PosixQueue.create("/", OPTIONS));
    }

    @Test
    void a_failure_says_the_call_the_name_and_the_errno() {
        assertThatThrownBy(() -> PosixQueue.open("/strait-none", OPTIONS))
                .hasMessage("mq_open(/strait-none): No such file or directory (ENOENT)");
        assertThatThrownBy(() -> queue.send(ByteBuffer.allocate(BYTES + 1), 0))
                .hasMessage("mq_send(PosixQueue[" + name + "]): Message too long (EMSGSIZE)");
    }

    @Test
    void creating_an_existing_queue_is_EEXIST() {
        assertErrno("EEXIST", () -> PosixQueue.create(name, OPTIONS));
    }

    @Test
    void opening_an_absent_queue_is_ENOENT() {
        assertErrno("ENOENT", () -> PosixQueue.open(name + "-none", OPTIONS));
    }

    @Test
    void open_or_create_opens_what_is_there_with_its_size_and_creates_what_is_not() throws Exception {
        queue.send(bytes("there"), 3);
        try (PosixQueue same = PosixQueue.openOrCreate(name, OPTIONS.size(1, 1))) {
            assertThat(same.attributes()).isEqualTo(new PosixQueue.Attributes(MESSAGES, BYTES, 1));
        }
        PosixQueue.unlink(name);
        try (PosixQueue other = PosixQueue.openOrCreate(name, OPTIONS.size(2, 16))) {
            assertThat(other.attributes()).isEqualTo(new PosixQueue.Attributes(2, 16, 0));
        }
    }

    @Test
    void a_queue_without_permission_is_EACCES() throws Exception {
        assertThat(PosixPeer.ask(PosixPeer.NOBODY, "queue-open " + name, "queue-read " + name, "queue-unlink " + name))
                .containsExactly("EACCES", "EACCES", "EPERM");
        String readable = name + "-readable";
        PosixQueue.create(readable, OPTIONS.mode(0644)).close();
        try {
            assertThat(PosixPeer.ask(
                            PosixPeer.NOBODY,
                            "queue-read " + readable,
                            "queue-write " + readable,
                            "queue-open " + readable))
                    .containsExactly("ok", "EACCES", "EACCES");
        } finally {
            PosixQueue.unlink(readable);
        }
    }

    @Test
    void the_mode_is_masked() throws Exception {
        String wrapped = name + "-masked";
        String[] masked = {"sh", "-c", "umask 077; exec \"$@\"", "sh"};
        try {
            assertThat(PosixPeer.ask(masked, "queue-create " + wrapped)).containsExactly("ok");
            assertThat(PosixPeer.ask(PosixPeer.NOBODY, "queue-read " + wrapped)).containsExactly("EACCES");
        } finally {
            PosixQueue.unlink(wrapped);
        }
        assertThatThrownBy(() -> OPTIONS.mode(01000)).hasMessage("mode 01000: must be 0 to 0777");
    }

    @Test
    void sizes_above_the_systems_limits_are_EINVAL_without_privilege_and_sizes_of_0_always() throws Exception {
        PosixQueue.Limits limits = PosixQueue.limits();
        String[] sizes = {limits.maxMessages() + 1 + " 1", "1 " + (limits.messageBytes() + 1), "0 1", "1 0"};
        List<String> commands = new ArrayList<>();
        for (String size : sizes) {
            commands.add("queue-size " + name + "-large " + size);
        }
        assertThat(PosixPeer.ask(PosixPeer.NOBODY, commands.toArray(String[]::new)))
                .containsOnly("EINVAL");
        assertErrno("EINVAL", () -> PosixQueue.create(name + "-none", OPTIONS.size(0, 1)));
        assertThatThrownBy(() -> OPTIONS.size(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_limits_and_defaults_of_an_IPC_namespace_count_and_more_queues_than_queues_max_are_ENOSPC()
            throws Exception {
        String set = "cd /proc/sys/fs/mqueue && echo 2 > queues_max && echo 7 > msg_max && echo 5 > msg_default"
                + " && echo 512 > msgsize_max && echo 256 > msgsize_default && exec "
                + "setpriv --inh-caps=-sys_resource --bounding-set=-sys_resource \"$@\"";
        String[] namespace = {"unshare", "-i", "sh", "-c", set, "sh"};
        assumeTrue(isPossible("unshare", "-i", "true"), "no IPC namespace of one's own here");
        assertThat(PosixPeer.ask(
                        namespace,
                        "queue-limits",
                        "queue-create /a",
                        "queue-attributes /a",
                        "queue-size /b 8 1",
                        "queue-size /b 7 512",
                        "queue-create /c",
                        "queue-unlink /a",
                        "queue-create /c"))
                .containsExactly(
                        "Limits[queues=2, maxMessages=7, messageBytes=512, defaultMaxMessages=5, "
                                + "defaultMessageBytes=256, userBytes="
                                + PosixQueue.limits().userBytes() + "]",
                        "ok",
                        "Attributes[maxMessages=5, messageBytes=256, currentMessages=0]",
                        "EINVAL",
                        "ok",
                        "ENOSPC",
                        "ok",
                        "ENOSPC"); // the first is still open, as the PosixPeer keeps it
    }

    @Test
    void queues_that_take_more_than_RLIMIT_MSGQUEUE_are_EMFILE() throws Exception {
        String[] limited = {"prlimit", "--msgqueue=5000"};
        String[] nobody = PosixPeer.NOBODY;
        List<String> wrapper = new ArrayList<>(List.of(limited));
        wrapper.addAll(List.of(nobody));
        assertThat(PosixPeer.ask(wrapper.toArray(String[]::new), "queue-size " + name + "-l 10 8192", "queue-limits"))
                .satisfiesExactly(first -> assertThat(first).isEqualTo("EMFILE"), second -> assertThat(second)
                        .contains("userBytes=5000]"));
    }

    @Test
    void unlink_is_ENOENT_the_second_time() throws IOException {
        PosixQueue.unlink(name);
        assertErrno("ENOENT", () -> PosixQueue.unlink(name));
    }

    @Test
    void open_descriptors_go_on_after_unlink_and_re_creating_gives_a_new_queue() throws Exception {
        queue.send(bytes("old"), 1);
        PosixQueue.unlink(name);
        try (PosixQueue other = PosixQueue.create(name, OPTIONS)) {
            assertThat(other.tryReceive(target.clear())).isEqualTo(-1);
            other.send(bytes("new"), 2);
            assertThat(receive(queue)).isEqualTo("1 old");
            assertThat(receive(other)).isEqualTo("2 new");
        }
    }

    @Test
    void the_descriptor_closes_on_exec() throws Exception {
        String info = Files.readString(Path.of("/proc/self/fdinfo/" + queue.fd()));
        String flags = info.replaceFirst("(?s).*flags:\\s+([0-7]+).*", "$1");
        assertThat(Integer.parseInt(flags, 8) & 02000000).isNotZero();
        assertThat(LibcPeer.run("queue-attributes", name)).isEqualTo(MESSAGES + " " + BYTES + " 0");
    }

    @Test
    void an_inherited_descriptor_is_adopted_and_one_of_something_else_is_EBADF() throws Exception {
        queue.send(bytes("kept"), 6);
        PosixQueue adopted = PosixQueue.adopt(queue.release());
        try (adopted) {
            assertThat(adopted.toString()).isEqualTo("PosixQueue[fd " + adopted.fd() + "]");
            assertThat(receive(adopted)).isEqualTo("6 kept");
        }
        assertErrno("EBADF", () -> PosixQueue.adopt(0));
        assertErrno("EBADF", () -> PosixQueue.adopt(12_345));
    }

    // ---- Messages

    @Test
    void attributes_are_as_created_and_count_the_messages() throws Exception {
        assertThat(queue.attributes()).isEqualTo(new PosixQueue.Attributes(MESSAGES, BYTES, 0));
        fill();
        assertThat(queue.attributes()).isEqualTo(new PosixQueue.Attributes(MESSAGES, BYTES, MESSAGES));
        assertThat(LibcPeer.run("queue-attributes", name)).isEqualTo(MESSAGES + " " + BYTES + " " + MESSAGES);
    }

    @Test
    void messages_of_length_0_and_of_exactly_msgsize_are_sent() throws Exception {
        ByteBuffer largest = ByteBuffer.allocate(BYTES);
        largest.put(BYTES - 1, (byte) 7);
        queue.send(ByteBuffer.allocate(0), 1);
        queue.send(largest, 1);
        assertThat(largest.hasRemaining()).isFalse();
        assertThat(queue.receive(target.clear())).isOne();
        assertThat(target.position()).isZero();
        assertThat(queue.receive(target.clear())).isOne();
        assertThat(target.position()).isEqualTo(BYTES);
        assertThat(target.get(BYTES - 1)).isEqualTo((byte) 7);
    }

    @Test
    void a_message_of_msgsize_and_1_is_EMSGSIZE_and_changes_nothing() {
        ByteBuffer source = ByteBuffer.allocateDirect(BYTES + 1);
        assertErrno("EMSGSIZE", () -> queue.send(source, 0));
        assertErrno("EMSGSIZE", () -> queue.trySend(source, 0));
        assertThat(source.position()).isZero();
    }

    @Test
    void a_buffer_that_is_too_small_is_EMSGSIZE_and_the_message_stays() throws Exception {
        queue.send(bytes("x"), 3);
        ByteBuffer small = ByteBuffer.allocateDirect(BYTES - 1);
        assertErrno("EMSGSIZE", () -> queue.receive(small));
        assertErrno("EMSGSIZE", () -> queue.tryReceive(small));
        assertThat(small.position()).isZero();
        assertThat(queue.attributes().currentMessages()).isOne();
        assertThat(receive(queue)).isEqualTo("3 x");
    }

    @Test
    void the_highest_priority_comes_first_and_within_one_the_first_in() throws Exception {
        queue.send(bytes("a"), 1);
        queue.send(bytes("b"), PosixQueue.PRIORITY_MAX);
        queue.send(bytes("c"), 1);
        queue.send(bytes("d"), 5);
        assertThat(List.of(receive(queue), receive(queue), receive(queue), receive(queue)))
                .containsExactly("32767 b", "5 d", "1 a", "1 c");
    }

    @Test
    void a_priority_that_is_none_is_EINVAL() {
        assertErrno("EINVAL", () -> queue.send(bytes("x"), PosixQueue.PRIORITY_MAX + 1));
        assertErrno("EINVAL", () -> queue.send(bytes("x"), -1));
    }

    @Test
    void the_wrong_way_is_EBADF() throws Exception {
        queue.send(bytes("x"), 0);
        try (PosixQueue reader = PosixQueue.open(name, OPTIONS.readOnly());
                PosixQueue writer = PosixQueue.open(name, OPTIONS.writeOnly())) {
            assertErrno("EBADF", () -> reader.send(bytes("x"), 0));
            assertErrno("EBADF", () -> writer.receive(target.clear()));
            assertErrno("EBADF", () -> writer.tryReceive(target.clear()));
            writer.send(bytes("y"), 1);
            assertThat(receive(reader)).isEqualTo("1 y");
        }
        assertThat(queue.attributes().currentMessages()).isOne();
    }

    @Test
    void buffers_may_be_direct_or_not_or_read_only_to_send_from() throws Exception {
        queue.send(ByteBuffer.allocateDirect(8).put(bytes("..direct")).flip().position(2), 4);
        queue.send(bytes("..read-only").position(2).asReadOnlyBuffer(), 3);
        queue.send(bytes("..heap").position(2).slice(), 2);
        ByteBuffer heap = ByteBuffer.allocate(BYTES + 10).position(10);
        assertThat(queue.receive(heap)).isEqualTo(4);
        assertThat(text(heap.limit(heap.position()).position(10).compact())).isEqualTo("direct");
        assertThat(receive(queue)).isEqualTo("3 read-only");
        assertThat(receive(queue)).isEqualTo("2 heap");
        assertThatThrownBy(() -> queue.receive(ByteBuffer.allocate(BYTES).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void messages_longer_than_8192_bytes_go_through_buffers_in_the_heap_too() throws Exception {
        assumeTrue(isPossible("unshare", "-i", "true"), "no IPC namespace of one's own here");
        String set = "echo 200000 > /proc/sys/fs/mqueue/msgsize_max && exec \"$@\"";
        assertThat(PosixPeer.ask(new String[] {"unshare", "-i", "sh", "-c", set, "sh"}, "queue-echo /large 200000"))
                .containsExactly("199999 9");
    }

    // ---- Not waiting, and waiting until

    @Test
    void non_blocking_full_or_empty_is_EAGAIN() throws Exception {
        queue.configureBlocking(false);
        assertErrno("EAGAIN", () -> queue.receive(target.clear()));
        assertErrno("EAGAIN", () -> queue.receive(target.clear(), Instant.now().plusSeconds(60)));
        fill();
        ByteBuffer source = bytes("x");
        assertErrno("EAGAIN", () -> queue.send(source, 0));
        assertErrno("EAGAIN", () -> queue.send(source, 0, INVALID));
        assertThat(source.position()).isZero();
        try (PosixQueue other = PosixQueue.open(name, OPTIONS.nonBlocking())) {
            assertThat(other.isBlocking()).isFalse();
        }
    }

    @Test
    void trying_a_full_or_empty_one_answers_no() throws Exception {
        assertThat(queue.tryReceive(target.clear())).isEqualTo(-1);
        fill();
        assertThat(queue.trySend(bytes("x"), 0)).isFalse();
        assertThat(queue.attributes().currentMessages()).isEqualTo(MESSAGES);
    }

    @Test
    void a_deadline_that_passes_is_ETIMEDOUT_and_not_early() throws Exception {
        Instant deadline = Instant.now().plusMillis(30);
        assertErrno("ETIMEDOUT", () -> queue.receive(target.clear(), deadline));
        assertThat(Instant.now()).isAfterOrEqualTo(deadline);
        fill();
        Instant next = Instant.now().plusMillis(30);
        assertErrno("ETIMEDOUT", () -> queue.send(bytes("x"), 0, next));
        assertThat(Instant.now()).isAfterOrEqualTo(next);
        assertErrno("ETIMEDOUT", () -> queue.send(bytes("x"), 0, PAST));
        assertThat(queue.attributes().currentMessages()).isEqualTo(MESSAGES);
    }

    @Test
    void a_call_that_need_not_wait_succeeds_with_a_deadline_that_has_passed_or_is_invalid() throws Exception {
        queue.send(bytes("a"), 1, PAST);
        queue.send(bytes("b"), 1, INVALID);
        assertThat(queue.receive(target.clear(), INVALID)).isOne();
        assertThat(queue.receive(target.clear(), PAST)).isOne();
    }

    @Test
    void an_invalid_deadline_is_EINVAL_only_where_it_would_block() throws Exception {
        assertErrno("EINVAL", () -> queue.receive(target.clear(), INVALID));
        fill();
        assertErrno("EINVAL", () -> queue.send(bytes("x"), 0, INVALID));
        assertThat(queue.receive(target.clear(), INVALID)).isZero();
    }

    @Test
    void a_deadline_takes_the_place_of_a_timeout_and_may_be_far() throws Exception {
        queue.setTimeout(Duration.ofMillis(20));
        Instant deadline = Instant.now().plusMillis(1_100);
        assertErrno("ETIMEDOUT", () -> queue.receive(target.clear(), deadline));
        assertThat(Instant.now()).isAfterOrEqualTo(deadline);
        Waiter<Integer> waiter = Waiter.start(() -> queue.receive(ByteBuffer.allocateDirect(BYTES), Instant.MAX));
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        queue.send(bytes("x"), 8);
        assertThat(waiter.result(SOON_S)).isEqualTo(8);
    }

    @Test
    void a_timeout_of_the_object_is_ETIMEDOUT_too() {
        queue.setTimeout(Duration.ofMillis(20));
        assertErrno("ETIMEDOUT", () -> queue.receive(target.clear()));
    }

    // ---- Waiting

    @Test
    void an_empty_queue_blocks_until_another_process_sends() throws Exception {
        Waiter<String> waiter = asleepInReceive();
        LibcPeer.run("queue-send", name, "9", "from-c");
        assertThat(waiter.result(SOON_S)).isEqualTo("9 from-c");
    }

    @Test
    void a_full_queue_blocks_until_another_process_receives() throws Exception {
        fill();
        Waiter<Void> waiter = asleepInSend();
        assertThat(LibcPeer.run("queue-receive", name)).isEqualTo("0 fill");
        waiter.result(SOON_S);
        assertThat(receive(queue)).isEqualTo("1 late");
    }

    @Test
    void a_process_that_waits_is_given_what_java_sends() throws Exception {
        try (LibcPeer peer = LibcPeer.asleep("queue-receive", name)) {
            queue.send(bytes("to-c"), 11);
            assertThat(peer.rest()).isEqualTo("11 to-c");
        }
    }

    @Test
    void messages_outlive_their_sender() throws Exception {
        LibcPeer.run("queue-send", name, "2", "left-behind");
        assertThat(receive(queue)).isEqualTo("2 left-behind");
    }

    @Test
    void a_queue_that_a_C_program_creates_is_used_by_java() throws Exception {
        String theirs = name + "-theirs";
        LibcPeer.run("queue-create", theirs, "3", "32");
        try (PosixQueue other = PosixQueue.open(theirs, OPTIONS)) {
            assertThat(other.attributes()).isEqualTo(new PosixQueue.Attributes(3, 32, 0));
        } finally {
            PosixQueue.unlink(theirs);
        }
    }

    @Test
    void an_interrupt_ends_a_wait_and_leaves_the_queue_open() throws Exception {
        Waiter<String> waiter = asleepInReceive();
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(InterruptedException.class);
        fill();
        Waiter<Void> sender = asleepInSend();
        sender.interrupt();
        assertThatThrownBy(() -> sender.result(SOON_S)).hasCauseExactlyInstanceOf(InterruptedException.class);
        assertThat(queue.attributes().currentMessages()).isEqualTo(MESSAGES);
    }

    @Test
    void a_thread_that_is_interrupted_already_takes_and_sends_nothing() throws Exception {
        queue.send(bytes("x"), 0);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> queue.receive(target.clear())).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> queue.send(bytes("y"), 0)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThat(queue.attributes().currentMessages()).isOne();
    }

    @Test
    void a_close_by_another_thread_ends_a_wait() throws Exception {
        Waiter<String> waiter = asleepInReceive();
        queue.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void calls_on_a_closed_queue_are_refused_and_never_reach_a_descriptor_that_got_its_number() throws IOException {
        int fd = queue.fd();
        queue.close();
        queue.close();
        try (PosixQueue other = PosixQueue.open(name, OPTIONS)) {
            assertThat(other.fd()).isEqualTo(fd);
            other.trySend(bytes("theirs"), 0);
            List<ThrowingCallable> calls = List.of(
                    () -> queue.send(bytes("x"), 0),
                    () -> queue.trySend(bytes("x"), 0),
                    () -> queue.receive(target.clear()),
                    () -> queue.receive(target.clear(), PAST),
                    () -> queue.tryReceive(target.clear()),
                    queue::attributes,
                    () -> queue.notifyOnce(() -> {}),
                    queue::cancelNotification);
            for (ThrowingCallable call : calls) {
                assertThatThrownBy(call).isInstanceOf(ClosedChannelException.class);
            }
            assertThat(other.attributes().currentMessages()).isOne();
        }
    }

    @Test
    void the_descriptor_can_be_polled() throws Exception {
        try (WaitSet set = WaitSet.open()) {
            WaitSet.Key writable = set.add(queue.whenWritable());
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            fill();
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
            writable.cancel();
            set.add(queue.whenReadable());
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
        }
    }

    @Test
    void a_wait_set_sleeps_until_a_C_program_sends() throws Exception {
        try (WaitSet set = WaitSet.open()) {
            WaitSet.Key readable = set.add(queue.whenReadable());
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isEqualTo(Outcome.TIMED_OUT);
            Waiter<Integer> waiter = Waiter.start(() -> set.await(WaitPolicy.SLEEP, Long.MAX_VALUE));
            LibcPeer.run("queue-send", name, "1", "x");
            assertThat(waiter.result(SOON_S)).isOne();
            assertThat(readable.isReady()).isTrue();
        }
    }

    // ---- Being told

    private Semaphore toldOnce() throws IOException {
        Semaphore told = new Semaphore(0);
        queue.notifyOnce(told::release);
        return told;
    }

    private static boolean isTold(Semaphore told) throws InterruptedException {
        return told.tryAcquire(SOON_S, TimeUnit.SECONDS);
    }

    /** By the registration of another, who can be only when the kernel has none. */
    private void assertNobodyIsRegistered() throws Exception {
        LibcPeer other = LibcPeer.asleep("queue-notify", name);
        assertErrno("EBUSY", () -> queue.notifyOnce(() -> {}));
        other.close();
    }

    @Test
    void a_callback_is_called_once_when_a_message_comes_into_the_empty_queue() throws Exception {
        Semaphore told = toldOnce();
        LibcPeer.run("queue-send", name, "1", "first");
        assertThat(isTold(told)).isTrue();
        receive(queue);
        LibcPeer.run("queue-send", name, "1", "second");
        assertThat(told.tryAcquire()).isFalse();
        assertThat(queue.attributes().currentMessages()).isOne();
        assertNobodyIsRegistered();
    }

    @Test
    void a_message_that_comes_to_others_does_not_call_it() throws Exception {
        queue.send(bytes("there"), 0);
        Semaphore told = toldOnce();
        queue.send(bytes("second"), 0);
        receive(queue);
        receive(queue);
        assertErrno("EBUSY", () -> queue.notifyOnce(() -> {})); // still registered
        assertThat(told.tryAcquire()).isFalse();
        queue.send(bytes("into the empty queue"), 0);
        assertThat(isTold(told)).isTrue();
    }

    @Test
    void a_message_that_a_process_waits_for_does_not_call_it() throws Exception {
        Semaphore told = toldOnce();
        try (LibcPeer peer = LibcPeer.asleep("queue-receive", name)) {
            queue.send(bytes("theirs"), 0);
            assertThat(peer.rest()).isEqualTo("0 theirs");
        }
        assertErrno("EBUSY", () -> queue.notifyOnce(() -> {}));
        assertThat(told.tryAcquire()).isFalse();
        queue.send(bytes("nobody's"), 0);
        assertThat(isTold(told)).isTrue();
    }

    @Test
    void a_java_thread_that_waits_is_no_receiver_to_the_kernel_and_both_are_told() throws Exception {
        Semaphore told = toldOnce();
        Waiter<String> waiter = asleepInReceive();
        queue.send(bytes("both"), 0);
        assertThat(isTold(told)).isTrue();
        assertThat(waiter.result(SOON_S)).isEqualTo("0 both");
    }

    @Test
    void a_second_registration_is_EBUSY_whoever_has_the_first() throws Exception {
        toldOnce();
        int before = Descriptors.count();
        for (int i = 0; i < 100; i++) {
            assertErrno("EBUSY", () -> queue.notifyOnce(() -> {}));
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before + 1); // what the first one's thread waits with
        queue.cancelNotification();
        try (LibcPeer peer = LibcPeer.asleep("queue-notify", name)) {
            assertErrno("EBUSY", () -> queue.notifyOnce(() -> {}));
            queue.send(bytes("x"), 0);
            assertThat(peer.rest()).isEqualTo("told");
        }
    }

    @Test
    void a_registration_that_was_taken_back_or_whose_queue_is_closed_calls_nothing() throws Exception {
        Semaphore told = toldOnce();
        queue.cancelNotification();
        queue.cancelNotification();
        assertNobodyIsRegistered();
        Semaphore toldToo = toldOnce();
        queue.close();
        queue = PosixQueue.open(name, OPTIONS);
        assertNobodyIsRegistered();
        queue.send(bytes("x"), 0);
        assertThat(told.tryAcquire() || toldToo.tryAcquire()).isFalse();
    }

    @Test
    void a_callback_may_register_again_and_take_what_there_is() throws Exception {
        AtomicLong sum = new AtomicLong();
        Semaphore taken = new Semaphore(0);
        queue.notifyOnce(new Runnable() {
            @Override
            public void run() {
                try {
                    queue.notifyOnce(this);
                    ByteBuffer message = ByteBuffer.allocateDirect(BYTES);
                    while (queue.tryReceive(message.clear()) >= 0) {
                        sum.addAndGet(message.getLong(0));
                        taken.release();
                    }
                } catch (ClosedChannelException e) {
                    assertThat(taken.availablePermits()).isZero(); // the test is over
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        });
        for (long i = 1; i <= 500; i++) {
            queue.send(ByteBuffer.allocateDirect(8).putLong(0, i), 0);
        }
        assertThat(taken.tryAcquire(500, SOON_S, TimeUnit.SECONDS)).isTrue();
        assertThat(sum).hasValue(500 * 501 / 2);
    }

    @Test
    void registrations_leave_no_descriptor_behind() throws Exception {
        Semaphore told = toldOnce();
        queue.send(bytes("x"), 0);
        assertThat(isTold(told)).isTrue();
        receive(queue);
        int before = Descriptors.count();
        for (int i = 0; i < 500; i++) {
            queue.notifyOnce(told::release);
            queue.send(bytes("x"), 0);
            assertThat(isTold(told)).isTrue();
            receive(queue);
            queue.notifyOnce(told::release);
            queue.cancelNotification();
        }
        for (int i = 0; i < 10_000 && Descriptors.count() > before; i++) {
            Thread.sleep(1); // the last thread's socket
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before);
    }

    // ---- Listing

    @Test
    void the_list_shows_all_queues_where_their_file_system_is_mounted() throws Exception {
        assumeTrue(isPossible("unshare", "-im", "true"), "no namespaces of one's own here");
        String mount = "mkdir -p /tmp/strait-mqueue && mount -t mqueue none /tmp/strait-mqueue && exec \"$@\"";
        String[] wrapper = {"unshare", "-im", "sh", "-c", mount, "sh"};
        List<String> answers = PosixPeer.ask(wrapper, "queue-list", "queue-create /b", "queue-create /a", "queue-list");
        assertThat(answers.get(0)).isEqualTo("[]");
        assertThat(answers.get(3))
                .matches("\\[PosixObject\\[name=/a, sizeBytes=0, mode=384, uid=0, gid=0, modified=.*], "
                        + "PosixObject\\[name=/b, .*]]");
    }

    @Test
    void the_list_says_so_where_it_is_not_mounted() throws Exception {
        assumeTrue(isPossible("unshare", "-m", "true"), "no mounts of one's own here");
        String unmount = "umount -a -t mqueue; exec \"$@\"";
        assertThat(PosixPeer.ask(new String[] {"unshare", "-m", "sh", "-c", unmount, "sh"}, "queue-list"))
                .containsExactly("ENOENT");
    }

    private static boolean isPossible(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).start().waitFor() == 0;
    }

    // ---- Many

    @Test
    void threads_on_one_queue_lose_nothing_and_double_nothing() throws Exception {
        int each = 1_000;
        AtomicLong sum = new AtomicLong();
        List<Waiter<Void>> waiters = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            waiters.add(Waiter.start(() -> {
                ByteBuffer message = ByteBuffer.allocateDirect(BYTES);
                for (int n = 0; n < each; n++) {
                    queue.receive(message.clear());
                    sum.addAndGet(message.getLong(0));
                }
                return null;
            }));
            waiters.add(Waiter.start(() -> {
                ByteBuffer message = ByteBuffer.allocateDirect(8);
                for (long n = 1; n <= each; n++) {
                    queue.send(message.clear().putLong(0, n), (int) n % 3);
                }
                return null;
            }));
        }
        for (Waiter<Void> waiter : waiters) {
            waiter.result(SOON_S);
        }
        assertThat(sum).hasValue(16L * each * (each + 1) / 2);
        assertThat(queue.attributes().currentMessages()).isZero();
    }

    @Test
    void interrupts_lose_no_message() throws Exception {
        int messages = 2_000;
        AtomicLong sum = new AtomicLong();
        Waiter<Void> receiver = Waiter.start(() -> {
            ByteBuffer message = ByteBuffer.allocateDirect(BYTES);
            for (int n = 0; n < messages; ) {
                try {
                    queue.receive(message.clear());
                    sum.addAndGet(message.getLong(0));
                    n++;
                } catch (InterruptedException e) {
                    assertThat(message.position()).isZero();
                }
            }
            return null;
        });
        for (long n = 1; n <= messages; n++) {
            queue.send(ByteBuffer.allocateDirect(8).putLong(0, n), 0);
            receiver.interrupt();
        }
        receiver.result(SOON_S);
        assertThat(sum).hasValue((long) messages * (messages + 1) / 2);
    }

    @Test
    void ten_thousand_rounds_leave_nothing_behind() throws Exception {
        int before = Descriptors.count();
        String each = name + "-each";
        for (int i = 0; i < 10_000; i++) {
            try (PosixQueue other = PosixQueue.create(each, OPTIONS)) {
                PosixQueue.unlink(each);
                other.send(target.clear().limit(8), i % 100);
                assertThat(other.receive(target.clear())).isEqualTo(i % 100);
            }
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // other tests' go meanwhile
    }

    @Test
    void sending_and_receiving_make_no_garbage() throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(self);
        for (int i = 0; i < 20_000; i++) {
            queue.send(target.clear().limit(8), 1);
            queue.receive(target.clear());
        }
        assertThat(threads.getThreadAllocatedBytes(self) - before).isLessThan(20_000); // no object for each
    }

    // ---- Virtual threads

    @Test
    void virtual_threads_park_and_go_on_when_there_is_a_message() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        List<Virtual<Integer>> virtuals = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            virtuals.add(Virtual.start(() -> queue.receive(ByteBuffer.allocateDirect(BYTES))));
            assertThat(virtuals.get(i).comesToPark()).isTrue();
        }
        for (int i = 0; i < 20; i++) {
            queue.send(bytes("x"), 7);
        }
        for (Virtual<Integer> virtual : virtuals) {
            assertThat(virtual.result()).isEqualTo(7);
        }
    }

    @Test
    void a_virtual_thread_is_interrupted_and_told_of_a_close() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<Integer> interrupted = Virtual.start(() -> queue.receive(ByteBuffer.allocateDirect(BYTES)));
        assertThat(interrupted.comesToPark()).isTrue();
        interrupted.interrupt();
        assertThatThrownBy(interrupted::result)
                .isInstanceOf(ExecutionException.class)
                .hasCauseExactlyInstanceOf(InterruptedException.class);
        Virtual<Integer> closed = Virtual.start(() -> queue.receive(ByteBuffer.allocateDirect(BYTES)));
        assertThat(closed.comesToPark()).isTrue();
        queue.close();
        assertThatThrownBy(closed::result).hasCauseInstanceOf(AsynchronousCloseException.class);
    }
}
