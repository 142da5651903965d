package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.testing.Compile;
import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the library comes from, in JVMs of their own: a class is initialised once. */
class NativeLibraryTest {
    private static final String RECEIVED = "received 42 through Ring[";

    /** The folders that the library may be copied to, and one for rings. */
    @TempDir
    private Path temporary;

    private Path tmpdir;
    private Path runtime;
    private Path home;

    @BeforeEach
    void make_folders() throws IOException {
        tmpdir = Files.createDirectory(temporary.resolve("tmp"));
        runtime = Files.createDirectory(temporary.resolve("runtime"));
        home = Files.createDirectory(temporary.resolve("home"));
    }

    // ---- A library that is named

    @Test
    void a_named_library_is_used_as_it_is() throws Exception {
        Path named = Files.copy(packagedLibrary(), temporary.resolve("named.so"));
        String output = courier().option("-Ddev.strait.library=" + named).succeed("ring");
        assertThat(output).contains(RECEIVED).contains("mapped " + named + "\n").doesNotContain("libstrait_jni");
        assertThat(named).hasSameBinaryContentAs(packagedLibrary());
    }

    @Test
    void a_relative_name_serves() throws Exception {
        Path named = Files.copy(packagedLibrary(), temporary.resolve("named.so"));
        Path relative = Path.of("").toAbsolutePath().relativize(named);
        assertThat(courier().option("-Ddev.strait.library=" + relative).succeed("ring"))
                .contains("mapped " + named + "\n");
    }

    @Test
    void a_named_library_is_used_whatever_the_platform_is_called() throws Exception {
        Path named = Files.copy(packagedLibrary(), temporary.resolve("named.so"));
        String output = courier()
                .option("-Dos.arch=riscv64", "-Ddev.strait.library=" + named)
                .succeed("ring");
        assertThat(output).contains(RECEIVED);
    }

    @Test
    void an_empty_name_is_none() throws Exception {
        assertThat(courier().option("-Ddev.strait.library=").succeed("ring")).contains(RECEIVED);
    }

    @Test
    void a_named_file_that_is_missing_is_refused() throws Exception {
        Path missing = temporary.resolve("missing.so");
        assertThat(courier().option("-Ddev.strait.library=" + missing).fail("ring"))
                .contains("UnsatisfiedLinkError: Cannot load " + missing + ", named by -Ddev.strait.library: ");
        assertThat(tmpdir).isEmptyDirectory();
    }

    @Test
    void a_named_file_that_is_no_library_is_refused() throws Exception {
        Path text = Files.writeString(temporary.resolve("text.so"), "It was a bright cold day in April");
        assertThat(courier().option("-Ddev.strait.library=" + text).fail("ring"))
                .contains("UnsatisfiedLinkError: Cannot load " + text + ", named by -Ddev.strait.library: ")
                .contains("file too short");
    }

    @Test
    void a_named_library_that_is_not_for_java_is_refused() throws Exception {
        Path library = Path.of(System.getProperty("strait.native.build"), "libstrait.so");
        assertThat(courier().option("-Ddev.strait.library=" + library).fail("ring"))
                .contains(
                        "UnsatisfiedLinkError: " + library + ", named by -Ddev.strait.library, is not the library that"
                                + " Strait for Java needs, " + NativeLibrary.FILE + ".");
    }

    @Test
    void a_library_of_another_version_is_refused() throws Exception {
        Path other = temporary.resolve("other.so");
        Compile.jniLibrary(other, "9.9.9");
        assertThat(courier().option("-Ddev.strait.library=" + other).fail("ring"))
                .contains(
                        "UnsatisfiedLinkError: " + other + ", named by -Ddev.strait.library, is version 9.9.9, but the"
                                + " jar is version " + Version.NUMBER + ". Both must come from the same build.");
    }

    // ---- The library in the jar

    @Test
    void the_copy_is_gone_once_it_is_loaded() throws Exception {
        assertThat(courier().succeed("ring"))
                .contains(RECEIVED)
                .containsPattern("mapped " + tmpdir + "/strait-[0-9]+/" + NativeLibrary.FILE + " \\(deleted\\)\n");
        assertThat(tmpdir).isEmptyDirectory();
    }

