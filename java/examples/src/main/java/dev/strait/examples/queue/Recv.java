package dev.strait.examples.queue;

import dev.strait.sysv.SysvMessage;
import dev.strait.sysv.SysvQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Receives a message from a System V queue: {@code Recv -i ID -t TYPE}. */
public final class Recv {
    private static final int TEXT_BYTES = 4096;

    private Recv() {}

    /**
     * Waits for a message, and prints its type and text.
     *
     * @param arguments {@code -i ID -t TYPE}
     * @throws IOException if there is no such queue
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Options options = Options.parse(arguments, Set.of("-i", "-t"), "Recv -i ID -t TYPE");
        SysvMessage message = SysvMessage.allocate(TEXT_BYTES);
        try (SysvQueue queue = SysvQueue.ofId(Integer.parseInt(options.get("-i", "-1")))) {
            queue.receive(message, Long.parseLong(options.get("-t", "0")));
        }
        System.out.println(message.type() + " " + StandardCharsets.UTF_8.decode(message.body()));
    }
}
