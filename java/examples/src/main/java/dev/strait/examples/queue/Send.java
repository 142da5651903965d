package dev.strait.examples.queue;

import dev.strait.sysv.SysvMessage;
import dev.strait.sysv.SysvQueue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** Sends a message to a System V queue: {@code Send -i ID -t TYPE -m TEXT}. */
public final class Send {
    private Send() {}

    /**
     * Sends the text, and waits while the queue is full.
     *
     * @param arguments {@code -i ID -t TYPE -m TEXT}
     * @throws IOException if there is no such queue
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Options options = Options.parse(arguments, Set.of("-i", "-t", "-m"), "Send -i ID -t TYPE -m TEXT");
        byte[] text = options.get("-m", "").getBytes(StandardCharsets.UTF_8);
        try (SysvQueue queue = SysvQueue.ofId(Integer.parseInt(options.get("-i", "-1")))) {
            queue.send(SysvMessage.of(Long.parseLong(options.get("-t", "1")), text));
        }
    }
}
