package dev.strait.examples.buffer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bounded buffer between processes in both languages. */
final class BufferTest {
    private static final int COUNT = 20_000;
    private static final long SUM = COUNT * (COUNT + 1L) / 2;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"java, java", "java, c", "c, java", "c, c"})
    void what_one_process_puts_the_other_takes(String producer, String consumer) throws Exception {
        Process consuming = start(consumer, "consume", COUNT);
        assertThat(output(start(producer, "produce", COUNT))).isEmpty();
        assertThat(output(consuming)).isEqualTo(SUM + "\n");
    }

    @Test
    void many_producers_and_consumers_share_one_buffer() throws Exception {
        List<Process> processes = new ArrayList<>();
        List<Process> consumers = new ArrayList<>();
        for (String language : List.of("java", "c")) {
            consumers.add(start(language, "consume", COUNT));
            processes.add(start(language, "produce", COUNT));
        }
        for (Process process : processes) {
            assertThat(output(process)).isEmpty();
        }
        long sum = 0;
        for (Process process : consumers) {
            sum += Long.parseLong(output(process).trim());
        }
        assertThat(sum).isEqualTo(2 * SUM);
    }

    private Process start(String language, String role, int count) throws IOException {
        List<String> command = new ArrayList<>();
        if (language.equals("java")) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
            command.add(Buffer.class.getName());
        } else {
            command.add(System.getProperty("strait.native.build") + "/native/examples/buffer");
        }
        command.addAll(List.of(role, "numbers", Integer.toString(count)));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("STRAIT_DIR", directory.toString());
        return builder.start();
    }

    private static String output(Process process) throws IOException, InterruptedException {
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
