package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.strait.ErrnoException;
import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentMismatchException;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rings as Java objects: their options, their exceptions, their lives; scenarios.txt has what C shares. */
@Timeout(60)
final class RingTest {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final MessageHandler PASS = (type, buffer, offset, length) -> true;

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    private RingOptions options;

    @BeforeEach
    void chooseOptions() {
        options = Rings.options(directory);
    }

    private RingOptions options(SegmentOptions segment) {
        return options.segment(segment.directory(directory));
    }

    // ---- Options -----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 2048, 4095, 4097, 98_304, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void a_lane_is_a_power_of_two_within_limits(int bytes) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RingOptions.defaults().laneBytes(bytes))
                .withMessage("laneBytes " + bytes + ": must be a power of two from 4096 to 1073741824");
    }

    @Test
    void segment_options_are_checked_when_they_are_given() {
        SegmentOptions defaults = SegmentOptions.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.userBytes(-1))
                .withMessage("userBytes -1: must be 0 to 2147483647");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.mode(01000))
                .withMessage("mode 01000: must be 0 to 0777");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.mode(-1))
                .withMessage("mode 037777777777: must be 0 to 0777");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.group(-1))
                .withMessage("group -1: must be 0 to 4294967295");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> defaults.owner(0x1_0000_0000L))
                .withMessage("owner 4294967296: must be 0 to 4294967295");
    }

    @Test
    void options_do_not_change() throws IOException {
        RingOptions spinOnly = options.spinOnly().laneBytes(2 * Rings.LANE_BYTES);
        try (Ring plain = Ring.create("plain", options);
                Ring spinning = Ring.create("spinning", spinOnly)) {
            assertThat(plain.isSpinOnly()).isFalse();
            assertThat(plain.capacity()).isEqualTo(Rings.LANE_BYTES);
            assertThat(spinning.isSpinOnly()).isTrue();
            assertThat(spinning.capacity()).isEqualTo(2 * Rings.LANE_BYTES);
        }
    }

    @Test
    void all_ways_of_mapping_give_a_ring() throws IOException {
        SegmentOptions segment =
                SegmentOptions.defaults().prefault().lock().noDump().userBytes(100);
        try (Ring ring = Ring.create("orders", options(segment));
                Ring other = Ring.open("orders", options(segment))) {
            assertThat(Rings.offer(ring.openWriter(), 7)).isZero();
            assertThat(Rings.drain(other.openReader())).containsExactly(7L);
            assertThat(ring.segment().region().capacity()).isEqualTo(100);
        }
    }

    @Test
    void the_largest_lane_takes_the_largest_message() throws IOException {
        try (Ring ring = Ring.createAnonymous("large", RingOptions.defaults().laneBytes(1 << 30))) {
            RingWriter writer = ring.openWriter();
            RingReader reader = ring.openReader();
            for (int round = 0; round < 2; round++) { // the second begins behind the first's start
                assertThat(Rings.offer(writer, round)).isZero();
                assertThat(Rings.drain(reader)).containsExactly((long) round);
                int offset = writer.claim(5, writer.maxLength());
                assertThat(offset).isPositive();
                writer.buffer().put(offset + writer.maxLength() - 1, (byte) 9);
                assertThat(writer.commit()).isZero();
                assertThat(writer.freeBytes()).isZero();
                int[] last = {0};
                assertThat(reader.poll(
                                (type, buffer, at, length) -> {
                                    last[0] = buffer.get(at + length - 1);
                                    return true;
                                },
                                1))
                        .isEqualTo(1);
                assertThat(last[0]).isEqualTo(9);
            }
        }
    }

    // ---- What exceptions say -----------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "~a", "a b", "ä", "a\0b"})
    void a_bad_name_is_refused(String name) {
        String message = "name \"" + name + "\": must be 1 to 200 of [A-Za-z0-9._-], and not \".\" or \"..\"";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ring.create(name, options))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ring.open(name, options))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ring.openOrCreate(name, options))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ring.createAnonymous(name, options))
                .withMessage(message);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Ring.unlink(name, options))
                .withMessage(message);
    }

    @Test
    void a_name_has_up_to_200_characters() throws IOException {
        Ring.create("n".repeat(200), options).close();
        assertThatIllegalArgumentException().isThrownBy(() -> Ring.create("n".repeat(201), options));
        assertThatIllegalArgumentException().isThrownBy(() -> Ring.create("n".repeat(100_000), options));
    }

    @Test
    void no_name_is_a_null_pointer() {
        assertThatThrownBy(() -> Ring.create(null, options)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Ring.open(null, options)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Ring.openOrCreate(null, options)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Ring.createAnonymous(null, options)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> Ring.unlink(null, options)).isInstanceOf(NullPointerException.class);
        assertThat(directory).isEmptyDirectory();
    }

    private static void assertErrno(
            ErrnoException thrown, String operation, String object, String text, String symbol) {
        assertThat(thrown).hasMessage(operation + "(" + object + "): " + text + " (" + symbol + ")");
        assertThat(thrown.operation()).isEqualTo(operation);
        assertThat(thrown.object()).isEqualTo(object);
        assertThat(thrown.symbol()).isEqualTo(symbol);
        assertThat(thrown.errno()).isPositive();
    }

    private static ErrnoException errnoOf(ThrowingCallable call) {
        return catchThrowableOfType(ErrnoException.class, call);
    }

    @Test
    void what_does_not_exist_is_named() {
        String path = directory + "/orders";
        String missing = "No such file or directory";
        assertErrno(errnoOf(() -> Ring.open("orders", options)), "open", path, missing, "ENOENT");
        assertErrno(errnoOf(() -> Ring.unlink("orders", options)), "unlink", path, missing, "ENOENT");
        assertErrno(
                errnoOf(() -> Ring.openAnonymous(1, 99_999, options)),
                "open(O_PATH)",
                "/proc/1/fd/99999",
                missing,
                "ENOENT");
        Path nowhere = directory.resolve("nowhere");
        RingOptions elsewhere = options.segment(SegmentOptions.defaults().directory(nowhere));
        String call = "open(O_DIRECTORY)";
        assertErrno(errnoOf(() -> Ring.create("orders", elsewhere)), call, nowhere + "", missing, "ENOENT");
        assertErrno(errnoOf(() -> Ring.open("orders", elsewhere)), call, nowhere + "", missing, "ENOENT");
        assertThat(errnoOf(() -> Ring.open("orders", options)).errno()).isEqualTo(2);
    }

    @Test
    void a_taken_name_is_named() throws IOException {
        try (Ring ring = Ring.create("orders", options)) {
            ErrnoException thrown = errnoOf(() -> Ring.create("orders", options));
            assertErrno(thrown, "linkat", ring.segment().path(), "File exists", "EEXIST");
        }
    }

    @Test
    void who_holds_a_role_is_named() throws IOException {
        try (Ring ring = Ring.create("orders", options);
                Ring other = Ring.open("orders", options);
                RingWriter writer = ring.openWriter();
                RingReader reader = ring.openReader()) {
            assertThat(writer.position()).isEqualTo(reader.position());
            String holder = ", held by process " + ProcessHandle.current().pid();
            String busy = "Device or resource busy";
            String path = directory + "/orders";
            for (Ring each : List.of(ring, other)) {
                assertErrno(errnoOf(each::openWriter), "open", path + " for writing" + holder, busy, "EBUSY");
                assertErrno(errnoOf(each::openReader), "open", path + " for reading" + holder, busy, "EBUSY");
            }
        }
    }

    @Test
    void a_symbolic_link_is_refused() throws IOException {
        Ring.create("orders", options).close();
        Files.createSymbolicLink(directory.resolve("link"), directory.resolve("orders"));
        assertErrno(
                errnoOf(() -> Ring.open("link", options)),
                "open",
                directory + "/link",
                "Too many levels of symbolic links",
                "ELOOP");
    }

    private static void assertMismatch(ThrowingCallable call, Path path, String what, String expected, String found) {
        SegmentMismatchException thrown = catchThrowableOfType(SegmentMismatchException.class, call);
        assertThat(thrown).hasMessage("open(" + path + "): " + what + " is " + found + ", expected " + expected);
        assertThat(thrown.what()).isEqualTo(what);
        assertThat(thrown.expected()).isEqualTo(expected);
        assertThat(thrown.found()).isEqualTo(found);
    }

    @Test
    void a_mismatch_names_both_values() throws IOException {
        Path orders = directory.resolve("orders");
        Segment.create("orders", SegmentOptions.defaults().directory(directory)).close();
        assertMismatch(() -> Ring.open("orders", options), orders, "kind (1 plain, 2 ring)", "2", "1");
        assertMismatch(() -> Ring.openOrCreate("orders", options), orders, "kind (1 plain, 2 ring)", "2", "1");
        Ring.unlink("orders", options);

        Ring.create("orders", options(SegmentOptions.defaults().mode(0620))).close();
        assertMismatch(() -> Ring.open("orders", options), orders, "mode", "0600", "0620");
        Ring.unlink("orders", options);

        Files.write(orders, new byte[8192]);
        Files.setPosixFilePermissions(orders, PosixFilePermissions.fromString("rw-------"));
        assertMismatch(() -> Ring.open("orders", options), orders, "magic", "0x3154494152545300", "0x0");
        Files.write(orders, new byte[100]);
        assertMismatch(() -> Ring.open("orders", options), orders, "bytes", "384", "100");
        Files.delete(orders);

        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertMismatch(() -> Ring.create("orders", options), orders, "mode", "0755", "0777");
    }

    @Test
    void the_65th_participant_is_refused() throws IOException {
        List<Ring> rings = new ArrayList<>();
        try {
            rings.add(Ring.create("orders", options));
            while (rings.size() < 64) {
                rings.add(Ring.open("orders", options));
            }
            String path = directory + "/orders";
            assertErrno(errnoOf(() -> Ring.open("orders", options)), "join", path, "Too many users", "EUSERS");
            rings.remove(32).close();
            rings.add(Ring.open("orders", options));
        } finally {
            rings.forEach(Ring::close);
        }
    }

    // ---- Waiting for the creator -------------------------------------------------------------------------------

    private RingOptions waiting(Duration timeout) {
        return options(SegmentOptions.defaults().timeout(timeout));
    }

    @Test
    void an_opener_waits_for_the_creator() throws Exception {
        for (Duration timeout : List.of(Duration.ofSeconds(50), Duration.ofSeconds(Long.MAX_VALUE))) {
            Waiter<Ring> opening = Waiter.start(() -> Ring.open("orders", waiting(timeout)));
            assertThat(opening.comesInto(Thread.class, "sleep")).isTrue();
            try (Ring ring = Ring.create("orders", options);
                    Ring opened = opening.result(20)) {
                assertThat(opened.segment().epoch()).isEqualTo(ring.segment().epoch());
                assertThat(opened.segment().wasCreated()).isFalse();
            }
            Ring.unlink("orders", options);
        }
    }

    @Test
    void an_opener_gives_up_when_its_time_has_passed() {
        for (Duration timeout : List.of(Duration.ofMillis(30), Duration.ZERO, Duration.ofNanos(Long.MIN_VALUE))) {
            long startNs = System.nanoTime();
            assertThat(errnoOf(() -> Ring.open("orders", waiting(timeout))).symbol())
                    .isEqualTo("ENOENT");
            assertThat(System.nanoTime() - startNs).isGreaterThanOrEqualTo(timeout.toNanos());
        }
    }

    @Test
    void an_interrupt_ends_the_wait_for_the_creator() throws Exception {
        AtomicBoolean stillInterrupted = new AtomicBoolean();
        Waiter<Ring> opening = Waiter.start(() -> {
            try {
                return Ring.open("orders", waiting(Duration.ofSeconds(Long.MAX_VALUE)));
            } finally {
                stillInterrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        assertThat(opening.comesInto(Thread.class, "sleep")).isTrue();
        opening.interrupt();
        assertThatThrownBy(() -> opening.result(20))
                .hasCauseInstanceOf(InterruptedIOException.class)
                .hasMessageContaining("orders: interrupted while waiting for its creation");
        assertThat(stillInterrupted).isTrue();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Ring.open("orders", waiting(Duration.ofDays(1))))
                .isInstanceOf(InterruptedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    // ---- Closed ------------------------------------------------------------------------------------------------

    @Test
    void a_closed_ring_says_so() throws Exception {
        Ring ring = Ring.create("orders", options(SegmentOptions.defaults().userBytes(64)));
        RingWriter writer = ring.openWriter();
        RingReader reader = ring.openReader();
        long epoch = ring.segment().epoch();
        ring.close();
        ring.close();
        ring.segment().close();
        String path = directory + "/orders";
        assertThatIllegalStateException().isThrownBy(ring::openWriter).withMessage("Ring[" + path + "]: is closed");
        assertThatIllegalStateException().isThrownBy(ring::openReader).withMessage("Ring[" + path + "]: is closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> ring.segment().fd())
                .withMessage(path + ": this segment is closed");
        assertThatIllegalStateException()
                .isThrownBy(() -> ring.segment().isLinked())
                .withMessage(path + ": this segment is closed");
        assertThat(writer.claim(1, 8)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.poll(PASS, 1)).isEqualTo(Outcome.CLOSED);
        assertThat(writer.awaitSpace(8, WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        assertThat(reader.awaitData(WaitPolicy.SLEEP, FOREVER)).isEqualTo(Outcome.CLOSED);
        writer.close();
        reader.close();
        assertThat(ring.capacity()).isEqualTo(Rings.LANE_BYTES);
        assertThat(ring.segment().epoch()).isEqualTo(epoch);
        assertThat(ring).hasToString("Ring[" + path + "]");
        assertThat(ring.segment()).hasToString("Segment[" + path + "]");
        assertThat(ring.segment().region().getLong(0)).isZero();
    }

    @Test
    void closing_the_segment_closes_the_ring() throws IOException {
        try (Ring ring = Ring.create("orders", options);
                Ring other = Ring.open("orders", options)) {
            RingWriter writer = ring.openWriter();
            RingReader reader = other.openReader();
            ring.segment().close();
            assertThat(writer.claim(1, 8)).isEqualTo(Outcome.CLOSED);
            assertThatIllegalStateException().isThrownBy(ring::openWriter);
            assertThat(reader.poll(PASS, 1)).isEqualTo(Outcome.END);
        }
    }

    @Test
    void views_of_a_closed_ring_read_zeros_and_take_writes_that_go_nowhere() throws IOException {
        Ring ring = Ring.create("orders", options(SegmentOptions.defaults().userBytes(64)));
        RingWriter writer = ring.openWriter();
        ByteBuffer lane = writer.buffer();
        ByteBuffer region = ring.segment().region();
        List<ByteBuffer> handlers = new ArrayList<>();
        Rings.offer(writer, -1);
        ring.openReader().poll((type, buffer, offset, length) -> handlers.add(buffer), 1);
        region.putLong(0, -1);
        try (Ring other = Ring.open("orders", options)) {
            ring.close();
            for (int round = 0; round < 2; round++) {
                assertThat(lane.getLong(8)).isZero();
                assertThat(handlers.get(0).getLong(8)).isZero();
                assertThat(region.getLong(0)).isZero();
                System.gc();
            }
            lane.putLong(16, 5);
            region.putLong(0, 5);
            assertThat(other.segment().region().getLong(0)).isEqualTo(-1);
            assertThat(other.openReader().poll(PASS, 10)).isEqualTo(Outcome.EMPTY);
        }
    }

    /** Whatever moment a close comes at, nobody crashes, and the last thing that everybody is told is CLOSED. */
    @Test
    void a_close_under_running_threads_and_live_views_harms_nobody() throws Exception {
        List<ByteBuffer> views = new ArrayList<>();
        for (int round = 0; round < 300; round++) {
            RingOptions sized = options(SegmentOptions.defaults().userBytes(64));
            Ring ring = Ring.createAnonymous("orders", sized);
            RingWriter writer = ring.openWriter();
            RingReader reader = ring.openReader();
            ByteBuffer region = ring.segment().region();
            boolean sleeps = round % 3 == 0;
            WaitPolicy policy = sleeps ? WaitPolicy.SLEEP : WaitPolicy.SPIN_THEN_SLEEP;
            List<Waiter<Integer>> users = List.of(
                    Waiter.start(() -> write(writer, policy)),
                    Waiter.start(() -> read(reader, policy)),
                    Waiter.start(() -> scribble(region, writer, reader)));
            for (int i = 0; i < round * 10; i++) {
                Thread.onSpinWait();
            }
            ring.close();
            for (Waiter<Integer> user : users) {
                assertThat(user.result(20)).isEqualTo(Outcome.CLOSED);
            }
            views.add(writer.buffer());
            views.add(region);
            if (round % 100 == 99) {
                System.gc();
            }
        }
        for (int round = 0; round < 3; round++) {
            for (ByteBuffer view : views) {
                for (int i = 0; i < view.capacity(); i += 64) {
                    int at = i;
                    view.put(at, view.get(at));
                }
            }
            System.gc();
        }
    }

    private static int write(RingWriter writer, WaitPolicy policy) throws InterruptedException {
        ByteBuffer source = ByteBuffer.allocateDirect(100);
        for (int i = 0; ; i++) {
            int result = i % 2 == 0
                    ? writer.claim(i, i % 1000, policy, FOREVER)
                    : writer.offer(i, source, 0, i % 100, policy, FOREVER);
            if (result > 0) {
                writer.buffer().putLong(result, i); // the lane goes on behind even the shortest message
                result = writer.commit();
            }
            if (result < 0) {
                return result;
            }
        }
    }

    private static int read(RingReader reader, WaitPolicy policy) throws InterruptedException {
        MessageHandler sum = (type, buffer, offset, length) -> buffer.getLong(offset) != 1;
        int result;
        do {
            result = reader.poll(sum, 10, policy, FOREVER);
        } while (result >= 0 || result == Outcome.END);
        return result;
    }

    /** Uses views and looks at positions from a third thread until it sees that both are closed. */
    private static int scribble(ByteBuffer region, RingWriter writer, RingReader reader) {
        while (!writer.isClosed() || !reader.isClosed()) {
            region.putLong(0, region.getLong(0) + 1);
            assertThat(writer.freeBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
            assertThat(reader.availableBytes()).isBetween(0L, (long) Rings.LANE_BYTES);
        }
        return Outcome.CLOSED;
    }

    @Test
    void many_threads_may_close_at_once() throws Exception {
        for (int round = 0; round < 200; round++) {
            Ring ring = Ring.createAnonymous("orders", options);
            RingWriter writer = ring.openWriter();
            RingReader reader = ring.openReader();
            List<Waiter<Integer>> closers = new ArrayList<>();
            for (AutoCloseable each : List.of(ring, writer, reader, ring.segment(), ring, writer, reader)) {
                closers.add(Waiter.start(() -> {
                    each.close();
                    return 0;
                }));
            }
            for (Waiter<Integer> closer : closers) {
                assertThat(closer.result(20)).isZero();
            }
            assertThatIllegalStateException().isThrownBy(ring::openWriter);
        }
    }

    // ---- Forgotten ---------------------------------------------------------------------------------------------

    /** Collects garbage until something is so. */
    private static boolean becomes(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500; i++) {
            System.gc();
            if (condition.getAsBoolean()) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        return false;
    }

    /** Whether a file of our directory is, also one that was mapped before it got its name. */
    private boolean isMapped() {
        try {
            return Files.readString(Path.of("/proc/self/maps")).contains(directory.toString());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void forgetRing(String name) throws IOException {
        Ring ring = Ring.create(name, options);
        assertThat(Rings.offer(ring.openWriter(), 7)).isZero();
    }

    /** Closes what nobody can reach: all that was there before two others that were closed, one after the other. */
    private void tidyUp() throws IOException, InterruptedException {
        for (String name : List.of("forgotten", "forgotten-then")) {
            forgetRing(name);
            assertThatTheSlotBecomesFree(name);
        }
    }

    private void assertThatTheSlotBecomesFree(String name) throws IOException, InterruptedException {
        try (Vandal watcher = new Vandal(directory.resolve(name))) {
            assertThat(watcher.tail()).isEqualTo(16);
            assertThat(becomes(() -> watcher.participants() == 0)).isTrue();
            assertThat(watcher.writerHasEnded()).isTrue();
        }
    }

    @Test
    void a_ring_that_nobody_can_reach_is_closed() throws Exception {
        forgetRing("orders");
        assertThat(isMapped()).isTrue();
        assertThatTheSlotBecomesFree("orders");
        assertThat(becomes(() -> !isMapped())).isTrue();
        assertThat(openFiles()).isZero();
    }

    private ByteBuffer regionOfForgottenRing() throws IOException {
        Ring ring = Ring.create("orders", options(SegmentOptions.defaults().userBytes(64)));
        return ring.segment().region().putLong(8, 42).slice(8, 8);
    }

    private ByteBuffer bufferOfForgottenWriter() throws IOException {
        Ring ring = Ring.create("orders", options);
        RingWriter writer = ring.openWriter();
        assertThat(Rings.offer(writer, 42)).isZero();
        return writer.buffer().slice(8, 8);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_view_keeps_the_memory_of_a_forgotten_ring(boolean ofLane) throws Exception {
        List<ByteBuffer> held = new ArrayList<>();
        held.add(ofLane ? bufferOfForgottenWriter() : regionOfForgottenRing());
        tidyUp();
        assertThat(held.get(0).order(ByteOrder.LITTLE_ENDIAN).getLong(0)).isEqualTo(42);
        held.clear();
        assertThat(becomes(() -> !isMapped())).isTrue();
    }

    @Test
    void a_writer_keeps_its_ring() throws Exception {
        RingWriter writer = Ring.create("orders", options).openWriter();
        tidyUp();
        assertThat(Rings.offer(writer, 7)).isZero();
        try (Ring other = Ring.open("orders", options)) {
            assertThat(Rings.drain(other.openReader())).containsExactly(7L);
        }
        writer.close();
    }

    // ---- Leaks -------------------------------------------------------------------------------------------------

    private long openFiles() throws IOException {
        long count = 0;
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : descriptors) {
                try {
                    count += Files.readSymbolicLink(each).startsWith(directory) ? 1 : 0;
                } catch (IOException e) {
                    // It was the stream's own.
                }
            }
        }
        return count;
    }

    private static long mappings() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            return lines.count();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void descriptors_and_mappings_do_not_leak() throws Exception {
        openAndClose(200);
        assertThat(becomes(() -> !isMapped())).isTrue();
        long before = mappings();
        openAndClose(2000);
        assertThat(openFiles()).isZero();
        assertThat(isMapped()).isFalse(); // a close takes the file away at once, the address space comes later
        assertThat(becomes(() -> mappings() < before + 100)).isTrue();
    }

    private void openAndClose(int rounds) throws IOException {
        RingOptions sized = options(SegmentOptions.defaults().userBytes(64));
        for (int i = 0; i < rounds; i++) {
            try (Ring ring = Ring.openOrCreate("orders", sized)) {
                assertThat(Rings.offer(ring.openWriter(), i)).isZero();
                assertThat(Rings.drain(ring.openReader())).containsExactly((long) i);
                assertThat(ring.segment().region().getLong(0)).isZero();
            }
            assertThat(errnoOf(() -> Ring.create("orders", sized)).symbol()).isEqualTo("EEXIST");
            assertThat(errnoOf(() -> Ring.open("nothing", sized)).symbol()).isEqualTo("ENOENT");
        }
    }
}
