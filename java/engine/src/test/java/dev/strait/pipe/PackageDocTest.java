package dev.strait.pipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Jvm;
import dev.strait.testing.Shell;
import dev.strait.testing.ShownCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows compiles and runs, as it stands there. */
final class PackageDocTest {
    @TempDir
    Path directory;

    @TempDir
    Path classes;

    @Test
    void the_pair_that_is_shown_answers_and_the_fifo_that_is_shown_takes_an_order() throws Exception {
        List<String> imports = List.of(
                "dev.strait.pipe.*",
                "java.io.IOException",
                "java.nio.ByteBuffer",
                "java.nio.file.Path",
                "java.util.Locale",
                "static java.nio.charset.StandardCharsets.US_ASCII");
        ShownCode shown = ShownCode.compile("pipe", classes, imports, "capitals", "orders");
        assertThat(shown.in(directory).succeed("capitals")).isEqualTo("HELLO\ndone\n");
        Path fifo = directory.resolve("orders");
        try (Jvm.Child child =
                shown.in(directory).under("env", "-C", directory.toString()).start("orders")) {
            while (Files.notExists(fifo)) {
                assertThat(child.process().isAlive()).isTrue();
                Thread.onSpinWait();
            }
            try (Shell shell = Shell.script("echo 17 > \"$0\"", fifo)) {
                assertThat(child.rest()).isEqualTo("17\ndone\n");
                assertThat(shell.status()).isZero();
            }
        }
    }
}
