package dev.strait.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The descriptors of this process, as /proc shows them. */
public final class Descriptors {
    private static final int ROUNDS = 100;
    private static final int SETTLING_MS = 10;

    private Descriptors() {}

    /** How many are open, once what other tests have left unreachable is closed. */
    public static int count() throws IOException, InterruptedException {
        int before = countNow();
        for (int i = 0; i < ROUNDS; i++) {
            System.gc();
            Thread.sleep(SETTLING_MS);
            int now = countNow();
            if (now == before) {
                return now;
            }
            before = now;
        }
        throw new AssertionError("the number of descriptors does not settle: " + before);
    }

    /** But for the one that looks. */
    private static int countNow() throws IOException {
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
