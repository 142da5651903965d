package dev.strait.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Round trips and throughput of all mechanisms over the size of a message. A round goes through all sizes, and in each
 * through all mechanisms, in processes that are new every time. When the rounds are over the system calls are counted.
 */
final class MechanismSession {
    private static final List<Kind> KINDS = List.of(Kind.ROUND_TRIP, Kind.STREAM);

    private final List<Mechanism> mechanisms;
    private final Pace pace;
    private final Runner runner;
    private final SystemCalls counter;
    private final PrintStream progress;
    private final Map<Mechanism, Map<Integer, Map<Kind, List<Reading>>>> readings = new LinkedHashMap<>();
    private final Map<Mechanism, Map<String, Double>> systemCalls = new LinkedHashMap<>();
    private final List<String> failures = new ArrayList<>();

    MechanismSession(List<Mechanism> mechanisms, Pace pace, Runner runner, SystemCalls counter, PrintStream progress) {
        this.mechanisms = mechanisms;
        this.pace = pace;
        this.runner = runner;
        this.counter = counter;
        this.progress = progress;
    }

    /** Runs; as many rounds as fit into the time. Returns their number. */
    int run() throws InterruptedException {
        long start = System.nanoTime();
        int round = 0;
        long elapsed = 0;
        while (round < pace.rounds() && (round == 0 || elapsed + elapsed / round <= pace.budgetSeconds())) {
            run(++round);
            elapsed = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
        }
        for (Mechanism mechanism : mechanisms) {
            count(mechanism);
        }
        return round;
    }

    /** Runs that failed, and so are missing. */
    List<String> failures() {
        return failures;
    }

    List<MechanismResult> results() {
        return mechanisms.stream().map(this::result).toList();
    }

    // ---- One round

    private void run(int round) throws InterruptedException {
        List<Integer> sizes = mechanisms.stream()
                .flatMap(mechanism -> mechanism.sizes().stream())
                .distinct()
                .sorted()
                .toList();
        for (int bytes : sizes) {
            for (Mechanism mechanism : mechanisms) {
                if (mechanism.sizes().contains(bytes)) {
                    measure(round, mechanism, bytes);
                }
            }
        }
    }

    private void measure(int round, Mechanism mechanism, int bytes) throws InterruptedException {
        progress.printf(Locale.ROOT, "round %d of %d: %s, %d bytes%n", round, pace.rounds(), mechanism.label, bytes);
        progress.flush();
        for (Kind kind : KINDS) {
            try {
                Reading reading = runner.run(mechanism.work(kind, bytes), mechanism.sides());
                readings.computeIfAbsent(mechanism, key -> new TreeMap<>())
                        .computeIfAbsent(bytes, key -> new EnumMap<>(Kind.class))
                        .computeIfAbsent(kind, key -> new ArrayList<>())
                        .add(reading);
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    private void count(Mechanism mechanism) throws InterruptedException {
        progress.printf("system calls: %s%n", mechanism.label);
        progress.flush();
        try {
            systemCalls.put(mechanism, counter.perMessage(mechanism));
        } catch (IOException e) {
            fail(e);
        }
    }

    private void fail(IOException e) {
        failures.add(e.getMessage());
        progress.printf("%nFAILED: %s%n", e.getMessage());
    }

    // ---- What came of it

    private MechanismResult result(Mechanism mechanism) {
        List<MechanismResult.Point> points = new ArrayList<>();
        readings.getOrDefault(mechanism, Map.of()).forEach((bytes, of) -> points.add(point(bytes, of)));
        return new MechanismResult(
                mechanism.label, mechanism.language(), mechanism.copies(), systemCalls.get(mechanism), points);
    }

    private static MechanismResult.Point point(int bytes, Map<Kind, List<Reading>> of) {
        List<Reading> trips = of.getOrDefault(Kind.ROUND_TRIP, List.of());
        List<Reading> streams = of.getOrDefault(Kind.STREAM, List.of());
        return new MechanismResult.Point(
                bytes,
                summary(trips, Metric.P50, 1),
                summary(trips, Metric.P99, 1),
                summary(streams, Metric.MESSAGES_PER_SECOND, 1),
                summary(streams, Metric.MESSAGES_PER_SECOND, bytes),
                Math.max(trips.size(), streams.size()));
    }

    private static Summary summary(List<Reading> of, Metric metric, int factor) {
        return Summary.of(of.stream()
                .map(reading -> reading.values().get(metric))
                .filter(value -> value != null)
                .map(value -> value * factor)
                .toList());
    }
}
