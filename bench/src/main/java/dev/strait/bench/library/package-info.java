/** What is compared, in Java: one small class for each library, set up as its documentation advises for speed. */
package dev.strait.bench.library;
