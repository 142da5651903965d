package dev.strait.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.Waiter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/** What tests of synchronisation objects do again and again. */
final class Syncs {
    private static final long SOON_S = 20;

    private Syncs() {}

    static Segment segment(Path directory, SegmentObject... objects) throws IOException {
        return Segment.create("shop", options(directory).userBytes(8).object(objects));
    }

    static Segment again(Path directory) throws IOException {
        return Segment.open("shop", options(directory));
    }

    static SegmentOptions options(Path directory) {
        return SegmentOptions.defaults().directory(directory);
    }

    /** Starts a call that comes to sleep for a semaphore, a lock or a gate. */
    static <T> Waiter<T> asleep(SyncObject object, Callable<T> call) throws IOException, InterruptedException {
        Waiter<T> waiter = Waiter.start(call);
        assertThat(waiter.comesToSleep(() -> isRegistered(object))).isTrue();
        return waiter;
    }

    /** Whether this attachment is one of those that whoever wakes looks for. */
    static boolean isRegistered(SyncObject object) {
        return isSet(object, SyncLayout.WAITING);
    }

    /** Whether this attachment watches a semaphore or a lock. */
    static boolean isWatching(SyncObject object) {
        return isSet(object, SyncLayout.WATCHERS);
    }

    private static boolean isSet(SyncObject object, int bitmap) {
        long slot = object.someOwn >>> 4 & 63;
        return ((long) SyncObject.WORD.getVolatile(object.words, bitmap) >>> slot & 1) != 0;
    }

    /** What a waiter's call returned, or it fails. */
    static <T> T resultOf(Waiter<T> waiter) throws Exception {
        return waiter.result(SOON_S);
    }
}
