package dev.strait.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The README's figures are those of the runs that are kept in bench/results. */
final class ReadmeTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Path RESULTS = ROOT.resolve("bench/results");

    /** {@code | `rtt-64B` p50 | agrona-one-to-one | ≤ 1.0 | 1.1 (1 to 1.2) |}. */
    private static final Pattern ROW =
            Pattern.compile("\\| `([\\w-]+)` ([\\w.]*) ?\\| ([\\w-]+) \\|[^|]*\\| ([^|]+) \\|");

    private static final Pattern IMAGE = Pattern.compile("\\(bench/results/([^)]+)\\)");

    @Test
    void every_ratio_is_the_measured_one() throws IOException {
        List<JsonElement> comparisons = comparisons();
        List<Matcher> rows =
                readme().lines().map(ROW::matcher).filter(Matcher::matches).toList();
        assertThat(rows).hasSizeGreaterThan(15);
        for (Matcher row : rows) {
            JsonObject result = comparisons.stream()
                    .map(JsonElement::getAsJsonObject)
                    .filter(each -> is(each, "name", row.group(1)) && is(each, "other", row.group(3)))
                    .filter(each -> row.group(2).isEmpty() || is(each, "metric", row.group(2)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no result for " + row.group()));
            String figure = row.group(3).equals(Result.NOBODY)
                    ? Table.ratio(summary(result, "strait")) + " %"
                    : Table.ratio(summary(result, "ratio"));
            assertThat(row.group(4)).as(row.group()).isEqualTo(figure);
        }
    }

    @Test
    void the_charts_are_there() throws IOException {
        Matcher images = IMAGE.matcher(readme());
        int count = 0;
        for (; images.find(); count++) {
            assertThat(RESULTS.resolve(images.group(1))).isNotEmptyFile();
        }
        assertThat(count).isGreaterThanOrEqualTo(2);
    }

    /** Of all files that hold some. */
    private static List<JsonElement> comparisons() throws IOException {
        List<JsonElement> comparisons = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(RESULTS, "*.json")) {
            for (Path file : files) {
                JsonElement found = JsonParser.parseString(Files.readString(file))
                        .getAsJsonObject()
                        .get("comparisons");
                if (found != null) {
                    comparisons.addAll(found.getAsJsonArray().asList());
                }
            }
        }
        return comparisons;
    }

    private static String readme() throws IOException {
        return Files.readString(ROOT.resolve("README.md"));
    }

    private static boolean is(JsonObject result, String field, String value) {
        return result.get(field).getAsString().equals(value);
    }

    private static Summary summary(JsonObject result, String field) {
        JsonObject values = result.getAsJsonObject(field);
        return new Summary(
                values.get("median").getAsDouble(),
                values.get("min").getAsDouble(),
                values.get("max").getAsDouble());
    }
}
