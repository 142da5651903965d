package dev.strait.internal;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * Loads the native library, once for each class loader that has the engine.
 *
 * <p>The property {@code dev.strait.library} names a file that is loaded as it is. Without it the library in the jar is
 * copied into a private folder, loaded, and deleted at once: the mapping keeps it. Where a folder cannot be executed from,
 * the next is tried. Each class loader gets a copy of its own, because the JVM refuses to load one file twice.
 *
 * <p>Nothing here depends on the name of its package, so that a build tool may relocate it: literals that look like the
 * package's name are put together at run time, and the library is told which class loads it.
 */
public final class NativeLibrary {
    /** Names a library to be used instead of the one in the jar. */
    static final String PROPERTY = String.join(".", "dev", "strait", "library");

    /** Tells JNI_OnLoad, in native/jni/load_jni.c, which class to bind. */
    private static final String LOADING = "strait.loading.class";

    private static final String FILE = "libstrait_jni.so";

    static {
        load();
    }

    private NativeLibrary() {}

    /**
     * Binds the native methods of a class, by its simple name. Called from its static initialiser.
     *
     * @param type the class
     */
    public static void bind(Class<?> type) {
        register(type, type.getSimpleName());
    }

    private static void load() {
        String named = System.getProperty(PROPERTY);
        if (named != null) {
            link(Path.of(named).toAbsolutePath(), "named by -D" + PROPERTY);
        } else {
            extract("META-INF/native/" + Platform.current() + "/" + FILE, folders());
        }
        checkVersion(named);
    }

    private static void checkVersion(String named) {
        if (!version().equals(Version.NUMBER)) {
            throw new UnsatisfiedLinkError("The jar is version " + Version.NUMBER + ", but the native library "
                    + (named == null ? "in it" : named) + " is version " + version()
                    + ". Use the library of the same build, or unset -D" + PROPERTY + ".");
        }
    }

    /** Where a copy may be loaded from, in the order in which they are tried. */
    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        addIfSet(folders, System.getProperty("java.io.tmpdir"), "");
        addIfSet(folders, System.getenv("XDG_RUNTIME_DIR"), "");
        addIfSet(folders, System.getProperty("user.home"), ".cache");
        return folders;
    }

    private static void addIfSet(List<Path> folders, String folder, String below) {
        if (folder != null && !folder.isEmpty()) {
            folders.add(Path.of(folder, below));
        }
    }

    private static void extract(String resource, List<Path> folders) {
        StringBuilder reasons = new StringBuilder();
        for (Path folder : folders) {
            try {
                linkCopy(resource, folder);
                return;
            } catch (IOException | UnsatisfiedLinkError e) {
                reasons.append("\n  ").append(folder).append(": ").append(e.getMessage());
            }
        }
        throw new UnsatisfiedLinkError("Cannot load " + resource
                + " from any of these folders (is one mounted noexec?)."
                + " Name the library's file with -D" + PROPERTY + "=<file>, or a folder with -Djava.io.tmpdir=<folder>."
                + reasons);
    }

    private static void linkCopy(String resource, Path folder) throws IOException {
        Files.createDirectories(folder);
        Path own = Files.createTempDirectory(
                folder, "strait-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path copy = own.resolve(FILE);
        try (InputStream library = NativeLibrary.class.getResourceAsStream("/" + resource)) {
            if (library == null) {
                throw new FileNotFoundException("the jar has no " + resource);
            }
            Files.copy(library, copy);
            link(copy, "copied from the jar");
        } finally {
            Files.deleteIfExists(copy);
            Files.delete(own);
        }
    }

    /** Other class loaders may load at the same time: the property and the lock are the JVM's, not the class's. */
    private static void link(Path file, String origin) {
        synchronized (Runtime.getRuntime()) {
            System.setProperty(LOADING, NativeLibrary.class.getName().replace('.', '/'));
            try {
                System.load(file.toString());
            } catch (UnsatisfiedLinkError e) {
                throw describe(e, file, origin);
            } catch (RuntimeException e) { // IllegalCallerException, which Java 22 introduced
                throw describe(e, file);
            } finally {
                System.clearProperty(LOADING);
            }
        }
    }

    private static UnsatisfiedLinkError describe(UnsatisfiedLinkError cause, Path file, String origin) {
        UnsatisfiedLinkError error =
                new UnsatisfiedLinkError(cause.getMessage() + " (" + file.getFileName() + ", " + origin + ")");
        error.initCause(cause);
        return error;
    }

    private static RuntimeException describe(RuntimeException cause, Path file) {
        Module module = NativeLibrary.class.getModule();
        String allowed = module.isNamed() ? module.getName() : "ALL-UNNAMED";
        return new IllegalStateException(
                "This JVM denies native access to Strait, which loads " + file.getFileName()
                        + ". Start it with --enable-native-access=" + allowed + ".",
                cause);
    }

    /** The library's version. */
    static native String version();

    private static native void register(Class<?> type, String simpleName);
}
