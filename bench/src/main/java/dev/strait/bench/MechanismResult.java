package dev.strait.bench;

import java.util.List;
import java.util.Map;

/**
 * What came of one mechanism. The names of the fields are those of the JSON object.
 *
 * @param name the mechanism
 * @param language in which it was used
 * @param copies how often a message's bytes are copied between the memories of both sides
 * @param systemCalls by name, of both sides together, for a message of a round trip; null when they were not counted
 * @param points by size
 */
record MechanismResult(
        String name, String language, String copies, Map<String, Double> systemCalls, List<Point> points) {
    /**
     * Messages of one size.
     *
     * @param bytes their size
     * @param roundTripP50Ns there and back; null when it failed, as all
     * @param roundTripP99Ns there and back
     * @param messagesPerSecond one way
     * @param bytesPerSecond one way
     * @param rounds how many rounds the other four come from
     */
    record Point(
            int bytes,
            Summary roundTripP50Ns,
            Summary roundTripP99Ns,
            Summary messagesPerSecond,
            Summary bytesPerSecond,
            int rounds) {}
}
