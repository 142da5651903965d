package dev.strait.share;

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
    void the_rendezvous_that_is_shown_hands_out_a_ring() throws Exception {
        List<String> imports = List.of(
                "dev.strait.ring.*",
                "dev.strait.share.*",
                "dev.strait.socket.*",
                "java.io.IOException",
                "java.nio.ByteBuffer");
        assertThat(ShownCode.compile("share", classes, imports, "meet")
                        .in(classes)
                        .succeed("meet"))
                .matches("1 message of process [0-9]+\ndone\n");
    }
}
