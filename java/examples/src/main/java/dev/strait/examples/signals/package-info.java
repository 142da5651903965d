/**
 * The textbooks' first program about signals: it catches those that would end it, prints which, and exits with 0.
 *
 * <p>The JVM has HUP, INT, TERM and QUIT for itself, unless it is started with {@code -Xrs}.
 */
package dev.strait.examples.signals;
