package dev.strait.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The command line of ci/bench.
 *
 * @param json where to write the results, or null
 * @param comparisons what to compare
 * @param others whom to compare with
 * @param pace how long
 * @param charts where to write the charts, or null
 */
record Options(Path json, List<Comparison> comparisons, List<Subject> others, Pace pace, Path charts) {
    static final String USAGE =
            """
            usage: ci/bench [--quick] [--rounds N] [--only NAME,...] [--other NAME,...] [--json FILE] [--charts FOLDER]
                   ci/bench --jmh [JMH options]
            """;

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
        Path json = null;
        Path charts = null;
        List<Comparison> comparisons = List.of(Comparison.values());
        List<Subject> others = Subject.OTHERS;
        Pace pace = Pace.FULL;
        int rounds = 0;
        boolean whole = true;
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            switch (option) {
                case "--quick" -> {
                    pace = Pace.QUICK;
                    whole = false;
                }
                case "--rounds" -> rounds = number(value(arguments, ++i));
                case "--json" -> json = Path.of(value(arguments, ++i));
                case "--charts" -> charts = Path.of(value(arguments, ++i));
                case "--only" -> {
                    comparisons = comparisons(value(arguments, ++i));
                    whole = false;
                }
                case "--other" -> {
                    others = others(value(arguments, ++i));
                    whole = false;
                }
                default -> throw new Wrong("unknown option " + option);
            }
        }
        if (charts == null) {
            charts = root.resolve(whole ? KEPT : PASSING);
        }
        if (json == null) {
            json = charts.resolve("results.json");
        }
        return new Options(json, comparisons, others, rounds == 0 ? pace : pace.withRounds(rounds), charts);
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

    private static List<Comparison> comparisons(String names) throws Wrong {
        List<Comparison> found = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            try {
                found.add(Comparison.of(name));
            } catch (IllegalArgumentException e) {
                throw new Wrong(e.getMessage() + "; there are "
                        + Arrays.stream(Comparison.values()).map(c -> c.label).toList());
            }
        }
        return found;
    }

    /** "none" runs Strait alone. */
    private static List<Subject> others(String names) throws Wrong {
        List<Subject> found = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            if (name.equals(Result.NOBODY)) {
                continue;
            }
            try {
                found.add(Subject.of(name));
            } catch (IllegalArgumentException e) {
                throw new Wrong(e.getMessage() + "; there are " + Subject.OTHERS + " and " + Result.NOBODY);
            }
        }
        return found;
    }
}
