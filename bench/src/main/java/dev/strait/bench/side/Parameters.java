package dev.strait.bench.side;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * What a side is told on its command line, as in bench/c/side.h.
 *
 * @param role what it does
 * @param dir where the two sides meet
 * @param first whether it is the side that begins: ping, producer, ...
 * @param spins whether it looks again and again, or sleeps until there is something
 * @param verifies whether every byte of large messages is looked at too
 * @param cpu where its thread is pinned, -1 for nowhere
 * @param bytes of a payload, a multiple of 8
 * @param batch messages to a commit
 * @param warmupNs not counted
 * @param measureNs counted
 * @param intervalNs between two messages of a fixed rate
 * @param maxMessages 0 for no bound
 * @param patienceNs how long a survivor waits to be told
 */
public record Parameters(
        String role,
        Path dir,
        boolean first,
        boolean spins,
        boolean verifies,
        int cpu,
        int bytes,
        int batch,
        long warmupNs,
        long measureNs,
        long intervalNs,
        long maxMessages,
        long patienceNs) {

    /**
     * Reads a command line.
     *
     * @param arguments role, then name=value
     * @return the parameters
     */
    static Parameters parse(String... arguments) {
        Map<String, String> values = new HashMap<>();
        for (int i = 1; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            values.put(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        return new Parameters(
                arguments[0],
                Path.of(values.getOrDefault("dir", ".")),
                values.getOrDefault("end", "second").equals("first"),
                Boolean.parseBoolean(values.getOrDefault("spins", "true")),
                Boolean.parseBoolean(values.getOrDefault("verifies", "false")),
                (int) number(values, "cpu", -1),
                (int) number(values, "bytes", 64),
                (int) number(values, "batch", 1),
                number(values, "warmup_ns", 0),
                number(values, "measure_ns", 0),
                number(values, "interval_ns", 0),
                number(values, "max_messages", 0),
                number(values, "patience_ns", 0));
    }

    /**
     * The name of the direction in which this side writes, or reads.
     *
     * @param outgoing writes
     * @return the same name in both sides
     */
    public String direction(boolean outgoing) {
        return outgoing == first ? "there" : "back";
    }

    private static long number(Map<String, String> values, String name, long otherwise) {
        String value = values.get(name);
        return value == null ? otherwise : Long.parseLong(value);
    }
}
