package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the engine does not do: call the kernel, use the processor, make garbage. */
final class QuietTest {
    @TempDir
    Path directory;

    @Test
    void busy_processes_make_fewer_than_a_futex_call_for_a_thousand_messages() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
        Process reader = start(strace("read"), "read");
        Process writer = start(strace("write"), "write");
        output(writer);
        assertThat(output(reader)).isEqualTo(QuietPeer.MESSAGES + " END\n");
        assertThat(futexCalls("write") + futexCalls("read"))
                .as("futex calls of both processes, those of the JVMs included")
                .isLessThan(QuietPeer.MESSAGES / 1_000);
    }

    @Test
    void a_reader_that_waits_ten_seconds_uses_less_than_ten_milliseconds() throws Exception {
        String[] report = output(start(List.of(), "idle")).trim().split(" ", -1);
        assertThat(report[1]).isEqualTo("TIMED_OUT");
        assertThat(Long.parseLong(report[0])).isPositive().isLessThan(TimeUnit.MILLISECONDS.toNanos(10));
    }

    @Test
    void the_hot_path_does_not_allocate() throws IOException {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] sum = {0};
        MessageHandler handler = (type, buffer, offset, length) -> {
            sum[0] += buffer.getLong(offset);
            return true;
        };
        ByteBuffer source = ByteBuffer.allocateDirect(64);
        try (Ring ring = Ring.createAnonymous("quiet", RingOptions.defaults());
                RingWriter writer = ring.openWriter();
                RingReader reader = ring.openReader()) {
            exchange(writer, reader, handler, source, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            exchange(writer, reader, handler, source, 20_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(sum[0]).isEqualTo(2 * 20_000);
            assertThat(allocated).as("bytes for 40,000 messages").isLessThan(1_000);
        }
    }

    private static void exchange(
            RingWriter writer, RingReader reader, MessageHandler handler, ByteBuffer source, int rounds) {
        for (int i = 0; i < rounds; i++) {
            int offset = writer.claim(1, 64);
            writer.buffer().putLong(offset, 1);
            writer.commit();
            writer.offer(2, source, 0, 64);
            reader.poll(handler, 10);
        }
    }

    private List<String> strace(String role) {
        return List.of("strace", "-f", "-c", "-e", "trace=futex", "-o", directory.resolve(role + ".strace") + "");
    }

    /** The total in the table that strace -c writes; its columns are % time, seconds, usecs/call, calls. */
    private int futexCalls(String role) throws IOException {
        for (String line : Files.readAllLines(directory.resolve(role + ".strace"))) {
            if (line.endsWith(" futex")) {
                return Integer.parseInt(line.trim().split(" +", -1)[3]);
            }
        }
        throw new AssertionError("strace saw no futex call at all, not even the JVM's");
    }

    private Process start(List<String> prefix, String role) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Ddev.strait.dir=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                QuietPeer.class.getName(),
                role,
                "quiet"));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String output(Process process) throws IOException, InterruptedException {
        try {
            assertThat(process.waitFor(120, TimeUnit.SECONDS)).as("ended").isTrue();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }
}
