package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.InSharedMemory;
import dev.strait.testing.Jvm;
import dev.strait.wait.WaitPolicy;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What semaphores and locks do not do while nobody waits: call native code or the kernel, make garbage. */
final class SyncQuietTest {
    @TempDir
    Path directory;

    @TempDir(factory = InSharedMemory.class)
    Path segments;

    @Test
    void nobody_calls_native_code_while_nobody_waits() throws Exception {
        assertThat(Jvm.of(SyncQuietPeer.class).succeed()).isEqualTo("2 false\n");
    }

    @Test
    void nobody_calls_the_kernel_while_nobody_waits() throws Exception {
        assertThat(futexCalls()).as("futex calls, those of the JVM included").isLessThan(SyncQuietPeer.ROUNDS / 400);
    }

    @Test
    void nobody_calls_native_code_or_the_kernel_for_waiters_that_were_killed() throws Exception {
        assertThat(futexCalls(segments.toString()))
                .as("futex calls, those of the JVM included")
                .isLessThan(SyncQuietPeer.ROUNDS / 400);
    }

    /** Those of the peer and of processes that it starts. */
    private int futexCalls(String... arguments) throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
        Path calls = directory.resolve("calls");
        String output = Jvm.of(SyncQuietPeer.class)
                .option("-Dstrait.native.build=" + System.getProperty("strait.native.build"))
                .under("strace", "-f", "-c", "-e", "trace=futex,futex_waitv,sched_yield", "-o", calls.toString())
                .succeed(arguments);
        assertThat(output).isEqualTo("2 false\n");
        return Files.readAllLines(calls).stream()
                .filter(line -> line.endsWith(" futex"))
                .mapToInt(line -> Integer.parseInt(line.trim().split(" +", -1)[3]))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void nobody_allocates_while_nobody_waits() throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        SegmentOptions options = SegmentOptions.defaults()
                .object(
                        Semaphore.declare("items", 1),
                        Semaphore.declare("few", 1).recoverable(),
                        Lock.declare("door"));
        try (Segment segment = Segment.createAnonymous("quiet", options)) {
            Semaphore items = Semaphore.open(segment, "items");
            Semaphore few = Semaphore.open(segment, "few");
            Lock door = Lock.open(segment, "door");
            takeAndGive(items, few, door, 20_000);
            long before = threads.getCurrentThreadAllocatedBytes();
            takeAndGive(items, few, door, 20_000);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(allocated).as("bytes for 20,000 rounds").isLessThan(1_000);
        }
    }

    private static void takeAndGive(Semaphore items, Semaphore few, Lock door, int rounds) throws Exception {
        int outcomes = 0;
        for (int i = 0; i < rounds; i++) {
            items.acquire();
            few.acquire();
            door.lock();
            outcomes |= items.acquire(1, WaitPolicy.SPIN, 0) ^ dev.strait.Outcome.TIMED_OUT;
            door.unlock();
            outcomes |= door.lock(WaitPolicy.SPIN, 0);
            door.unlock();
            few.release();
            items.release();
        }
        assertThat(outcomes).isZero();
    }
}
