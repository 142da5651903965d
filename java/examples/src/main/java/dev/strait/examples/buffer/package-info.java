/**
 * The textbooks' bounded buffer: producers and consumers in several processes share an array of numbers, two semaphores and
 * a lock. {@link dev.strait.examples.buffer.Buffer} is it in Java, native/examples/buffer.c in C; they share one buffer.
 */
package dev.strait.examples.buffer;
