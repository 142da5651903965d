package dev.strait.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The shape that others rely on. */
final class JsonTest {
    private static final Map<String, Object> MACHINE = Map.of("processors", 2);

    @Test
    void a_result_has_exactly_the_agreed_fields() {
        JsonObject object = parse(List.of(result(new Summary(100, 90, 110), new Summary(0.5, 0.4, 0.6))));
        assertThat(object.keySet()).containsExactly("machine", "commit", "comparisons");
        assertThat(object.getAsJsonObject("machine").get("processors").getAsInt())
                .isEqualTo(2);
        assertThat(object.get("commit").getAsString()).isEqualTo("abc");
        JsonObject comparison = object.getAsJsonArray("comparisons").get(0).getAsJsonObject();
        assertThat(comparison.keySet())
                .containsExactly("name", "metric", "unit", "better", "other", "strait", "against", "ratio", "rounds");
        assertThat(comparison.get("name").getAsString()).isEqualTo("rtt-64B");
        assertThat(comparison.get("metric").getAsString()).isEqualTo("p99.9");
        assertThat(comparison.get("better").getAsString()).isEqualTo("lower");
        assertThat(comparison.get("rounds").getAsInt()).isEqualTo(3);
        for (String summary : List.of("strait", "against", "ratio")) {
            assertThat(comparison.getAsJsonObject(summary).keySet()).containsExactly("median", "min", "max");
        }
        assertThat(comparison.getAsJsonObject("ratio").get("median").getAsDouble())
                .isEqualTo(0.5);
    }

    @Test
    void what_is_missing_is_null() {
        JsonObject comparison = parse(List.of(result(null, null)))
                .getAsJsonArray("comparisons")
                .get(0)
                .getAsJsonObject();
        assertThat(comparison.get("against").isJsonNull()).isTrue();
        assertThat(comparison.get("ratio").isJsonNull()).isTrue();
    }

    @Test
    void numbers_are_written_plainly_with_six_digits() {
        assertThat(Json.of(MACHINE, "abc", List.of(result(new Summary(123456789.4, 0.5, 1e10), null))))
                .contains("123457000,", "0.5,", "10000000000\n");
        assertThat(Json.round(123456789.0).toString()).isEqualTo("123457000");
        assertThat(Json.round(0.123456789).toString()).isEqualTo("0.123457");
        assertThat(Json.round(150).toString()).isEqualTo("150");
        assertThat(Json.round(0).toString()).isEqualTo("0");
    }

    @Test
    void names_are_the_agreed_ones() {
        assertThat(Comparison.values())
                .extracting(comparison -> comparison.label)
                .containsExactly(
                        "rtt-64B",
                        "throughput-64B-each",
                        "throughput-64B-batch",
                        "throughput-8B-each",
                        "throughput-1KiB-each",
                        "bandwidth-1MiB",
                        "wake-rtt-64B",
                        "idle-cpu",
                        "fixed-rate-1M",
                        "death-notice",
                        "open-close",
                        "load",
                        "sem-uncontended",
                        "sem-uncontended-c",
                        "lock-uncontended",
                        "lock-uncontended-c",
                        "lock-handover",
                        "lock-handover-c",
                        "wake-rtt-pipe",
                        "wake-rtt-unix-stream",
                        "wake-rtt-unix-datagram",
                        "wake-rtt-unix-seqpacket",
                        "wake-rtt-sysv-queue",
                        "wake-rtt-posix-queue",
                        "wake-rtt-eventfd",
                        "wake-rtt-signal",
                        "rate-signal",
                        "call-pipe",
                        "call-unix-stream",
                        "call-unix-datagram",
                        "call-unix-seqpacket",
                        "call-sysv-queue",
                        "call-posix-queue",
                        "call-sysv-semaphore",
                        "call-posix-semaphore",
                        "call-eventfd");
        assertThat(Subject.OTHERS)
                .extracting(subject -> subject.label)
                .containsExactlyInAnyOrder(
                        "agrona-one-to-one",
                        "agrona-many-to-one",
                        "aeron-ipc",
                        "chronicle-queue",
                        "jdk-unix-channel",
                        "junixsocket",
                        "pipe",
                        "unix-socket",
                        "sysv-queue",
                        "posix-queue",
                        "cache-line-ping-pong",
                        "futex-ping-pong",
                        "memcpy",
                        "lane-in-c",
                        "strait-java-c",
                        "strait-c-c",
                        "strait-recoverable",
                        "strait-semaphore",
                        "two-locked-adds",
                        "jdk-semaphore",
                        "jdk-semaphore-fair",
                        "semop",
                        "compare-and-swap-pair",
                        "pthread-mutex-jni",
                        "pthread-mutex",
                        "reentrant-lock",
                        "in-c",
                        "in-c-by-jni",
                        "empty-jni-calls");
        assertThat(Mechanism.DRAWN)
                .extracting(mechanism -> mechanism.label)
                .containsExactly(
                        "ring",
                        "ring-spinning",
                        "pipe",
                        "unix-stream",
                        "unix-datagram",
                        "unix-seqpacket",
                        "sysv-queue",
                        "posix-queue");
        assertThat(Metric.values())
                .extracting(metric -> metric.label)
                .containsExactlyInAnyOrder(
                        "p50",
                        "p99",
                        "p99.9",
                        "p99.99",
                        "max",
                        "messages_per_second",
                        "bytes_per_second",
                        "cpu_percent",
                        "ns",
                        "excess");
    }

    private static Result result(Summary against, Summary ratio) {
        return new Result("rtt-64B", "p99.9", "ns", "lower", "pipe", new Summary(50, 40, 60), against, ratio, 3);
    }

    private static JsonObject parse(List<Result> results) {
        return JsonParser.parseString(Json.of(MACHINE, "abc", results)).getAsJsonObject();
    }
}
