/**
 * Semaphores, locks, conditions, sequences, latches and barriers between processes, in shared memory.
 *
 * <p>They live in a segment, plain or a ring's, are declared when it is created, and are there as long as it is. C programs
 * use the same ones, with {@code strait/semaphore.h} and {@code strait/lock.h}.
 *
 * <p>A {@link dev.strait.sync.Semaphore} counts permits:
 *
 * <pre>{@code
 * SegmentOptions options = SegmentOptions.defaults().object(Semaphore.declare("items", 3));
 * try (Segment segment = Segment.openOrCreate("shop", options)) {
 *     Semaphore items = Semaphore.open(segment, "items");
 *     items.acquire(2);
 *     items.release();
 * }
 * }</pre>
 *
 * <p>A {@link dev.strait.sync.Lock} is one thread's at a time, whatever process it belongs to, and tells the next one when
 * its owner died:
 *
 * <pre>{@code
 * SegmentOptions options = SegmentOptions.defaults().userBytes(8).object(Lock.declare("counter"));
 * try (Segment segment = Segment.openOrCreate("office", options)) {
 *     Lock lock = Lock.open(segment, "counter");
 *     try {
 *         lock.lock();
 *     } catch (OwnerDiedException e) { // the lock is ours, but what it guards may be half done
 *         segment.region().putLong(0, 0);
 *         lock.repaired();
 *     }
 *     try {
 *         segment.region().putLong(0, segment.region().getLong(0) + 1);
 *     } finally {
 *         lock.unlock();
 *     }
 * }
 * }</pre>
 *
 * <p>With a {@link dev.strait.sync.Condition} one waits, under a lock, for what another does under it:
 *
 * <pre>{@code
 * SegmentOptions options =
 *         SegmentOptions.defaults().userBytes(8).object(Lock.declare("door"), Condition.declare("opened"));
 * try (Segment segment = Segment.openOrCreate("house", options)) {
 *     Lock lock = Lock.open(segment, "door");
 *     Condition opened = Condition.open(lock, "opened");
 *     lock.lock();
 *     try {
 *         while (segment.region().getLong(0) == 0) {
 *             opened.await();
 *         }
 *     } finally {
 *         lock.unlock();
 *     }
 * }
 * }</pre>
 *
 * <p>All of them may be used by virtual threads, which park while they wait: {@link dev.strait.wait.WaitPolicy}.
 */
package dev.strait.sync;
