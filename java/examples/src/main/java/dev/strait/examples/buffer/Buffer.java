package dev.strait.examples.buffer;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;
import dev.strait.sync.Lock;
import dev.strait.sync.OwnerDiedException;
import dev.strait.sync.Semaphore;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A bounded buffer: {@code Buffer produce|consume SEGMENT COUNT}. */
public final class Buffer implements AutoCloseable {
    private static final int SLOTS = 16;
    private static final int PUT = 0; // int64: how many numbers were put
    private static final int TAKEN = 8; // int64: how many were taken
    private static final int NUMBERS = 16; // int64 each

    private final Segment segment;
    private final ByteBuffer region;
    private final Semaphore free;
    private final Semaphore filled;
    private final Lock mutex;

    private Buffer(String name) throws IOException {
        segment = Segment.openOrCreate(
                name,
                SegmentOptions.defaults()
                        .userBytes(NUMBERS + SLOTS * Long.BYTES)
                        .object(
                                Semaphore.declare("free", SLOTS),
                                Semaphore.declare("filled", 0),
                                Lock.declare("mutex")));
        region = segment.region();
        free = Semaphore.open(segment, "free");
        filled = Semaphore.open(segment, "filled");
        mutex = Lock.open(segment, "mutex");
    }

    /**
     * Puts the numbers from 1 to COUNT into the buffer; or takes COUNT numbers from it, and prints their sum.
     *
     * @param arguments {@code produce} or {@code consume}, the segment's name, the count
     * @throws IOException if the segment cannot be opened
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        long count = Long.parseLong(arguments[2]);
        long sum = 0;
        try (Buffer buffer = new Buffer(arguments[1])) {
            for (long i = 1; i <= count; i++) {
                if (arguments[0].equals("produce")) {
                    buffer.put(i);
                } else {
                    sum += buffer.take();
                }
            }
        }
        if (arguments[0].equals("consume")) {
            System.out.println(sum);
        }
    }

    private void put(long number) throws InterruptedException {
        free.acquire();
        lock();
        try {
            long put = region.getLong(PUT);
            region.putLong(slot(put), number);
            region.putLong(PUT, put + 1);
        } finally {
            mutex.unlock();
        }
        filled.release();
    }

    private long take() throws InterruptedException {
        filled.acquire();
        long number;
        lock();
        try {
            long taken = region.getLong(TAKEN);
            number = region.getLong(slot(taken));
            region.putLong(TAKEN, taken + 1);
        } finally {
            mutex.unlock();
        }
        free.release();
        return number;
    }

    /** Nothing to repair: whoever dies in between has counted or has not. */
    private void lock() {
        try {
            mutex.lock();
        } catch (OwnerDiedException e) {
            mutex.repaired();
        }
    }

    private static int slot(long index) {
        return NUMBERS + (int) (index % SLOTS) * Long.BYTES;
    }

    @Override
    public void close() {
        segment.close();
    }
}
