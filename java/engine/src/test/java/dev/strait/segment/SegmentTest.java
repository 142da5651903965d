package dev.strait.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.strait.ErrnoException;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Segments as Java users see them; native/test/segment_test.c has the rest. */
final class SegmentTest {
    @TempDir
    Path directory;

    private SegmentOptions options;

    @BeforeEach
    void options() {
        options = SegmentOptions.defaults().directory(directory).userBytes(64);
    }

    @Test
    void what_one_writes_the_other_reads() throws IOException {
        try (Segment mine = Segment.create("plain", options);
                Segment other = Segment.open("plain", options)) {
            mine.region().putLong(8, 0x0102030405060708L);
            assertThat(other.region().getLong(8)).isEqualTo(0x0102030405060708L);
            assertThat(other.region().get(8)).isEqualTo((byte) 8);
            assertThat(other.region().order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
            assertThat(other.region().capacity()).isEqualTo(64);
            assertThat(other.region().getLong(0)).isZero();
            assertThat(other.epoch()).isEqualTo(mine.epoch());
            assertThat(other.path()).isEqualTo(directory.resolve("plain").toString());
            assertThat(other.sizeBytes()).isEqualTo(Files.size(directory.resolve("plain")));
        }
    }

    @Test
    void a_name_that_is_taken_is_refused() throws IOException {
        try (Segment first = Segment.create("plain", options)) {
            assertThatThrownBy(() -> Segment.create("plain", options))
                    .isInstanceOfSatisfying(
                            ErrnoException.class, e -> assertThat(e.symbol()).isEqualTo("EEXIST"))
                    .hasMessage("linkat(" + first.path() + "): File exists (EEXIST)");
        }
    }

    @Test
    void a_name_that_nobody_created_is_refused() {
        assertThatThrownBy(() -> Segment.open("plain", options))
                .isInstanceOf(ErrnoException.class)
                .hasMessage("open(" + directory + "/plain): No such file or directory (ENOENT)");
        assertThatThrownBy(() -> Segment.unlink("plain", options))
                .hasMessage("unlink(" + directory + "/plain): No such file or directory (ENOENT)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a b", "ä", "~1"})
    void a_name_that_is_none_is_refused(String name) {
        String message = "name \"" + name + "\": must be 1 to 200 of [A-Za-z0-9._-], and not \".\" or \"..\"";
        assertThatThrownBy(() -> Segment.create(name, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
        assertThatThrownBy(() -> Segment.open(name, options)).hasMessage(message);
        assertThatThrownBy(() -> Segment.unlink(name, options)).hasMessage(message);
    }

    @Test
    void open_or_create_says_which() throws IOException {
        try (Segment first = Segment.openOrCreate("plain", options);
                Segment second = Segment.openOrCreate("plain", options)) {
            assertThat(first.wasCreated()).isTrue();
            assertThat(second.wasCreated()).isFalse();
        }
    }

    @Test
    void a_handle_knows_whether_its_name_still_means_it() throws IOException {
        try (Segment segment = Segment.create("plain", options)) {
            assertThat(segment.isLinked()).isTrue();
            Segment.unlink("plain", options);
            assertThat(segment.isLinked()).isFalse();
            try (Segment next = Segment.create("plain", options)) {
                assertThat(segment.isLinked()).isFalse();
                assertThat(next.epoch()).isNotEqualTo(segment.epoch());
            }
        }
    }

    @Test
    void an_anonymous_segment_is_handed_over_by_its_descriptor() throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        try (Segment mine = Segment.createAnonymous("label", options);
                Segment other = Segment.openAnonymous(pid, mine.fd(), options)) {
            mine.region().put(0, (byte) 1);
            assertThat(other.region().get(0)).isEqualTo((byte) 1);
            assertThat(mine.path()).isEqualTo("label");
            assertThat(other.path()).isEqualTo("/proc/" + pid + "/fd/" + mine.fd());
            assertThat(mine.isLinked()).isTrue();
        }
    }

    @Test
    void after_close_views_read_zeros_and_calls_are_refused() throws IOException {
        Segment segment = Segment.create("plain", options);
        ByteBuffer view = segment.region();
        view.putLong(0, -1);
        segment.close();
        segment.close();
        assertThat(view.getLong(0)).isZero();
        view.putLong(0, 7);
        assertThatThrownBy(segment::isLinked)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage(segment.path() + ": this segment is closed");
        assertThatThrownBy(segment::fd).isInstanceOf(IllegalStateException.class);
        try (Segment again = Segment.open("plain", options)) {
            assertThat(again.region().getLong(0))
                    .as("what was written before the close")
                    .isEqualTo(-1);
        }
    }

    @Test
    void another_kind_is_refused_with_both_values() throws IOException {
        RingOptions ring = RingOptions.defaults().segment(options);
        Ring.create("ring", ring).close();
        Segment.create("plain", options).close();
        assertThatThrownBy(() -> Segment.open("ring", options))
                .isInstanceOfSatisfying(SegmentMismatchException.class, e -> {
                    assertThat(e.what()).isEqualTo("kind (1 plain, 2 ring)");
                    assertThat(e.expected()).isEqualTo("1");
                    assertThat(e.found()).isEqualTo("2");
                });
        assertThatThrownBy(() -> Ring.open("plain", ring))
                .hasMessage("open(" + directory + "/plain): kind (1 plain, 2 ring) is 1, expected 2");
    }

    @Test
    void a_wider_mode_and_another_owner_are_refused_unless_expected() throws IOException {
        Segment.create("plain", options.mode(0640)).close();
        assertThatThrownBy(() -> Segment.open("plain", options))
                .hasMessage("open(" + directory + "/plain): mode is 0640, expected 0600");
        Segment.open("plain", options.mode(0640)).close();
        assertThatThrownBy(() -> Segment.open("plain", options.mode(0640).owner(4242)))
                .isInstanceOf(SegmentMismatchException.class)
                .hasMessageContaining("owner's uid is ")
                .hasMessageContaining("expected 4242");
    }

    @Test
    void a_directory_in_which_others_may_replace_files_is_refused() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> Segment.create("plain", options))
                .isInstanceOf(SegmentMismatchException.class)
                .hasMessageContaining("mode is 0777, expected 0755");
    }

