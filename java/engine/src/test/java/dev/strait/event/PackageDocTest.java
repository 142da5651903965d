package dev.strait.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.ShownCode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows compiles and runs, as it stands there. */
final class PackageDocTest {
    @TempDir
    Path classes;

    @Test
    void the_events_that_are_shown_are_waited_for() throws Exception {
        List<String> imports = List.of("dev.strait.event.*", "dev.strait.wait.*", "java.time.Duration");
        ShownCode shown = ShownCode.compile("event", classes, imports, "events");
        assertThat(shown.in(classes).succeed("events")).matches("jobs: 1\nticks: [1-9]+\ndone\n");
    }
}
