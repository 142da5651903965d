package dev.strait.bench;

import org.HdrHistogram.Histogram;

/** Histograms as the sides write them: "value:count value:count". */
final class Histograms {
    private static final int DIGITS = 3;

    private Histograms() {}

    static Histogram parse(String text) {
        Histogram histogram = new Histogram(DIGITS);
        if (text.isBlank()) {
            return histogram;
        }
        for (String bucket : text.trim().split(" ", -1)) {
            int colon = bucket.indexOf(':');
            histogram.recordValueWithCount(
                    Long.parseLong(bucket.substring(0, colon)), Long.parseLong(bucket.substring(colon + 1)));
        }
        return histogram;
    }
}
