package dev.strait.signal;

import java.io.IOException;
import java.nio.file.Path;

/** The library as an agent, for tests. */
final class Agents {
    private Agents() {}

    /** The JVM's option for it; the library's file is put into a directory. */
    static String option(Path directory, String signals) throws IOException {
        Path file = directory.resolve("libstrait.so");
        Agent.main(new String[] {file.toString()});
        return "-agentpath:" + file + (signals.isEmpty() ? "" : "=" + signals);
    }
}
