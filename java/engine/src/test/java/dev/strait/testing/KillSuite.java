package dev.strait.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** One of the kill suites in native/test, with a JVM as the one that is killed. */
public final class KillSuite {
    /** What {@code ci/test --long} multiplies test rounds by. */
    private static final String SHARE = "STRAIT_TEST_SHARE";

    private final Path program;
    private final Map<String, String> environment = new HashMap<>();

    /**
     * A suite.
     *
     * @param program its name
     * @param victim the main class of the JVM, which is started with the {@link SecondBuild}
     * @param folder an empty one
     */
    public KillSuite(String program, Class<?> victim, Path folder) throws IOException {
        this.program = Path.of(System.getProperty("strait.native.build"), "native/test", program);
        assumeTrue(Files.exists(this.program), "this build is without the C tests");
        environment.put("STRAIT_KILL_VICTIM", command(victim, folder));
    }

    /** Whether all is to be run, five times each. */
    public static boolean isLong() {
        return Double.parseDouble(System.getenv().getOrDefault(SHARE, "1")) > 1;
    }

    /** Only points that Java itself passes count. */
    public KillSuite inJavaOnly() {
        environment.put("STRAIT_KILL_IN_JAVA", "1");
        return this;
    }

    /** Lets a JVM die at some points once each, or when there is time at all of them, five times. */
    public void run(List<String> some, List<String> all) throws IOException, InterruptedException {
        run(isLong() ? "1" : "0.2", isLong() ? all : some);
    }

    /** Runs tests with a share of their rounds. */
    public void run(String share, List<String> prefixes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(prefixes);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put(SHARE, share);
        Process suite = builder.start();
        String output = new String(suite.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(suite.waitFor()).as(output).isZero();
        assertThat(output).doesNotContain("skipped");
    }

    private static String command(Class<?> victim, Path folder) throws IOException {
        return String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Ddev.strait.library=" + SecondBuild.LIBRARY,
                "-cp",
                Arrays.stream(SecondBuild.classPath(folder)).map(Path::toString).collect(Collectors.joining(":")),
                victim.getName());
    }
}
