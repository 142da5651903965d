/**
 * The classic pair around a System V message queue: {@link dev.strait.examples.queue.Send} and
 * {@link dev.strait.examples.queue.Recv} are it in Java, native/examples/queue_send.c and queue_recv.c in C, with libc alone.
 * Each receives what the other sends. {@code ipcmk -Q} makes a queue, {@code ipcrm -q ID} removes it.
 */
package dev.strait.examples.queue;
