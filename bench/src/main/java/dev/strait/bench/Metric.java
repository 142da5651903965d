package dev.strait.bench;

/** What is read off a comparison. */
enum Metric {
    P50("p50", "ns", 50),
    P99("p99", "ns", 99),
    P99_9("p99.9", "ns", 99.9),
    P99_99("p99.99", "ns", 99.99),
    MAX("max", "ns", 100),
    MESSAGES_PER_SECOND("messages_per_second", "messages/s", 0),
    BYTES_PER_SECOND("bytes_per_second", "bytes/s", 0),
    CPU_PERCENT("cpu_percent", "% of a core", 0),
    NS("ns", "ns", 0),
    /** Of a wrapped call over the same call in C. */
    EXCESS("excess", "empty JNI calls", 0);

    final String label;
    final String unit;
    final double percentile;

    Metric(String label, String unit, double percentile) {
        this.label = label;
        this.unit = unit;
        this.percentile = percentile;
    }

    String better() {
        return this == MESSAGES_PER_SECOND || this == BYTES_PER_SECOND ? "higher" : "lower";
    }
}
