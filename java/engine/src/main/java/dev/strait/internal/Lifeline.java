package dev.strait.internal;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Frees a native object, and the address space it maps, when the last Java object that can lead to it is unreachable.
 *
 * <p>Holders are the handle that users have and the root of every direct buffer over its memory: a slice or a duplicate
 * keeps its root alive, so memory outlives every view of it. Closing is another matter: it takes the shared memory away
 * at once and leaves zeros under the views.
 */
public final class Lifeline {
    private static final Cleaner CLEANER = Cleaner.create();

    private final long handle;
    private final LongConsumer free;
    private final AtomicInteger holders = new AtomicInteger();

    /**
     * @param handle the native object
     * @param free closes it if nobody did, and frees it
     */
    public Lifeline(long handle, LongConsumer free) {
        this.handle = handle;
        this.free = free;
    }

    /**
     * Keeps the native object until {@code holder} is unreachable. The first holder must be added before any is dropped.
     *
     * @param holder what can lead to it
     */
    public void holdFor(Object holder) {
        holders.incrementAndGet();
        CLEANER.register(holder, this::drop);
    }

    private void drop() {
        if (holders.decrementAndGet() == 0) {
            free.accept(handle);
        }
    }
}
