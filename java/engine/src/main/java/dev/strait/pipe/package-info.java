/** Pipes, as pipe(7) describes them: byte streams between processes that are related, or that have been sent an end. */
package dev.strait.pipe;
