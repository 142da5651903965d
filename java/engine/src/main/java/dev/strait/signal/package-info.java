/**
 * Signals.
 */
package dev.strait.signal;
