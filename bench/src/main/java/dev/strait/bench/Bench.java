package dev.strait.bench;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The program behind ci/bench: compares, prints a table, writes JSON and charts. Progress goes to standard error. */
public final class Bench {
    private Bench() {}

    /**
     * Runs.
     *
     * @param arguments see {@link Options#USAGE}
     * @throws Exception if nothing can be measured
     */
    public static void main(String[] arguments) throws Exception {
        Path root = Path.of(System.getProperty("strait.root"));
        Options options = null;
        try {
            options = Options.parse(root, arguments);
        } catch (Options.Wrong e) {
            System.err.println("ci/bench: " + e.getMessage());
            System.err.print(Options.USAGE);
            System.exit(2);
        }
        System.exit(run(root, options) ? 0 : 1);
    }

    private static boolean run(Path root, Options options) throws IOException, InterruptedException {
        Cores cores = Cores.choose();
        Map<String, Object> machine = Machine.describe(cores);
        Path logs = root.resolve("target/log/bench");
        Program.Environment environment = Program.Environment.current();
        createFolders(options);
        try (Runner runner = new Runner(environment, cores, options.pace(), logs)) {
            return options.mechanisms().isEmpty()
                    ? compare(root, options, machine, runner)
                    : draw(root, options, machine, runner, new SystemCalls(environment, cores, logs));
        }
    }

    private static boolean compare(Path root, Options options, Map<String, Object> machine, Runner runner)
            throws IOException, InterruptedException {
        Session session = new Session(options, runner, stream(FileDescriptor.err));
        int rounds = session.run();
        String table = Table.of(session, options.comparisons(), rounds);
        Files.writeString(options.json(), Json.of(machine, Machine.commit(root), session.results()));
        Charts.write(options.charts(), session, options.comparisons());
        return say(table, session.failures());
    }

    private static boolean draw(
            Path root, Options options, Map<String, Object> machine, Runner runner, SystemCalls counter)
            throws IOException, InterruptedException {
        MechanismSession session =
                new MechanismSession(options.mechanisms(), options.pace(), runner, counter, stream(FileDescriptor.err));
        int rounds = session.run();
        List<MechanismResult> results = session.results();
        Files.writeString(options.json(), Json.ofMechanisms(machine, Machine.commit(root), results));
        Charts.writeMechanisms(options.charts(), results);
        return say(MechanismTable.of(results, rounds), session.failures());
    }

    private static boolean say(String table, List<String> failures) {
        PrintStream out = stream(FileDescriptor.out);
        out.print(table);
        failures.forEach(failure -> out.println("FAILED: " + failure));
        out.flush();
        return failures.isEmpty();
    }

    private static void createFolders(Options options) throws IOException {
        Files.createDirectories(options.charts());
        Path parent = options.json().toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
    }
}
