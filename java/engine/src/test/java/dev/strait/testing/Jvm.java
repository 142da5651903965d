package dev.strait.testing;

import dev.strait.Outcome;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A JVM to be started by a test, on the JDK that runs it, with the engine as it is packaged and the tests' own classes on
 * its class path.
 *
 * <pre>{@code
 * String output = Jvm.of(Main.class).option("-Xcheck:jni").succeed("argument");
 *
 * try (Jvm.Child child = Jvm.of(Main.class).start()) {
 *     assertThat(child.line()).isEqualTo("ready");
 *     child.process().destroyForcibly();
 * }
 * }</pre>
 */
public final class Jvm {
    /** After it a child is killed, which ends its output and whoever waits for it. */
    private static final long DEADLINE_SECONDS = 120;

    /** Where Linux distributions install JDKs. */
    private static final Path HOMES = Path.of("/usr/lib/jvm");

    private final List<String> main;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>();
    private Path home = Path.of(System.getProperty("java.home"));
    private String nativeAccess = "ALL-UNNAMED";
    private List<String> path = List.of("--class-path", join(packagedEngine(), folderOf(Jvm.class)));

    private Jvm(String... main) {
        this.main = List.of(main);
    }

    /** Runs a class's main method. */
    public static Jvm of(Class<?> main) {
        return new Jvm(main.getName());
    }

    /** Runs the main method of a class that is not on the test's own class path. */
    public static Jvm of(String main) {
        return new Jvm(main);
    }

    /** Runs a class's main method as a module. */
    public static Jvm ofModule(String module, Class<?> main) {
        return new Jvm("--module", module + "/" + main.getName());
    }

    /** Where the engine's classes and its native library are, laid out as in the jar. */
    public static Path packagedEngine() {
        return folderOf(Outcome.class);
    }

    /** The folder or jar that a class was loaded from. */
    public static Path folderOf(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** An installed JDK of at least this version: the one that runs us, if it will do. */
    public static Optional<Path> homeOfJdk(int version) throws IOException {
        if (Runtime.version().feature() >= version) {
            return Optional.of(Path.of(System.getProperty("java.home")));
        }
        if (Files.notExists(HOMES)) {
            return Optional.empty();
        }
        try (Stream<Path> homes = Files.list(HOMES)) {
            return homes.filter(candidate -> versionOf(candidate) >= version).findFirst();
        }
    }

    /** Another JDK. */
    public Jvm home(Path jdk) {
        home = jdk;
        return this;
    }

    /** Options of the JVM: {@code -D}, {@code -X}. */
    public Jvm option(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /** The module that gets native access, instead of all unnamed ones; null for none. */
    public Jvm nativeAccess(String module) {
        nativeAccess = module;
        return this;
    }

    /** Instead of the usual class path. */
    public Jvm classPath(Path... entries) {
        path = List.of("--class-path", join(entries));
        return this;
    }

    /** Instead of a class path. */
    public Jvm modulePath(Path... entries) {
        path = List.of("--module-path", join(entries));
        return this;
    }

    /** Sets a variable of the child's environment. */
    public Jvm environment(String name, String value) {
        environment.put(name, value);
        return this;
    }

    /** Has the JVM started by another command, to which its own is added: {@code nice}, {@code unshare -m}. */
    public Jvm under(String... command) {
        wrapper.addAll(List.of(command));
        return this;
    }

    /** Runs to the end, which must be a success, and returns what was written to stdout and stderr. */
    public String succeed(String... arguments) throws IOException, InterruptedException {
        return run(0, arguments);
    }

    /** Runs to the end, which must be an uncaught exception, and returns what was written to stdout and stderr. */
    public String fail(String... arguments) throws IOException, InterruptedException {
        return run(1, arguments);
    }

    /** Starts it. */
    public Child start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(wrapper);
        command.add(home.resolve("bin/java").toString());
        command.addAll(options);
        if (nativeAccess != null) {
            command.add("--enable-native-access=" + nativeAccess);
        }
        command.addAll(path);
        command.addAll(main);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new Child(builder.start());
    }

    private String run(int expected, String... arguments) throws IOException, InterruptedException {
        try (Child child = start(arguments)) {
            String output = child.rest();
            int status = child.process().waitFor();
            if (status != expected) {
                throw new AssertionError("The child's status is " + status + ", not " + expected + "\n" + output);
            }
            return output;
        }
    }

    private static String join(Path... entries) {
        return Arrays.stream(entries).map(Path::toString).collect(Collectors.joining(":"));
    }

    private static int versionOf(Path jdk) {
        try (Stream<String> lines = Files.lines(jdk.resolve("release"))) {
            return lines.filter(line -> line.startsWith("JAVA_VERSION="))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("JAVA_VERSION=\"([0-9]+).*", "$1")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0; // no JDK
        }
    }

    /** A JVM that runs. */
    public static final class Child implements AutoCloseable {
        private final Process process;
        private final BufferedReader output;
        private final CompletableFuture<Process> end;

        private Child(Process process) {
            this.process = process;
            this.output = process.inputReader();
            this.end = process.onExit()
                    .orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
                    .exceptionally(late -> process.destroyForcibly());
        }

        /** For its id, its input, and its end. */
        public Process process() {
            return process;
        }

        /** Waits for the next line of stdout and stderr; null at their end. */
        public String line() throws IOException {
            return output.readLine();
        }

        /** Waits for the end of stdout and stderr, and returns what was not yet read. */
        public String rest() {
            StringBuilder rest = new StringBuilder();
            try {
                for (String line = line(); line != null; line = line()) {
                    rest.append(line).append('\n');
                }
            } catch (IOException e) {
                throw new AssertionError(
                        "The child was killed; its deadline is " + DEADLINE_SECONDS + " s\n" + rest, e);
            }
            return rest.toString();
        }

        @Override
        public void close() {
            process.destroyForcibly();
            end.join();
        }
    }
}
