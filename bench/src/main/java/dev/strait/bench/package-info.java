/**
 * Strait beside the others, and beside what the machine itself can do, across processes: run ci/bench.
 *
 * <p>{@link dev.strait.bench.Bench} is the driver. It knows what is compared ({@link dev.strait.bench.Comparison}) and who
 * ({@link dev.strait.bench.Subject}), starts the two sides of one subject after the other, in Java
 * ({@link dev.strait.bench.side.Side}) or in C (bench/c), and puts together what they report.
 */
package dev.strait.bench;
