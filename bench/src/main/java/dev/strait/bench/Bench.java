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
        try (Runner runner = new Runner(Program.Environment.current(), cores, options.pace(), logs)) {
            Session session = new Session(options, runner, stream(FileDescriptor.err));
            int rounds = session.run();
            PrintStream out = stream(FileDescriptor.out);
            out.print(Table.of(session, options.comparisons(), rounds));
            write(root, options, machine, session);
            List<String> failures = session.failures();
            failures.forEach(failure -> out.println("FAILED: " + failure));
            out.flush();
            return failures.isEmpty();
        }
    }

    private static void write(Path root, Options options, Map<String, Object> machine, Session session)
            throws IOException {
        Files.createDirectories(options.charts());
        if (options.json().toAbsolutePath().getParent() != null) {
            Files.createDirectories(options.json().toAbsolutePath().getParent());
        }
        Files.writeString(options.json(), Json.of(machine, Machine.commit(root), session.results()));
        Charts.write(options.charts(), session, options.comparisons());
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
    }
}
