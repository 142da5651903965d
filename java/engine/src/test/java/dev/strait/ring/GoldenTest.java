package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.strait.Outcome;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Barrier;
import dev.strait.sync.Condition;
import dev.strait.sync.Latch;
import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import dev.strait.sync.Semaphore;
import dev.strait.sync.Sequence;
import dev.strait.wait.WaitPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every layout version that was ever released can be read. native/test/golden/make.c wrote the images. */
final class GoldenTest {
    private static final String REGION = "a region of the user's own\0";

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"1.0"})
    void a_ring_of_an_older_layout_is_read_and_written(String version) throws IOException {
        copyImage("ring", version);
        RingOptions options = RingOptions.defaults()
                .segment(SegmentOptions.defaults().directory(directory).userBytes(1));
        List<String> messages = new ArrayList<>();
        MessageHandler handler =
                (type, buffer, offset, length) -> messages.add(type + ":" + text(buffer, offset, length));

        try (Ring ring = Ring.open("ring", options);
                RingReader reader = ring.openReader();
                RingWriter writer = ring.openWriter()) {
            assertThat(ring.capacity()).isEqualTo(4096);
            assertThat(ring.isSpinOnly()).isFalse();
            assertThat(text(ring.segment().region(), 0, REGION.length())).isEqualTo(REGION);
            assertThat(ring.segment().region().capacity()).isEqualTo(REGION.length());
            assertThat(reader.position()).isEqualTo(40);
            assertThat(writer.position()).isEqualTo(80);
            assertThat(reader.poll(handler, 10)).isEqualTo(2);
            assertThat(writer.offer(7, ByteBuffer.wrap(new byte[] {'n', 'e', 'w'}), 0, 3))
                    .isZero();
            assertThat(reader.poll(handler, 10)).isEqualTo(1);
            assertThat(reader.poll(handler, 10)).isEqualTo(Outcome.EMPTY);
        }
        assertThat(messages)
                .containsExactly(Integer.MAX_VALUE + ":the second message", Integer.MIN_VALUE + ":", "7:new");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0"})
    void objects_of_an_older_layout_are_used(String version) throws Exception {
        copyImage("objects", version);
        SegmentOptions options = SegmentOptions.defaults().directory(directory);

        try (Segment segment = Segment.open("objects", options)) {
            Semaphore semaphore = Semaphore.open(segment, "semaphore");
            assertThat(semaphore.availablePermits()).isEqualTo(3);
            assertThat(semaphore.tryAcquire(3)).isTrue();
            assertThat(semaphore.tryAcquire()).isFalse();
            Semaphore recoverable = Semaphore.open(segment, "recoverable");
            assertThat(recoverable.availablePermits()).isEqualTo(3);
            assertThat(recoverable.tryAcquire(3)).isTrue();
            assertThat(Semaphore.open(segment, "overtaking").tryAcquire()).isFalse();

            Lock lock = Lock.open(segment, "lock");
            lock.lock();
            assertThat(Condition.open(lock, "condition").await(WaitPolicy.SLEEP, 0))
                    .isEqualTo(Outcome.TIMED_OUT);
            lock.unlock();
            Lock inherited = Lock.open(segment, "inherited");
            assertThatExceptionOfType(OwnerDiedException.class).isThrownBy(inherited::lock);
            inherited.repaired();
            inherited.unlock();

            assertThat(Sequence.open(segment, "sequence").increment(1)).isEqualTo(Long.MAX_VALUE);
            assertThat(Latch.open(segment, "latch").getCount()).isEqualTo(2);
            assertThat(Barrier.open(segment, "barrier").getParties()).isEqualTo(2);
        }
    }

    private void copyImage(String name, String version) throws IOException {
        Path image = Path.of(System.getProperty("strait.root"), "native/test/golden", name + "-" + version + ".img");
        Files.copy(image, directory.resolve(name));
        Files.setPosixFilePermissions(directory.resolve(name), PosixFilePermissions.fromString("rw-------"));
    }

    private static String text(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
