package dev.strait.examples.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.sysv.SysvKey;
import dev.strait.sysv.SysvQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pair around a queue, in both languages. */
final class QueueTest {
    private SysvQueue queue;

    @BeforeEach
    void make() throws IOException {
        queue = SysvQueue.create(SysvKey.PRIVATE, 0600);
    }

    @AfterEach
    void remove() throws IOException {
        queue.remove();
        queue.close();
    }

    @ParameterizedTest
    @CsvSource({"java, java", "java, c", "c, java", "c, c"})
    void what_one_program_sends_the_other_receives(String sender, String receiver) throws Exception {
        Process second = start(receiver, "recv", "-t", "2");
        Process first = start(receiver, "recv", "-t", "1");
        assertThat(output(start(sender, "send", "-t", "1", "-m", "hello there")))
                .isEmpty();
        assertThat(output(first)).isEqualTo("1 hello there\n");
        assertThat(output(start(sender, "send", "-t", "2", "-m", "a second one")))
                .isEmpty();
        assertThat(output(second)).isEqualTo("2 a second one\n");
    }

    private Process start(String language, String role, String... options) throws IOException {
        List<String> command = new ArrayList<>();
        if (language.equals("java")) {
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
            command.add((role.equals("send") ? Send.class : Recv.class).getName());
        } else {
            command.add(System.getProperty("strait.native.build") + "/native/examples/queue_" + role);
        }
        command.addAll(List.of("-i", Integer.toString(queue.id())));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
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
