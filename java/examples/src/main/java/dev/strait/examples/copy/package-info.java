/**
 * The demo: one process hands a file to another through a ring, in each pairing of Java and C, and then stamped messages
 * at a fixed rate. {@link dev.strait.examples.copy.CopyWriter} and {@link dev.strait.examples.copy.CopyReader} are the
 * two ends in Java, native/examples/copy_writer.c and copy_reader.c in C; {@link dev.strait.examples.copy.Demo} starts
 * them, compares the copies, and reports.
 */
package dev.strait.examples.copy;
