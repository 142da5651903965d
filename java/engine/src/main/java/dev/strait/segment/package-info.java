/** Segments: named or anonymous shared memory, created at once or not at all. */
package dev.strait.segment;
