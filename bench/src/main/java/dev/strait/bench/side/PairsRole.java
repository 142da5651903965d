package dev.strait.bench.side;

import org.HdrHistogram.Histogram;

/** The role {@code pairs}: line by line what bench/c/pairs.h does in C. */
final class PairsRole {
    /** Between two looks at the clock. */
    private static final int PAIRS_TO_A_CHUNK = 1_000;

    private final Pairs pairs;
    private final Parameters parameters;
    private final Histogram chunks = Report.newHistogram();

    PairsRole(Pairs pairs, Parameters parameters) {
        this.pairs = pairs;
        this.parameters = parameters;
    }

    /** At least one chunk is counted. */
    void play(Report report) throws Exception {
        long countedFrom = System.nanoTime() + parameters.warmupNs();
        while (System.nanoTime() < countedFrom) {
            chunks.recordValue(chunkNs());
        }
        chunks.reset();
        long until = System.nanoTime() + parameters.measureNs();
        long max = parameters.maxMessages();
        long done = 0;
        do {
            chunks.recordValue(chunkNs());
            done += PAIRS_TO_A_CHUNK;
        } while (System.nanoTime() < until && (max == 0 || done < max));
        report.say(chunks);
    }

    /** A method of its own, which the JIT compiles as one. */
    private long chunkNs() throws Exception {
        long start = System.nanoTime();
        for (int i = 0; i < PAIRS_TO_A_CHUNK; i++) {
            pairs.pair();
        }
        return System.nanoTime() - start;
    }
}
