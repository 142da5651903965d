package dev.strait.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that knows nothing of us, as the other side of a test. It is killed when it takes too long. */
public final class Tool implements AutoCloseable {
    private static final long DEADLINE_S = 20;

    private final Process process;

    private Tool(List<String> command) throws IOException {
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.onExit().orTimeout(DEADLINE_S, TimeUnit.SECONDS).exceptionally(late -> process.destroyForcibly());
    }

    /** One that is installed; else the test is skipped. */
    public static Tool start(String name, String... arguments) throws IOException {
        assumeTrue(
                Stream.of(System.getenv("PATH").split(":")).anyMatch(each -> Files.isExecutable(Path.of(each, name))),
                name + " is not installed");
        List<String> command = new ArrayList<>(List.of(name));
        command.addAll(List.of(arguments));
        return new Tool(command);
    }

    /** A program of native/test/peer. */
    public static Tool peer(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("strait.native.build") + "/native/test/peer/" + name);
        command.addAll(List.of(arguments));
        return new Tool(command);
    }

    /** A Python program; its arguments are in sys.argv[1:]. */
    public static Tool python(String program, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("-c", program));
        all.addAll(List.of(arguments));
        return start("python3", all.toArray(String[]::new));
    }

    /** For its id and its input. */
    public Process process() {
        return process;
    }

    /** Waits for the next line of its output. */
    public String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int each = process.getInputStream().read(); each >= 0 && each != '\n'; ) {
            line.append((char) each);
            each = process.getInputStream().read();
        }
        return line.toString();
    }

    /** Waits for its end, which must be a success, and returns what else it has printed. */
    public String succeed() throws IOException, InterruptedException {
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int status = process.waitFor();
        if (status != 0) {
            throw new AssertionError("its status is " + status + "\n" + output);
        }
        return output;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
