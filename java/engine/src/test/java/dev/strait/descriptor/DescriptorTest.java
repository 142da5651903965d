package dev.strait.descriptor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ErrnoException;
import dev.strait.pipe.Pipe;
import dev.strait.pipe.PipeReader;
import dev.strait.pipe.PipeWriter;
import dev.strait.testing.Descriptors;
import dev.strait.testing.Virtual;
import dev.strait.testing.Waiter;
import dev.strait.wait.WaitPolicy;
import dev.strait.wait.WaitSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all descriptors have in common, seen at the ends of a pipe. */
final class DescriptorTest {
    private static final long SOON_S = 20;
    private static final int CAPACITY_BYTES = 65_536;

    private Pipe pipe;
    private PipeReader reader;
    private PipeWriter writer;

    @BeforeEach
    void open() throws IOException {
        pipe = Pipe.open();
        reader = pipe.reader();
        writer = pipe.writer();
    }

    @AfterEach
    void close() throws IOException {
        pipe.close();
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static ByteBuffer room(boolean direct, int bytes) {
        return direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
    }

    private static String text(ByteBuffer buffer) {
        byte[] text = new byte[buffer.flip().remaining()];
        buffer.get(text);
        return new String(text, US_ASCII);
    }

    private Waiter<Integer> asleepInRead() throws Exception {
        Waiter<Integer> waiter = Waiter.start(() -> reader.read(ByteBuffer.allocateDirect(8)));
        assertThat(waiter.comesInto(DescriptorNative.class, "await")).isTrue();
        return waiter;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void bytes_come_out_as_they_went_in_and_move_the_positions(boolean direct) throws IOException {
        ByteBuffer source = room(direct, 16).put(bytes("..hello world")).flip().position(2);
        assertThat(writer.write(source)).isEqualTo(11);
        assertThat(source.hasRemaining()).isFalse();
        ByteBuffer target = room(direct, 16).position(3).limit(8);
        assertThat(reader.read(target)).isEqualTo(5);
        assertThat(target.position()).isEqualTo(8);
        byte[] read = new byte[5];
        target.position(3).get(read);
        assertThat(read).isEqualTo("hello".getBytes(US_ASCII));
        ByteBuffer rest = room(direct, 16);
        assertThat(reader.read(rest)).isEqualTo(6);
        assertThat(text(rest)).isEqualTo(" world");
    }

    @Test
    void a_read_only_buffer_is_written_from_and_not_read_into() throws IOException {
        assertThat(writer.write(bytes("x").asReadOnlyBuffer())).isOne();
        assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("read-only");
        assertThat(reader.read(ByteBuffer.allocate(8))).isOne();
    }

    @Test
    void several_buffers_are_gathered_and_scattered_wherever_they_are() throws IOException {
        ByteBuffer direct = ByteBuffer.allocateDirect(4).put(bytes("cdef")).flip();
        ByteBuffer[] sources = {bytes("no"), bytes("ab"), ByteBuffer.allocate(0), direct, bytes("g")};
        assertThat(writer.write(sources, 1, 4)).isEqualTo(7);
        assertThat(sources[0].position()).isZero();
        ByteBuffer[] targets = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(3), ByteBuffer.allocate(3)};
        assertThat(reader.read(targets)).isEqualTo(7);
        assertThat(text(targets[0]) + "|" + text(targets[1]) + "|" + text(targets[2]))
                .isEqualTo("abc|def|g");
    }

    @Test
    void more_buffers_than_a_call_takes_are_all_written() throws IOException {
        ByteBuffer[] sources = new ByteBuffer[200];
        for (int i = 0; i < sources.length; i++) {
            sources[i] = bytes("x");
        }
        assertThat(writer.write(sources)).isEqualTo(200);
        assertThat(reader.read(ByteBuffer.allocate(500))).isEqualTo(200);
    }

    @Test
    void an_empty_buffer_moves_nothing_and_does_not_wait() throws IOException {
        assertThat(reader.read(ByteBuffer.allocate(0))).isZero();
        assertThat(writer.write(ByteBuffer.allocate(0))).isZero();
        assertThat(reader.read(new ByteBuffer[0])).isZero();
        assertThat(writer.write(new ByteBuffer[] {ByteBuffer.allocate(0)})).isZero();
    }

    @Test
    void a_call_that_waits_goes_on_when_there_is_something() throws Exception {
        Waiter<Integer> waiter = asleepInRead();
        writer.write(bytes("abc"));
        assertThat(waiter.result(SOON_S)).isEqualTo(3);
    }

    @Test
    void a_blocking_write_moves_everything_however_much_it_is() throws Exception {
        int total = 5 * CAPACITY_BYTES + 17;
        Waiter<Integer> waiter = Waiter.start(() -> writer.write(ByteBuffer.allocate(total)));
        int read = 0;
        ByteBuffer target = ByteBuffer.allocateDirect(10_000);
        while (read < total) {
            read += reader.read(target.clear());
        }
        assertThat(waiter.result(SOON_S)).isEqualTo(total);
    }

    @Test
    void closing_by_another_thread_ends_a_wait() throws Exception {
        Waiter<Integer> waiter = asleepInRead();
        reader.close();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
        assertThat(reader.isOpen()).isFalse();
    }

    @Test
    void closing_ends_the_waits_of_all_threads_and_closes_the_descriptor_after_the_last() throws Exception {
        List<Waiter<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            waiters.add(asleepInRead());
        }
        reader.close();
        for (Waiter<Integer> waiter : waiters) {
            assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        }
        assertThatThrownBy(() -> writer.write(bytes("x")))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("write(" + writer + "): Broken pipe (EPIPE)");
    }

