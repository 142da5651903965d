package dev.strait.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.internal.KillPoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A second build of the engine, for tests that kill or hold a thread between any two of its steps: the native library with
 * its points, and classes in which comments like {@code kill point: commit_done} and {@code race point: lock_seen} have
 * become calls.
 */
public final class SecondBuild {
    /** The native library; not there in a build without the C tests. */
    public static final Path LIBRARY =
            Path.of(System.getProperty("strait.native.build")).resolve("native/test/kill/libstrait_jni_kill.so");

    private static final Pattern POINT = Pattern.compile("// (?:kill|race) point: ([a-z_]+)");

    private SecondBuild() {}

    /** The engine's sources with points in them. */
    public static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Compile.source("java/engine/src/main/java"))) {
            List<Path> sources = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (POINT.matcher(Files.readString(file)).find()) {
                    sources.add(file);
                }
            }
            return sources;
        }
    }

    /** A JVM's class path with it, once it is compiled into an empty folder. */
    public static Path[] classPath(Path folder) throws IOException {
        Path engine = Jvm.packagedEngine();
        Path tests = Jvm.folderOf(SecondBuild.class);
        Path classes = Files.createDirectory(folder.resolve("classes"));
        List<Path> rewritten = new ArrayList<>();
        for (Path source : sources()) {
            String called =
                    POINT.matcher(Files.readString(source)).replaceAll(KillPoint.class.getName() + ".reach(\"$1\");");
            rewritten.add(Files.writeString(folder.resolve(source.getFileName()), called));
        }
        String[] options = {"-nowarn", "-proc:none", "-d", classes.toString(), "-cp", engine + ":" + tests};
        assertThat(Compile.java(options, rewritten.toArray(Path[]::new))).isEmpty();
        return new Path[] {classes, engine, tests};
    }
}
