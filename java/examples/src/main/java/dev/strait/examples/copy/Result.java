package dev.strait.examples.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** What one pairing achieved. The names of the fields are those of the JSON object. */
record Result(
        String writer,
        String reader,
        boolean verified,
        long messages,
        long bytes,
        double seconds,
        double messages_per_second,
        double bytes_per_second,
        Latency latency_ns) {

    /** One-way latencies at a fixed rate, in nanoseconds. */
    record Latency(int rate_per_second, long messages, long p50, long p99, long p999, long max) {}

    /**
     * Puts a result together.
     *
     * @param report what the reader printed: pieces, bytes, nanoseconds
     */
    static Result of(Pairing pairing, String report, Path file, Path copy, Path latencies) throws IOException {
        String[] words = report.split(" ", -1);
        long messages = Long.parseLong(words[0]);
        long bytes = Long.parseLong(words[1]);
        double seconds = Math.max(1, Long.parseLong(words[2])) / 1e9;
        Latency latency = latency(latencies);
        boolean verified = Files.mismatch(file, copy) == -1
                && bytes == Files.size(file)
                && latency.messages() == CopyMessages.COUNTED_STAMPS;
        return new Result(
                pairing.writer,
                pairing.reader,
                verified,
                messages,
                bytes,
                seconds,
                messages / seconds,
                bytes / seconds,
                latency);
    }

    private static Latency latency(Path file) throws IOException {
        LongBuffer values = ByteBuffer.wrap(Files.readAllBytes(file))
                .order(ByteOrder.LITTLE_ENDIAN)
                .asLongBuffer();
        Histogram histogram = new Histogram(3);
        while (values.hasRemaining()) {
            histogram.recordValue(Math.max(0, values.get()));
        }
        return new Latency(
                CopyMessages.STAMPS_PER_SECOND,
                histogram.getTotalCount(),
                histogram.getValueAtPercentile(50),
                histogram.getValueAtPercentile(99),
                histogram.getValueAtPercentile(99.9),
                histogram.getMaxValue());
    }

    static String heading() {
        return String.format(
                "%-12s %10s %10s %10s   %9s %9s %9s %9s   %s",
                "pairing", "messages", "M/s", "MiB/s", "p50", "p99", "p99.9", "max", "copy");
    }

    String row(Pairing pairing) {
        return String.format(
                Locale.ROOT,
                "%-12s %,10d %10.2f %,10.0f   %9s %9s %9s %9s   %s",
                pairing,
                messages,
                messages_per_second / 1e6,
                bytes_per_second / (1 << 20),
                time(latency_ns.p50()),
                time(latency_ns.p99()),
                time(latency_ns.p999()),
                time(latency_ns.max()),
                verified ? "identical" : "DIFFERS");
    }

    private static String time(long ns) {
        return ns < 1_000 ? ns + " ns" : String.format(Locale.ROOT, ns < 1_000_000 ? "%.1f µs" : "%,.0f µs", ns / 1e3);
    }
}
