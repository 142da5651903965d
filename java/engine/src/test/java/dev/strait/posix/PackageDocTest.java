package dev.strait.posix;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Jvm;
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
        List<String> imports =
                List.of("dev.strait.posix.*", "java.nio.ByteBuffer", "static java.nio.charset.StandardCharsets.UTF_8");
        shown = ShownCode.compile("posix", classes, imports, "queue", "memory");
    }

    private Jvm shown() {
        return shown.in(classes);
    }

    @Test
    void the_queue_that_is_shown_gives_the_most_urgent_message_first() throws Exception {
        assertThat(shown().succeed("queue")).isEqualTo("9: at once\ndone\n");
    }

    @Test
    void the_semaphore_that_is_shown_guards_a_number_in_shared_memory() throws Exception {
        try {
            assertThat(shown().succeed("memory")).isEqualTo("total 1\ndone\n");
            assertThat(shown().succeed("memory")).isEqualTo("total 2\ndone\n");
        } finally {
            PosixMemory.unlink("/strait-total");
            PosixSemaphore.unlink("/strait-total");
        }
    }
}
