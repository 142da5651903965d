package dev.strait.signal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Compile;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.ShownCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows is so. */
final class PackageDocTest {
    private static final Pattern ROW = Pattern.compile("<tr><td>(.*?)</td><td>(.*?)</td>\\s*<td>(.*?)</td></tr>");

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    @TempDir
    Path classes;

    @Test
    void the_programs_that_are_shown_ring_each_other() throws Exception {
        List<String> imports =
                List.of("dev.strait.segment.SegmentOptions", "dev.strait.signal.*", "java.time.Duration");
        ShownCode shown = ShownCode.compile("signal", classes, imports, "doorbell", "visitor");
        try (Jvm.Child bell = shown.in(directory).start("doorbell")) {
            SegmentOptions options =
                    SegmentOptions.defaults().directory(directory).timeout(Duration.ofSeconds(20));
            try (SignalTarget target = SignalTarget.dispatcher("doorbell", options)) {
                target.send(Signal.of("USR1"));
                assertThat(bell.line())
                        .isEqualTo("rung by " + ProcessHandle.current().pid());
                assertThat(shown.in(directory).succeed("visitor")).isEqualTo("done\n");
                assertThat(bell.rest()).isEqualTo("got 42\ndone\n");
            }
        }
    }

    /** A row of the table. */
    private record Row(List<String> names, String action, String answer) {
        static Row of(MatchResult match) {
            return new Row(List.of(match.group(1).split(", ", -1)), match.group(2), match.group(3));
        }
    }

    private static List<Row> table() throws IOException {
        String text = Files.readString(Compile.source("java/engine/src/main/java/dev/strait/signal/package-info.java"))
                .replaceAll("(?m)^ \\* ?", "");
        return ROW.matcher(text).results().map(Row::of).toList();
    }

    @Test
    void the_table_that_is_shown_is_the_one_that_refuses() throws Exception {
        List<Row> table = table();
        List<String> shown = new ArrayList<>();
        for (Signal signal : Signal.all()) {
            for (Row row : table) {
                if (row.names.contains(signal.name()) || row.names.stream().anyMatch(name -> isAlias(name, signal))) {
                    shown.add(signal.name());
                    assertThat(row.action).isEqualTo(signal.action().name().toLowerCase(Locale.ROOT));
                    if (row.answer.startsWith("yes")) {
                        assertThat(signal.refusal()).as(signal.name()).isEmpty();
                    } else {
                        assertThat(signal.refusal()).as(signal.name()).hasValue(row.answer);
                    }
                }
            }
        }
        assertThat(Signal.all()).allMatch(signal -> shown.contains(signal.name()) || signal.isRealTime());
        assertThat(shown).doesNotHaveDuplicates().hasSize(34);
    }

    private static boolean isAlias(String name, Signal signal) {
        return name.equals("RTMAX-2") && signal.equals(Signal.of(name));
    }
}
