package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlatformTest {
    @TempDir
    private Path temporary;

    @Test
    void another_system_is_refused() throws Exception {
        assertThat(Jvm.of(Courier.class).option("-Dos.name=Windows 11").fail("ring"))
                .contains("UnsatisfiedLinkError: Strait runs on Linux; this is Windows 11.");
    }

    @Test
    void another_architecture_is_refused() throws Exception {
        assertThat(Jvm.of(Courier.class).option("-Dos.arch=riscv64").fail("ring"))
                .contains("UnsatisfiedLinkError: Strait has libraries for x86_64 and aarch64; this JVM is for riscv64.")
                .contains("-Ddev.strait.library=<file>");
    }

    @Test
    void musl_is_refused() throws Exception {
        Path musl = Files.write(temporary.resolve("ld-musl-x86_64.so.1"), new byte[4096]);
        assertThat(Jvm.of(BesideMusl.class).fail(musl.toString(), "ring"))
                .contains("UnsatisfiedLinkError: Strait's library needs glibc 2.17 or newer; this JVM runs on musl")
                .contains("-Ddev.strait.library=<file>");
    }

    @Test
    void musl_is_found_among_names_that_are_not_utf_8() throws Exception {
        String maps = "7f00-7f01 r--p 0 0:0 1 /lib/caf\u00e9\n7f02-7f03 r-xp 0 0:0 2 /lib/ld-musl-x86_64.so.1\n";
        Path file = Files.writeString(temporary.resolve("maps"), maps, StandardCharsets.ISO_8859_1);
        assertThatThrownBy(() -> Platform.of("Linux", "amd64", file)).hasMessageContaining("musl");
    }

    /** A courier in a process that has musl's loader mapped. */
    static final class BesideMusl {
        public static void main(String[] arguments) throws IOException {
            try (FileChannel loader = FileChannel.open(Path.of(arguments[0]))) {
                MappedByteBuffer mapped = loader.map(FileChannel.MapMode.READ_ONLY, 0, loader.size());
                Courier.main(new String[] {arguments[1]});
                System.out.println(mapped); // lives until here
            }
        }
    }
}
