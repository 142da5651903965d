package dev.strait.examples.copy;

import com.google.gson.GsonBuilder;
import dev.strait.ring.Ring;
import dev.strait.ring.RingOptions;
import dev.strait.segment.SegmentOptions;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Hands a file from process to process, in each pairing of Java and C; then once more while reader and writer are killed:
 * {@code Demo [--json] [FILE]}.
 */
public final class Demo {
    private static final String RING = "copy";
    private static final Path JDK_MODULES = Path.of(System.getProperty("java.home"), "lib", "modules");

    private final PrintStream progress = stream(FileDescriptor.err);
    private final boolean redraws = Boolean.getBoolean("strait.terminal");
    private final Path file;
    private final Path examples;
    private final Map<Pairing, Result> results = new LinkedHashMap<>();
    private final Map<Pairing, Survival> survivals = new LinkedHashMap<>();
    private String shown = "";

    private Demo(Path file, Path examples) {
        this.file = file;
        this.examples = examples;
    }

    /**
     * Runs all pairings. Exits with 0 only when every copy is identical and every stamp arrived.
     *
     * @param arguments {@code --json} to print one JSON object and nothing else on standard output; a file to copy,
     *     by default the JDK's own {@code lib/modules}
     * @throws IOException if a process or a file fails
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        boolean json = false;
        Path file = JDK_MODULES;
        for (String argument : arguments) {
            if (argument.equals("--json")) {
                json = true;
            } else if (argument.startsWith("-")) {
                refuse("unknown option " + argument);
            } else {
                file = Path.of(argument);
            }
        }
        if (!Files.isRegularFile(file)) {
            refuse(file + " is no file");
        }
        Demo demo = new Demo(file, Path.of(System.getProperty("strait.examples")));
        PrintStream out = stream(FileDescriptor.out);
        demo.run();
        out.print(json ? demo.json() : demo.table());
        out.flush();
        System.exit(demo.verified() ? 0 : 1);
    }

    private static void refuse(String problem) {
        System.err.println("ci/demo: " + problem + "; usage: ci/demo [--json] [FILE]");
        System.exit(2);
    }

    private void run() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "strait-demo-");
        try {
            for (Pairing pairing : Pairing.values()) {
                results.put(pairing, run(pairing, directory));
            }
            for (Pairing pairing : Pairing.values()) {
                Survival survival = Survival.run(pairing, directory, examples, largeFile());
                survivals.put(pairing, survival);
                progress.printf(
                        "%s, reader and writer killed: %s%n", pairing, survival.verified() ? "identical" : "DIFFERS");
            }
        } finally {
            delete(directory);
        }
    }

    private boolean verified() {
        return results.values().stream().allMatch(Result::verified)
                && survivals.values().stream().allMatch(Survival::verified);
    }

    private Path largeFile() throws IOException {
        return Files.size(file) < Survival.SMALLEST_FILE_BYTES ? JDK_MODULES : file;
    }

    private Result run(Pairing pairing, Path directory) throws IOException, InterruptedException {
        Path copy = directory.resolve("~copy");
        Path latencies = directory.resolve("~latencies");
        RingOptions options =
                RingOptions.defaults().segment(SegmentOptions.defaults().directory(directory));
        long size = Files.size(file);
        Ring.create(RING, options).close(); // it lives on until it is unlinked
        try {
            String report = pairing.run(
                    new Pairing.Environment(directory, RING, examples),
                    file,
                    copy,
                    latencies,
                    () -> show(pairing, copied(copy), size));
            progress.print(redraws ? "\r\033[K" : "");
            Result result = Result.of(pairing, report, file, copy, latencies);
            progress.printf("%s: %s%n", pairing, result.verified() ? "identical" : "DIFFERS");
            return result;
        } finally {
            Ring.unlink(RING, options);
            Files.deleteIfExists(copy);
            Files.deleteIfExists(latencies);
        }
    }

    private void show(Pairing pairing, long done, long size) {
        String what = done < size
                ? String.format("copying, %d %%", 100 * done / size)
                : String.format("stamps, %,d a second", CopyMessages.STAMPS_PER_SECOND);
        String line = pairing + ": " + what;
        if (!line.equals(shown)) {
            shown = line;
            progress.print(redraws ? "\r\033[K" + line : line + "\n");
        }
        progress.flush();
    }

    private static long copied(Path copy) {
        try {
            return Files.exists(copy) ? Files.size(copy) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String table() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(file + ", read into the ring and written out of it; then 64-byte messages at 100,000 a second,");
        lines.add("one-way latency from the time each was due");
        lines.add("");
        lines.add(Result.heading());
        results.forEach((pairing, result) -> lines.add(result.row(pairing)));
        lines.add("");
        lines.add(largeFile() + " once more; reader and writer are killed on the way, and others take their places");
        lines.add("");
        lines.add(Survival.heading());
        survivals.forEach((pairing, survival) -> lines.add(survival.row(pairing)));
        lines.add("");
        lines.add(verified() ? "Verified: every copy is identical, every message arrived." : "NOT verified.");
        return String.join("\n", lines) + "\n";
    }

    private String json() throws IOException {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("verified", verified());
        object.put("file", file.toString());
        object.put("bytes", Files.size(file));
        object.put("pairings", results.values());
        object.put("survivals", survivals.values());
        return new GsonBuilder().setPrettyPrinting().create().toJson(object) + "\n";
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    private static PrintStream stream(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), false, StandardCharsets.UTF_8);
    }
}
