package dev.strait.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

/** How readings become results. */
final class ResultTest {
    @Test
    void the_median_of_an_odd_number_is_the_middle_one() {
        assertThat(Summary.of(List.of(9.0, 1.0, 4.0))).isEqualTo(new Summary(4, 1, 9));
    }

    @Test
    void the_median_of_an_even_number_is_the_mean_of_the_two_in_the_middle() {
        assertThat(Summary.of(List.of(8.0, 1.0, 2.0, 3.0))).isEqualTo(new Summary(2.5, 1, 8));
    }

    @Test
    void one_reading_is_its_own_median() {
        assertThat(Summary.of(List.of(5.0))).isEqualTo(new Summary(5, 5, 5));
    }

    @Test
    void no_readings_have_no_summary() {
        assertThat(Summary.of(List.of())).isNull();
    }

    @Test
    void a_ratio_is_made_within_each_round_and_then_summarised() {
        // The ratio of the medians would be 200 / 100.
        List<Result.Pair> pairs = List.of(pair(100.0, 10.0), pair(200.0, 100.0), pair(300.0, 1000.0));
        Result result = only(Result.of(Comparison.IDLE_CPU, "pipe", pairs));
        assertThat(result.strait()).isEqualTo(new Summary(200, 100, 300));
        assertThat(result.against()).isEqualTo(new Summary(100, 10, 1000));
        assertThat(result.ratio()).isEqualTo(new Summary(2, 0.3, 10));
        assertThat(result.rounds()).isEqualTo(3);
    }

    @Test
    void alone_there_is_no_other_and_no_ratio() {
        Result.Pair pair = new Result.Pair(Reading.of(Metric.CPU_PERCENT, 0.05), null);
        Result result = only(Result.of(Comparison.IDLE_CPU, Result.NOBODY, List.of(pair)));
        assertThat(result.strait()).isEqualTo(new Summary(0.05, 0.05, 0.05));
        assertThat(result.against()).isNull();
        assertThat(result.ratio()).isNull();
    }

    @Test
    void an_excess_is_the_difference_to_c_in_empty_calls_of_the_same_round() {
        List<Result.Pair> inC = List.of(calls(650, 600), calls(640, 600), calls(700, 600));
        List<Result.Pair> empty = List.of(calls(650, 10), calls(640, 20), calls(700, 20));
        Result result = Result.excess(Comparison.CALL_PIPE, inC, empty);
        assertThat(result.ratio()).isEqualTo(new Summary(5, 2, 5));
        assertThat(result.unit()).isEqualTo("empty JNI calls");
        assertThat(result.rounds()).isEqualTo(3);
    }

    @Test
    void a_round_that_one_of_both_is_missing_from_makes_no_ratio() {
        Result.Pair failed = new Result.Pair(Reading.of(Metric.CPU_PERCENT, 4), Reading.none("failed"));
        Result result = only(Result.of(Comparison.IDLE_CPU, "pipe", List.of(pair(2.0, 1.0), failed)));
        assertThat(result.ratio()).isEqualTo(new Summary(2, 2, 2));
        assertThat(result.against()).isEqualTo(new Summary(1, 1, 1));
        assertThat(result.rounds()).isEqualTo(2);
    }

    @Test
    void what_strait_cannot_do_yet_still_shows_what_the_other_does() {
        Result.Pair pair = new Result.Pair(Reading.none("not yet"), Reading.of(Metric.NS, 7));
        Result result = only(Result.of(Comparison.DEATH_NOTICE, "pipe", List.of(pair)));
        assertThat(result.strait()).isNull();
        assertThat(result.against()).isEqualTo(new Summary(7, 7, 7));
        assertThat(result.ratio()).isNull();
    }

    @Test
    void a_comparison_of_latencies_has_a_result_for_each_percentile() {
        Histogram histogram = new Histogram(3);
        for (int ns = 1; ns <= 1_000; ns++) {
            histogram.recordValue(ns);
        }
        Reading reading = Reading.ofLatencies(histogram, Comparison.RTT_64B.kind.metrics(), null);
        List<Result> results =
                Result.of(Comparison.RTT_64B, "none", Collections.nCopies(2, new Result.Pair(reading, null)));
        assertThat(results).extracting(Result::metric).containsExactly("p50", "p99", "p99.9", "p99.99", "max");
        assertThat(results)
                .extracting(result -> result.strait().median())
                .containsExactly(500.0, 990.0, 999.0, 1000.0, 1000.0);
        assertThat(results)
                .allMatch(
                        result -> result.unit().equals("ns") && result.better().equals("lower"));
    }

    @Test
    void more_messages_are_better_and_more_time_is_worse() {
        assertThat(Metric.MESSAGES_PER_SECOND.better()).isEqualTo("higher");
        assertThat(Metric.BYTES_PER_SECOND.better()).isEqualTo("higher");
        assertThat(Metric.CPU_PERCENT.better()).isEqualTo("lower");
        assertThat(Metric.P99_9.better()).isEqualTo("lower");
    }

    @Test
    void a_histogram_keeps_its_counts_on_the_way_from_a_side() {
        Histogram histogram = Histograms.parse("100:98 2048:1 1000448:1");
        assertThat(histogram.getTotalCount()).isEqualTo(100);
        assertThat(histogram.getValueAtPercentile(98)).isEqualTo(100);
        assertThat(histogram.lowestEquivalentValue(histogram.getMaxValue())).isEqualTo(1_000_448);
    }

    @Test
    void lists_of_processors_have_ranges() {
        assertThat(Cores.parse("0-2,5,7-8")).containsExactly(0, 1, 2, 5, 7, 8);
        assertThat(Map.of("3", Cores.parse("3"))).containsEntry("3", List.of(3));
    }

    private static Result.Pair pair(double strait, double against) {
        return new Result.Pair(Reading.of(Metric.CPU_PERCENT, strait), Reading.of(Metric.CPU_PERCENT, against));
    }

    private static Result.Pair calls(double strait, double against) {
        return new Result.Pair(Reading.of(Metric.NS, strait), Reading.of(Metric.NS, against));
    }

    private static Result only(List<Result> results) {
        assertThat(results).hasSize(1);
        return results.get(0);
    }
}
