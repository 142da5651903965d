package dev.strait.sync;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentOptions;

/** The process of {@link SyncQuietTest}: takes and gives, with objects that have no native side to be called. */
final class SyncQuietPeer {
    /** Some millions: a JVM makes about a thousand futex calls of its own while it starts and compiles. */
    static final int ROUNDS = 2_000_000;

    private SyncQuietPeer() {}

    public static void main(String[] arguments) throws Exception {
        SegmentOptions options = SegmentOptions.defaults()
                .object(
                        Semaphore.declare("items", 1),
                        Semaphore.declare("many", 1).overtaking(),
                        Lock.declare("door"));
        try (Segment segment = Segment.createAnonymous("quiet", options)) {
            Semaphore items = new Semaphore(deaf(segment, Semaphore.open(segment, "items")));
            Semaphore many = new Semaphore(deaf(segment, Semaphore.open(segment, "many")));
            Lock door = new Lock(deaf(segment, Lock.open(segment, "door")));
            for (int i = 0; i < ROUNDS; i++) {
                items.acquire();
                many.acquireUninterruptibly();
                door.lock();
                door.unlock();
                many.release();
                items.release();
            }
            System.out.println(items.availablePermits() + many.drainPermits() + " " + door.isLocked());
        }
    }

    /** The same object without a handle: a native call that gets it ends the process. */
    private static SyncObject.Opened deaf(Segment segment, SyncObject object) {
        return new SyncObject.Opened(segment, "deaf", 0, object.words, object.flags, object.value, object.someOwn);
    }
}
