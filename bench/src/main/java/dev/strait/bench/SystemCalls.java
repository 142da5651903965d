package dev.strait.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Counts the system calls of a message, in round trips of 64 bytes. A longer run makes as many more than a shorter one as the
 * messages need that it has more: what a side does for itself is in both.
 */
final class SystemCalls {
    private static final int BYTES = 64;
    private static final int FEW = 500;
    private static final int MANY = 2_500;
    private static final int MESSAGES_TO_A_ROUND_TRIP = 2;
    /** What a JVM does for itself differs by some calls from run to run. */
    private static final double LEAST = 0.02;

    private final Program.Environment environment;
    private final Cores cores;
    private final Path logs;

    SystemCalls(Program.Environment environment, Cores cores, Path logs) {
        this.environment = environment;
        this.cores = cores;
        this.logs = logs;
    }

    /** Calls by name that both sides together make for one message. */
    Map<String, Double> perMessage(Mechanism mechanism) throws IOException, InterruptedException {
        Map<String, Long> few = count(mechanism, FEW);
        Map<String, Double> perMessage = new TreeMap<>();
        count(mechanism, MANY).forEach((name, calls) -> {
            double each = (double) (calls - few.getOrDefault(name, 0L)) / (MESSAGES_TO_A_ROUND_TRIP * (MANY - FEW));
            if (each >= LEAST) {
                perMessage.put(name, each);
            }
        });
        return perMessage;
    }

    private Map<String, Long> count(Mechanism mechanism, int roundTrips) throws IOException, InterruptedException {
        try (Runner runner = new Runner(environment, cores, Pace.counting(roundTrips), logs)) {
            return runner.systemCalls(mechanism.work(Kind.ROUND_TRIP, BYTES), mechanism.sides());
        }
    }
}
