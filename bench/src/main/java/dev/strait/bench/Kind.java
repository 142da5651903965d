package dev.strait.bench;

import java.util.List;

/** What the two sides do, by the names of their roles; the second is null when one is alone. */
enum Kind {
    ROUND_TRIP("ping", "pong"),
    STREAM("producer", "consumer"),
    BANDWIDTH("producer", "consumer"),
    PACED("pacer", "receiver"),
    IDLE("waker", "sleeper"),
    DEATH("victim", "survivor"),
    OPEN_CLOSE("opener", null),
    LOAD("loader", null),
    PAIRS("pairs", null);

    /** Pairs between two looks at the clock, as in side.PairsRole and bench/c/pairs.h. */
    static final int PAIRS_TO_A_CHUNK = 1_000;

    final String first;
    final String second;

    Kind(String first, String second) {
        this.first = first;
        this.second = second;
    }

    /** What is read off it. */
    List<Metric> metrics() {
        return switch (this) {
            case ROUND_TRIP, PACED -> List.of(Metric.P50, Metric.P99, Metric.P99_9, Metric.P99_99, Metric.MAX);
            case STREAM -> List.of(Metric.MESSAGES_PER_SECOND);
            case BANDWIDTH -> List.of(Metric.BYTES_PER_SECOND);
            case IDLE -> List.of(Metric.CPU_PERCENT);
            case DEATH, OPEN_CLOSE, LOAD, PAIRS -> List.of(Metric.NS);
        };
    }
}
