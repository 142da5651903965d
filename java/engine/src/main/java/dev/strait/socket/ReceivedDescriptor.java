package dev.strait.socket;

import dev.strait.descriptor.Descriptor;
import java.io.IOException;

/**
 * A descriptor that has been received from another process: open on the same file as the sender's, close-on-exec, and this
 * process's own. Make it what it is with {@link #into}, or close it.
 */
public final class ReceivedDescriptor extends Descriptor {
    ReceivedDescriptor(int fd) {
        super(fd, "ReceivedDescriptor");
    }

    /** Takes over a number, and says what it is: {@code PipeReader::adopt}. */
    @FunctionalInterface
    public interface Adopter<T> {
        /**
         * Makes an object that owns it.
         *
         * @param fd the number
         * @return the object
         * @throws IOException if it is none of that kind
         */
        T adopt(int fd) throws IOException;
    }

    /**
     * Gives it to an object that knows what it is: {@code received.into(PipeReader::adopt)}. This is closed then, also when that
     * fails.
     *
     * @param adopter which takes the number over
     * @param <T> the object's class
     * @return the object
     * @throws java.nio.channels.ClosedChannelException if this is closed
     * @throws IOException that, or what the adopter throws
     */
    public <T> T into(Adopter<T> adopter) throws IOException {
        int fd = release();
        T made = null;
        try {
            made = adopter.adopt(fd);
            return made;
        } finally {
            if (made == null) {
                new ReceivedDescriptor(fd).close();
            }
        }
    }
}