    @Test
    void the_copy_is_gone_when_it_cannot_be_loaded() throws Exception {
        Path jar = jarWith("text");
        Files.writeString(jar.resolve(resource()), "It was a bright cold day in April");
        assertThat(courierAfter(jar).fail("ring")).contains("file too short");
        assertThat(Stream.of(tmpdir, runtime, home))
                .allSatisfy(folder -> assertThat(folder).isEmptyDirectory());
    }

    @Test
    void nobody_else_can_look_into_the_folder_of_the_copy() throws Exception {
        Path jar = jarWith("probe");
        Compile.c(
                jar.resolve(resource()),
                Stream.of(Compile.source("java/engine/src/test/c/folder_mode.c").toString(), "-D_GNU_SOURCE"));
        String output = courierAfter(jar)
                .under("sh", "-c", "umask 0; exec \"$@\"", "sh")
                .fail("ring");
        assertThat(output).contains("the folder's mode is 700\n");
        assertThat(output).contains("The library in the jar is not the library that Strait for Java needs");
    }

    @Test
    void a_relative_folder_serves() throws Exception {
        Path relative = Path.of("").toAbsolutePath().relativize(tmpdir);
        assertThat(courier().option("-Djava.io.tmpdir=" + relative).succeed("ring"))
                .contains("mapped " + tmpdir + "/strait-");
    }

    @Test
    void an_interrupted_thread_loads_too_and_stays_interrupted() throws Exception {
        assertThat(jvm(Jvm.of(Interrupted.class)).succeed()).contains("interrupted: true");
    }

    @Test
    void a_jar_of_another_version_on_the_class_path_is_not_mistaken_for_ours() throws Exception {
        Path jar = jarWith("other");
        Compile.jniLibrary(jar.resolve(resource().replace(Version.NUMBER, "9.9.9")), "9.9.9");
        assertThat(courierAfter(jar).succeed("ring")).contains(RECEIVED);
    }

    @Test
    void a_jar_without_this_machines_library_says_so() throws Exception {
        String other = System.getProperty("os.arch").equals("aarch64") ? "x86_64" : "aarch64";
        assertThat(courier().option("-Dos.arch=" + other).fail("ring"))
                .contains("UnsatisfiedLinkError: The jar has no /META-INF/native/linux-" + other + "/"
                        + NativeLibrary.FILE + ".")
                .contains("-Ddev.strait.library=<file>")
                .doesNotContain("noexec");
    }

    @Test
    void the_second_use_after_a_failure_names_the_reason_too() throws Exception {
        assertThat(jvm(Jvm.of(Twice.class))
                        .option("-Ddev.strait.library=" + temporary.resolve("missing.so"))
                        .succeed())
                .contains("first: Cannot load " + temporary.resolve("missing.so"))
                .contains("second: NoClassDefFoundError")
                .containsPattern("caused by: .*Cannot load " + temporary.resolve("missing.so"));
    }

    // ---- Folders

    @Test
    void a_folder_that_is_missing_is_passed_over_and_not_made() throws Exception {
        Path missing = temporary.resolve("missing");
        assertThat(courier().option("-Djava.io.tmpdir=" + missing).succeed("ring"))
                .contains("mapped " + runtime + "/strait-");
        assertThat(missing).doesNotExist();
        assertThat(runtime).isEmptyDirectory();
    }

    @Test
    void the_cache_in_the_home_is_the_last_resort() throws Exception {
        Path cache = Files.createDirectory(home.resolve(".cache"));
        assertThat(courierWithoutTemporaryFolders().succeed("ring")).contains("mapped " + cache + "/strait-");
        assertThat(cache).isEmptyDirectory();
    }

    @Test
    void a_home_without_a_cache_serves_itself() throws Exception {
        assertThat(courierWithoutTemporaryFolders().succeed("ring")).contains("mapped " + home + "/strait-");
        assertThat(home).isEmptyDirectory();
    }

