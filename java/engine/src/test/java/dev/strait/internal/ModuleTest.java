package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.strait.testing.Compile;
import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine as a module, and who may let it load its library. */
class ModuleTest {
    private static final String USER = "user.of.strait";

    @TempDir
    private Path temporary;

    @Test
    void a_module_that_requires_strait_passes_messages() throws Exception {
        assertThat(inModule().succeed("ring")).contains("received 42 through Ring[" + temporary.resolve("ring") + "]");
    }

    @Test
    void a_program_on_the_class_path_uses_the_module() throws Exception {
        String output = Jvm.of(Courier.class)
                .option("--module-path", Jvm.packagedEngine().toString(), "--add-modules", "dev.strait")
                .option("-Ddev.strait.dir=" + temporary)
                .classPath(Jvm.folderOf(Courier.class))
                .nativeAccess("dev.strait")
                .succeed("ring");
        assertThat(output).contains("received 42 through Ring[").doesNotContain("WARNING");
    }

    @Test
    void internal_packages_are_not_for_other_modules() throws IOException {
        Path source = Files.writeString(
                temporary.resolve("Intruder.java"),
                "package intruder; class Intruder { Object failure = new dev.strait.internal.Failure(); }");
        Path module =
                Files.writeString(temporary.resolve("module-info.java"), "module intruder { requires dev.strait; }");
        String[] options = {
            "-d",
            temporary.resolve("out").toString(),
            "-p",
            Jvm.packagedEngine().toString()
        };
        assertThat(Compile.java(options, module, source)).contains("package dev.strait.internal is not visible");
    }

    @Test
    void denied_native_access_names_the_option() throws Exception {
        assertThat(denying(Jvm.of(Courier.class)).fail("ring"))
                .contains("UnsatisfiedLinkError: This JVM denies native access to Strait. Start it with"
                        + " --enable-native-access=ALL-UNNAMED.\n");
    }

    @Test
    void native_access_denied_to_the_module_names_it() throws Exception {
        assertThat(denying(inModule()).fail("ring"))
                .contains("UnsatisfiedLinkError: This JVM denies native access to Strait. Start it with"
                        + " --enable-native-access=dev.strait.\n");
    }

    @Test
    void what_those_messages_advise_helps() throws Exception {
        assertThat(denying(inModule()).nativeAccess("dev.strait").succeed("ring"))
                .contains("received 42");
        assertThat(denying(Jvm.of(Courier.class)).nativeAccess("ALL-UNNAMED").succeed("ring"))
                .contains("received 42");
    }

    /** A courier in a module of its own. */
    private Jvm inModule() throws IOException {
        Path out = Files.createDirectory(temporary.resolve("module"));
        Path module = Files.writeString(
                temporary.resolve("module-info.java"), "module " + USER + " { requires dev.strait; }");
        Path courier = Compile.source("java/engine/src/test/java/dev/strait/testing/Courier.java");
        String[] options = {"-d", out.toString(), "-p", Jvm.packagedEngine().toString()};
        assertThat(Compile.java(options, module, courier)).isEmpty();
        return Jvm.ofModule(USER, Courier.class)
                .modulePath(Jvm.packagedEngine(), out)
                .nativeAccess("dev.strait")
                .option("-Ddev.strait.dir=" + temporary);
    }

    private Jvm denying(Jvm jvm) throws IOException {
        Optional<Path> jdk = Jvm.homeOfJdk(24);
        assumeTrue(jdk.isPresent(), "no JDK 24 or newer, which can deny native access");
        return jvm.home(jdk.get())
                .nativeAccess(null)
                .option("--illegal-native-access=deny", "-Ddev.strait.dir=" + temporary);
    }
}
