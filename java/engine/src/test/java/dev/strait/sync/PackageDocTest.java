package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.InSharedMemory;
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
    @TempDir(factory = InSharedMemory.class)
    Path directory;

    @TempDir
    Path classes;

    private ShownCode shown;

    @BeforeEach
    void compile() throws IOException {
        List<String> imports = List.of("dev.strait.segment.*", "dev.strait.sync.*");
        shown = ShownCode.compile("sync", classes, imports, "semaphore", "lock", "condition");
    }

    private Jvm shown() {
        return shown.in(directory);
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
