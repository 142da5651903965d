package dev.strait.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Which native library this machine takes, and why it may take none. */
final class Platform {
    /** What Java calls an architecture, and what the kernel does. */
    private static final Map<String, String> ARCHITECTURES =
            Map.of("amd64", "x86_64", "x86_64", "x86_64", "aarch64", "aarch64");

    private Platform() {}

    /**
     * The folder of this machine's library, {@code "linux-x86_64"}.
     *
     * @throws UnsatisfiedLinkError if there is none
     */
    static String current() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"), Path.of("/proc/self/maps"));
    }

    static String of(String system, String architecture, Path maps) {
        if (!system.equals("Linux")) {
            throw new UnsatisfiedLinkError("Strait runs on Linux; this is " + system
                    + ". Its futexes, memfds and locks are the kernel's own.");
        }
        String folder = ARCHITECTURES.get(architecture);
        if (folder == null) {
            throw new UnsatisfiedLinkError("Strait has libraries for x86_64 and aarch64; this JVM is for "
                    + architecture + ". Build one with CMake, and name it with -D" + NativeLibrary.PROPERTY
                    + "=<file>.");
        }
        if (usesMusl(maps)) {
            throw new UnsatisfiedLinkError("Strait's library needs glibc 2.17 or newer; this JVM runs on musl"
                    + " (Alpine Linux). Build one there with CMake, and name it with -D" + NativeLibrary.PROPERTY
                    + "=<file>.");
        }
        return "linux-" + folder;
    }

    /** The C library's loader is mapped into every process. */
    private static boolean usesMusl(Path maps) {
        try {
            // Latin-1 takes any bytes, and so any file's name.
            return Files.readString(maps, StandardCharsets.ISO_8859_1).contains("/ld-musl-");
        } catch (IOException e) {
            return false; // without /proc: let the load itself decide
        }
    }
}
