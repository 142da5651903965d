package dev.strait.bench.side;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The program of one side: {@code Side LIBRARY ROLE name=value ...}, with LIBRARY the name of a class. */
public final class Side {
    private Side() {}

    /**
     * Plays one role.
     *
     * @param arguments the library's class, then as {@link Parameters#parse}
     * @throws Exception if that fails
     */
    public static void main(String[] arguments) throws Exception {
        Report report = new Report(System.out);
        String[] rest = java.util.Arrays.copyOfRange(arguments, 1, arguments.length);
        Parameters parameters = Parameters.parse(rest);
        switch (parameters.role()) {
            case "loader" -> load(arguments[0], parameters, report);
            case "opener" -> {
                Library library = library(arguments[0]);
                pin(parameters.cpu());
                report.ready();
                Roles.open(library, parameters, report);
            }
            case "pairs" -> pair(instance(arguments[0], Pairs.class), parameters, report);
            default -> connect(library(arguments[0]), parameters, report);
        }
        report.done();
        System.out.flush();
        System.exit(0); // a library's threads do not matter any more
    }

    private static Library library(String name) throws ReflectiveOperationException {
        return instance(name, Library.class);
    }

    private static <T> T instance(String name, Class<T> type) throws ReflectiveOperationException {
        return Class.forName(name).asSubclass(type).getDeclaredConstructor().newInstance();
    }

    private static void pair(Pairs pairs, Parameters parameters, Report report) throws Exception {
        try (pairs) {
            pairs.open(parameters);
            pin(parameters.cpu());
            report.ready();
            new PairsRole(pairs, parameters).play(report);
        }
    }

    private static void connect(Library library, Parameters parameters, Report report)
            throws IOException, InterruptedException {
        try (End end = library.open(parameters)) {
            pin(parameters.cpu());
            boolean aboutDeath = parameters.role().equals("victim")
                    || parameters.role().equals("survivor"); // they are ready when a message has passed
            if (!aboutDeath) {
                report.ready();
            }
            new Roles(end, parameters, report).play();
        }
    }

    /** The library's first use in this JVM, its classes included. */
    private static void load(String name, Parameters parameters, Report report) throws Exception {
        report.ready();
        long start = System.nanoTime();
        library(name).cycle(parameters.dir());
        report.say("load_ns", System.nanoTime() - start);
    }

    /**
     * Pins the calling thread, and leaves the JVM's other threads where they are; those that it starts inherit it.
     *
     * @param cpu where; -1 for nowhere
     * @throws IOException if that fails
     * @throws InterruptedException never
     */
    public static void pin(int cpu) throws IOException, InterruptedException {
        if (cpu < 0) {
            return;
        }
        Process taskset = new ProcessBuilder("taskset", "-cp", Integer.toString(cpu), Report.thread())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!taskset.waitFor(10, TimeUnit.SECONDS) || taskset.exitValue() != 0) {
            throw new IOException("taskset failed");
        }
    }
}
