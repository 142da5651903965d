package dev.strait.sync;

import dev.strait.segment.Segment;
import dev.strait.segment.SegmentObject;
import dev.strait.segment.SegmentOptions;
import dev.strait.testing.PeerProcess;
import java.nio.file.Path;
import java.util.List;

/**
 * The process of {@link SyncQuietTest}: takes and gives, with objects that have no native side to be called. With a
 * directory as argument, after others were killed while they waited.
 */
final class SyncQuietPeer {
    /** Some millions: a JVM makes about a thousand futex calls of its own while it starts and compiles. */
    static final int ROUNDS = 2_000_000;

    private SyncQuietPeer() {}

    public static void main(String[] arguments) throws Exception {
        SegmentObject[] objects = {
            Semaphore.declare("items", 1), Semaphore.declare("many", 1).overtaking(), Lock.declare("door")
        };
        try (Segment segment = arguments.length == 0
                ? Segment.createAnonymous("quiet", SegmentOptions.defaults().object(objects))
                : Syncs.segment(Path.of(arguments[0]), objects)) {
            if (arguments.length > 0) {
                killWaiters(segment, Path.of(arguments[0]));
            }
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

    /** Lets another process wait for each of them, and die of it. */
    private static void killWaiters(Segment segment, Path directory) throws Exception {
        Semaphore items = Semaphore.open(segment, "items");
        Semaphore many = Semaphore.open(segment, "many");
        Lock door = Lock.open(segment, "door");
        items.acquire();
        many.acquire();
        door.lock();
        for (String call : List.of("acquire items 1", "acquire many 1", "lock door")) {
            try (PeerProcess waiter = PeerProcess.startC("sync_peer")) {
                waiter.ask("reset " + directory);
                waiter.ask("open shop");
                waiter.ask("start " + call + " 100000");
                if (!waiter.ask("asleep").equals("asleep")) {
                    throw new AssertionError(call);
                }
                waiter.kill();
            }
        }
        while (segment.participants().size() > 1) {
            Thread.sleep(1);
        }
        door.unlock();
        many.release();
        items.release();
    }

    /** The same object without a handle: a native call that gets it ends the process. */
    private static SyncObject.Opened deaf(Segment segment, SyncObject object) {
        return new SyncObject.Opened(segment, "deaf", 0, object.words, object.flags, object.value, object.someOwn);
    }
}
