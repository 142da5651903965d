package dev.strait.examples.queue;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Options of the kind {@code -i ID}, each with a value. */
record Options(Map<String, String> values) {
    static Options parse(String[] arguments, Set<String> known, String usage) {
        Map<String, String> values = new HashMap<>();
        for (int i = 0; i < arguments.length; i += 2) {
            if (!known.contains(arguments[i]) || i + 1 == arguments.length) {
                throw new IllegalArgumentException("usage: " + usage);
            }
            values.put(arguments[i], arguments[i + 1]);
        }
        return new Options(values);
    }

    String get(String option, String otherwise) {
        return values.getOrDefault(option, otherwise);
    }
}
