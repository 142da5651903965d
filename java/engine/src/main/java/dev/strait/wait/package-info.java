/**
 * How to wait: for how long to look before sleeping, and for several things at once.
 *
 * <p>A {@link dev.strait.wait.WaitSet} lets one thread wait for messages of several rings, for permits, and for the end of
 * another process:
 *
 * <pre>{@code
 * SegmentOptions options = SegmentOptions.defaults().object(Semaphore.declare("orders", 0));
 * try (Segment segment = Segment.openOrCreate("kitchen", options);
 *         Ring ring = Ring.openOrCreate("dishes", RingOptions.defaults());
 *         RingReader reader = ring.openReader();
 *         WaitSet set = WaitSet.open()) {
 *     Semaphore orders = Semaphore.open(segment, "orders");
 *     WaitSet.Key dishes = set.add(reader.whenReadable());
 *     WaitSet.Key ordered = set.add(orders.whenAvailable(1));
 *     int outcome = 0;
 *     while (outcome >= 0 && set.await(WaitPolicy.SPIN_THEN_SLEEP, Long.MAX_VALUE) > 0) {
 *         if (dishes.isReady()) {
 *             outcome = reader.poll((type, buffer, offset, length) -> true, 100);
 *         }
 *         if (ordered.isReady() && orders.tryAcquire()) {
 *             System.out.println("an order");
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>All calls that wait may be made by virtual threads, which {@link dev.strait.wait.WaitPolicy} tells about.
 */
package dev.strait.wait;
