package dev.strait.ring;

import java.nio.ByteBuffer;

/** Gets the messages of a {@link RingReader#poll}. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * Gets one message, in place. The memory belongs to the writer again after the poll: what is to be kept must be
     * copied.
     *
     * <p>If this throws, the poll ends and throws the same: messages before this one are consumed, this one is not, and
     * comes again. {@link RingReader#skip} passes over a message that can never be digested.
     *
     * @param type what the writer gave, any int
     * @param buffer the lane: always the same read-only, little-endian view, whose position and limit mean nothing to
     *     the engine
     * @param offset index of the payload's first byte in {@code buffer}; a multiple of 8
     * @param length bytes of the payload, 0 or more
     * @return true to go on, false to end the batch after this message
     */
    boolean onMessage(int type, ByteBuffer buffer, int offset, int length);
}
