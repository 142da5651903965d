package dev.strait.share;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingReader;
import dev.strait.ring.RingWriter;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentMismatchException;
import dev.strait.segment.SegmentOptions;
import dev.strait.socket.Attachment;
import dev.strait.socket.Received;
import dev.strait.socket.ReceivedDescriptor;
import dev.strait.socket.SocketPair;
import dev.strait.socket.UnixAddress;
import dev.strait.socket.UnixDatagram;
import dev.strait.socket.UnixListener;
import dev.strait.socket.UnixOptions;
import dev.strait.socket.UnixSeqpacket;
import dev.strait.socket.UnixStream;
import dev.strait.testing.Descriptors;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Tool;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Segments without a name that go from process to process, and what hands them out. */
final class ShareConformanceTest {
    private static final long SOON_S = 20;
    private static final long SOON_NS = SOON_S * 1_000_000_000;
    private static final SegmentOptions SEGMENT = SegmentOptions.defaults();
    private static final RingOptions RING = RingOptions.defaults();

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private UnixAddress address() {
        return UnixAddress.ofPath(directory.resolve("socket"));
    }

    private static Segment hello() throws IOException {
        Segment segment = Segment.createAnonymous("shared", SEGMENT.userBytes(4096));
        segment.region().put("hello".getBytes(US_ASCII));
        return segment;
    }

    private static String text(ByteBuffer region) {
        byte[] text = new byte[5];
        region.get(text);
        return new String(text, US_ASCII);
    }

