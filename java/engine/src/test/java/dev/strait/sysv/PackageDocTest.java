package dev.strait.sysv;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.ShownCode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows compiles and runs, as it stands there. */
final class PackageDocTest {
    @TempDir
    Path classes;

    private ShownCode shown;

    @BeforeEach
    void compile() throws IOException {
        List<String> imports = List.of("dev.strait.sysv.*", "java.nio.ByteBuffer", "java.nio.file.Path");
        shown = ShownCode.compile("sysv", classes, imports, "queue", "semaphores", "memory");
    }

    @Test
    void the_queue_that_is_shown_hands_a_message_on() throws Exception {
        assertThat(shown.in(classes).succeed("queue")).isEqualTo("7 5\ndone\n");
    }

    @Test
    void the_operations_that_are_shown_are_done() throws Exception {
        assertThat(shown.in(classes).succeed("semaphores")).isEqualTo("4 2\ndone\n");
    }

    @Test
    void the_memory_that_is_shown_is_zeros_after_it() throws Exception {
        assertThat(shown.in(classes).succeed("memory")).isEqualTo("0\ndone\n");
    }
}
