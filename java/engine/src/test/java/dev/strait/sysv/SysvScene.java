package dev.strait.sysv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.strait.ErrnoException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** What the tests of System V objects share: objects that are removed, other programs, other users. */
abstract class SysvScene {
    static final long SOON_S = 20;
    static final int MODE = 0600;
    static final SysvKey KEY =
            new SysvKey(0x51a17000 + (int) (ProcessHandle.current().pid() & 0xfff));

    private final List<SysvObject> made = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void remove_what_was_made() throws Exception {
        try {
            for (AutoCloseable each : opened) {
                each.close();
            }
        } finally {
            for (SysvObject each : made) {
                remove(each);
            }
        }
    }

    private static void remove(SysvObject object) throws IOException {
        object.close();
        try (SysvObject again = again(object)) {
            again.remove();
        } catch (ErrnoException e) {
            assertThat(e.symbol()).as(e.getMessage()).isIn("EINVAL", "EIDRM"); // the test has done it
        }
    }

    /** Another handle on it. */
    private static SysvObject again(SysvObject object) {
        if (object instanceof SysvQueue) {
            return SysvQueue.ofId(object.id());
        }
        return object instanceof SysvMemory ? SysvMemory.ofId(object.id()) : SysvSemaphoreSet.ofId(object.id());
    }

    final <T extends SysvObject> T toRemove(T object) {
        made.add(object);
        return object;
    }

    final <T extends AutoCloseable> T toClose(T object) {
        opened.add(object);
        return object;
    }

    static void assertErrno(String operation, String symbol, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(ErrnoException.class, e -> {
            assertThat(e.symbol()).as(e.getMessage()).isEqualTo(symbol);
            assertThat(e.operation()).isEqualTo(operation);
        });
    }

    /** Comes back when the condition holds. */
    static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SOON_S);
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.sleep(1);
        }
    }

    interface Condition {
        boolean holds() throws Exception;
    }

    interface Call {
        void make() throws Exception;
    }

    /** Comes back when a thousand calls have allocated nothing, as they do when they are compiled. */
    static void awaitNoGarbage(Call call) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        await(() -> {
            long before = threads.getThreadAllocatedBytes(self);
            for (int i = 0; i < 1_000; i++) {
                call.make();
            }
            return threads.getThreadAllocatedBytes(self) == before;
        });
    }

    // ---- Others

    final SysvPeer nobody() throws IOException {
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can become another user");
        return toClose(SysvPeer.asNobody());
    }

    final SysvPeer inNamespace(String script) throws Exception {
        int status = new ProcessBuilder("unshare", "--ipc", "true").start().waitFor();
        assumeTrue(status == 0, "no IPC namespace of one's own here");
        return toClose(SysvPeer.inNamespace(script));
    }

    /** native/test/peer/sysv_peer.c. */
    static String[] c(Object... arguments) {
        Path program = Path.of(System.getProperty("strait.native.build"), "native/test/peer/sysv_peer");
        return Stream.concat(Stream.of(program), Stream.of(arguments))
                .map(Object::toString)
                .toArray(String[]::new);
    }

    /** What a program says, which must succeed. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output.stripTrailing();
        } finally {
            process.destroyForcibly();
        }
    }

    /** A program that holds something: it has said that it is done. */
    final Process hold(String... command) throws IOException {
        Process process = new ProcessBuilder(command).start();
        toClose(process::destroyForcibly);
        assertThat(process.inputReader().readLine()).isEqualTo("done");
        return process;
    }

    /** The words of the line of /proc/sysvipc/NAME that has an id; empty when there is none. */
    static List<String> proc(String name, int id) throws IOException {
        return lines(name).stream()
                .filter(words -> words.get(1).equals(Integer.toString(id)))
                .findFirst()
                .orElse(List.of());
    }

    /** The words of all lines of /proc/sysvipc/NAME. */
    static List<List<String>> lines(String name) throws IOException {
        return Files.readAllLines(Path.of("/proc/sysvipc", name)).stream()
                .skip(1)
                .map(line -> List.of(line.strip().split("\\s+")))
                .toList();
    }

    static long kernel(String name) throws IOException {
        return Long.parseUnsignedLong(
                Files.readAllLines(Path.of("/proc/sys/kernel", name)).get(0));
    }
}
