package dev.strait.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * All rounds. A round goes through all comparisons, and in each through all subjects, in processes that are new every
 * time. Strait is measured again before every few of the others, so that each of them has a reading of Strait that is
 * seconds old: only such pairs make ratios, because absolute figures move from minute to minute.
 */
final class Session {
    /** How many of the others share one reading of Strait. */
    private static final int GROUP = 3;

    private final Options options;
    private final Runner runner;
    private final PrintStream progress;
    private final Map<Comparison, Map<String, List<Result.Pair>>> pairs = new EnumMap<>(Comparison.class);
    private final Map<Comparison, Map<String, Histogram>> histograms = new EnumMap<>(Comparison.class);
    private final Map<Comparison, Map<String, Set<String>>> remarks = new EnumMap<>(Comparison.class);
    private final List<String> failures = new ArrayList<>();
    private int total;
    private int done;

    Session(Options options, Runner runner, PrintStream progress) {
        this.options = options;
        this.runner = runner;
        this.progress = progress;
        for (Comparison comparison : options.comparisons()) {
            pairs.put(comparison, new LinkedHashMap<>());
            histograms.put(comparison, new LinkedHashMap<>());
            remarks.put(comparison, new LinkedHashMap<>());
            remarkOnStanding(comparison);
        }
    }

    /** Runs; as many rounds as fit into the time. Returns their number. */
    int run() throws InterruptedException {
        long start = System.nanoTime();
        int rounds = options.pace().rounds();
        for (int round = 1; round <= rounds; round++) {
            done = 0;
            total = options.comparisons().stream().mapToInt(this::runsOf).sum();
            for (Comparison comparison : options.comparisons()) {
                run(round, comparison);
            }
            long elapsed = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
            if (round < rounds && elapsed + elapsed / round > options.pace().budgetSeconds()) {
                progress.printf("%nNo time for more than %d of %d rounds.%n", round, rounds);
                return round;
            }
        }
        return rounds;
    }

    List<Result> results() {
        List<Result> results = new ArrayList<>();
        for (Map.Entry<Comparison, Map<String, List<Result.Pair>>> entry : pairs.entrySet()) {
            entry.getValue().forEach((other, list) -> results.addAll(Result.of(entry.getKey(), other, list)));
            List<Result.Pair> inC = entry.getValue().get(Subject.IN_C);
            List<Result.Pair> empty = entry.getValue().get(Subject.EMPTY_JNI_CALLS);
            if (inC != null && empty != null) {
                results.add(Result.excess(entry.getKey(), inC, empty));
            }
        }
        return results;
    }

    /** All latencies of all rounds, by subject, Strait first. */
    Map<String, Histogram> histograms(Comparison comparison) {
        return histograms.get(comparison);
    }

    /** What is to be said about subjects in a comparison; why they cannot do it, for instance. */
    Map<String, Set<String>> remarks(Comparison comparison) {
        return remarks.get(comparison);
    }

    /** Runs that failed, and so are missing. */
    List<String> failures() {
        return failures;
    }

    // ---- One comparison of one round

    private List<Subject> able(Comparison comparison) {
        return options.others().stream()
                .filter(subject -> subject.isAbout(comparison) && subject.reason(comparison) == null)
                .toList();
    }

    private int runsOf(Comparison comparison) {
        int others = able(comparison).size();
        return others + Math.max(1, comparison.kind == Kind.IDLE ? 1 : (others + GROUP - 1) / GROUP);
    }

    private void run(int round, Comparison comparison) throws InterruptedException {
        List<Subject> others = able(comparison);
        if (comparison.kind == Kind.IDLE) {
            runAtOnce(round, comparison, others);
            return;
        }
        Reading strait = null;
        for (int i = 0; i < Math.max(1, others.size()); i++) {
            if (i % GROUP == 0) {
                strait = reading(round, comparison, Subject.strait(comparison));
            }
            if (i == 0) {
                add(comparison, Result.NOBODY, strait, null);
            }
            if (i < others.size()) {
                Subject other = others.get(i);
                add(comparison, other.label, strait, reading(round, comparison, other));
            }
        }
    }

    /** Those who wait do not disturb each other: all at once, to save time. */
    private void runAtOnce(int round, Comparison comparison, List<Subject> others) throws InterruptedException {
        List<Subject> all = new ArrayList<>(List.of(Subject.STRAIT));
        all.addAll(others);
        ExecutorService threads = Executors.newFixedThreadPool(all.size());
        try {
            List<Future<Reading>> readings = new ArrayList<>();
            for (Subject subject : all) {
                readings.add(threads.submit(() -> reading(round, comparison, subject)));
            }
            Reading strait = readings.get(0).get();
            add(comparison, Result.NOBODY, strait, null);
            for (int i = 1; i < all.size(); i++) {
                add(comparison, all.get(i).label, strait, readings.get(i).get());
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private Reading reading(int round, Comparison comparison, Subject subject) throws InterruptedException {
        show(round, comparison, subject);
        Reading reading;
        try {
            reading = runner.run(comparison.work(), subject.sides(comparison));
        } catch (IOException e) {
            reading = Reading.none("failed");
            synchronized (this) {
                failures.add(e.getMessage());
            }
            progress.printf("%nFAILED: %s%n", e.getMessage());
        }
        keep(comparison, subject, reading);
        return reading;
    }

    private synchronized void keep(Comparison comparison, Subject subject, Reading reading) {
        if (reading.histogram() != null) {
            histograms
                    .get(comparison)
                    .computeIfAbsent(subject.label, label -> new Histogram(reading.histogram()))
                    .add(reading.histogram());
        }
        if (reading.remark() != null) {
            remark(comparison, subject.label, reading.remark());
        }
    }

    private void add(Comparison comparison, String other, Reading strait, Reading against) {
        pairs.get(comparison).computeIfAbsent(other, label -> new ArrayList<>()).add(new Result.Pair(strait, against));
    }

    private void remarkOnStanding(Comparison comparison) {
        for (Subject subject : options.others()) {
            if (!subject.isAbout(comparison)) {
                continue;
            }
            String reason = subject.reason(comparison);
            String remark = subject.remark(comparison);
            if (reason != null) {
                remark(comparison, subject.label, "not compared: " + reason);
            } else if (remark != null) {
                remark(comparison, subject.label, remark);
            }
        }
    }

    private void remark(Comparison comparison, String label, String text) {
        remarks.get(comparison)
                .computeIfAbsent(label, key -> new LinkedHashSet<>())
                .add(text);
    }

    private synchronized void show(int round, Comparison comparison, Subject subject) {
        done++;
        progress.printf(
                Locale.ROOT,
                "round %d of %d, %3d of %d: %s, %s%n",
                round,
                options.pace().rounds(),
                done,
                total,
                comparison.label,
                subject.label);
        progress.flush();
    }
}
