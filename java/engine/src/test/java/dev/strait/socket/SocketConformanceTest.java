package dev.strait.socket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.descriptor.Descriptor;
import dev.strait.pipe.Pipe;
import dev.strait.pipe.PipeReader;
import dev.strait.pipe.PipeWriter;
import dev.strait.testing.Descriptors;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.Tool;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unix sockets as unix(7) and its kin describe them. */
final class SocketConformanceTest {
    private static final long SOON_S = 20;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private UnixAddress at(String name) {
        return UnixAddress.ofPath(directory.resolve(name));
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static ByteBuffer direct(String text) {
        ByteBuffer bytes = bytes(text);
        return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes).flip();
    }

    private static String text(ByteBuffer buffer) {
        return UTF_8.decode(buffer.flip()).toString();
    }

    private static String read(UnixStream stream) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(1000);
        stream.read(target);
        return text(target);
    }

    private static String readAll(UnixStream stream) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(1000);
        while (stream.read(target) >= 0) {}
        return text(target);
    }

    private static String receive(UnixMessageChannel channel) throws IOException {
        ByteBuffer target = ByteBuffer.allocateDirect(1000);
        channel.receive(target);
        return text(target);
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    private static <T> Waiter<T> asleepIn(Callable<T> call) throws Exception {
        Waiter<T> waiter = Waiter.start(call);
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    // ---- Addresses
    // -------------------------------------------------------------------------------------------------

    @Test
    void a_path_in_use_is_EADDRINUSE() throws Exception {
        try (UnixListener<UnixStream> first = UnixStream.listen(at("socket"))) {
            assertThatThrownBy(() -> UnixStream.listen(at("socket")))
                    .isInstanceOf(ErrnoException.class)
                    .hasMessage("bind(" + at("socket") + "): Address already in use (EADDRINUSE)");
            assertErrno("EADDRINUSE", () -> UnixDatagram.bind(at("socket")));
            assertThat(first.localAddress()).isEqualTo(at("socket"));
        }
        UnixStream.listen(at("socket")).close();
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_path_in_use_by_a_program_that_knows_of_no_locks_is_EADDRINUSE() throws Exception {
        try (Tool socat = Tool.start("socat", "UNIX-LISTEN:" + at("socket"), "STDOUT")) {
            while (!Files.exists(directory.resolve("socket"))) {
                assertThat(socat.process().isAlive()).isTrue();
                Thread.onSpinWait();
            }
            assertErrno("EADDRINUSE", () -> UnixStream.listen(at("socket")));
            assertThat(directory.resolve("socket.lock")).doesNotExist();
        }
    }

    @Test
    void a_path_of_over_107_bytes_is_EINVAL_and_one_of_107_is_bound() throws Exception {
        String name = "x".repeat(107 - directory.toString().length() - 1);
        assertErrno("EINVAL", () -> UnixStream.listen(at(name + "y")));
        assertErrno("EINVAL", () -> UnixStream.connect(at(name + "y")));
        assertErrno("EINVAL", () -> UnixStream.listen(UnixAddress.ofAbstract("x".repeat(108))));
        try (UnixListener<UnixStream> longest = UnixStream.listen(at(name));
                UnixStream client = UnixStream.connect(at(name))) {
            assertThat(longest.localAddress()).isEqualTo(at(name));
            assertThat(client.peerAddress().path()).contains(directory.resolve(name));
        }
    }

    @Test
    void a_missing_directory_is_ENOENT() {
        assertErrno("ENOENT", () -> UnixStream.listen(at("missing/socket")));
        assertErrno("ENOENT", () -> UnixStream.connect(at("missing/socket")));
        assertErrno("ENOENT", () -> UnixStream.connect(at("missing")));
    }

    @Test
    void nobody_listening_is_ECONNREFUSED() throws Exception {
        try (UnixDatagram bound = UnixDatagram.bind(at("datagrams"))) {
            assertErrno("EPROTOTYPE", () -> UnixStream.connect(bound.localAddress()));
        }
        assertErrno("ECONNREFUSED", () -> UnixStream.connect(UnixAddress.ofAbstract("strait-nobody-" + directory)));
        try (Tool python = Tool.python(
                "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
                at("stale").toString())) {
            python.succeed();
            assertErrno("ECONNREFUSED", () -> UnixStream.connect(at("stale")));
        }
    }

    @Test
    void without_permission_binding_and_connecting_are_EACCES() throws Exception {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        try (UnixListener<UnixStream> mine = UnixStream.listen(at("mine"));
                UnixListener<UnixStream> everybodys = UnixStream.listen(
                        at("everybodys"), UnixOptions.defaults().mode(0666))) {
            assertThat(mode("mine")).isEqualTo("rw-------");
            assertThat(mode("everybodys")).isEqualTo("rw-rw-rw-");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
            assertThat(asNobody("connect", "mine"))
                    .isEqualTo("connect(" + at("mine") + "): Permission denied (EACCES)\n");
            assertThat(asNobody("connect", "everybodys")).isEqualTo("done\n");
            assertThat(asNobody("listen", "new")).isEqualTo("bind(" + at("new") + "): Permission denied (EACCES)\n");
            assertThat(asNobody("listen", "mine")).contains("EADDRINUSE");
            assertThat(mine.isOpen() && everybodys.isOpen()).isTrue();
        }
    }

    private String mode(String name) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve(name), LinkOption.NOFOLLOW_LINKS));
    }

    private String asNobody(String what, String name) throws Exception {
        return Jvm.of(SocketPeer.class)
                .under("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                .succeed(what, at(name).toString());
    }

    @Test
    void abstract_names_vanish_with_the_last_descriptor() throws Exception {
        UnixAddress name = UnixAddress.ofAbstract("strait-" + directory);
        try (UnixListener<UnixStream> listener = UnixStream.listen(name)) {
            assertThat(listener.localAddress()).isEqualTo(name).hasToString("@strait-" + directory);
            assertThat(name.isAbstract()).isTrue();
            assertErrno("EADDRINUSE", () -> UnixStream.listen(name));
            UnixStream.connect(name).close();
        }
        assertErrno("ECONNREFUSED", () -> UnixStream.connect(name));
        UnixStream.listen(name).close();
    }

    @Test
    void an_automatic_address_is_abstract_and_the_kernels_choice() throws Exception {
        try (UnixDatagram first = UnixDatagram.bind(UnixAddress.automatic());
                UnixDatagram second = UnixDatagram.bind(UnixAddress.automatic())) {
            assertThat(first.localAddress().isAbstract()).isTrue();
            assertThat(first.localAddress().toString()).matches("@[0-9a-f]{5}");
            assertThat(first.localAddress()).isNotEqualTo(second.localAddress());
        }
    }

    @Test
    void a_pair_is_connected_and_unnamed() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            assertThat(pair.first().localAddress().isUnnamed()).isTrue();
            assertThat(pair.first().peerAddress()).hasToString("unnamed");
            pair.first().write(bytes("there"));
            assertThat(read(pair.second())).isEqualTo("there");
            pair.second().write(bytes("and back"));
            assertThat(read(pair.first())).isEqualTo("and back");
        }
    }

    @Test
    void a_client_is_known_by_the_address_it_has_bound() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("server"));
                UnixStream client =
                        UnixStream.connect(at("server"), UnixOptions.defaults().local(at("client")));
                UnixStream accepted = listener.accept()) {
            assertThat(accepted.peerAddress()).isEqualTo(at("client"));
            assertThat(accepted.localAddress()).isEqualTo(at("server"));
            assertThat(client.peerAddress()).isEqualTo(at("server"));
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_path_that_a_killed_process_left_is_replaced() throws Exception {
        try (Jvm.Child child =
                Jvm.of(SocketPeer.class).start("hold", at("socket").toString())) {
            assertThat(child.line()).isEqualTo("listening");
            assertErrno("EADDRINUSE", () -> UnixStream.listen(at("socket")));
            child.process().destroyForcibly().waitFor();
        }
        assertThat(directory.resolve("socket")).exists();
        assertErrno("ECONNREFUSED", () -> UnixStream.connect(at("socket")));
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"))) {
            UnixStream.connect(at("socket")).close();
            listener.accept().close();
        }
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void a_closed_listener_leaves_the_path_that_became_anothers() throws Exception {
        UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
        Files.delete(directory.resolve("socket"));
        Files.createFile(directory.resolve("socket"));
        listener.close();
        assertThat(directory.resolve("socket")).exists();
    }

    @Test
    void the_path_is_free_when_close_returns_also_while_another_thread_accepts() throws Exception {
        for (int i = 0; i < 20; i++) {
            UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
            Waiter<UnixStream> waiter = asleepIn(listener::accept);
            listener.close();
            UnixStream.listen(at("socket")).close();
            assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        }
    }

    @Test
    void a_listener_that_lives_on_elsewhere_keeps_its_path() throws Exception {
        UnixListener<UnixStream> first = UnixStream.listen(at("socket"));
        try (UnixListener<UnixStream> second = UnixStream.adoptListener(first.release());
                UnixStream client = UnixStream.connect(at("socket"));
                UnixStream accepted = second.accept()) {
            assertThat(client.isOpen() && accepted.isOpen()).isTrue();
            assertErrno("EADDRINUSE", () -> UnixStream.listen(at("socket")));
        }
    }

    // ---- Connecting
    // ------------------------------------------------------------------------------------------------

    @Test
    void a_full_backlog_is_waited_for() throws Exception {
        try (UnixListener<UnixStream> listener =
                        UnixStream.listen(at("socket"), UnixOptions.defaults().backlog(0));
                UnixStream first = UnixStream.connect(at("socket"))) {
            Waiter<UnixStream> second = Waiter.start(() -> UnixStream.connect(at("socket")));
            assertThat(second.comesInto(SocketNative.class, "connectWaiting")).isTrue();
            listener.accept().close();
            assertThat(second.result(SOON_S).isOpen()).isTrue();
            assertThat(first.isOpen()).isTrue();
            second.result().close();
        }
    }

    @Test
    void a_full_backlog_is_waited_for_no_longer_than_the_timeout() throws Exception {
        UnixOptions timed = UnixOptions.defaults().timeout(Duration.ofMillis(30));
        try (UnixListener<UnixStream> listener =
                        UnixStream.listen(at("socket"), UnixOptions.defaults().backlog(0));
                UnixStream first = UnixStream.connect(at("socket"), timed)) {
            int before = Descriptors.count();
            long start = System.nanoTime();
            assertErrno("ETIMEDOUT", () -> UnixStream.connect(at("socket"), timed));
            assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
            assertThat(Descriptors.count()).isEqualTo(before);
            assertThat(listener.isOpen() && first.isOpen()).isTrue();
        }
    }

    @Test
    void an_interrupt_ends_connecting() throws Exception {
        try (UnixListener<UnixStream> listener =
                        UnixStream.listen(at("socket"), UnixOptions.defaults().backlog(0));
                UnixStream first = UnixStream.connect(at("socket"))) {
            Waiter<UnixStream> second = Waiter.start(() -> UnixStream.connect(at("socket")));
            assertThat(second.comesInto(SocketNative.class, "connectWaiting")).isTrue();
            second.interrupt();
            assertThatThrownBy(() -> second.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
            assertThat(listener.isOpen() && first.isOpen()).isTrue();
        }
    }

    @Test
    void accepting_waits_and_is_ended_by_a_close_and_by_time() throws Exception {
        UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
        Waiter<UnixStream> waiter = asleepIn(listener::accept);
        UnixStream.connect(at("socket")).close();
        waiter.result(SOON_S).close();
        listener.setTimeout(Duration.ofMillis(20));
        assertErrno("ETIMEDOUT", listener::accept);
        listener.setTimeout(Duration.ZERO);
        Waiter<UnixStream> closed = asleepIn(listener::accept);
        listener.close();
        assertThatThrownBy(() -> closed.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertThatThrownBy(listener::accept).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void an_interrupt_ends_accepting_and_the_listener_stays_open() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"))) {
            Waiter<UnixStream> waiter = asleepIn(listener::accept);
            waiter.interrupt();
            assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
            assertThat(listener.isOpen()).isTrue();
            listener.configureBlocking(false);
            assertThat(listener.accept()).isNull();
        }
    }

    @Test
    void a_wait_set_tells_of_who_waits_to_be_accepted() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                WaitSet set = WaitSet.open()) {
            WaitSet.Key key = set.add(listener.whenReadable());
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isNegative();
            UnixStream.connect(at("socket")).close();
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            assertThat(key.isReady()).isTrue();
            key.cancel();
        }
    }

    // ---- Streams
    // ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bytes_come_out_as_they_went_in_and_move_the_positions(boolean direct) throws IOException {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            ByteBuffer source = direct ? direct("..hello") : bytes("..hello");
            assertThat(pair.first().write(source.position(2))).isEqualTo(5);
            assertThat(source.hasRemaining()).isFalse();
            ByteBuffer target = (direct ? ByteBuffer.allocateDirect(10) : ByteBuffer.allocate(10)).position(1);
            assertThat(pair.second().availableBytes()).isEqualTo(5);
            assertThat(pair.second().peek(target)).isEqualTo(5);
            assertThat(pair.second().read(target.limit(9).position(1))).isEqualTo(5);
            assertThat(target.position()).isEqualTo(6);
            assertThat(text(target)).endsWith("hello");
            assertThat(pair.first().write(bytes("x").asReadOnlyBuffer())).isOne();
            assertThatThrownBy(() -> pair.second().read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void several_buffers_are_gathered_and_scattered() throws IOException {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            assertThat(pair.first().write(new ByteBuffer[] {bytes("ab"), direct("cdef"), bytes("g")}))
                    .isEqualTo(7);
            ByteBuffer[] targets = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(3), ByteBuffer.allocate(3)};
            assertThat(pair.second().read(targets)).isEqualTo(7);
            assertThat(text(targets[0]) + "|" + text(targets[1]) + "|" + text(targets[2]))
                    .isEqualTo("abc|def|g");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 3_000_000})
    void a_blocking_write_moves_everything_and_the_reader_gets_it_in_order(int total) throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            ByteBuffer source = ByteBuffer.allocate(total);
            for (int i = 0; i < total; i++) {
                source.put(i, (byte) (i % 251));
            }
            Waiter<Integer> writer = Waiter.start(() -> pair.first().write(source));
            ByteBuffer target = ByteBuffer.allocate(total);
            while (target.hasRemaining()) {
                assertThat(pair.second().read(target)).isPositive();
            }
            assertThat(writer.result(SOON_S)).isEqualTo(total);
            assertThat(target.flip()).isEqualTo(source.rewind());
        }
    }

    @Test
    void writing_to_who_is_gone_is_EPIPE_and_the_process_lives() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            pair.second().close();
            assertThatThrownBy(() -> pair.first().write(bytes("x")))
                    .hasMessage("send(" + pair.first() + "): Broken pipe (EPIPE)");
            assertThatThrownBy(() -> pair.first().write(new ByteBuffer[] {direct("x")}))
                    .hasMessageContaining("EPIPE");
            assertThat(pair.first().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void who_closes_with_unread_bytes_resets_the_connection() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            pair.first().write(bytes("unread"));
            pair.second().close();
            assertErrno("ECONNRESET", () -> pair.first().read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void a_half_close_is_the_end_for_the_peer_and_the_way_back_stays_open() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            pair.first().write(bytes("last"));
            pair.first().shutdownOutput();
            assertThat(readAll(pair.second())).isEqualTo("last");
            assertErrno("EPIPE", () -> pair.first().write(bytes("x")));
            pair.second().write(bytes("answer"));
            assertThat(read(pair.first())).isEqualTo("answer");
            pair.first().shutdownInput();
            assertThat(pair.first().read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertErrno("EPIPE", () -> pair.second().write(bytes("x")));
        }
    }

    @Test
    void one_that_does_not_block_answers_0_where_the_kernel_says_EAGAIN() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            pair.first().configureBlocking(false);
            assertThat(pair.first().read(ByteBuffer.allocate(1))).isZero();
            assertThat(pair.first().receiveAll(ByteBuffer.allocate(1))).isNull();
            while (pair.first().write(ByteBuffer.allocateDirect(100_000)) > 0) {}
            try (Pipe pipe = Pipe.open()) {
                assertThat(pair.first().write(bytes("x"), Attachment.of(pipe.reader())))
                        .isZero();
                assertThat(pipe.reader().isOpen()).isTrue();
            }
            assertThat(pair.second().read(ByteBuffer.allocate(10))).isEqualTo(10);
        }
    }

    @Test
    void a_peer_that_knows_nothing_of_us_echoes_a_stream() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                Tool peer =
                        Tool.peer("socket_peer", "echo", "stream", at("socket").toString());
                UnixStream client = listener.accept()) {
            client.write(bytes("hello"));
            assertThat(read(client)).isEqualTo("hello");
            assertThat(client.peerCredentials().pid())
                    .isEqualTo((int) peer.process().pid());
            client.shutdownOutput();
            peer.succeed();
        }
    }

    @Test
    void socat_connects_and_is_connected_to() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("here"));
                Tool socat = Tool.start("socat", "-u", "SYSTEM:echo from socat", "UNIX-CONNECT:" + at("here"));
                UnixStream client = listener.accept()) {
            assertThat(readAll(client)).isEqualTo("from socat\n");
            socat.succeed();
        }
        UnixAddress there = UnixAddress.ofAbstract("strait-socat-" + directory);
        try (Tool socat = Tool.start("socat", "-u", "ABSTRACT-LISTEN:strait-socat-" + directory, "STDOUT")) {
            try (UnixStream client = connectOnceThere(there)) {
                client.write(bytes("to socat"));
            }
            assertThat(socat.succeed()).isEqualTo("to socat");
        }
    }

    private static UnixStream connectOnceThere(UnixAddress address) throws Exception {
        for (int i = 0; ; i++) {
            try {
                return UnixStream.connect(address);
            } catch (ErrnoException e) {
                if (i == 10_000 || !e.symbol().equals("ECONNREFUSED")) {
                    throw e;
                }
                Thread.sleep(1);
            }
        }
    }

    // ---- Messages
    // --------------------------------------------------------------------------------------------------

    private static List<SocketPair<? extends UnixMessageChannel>> messagePairs() throws IOException {
        return List.of(UnixDatagram.pair(), UnixSeqpacket.pair());
    }

    @Test
    void datagram_and_seqpacket_keep_boundaries_and_a_short_buffer_is_reported() throws Exception {
        for (SocketPair<? extends UnixMessageChannel> pair : messagePairs()) {
            try (pair) {
                assertThat(pair.first().send(bytes("one"))).isTrue();
                assertThat(pair.first().send(direct("message two"))).isTrue();
                assertThat(pair.first().send(bytes("three"))).isTrue();
                assertThat(receive(pair.second())).isEqualTo("one");
                ByteBuffer small = ByteBuffer.allocate(7);
                assertThat(pair.second().peek(ByteBuffer.allocate(0))).isEqualTo(11);
                assertThat(pair.second().receive(small)).isEqualTo(11);
                assertThat(text(small)).isEqualTo("message");
                try (Received received = pair.second().receiveAll(ByteBuffer.allocateDirect(2))) {
                    assertThat(received.length()).isEqualTo(5);
                    assertThat(received.isCut()).isTrue();
                }
            }
        }
    }

    @Test
    void messages_of_a_hundred_thousand_bytes_pass_whole_and_longer_ones_than_the_buffer_are_EMSGSIZE()
            throws Exception {
        for (SocketPair<? extends UnixMessageChannel> pair : messagePairs()) {
            try (pair) {
                ByteBuffer message = ByteBuffer.allocate(100_000).putInt(99_996, 42);
                assertThat(pair.first().send(message)).isTrue();
                ByteBuffer target = ByteBuffer.allocate(200_000);
                assertThat(pair.second().receive(target)).isEqualTo(100_000);
                assertThat(target.getInt(99_996)).isEqualTo(42);
                pair.first().setSendBufferBytes(5000);
                assertErrno("EMSGSIZE", () -> pair.first().send(ByteBuffer.allocateDirect(50_000)));
            }
        }
    }

    @Test
    void the_end_of_seqpackets_is_told() throws Exception {
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
            pair.first().send(bytes("last"));
            assertThatThrownBy(() -> pair.first().send(ByteBuffer.allocate(0)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("end");
            pair.first().shutdownOutput();
            assertThat(receive(pair.second())).isEqualTo("last");
            assertThat(pair.second().receive(ByteBuffer.allocate(8))).isEqualTo(UnixSeqpacket.END);
            assertThat(pair.second().receiveAll(ByteBuffer.allocate(8)).length())
                    .isEqualTo(UnixSeqpacket.END);
            pair.first().close();
            assertErrno("EPIPE", () -> pair.second().send(bytes("x")));
        }
    }

    @Test
    void a_datagram_may_be_empty_and_a_shut_input_ends() throws Exception {
        try (SocketPair<UnixDatagram> pair = UnixDatagram.pair()) {
            pair.first().send(ByteBuffer.allocate(0));
            assertThat(pair.second().receive(ByteBuffer.allocate(8))).isZero();
            Waiter<Integer> waiter = asleepIn(() -> pair.second().receive(ByteBuffer.allocate(8)));
            pair.second().shutdownInput();
            assertThat(waiter.result(SOON_S)).isEqualTo(UnixDatagram.END);
            ByteBuffer untouched = ByteBuffer.allocate(8);
            assertThat(pair.second().receiveAll(untouched).length()).isEqualTo(UnixDatagram.END);
            assertThat(untouched.position()).isZero();
        }
    }

    @Test
    void a_datagrams_sender_is_known_and_answered() throws Exception {
        try (UnixDatagram server = UnixDatagram.bind(at("server"));
                UnixDatagram client = UnixDatagram.bind(at("client"))) {
            assertThat(client.send(bytes("question"), at("server"))).isTrue();
            ByteBuffer question = ByteBuffer.allocate(100);
            try (Received received = server.receiveAll(question)) {
                assertThat(received.sender()).isEqualTo(at("client"));
                server.send(bytes("answer"), received.sender());
            }
            assertThat(receive(client)).isEqualTo("answer");
            client.connect(at("server"));
            assertThat(client.peerAddress()).isEqualTo(at("server"));
            client.send(bytes("more"));
            assertThat(receive(server)).isEqualTo("more");
            try (UnixDatagram third = UnixDatagram.bind(at("third"))) {
                assertErrno("EPERM", () -> third.send(bytes("x"), at("client")));
            }
        }
    }

    @Test
    void a_datagram_to_nobody_says_why() throws Exception {
        try (UnixDatagram socket = UnixDatagram.open();
                UnixListener<UnixStream> stream = UnixStream.listen(at("stream"))) {
            assertErrno("ENOTCONN", () -> socket.send(bytes("x")));
            assertErrno("ENOENT", () -> socket.send(bytes("x"), at("missing")));
            assertErrno("EPROTOTYPE", () -> socket.send(bytes("x"), stream.localAddress()));
            assertErrno(
                    "ECONNREFUSED", () -> socket.send(bytes("x"), UnixAddress.ofAbstract("strait-none-" + directory)));
            assertErrno("ENOTCONN", socket::peerAddress);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_full_receiver_makes_the_sender_wait_without_using_the_processor(boolean connected) throws Exception {
        try (UnixDatagram server = UnixDatagram.bind(at("server"));
                UnixDatagram client = UnixDatagram.open()) {
            if (connected) {
                client.connect(at("server"));
            }
            client.configureBlocking(false);
            int sent = 0;
            while (client.send(bytes("x"), at("server"))) {
                sent++;
            }
            client.configureBlocking(true);
            Waiter<Boolean> waiter = asleepIn(() -> client.send(bytes("y"), at("server")));
            assertThat(waiter.comesToSleep(() -> true)).isTrue();
            for (int i = 0; i < sent; i++) {
                assertThat(receive(server)).isEqualTo("x");
            }
            assertThat(receive(server)).isEqualTo("y");
            assertThat(waiter.result(SOON_S)).isTrue();
            while (client.isOpen() && sent-- > 0) {
                client.send(bytes("x"), at("server"));
            }
            client.setTimeout(Duration.ofMillis(20));
            assertErrno("ETIMEDOUT", () -> {
                while (true) {
                    client.send(bytes("x"), at("server"));
                }
            });
        }
    }

    @Test
    void messages_that_do_not_wait_are_nothing() throws Exception {
        for (SocketPair<? extends UnixMessageChannel> pair : messagePairs()) {
            try (pair) {
                pair.first().configureBlocking(false);
                assertThat(pair.first().receive(ByteBuffer.allocate(1))).isEqualTo(UnixMessageChannel.NOTHING);
                assertThat(pair.first().receiveAll(ByteBuffer.allocate(1))).isNull();
                while (pair.first().send(ByteBuffer.allocate(10_000))) {}
                assertThat(pair.first().send(bytes("x"), Attachment.of())).isFalse();
            }
        }
    }

    @Test
    void a_peer_that_knows_nothing_of_us_echoes_datagrams_and_seqpackets() throws Exception {
        try (UnixDatagram server = UnixDatagram.bind(at("datagrams"));
                Tool peer = Tool.peer(
                        "socket_peer", "echo", "datagram", at("datagrams").toString())) {
            try (Received hello = server.receiveAll(ByteBuffer.allocate(100))) {
                assertThat(hello.length()).isEqualTo(5);
                server.send(bytes("one"), hello.sender());
                server.send(bytes("two"), hello.sender());
                assertThat(receive(server) + receive(server)).isEqualTo("onetwo");
                server.send(ByteBuffer.allocate(0), hello.sender());
            }
            peer.succeed();
        }
        try (UnixListener<UnixSeqpacket> listener = UnixSeqpacket.listen(at("packets"));
                Tool peer = Tool.peer(
                        "socket_peer", "echo", "seqpacket", at("packets").toString());
                UnixSeqpacket server = listener.accept()) {
            server.send(bytes("one"));
            server.send(bytes("two"));
            assertThat(receive(server)).isEqualTo("one");
            assertThat(receive(server)).isEqualTo("two");
            server.shutdownOutput();
            peer.succeed();
        }
    }

    // ---- Descriptors
    // -----------------------------------------------------------------------------------------------

    @Test
    void a_descriptor_sent_arrives_open_close_on_exec_on_the_same_open_file() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Pipe pipe = Pipe.open()) {
            pair.first().write(bytes("here"), Attachment.of(pipe.reader()));
            assertThat(pipe.reader().isOpen()).isFalse();
            ByteBuffer target = ByteBuffer.allocate(100);
            try (Received received = pair.second().receiveAll(target)) {
                assertThat(text(target)).isEqualTo("here");
                assertThat(received.descriptors()).hasSize(1);
                assertThat(received.isLess()).isFalse();
                assertThat(closesOnExec(received.descriptors().get(0))).isTrue();
                try (PipeReader reader = received.descriptors().get(0).into(PipeReader::adopt)) {
                    pipe.writer().write(bytes("through"));
                    assertThat(reader.read(ByteBuffer.allocate(100))).isEqualTo(7);
                }
                assertThat(received.descriptors().get(0).isOpen()).isFalse();
                assertErrno("EPIPE", () -> pipe.writer().write(bytes("x")));
            }
        }
    }

    private static boolean closesOnExec(Descriptor descriptor) throws IOException {
        String flags = Files.readString(Path.of("/proc/self/fdinfo/" + descriptor.fd()))
                .replaceAll("(?s).*flags:\\s*([0-7]+).*", "$1");
        return (Integer.parseInt(flags, 8) & 02000000) != 0;
    }

    @Test
    void a_descriptor_closed_before_is_EBADF_and_never_another_of_its_number() throws Exception {
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
            Pipe pipe = Pipe.open();
            int fd = pipe.reader().fd();
            pipe.close();
            try (Pipe other = Pipe.open()) {
                assertThat(other.reader().fd()).isEqualTo(fd);
                assertThatThrownBy(() -> pair.first().send(bytes("x"), Attachment.of(pipe.reader())))
                        .isInstanceOf(ErrnoException.class)
                        .hasMessage("sendmsg(PipeReader[fd " + fd + "]): Bad file descriptor (EBADF)");
                pair.second().configureBlocking(false);
                assertThat(pair.second().receive(ByteBuffer.allocate(1))).isEqualTo(UnixSeqpacket.NOTHING);
            }
        }
    }

    @Test
    void what_is_kept_open_is_at_both_places() throws Exception {
        try (SocketPair<UnixDatagram> pair = UnixDatagram.pair();
                Pipe pipe = Pipe.open()) {
            pair.first()
                    .send(
                            bytes("x"),
                            Attachment.of(pipe.writer(), pipe.reader()).keepOpen());
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1));
                    PipeWriter writer = received.descriptors().get(0).into(PipeWriter::adopt)) {
                writer.write(bytes("abc"));
                assertThat(pipe.reader().read(ByteBuffer.allocate(100))).isEqualTo(3);
                assertThat(pipe.writer().isOpen()).isTrue();
            }
        }
    }

    @Test
    void a_descriptor_that_is_not_what_it_was_taken_for_is_closed() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Pipe pipe = Pipe.open()) {
            int before = Descriptors.count();
            pair.first().write(bytes("x"), Attachment.of(pipe.writer()).keepOpen());
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1))) {
                assertErrno("ENOTSOCK", () -> received.descriptors().get(0).into(UnixStream::adopt));
                assertThat(Descriptors.count()).isEqualTo(before);
                assertThatThrownBy(() -> received.descriptors().get(0).into(UnixStream::adopt))
                        .isInstanceOf(ClosedChannelException.class);
            }
        }
    }

    @Test
    void up_to_253_descriptors_go_with_a_message_and_the_surplus_is_closed() throws Exception {
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair();
                Pipe pipe = Pipe.open()) {
            List<Descriptor> many = Collections.nCopies(Attachment.DESCRIPTORS_MAX, pipe.writer());
            int before = Descriptors.count();
            pair.first().send(bytes("x"), Attachment.of(many).keepOpen());
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1))) {
                assertThat(received.descriptors()).hasSize(253);
                assertThat(received.isLess()).isFalse();
                assertThat(Descriptors.count()).isEqualTo(before + 253);
            }
            assertThat(Descriptors.count()).isEqualTo(before);
            pair.first().send(bytes("x"), Attachment.of(many).keepOpen());
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1), 2)) {
                assertThat(received.descriptors()).hasSize(2);
                assertThat(received.isLess()).isTrue();
                assertThat(Descriptors.count()).isEqualTo(before + 2);
            }
            pair.first().send(bytes("x"), Attachment.of(many).keepOpen());
            assertThat(pair.second().receive(ByteBuffer.allocate(1))).isOne();
            assertThat(Descriptors.count()).isEqualTo(before);
            assertThatThrownBy(() -> Attachment.of(Collections.nCopies(254, pipe.writer())))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("254 descriptors: 253 go with one message at most (SCM_MAX_FD)");
        }
    }

    @Test
    void nothing_goes_along_with_no_bytes_of_a_stream() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            assertThatThrownBy(() -> pair.first().write(ByteBuffer.allocate(0), Attachment.of()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pair.first().receiveAll(ByteBuffer.allocate(0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void an_end_is_sent_to_an_unrelated_process() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                Tool peer = Tool.peer("socket_peer", "take", at("socket").toString());
                UnixStream client = listener.accept();
                Pipe pipe = Pipe.open()) {
            client.write(bytes("x"), Attachment.of(pipe.reader()));
            pipe.writer().write(bytes("through the pipe"));
            pipe.writer().close();
            assertThat(peer.succeed()).isEqualTo("through the pipe");
        }
    }

    @Test
    void an_end_is_received_from_an_unrelated_process() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                Tool peer = Tool.peer("socket_peer", "give", at("socket").toString(), "from C");
                UnixStream client = listener.accept();
                Received received = client.receiveAll(ByteBuffer.allocate(1));
                PipeReader reader = received.descriptors().get(0).into(PipeReader::adopt)) {
            ByteBuffer target = ByteBuffer.allocate(100);
            while (reader.read(target) >= 0) {}
            assertThat(text(target)).isEqualTo("from C");
            peer.succeed();
        }
    }

    @Test
    void python_gives_and_takes_descriptors() throws Exception {
        String program =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX)
                s.connect(sys.argv[1])
                message, fds, flags, address = socket.recv_fds(s, 100, 2)
                os.write(fds[0], b'python says ' + message)
                os.close(fds[0])
                r, w = os.pipe()
                socket.send_fds(s, [b'a pipe'], [r])
                os.write(w, b'hello')
                """;
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                Tool python = Tool.python(program, at("socket").toString());
                UnixStream client = listener.accept();
                Pipe pipe = Pipe.open()) {
            client.write(bytes("hi"), Attachment.of(pipe.writer()));
            ByteBuffer said = ByteBuffer.allocate(100);
            while (pipe.reader().read(said) >= 0) {}
            assertThat(text(said)).isEqualTo("python says hi");
            ByteBuffer message = ByteBuffer.allocate(100);
            try (Received received = client.receiveAll(message);
                    PipeReader reader = received.descriptors().get(0).into(PipeReader::adopt)) {
                assertThat(text(message)).isEqualTo("a pipe");
                assertThat(reader.read(ByteBuffer.allocate(100))).isEqualTo(5);
            }
            python.succeed();
        }
    }

    // ---- Credentials
    // -----------------------------------------------------------------------------------------------

    private static Credentials own() throws IOException {
        long uid = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
        long gid = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:gid")).longValue();
        return new Credentials((int) ProcessHandle.current().pid(), uid, gid);
    }

    @Test
    void peer_credentials_are_pid_uid_and_gid_at_connect_time() throws Exception {
        String program =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX)
                s.connect(sys.argv[1])
                print(os.getpid(), flush=True)
                if os.getuid() == 0:
                    os.setgid(65533)
                    os.setuid(65534)
                sys.stdin.read(1)
                """;
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                Tool python = Tool.python(program, at("socket").toString());
                UnixStream client = listener.accept()) {
            int pid = Integer.parseInt(python.line());
            Credentials before = client.peerCredentials();
            assertThat(before).isEqualTo(new Credentials(pid, own().uid(), own().gid()));
            python.process().getOutputStream().close();
            python.succeed();
            assertThat(client.peerCredentials()).isEqualTo(before);
        }
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
            assertThat(pair.first().peerCredentials()).isEqualTo(own());
        }
    }

    @Test
    void each_message_tells_who_sent_it_when_that_is_asked_for() throws Exception {
        UnixOptions asking = UnixOptions.defaults().passCredentials();
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"), asking);
                UnixStream client = UnixStream.connect(at("socket"));
                UnixStream accepted = listener.accept()) {
            assertThat(accepted.passesCredentials()).isTrue();
            client.write(bytes("x"));
            try (Received received = accepted.receiveAll(ByteBuffer.allocate(1))) {
                assertThat(received.credentials()).contains(own());
            }
            accepted.setPassesCredentials(false);
            assertThat(accepted.passesCredentials()).isFalse();
            client.write(bytes("x"));
            try (Received received = accepted.receiveAll(ByteBuffer.allocate(1))) {
                assertThat(received.credentials()).isEmpty();
            }
        }
    }

    @Test
    void credentials_are_sent_and_those_of_others_only_by_who_may() throws Exception {
        try (SocketPair<UnixDatagram> pair = UnixDatagram.pair();
                Pipe pipe = Pipe.open()) {
            pair.second().setPassesCredentials(true);
            pair.first().send(bytes("x"), Attachment.of(pipe.reader()).with(own()));
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1))) {
                assertThat(received.credentials()).contains(own());
                assertThat(received.descriptors()).hasSize(1);
            }
            assertErrno("ESRCH", () -> pair.first().send(bytes("x"), Attachment.of(new Credentials(4_194_303, 0, 0))));
            if (own().uid() == 0) {
                Credentials other =
                        new Credentials((int) ProcessHandle.current().pid(), 65_534, 4_294_967_294L);
                pair.first().send(bytes("x"), Attachment.of(other));
                try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1))) {
                    assertThat(received.credentials()).contains(other);
                }
            }
        }
    }

    // ---- Options and adoption
    // --------------------------------------------------------------------------------------

    @Test
    void socket_options_take_effect() throws Exception {
        UnixOptions options = UnixOptions.defaults().sendBufferBytes(20_000).receiveBufferBytes(30_000);
        try (UnixDatagram socket = UnixDatagram.bind(at("socket"), options)) {
            assertThat(socket.sendBufferBytes()).isEqualTo(40_000);
            assertThat(socket.receiveBufferBytes()).isEqualTo(60_000);
            socket.setSendBufferBytes(10_000);
            socket.setReceiveBufferBytes(11_000);
            assertThat(socket.sendBufferBytes()).isEqualTo(20_000);
            assertThat(socket.receiveBufferBytes()).isEqualTo(22_000);
            assertThatThrownBy(() -> socket.setSendBufferBytes(0)).isInstanceOf(IllegalArgumentException.class);
            assertThat(socket.takeError()).isEmpty();
        }
        assertThatThrownBy(() -> UnixOptions.defaults().mode(01777)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixOptions.defaults().backlog(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> UnixOptions.defaults().timeout(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void an_error_that_waits_is_taken_once() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            pair.first().write(bytes("unread"));
            pair.second().close();
            assertThat(pair.first().takeError().map(ErrnoException::symbol)).contains("ECONNRESET");
            assertThat(pair.first().takeError()).isEmpty();
        }
    }

    @Test
    void what_is_adopted_must_be_what_it_is_said_to_be() throws Exception {
        SocketPair<UnixStream> pair = UnixStream.pair();
        int fd = pair.first().release();
        assertErrno("EPROTOTYPE", () -> UnixDatagram.adopt(fd));
        assertErrno("EPROTOTYPE", () -> UnixSeqpacket.adopt(fd));
        assertErrno("EINVAL", () -> UnixStream.adoptListener(fd));
        try (UnixStream adopted = UnixStream.adopt(fd);
                UnixStream other = pair.second();
                Pipe pipe = Pipe.open()) {
            adopted.write(bytes("x"));
            assertThat(read(other)).isEqualTo("x");
            assertErrno("ENOTSOCK", () -> UnixStream.adopt(pipe.reader().fd()));
        }
        assertErrno("EBADF", () -> UnixStream.adopt(fd));
    }

    @Test
    void a_listener_is_inherited_as_service_managers_pass_it() throws Exception {
        String program =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX)
                s.bind(sys.argv[1])
                s.listen(5)
                os.dup2(s.fileno(), 3, inheritable=True)
                if s.fileno() == 3:
                    os.set_inheritable(3, True)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1', LISTEN_FDNAMES='web')
                os.execv(sys.argv[2], sys.argv[2:])
                """;
        try (Tool java = Tool.python(
                program,
                at("socket").toString(),
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                SocketPeer.class.getName(),
                "serve",
                at("socket").toString())) {
            while (!Files.exists(directory.resolve("socket"))) {
                assertThat(java.process().isAlive()).isTrue();
                Thread.onSpinWait();
            }
            try (UnixStream client = connectOnceThere(at("socket"))) {
                assertThat(readAll(client)).isEqualTo("I am web");
            }
            java.succeed();
        }
    }

    @Test
    void what_another_process_was_passed_is_not_inherited() {
        Map<String, String> environment = Map.of("LISTEN_PID", "7", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "a:");
        assertThat(Inherited.of(environment, 8)).isEmpty();
        assertThat(Inherited.of(environment, 7)).containsExactly(new Inherited(3, "a"), new Inherited(4, "unknown"));
        assertThat(Inherited.of(Map.of(), 7)).isEmpty();
        assertThat(Inherited.of(Map.of("LISTEN_PID", "7", "LISTEN_FDS", "x"), 7))
                .isEmpty();
    }

    // ---- Every mechanism
    // -------------------------------------------------------------------------------------------

    @Test
    void calls_on_a_closed_socket_never_reach_a_reused_number() throws Exception {
        SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair();
        pair.close();
        try (SocketPair<UnixSeqpacket> other = UnixSeqpacket.pair()) {
            assertThat(other.first().isOpen()).isTrue();
            UnixSeqpacket closed = pair.first();
            List<ThrowingCallable> calls = List.of(
                    () -> closed.send(bytes("x")),
                    () -> closed.send(bytes("x"), Attachment.of()),
                    () -> closed.receive(ByteBuffer.allocate(1)),
                    () -> closed.peek(ByteBuffer.allocate(1)),
                    () -> closed.receiveAll(ByteBuffer.allocate(1)),
                    closed::localAddress,
                    closed::peerAddress,
                    closed::peerCredentials,
                    closed::availableBytes,
                    closed::sendBufferBytes,
                    closed::takeError,
                    closed::shutdownInput,
                    closed::shutdownOutput,
                    () -> closed.setPassesCredentials(true));
            for (ThrowingCallable call : calls) {
                assertThatThrownBy(call).isExactlyInstanceOf(ClosedChannelException.class);
            }
            assertThatThrownBy(closed::fd).isInstanceOf(IllegalStateException.class);
        }
        SocketPair<UnixStream> streams = UnixStream.pair();
        UnixStream stream = streams.first();
        streams.close();
        assertThatThrownBy(() -> stream.read(ByteBuffer.allocate(0))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> stream.write(ByteBuffer.allocate(0))).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> stream.write(new ByteBuffer[0])).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void another_threads_close_and_an_interrupt_end_a_wait() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair()) {
            Waiter<Integer> closed = asleepIn(() -> pair.first().read(ByteBuffer.allocate(1)));
            pair.first().close();
            assertThatThrownBy(() -> closed.result(SOON_S)).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
        }
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
            Waiter<Integer> interrupted = asleepIn(() -> pair.first().receive(ByteBuffer.allocate(1)));
            interrupted.interrupt();
            assertThatThrownBy(() -> interrupted.result(SOON_S)).hasCauseInstanceOf(ClosedByInterruptException.class);
            assertThat(pair.first().isOpen()).isFalse();
        }
    }

    @Test
    void nothing_leaks_in_10000_rounds() throws Exception {
        warmUp();
        int before = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
                pair.first().send(bytes("x"), Attachment.of(pair.first()).keepOpen());
                try (Received received = pair.second().receiveAll(ByteBuffer.allocate(1))) {
                    assertThat(received.descriptors()).hasSize(1);
                }
            }
        }
        for (int i = 0; i < 10_000; i++) {
            round();
        }
        assertThat(Descriptors.count()).isLessThanOrEqualTo(before); // others' garbage may go meanwhile
        assertThat(directory).isEmptyDirectory();
    }

    private void warmUp() throws Exception {
        round();
    }

    private void round() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(at("socket"));
                UnixStream client = UnixStream.connect(at("socket"));
                UnixStream accepted = listener.accept()) {
            client.write(bytes("x"));
            assertThat(accepted.read(ByteBuffer.allocate(1))).isOne();
        }
    }

    @Test
    void threads_that_share_one_socket_lose_nothing_and_double_nothing() throws Exception {
        int messages = 1_000;
        AtomicLong sum = new AtomicLong();
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair()) {
            List<Waiter<Void>> readers = new ArrayList<>();
            List<Waiter<Void>> writers = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                readers.add(Waiter.start(() -> {
                    ByteBuffer message = ByteBuffer.allocateDirect(8);
                    while (pair.second().receive(message.clear()) == 8) {
                        sum.addAndGet(message.getLong(0));
                    }
                    return null;
                }));
                writers.add(Waiter.start(() -> {
                    for (int value = 1; value <= messages; value++) {
                        pair.first().send(ByteBuffer.allocate(8).putLong(0, value));
                    }
                    return null;
                }));
            }
            for (Waiter<Void> each : writers) {
                each.result(SOON_S);
            }
            pair.first().shutdownOutput();
            for (Waiter<Void> each : readers) {
                each.result(SOON_S);
            }
        }
        assertThat(sum).hasValue(16L * messages * (messages + 1) / 2);
    }

    @Test
    void sending_and_receiving_make_no_garbage() throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        ByteBuffer source = ByteBuffer.allocateDirect(64);
        ByteBuffer target = ByteBuffer.allocateDirect(64);
        try (SocketPair<UnixStream> streams = UnixStream.pair();
                SocketPair<UnixSeqpacket> packets = UnixSeqpacket.pair();
                UnixDatagram server = UnixDatagram.bind(UnixAddress.automatic());
                UnixDatagram client = UnixDatagram.open()) {
            UnixAddress address = server.localAddress();
            long allocated = Long.MAX_VALUE;
            for (int i = 0; i < 20 && allocated > 1_000; i++) { // until all of it is compiled
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int round = 0; round < 10_000; round++) {
                    streams.first().write(source.clear());
                    streams.second().read(target.clear());
                    packets.first().send(source.clear());
                    packets.second().receive(target.clear());
                    client.send(source.clear(), address);
                    server.receive(target.clear());
                }
                allocated = threads.getCurrentThreadAllocatedBytes() - before;
            }
            assertThat(allocated).as("bytes for 60,000 calls").isLessThanOrEqualTo(1_000);
        }
    }

    // ---- Virtual threads
    // -------------------------------------------------------------------------------------------

    @Test
    void virtual_threads_park_in_every_wait() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        try (UnixListener<UnixStream> listener =
                UnixStream.listen(at("socket"), UnixOptions.defaults().backlog(0))) {
            Virtual<UnixStream> accepting = parked(listener::accept);
            UnixStream client = UnixStream.connect(at("socket"));
            UnixStream server = accepting.result();
            Virtual<String> reading = parked(() -> read(server));
            Virtual<String> asWell = parked(() -> readAll(client));
            client.write(bytes("hello"));
            assertThat(reading.result()).isEqualTo("hello");
            server.close();
            assertThat(asWell.result()).isEmpty();
            UnixStream queued = UnixStream.connect(at("socket"));
            Virtual<UnixStream> connecting = parked(() -> UnixStream.connect(at("socket")));
            listener.accept().close();
            connecting.result().close();
            queued.close();
            client.close();
        }
    }

    private static <T> Virtual<T> parked(Callable<T> call) throws Exception {
        Virtual<T> virtual = Virtual.start(call);
        assertThat(virtual.comesToPark()).isTrue();
        return virtual;
    }

    @Test
    void a_virtual_thread_is_told_of_a_close_and_an_interrupt() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        try (SocketPair<UnixDatagram> pair = UnixDatagram.pair();
                UnixListener<UnixStream> listener = UnixStream.listen(at("socket"))) {
            Virtual<Integer> closed = parked(() -> pair.first().receive(ByteBuffer.allocate(1)));
            pair.first().close();
            assertThatThrownBy(closed::result).hasCauseInstanceOf(AsynchronousCloseException.class);
            Virtual<UnixStream> interrupted = parked(listener::accept);
            interrupted.interrupt();
            assertThatThrownBy(interrupted::result).hasCauseInstanceOf(InterruptedException.class);
            assertThat(listener.isOpen()).isTrue();
        }
    }
}
