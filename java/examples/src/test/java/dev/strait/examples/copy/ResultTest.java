package dev.strait.examples.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the demo calls verified. */
final class ResultTest {
    private static final int STAMPS = CopyMessages.COUNTED_STAMPS;

    @TempDir
    Path folder;

    private Path file;
    private Path copy;
    private Path latencies;

    @BeforeEach
    void files() throws IOException {
        file = Files.write(folder.resolve("file"), new byte[] {1, 2, 3});
        copy = Files.write(folder.resolve("copy"), new byte[] {1, 2, 3});
        latencies = folder.resolve("latencies");
    }

    @Test
    void an_identical_copy_and_all_stamps_are_verified() throws IOException {
        Result result = result("2 3 1000", STAMPS);
        assertThat(result.verified()).isTrue();
        assertThat(result.bytes_per_second()).isEqualTo(3e6);
        assertThat(result.latency_ns().p50()).isBetween(STAMPS * 49L / 100, STAMPS * 51L / 100);
        assertThat(result.latency_ns().p999()).isBetween(STAMPS * 998L / 1000, (long) STAMPS);
        assertThat(result.latency_ns().max()).isBetween(STAMPS * 999L / 1000, STAMPS * 1001L / 1000);
    }

    @Test
    void a_copy_that_differs_is_not() throws IOException {
        Files.write(copy, new byte[] {1, 2, 4});
        assertThat(result("2 3 1000", STAMPS).verified()).isFalse();
    }

    @Test
    void a_reader_that_counted_other_bytes_is_not() throws IOException {
        assertThat(result("2 4 1000", STAMPS).verified()).isFalse();
    }

    @Test
    void a_missing_stamp_is_not() throws IOException {
        assertThat(result("2 3 1000", STAMPS - 1).verified()).isFalse();
    }

    /** With latencies of 1, 2, 3 … nanoseconds. */
    private Result result(String report, int stamps) throws IOException {
        ByteBuffer values = ByteBuffer.allocate(Long.BYTES * stamps).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 1; i <= stamps; i++) {
            values.putLong(i);
        }
        Files.write(latencies, values.array());
        return Result.of(Pairing.JAVA_TO_C, report, file, copy, latencies);
    }
}
