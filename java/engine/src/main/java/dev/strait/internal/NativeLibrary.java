package dev.strait.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
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
 * package's name are put together at run time, and the library is told which class loads it. Relocation also brings two
 * versions of the engine into one class loader, so the name of the library's file has the version in it.
 *
 * <p>Whatever goes wrong is an {@link UnsatisfiedLinkError}: unlike an exception, it leaves a static initialiser as it is.
 */
public final class NativeLibrary {
    /** Names a library to be used instead of the one in the jar. */
    static final String PROPERTY = String.join(".", "dev", "strait", "library");

    /** The library's file in the jar. */
    static final String FILE = "libstrait_jni-" + Version.NUMBER + ".so";

    /** Tells JNI_OnLoad, in native/jni/load_jni.c, which class to bind. */
    private static final String LOADING = "strait.loading.class";

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
        String named = System.getProperty(PROPERTY, "");
        try {
            if (named.isEmpty()) {
                extract(resource());
                checkVersion("The library in the jar");
            } else {
                linkNamed(Path.of(named).toAbsolutePath());
                checkVersion(named + ", named by -D" + PROPERTY + ",");
            }
        } catch (IllegalCallerException e) { // from System.load, since Java 24
            Module module = NativeLibrary.class.getModule();
            throw error(
                    "This JVM denies native access to Strait. Start it with --enable-native-access="
                            + (module.isNamed() ? module.getName() : "ALL-UNNAMED") + ".",
                    e);
        }
    }

    private static void checkVersion(String library) {
        String version;
        try {
            version = version();
        } catch (UnsatisfiedLinkError e) {
            throw error(library + " is not the library that Strait for Java needs, " + FILE + ".", e);
        }
        if (!version.equals(Version.NUMBER)) {
            throw error(
                    library + " is version " + version + ", but the jar is version " + Version.NUMBER
                            + ". Both must come from the same build.",
                    null);
        }
    }

    private static void linkNamed(Path file) {
        try {
            link(file);
        } catch (UnsatisfiedLinkError e) {
            String advice = e.getMessage().contains("another classloader")
                    ? ". Load Strait in one class loader that the others share, or unset the property: then each loads a"
                            + " copy of its own."
                    : "";
            throw error("Cannot load " + file + ", named by -D" + PROPERTY + ": " + e.getMessage() + advice, e);
        }
    }

    /**
     * Writes the jar's library into a file.
     *
     * @param file which must not exist
     * @throws IOException if it cannot be written
     */
    public static void copyTo(Path file) throws IOException {
        copy(find(resource()), file);
    }

    private static String resource() {
        return "/META-INF/native/" + Platform.current() + "/" + FILE;
    }

    private static URL find(String resource) {
        URL library = NativeLibrary.class.getResource(resource);
        if (library == null) {
            throw error(
                    "The jar has no " + resource + ". Build one with CMake, and name it with -D" + PROPERTY
                            + "=<file>.",
                    null);
        }
        return library;
    }

    private static void extract(String resource) {
        URL library = find(resource);
        StringBuilder reasons = new StringBuilder();
        for (Path folder : folders()) {
            try {
                linkCopy(library, folder);
                return;
            } catch (IOException | UnsatisfiedLinkError e) {
                reasons.append("\n  ").append(folder).append(": ").append(e);
            }
        }
        throw error(
                "Cannot load a copy of " + FILE + " from any of these folders (is one mounted noexec?)."
                        + " Name the library's file with -D" + PROPERTY + "=<file>, or a folder with"
                        + " -Djava.io.tmpdir=<folder>." + reasons,
                null);
    }

    /** Where a copy may be loaded from, in the order in which they are tried. */
    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        addIfSet(folders, System.getProperty("java.io.tmpdir"), "");
        addIfSet(folders, System.getenv("XDG_RUNTIME_DIR"), "");
        addIfSet(folders, System.getProperty("user.home"), ".cache");
        return folders;
    }

    /** Adds a folder, or what is below it if that exists: nothing is made that would stay behind. */
    private static void addIfSet(List<Path> folders, String folder, String below) {
        if (folder != null && !folder.isEmpty()) {
            Path path = Path.of(folder).toAbsolutePath();
            folders.add(Files.isDirectory(path.resolve(below)) ? path.resolve(below) : path);
        }
    }

    private static void linkCopy(URL library, Path folder) throws IOException {
        Path own = Files.createTempDirectory(
                folder, "strait-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path copy = own.resolve(FILE);
        try {
            copy(library, copy);
            link(copy);
        } finally {
            Files.deleteIfExists(copy);
            Files.delete(own);
        }
    }

    private static void copy(URL library, Path file) throws IOException {
        URLConnection connection = library.openConnection();
        // Whoever closes another class loader of this jar would close the JVM's cached one, and our stream with it.
        connection.setUseCaches(false);
        try (InputStream content = connection.getInputStream()) {
            Files.copy(content, file);
        }
    }

    /** Other class loaders may load at the same time: the property and the lock are the JVM's, not the class's. */
    private static void link(Path file) {
        synchronized (Runtime.getRuntime()) {
            System.setProperty(LOADING, NativeLibrary.class.getName().replace('.', '/'));
            try {
                System.load(file.toString());
            } finally {
                System.clearProperty(LOADING);
            }
        }
    }

    private static UnsatisfiedLinkError error(String message, Throwable cause) {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(message);
        error.initCause(cause);
        return error;
    }

    /** The library's version. */
    static native String version();

    private static native void register(Class<?> type, String simpleName);
}
