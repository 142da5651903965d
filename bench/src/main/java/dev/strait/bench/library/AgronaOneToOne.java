package dev.strait.bench.library;

import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;

/** Agrona's ring for one producer and one consumer. */
public final class AgronaOneToOne extends Agrona {
    @Override
    RingBuffer newRing(AtomicBuffer buffer) {
        return new OneToOneRingBuffer(buffer);
    }
}
