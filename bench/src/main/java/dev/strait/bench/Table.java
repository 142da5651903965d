package dev.strait.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The results for people. */
final class Table {
    private static final String ROW = "  %-20s %-9s %26s %26s   %s%n";

    private Table() {}

    static String of(Session session, List<Comparison> comparisons, int rounds) {
        StringBuilder table = new StringBuilder();
        List<Result> results = session.results();
        for (Comparison comparison : comparisons) {
            List<Result> rows = results.stream()
                    .filter(result -> result.name().equals(comparison.label))
                    .toList();
            table.append(heading(comparison));
            rows.forEach(row -> table.append(row(row)));
            appendRemarks(table, session.remarks(comparison));
            table.append(System.lineSeparator());
        }
        table.append(String.format(
                "Median (least to greatest) of %d rounds. Ratios are Strait from Java to Java / other, where the name ends%n"
                        + "in -c Strait from C to C / other, of readings made one after the other. Both sides are pinned, each%n"
                        + "to a core of its own; nothing here has more than two threads that spin.%n",
                rounds));
        return table.toString();
    }

    private static String heading(Comparison comparison) {
        Metric metric = comparison.kind.metrics().get(0);
        return String.format(
                "%s%n" + ROW,
                comparison,
                metric.unit + ", " + metric.better() + " is better",
                "",
                "strait",
                "other",
                "strait / other");
    }

    private static String row(Result result) {
        String metric = result.metric().matches("p.*|max|excess") ? result.metric() : "";
        return String.format(
                Locale.ROOT,
                ROW,
                result.other(),
                metric,
                numbers(result.strait()),
                numbers(result.against()),
                ratio(result.ratio()));
    }

    private static void appendRemarks(StringBuilder table, Map<String, Set<String>> remarks) {
        remarks.forEach((label, texts) -> table.append(String.format("  %s: %s%n", label, String.join("; ", texts))));
    }

    static String numbers(Summary summary) {
        return summary == null
                ? "-"
                : String.format(
                        Locale.ROOT,
                        "%s (%s to %s)",
                        number(summary.median()),
                        number(summary.min()),
                        number(summary.max()));
    }

    static String ratio(Summary summary) {
        return summary == null
                ? "-"
                : String.format(Locale.ROOT, "%.3g (%.3g to %.3g)", summary.median(), summary.min(), summary.max());
    }

    /** Three digits, with a unit's prefix. */
    static String number(double number) {
        if (number >= 1e9) {
            return String.format(Locale.ROOT, "%.3gG", number / 1e9);
        }
        if (number >= 1e6) {
            return String.format(Locale.ROOT, "%.3gM", number / 1e6);
        }
        if (number >= 1e4) {
            return String.format(Locale.ROOT, "%.3gk", number / 1e3);
        }
        return String.format(Locale.ROOT, number >= 100 ? "%.0f" : "%.3g", number);
    }
}
