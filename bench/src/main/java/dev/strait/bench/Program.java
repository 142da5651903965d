package dev.strait.bench;

import dev.strait.bench.side.Side;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How one side is started. */
sealed interface Program {
    /** The command, to which the role and its parameters are appended. */
    List<String> command(Environment environment);

    /** Whether it needs time until the JIT has compiled it. */
    boolean warmsUp();

    /** What removes its leftovers when the sides are gone, by the role "remove", or null. */
    default Program cleaner() {
        return null;
    }

    /** A library in a JVM of its own. */
    static Program java(Class<?> library, List<String> jars, List<String> options) {
        return new InJava(Side.class, library, jars, options, null);
    }

    /** A library that needs nothing but native access. */
    static Program java(Class<?> library) {
        return java(library, List.of(), List.of(NATIVE_ACCESS));
    }

    /** A library that uses Strait. */
    static Program strait(Class<?> library) {
        return strait(library, null);
    }

    /** One whose leftovers are removed by another. */
    static Program strait(Class<?> library, Program cleaner) {
        List<String> jars = List.of("strait-engine", "engine/target/classes");
        return new InJava(Side.class, library, jars, List.of(NATIVE_ACCESS), cleaner);
    }

    /** The option that System.load needs. */
    String NATIVE_ACCESS = "--enable-native-access=ALL-UNNAMED";

    /**
     * Where things are.
     *
     * @param java the java command
     * @param natives the folder of the programs of bench/c
     * @param classPath all of it
     */
    record Environment(Path java, Path natives, List<String> classPath) {
        static Environment current() {
            return new Environment(
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    Path.of(System.getProperty("strait.bench.natives")),
                    Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator)));
        }
    }

    /**
     * A program of bench/c.
     *
     * @param name without its prefix
     * @param leaves whether it leaves something that it can be asked to remove
     */
    record InC(String name, boolean leaves) implements Program {
        InC(String name) {
            this(name, false);
        }

        @Override
        public List<String> command(Environment environment) {
            return List.of(environment.natives().resolve("bench_" + name).toString());
        }

        @Override
        public boolean warmsUp() {
            return false;
        }

        @Override
        public Program cleaner() {
            return leaves ? this : null;
        }
    }

    /**
     * A class in a JVM, with no more on its class path, and no more options, than it needs.
     *
     * @param main the class with the main method
     * @param library the first argument, or null
     * @param jars what to look for in the names on the class path
     * @param options of the JVM
     * @param cleaner see {@link Program#cleaner}
     */
    record InJava(Class<?> main, Class<?> library, List<String> jars, List<String> options, Program cleaner)
            implements Program {
        private static final List<String> EVERYONES_JARS = List.of("bench/target/classes", "HdrHistogram");
        /** The smallest collector, for programs that make no garbage, and no file that the JVM keeps writing to. */
        private static final List<String> EVERYONES_OPTIONS = List.of("-XX:+UseSerialGC", "-XX:+PerfDisableSharedMem");

        @Override
        public List<String> command(Environment environment) {
            List<String> command = new ArrayList<>();
            command.add(environment.java().toString());
            command.addAll(EVERYONES_OPTIONS);
            command.add("-Djava.library.path=" + environment.natives());
            command.addAll(options);
            command.add("-cp");
            command.add(String.join(
                    File.pathSeparator,
                    environment.classPath().stream().filter(this::isNeeded).toList()));
            command.add(main.getName());
            if (library != null) {
                command.add(library.getName());
            }
            return command;
        }

        private boolean isNeeded(String path) {
            return EVERYONES_JARS.stream().anyMatch(path::contains)
                    || jars.stream().anyMatch(path::contains);
        }

        @Override
        public boolean warmsUp() {
            return true;
        }
    }
}
