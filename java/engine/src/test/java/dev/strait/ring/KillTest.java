package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.internal.KillPoint;
import dev.strait.testing.Compile;
import dev.strait.testing.Jvm;
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

/**
 * The kill suite, native/test/kill_test.c, with a JVM as the one that is killed. It runs a second build of the engine: the
 * native library that can be killed at its points, and classes in which comments like {@code kill point: commit_done}
 * have become calls.
 */
final class KillTest {
    private static final Path BUILD = Path.of(System.getProperty("strait.native.build"));
    private static final Path SUITE = BUILD.resolve("native/test/kill_test");
    private static final Path LIBRARY = BUILD.resolve("native/test/kill/libstrait_jni_kill.so");
    private static final Pattern POINT = Pattern.compile("// kill point: ([a-z_]+)");

    /** What {@code ci/test --long} multiplies test rounds by. */
    private static final String SHARE = "STRAIT_TEST_SHARE";

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
        assumeTrue(Files.exists(SUITE), "this build is without the C tests");
        boolean all = Double.parseDouble(System.getenv().getOrDefault(SHARE, "1")) > 1;
        List<String> command = new ArrayList<>(List.of(SUITE.toString()));
        command.addAll(all ? ALL_POINTS : SOME_POINTS);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(SHARE, all ? "1" : "0.2");
        builder.environment().put("STRAIT_KILL_VICTIM", victim());
        Process suite = builder.start();
        String output = new String(suite.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(suite.waitFor()).as(output).isZero();
        assertThat(output).doesNotContain("skipped");
    }

    @Test
    void the_hot_path_has_the_points_that_c_has() throws IOException {
        List<String> inC = points(Compile.source("native/src/ring_writer.c"), "KILL_POINT\\(([a-z_]+)\\)");
        inC.addAll(points(Compile.source("native/src/ring_reader.c"), "KILL_POINT\\(((?:poll)[a-z_]+)\\)"));
        inC.addAll(points(Compile.source("native/src/semaphore.c"), "KILL_POINT\\((semaphore_(?:taken|given))\\)"));
        inC.addAll(points(Compile.source("native/src/lock.c"), "KILL_POINT\\((lock_[a-z_]+)\\)"));
        List<String> inJava = new ArrayList<>();
        for (Path source : sources()) {
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
        assumeTrue(Files.exists(LIBRARY), "this build is without the library that can be killed");
        assertThat(content(Files.newInputStream(LIBRARY))).contains("KillPoint", "strait_kill_point", "STRAIT_KILL");
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

    /** The sources with points in them. */
    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Compile.source("java/engine/src/main/java"))) {
            List<Path> sources = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (POINT.matcher(Files.readString(file)).find()) {
                    sources.add(file);
                }
            }
            return sources;
        }
    }

    /** The command that starts a JVM with the second build. */
    private String victim() throws IOException {
        Path engine = Jvm.packagedEngine();
        Path tests = Jvm.folderOf(KillPeer.class);
        Path classes = Files.createDirectory(temporary.resolve("classes"));
        List<Path> rewritten = new ArrayList<>();
        for (Path source : sources()) {
            String called =
                    POINT.matcher(Files.readString(source)).replaceAll(KillPoint.class.getName() + ".reach(\"$1\");");
            rewritten.add(Files.writeString(temporary.resolve(source.getFileName()), called));
        }
        String[] options = {"-nowarn", "-proc:none", "-d", classes.toString(), "-cp", engine + ":" + tests};
        assertThat(Compile.java(options, rewritten.toArray(Path[]::new))).isEmpty();
        return String.join(
                " ",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-Ddev.strait.library=" + LIBRARY,
                "-cp",
                classes + ":" + engine + ":" + tests,
                KillPeer.class.getName());
    }
}
