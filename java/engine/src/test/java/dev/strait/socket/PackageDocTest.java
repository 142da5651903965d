package dev.strait.socket;

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
    void the_end_of_a_pipe_that_is_shown_goes_over_a_socket() throws Exception {
        List<String> imports = List.of("dev.strait.pipe.*", "dev.strait.socket.*", "java.nio.ByteBuffer");
        assertThat(ShownCode.compile("socket", classes, imports, "pass")
                        .in(classes)
                        .succeed("pass"))
                .matches("process [0-9]+\n8 bytes\ndone\n");
    }
}
