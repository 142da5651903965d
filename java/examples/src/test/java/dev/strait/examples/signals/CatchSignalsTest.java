package dev.strait.examples.signals;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals that end a program, caught by one in Java. */
final class CatchSignalsTest {
    private static Process start(String... options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path")));
        command.add(CatchSignals.class.getName());
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "INT", "TERM", "QUIT"})
    void a_signal_is_caught_and_the_program_exits_in_order(String signal) throws Exception {
        Process process = start("-Xrs");
        try {
            BufferedReader output = process.inputReader();
            assertThat(output.readLine()).isEqualTo("kill " + process.pid());
            Process kill = new ProcessBuilder("sh", "-c", "kill -s " + signal + " " + process.pid()).start();
            assertThat(kill.waitFor()).isZero();
            assertThat(output.readLine()).isEqualTo("caught " + signal + " from process " + kill.pid());
            assertThat(output.readLine()).isNull();
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void without_xrs_the_signals_are_the_jvms() throws Exception {
        Process process = start();
        try {
            assertThat(process.inputReader().lines())
                    .anyMatch(line -> line.endsWith(
                            "HUP (1) cannot be taken: the Java VM ends in order by it; with -Xrs it is the program's"));
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
        } finally {
            process.destroyForcibly();
        }
    }
}
