package dev.strait.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A program of the system that a test talks to: a shell, cat, or one of native/test/peer. */
public final class Shell implements AutoCloseable {
    private static final long DEADLINE_S = 60;

    private final Process process;
    private final CompletableFuture<Process> end;

    private Shell(Process process) {
        this.process = process;
        this.end = process.onExit()
                .orTimeout(DEADLINE_S, TimeUnit.SECONDS)
                .exceptionally(late -> process.destroyForcibly());
    }

    /** Starts a program; stderr goes where stdout goes. */
    public static Shell start(String... command) throws IOException {
        return start(new ProcessBuilder(command));
    }

    /** Starts a program whose standard streams are as the builder says. */
    public static Shell start(ProcessBuilder builder) throws IOException {
        return new Shell(builder.redirectErrorStream(true).start());
    }

    /** Starts a script, whose $0 and $1 are the arguments. */
    public static Shell script(String script, Object... arguments) throws IOException {
        String[] command = new String[3 + arguments.length];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = script;
        for (int i = 0; i < arguments.length; i++) {
            command[3 + i] = arguments[i].toString();
        }
        return start(command);
    }

    /** Runs a program to its end, which must be a success, and returns what it printed. */
    public static String run(String... command) throws IOException, InterruptedException {
        try (Shell shell = start(command)) {
            String printed = shell.rest();
            if (shell.status() != 0) {
                throw new AssertionError(List.of(command) + " ended with " + shell.status() + ": " + printed);
            }
            return printed;
        }
    }

    /** One of native/test/peer. */
    public static String peer(String name) {
        return Path.of(System.getProperty("strait.native.build"), "native/test/peer", name)
                .toString();
    }

    /** Skips the test where a program is missing. */
    public static void assumeHas(String program) {
        boolean found = Pattern.compile(":")
                .splitAsStream(System.getenv("PATH"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
        assumeTrue(found, program + " is not installed");
    }

    /** What another program opens in place of a descriptor of this process; a description of its own. */
    public static File ours(int fd) {
        return new File("/proc/" + ProcessHandle.current().pid() + "/fd/" + fd);
    }

    /** For its id and its streams. */
    public Process process() {
        return process;
    }

    /** What it prints until it ends. */
    public String rest() throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What it ends with. */
    public int status() throws InterruptedException {
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        end.join();
    }
}
