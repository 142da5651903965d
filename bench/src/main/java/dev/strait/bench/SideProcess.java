package dev.strait.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** One side while it runs: its lines, as in bench/c/side.h. What it writes to standard error goes to a log. */
final class SideProcess implements AutoCloseable {
    /** Then the number of a thread. */
    private static final String READY = "ready ";

    private static final int LOG_LINES = 12;

    private final Process process;
    private final BufferedReader output;
    private final BufferedWriter input;
    private final Path log;
    private long thread;

    SideProcess(List<String> command, Path log) throws IOException {
        this.log = log;
        Files.createDirectories(log.getParent());
        process = new ProcessBuilder(command).redirectError(log.toFile()).start();
        output = process.inputReader(StandardCharsets.UTF_8);
        input = process.outputWriter(StandardCharsets.UTF_8);
    }

    Process process() {
        return process;
    }

    void awaitReady() throws IOException {
        String line = line();
        if (!line.startsWith(READY)) {
            throw new IOException(line);
        }
        thread = Long.parseLong(line.substring(READY.length()));
    }

    /** The thread that works, as the kernel numbers it, once it is ready. */
    long thread() {
        return thread;
    }

    void go() throws IOException {
        input.write("go\n");
        input.flush();
    }

    /** The next line, whatever it is. */
    String line() throws IOException {
        String line;
        try {
            line = output.readLine();
        } catch (IOException e) { // it was killed
            line = null;
        }
        if (line == null) {
            throw new IOException("ended early");
        }
        return line;
    }

    /** What it reports, by name, until it is done. */
    Map<String, String> report() throws IOException {
        Map<String, String> report = new HashMap<>();
        for (String line = line(); !line.equals("done"); line = line()) {
            String[] nameAndValue = line.split(" ", 2);
            report.put(nameAndValue[0], nameAndValue.length == 2 ? nameAndValue[1] : "");
        }
        return report;
    }

    /** The end of its log. */
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return String.join("\n    ", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    }

    /** Lets it end by itself, and helps if it does not. */
    @Override
    public void close() throws IOException {
        try {
            input.close();
        } catch (IOException e) {
            // it is gone already
        }
        try {
            if (!process.waitFor(2, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        output.close();
    }
}
