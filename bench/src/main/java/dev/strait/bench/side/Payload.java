package dev.strait.bench.side;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a message holds, the same for all libraries and in C. Up to {@link #WORDWISE_BYTES} it is filled and checked word
 * by word where it stands; larger ones are copied in from, and out to, memory of the process's own, with a stamp in the
 * first and last word.
 */
public final class Payload {
    /** Payloads up to this size are filled and checked in place. */
    public static final int WORDWISE_BYTES = 64;

    /** The first word of the last message. */
    public static final long END = -1;

    /** The first word of the message between warm-up and measurement. */
    public static final long MARK = -2;

    private final int bytes;
    private final boolean verifies;
    private final ByteBuffer source;
    private final ByteBuffer target;

    /**
     * Makes the memory that large messages come from and go to.
     *
     * @param parameters their size
     */
    public Payload(Parameters parameters) {
        this.bytes = parameters.bytes();
        this.verifies = parameters.verifies();
        this.source = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.target = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int offset = 0; offset < bytes; offset += 8) {
            source.putLong(offset, pattern(offset));
        }
    }

    /**
     * Whether messages are copied in and out.
     *
     * @return false when they are filled in place
     */
    public boolean isLarge() {
        return bytes > WORDWISE_BYTES;
    }

    /**
     * The large message that carries a value.
     *
     * @param value its first word
     * @return the process's own memory
     */
    public ByteBuffer stamp(long value) {
        source.putLong(0, value);
        source.putLong(bytes - 8, ~value);
        return source;
    }

    /**
     * Where large messages are copied to.
     *
     * @return the process's own memory
     */
    public ByteBuffer target() {
        return target;
    }

    /**
     * Fills a small message in place.
     *
     * @param buffer where
     * @param index its first byte
     * @param value its first word
     */
    public void fill(ByteBuffer buffer, int index, long value) {
        if (bytes == WORDWISE_BYTES) {
            fill(buffer, index, value, WORDWISE_BYTES);
        } else {
            fill(buffer, index, value, bytes);
        }
    }

    /** With a size that the compiler knows, as it does in programs whose messages have fixed fields. */
    private static void fill(ByteBuffer buffer, int index, long value, int size) {
        for (int offset = 0; offset < size; offset += 8) {
            buffer.putLong(index + offset, value + offset);
        }
    }

    /**
     * Checks a message of any size.
     *
     * @param buffer where it stands
     * @param index its first byte
     * @param length its length
     * @return its value
     */
    public long check(ByteBuffer buffer, int index, int length) {
        checkLength(length);
        if (isLarge()) {
            target.put(0, buffer, index, bytes);
            return stamped(target, 0);
        }
        return bytes == WORDWISE_BYTES ? checkWords(buffer, index, WORDWISE_BYTES) : checkWords(buffer, index, bytes);
    }

    private static long checkWords(ByteBuffer buffer, int index, int size) {
        long value = buffer.getLong(index);
        long difference = 0;
        for (int offset = 8; offset < size; offset += 8) {
            difference |= buffer.getLong(index + offset) ^ (value + offset);
        }
        checkDifference(difference, value);
        return value;
    }

    /**
     * Checks a large message that is in the process's own memory.
     *
     * @param buffer where it stands
     * @param index its first byte
     * @return its value
     */
    public long stamped(ByteBuffer buffer, int index) {
        long value = buffer.getLong(index);
        checkDifference(buffer.getLong(index + bytes - 8) ^ ~value, value);
        if (verifies) {
            verify(buffer, index, value);
        }
        return value;
    }

    /**
     * Complains about a message of the wrong length.
     *
     * @param length what came
     */
    public void checkLength(int length) {
        if (length != bytes) {
            throw new IllegalStateException("a message of " + length + " bytes, not " + bytes);
        }
    }

    /**
     * Complains about a damaged message.
     *
     * @param difference 0 if it is not
     * @param value of the message
     */
    public static void checkDifference(long difference, long value) {
        if (difference != 0) {
            throw new IllegalStateException("a message of value " + value + " is damaged");
        }
    }

    private void verify(ByteBuffer buffer, int index, long value) {
        for (int offset = 8; offset < bytes - 8; offset += 8) {
            checkDifference(buffer.getLong(index + offset) ^ pattern(offset), value);
        }
    }

    private static long pattern(int offset) {
        return offset * 0x9e3779b97f4a7c15L;
    }
}
