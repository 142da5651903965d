package dev.strait.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.testing.Courier;
import dev.strait.testing.Jvm;
import dev.strait.testing.Virtual;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Several class loaders with an engine each, in one JVM. */
class ClassLoaderTest {
    @TempDir
    private Path temporary;

    @Test
    void two_class_loaders_pass_messages_through_one_ring() throws Exception {
        assertThat(jvm(TwoLoaders.class).succeed("ring"))
                .contains("received 42 through Ring[" + temporary.resolve("ring") + "]")
                .contains("libraries: 2");
    }

    @Test
    void many_class_loaders_of_one_jar_load_at_the_same_time() throws Exception {
        Path jar = temporary.resolve("engine.jar");
        Path tmpdir = Files.createDirectory(temporary.resolve("tmp"));
        ToolProvider.findFirst("jar")
                .orElseThrow()
                .run(
                        System.out,
                        System.err,
                        "-cf",
                        jar.toString(),
                        "-C",
                        Jvm.packagedEngine().toString(),
                        ".");
        assertThat(Jvm.of(ManyLoaders.class)
                        .option("-Djava.io.tmpdir=" + tmpdir, "-Duser.home=")
                        .environment("XDG_RUNTIME_DIR", "")
                        .succeed(jar.toString()))
                .contains("loaded " + ManyLoaders.COUNT);
        assertThat(tmpdir).isEmptyDirectory();
    }

    @Test
    void a_library_goes_with_its_class_loader() throws Exception {
        assertThat(jvm(Redeployed.class).succeed()).contains("libraries: 0");
    }

