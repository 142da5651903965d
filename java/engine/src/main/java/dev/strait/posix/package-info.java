/**
 * POSIX message queues, semaphores and shared memory, as C programs have them with nothing but their C library.
 *
 * <p>Thin over the system calls and complete in their options, with the kernel's own meaning; every failure is an
 * {@link dev.strait.ErrnoException}. Between programs that both have Strait, its own constructs are faster and know of deaths:
 * each class here says which.
 *
 * <p>A {@link dev.strait.posix.PosixQueue} carries messages, the most urgent first:
 *
 * <pre>{@code
 * PosixQueueOptions options = PosixQueueOptions.defaults().size(10, 256);
 * try (PosixQueue orders = PosixQueue.openOrCreate("/strait-orders", options)) {
 *     orders.send(ByteBuffer.wrap("later".getBytes(UTF_8)), 1);
 *     orders.send(ByteBuffer.wrap("at once".getBytes(UTF_8)), 9);
 *     ByteBuffer message = ByteBuffer.allocateDirect(256);
 *     int priority = orders.receive(message);
 *     System.out.println(priority + ": " + UTF_8.decode(message.flip()));
 * }
 * PosixQueue.unlink("/strait-orders");
 * }</pre>
 *
 * <p>A {@link dev.strait.posix.PosixSemaphore} counts, by its name or in memory that is shared; here it lets one process at a
 * time at a number in a {@link dev.strait.posix.PosixMemory}:
 *
 * <pre>{@code
 * try (PosixMemory memory = PosixMemory.openOrCreate("/strait-total", 0600);
 *         PosixSemaphore turn = PosixSemaphore.openOrCreate("/strait-total", 0600, 1)) {
 *     memory.allocate(8);
 *     try (PosixMapping mapping = memory.map()) {
 *         ByteBuffer total = mapping.buffer();
 *         turn.await();
 *         try {
 *             total.putLong(0, total.getLong(0) + 1);
 *         } finally {
 *             turn.post();
 *         }
 *         System.out.println("total " + total.getLong(0));
 *     }
 * }
 * }</pre>
 */
package dev.strait.posix;
