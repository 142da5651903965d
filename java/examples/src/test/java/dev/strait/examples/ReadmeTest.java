package dev.strait.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows compiles and runs, as it stands there. */
final class ReadmeTest {
    private static final Path ROOT = Path.of(System.getProperty("strait.root"));
    private static final Path NATIVE = Path.of(System.getProperty("strait.native.build"));
    private static final Path JAVA_BIN = Path.of(System.getProperty("java.home"), "bin");

    @TempDir
    Path folder;

    @BeforeEach
    void compile_the_java_example() throws IOException, InterruptedException {
        Files.writeString(folder.resolve("Prices.java"), block("java"));
        assertThat(run(List.of(JAVA_BIN.resolve("javac").toString(), "-cp", engine(), "Prices.java")))
                .isEmpty();
    }

    @Test
    void the_java_example_hands_a_price_from_process_to_process() throws IOException, InterruptedException {
        Process reader = start(java("read"));
        assertThat(run(java("write"))).isEmpty();
        assertThat(output(reader)).isEqualTo("42 costs 101.5\n");
    }

    @Test
    void the_c_example_writes_what_the_java_example_reads() throws IOException, InterruptedException {
        Files.writeString(folder.resolve("prices.c"), block("c"));
        List<String> gcc = List.of(
                "gcc",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-I" + ROOT.resolve("native/include"),
                "prices.c",
                NATIVE.resolve("libstrait.a").toString(),
                "-o",
                "prices-in-c");
        assertThat(run(gcc)).isEmpty();
        assertThat(run(List.of("./prices-in-c"))).isEmpty();
        assertThat(run(java("read"))).isEqualTo("7 costs 99.25\n");
    }

    @Test
    void its_first_two_commands_are_there() throws IOException {
        Matcher commands = Pattern.compile("^(ci/\\w+) +#", Pattern.MULTILINE).matcher(readme());
        for (String expected : List.of("ci/demo", "ci/test")) {
            assertThat(commands.find()).isTrue();
            assertThat(commands.group(1)).isEqualTo(expected);
            assertThat(ROOT.resolve(expected)).isExecutable();
        }
    }

    /** The first fenced block of a language. */
    private static String block(String language) throws IOException {
        Matcher block = Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(readme());
        assertThat(block.find()).as("a block of " + language).isTrue();
        return block.group(1);
    }

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    /** The engine's classes, or its jar: whatever this test itself uses. */
    private static String engine() {
        return System.getProperty("java.class.path");
    }

    private static List<String> java(String argument) {
        return List.of(
                JAVA_BIN.resolve("java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                engine() + ":.",
                "Prices",
                argument);
    }

    private Process start(List<String> command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().put("STRAIT_DIR", folder.toString());
        return builder.start();
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        return output(start(command));
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
