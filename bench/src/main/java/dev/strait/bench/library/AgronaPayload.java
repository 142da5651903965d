package dev.strait.bench.library;

import dev.strait.bench.side.Parameters;
import dev.strait.bench.side.Payload;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** {@link Payload} in Agrona's buffers. */
final class AgronaPayload {
    private final Payload payload;
    private final int bytes;
    private final UnsafeBuffer source;
    private final UnsafeBuffer target;

    AgronaPayload(Parameters parameters) {
        payload = new Payload(parameters);
        bytes = parameters.bytes();
        source = new UnsafeBuffer(payload.stamp(0));
        target = new UnsafeBuffer(payload.target());
    }

    boolean isLarge() {
        return payload.isLarge();
    }

    DirectBuffer stamp(long value) {
        payload.stamp(value);
        return source;
    }

    void fill(MutableDirectBuffer buffer, int index, long value) {
        if (bytes == Payload.WORDWISE_BYTES) {
            fill(buffer, index, value, Payload.WORDWISE_BYTES);
        } else {
            fill(buffer, index, value, bytes);
        }
    }

    private static void fill(MutableDirectBuffer buffer, int index, long value, int size) {
        for (int offset = 0; offset < size; offset += 8) {
            buffer.putLong(index + offset, value + offset);
        }
    }

    long check(DirectBuffer buffer, int index, int length) {
        payload.checkLength(length);
        if (isLarge()) {
            buffer.getBytes(index, target, 0, bytes);
            return payload.stamped(payload.target(), 0);
        }
        return bytes == Payload.WORDWISE_BYTES
                ? checkWords(buffer, index, Payload.WORDWISE_BYTES)
                : checkWords(buffer, index, bytes);
    }

    private static long checkWords(DirectBuffer buffer, int index, int size) {
        long value = buffer.getLong(index);
        long difference = 0;
        for (int offset = 8; offset < size; offset += 8) {
            difference |= buffer.getLong(index + offset) ^ (value + offset);
        }
        Payload.checkDifference(difference, value);
        return value;
    }
}
