package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.Outcome;
import dev.strait.segment.SegmentOptions;
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
        Path image = Path.of(System.getProperty("strait.root"), "native/test/golden/ring-" + version + ".img");
        Files.copy(image, directory.resolve("ring"));
        Files.setPosixFilePermissions(directory.resolve("ring"), PosixFilePermissions.fromString("rw-------"));
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

    private static String text(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return new String(bytes, StandardCharsets.US_ASCII);
    }
}
