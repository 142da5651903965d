package dev.strait.descriptor;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are open by a descriptor. What they send is in PipeConformanceTest. */
final class OpenFileTest {
    @TempDir
    Path directory;

    private Path path;

    @BeforeEach
    void fill() throws IOException {
        path = Files.writeString(directory.resolve("file"), "0123456789");
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static void assertRefused(String symbol, Path path, OpenOption... options) {
        assertThatThrownBy(() -> OpenFile.open(path, options))
                .isInstanceOfSatisfying(
                        ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo(symbol));
    }

    @Test
    void reads_and_writes_move_the_files_place() throws IOException {
        try (OpenFile file = OpenFile.open(path, READ, WRITE)) {
            ByteBuffer two = ByteBuffer.allocate(2);
            assertThat(file.position(3).read(two)).isEqualTo(2);
            assertThat(two.flip()).isEqualTo(bytes("34"));
            assertThat(file.position()).isEqualTo(5);
            assertThat(file.write(new ByteBuffer[] {bytes("ab"), bytes("c")})).isEqualTo(3);
            assertThat(file.position(10).read(new ByteBuffer[] {ByteBuffer.allocate(1)}))
                    .isEqualTo(-1);
            assertThat(file.size()).isEqualTo(10);
        }
        assertThat(path).hasContent("01234abc89");
    }

    @Test
    void options_mean_what_they_mean_for_the_jdks_channels() throws IOException {
        try (OpenFile file = OpenFile.open(path, APPEND)) {
            file.write(bytes("x"));
        }
        assertThat(path).hasContent("0123456789x");
        OpenFile.open(path, READ, CREATE, TRUNCATE_EXISTING).close(); // of one who reads they are ignored
        assertThat(path).hasContent("0123456789x");
        OpenFile.open(path, WRITE, TRUNCATE_EXISTING).close();
        assertThat(path).isEmptyFile();
        Path other = directory.resolve("other");
        assertRefused("ENOENT", other, WRITE);
        OpenFile.open(other, WRITE, CREATE_NEW).close();
        assertRefused("EEXIST", other, WRITE, CREATE_NEW);
        OpenFile.open(other, WRITE, CREATE).close();
    }

    @Test
    void what_cannot_be_is_refused() throws IOException {
        assertThatThrownBy(() -> OpenFile.open(path, DELETE_ON_CLOSE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> OpenFile.open(path, APPEND, READ)).isInstanceOf(IllegalArgumentException.class);
        assertRefused("EISDIR", directory, WRITE);
        assertRefused("ENOTDIR", path.resolve("below"));
        OpenFile file = OpenFile.open(path);
        assertThatThrownBy(() -> file.write(bytes("x"))).hasMessageContaining("EBADF");
        assertThatThrownBy(() -> file.position(-1)).isInstanceOf(IllegalArgumentException.class);
        file.close();
        assertThatThrownBy(file::size).isInstanceOf(ClosedChannelException.class);
        assertThatThrownBy(() -> file.position(0)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void what_has_no_place_is_ESPIPE() throws IOException {
        try (OpenFile file = OpenFile.open(Path.of("/dev/tty"), READ)) {
            assertThatThrownBy(file::position).hasMessageContaining("ESPIPE");
        } catch (ErrnoException e) {
            assertThat(e.symbol()).isEqualTo("ENXIO"); // no terminal here
        }
    }
}
