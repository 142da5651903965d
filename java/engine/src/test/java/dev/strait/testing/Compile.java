package dev.strait.testing;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** Compiles what a test needs beside the tests. */
public final class Compile {
    private static final Path ROOT = Path.of(System.getProperty("strait.root"));

    private Compile() {}

    /** A file of the project. */
    public static Path source(String path) {
        return ROOT.resolve(path);
    }

    /**
     * Compiles Java.
     *
     * @return what javac had to say; empty when it succeeded
     */
    public static String java(String[] options, Path... sources) {
        StringWriter messages = new StringWriter();
        PrintWriter printer = new PrintWriter(messages);
        Stream<String> files = Stream.of(sources).map(Path::toString);
        String[] arguments = Stream.concat(Stream.of(options), files).toArray(String[]::new);
        ToolProvider.findFirst("javac").orElseThrow().run(printer, printer, arguments);
        return messages.toString();
    }

    /**
     * Builds a native library.
     *
     * @param library the file to write
     * @param arguments of the C compiler
     */
    public static void c(Path library, Stream<String> arguments) throws IOException, InterruptedException {
        Stream<String> command =
                Stream.concat(Stream.of("cc", "-shared", "-fPIC", "-o", library.toString()), arguments);
        Process cc =
                new ProcessBuilder(command.toList()).redirectErrorStream(true).start();
        String messages = new String(cc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (cc.waitFor() != 0) {
            throw new AssertionError(messages);
        }
    }

    /** Builds the JNI library as if the project's version were another. */
    public static void jniLibrary(Path library, String version) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "include");
        Path headers = Jvm.packagedEngine().resolveSibling("native-headers");
        try (Stream<Path> files = Files.walk(source("native"))) {
            Stream<String> sources = files
                    .map(Path::toString)
                    .filter(file -> file.matches(".*/native/(src|src/internal|jni)/[a-z_]+[.]c"))
                    .toList()
                    .stream();
            Stream<String> options = Stream.of(
                    "-D_GNU_SOURCE",
                    "-DSTRAIT_VERSION=\"" + version + "\"",
                    "-I" + source("native/include"),
                    "-I" + source("native/src"),
                    "-I" + headers,
                    "-I" + java,
                    "-I" + java.resolve("linux"));
            c(library, Stream.concat(options, sources));
        }
    }
}
