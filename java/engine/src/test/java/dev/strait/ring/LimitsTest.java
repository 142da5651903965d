package dev.strait.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a JVM hears where something has run out, or is not allowed: an exception that says which call failed on what. It
 * lives on, keeps nothing, and succeeds when the limit is lifted. native/test/limits_test.c has every step of every call.
 */
final class LimitsTest {
    private static final int LANE = 65_536;
    private static final String UNLIMITED = "unlimited:";

    /** A file's name, with the number that tmpfs and others show for one without a name, or a memfd's. */
    private static final Predicate<String> NEW_OR_NAMELESS = Pattern.compile(
                    "/(" + CrampedPeer.NEW + "|#[0-9]+|memfd:.*)( .*)?$")
            .asPredicate();

    @TempDir
    Path directory;

    private Path created;

    @BeforeEach
    void names() {
        created = directory.resolve(CrampedPeer.NEW);
    }

    @AfterEach
    void nothing_is_left_in_the_directory() {
        assertThat(directory.toFile().list()).isSubsetOf(CrampedPeer.OLD);
    }

    // ---- Limits of the process

    @Test
    void without_a_descriptor_each_step_is_told() throws Exception {
        try (Cramped jvm = start(in(directory))) {
            jvm.limit("nofile", "256:");
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
            jvm.ask("leave 0");
            String text = "Too many open files";
            assertThat(jvm.ask("create " + LANE)).isEqualTo(error(24, "EMFILE", text, "open(O_DIRECTORY)", directory));
            assertThat(jvm.ask("open")).isEqualTo(error(24, "EMFILE", text, "open(O_DIRECTORY)", directory));
            assertThat(jvm.ask("unlink"))
                    .isEqualTo(error(24, "EMFILE", text, "unlink", directory.resolve(CrampedPeer.OLD)));
            assertThat(jvm.ask("create-anonymous " + LANE))
                    .isEqualTo(error(24, "EMFILE", text, "memfd_create", Path.of(CrampedPeer.NEW)));
            jvm.ask("release");
            jvm.ask("leave 1");
            assertThat(jvm.ask("create " + LANE)).isEqualTo(error(24, "EMFILE", text, "open(O_TMPFILE)", created));
            assertThat(jvm.ask("open"))
                    .isEqualTo(error(24, "EMFILE", text, "open", directory.resolve(CrampedPeer.OLD)));
            jvm.ask("release");
            jvm.expectNothingLeft();
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
        }
    }

    @Test
    void a_segment_beyond_the_limit_for_files_does_not_kill_the_jvm() throws Exception {
        try (Cramped jvm = start(in(directory))) {
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
            jvm.limit("fsize", LANE + ":");
            assertThat(jvm.ask("create " + LANE))
                    .isEqualTo(error(27, "EFBIG", "File too large", "posix_fallocate", created));
            jvm.expectNothingLeft();
            jvm.limit("fsize", UNLIMITED);
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
        }
    }

    @Test
    void memory_that_cannot_be_locked_is_told() throws Exception {
        try (Cramped jvm = start(in(directory).under(without("ipc_lock")))) {
            String text = "Cannot allocate memory";
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
            jvm.limit("memlock", "4096:");
            assertThat(jvm.ask("create-locked " + LANE)).isEqualTo(error(12, "ENOMEM", text, "mlock", created));
            jvm.limit("memlock", "0:");
            text = "Operation not permitted";
            assertThat(jvm.ask("create-locked " + LANE)).isEqualTo(error(1, "EPERM", text, "mlock", created));
            jvm.expectNothingLeft();
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
        }
    }

    @Test
    void without_address_space_a_lane_is_refused() throws Exception {
        // What is left is for the JVM itself: without a compiler and with few threads it needs less than 32 MiB more.
        int laneBytes = 32 << 20;
        try (Cramped jvm = start(in(directory).option("-Xint", "-XX:+UseSerialGC"))) {
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
            jvm.limit("as", jvm.addressSpaceBytes() + laneBytes + ":");
            assertThat(jvm.ask("create " + laneBytes))
                    .isEqualTo(error(12, "ENOMEM", "Cannot allocate memory", "mmap(PROT_NONE)", created));
            jvm.expectNothingLeft();
            jvm.limit("as", UNLIMITED);
            assertThat(jvm.ask("create " + laneBytes)).isEqualTo("done");
        }
    }

    // ---- Directories

    @Test
    void into_a_dev_shm_of_64_KiB_goes_what_fits() throws Exception {
        try (Cramped jvm = start(Jvm.of(CrampedPeer.class).under(mounted("size=64k", "/dev/shm")))) {
            assertThat(jvm.ask("create " + LANE))
                    .startsWith("28|ENOSPC|posix_fallocate|/dev/shm/strait-")
                    .endsWith("): No space left on device (ENOSPC)");
            jvm.expectNothingLeft();
            assertThat(jvm.ask("create " + LANE / 2)).isEqualTo("done");
        }
    }

