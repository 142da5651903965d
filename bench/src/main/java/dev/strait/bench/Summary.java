package dev.strait.bench;

import java.util.Collection;

/**
 * Several readings of one thing.
 *
 * @param median the middle one, or the mean of the two in the middle
 * @param min the least
 * @param max the greatest
 */
record Summary(double median, double min, double max) {
    /**
     * Puts readings together.
     *
     * @return null if there are none
     */
    static Summary of(Collection<Double> readings) {
        double[] sorted =
                readings.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int n = sorted.length;
        if (n == 0) {
            return null;
        }
        return new Summary((sorted[(n - 1) / 2] + sorted[n / 2]) / 2, sorted[0], sorted[n - 1]);
    }
}
