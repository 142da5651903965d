package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Compile;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows compiles and runs, as it stands there. */
final class PackageDocTest {
    private static final Pattern BLOCK = Pattern.compile("<pre>\\{@code\\n(.*?) \\* \\}</pre>", Pattern.DOTALL);

    @TempDir(factory = InSharedMemory.class)
    Path directory;

    @TempDir
    Path classes;

    @BeforeEach
    void compile() throws IOException {
        String text = Files.readString(Compile.source("java/engine/src/main/java/dev/strait/sync/package-info.java"));
        List<String> blocks = BLOCK.matcher(text)
                .results()
                .map((MatchResult block) -> block.group(1).replaceAll("(?m)^ \\* ?", ""))
                .toList();
        assertThat(blocks).hasSize(3);
        String shown = "import dev.strait.segment.*;\nimport dev.strait.sync.*;\n"
                + "class Shown {\n"
                + "static void semaphore() throws Exception {\n" + blocks.get(0) + "}\n"
                + "static void lock() throws Exception {\n" + blocks.get(1) + "}\n"
                + "static void condition() throws Exception {\n" + blocks.get(2) + "}\n"
                + "public static void main(String[] which) throws Exception {\n"
                + "switch (which[0]) {\n"
                + "case \"semaphore\" -> semaphore();\n"
                + "case \"lock\" -> lock();\n"
                + "default -> condition();\n"
                + "}\nSystem.out.println(\"done\");\n}\n}\n";
        Path source = Files.writeString(classes.resolve("Shown.java"), shown);
        String[] options = {
            "-d", classes.toString(), "-cp", Jvm.packagedEngine().toString()
        };
        assertThat(Compile.java(options, source)).isEmpty();
    }

    private Jvm shown() {
        return Jvm.of("Shown").classPath(Jvm.packagedEngine(), classes).option("-Ddev.strait.dir=" + directory);
    }

    private SegmentOptions options() {
        return SegmentOptions.defaults().directory(directory);
    }

    @Test
    void the_semaphore_that_is_shown_counts() throws Exception {
        assertThat(shown().succeed("semaphore")).isEqualTo("done\n");
        try (Segment shop = Segment.open("shop", options())) {
            assertThat(Semaphore.open(shop, "items").availablePermits()).isEqualTo(2);
        }
    }

    @Test
    void the_lock_that_is_shown_guards_a_counter_that_it_repairs() throws Exception {
        assertThat(shown().succeed("lock")).isEqualTo("done\n");
        assertThat(shown().succeed("lock")).isEqualTo("done\n");
        try (Segment office = Segment.open("office", options())) {
            assertThat(office.region().getLong(0)).isEqualTo(2);
            Lock.open(office, "counter").lock();
        }
        assertThat(shown().succeed("lock")).isEqualTo("done\n");
        try (Segment office = Segment.open("office", options())) {
            assertThat(office.region().getLong(0)).isEqualTo(1);
        }
    }

    @Test
    void the_condition_that_is_shown_is_waited_for() throws Exception {
        SegmentOptions options = options().userBytes(8).object(Lock.declare("door"), Condition.declare("opened"));
        try (Segment house = Segment.create("house", options);
                Jvm.Child child = shown().start("condition")) {
            Lock lock = Lock.open(house, "door");
            Condition opened = Condition.open(lock, "opened");
            while (!opened.hasWaiters()) {
                assertThat(child.process().isAlive()).isTrue();
                Thread.sleep(1);
            }
            lock.lock();
            house.region().putLong(0, 1);
            opened.signal();
            lock.unlock();
            assertThat(child.rest()).isEqualTo("done\n");
        }
    }
}
