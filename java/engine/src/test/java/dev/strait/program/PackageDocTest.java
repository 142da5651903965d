package dev.strait.program;

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
    void the_pipeline_that_is_shown_sorts() throws Exception {
        List<String> imports = List.of("dev.strait.program.*", "java.nio.ByteBuffer");
        ShownCode shown = ShownCode.compile("program", classes, imports, "sorted");
        assertThat(shown.in(classes).succeed("sorted"))
                .isEqualTo("apple\npear\n[exit status 0, exit status 0]\ndone\n");
    }
}
