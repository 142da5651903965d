package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar itself. */
class JarIT {
    private static final String JAR = System.getProperty("strait.jar");

    @TempDir
    private Path temporary;

    @Test
    void it_works_on_the_class_path() throws Exception {
        assertThat(courier()
                        .classPath(Path.of(JAR), Jvm.folderOf(Courier.class))
                        .succeed("ring"))
                .contains("received 42");
    }

    @Test
    void it_works_as_the_module_dev_strait() throws Exception {
        assertThat(courier()
                        .option("--module-path", JAR, "--add-modules", "dev.strait")
                        .nativeAccess("dev.strait")
                        .classPath(Jvm.folderOf(Courier.class))
                        .succeed("ring"))
                .contains("received 42");
    }

    @Test
    void it_writes_its_library_into_a_file_for_the_agent() throws Exception {
        Path file = temporary.resolve("libstrait.so");
        assertThat(Jvm.of("dev.strait.signal.Agent").classPath(Path.of(JAR)).succeed(file.toString()))
                .isEqualTo("-agentpath:" + file + "\n");
        assertThat(courier()
                        .option("-agentpath:" + file + "=USR1")
                        .classPath(Path.of(JAR), Jvm.folderOf(Courier.class))
                        .succeed("ring"))
                .contains("received 42");
    }

    private Jvm courier() {
        return Jvm.of(Courier.class).option("-Ddev.strait.dir=" + temporary);
    }
}
