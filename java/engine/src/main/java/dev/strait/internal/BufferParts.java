package dev.strait.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * The buffers of one scattering or gathering call, as native code takes them: direct ones, with their bounds. What is in
 * the heap is copied; {@link #moved} moves the positions of the buffers that were given.
 */
public final class BufferParts {
    /** Buffers to a call at most: STRAIT_JNI_PARTS. */
    public static final int MAX = 64;

    private final ByteBuffer[] given;
    /** As native code takes them. */
    public final ByteBuffer[] direct;
    /** A position and a length for each. */
    public final int[] bounds;

    private final boolean toFill;

    private BufferParts(ByteBuffer[] given, boolean toFill) {
        this.given = given;
        this.toFill = toFill;
        this.direct = new ByteBuffer[given.length];
        this.bounds = new int[2 * given.length];
        for (int i = 0; i < given.length; i++) {
            direct[i] = given[i].isDirect() ? given[i] : copy(given[i]);
            bounds[2 * i] = direct[i].position();
            bounds[2 * i + 1] = direct[i].remaining();
        }
    }

    /** A direct buffer with the same bytes remaining, or with room for them. */
    private ByteBuffer copy(ByteBuffer buffer) {
        ByteBuffer copy = ByteBuffer.allocateDirect(buffer.remaining());
        return toFill ? copy : copy.put(buffer.duplicate()).flip();
    }

    /**
     * For a call that reads.
     *
     * @param buffers of which those count that have room
     * @param offset the first of them
     * @param length how many of them
     * @return no more than {@link #MAX} of them
     * @throws IllegalArgumentException if one is read-only
     */
    public static BufferParts toFill(ByteBuffer[] buffers, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        for (int i = offset; i < offset + length; i++) {
            checkWritable(buffers[i]);
        }
        return new BufferParts(remaining(buffers, offset, length), true);
    }

    /**
     * For a call that writes.
     *
     * @param buffers of which those count that have something left
     * @param offset the first of them
     * @param length how many of them
     * @return no more than {@link #MAX} of them
     */
    public static BufferParts toDrain(ByteBuffer[] buffers, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        return new BufferParts(remaining(buffers, offset, length), false);
    }

    private static ByteBuffer[] remaining(ByteBuffer[] buffers, int offset, int length) {
        ByteBuffer[] remaining = new ByteBuffer[Math.min(length, MAX)];
        int count = 0;
        for (int i = offset; i < offset + length && count < MAX; i++) {
            if (buffers[i].hasRemaining()) {
                remaining[count++] = buffers[i];
            }
        }
        return Arrays.copyOf(remaining, count);
    }

    /**
     * Refuses what cannot be read into.
     *
     * @param buffer which
     * @throws IllegalArgumentException if it is read-only
     */
    public static void checkWritable(ByteBuffer buffer) {
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("the buffer is read-only");
        }
    }

    /**
     * Whether there is nothing to move.
     *
     * @return whether no buffer has anything left
     */
    public boolean isEmpty() {
        return direct.length == 0;
    }

    /**
     * Moves the positions of the given buffers.
     *
     * @param result of the call: bytes, or below 0 when it failed
     * @return the result
     */
    public long moved(long result) {
        long left = result;
        for (int i = 0; i < given.length && left > 0; i++) {
            int bytes = (int) Math.min(left, bounds[2 * i + 1]);
            if (toFill && !given[i].isDirect()) {
                given[i].put(direct[i].limit(bytes));
            } else {
                given[i].position(given[i].position() + bytes);
            }
            left -= bytes;
        }
        return result;
    }
}
