/** Rings: messages from one process to another through shared memory. */
package dev.strait.ring;