    @Test
    void the_signal_that_was_reserved_is_given_back_with_the_library() throws Exception {
        assertThat(jvm(RedeployedKick.class).succeed(temporary.resolve("fifo").toString()))
                .isEqualTo("one more is caught: true\nlibraries: 0\nas many as before: true\n");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads need JDK 21 or newer")
    void the_thread_that_waits_for_virtual_threads_goes_too() throws Exception {
        assertThat(jvm(RedeployedWaiter.class).succeed()).isEqualTo("received 42\nlibraries: 0\n");
    }

    @Test
    void one_named_file_serves_one_class_loader_and_the_other_is_told_what_to_do() throws Exception {
        Path library = Jvm.packagedEngine().resolve("META-INF/native/" + Platform.current() + "/" + NativeLibrary.FILE);
        assertThat(jvm(TwoLoaders.class)
                        .option("-Ddev.strait.library=" + library)
                        .fail("ring"))
                .contains("UnsatisfiedLinkError: Cannot load " + library + ", named by -Ddev.strait.library: ")
                .contains(
                        "already loaded in another classloader. Load Strait in one class loader that the others share,"
                                + " or unset the property: then each loads a copy of its own.");
    }

    private Jvm jvm(Class<?> main) {
        return Jvm.of(main).option("-Ddev.strait.dir=" + temporary, "-Djava.io.tmpdir=" + temporary);
    }

    // ---- Programs

    /** A class loader with an engine of its own. */
    private static URLClassLoader loader(Path engine) throws IOException {
        URL[] path = {
            engine.toUri().toURL(), Jvm.folderOf(Courier.class).toUri().toURL()
        };
        return new URLClassLoader(path, ClassLoader.getPlatformClassLoader());
    }

    private static Object courier(ClassLoader loader, String name) throws ReflectiveOperationException {
        return loader.loadClass(Courier.class.getName())
                .getConstructor(String.class)
                .newInstance(name);
    }

    private static long countLibraries() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.contains("libstrait_jni"))
                .map(line -> line.substring(line.indexOf('/')))
                .distinct()
                .count();
    }

    /** Sends a number from an engine to another. */
    static final class TwoLoaders {
        public static void main(String[] arguments) throws Exception {
            LongConsumer sender = (LongConsumer) courier(loader(Jvm.packagedEngine()), arguments[0]);
            LongSupplier receiver = (LongSupplier) courier(loader(Jvm.packagedEngine()), arguments[0]);
            Courier.exchange(sender, receiver);
            System.out.println("libraries: " + countLibraries());
        }
    }

    /** Loads an engine in many class loaders of one jar, some at the same time, while others come and go. */
    static final class ManyLoaders {
        static final int COUNT = 100;

        public static void main(String[] arguments) throws Exception {
            Path jar = Path.of(arguments[0]);
            Thread passerby = new Thread(() -> comeAndGo(jar));
            passerby.setDaemon(true);
            passerby.start();
            Callable<Class<?>> load = () -> {
                try (URLClassLoader loader = loader(jar)) {
                    return Class.forName(ErrorNative.class.getName(), true, loader);
                }
            };
            ExecutorService pool = Executors.newFixedThreadPool(4);
            List<Future<Class<?>>> types = pool.invokeAll(Collections.nCopies(COUNT, load));
            pool.shutdown();
            int loaded = 0;
            for (Future<Class<?>> type : types) {
                type.get();
                loaded++;
            }
            System.out.println("loaded " + loaded);
        }

        /** A class loader that read a resource closes the jar that the JVM has cached for all. */
        private static void comeAndGo(Path jar) {
            while (true) {
                try (URLClassLoader loader = loader(jar);
                        InputStream resource = loader.getResourceAsStream("dev/strait/Outcome.class")) {
                    resource.read();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /** The same with a class loader in which a virtual thread has waited. */
    static final class RedeployedWaiter {
        public static void main(String[] arguments) throws Exception {
            waitOnce();
            while (countWaiters() > 0) {
                Thread.sleep(10);
            }
            for (int i = 0; i < 1000 && countLibraries() > 0; i++) {
                System.gc();
            }
            System.out.println("libraries: " + countLibraries());
        }

        private static void waitOnce() throws Exception {
            try (URLClassLoader loader = loader(Jvm.packagedEngine())) {
                Object courier = courier(loader, "ring");
                Virtual<Long> received = Virtual.start(((LongSupplier) courier)::getAsLong);
                while (countWaiters() == 0) {
                    Thread.sleep(1);
                }
                ((LongConsumer) courier).accept(42);
                System.out.println("received " + received.result());
            }
        }

        private static long countWaiters() {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("strait-waiter"))
                    .count();
        }
    }

    /** Drops a class loader in which a call was ended by a signal. */
    static final class RedeployedKick {
        public static void main(String[] arguments) throws Exception {
            int before = countCaught();
            waitOnce(Path.of(arguments[0]), before);
            for (int i = 0; i < 1000 && countLibraries() > 0; i++) {
                System.gc();
            }
            System.out.println("libraries: " + countLibraries());
            System.out.println("as many as before: " + (countCaught() == before));
        }

        /** For the other end of a FIFO, which does not come. */
        private static void waitOnce(Path fifo, int before) throws Exception {
            try (URLClassLoader loader = loader(Jvm.packagedEngine())) {
                Class<?> type = Class.forName("dev.strait.pipe.Fifo", true, loader);
                Object made = type.getMethod("create", Path.class).invoke(null, fifo);
                try {
                    type.getMethod("openReader", Duration.class).invoke(made, Duration.ofMillis(10));
                } catch (InvocationTargetException e) {
                    System.out.println("one more is caught: " + (countCaught() == before + 1));
                }
            }
        }

        private static int countCaught() throws IOException {
            return Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("SigCgt:"))
                    .mapToInt(line -> Long.bitCount(
                            Long.parseUnsignedLong(line.substring(7).strip(), 16)))
                    .sum();
        }
    }

    /** Drops a class loader that used a ring, and waits until its library is unmapped. */
    static final class Redeployed {
        public static void main(String[] arguments) throws Exception {
            List<URLClassLoader> loaders = new ArrayList<>(List.of(loader(Jvm.packagedEngine())));
            courier(loaders.get(0), "ring");
            loaders.get(0).close();
            loaders.clear();
            for (int i = 0; i < 1000 && countLibraries() > 0; i++) {
                System.gc();
            }
            System.out.println("libraries: " + countLibraries());
        }
    }
}