    private static void assertErrno(String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.symbol())
                .isEqualTo(symbol));
    }

    // ---- Segments
    // --------------------------------------------------------------------------------------------------

    @Test
    void a_segment_that_is_offered_is_accepted_and_shared() throws Exception {
        try (SocketPair<UnixSeqpacket> pair = UnixSeqpacket.pair();
                Segment mine = hello()) {
            Share.offer(pair.first(), mine);
            try (Segment theirs = Share.acceptSegment(pair.second(), SEGMENT)) {
                assertThat(text(theirs.region())).isEqualTo("hello");
                theirs.region().put(0, (byte) 'j');
                assertThat(text(mine.region())).isEqualTo("jello");
                assertThat(mine.participants()).hasSize(2);
                assertThat(theirs.epoch()).isEqualTo(mine.epoch());
            }
            assertThat(mine.participants()).hasSize(1);
        }
    }

    @Test
    void a_process_of_C_attaches_to_what_java_offers() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(address());
                Tool peer = Tool.peer("share_peer", "attach", address().toString());
                UnixStream client = listener.accept();
                Segment segment = hello()) {
            Share.offer(client, segment);
            assertThat(peer.succeed()).isEqualTo("hello\n");
        }
    }

    @Test
    void a_ring_is_offered_and_taken_for_a_ring_alone() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Ring mine = Ring.createAnonymous("ring", RING)) {
            Share.offer(pair.first(), mine);
            assertThatThrownBy(() -> Share.acceptSegment(pair.second(), SEGMENT))
                    .isInstanceOf(SegmentMismatchException.class)
                    .hasMessageContaining("kind");
            Share.offer(pair.first(), mine);
            try (Ring theirs = Share.acceptRing(pair.second(), RING);
                    RingWriter writer = mine.openWriter();
                    RingReader reader = theirs.openReader()) {
                assertThat(writer.offer(1, ByteBuffer.allocate(8), 0, 8)).isZero();
                assertThat(reader.poll((type, buffer, offset, length) -> true, 10))
                        .isOne();
            }
        }
    }

    @Test
    void unsealed_or_wrongly_sealed_our_engine_refuses_to_map_it() throws Exception {
        String program =
                """
                import fcntl, os, socket, struct, sys
                s = socket.socket(socket.AF_UNIX)
                s.connect(sys.argv[1])
                message = struct.pack('<QII', 0x4552414853525453, 1, 1)
                segment = socket.recv_fds(s, 16, 1)[1][0]
                for seals in (0, fcntl.F_SEAL_SHRINK, fcntl.F_SEAL_GROW, 0xe):
                    copy = os.memfd_create('copy', os.MFD_ALLOW_SEALING)
                    os.fchmod(copy, 0o600)
                    os.write(copy, os.pread(segment, 1 << 24, 0))
                    if seals:
                        fcntl.fcntl(copy, fcntl.F_ADD_SEALS, seals)
                    socket.send_fds(s, [message], [copy])
                    s.recv(1)
                """;
        try (UnixListener<UnixStream> listener = UnixStream.listen(address());
                Tool python = Tool.python(program, address().toString());
                UnixStream client = listener.accept();
                Segment segment = hello()) {
            Share.offer(client, segment);
            int before = 0;
            for (int i = 0; i < 4; i++) {
                before = i == 1 ? Descriptors.count() : before; // with what the socket waits by
                if (i % 2 == 0) {
                    assertSealsRefused(() -> Share.acceptSegment(client, SEGMENT));
                } else {
                    assertSealsRefused(() -> Share.acceptView(client, SEGMENT));
                }
                client.write(ByteBuffer.allocate(1));
            }
            assertThat(Descriptors.count()).isEqualTo(before);
            python.succeed();
        }
    }

    private static void assertSealsRefused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(SegmentMismatchException.class).hasMessageContaining("seals");
    }

    @Test
    void what_is_no_offer_is_refused() throws Exception {
        SocketPair<UnixStream> pair = UnixStream.pair();
        int before = Descriptors.count();
        try (pair) {
            pair.first()
                    .write(ByteBuffer.allocate(16), Attachment.of(pair.first()).keepOpen());
            assertErrno("EPROTO", () -> Share.acceptSegment(pair.second(), SEGMENT));
            pair.first().write(ByteBuffer.allocate(3));
            assertErrno("EPROTO", () -> Share.acceptRing(pair.second(), RING));
            Share.refuse(pair.first());
            assertThatThrownBy(() -> Share.acceptView(pair.second(), SEGMENT))
                    .hasMessage("accept(" + pair.second() + "): Permission denied (EACCES)");
            assertThat(Descriptors.count()).isEqualTo(before);
            pair.second().setTimeout(Duration.ofMillis(10));
            assertErrno("ETIMEDOUT", () -> Share.acceptSegment(pair.second(), SEGMENT));
            pair.first().close();
            assertErrno("ECONNRESET", () -> Share.acceptSegment(pair.second(), SEGMENT));
        }
    }

    @Test
    void what_has_a_name_or_is_closed_is_not_offered() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                SocketPair<UnixDatagram> datagrams = UnixDatagram.pair();
                Segment named = Segment.create("named", SEGMENT.directory(directory))) {
            assertThatThrownBy(() -> Share.offer(pair.first(), named))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("only an anonymous segment");
            Segment closed = hello();
            assertThatThrownBy(() -> Share.offer(datagrams.first(), closed))
                    .isInstanceOf(IllegalArgumentException.class);
            closed.close();
            assertThatThrownBy(() -> Share.offer(pair.first(), closed)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void another_users_segment_is_refused_unless_that_was_expected() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Segment segment =
                        Segment.createAnonymous("open", SEGMENT.userBytes(8).mode(0666))) {
            Share.offer(pair.first(), segment);
            assertThatThrownBy(() -> Share.acceptSegment(pair.second(), SEGMENT))
                    .isInstanceOf(SegmentMismatchException.class)
                    .hasMessageContaining("mode");
            Share.offer(pair.first(), segment);
            assertThatThrownBy(() -> Share.acceptSegment(
                            pair.second(), SEGMENT.mode(0666).owner(12_345)))
                    .isInstanceOf(SegmentMismatchException.class)
                    .hasMessageContaining("owner");
            Share.offer(pair.first(), segment);
            Share.acceptSegment(pair.second(), SEGMENT.mode(0666)).close();
        }
    }

    // ---- Views
    // -----------------------------------------------------------------------------------------------------

    @Test
    void a_view_shows_what_is_written_and_cannot_be_written() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Segment segment = hello()) {
            Share.offerView(pair.first(), segment);
            SegmentView view = Share.acceptView(pair.second(), SEGMENT);
            ByteBuffer region = view.region();
            assertThat(region.isReadOnly() && region.isDirect()).isTrue();
            assertThat(region.capacity()).isEqualTo(4096);
            assertThat(text(view.region())).isEqualTo("hello");
            segment.region().put(0, (byte) 'j');
            assertThat(text(view.region())).isEqualTo("jello");
            assertThatThrownBy(() -> region.put(0, (byte) 1)).isInstanceOf(ReadOnlyBufferException.class);
            assertThat(segment.participants()).hasSize(1);
            view.close();
            view.close();
            assertThat(region.get(0)).isZero();
            assertThat(text(segment.region())).isEqualTo("jello");
        }
    }

    @Test
    void the_descriptor_of_a_view_is_read_only_and_nobody_can_attach_to_it() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Segment segment = hello()) {
            Share.offerView(pair.first(), segment);
            assertErrno("EROFS", () -> Share.acceptSegment(pair.second(), SEGMENT));
            Share.offerView(pair.first(), segment);
            try (Received received = pair.second().receiveAll(ByteBuffer.allocate(16))) {
                ReceivedDescriptor descriptor = received.descriptors().get(0);
                String flags = Files.readString(Path.of("/proc/self/fdinfo/" + descriptor.fd()))
                        .replaceAll("(?s).*flags:\\s*([0-7]+).*", "$1");
                assertThat(Integer.parseInt(flags, 8) & 3).isZero(); // O_RDONLY
            }
        }
    }

    @Test
    void a_process_of_C_views_what_java_offers() throws Exception {
        try (UnixListener<UnixStream> listener = UnixStream.listen(address());
                Tool peer = Tool.peer("share_peer", "view", address().toString());
                UnixStream client = listener.accept();
                Segment segment = hello()) {
            Share.offerView(client, segment);
            assertThat(peer.succeed()).isEqualTo("hello\n");
        }
    }

    // ---- A ring for each client
    // ------------------------------------------------------------------------------------

    private static long sumOf(Ring ring) throws Exception {
        AtomicLong sum = new AtomicLong();
        try (RingReader reader = ring.openReader()) {
            int outcome = 0;
            while (outcome >= 0) {
                outcome = reader.poll(
                        (type, buffer, offset, length) -> {
                            sum.addAndGet(buffer.getLong(offset));
                            return true;
                        },
                        100,
                        WaitPolicy.SLEEP,
                        SOON_NS);
            }
            assertThat(outcome).isEqualTo(Outcome.END);
        }
        return sum.get();
    }

    @Test
    void a_java_server_gives_a_client_of_C_a_ring_and_knows_who_it_is() throws Exception {
        try (Rendezvous server = Rendezvous.open(address(), UnixOptions.defaults(), RING);
                Tool first = Tool.peer("share_peer", "send", address().toString(), "1000")) {
            Rendezvous.Client client = server.accept();
            try (Ring ring = client.ring()) {
                assertThat(client.credentials().pid())
                        .isEqualTo((int) first.process().pid());
                assertThat(client.credentials().uid()).isEqualTo(uid());
                assertThat(sumOf(ring)).isEqualTo(500_500);
            }
            first.succeed();
        }
        assertThat(directory).isEmptyDirectory();
    }

    private static long uid() throws IOException {
        return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    }

    @Test
    void a_server_of_C_gives_a_java_client_a_ring_and_knows_who_it_is() throws Exception {
        try (Tool server = Tool.peer("share_peer", "serve", address().toString())) {
            assertThat(server.line()).isEqualTo("open");
            try (Ring ring = Rendezvous.connect(address(), UnixOptions.defaults(), RING);
                    RingWriter writer = ring.openWriter()) {
                for (long number = 1; number <= 1000; number++) {
                    assertThat(writer.offer(1, number(number), 0, 8)).isZero();
                }
            }
            assertThat(server.succeed()).isEqualTo(ProcessHandle.current().pid() + " 500500\n");
        }
    }

    private static ByteBuffer number(long number) {
        return ByteBuffer.allocateDirect(8)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .putLong(0, number);
    }

    @Test
    void who_is_not_admitted_gets_nothing_and_the_next_one_is_served() throws Exception {
        try (Tool server = Tool.peer("share_peer", "refuse", address().toString())) {
            assertThat(server.line()).isEqualTo("open");
            assertErrno("EACCES", () -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
            server.succeed();
        }
        int self = (int) ProcessHandle.current().pid();
        try (Rendezvous server =
                Rendezvous.open(address(), UnixOptions.defaults(), RING, client -> client.pid() != self)) {
            Waiter<Rendezvous.Client> accepting = Waiter.start(server::accept);
            assertErrno("EACCES", () -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
            try (Tool other = Tool.peer("share_peer", "send", address().toString(), "3")) {
                try (Ring ring = accepting.result(SOON_S).ring()) {
                    assertThat(sumOf(ring)).isEqualTo(6);
                }
                other.succeed();
            }
        }
    }

    @Test
    void each_client_gets_a_ring_of_its_own_and_who_vanishes_is_passed_over() throws Exception {
        try (Rendezvous server = Rendezvous.open(address(), UnixOptions.defaults(), RING)) {
            UnixStream.connect(address()).close();
            Waiter<Ring> first = Waiter.start(() -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
            try (Ring hers = server.accept().ring();
                    Ring his = first.result(SOON_S)) {
                Waiter<Ring> second = Waiter.start(() -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
                try (Ring other = server.accept().ring();
                        Ring another = second.result(SOON_S)) {
                    assertThat(his.segment().epoch()).isEqualTo(hers.segment().epoch());
                    assertThat(another.segment().epoch())
                            .isEqualTo(other.segment().epoch());
                    assertThat(hers.segment().epoch())
                            .isNotEqualTo(other.segment().epoch());
                }
            }
        }
    }

    @Test
    void waiting_for_clients_is_ended_by_an_interrupt_and_by_close() throws Exception {
        Rendezvous server = Rendezvous.open(address(), UnixOptions.defaults(), RING);
        assertThat(server.address()).isEqualTo(address());
        Waiter<Rendezvous.Client> interrupted = asleep(server);
        interrupted.interrupt();
        assertThatThrownBy(() -> interrupted.result(SOON_S)).hasCauseInstanceOf(InterruptedException.class);
        Waiter<Rendezvous.Client> closed = asleep(server);
        server.close();
        assertThatThrownBy(() -> closed.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertErrno("ENOENT", () -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
    }

    private static Waiter<Rendezvous.Client> asleep(Rendezvous server) throws Exception {
        Waiter<Rendezvous.Client> waiter = Waiter.start(server::accept);
        assertThat(waiter.comesInto(Class.forName("dev.strait.descriptor.DescriptorNative"), "await"))
                .isTrue();
        return waiter;
    }

    @Test
    void a_wait_set_tells_of_a_client() throws Exception {
        try (Rendezvous server = Rendezvous.open(address(), UnixOptions.defaults(), RING);
                WaitSet set = WaitSet.open()) {
            WaitSet.Key key = set.add(server.whenConnected());
            Waiter<Ring> client = Waiter.start(() -> Rendezvous.connect(address(), UnixOptions.defaults(), RING));
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            server.accept().ring().close();
            client.result(SOON_S).close();
            key.cancel();
        }
    }

    @Test
    void nothing_leaks_in_many_rounds() throws Exception {
        try (SocketPair<UnixStream> pair = UnixStream.pair();
                Segment segment = hello()) {
            round(pair, segment);
            int before = Descriptors.count();
            for (int i = 0; i < 10_000; i++) {
                round(pair, segment);
            }
            assertThat(Descriptors.count()).isEqualTo(before);
        }
    }

    private static void round(SocketPair<UnixStream> pair, Segment segment) throws IOException {
        Share.offer(pair.first(), segment);
        Share.acceptSegment(pair.second(), SEGMENT).close();
        Share.offerView(pair.first(), segment);
        Share.acceptView(pair.second(), SEGMENT).close();
    }
}
