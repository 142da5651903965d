/**
 * Rings: messages from one process to another through shared memory.
 *
 * <p>Virtual threads may use them, and park while they wait: {@link dev.strait.wait.WaitPolicy}.
 */
package dev.strait.ring;
