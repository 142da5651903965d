package dev.strait.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * One line of the result. The names of the fields are those of the JSON object.
 *
 * @param name the comparison
 * @param metric what was read off it
 * @param unit of the metric
 * @param better "lower" or "higher"
 * @param other who Strait is compared with, "none" for nobody
 * @param strait Strait from Java to Java; null where it cannot yet
 * @param against the other, or null
 * @param ratio of each round, strait / other; null where one of both is missing; for an excess what was counted
 * @param rounds how many rounds the other three come from
 */
record Result(
        String name,
        String metric,
        String unit,
        String better,
        String other,
        Summary strait,
        Summary against,
        Summary ratio,
        int rounds) {
    static final String NOBODY = "none";

    /** Readings of Strait and of another that were made one after the other. */
    record Pair(Reading strait, Reading against) {}

    static List<Result> of(Comparison comparison, String other, List<Pair> pairs) {
        List<Result> results = new ArrayList<>();
        for (Metric metric : comparison.kind.metrics()) {
            Result result = of(comparison, metric, other, pairs);
            if (result.strait != null || result.against != null) {
                results.add(result);
            }
        }
        return results;
    }

    private static Result of(Comparison comparison, Metric metric, String other, List<Pair> pairs) {
        List<Double> strait = new ArrayList<>();
        List<Double> against = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (Pair pair : pairs) {
            Double ours = pair.strait().values().get(metric);
            Double theirs =
                    pair.against() == null ? null : pair.against().values().get(metric);
            addUnlessNull(strait, ours);
            addUnlessNull(against, theirs);
            if (ours != null && theirs != null && theirs != 0) {
                ratios.add(ours / theirs);
            }
        }
        return new Result(
                comparison.label,
                metric.label,
                metric.unit,
                metric.better(),
                other,
                Summary.of(strait),
                Summary.of(against),
                Summary.of(ratios),
                Math.max(strait.size(), against.size()));
    }

    /**
     * How many empty JNI calls a wrapped call costs more than the same call in C.
     *
     * @param inC readings of Strait and of as many calls in C
     * @param empty readings of Strait and of as many empty JNI calls, of the same rounds
     */
    static Result excess(Comparison comparison, List<Pair> inC, List<Pair> empty) {
        List<Double> excesses = new ArrayList<>();
        for (int round = 0; round < inC.size(); round++) {
            Double ours = inC.get(round).strait().values().get(Metric.NS);
            Double theirs = inC.get(round).against().values().get(Metric.NS);
            Double unit = empty.get(round).against().values().get(Metric.NS);
            if (ours != null && theirs != null && unit != null) {
                excesses.add((ours - theirs) / unit);
            }
        }
        return new Result(
                comparison.label,
                Metric.EXCESS.label,
                Metric.EXCESS.unit,
                Metric.EXCESS.better(),
                Subject.IN_C,
                null,
                null,
                Summary.of(excesses),
                excesses.size());
    }

    private static void addUnlessNull(List<Double> to, Double value) {
        if (value != null) {
            to.add(value);
        }
    }
}
