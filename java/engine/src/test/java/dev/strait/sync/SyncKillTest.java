package dev.strait.sync;

import dev.strait.testing.KillSuite;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kill suite of synchronisation objects, native/test/kill_sync_test.c, with JVMs among those that are killed. */
final class SyncKillTest {
    /** Those that Java passes itself. */
    private static final List<String> JAVA_POINTS = List.of(
            "semaphore_taken",
            "semaphore_given",
            "lock_taken",
            "lock_repaired",
            "lock_before_release",
            "lock_released");

    /** Those of native code: one of each step, and all. */
    private static final List<String> SOME_POINTS = List.of(
            "line_bit",
            "semaphore_held",
            "ledger_locked",
            "condition_woken",
            "gate_changed",
            "leave_objects",
            "reap_object");

    private static final List<String> ALL_POINTS =
            List.of("line", "semaphore", "ledger", "lock", "condition", "gate", "leave", "reap");

    @TempDir
    private Path temporary;

    @Test
    void a_jvm_killed_in_java_takes_nothing_with_it_that_can_come_back() throws Exception {
        suite().inJavaOnly().run(JAVA_POINTS, JAVA_POINTS);
    }

    @Test
    void a_jvm_killed_in_native_code_takes_nothing_with_it_that_can_come_back() throws Exception {
        suite().run(SOME_POINTS, ALL_POINTS);
    }

    @Test
    void many_threads_of_jvms_and_of_c_share_everything() throws Exception {
        suite().run(KillSuite.isLong() ? "10" : "1", List.of("crowd"));
    }

    private KillSuite suite() throws Exception {
        return new KillSuite("kill_sync_test", SyncKillPeer.class, temporary);
    }
}
