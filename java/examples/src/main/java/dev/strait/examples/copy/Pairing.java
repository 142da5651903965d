package dev.strait.examples.copy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Which languages the two ends are written in, and how to start them. */
enum Pairing {
    JAVA_TO_JAVA("java", "java"),
    JAVA_TO_C("java", "c"),
    C_TO_JAVA("c", "java");

    private static final long PATIENCE_SECONDS = 120;

    final String writer;
    final String reader;

    Pairing(String writer, String reader) {
        this.writer = writer;
        this.reader = reader;
    }

    /**
     * Runs both ends to their end.
     *
     * @return what the reader printed
     * @throws IOException if one of them fails
     */
    String run(Environment environment, Path file, Path copy, Path latencies, Runnable whileWaiting)
            throws IOException, InterruptedException {
        Process reading = environment.start(reader, "CopyReader", "copy_reader", copy.toString(), latencies.toString());
        Process writing = environment.start(writer, "CopyWriter", "copy_writer", file.toString());
        try {
            long start = System.nanoTime();
            while (!reading.waitFor(200, TimeUnit.MILLISECONDS)) {
                if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
                    throw new IOException(this + ": no end after " + PATIENCE_SECONDS + " s");
                }
                if (!writing.isAlive() && writing.exitValue() != 0) {
                    throw new IOException(this + ": the writer failed with exit code " + writing.exitValue());
                }
                whileWaiting.run();
            }
            int readerExit = reading.exitValue();
            int writerExit = writing.waitFor();
            if (readerExit != 0 || writerExit != 0) {
                throw new IOException(this + ": writer and reader ended with " + writerExit + " and " + readerExit);
            }
            return new String(reading.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        } finally {
            reading.destroyForcibly();
            writing.destroyForcibly();
        }
    }

    @Override
    public String toString() {
        return name(writer) + " → " + name(reader);
    }

    private static String name(String language) {
        return language.equals("java") ? "Java" : "C";
    }

    /** Where the two ends find each other and their programs. */
    record Environment(Path ringDirectory, String ringName, Path examples) {
        Process start(String language, String mainClass, String program, String... arguments) throws IOException {
            List<String> command = new ArrayList<>();
            if (language.equals("java")) {
                command.add(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString());
                command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Xshare:auto"));
                command.addAll(List.of("-cp", System.getProperty("java.class.path")));
                command.add(CopyMessages.class.getPackageName() + "." + mainClass);
            } else {
                Path path = examples.resolve(program);
                if (!Files.isExecutable(path)) {
                    throw new IOException(path + ": is not there; build the project first");
                }
                command.add(path.toString());
            }
            command.add(ringName);
            command.addAll(List.of(arguments));
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().putAll(Map.of("STRAIT_DIR", ringDirectory.toString()));
            return builder.start();
        }
    }
}
