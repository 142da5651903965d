package dev.strait.testing;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A process that answers each line with one line, and is killed when it does not. */
public final class PeerProcess implements AutoCloseable {
    private static final long DEADLINE_S = 20;

    private final Process process;
    private final Path errors;
    private final BufferedWriter commands;
    /** Ends with an empty one when the peer is gone. */
    private final LinkedBlockingQueue<Optional<String>> replies = new LinkedBlockingQueue<>();

    private PeerProcess(List<String> command) throws IOException {
        errors = Files.createTempFile("peer-", ".err");
        process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        commands = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        Thread collector = new Thread(this::collect, "replies of " + process.pid());
        collector.setDaemon(true);
        collector.start();
    }

    /** A program of native/test/peer. */
    public static PeerProcess startC(String program) throws IOException {
        return new PeerProcess(List.of(System.getProperty("strait.native.build") + "/native/test/peer/" + program));
    }

    /** A class with a main method. */
    public static PeerProcess startJava(Class<?> main) throws IOException {
        return startJava(main, List.of());
    }

    /** The same with the build of native/test/kill, in which who is not woken sleeps on for an hour. */
    public static PeerProcess startJavaWithoutNaps(Class<?> main) throws IOException {
        Path library = Path.of(System.getProperty("strait.native.build"), "native/test/kill/libstrait_jni_kill.so");
        return startJava(main, List.of("-Ddev.strait.library=" + library));
    }

    private static PeerProcess startJava(Class<?> main, List<String> options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-classpath",
                System.getProperty("java.class.path")));
        command.addAll(options);
        command.add(main.getName());
        return new PeerProcess(command);
    }

    /** Sends one line and returns the reply. A peer that does not answer is killed, and what it said is in the error. */
    public String ask(String line) throws IOException, InterruptedException {
        try {
            commands.write(line + "\n");
            commands.flush();
        } catch (IOException e) {
            throw new AssertionError("the peer is gone before \"" + line + "\"" + lastWords(), e);
        }
        Optional<String> reply = replies.poll(DEADLINE_S, TimeUnit.SECONDS);
        if (reply == null) {
            kill();
            throw new AssertionError("no reply within " + DEADLINE_S + " s" + lastWords());
        }
        if (reply.isEmpty()) {
            throw new AssertionError("the peer ended with " + process.waitFor() + lastWords());
        }
        return reply.get();
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL, and waits until it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** Lets the peer see the end of its input, which ends it. */
    @Override
    public void close() throws IOException {
        try {
            commands.close();
            if (!process.waitFor(DEADLINE_S, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        } finally {
            Files.deleteIfExists(errors);
        }
    }

    private void collect() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                replies.add(Optional.of(line));
            }
        } catch (IOException e) {
            // The process was killed.
        } finally {
            replies.add(Optional.empty());
        }
    }

    private String lastWords() throws IOException {
        String said = Files.exists(errors) ? Files.readString(errors) : "";
        return said.isEmpty() ? "" : ", and it said: " + said;
    }
}
