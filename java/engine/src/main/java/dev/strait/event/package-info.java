/**
 * Events with descriptors: a counter, a timer, the end of a process. Whatever polls descriptors can wait for them; a
 * {@link dev.strait.wait.WaitSet} waits for them beside what lives in shared memory:
 *
 * <pre>{@code
 * try (WaitSet set = WaitSet.open();
 *         EventFd work = EventFd.open(1);
 *         TimerFd clock = TimerFd.open(TimerFd.Clock.MONOTONIC)) {
 *     WaitSet.Key given = set.add(work.whenReadable());
 *     WaitSet.Key ticked = set.add(clock.whenReadable());
 *     clock.arm(Duration.ofMillis(100), Duration.ofMillis(100));
 *     while (set.await(WaitPolicy.SLEEP, Long.MAX_VALUE) > 0) {
 *         if (given.isReady()) {
 *             System.out.println("jobs: " + work.take());
 *         }
 *         if (ticked.isReady()) {
 *             System.out.println("ticks: " + clock.await());
 *             break;
 *         }
 *     }
 * }
 * }</pre>
 */
package dev.strait.event;
