package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Compile;
import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jar after maven-shade-plugin has renamed dev.strait to relocated, and beside it the jar as it is. */
class RelocationIT {
    private static final Path JAR = Path.of(System.getProperty("strait.jar"));
    private static final Path RELOCATED = Path.of(System.getProperty("strait.relocated"));
    private static final String COURIER = "relocated.testing.Courier";

    @TempDir
    private Path temporary;

    /** Holds a courier of the relocated engine. */
    private Path user;

    @BeforeEach
    void compile_a_user_of_the_relocated_engine() throws IOException {
        Path source = Compile.source("java/engine/src/test/java/dev/strait/testing/Courier.java");
        Path copy = temporary.resolve("Courier.java");
        Files.writeString(copy, Files.readString(source).replace("dev.strait", "relocated"));
        user = Files.createDirectory(temporary.resolve("user"));
        String[] options = {"-cp", RELOCATED.toString(), "-d", user.toString()};
        assertThat(Compile.java(options, copy)).isEmpty();
    }

    @Test
    void a_relocated_engine_passes_messages() throws Exception {
        assertThat(relocated().succeed("ring"))
                .contains("received 42 through Ring[" + temporary.resolve("ring") + "]")
                .contains("mapped " + temporary + "/strait-");
    }

    @Test
    void it_passes_messages_to_one_that_is_not_relocated_in_the_same_class_loader() throws Exception {
        assertThat(Jvm.of(Exchange.class)
                        .classPath(JAR, RELOCATED, user, Jvm.folderOf(Courier.class))
                        .option("-Ddev.strait.dir=" + temporary)
                        .succeed("ring"))
                .contains("to relocated: received 42 through Ring[" + temporary.resolve("ring") + "]")
                .contains("from relocated: received 42 through Ring[" + temporary.resolve("ring") + "]");
    }

    @Test
    void its_library_is_named_by_the_same_property() throws Exception {
        Path library = Jvm.packagedEngine().resolve("META-INF/native/" + Platform.current() + "/" + NativeLibrary.FILE);
        assertThat(relocated().option("-Ddev.strait.library=" + library).succeed("ring"))
                .contains("mapped " + library + "\n")
                .doesNotContain("mapped " + temporary + "/strait-");
    }

    @Test
    void its_messages_name_the_property_that_works() throws Exception {
        assertThat(relocated().option("-Ddev.strait.library=missing.so").fail("ring"))
                .contains("named by -Ddev.strait.library: ");
    }

    private Jvm relocated() {
        return Jvm.of(COURIER)
                .classPath(RELOCATED, user)
                .option("-Ddev.strait.dir=" + temporary, "-Djava.io.tmpdir=" + temporary);
    }

    /** Sends a number to the relocated engine, and one back. */
    static final class Exchange {
        public static void main(String[] arguments) throws ReflectiveOperationException {
            Courier courier = new Courier(arguments[0]);
            Object relocated =
                    Class.forName(COURIER).getConstructor(String.class).newInstance(arguments[0]);
            System.out.print("to relocated: ");
            Courier.exchange(courier, (LongSupplier) relocated);
            System.out.print("from relocated: ");
            Courier.exchange((LongConsumer) relocated, courier);
        }
    }
}
