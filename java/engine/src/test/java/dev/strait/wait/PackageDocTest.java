package dev.strait.wait;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.ring.RingWriter;
import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Semaphore;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.testing.ShownCode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the package's documentation shows compiles and runs, as it stands there. */
final class PackageDocTest {
    @TempDir(factory = InSharedMemory.class)
    Path directory;

    @TempDir
    Path classes;

    @Test
    void the_wait_set_that_is_shown_hears_of_messages_permits_and_the_end() throws Exception {
        List<String> imports = List.of(
                "dev.strait.Outcome",
                "dev.strait.ring.*",
                "dev.strait.segment.*",
                "dev.strait.sync.*",
                "dev.strait.wait.*");
        ShownCode shown = ShownCode.compile("wait", classes, imports, "kitchen");
        SegmentOptions options = SegmentOptions.defaults().directory(directory);
        try (Segment kitchen = Segment.create("kitchen", options.object(Semaphore.declare("orders", 0)));
                Ring dishes = Ring.create("dishes", RingOptions.defaults().segment(options));
                Jvm.Child child = shown.in(directory).start("kitchen")) {
            Semaphore orders = Semaphore.open(kitchen, "orders");
            orders.release();
            assertThat(child.line()).isEqualTo("an order");
            try (RingWriter writer = dishes.openWriter()) {
                assertThat(writer.offer(1, ByteBuffer.allocate(8), 0, 8)).isZero();
                while (writer.freeBytes() < dishes.capacity()) {
                    assertThat(child.process().isAlive()).isTrue();
                    Thread.sleep(1);
                }
            }
            assertThat(child.rest()).isEqualTo("done\n");
        }
    }
}