    @Test
    void where_no_folder_serves_each_is_named_with_its_reason() throws Exception {
        Path file = Files.createFile(temporary.resolve("file"));
        Path missing = temporary.resolve("missing");
        assertThat(courierWithoutTemporaryFolders()
                        .option("-Djava.io.tmpdir=" + file, "-Duser.home=" + missing)
                        .fail("ring"))
                .contains("UnsatisfiedLinkError: Cannot load a copy of " + NativeLibrary.FILE)
                .contains("-Ddev.strait.library=<file>")
                .contains("-Djava.io.tmpdir=<folder>")
                .contains("\n  " + file + ": java.nio.file.FileSystemException: ")
                .contains(": Not a directory\n")
                .contains("\n  " + missing + ": java.nio.file.NoSuchFileException: ");
    }

    @Test
    void a_folder_mounted_noexec_is_passed_over() throws Exception {
        assumeMayMount();
        String output = courier().under(mount("noexec", tmpdir)).succeed("ring");
        assertThat(output).contains(RECEIVED).contains("mapped " + runtime + "/strait-");
    }

    @Test
    void where_all_folders_are_mounted_noexec_or_read_only_each_is_named_with_its_reason() throws Exception {
        assumeMayMount();
        String output = courier()
                .under(mount("noexec", tmpdir))
                .under(mount("noexec", runtime))
                .under(mount("ro", home))
                .fail("ring");
        assertThat(output)
                .contains("(is one mounted noexec?)")
                .contains("-Ddev.strait.library=<file>")
                .containsPattern("\n  " + tmpdir + ": .*failed to map segment from shared object\n")
                .containsPattern("\n  " + runtime + ": .*failed to map segment from shared object\n")
                .containsPattern("\n  " + home + ": .*Read-only file system\n");
    }

    private void assumeMayMount() throws IOException, InterruptedException {
        Process mount = new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "none", tmpdir.toString()).start();
        assumeTrue(mount.waitFor() == 0, "no right to mount in a namespace of its own");
    }

    /** Mounts an empty tmpfs in a namespace of the command's own. */
    private static String[] mount(String option, Path folder) {
        String script = "mount -t tmpfs -o " + option + " none '" + folder + "' && exec \"$@\"";
        return new String[] {"unshare", "-m", "sh", "-c", script, "sh"};
    }

    // ---- JVMs

    private Jvm courier() {
        return jvm(Jvm.of(Courier.class));
    }

    private Jvm courierAfter(Path jar) {
        return courier().classPath(jar, Jvm.packagedEngine(), Jvm.folderOf(Courier.class));
    }

    private Jvm courierWithoutTemporaryFolders() {
        return courier().option("-Djava.io.tmpdir=").environment("XDG_RUNTIME_DIR", "");
    }

    private Jvm jvm(Jvm jvm) {
        return jvm.option("-Djava.io.tmpdir=" + tmpdir, "-Duser.home=" + home, "-Ddev.strait.dir=" + temporary)
                .environment("XDG_RUNTIME_DIR", runtime.toString());
    }

    private static String resource() {
        return "META-INF/native/" + Platform.current() + "/" + NativeLibrary.FILE;
    }

    private static Path packagedLibrary() {
        return Jvm.packagedEngine().resolve(resource());
    }

    /** An unpacked jar, with the folder of the library. */
    private Path jarWith(String name) throws IOException {
        Path jar = temporary.resolve(name);
        Files.createDirectories(jar.resolve(resource()).getParent());
        return jar;
    }

    // ---- Programs

    /** Uses a ring first in a thread that is interrupted. */
    static final class Interrupted {
        public static void main(String[] arguments) throws IOException {
            Thread.currentThread().interrupt();
            Ring.createAnonymous("ring", RingOptions.defaults()).close();
            System.out.println("interrupted: " + Thread.interrupted());
        }
    }

    /** Uses a ring twice, and prints how that fails. */
    static final class Twice {
        public static void main(String[] arguments) throws IOException {
            try {
                Ring.createAnonymous("ring", RingOptions.defaults());
            } catch (UnsatisfiedLinkError e) {
                System.out.println("first: " + e.getMessage());
            }
            try {
                Ring.createAnonymous("ring", RingOptions.defaults());
            } catch (NoClassDefFoundError e) {
                System.out.println("second: " + e.getClass().getSimpleName());
                System.out.println("caused by: " + e.getCause());
            }
        }
    }
}
