package dev.strait.bench.side;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Processor time of a whole process, to the nanosecond; what the JDK offers counts in hundredths of a second. */
public final class CpuTime {
    private CpuTime() {}

    /**
     * What the threads that live have used.
     *
     * @param pid the process
     * @return nanoseconds
     * @throws IOException if the kernel does not say
     */
    public static long ofProcess(long pid) throws IOException {
        List<Path> threads;
        try (Stream<Path> list = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            threads = list.toList();
        }
        long sum = 0;
        for (Path thread : threads) {
            sum += ofThread(thread.resolve("schedstat"));
        }
        return sum;
    }

    private static long ofThread(Path file) throws IOException {
        try {
            return Long.parseLong(Files.readString(file).split(" ", 2)[0]);
        } catch (NoSuchFileException e) {
            return 0; // it ended meanwhile
        }
    }
}
