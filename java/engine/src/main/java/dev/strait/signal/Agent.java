package dev.strait.signal;

import dev.strait.internal.NativeLibrary;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes the native library out of the jar into a file, so that a JVM can load it as an agent:
 *
 * <pre>{@code
 * java -cp strait-engine.jar dev.strait.signal.Agent /opt/app/libstrait.so
 * java -agentpath:/opt/app/libstrait.so=USR1,RTMIN+3 -cp strait-engine.jar:app.jar app.Main
 * }</pre>
 *
 * <p>Where the command line is not one's own, the option can stand in the environment, in JAVA_TOOL_OPTIONS.
 *
 * <p>The agent blocks these signals, or without any USR1 and the real-time signals that nobody needs, before the JVM has
 * threads. They then wait until a process-wide {@link SignalDispatcher} takes them, and arrive in order.
 */
public final class Agent {
    private Agent() {}

    /**
     * Writes it.
     *
     * @param arguments the file, which must not exist
     * @throws IOException if it cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 1) {
            System.err.println("usage: java -cp strait-engine.jar dev.strait.signal.Agent FILE");
            System.exit(2);
        }
        Path file = Path.of(arguments[0]);
        NativeLibrary.copyTo(file);
        System.out.println("-agentpath:" + file.toAbsolutePath());
    }
}
