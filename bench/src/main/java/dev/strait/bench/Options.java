package dev.strait.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The command line of ci/bench.
 *
 * @param json where to write the results, or null
 * @param comparisons what to compare; nothing when it is about mechanisms
 * @param others whom to compare with
 * @param mechanisms what to draw; nothing when it is about comparisons
 * @param pace how long
 * @param charts where to write the charts, or null
 */
record Options(
        Path json,
        List<Comparison> comparisons,
        List<Subject> others,
        List<Mechanism> mechanisms,
        Pace pace,
        Path charts) {
    static final String USAGE =
            """
            usage: ci/bench [--quick] [--rounds N] [--only NAME,...] [--other NAME,...] [--json FILE] [--charts FOLDER]
                   ci/bench --mechanisms [--quick] [--rounds N] [--only NAME,...] [--json FILE] [--charts FOLDER]
                   ci/bench --jmh [JMH options]
            """;

    /** Of comparisons. */
    private static final String WRAPPERS = "wrappers";

    private static final Path KEPT = Path.of("bench", "results");
    private static final Path PASSING = Path.of("target", "bench");

    /** Says what is wrong with a command line. */
    static final class Wrong extends Exception {
        private static final long serialVersionUID = 1L;

        Wrong(String problem) {
            super(problem);
        }
    }

    static Options parse(Path root, String... arguments) throws Wrong {
        Given given = new Given();
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            switch (option) {
                case "--mechanisms" -> given.mechanisms = true;
                case "--quick" -> given.quick = true;
                case "--rounds" -> given.rounds = number(value(arguments, ++i));
                case "--json" -> given.json = Path.of(value(arguments, ++i));
                case "--charts" -> given.charts = Path.of(value(arguments, ++i));
                case "--only" -> given.only = value(arguments, ++i);
                case "--other" -> given.other = value(arguments, ++i);
                default -> throw new Wrong("unknown option " + option);
            }
        }
        return given.options(root);
    }

    /** What was given, null and 0 for what was not. */
    private static final class Given {
        private boolean mechanisms;
        private boolean quick;
        private int rounds;
        private Path json;
        private Path charts;
        private String only;
        private String other;

        Options options(Path root) throws Wrong {
            boolean isWhole = !quick && only == null && other == null;
            Path chartsOrDefault = charts == null ? root.resolve(isWhole ? KEPT : PASSING) : charts;
            String name = mechanisms ? "mechanisms.json" : "results.json";
            Path jsonOrDefault = json == null ? chartsOrDefault.resolve(name) : json;
            return mechanisms
                    ? ofMechanisms(jsonOrDefault, chartsOrDefault)
                    : ofComparisons(jsonOrDefault, chartsOrDefault);
        }

        private Options ofMechanisms(Path toJson, Path toCharts) throws Wrong {
            if (other != null) {
                throw new Wrong("--other: mechanisms stand beside each other; choose them with --only");
            }
            List<Mechanism> chosen = only == null ? Mechanism.DRAWN : named(only, Mechanism::of, Mechanism.DRAWN);
            Pace pace = quick ? Pace.MECHANISMS_QUICK : Pace.MECHANISMS;
            return new Options(toJson, List.of(), List.of(), chosen, paced(pace), toCharts);
        }

        private Options ofComparisons(Path toJson, Path toCharts) throws Wrong {
            List<Comparison> chosen = only == null ? List.copyOf(Comparison.WITH_OTHERS) : comparisons(only);
            List<Subject> others = other == null ? Subject.OTHERS : others(other);
            return new Options(toJson, chosen, others, List.of(), paced(quick ? Pace.QUICK : Pace.FULL), toCharts);
        }

        private Pace paced(Pace pace) {
            return rounds == 0 ? pace : pace.withRounds(rounds);
        }
    }

    private static String value(String[] arguments, int i) throws Wrong {
        if (i == arguments.length) {
            throw new Wrong(arguments[i - 1] + " needs a value");
        }
        return arguments[i];
    }

    private static int number(String text) throws Wrong {
        if (!text.matches("[1-9][0-9]{0,3}")) {
            throw new Wrong("--rounds " + text + ": must be 1 to 9999");
        }
        return Integer.parseInt(text);
    }

    /** "wrappers" stands for all about Strait's wrappers. */
    private static List<Comparison> comparisons(String names) throws Wrong {
        if (names.equals(WRAPPERS)) {
            return List.copyOf(Comparison.WRAPPERS);
        }
        return named(
                names,
                Comparison::of,
                Stream.concat(
                                Stream.of(WRAPPERS),
                                Arrays.stream(Comparison.values()).map(comparison -> comparison.label))
                        .toList());
    }

    /** "none" runs Strait alone. */
    private static List<Subject> others(String names) throws Wrong {
        List<Subject> others = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            if (!name.equals(Result.NOBODY)) {
                others.addAll(named(name, Subject::of, Subject.OTHERS + " and " + Result.NOBODY));
            }
        }
        return others;
    }

    private static <T> List<T> named(String names, Function<String, T> of, Object all) throws Wrong {
        List<T> found = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            try {
                found.add(of.apply(name));
            } catch (IllegalArgumentException e) {
                throw new Wrong(e.getMessage() + "; there are " + all);
            }
        }
        return found;
    }
}
