package dev.strait.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** strace(1), while it counts the system calls of one thread of another process. */
final class Strace {
    private final Process process;
    private final Path table;

    /** Returns when it counts. */
    Strace(long thread, Path table) throws IOException {
        this.table = table;
        Files.createDirectories(table.getParent());
        process = new ProcessBuilder("strace", "-c", "-o", table.toString(), "-p", Long.toString(thread)).start();
        BufferedReader messages = process.errorReader();
        String line = messages.readLine();
        if (line == null || !line.contains("attached")) {
            throw new IOException("strace did not get hold of thread " + thread + ": " + line);
        }
    }

    void kill() {
        process.destroy();
    }

    /** Calls by name, when the thread is gone. */
    Map<String, Long> counts() throws IOException, InterruptedException {
        process.waitFor();
        Map<String, Long> counts = new TreeMap<>();
        for (String line : Files.readAllLines(table)) {
            // "% time, seconds, usecs/call, calls, errors if any, name"; the last line is the sum
            String[] fields = line.trim().split("\\s+", -1);
            String name = fields[fields.length - 1];
            if (fields.length >= 5 && fields[0].matches("[0-9.]+") && !name.equals("total")) {
                counts.put(name, Long.parseLong(fields[3]));
            }
        }
        return counts;
    }
}
