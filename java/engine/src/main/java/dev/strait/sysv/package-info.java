/**
 * System V IPC, as sysvipc(7) describes it: message queues, semaphore sets and shared memory, which live in the kernel until
 * they are removed. Java programs use with it what C programs have made, and the other way round.
 *
 * <pre>{@code
 * SysvKey key = SysvKey.of(Path.of("."), 'q');
 * try (SysvQueue queue = SysvQueue.openOrCreate(key, 0600)) {
 *     queue.send(SysvMessage.of(7, "hello".getBytes()));
 *     SysvMessage message = SysvMessage.allocate(100);
 *     queue.receive(message, -9); // the lowest type up to 9
 *     System.out.println(message.type() + " " + message.body().remaining());
 *     queue.remove();
 * }
 * }</pre>
 *
 * <p>A {@link dev.strait.sysv.SysvSemaphoreSet} does several operations in one step:
 *
 * <pre>{@code
 * SysvOperations take = SysvOperations.builder()
 *         .add(0, -1, SysvOperations.UNDO)
 *         .add(1, 2, 0)
 *         .build();
 * try (SysvSemaphoreSet set = SysvSemaphoreSet.create(SysvKey.PRIVATE, 2, 0600)) {
 *     set.setValues(5, 0);
 *     set.operate(take);
 *     System.out.println(set.value(0) + " " + set.value(1));
 *     set.remove();
 * }
 * }</pre>
 *
 * <p>Views of a {@link dev.strait.sysv.SysvMemory} outlive it without harm:
 *
 * <pre>{@code
 * try (SysvMemory memory = SysvMemory.create(SysvKey.PRIVATE, 4096, 0600)) {
 *     SysvMemory.Attachment attachment = memory.attach();
 *     memory.remove(); // goes with the last attachment
 *     ByteBuffer region = attachment.region();
 *     region.putInt(0, 42);
 *     attachment.close();
 *     System.out.println(region.getInt(0)); // zeros
 * }
 * }</pre>
 */
package dev.strait.sysv;
