package dev.strait.bench.library;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/** Agrona's ring for many producers, used by one. */
public final class AgronaManyToOne extends Agrona {
    @Override
    RingBuffer newRing(AtomicBuffer buffer) {
        return new ManyToOneRingBuffer(buffer);
    }
}
