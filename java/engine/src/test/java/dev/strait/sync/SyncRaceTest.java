package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.SecondBuild;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a lock and to permits whose segment is closed by one thread while another is just taking them. */
final class SyncRaceTest {
    @TempDir
    private Path folder;

    @TempDir(factory = InSharedMemory.class)
    private Path directory;

    @Test
    void a_close_in_the_midst_of_a_call_leaves_no_lock_held_and_no_permit_lost() throws Exception {
        assumeTrue(Files.exists(SecondBuild.LIBRARY), "this build is without the library that can be held");
        String output = Jvm.of(SyncRacePeer.class)
                .classPath(SecondBuild.classPath(folder))
                .option("-Ddev.strait.library=" + SecondBuild.LIBRARY, "-XX:TieredStopAtLevel=1")
                .succeed(directory.toString());
        assertThat(output).isEqualTo("258 races\n");
    }
}
