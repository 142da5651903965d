package dev.strait.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** The mechanisms for people. */
final class MechanismTable {
    private static final String NAME = "  %-15s";
    private static final String CELL = " %22s";

    private MechanismTable() {}

    static String of(List<MechanismResult> results, int rounds) {
        List<Integer> sizes = results.stream()
                .flatMap(result -> result.points().stream())
                .map(MechanismResult.Point::bytes)
                .distinct()
                .sorted()
                .toList();
        StringBuilder table = new StringBuilder();
        append(table, "round trip, p50 in ns, lower is better", results, sizes, point -> point.roundTripP50Ns());
        append(table, "one way, bytes/s, higher is better", results, sizes, point -> point.bytesPerSecond());
        table.append(String.format(
                "  %-15s %-8s %-8s %s%n", "for a message", "in", "copies", "system calls of both sides together"));
        results.forEach(result -> table.append(costs(result)));
        table.append(String.format(
                "%nMedian (least to greatest) of %d rounds. Both sides are pinned, each to a core of its own, and sleep in%n"
                        + "the kernel, but for ring-spinning. System calls are those of round trips of 64 bytes.%n",
                rounds));
        return table.toString();
    }

    private static void append(
            StringBuilder table,
            String heading,
            List<MechanismResult> results,
            List<Integer> sizes,
            Function<MechanismResult.Point, Summary> what) {
        table.append(heading).append(String.format("%n" + NAME, ""));
        sizes.forEach(bytes -> table.append(String.format(CELL, Charts.bytes(bytes))));
        table.append(System.lineSeparator());
        for (MechanismResult result : results) {
            table.append(String.format(NAME, result.name()));
            for (int bytes : sizes) {
                table.append(String.format(CELL, cell(result, bytes, what)));
            }
            table.append(System.lineSeparator());
        }
        table.append(System.lineSeparator());
    }

    private static String cell(MechanismResult result, int bytes, Function<MechanismResult.Point, Summary> what) {
        return result.points().stream()
                .filter(point -> point.bytes() == bytes && what.apply(point) != null)
                .map(point -> Table.numbers(what.apply(point)))
                .findFirst()
                .orElse("-");
    }

    private static String costs(MechanismResult result) {
        return String.format(
                "  %-15s %-8s %-8s %s%n",
                result.name(), result.language(), result.copies(), calls(result.systemCalls()));
    }

    private static String calls(Map<String, Double> calls) {
        if (calls == null) {
            return "not counted";
        }
        double sum = calls.values().stream().mapToDouble(Double::doubleValue).sum();
        StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "%.1f", sum));
        String separator = ": ";
        for (Map.Entry<String, Double> call : calls.entrySet()) {
            text.append(String.format(Locale.ROOT, "%s%s %.1f", separator, call.getKey(), call.getValue()));
            separator = ", ";
        }
        return text.toString();
    }
}
