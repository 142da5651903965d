package dev.strait.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A run of native/test/peer/posix_peer.c, a program that knows its C library alone. */
final class LibcPeer implements AutoCloseable {
    private static final long DEADLINE_S = 20;
    private static final int LOOKS = 10_000; // a millisecond each

    private final Process process;
    private final BufferedReader output;

    private LibcPeer(String... words) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(System.getProperty("strait.native.build") + "/native/test/peer/posix_peer"));
        command.addAll(List.of(words));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        output = process.inputReader();
    }

    /** Makes one call, which does not wait or need not, and returns what it printed. */
    static String run(String... words) throws IOException, InterruptedException {
        try (LibcPeer peer = new LibcPeer(words)) {
            return peer.rest();
        }
    }

    /** Makes a call that waits, and comes back when it sleeps. */
    static LibcPeer asleep(String... words) throws IOException, InterruptedException {
        LibcPeer peer = new LibcPeer(words);
        assertThat(peer.output.readLine()).isEqualTo("waiting");
        Path stat = Path.of("/proc/" + peer.process.pid() + "/stat");
        for (int i = 0; i < LOOKS && !Files.readString(stat).contains(") S"); i++) {
            Thread.sleep(1);
        }
        return peer;
    }

    /** Waits for its end, which must be a success, and returns what it printed since. */
    String rest() throws IOException, InterruptedException {
        assertThat(process.waitFor(DEADLINE_S, TimeUnit.SECONDS)).isTrue();
        StringBuilder rest = new StringBuilder();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            rest.append(line.equals("waiting") ? "" : line);
        }
        assertThat(process.exitValue()).as(rest.toString()).isZero();
        return rest.toString();
    }

    /** Kills it, and comes back when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
