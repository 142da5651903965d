/**
 * One side of a comparison, in a process of its own: what it is told, what it does, what it says. bench/c/roles.h is the
 * same in C. {@link dev.strait.bench.side.Side} is the program.
 */
package dev.strait.bench.side;
