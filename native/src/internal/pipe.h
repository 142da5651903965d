/* Pipes, see pipe(7). Results are 0 or positive, else a negated errno. */
#ifndef STRAIT_INTERNAL_PIPE_H
#define STRAIT_INTERNAL_PIPE_H

/* pipe2(2): the reading end, then the writing end; close-on-exec and non-blocking beside `flags`. */
int strait_pipe_open(int ends[2], int flags);

#endif