    @Test
    void opening_waits_until_the_segment_is_created() throws Exception {
        SegmentOptions patient = options.timeout(Duration.ofSeconds(60));
        Thread creator = new Thread(() -> {
            try {
                Segment.create("plain", options).close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        long start = System.nanoTime();
        assertThatThrownBy(() -> Segment.open("plain", options.timeout(Duration.ofMillis(30))))
                .hasMessageContaining("ENOENT");
        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
        creator.start();
        Segment.open("plain", patient).close();
        creator.join();
    }

    @Test
    void a_region_of_nothing_is_empty() throws IOException {
        try (Segment segment = Segment.create("plain", options.userBytes(0))) {
            assertThat(segment.region().capacity()).isZero();
        }
    }

    @Test
    void options_out_of_range_say_what_is_allowed() {
        assertThatThrownBy(() -> options.userBytes(-1)).hasMessage("userBytes -1: must be 0 to 2147483647");
        assertThatThrownBy(() -> options.mode(01000)).hasMessage("mode 01000: must be 0 to 0777");
        assertThatThrownBy(() -> options.group(-1)).hasMessage("group -1: must be 0 to 4294967295");
        assertThatThrownBy(() -> options.owner(1L << 32)).hasMessage("owner 4294967296: must be 0 to 4294967295");
        assertThatThrownBy(() -> Segment.create("plain", options.hugePages()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not on hugetlbfs");
    }

    @Test
    void a_failed_creation_leaves_nothing() throws IOException {
        assertThatThrownBy(() -> Segment.create("plain", options.hugePages()));
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.toList()).isEqualTo(List.of());
        }
    }
}
