package dev.strait.testing;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the peers of a kill suite know of each other: words in memory that outlives each of them. */
public final class Ledger {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final MappedByteBuffer words;

    /** Maps so many words of it. */
    public Ledger(Path file, int count) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            words = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) count * Long.BYTES);
        }
    }

    /** A word. */
    public long get(int word) {
        return (long) WORD.getVolatile(words, word * Long.BYTES);
    }

    /** Stores a word. */
    public void set(int word, long value) {
        WORD.setVolatile(words, word * Long.BYTES, value);
    }

    /** Adds to a word, and returns what it was. */
    public long add(int word, long count) {
        return (long) WORD.getAndAdd(words, word * Long.BYTES, count);
    }

    /** For peers: throws when something is not so. */
    public static void check(boolean condition, String what, long value) {
        if (!condition) {
            throw new IllegalStateException(what + ": " + value);
        }
    }
}
