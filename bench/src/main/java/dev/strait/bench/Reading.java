package dev.strait.bench;

import java.util.EnumMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What one run of one subject gave.
 *
 * @param values by metric; empty when it could not
 * @param histogram of all latencies, or null
 * @param remark what there is to say about this run, or null
 */
record Reading(Map<Metric, Double> values, Histogram histogram, String remark) {
    static Reading of(Metric metric, double value) {
        return new Reading(Map.of(metric, value), null, null);
    }

    static Reading ofLatencies(Histogram histogram, Iterable<Metric> metrics, String remark) {
        Map<Metric, Double> values = new EnumMap<>(Metric.class);
        if (histogram.getTotalCount() > 0) {
            for (Metric metric : metrics) {
                values.put(metric, (double) histogram.getValueAtPercentile(metric.percentile));
            }
        }
        return new Reading(values, histogram, remark);
    }

    static Reading none(String why) {
        return new Reading(Map.of(), null, why);
    }
}
