package dev.strait.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The descriptors of this process, as /proc shows them. */
public final class Descriptors {
    private Descriptors() {}

    /** How many are open, but for the one that looks. */
    public static int count() throws IOException {
        try (Stream<Path> fds = Files.list(Path.of("/proc/self/fd"))) {
            return (int) fds.count() - 1;
        }
    }

    /** Whether a number is in use. */
    public static boolean isOpen(int fd) {
        return Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS);
    }

    /** The flags of open(2) that it has, O_CLOEXEC among them. */
    public static int flags(int fd) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + fd))) {
            return lines.filter(line -> line.startsWith("flags:"))
                    .mapToInt(line -> Integer.parseInt(line.replaceAll("\\D+", ""), 8))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
