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
        for (int offset = 0; offset < bytes; offset += 8) {
            buffer.putLong(index + offset, value + offset);
        }
    }

    long check(DirectBuffer buffer, int index, int length) {
        payload.checkLength(length);
        if (isLarge()) {
            buffer.getBytes(index, target, 0, bytes);
            return payload.stamped(payload.target(), 0);
        }
        long value = buffer.getLong(index);
        long difference = 0;
        for (int offset = 8; offset < bytes; offset += 8) {
            difference |= buffer.getLong(index + offset) ^ (value + offset);
        }
        Payload.checkDifference(difference, value);
        return value;
    }
}
