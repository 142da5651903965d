package dev.strait.segment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A synchronisation object that a segment is created with, and has for as long as it lives. The classes of
 * {@code dev.strait.sync} declare them; {@link SegmentOptions#object} takes them.
 *
 * <pre>{@code SegmentOptions.defaults().object(Semaphore.declare("items", 0), Lock.declare("orders"))}</pre>
 */
public class SegmentObject {
    /** How many a segment can have. */
    public static final int MAX = SegmentLayout.OBJECTS_MAX;

    /** Bytes of a name, in UTF-8. */
    public static final int NAME_BYTES = SegmentLayout.OBJECT_NAME;

    /** What an object is. */
    public enum Kind {
        /** Declared by {@code Semaphore.declare}. */
        SEMAPHORE(SegmentLayout.OBJECT_SEMAPHORE),
        /** Declared by {@code Lock.declare}. */
        LOCK(SegmentLayout.OBJECT_LOCK),
        /** Declared by {@code Condition.declare}. */
        CONDITION(SegmentLayout.OBJECT_CONDITION),
        /** Declared by {@code Sequence.declare}. */
        SEQUENCE(SegmentLayout.OBJECT_SEQUENCE),
        /** Declared by {@code Latch.declare}. */
        LATCH(SegmentLayout.OBJECT_LATCH),
        /** Declared by {@code Barrier.declare}. */
        BARRIER(SegmentLayout.OBJECT_BARRIER);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        /**
         * What the C side calls it, {@code enum strait_object_kind}.
         *
         * @return the number
         */
        public int number() {
            return number;
        }

        /**
         * For messages.
         *
         * @return {@code semaphore} for instance
         */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final int NAME_VALUES = (NAME_BYTES + 1) / Long.BYTES;

    private final String name;
    private final Kind kind;
    private final int flags;
    private final long value;

    /**
     * Made by the class of what is declared.
     *
     * @param name 1 to {@link #NAME_BYTES} bytes of UTF-8
     * @param kind what it is
     * @param flags its kind's
     * @param value its kind's
     * @throws IllegalArgumentException if the name is none
     */
    protected SegmentObject(String name, Kind kind, int flags, long value) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < 1 || bytes.length > NAME_BYTES || name.indexOf('\0') >= 0) {
            throw new IllegalArgumentException(kind + " \"" + name + "\": its name must be 1 to " + NAME_BYTES
                    + " bytes of UTF-8, none of them 0");
        }
        this.name = name;
        this.kind = kind;
        this.flags = flags;
        this.value = value;
    }

    /** One that a segment has: its name may be bytes that are no UTF-8, and so look longer. */
    private SegmentObject(Kind kind, String name, int flags, long value) {
        this.name = name;
        this.kind = kind;
        this.flags = flags;
        this.value = value;
    }

    /**
     * No other object of its segment has it.
     *
     * @return the name
     */
    public final String name() {
        return name;
    }

    /**
     * What it is.
     *
     * @return the kind
     */
    public final Kind kind() {
        return kind;
    }

    /**
     * For messages.
     *
     * @return {@code semaphore "items"} for instance
     */
    @Override
    public final String toString() {
        return kind + " \"" + name + "\"";
    }

    /** Puts what C takes there: kind and flags, value, and the name, which zeros end. */
    final void toNative(long[] values, int index) {
        values[index] = (long) flags << 32 | kind.number;
        values[index + 1] = value;
        byte[] bytes = Arrays.copyOf(name.getBytes(StandardCharsets.UTF_8), NAME_VALUES * Long.BYTES);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(values, index + 2, NAME_VALUES);
    }

    /** The other way round; nothing when a peer has written what can be none. */
    static Optional<SegmentObject> of(long[] values, int index) {
        ByteBuffer bytes = ByteBuffer.allocate(NAME_VALUES * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values, index + 2, NAME_VALUES);
        String padded = new String(bytes.array(), StandardCharsets.UTF_8);
        String name = padded.substring(0, padded.indexOf('\0'));
        return Stream.of(Kind.values())
                .filter(kind -> kind.number == (int) values[index] && !name.isEmpty())
                .findFirst()
                .map(kind -> new SegmentObject(kind, name, (int) (values[index] >>> 32), values[index + 1]));
    }
}
