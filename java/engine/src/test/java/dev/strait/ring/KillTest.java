package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.internal.KillPoint;
import dev.strait.testing.Compile;
import dev.strait.testing.Jvm;
import dev.strait.testing.KillSuite;
import dev.strait.testing.SecondBuild;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kill suite of rings, native/test/kill_test.c, with a JVM as the one that is killed. */
final class KillTest {
    private static final Pattern POINT = Pattern.compile("// kill point: ([a-z_]+)");

    /** One of each step, at which a JVM is killed once; {@code ci/test --long} takes all, five times each. */
    private static final List<String> SOME_POINTS = List.of(
            "create_header",
            "join_linked",
            "open_cursor",
            "claim_header",
            "commit_after_tail",
            "poll_after_handler",
            "poll_before_cursor",
            "sleep_looked",
            "wake_taken",
            "close_after_end",
            "leave_beacon",
            "reap_dead",
            "remove_name");

    private static final List<String> ALL_POINTS = List.of(
            "create", "join", "open", "claim", "commit", "poll", "sleep", "wake", "close", "leave", "reap", "remove");

    @TempDir
    private Path temporary;

    @Test
    void a_killed_jvm_holds_nobody_up() throws Exception {
        new KillSuite("kill_test", KillPeer.class, temporary).run(SOME_POINTS, ALL_POINTS);
    }

    @Test
    void the_hot_path_has_the_points_that_c_has() throws IOException {
        List<String> inC = points(Compile.source("native/src/ring_writer.c"), "KILL_POINT\\(([a-z_]+)\\)");
        inC.addAll(points(Compile.source("native/src/ring_reader.c"), "KILL_POINT\\(((?:poll)[a-z_]+)\\)"));
        inC.addAll(points(Compile.source("native/src/semaphore.c"), "KILL_POINT\\((semaphore_(?:taken|given))\\)"));
        inC.addAll(points(Compile.source("native/src/lock.c"), "KILL_POINT\\((lock_[a-z_]+)\\)"));
        List<String> inJava = new ArrayList<>();
        for (Path source : SecondBuild.sources()) {
            inJava.addAll(points(source, POINT.pattern()));
        }
        assertThat(inJava).containsExactlyInAnyOrderElementsOf(inC).hasSizeGreaterThan(5);
    }

    @Test
    void what_is_packaged_has_no_kill_points() throws IOException {
        assertThat(KillPoint.class.getName()).endsWith(".KillPoint");
        try (Stream<Path> files = Files.walk(Jvm.packagedEngine())) {
            List<Path> packaged = files.filter(Files::isRegularFile).toList();
            assertThat(packaged).hasSizeGreaterThan(20).anyMatch(file -> file.toString()
                    .endsWith(".so"));
            for (Path file : packaged) {
                assertThat(content(Files.newInputStream(file)))
                        .as(file.toString())
                        .doesNotContain("KillPoint", "strait_kill_point", "STRAIT_KILL");
            }
        }
        assumeTrue(Files.exists(SecondBuild.LIBRARY), "this build is without the library that can be killed");
        assertThat(content(Files.newInputStream(SecondBuild.LIBRARY)))
                .contains("KillPoint", "strait_kill_point", "STRAIT_KILL");
    }

    private static String content(InputStream file) throws IOException {
        try (file) {
            return new String(file.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    private static List<String> points(Path source, String pattern) throws IOException {
        return new ArrayList<>(Pattern.compile(pattern)
                .matcher(Files.readString(source))
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList());
    }
}