    @Test
    void an_interrupt_ends_a_wait_and_closes_the_channel_as_those_of_the_jdk() throws Exception {
        Waiter<Integer> waiter = asleepInRead();
        waiter.interrupt();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(ClosedByInterruptException.class);
        assertThat(reader.isOpen()).isFalse();
    }

    @Test
    void a_thread_that_is_interrupted_already_closes_the_channel_even_if_there_is_something() throws Exception {
        writer.write(bytes("abc"));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(8))).isInstanceOf(ClosedByInterruptException.class);
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void a_timeout_ends_a_wait_not_early_and_leaves_it_open() throws Exception {
        reader.setTimeout(Duration.ofMillis(30));
        assertThat(reader.timeout()).isEqualTo(Duration.ofMillis(30));
        long start = System.nanoTime();
        assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(8)))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("ETIMEDOUT"));
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
        writer.write(bytes("abc"));
        assertThat(reader.read(ByteBuffer.allocate(8))).isEqualTo(3);
        reader.setTimeout(Duration.ZERO);
        assertThat(reader.timeout()).isZero();
        assertThatThrownBy(() -> reader.setTimeout(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
        reader.setTimeout(Duration.ofSeconds(Long.MAX_VALUE));
    }

    @Test
    void a_write_that_times_out_says_by_its_position_what_it_has_moved() {
        writer.setTimeout(Duration.ofMillis(10));
        ByteBuffer source = ByteBuffer.allocateDirect(2 * CAPACITY_BYTES);
        assertThatThrownBy(() -> writer.write(source)).hasMessageContaining("ETIMEDOUT");
        assertThat(source.position()).isEqualTo(CAPACITY_BYTES);
    }

    @Test
    void one_that_does_not_block_answers_0_where_the_kernel_says_EAGAIN() throws IOException {
        reader.configureBlocking(false);
        writer.configureBlocking(false);
        assertThat(reader.isBlocking()).isFalse();
        assertThat(reader.read(ByteBuffer.allocate(8))).isZero();
        assertThat(reader.read(new ByteBuffer[] {ByteBuffer.allocate(8)})).isZero();
        assertThat(writer.write(ByteBuffer.allocate(2 * CAPACITY_BYTES))).isEqualTo(CAPACITY_BYTES);
        assertThat(writer.write(bytes("x"))).isZero();
        assertThat(writer.write(new ByteBuffer[] {bytes("x"), bytes("y")})).isZero();
    }

    @Test
    void calls_on_a_closed_one_never_reach_a_descriptor_that_got_its_number() throws IOException {
        int fd = reader.fd();
        reader.close();
        reader.close();
        try (Pipe other = Pipe.open()) {
            assertThat(other.reader().fd()).isEqualTo(fd);
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(8)))
                    .isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.read(ByteBuffer.allocate(0)))
                    .isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> reader.lend(number -> 0)).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(reader::release).isInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(reader::fd)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("PipeReader[fd " + fd + "]: is closed");
        }
    }

    @Test
    void a_released_descriptor_is_open_and_the_callers() throws Exception {
        Waiter<Integer> waiter = asleepInRead();
        int fd = reader.release();
        assertThatThrownBy(() -> waiter.result(SOON_S)).hasCauseInstanceOf(AsynchronousCloseException.class);
        assertThat(reader.isOpen()).isFalse();
        assertThat(Descriptors.isOpen(fd)).isTrue();
        writer.write(bytes("still read")); // no EPIPE
        assertThat(DescriptorNative.close(fd)).isZero();
    }

    @Test
    void of_a_close_and_a_release_at_once_one_has_the_descriptor() throws Exception {
        int before = Descriptors.count();
        for (int i = 0; i < 2_000; i++) {
            Pipe each = Pipe.open();
            Waiter<Integer> waiter = Waiter.start(() -> {
                each.reader().close();
                return 0;
            });
            try {
                assertThat(DescriptorNative.close(each.reader().release())).isZero();
            } catch (ClosedChannelException e) {
                assertThat(each.reader().isOpen()).isFalse();
            }
            waiter.result(SOON_S);
            each.writer().close();
        }
        assertThat(Descriptors.count()).isEqualTo(before);
    }

    @Test
    void a_lent_descriptor_stays_open_while_the_call_lasts() throws IOException {
        long result = reader.lend(fd -> {
            assertThat(fd).isEqualTo(reader.fd());
            try {
                reader.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return Descriptors.isOpen(fd) ? 7 : 0;
        });
        assertThat(result).isEqualTo(7);
        assertThatThrownBy(() -> writer.write(bytes("x"))).hasMessageContaining("EPIPE");
    }

    @Test
    void a_wait_set_takes_it_and_says_closed_when_it_is() throws Exception {
        try (WaitSet set = WaitSet.open()) {
            WaitSet.Key readable = set.add(reader.whenReadable());
            assertThat(set.await(WaitPolicy.SLEEP, 0)).isNegative();
            writer.write(bytes("x"));
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            assertThat(readable.isReady()).isTrue();
            readable.cancel();
            WaitSet.Key writable = set.add(writer.whenWritable());
            assertThat(set.await(WaitPolicy.SLEEP, Long.MAX_VALUE)).isOne();
            writable.cancel();
            reader.close();
            assertThatThrownBy(() -> set.add(reader.whenReadable())).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void one_that_nobody_closed_is_closed_when_it_is_unreachable() throws Exception {
        int fd = reader.fd();
        pipe = null;
        reader = null;
        for (int i = 0; i < 1_000 && Descriptors.isOpen(fd); i++) {
            System.gc();
            Thread.sleep(5);
        }
        assertThat(Descriptors.isOpen(fd)).isFalse();
        pipe = Pipe.open(); // for close()
    }

    @Test
    void waits_leave_no_descriptor_behind() throws Exception {
        Waiter<Integer> first = asleepInRead();
        writer.write(bytes("x"));
        first.result(SOON_S);
        int before = Descriptors.count();
        for (int i = 0; i < 10_000; i++) {
            try (Pipe each = Pipe.open()) {
                each.reader().setTimeout(Duration.ofNanos(1));
                assertThatThrownBy(() -> each.reader().read(ByteBuffer.allocate(1)))
                        .isInstanceOf(ErrnoException.class);
            }
        }
        assertThat(Descriptors.count()).isEqualTo(before);
    }

    @Test
    void threads_that_share_both_ends_lose_nothing_and_double_nothing() throws Exception {
        int messages = 2_000;
        AtomicLong sum = new AtomicLong();
        List<Waiter<Void>> readers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            readers.add(Waiter.start(() -> {
                ByteBuffer message = ByteBuffer.allocateDirect(8);
                while (reader.read(message.clear()) == 8) {
                    sum.addAndGet(message.getLong(0));
                }
                return null;
            }));
        }
        List<Waiter<Void>> writers = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            writers.add(Waiter.start(() -> {
                for (long n = 1; n <= messages; n++) {
                    writer.write(ByteBuffer.allocateDirect(8).putLong(0, n));
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
        assertThat(sum).hasValue(16L * messages * (messages + 1) / 2);
    }

    // ---- Virtual threads
    // -----------------------------------------------------------------------------------------------

    private Virtual<Integer> parkedInRead() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        Virtual<Integer> virtual = Virtual.start(() -> reader.read(ByteBuffer.allocateDirect(8)));
        assertThat(virtual.comesToPark()).isTrue();
        return virtual;
    }

    @Test
    void virtual_threads_park_and_go_on_when_there_is_something() throws Exception {
        List<Virtual<Integer>> virtuals = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            virtuals.add(parkedInRead());
        }
        for (int i = 0; i < 20; i++) {
            writer.write(bytes("12345678"));
        }
        for (Virtual<Integer> virtual : virtuals) {
            assertThat(virtual.result()).isEqualTo(8);
        }
    }

    @Test
    void a_virtual_thread_is_told_of_a_close() throws Exception {
        Virtual<Integer> virtual = parkedInRead();
        reader.close();
        assertThatThrownBy(virtual::result)
                .isInstanceOf(ExecutionException.class)
                .hasCauseExactlyInstanceOf(AsynchronousCloseException.class);
    }

    @Test
    void a_virtual_thread_that_is_interrupted_closes_the_channel() throws Exception {
        Virtual<Integer> virtual = parkedInRead();
        virtual.interrupt();
        assertThatThrownBy(virtual::result).hasCauseInstanceOf(ClosedByInterruptException.class);
        assertThat(reader.isOpen()).isFalse();
    }

    @Test
    void a_virtual_thread_waits_no_longer_than_its_timeout() throws Exception {
        assumeTrue(Runtime.version().feature() >= 21, "virtual threads begin with Java 21");
        reader.setTimeout(Duration.ofMillis(20));
        Virtual<Integer> virtual = Virtual.start(() -> reader.read(ByteBuffer.allocateDirect(8)));
        assertThatThrownBy(virtual::result).hasMessageContaining("ETIMEDOUT");
    }
}