    @Test
    void without_an_inode_nothing_is_created() throws Exception {
        String text = "No space left on device";
        try (Cramped jvm = start(in(directory).under(mounted("nr_inodes=1", directory.toString())))) {
            assertThat(jvm.ask("create " + LANE)).isEqualTo(error(28, "ENOSPC", text, "open(O_TMPFILE)", created));
            assertThat(jvm.ask("create-anonymous " + LANE)).isEqualTo("done");
        }
    }

    @Test
    void on_a_read_only_file_system_nothing_is_created_opened_or_unlinked() throws Exception {
        String script = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"";
        String text = "Read-only file system";
        Path existing = directory.resolve(CrampedPeer.OLD);
        assumeMayMount();
        try (Cramped jvm = start(in(directory).under("unshare", "-m", "sh", "-c", script, directory.toString()))) {
            assertThat(jvm.ask("create " + LANE)).isEqualTo(error(30, "EROFS", text, "open(O_TMPFILE)", created));
            assertThat(jvm.ask("open")).isEqualTo(error(30, "EROFS", text, "open", existing));
            assertThat(jvm.ask("unlink")).isEqualTo(error(30, "EROFS", text, "unlink", existing));
            assertThat(jvm.ask("create-anonymous " + LANE)).isEqualTo("done");
        }
    }

    @Test
    void a_default_directory_that_cannot_be_made_is_told() throws Exception {
        try (Cramped jvm = start(Jvm.of(CrampedPeer.class).under(mounted("ro", "/dev/shm")))) {
            assertThat(jvm.ask("create " + LANE))
                    .startsWith("30|EROFS|mkdir|/dev/shm/strait-")
                    .doesNotContain(CrampedPeer.NEW)
                    .endsWith("): Read-only file system (EROFS)");
        }
    }

    @Test
    void a_directory_without_write_permission_is_told() throws Exception {
        try (Cramped jvm = start(in(directory).under(without("dac_override")))) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("r-x------"));
            String text = "Permission denied";
            assertThat(jvm.ask("create " + LANE)).isEqualTo(error(13, "EACCES", text, "open(O_TMPFILE)", created));
            assertThat(jvm.ask("open")).isEqualTo("done");
            assertThat(jvm.ask("unlink"))
                    .isEqualTo(error(13, "EACCES", text, "unlink", directory.resolve(CrampedPeer.OLD)));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            assertThat(jvm.ask("create " + LANE)).isEqualTo("done");
        }
    }

    // ---- JVMs

    private static Jvm in(Path directory) throws IOException {
        RingOptions options = RingOptions.defaults().laneBytes(LANE);
        Ring.create(CrampedPeer.OLD, options.segment(SegmentOptions.defaults().directory(directory)))
                .close();
        return Jvm.of(CrampedPeer.class).option("-Ddev.strait.dir=" + directory);
    }

    private static Cramped start(Jvm jvm) throws IOException {
        return new Cramped(jvm.start());
    }

    private static String[] mounted(String options, String folder) throws IOException, InterruptedException {
        assumeMayMount();
        String script = "mount -t tmpfs -o " + options + " none '" + folder + "' && exec \"$@\"";
        return new String[] {"unshare", "-m", "sh", "-c", script, "sh"};
    }

    private static void assumeMayMount() throws IOException, InterruptedException {
        int status = new ProcessBuilder("unshare", "-m", "true").start().waitFor();
        assumeTrue(status == 0, "no mounts of one's own here");
    }

    /** Takes a capability away, which only root has. */
    private static String[] without(String capability) {
        String set = "-" + capability;
        boolean root = System.getProperty("user.name").equals("root");
        return root ? new String[] {"setpriv", "--inh-caps", set, "--bounding-set", set} : new String[0];
    }

    private static String error(int errno, String symbol, String text, String operation, Path object) {
        String message = operation + "(" + object + "): " + text + " (" + symbol + ")";
        return String.join("|", errno + "", symbol, operation, object.toString(), message);
    }

    /** A JVM that is asked, and whose limits are set from outside. */
    private record Cramped(Jvm.Child child) implements AutoCloseable {
        String ask(String command) throws IOException {
            child.process().getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
            child.process().getOutputStream().flush();
            return child.line();
        }

        void limit(String resource, String value) throws IOException, InterruptedException {
            String pid = child.process().pid() + "";
            Process prlimit = new ProcessBuilder("prlimit", "--pid", pid, "--" + resource + "=" + value)
                    .redirectErrorStream(true)
                    .start();
            String messages = new String(prlimit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(prlimit.waitFor()).as(messages).isZero();
        }

        long addressSpaceBytes() throws IOException {
            String pages = Files.readString(proc("statm")).split(" ", -1)[0];
            return Long.parseLong(pages) * 4096;
        }

        /** Neither a descriptor nor a mapping of what was to be created, nor a file. */
        void expectNothingLeft() throws IOException {
            List<String> found = new ArrayList<>(Files.readAllLines(proc("maps")));
            try (Stream<Path> descriptors = Files.list(proc("fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    found.add(Files.readSymbolicLink(descriptor).toString());
                }
            }
            assertThat(found.stream().filter(NEW_OR_NAMELESS)).isEmpty();
        }

        private Path proc(String file) {
            return Path.of("/proc", child.process().pid() + "", file);
        }

        @Override
        public void close() {
            child.close();
        }
    }
}
