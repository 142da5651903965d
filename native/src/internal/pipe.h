/*
 * Pipes, see pipe(7). Ends are non-blocking and close-on-exec. Nothing here waits: what cannot be had at once
 * is -EAGAIN. Results are 0 or positive, else a negated errno.
 */
#ifndef STRAIT_INTERNAL_PIPE_H
#define STRAIT_INTERNAL_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* pipe2(2): the reading end, then the writing end; close-on-exec and non-blocking beside `flags`. */
int strait_pipe_open(int ends[2], int flags);

/* 0 when it is an end of a pipe or of a FIFO, -EINVAL when it is something else. */
int strait_pipe_check(int fd);

/*
 * Takes over an end that comes from elsewhere, to be read from (O_RDONLY) or written to (O_WRONLY). It
 * answers a descriptor with a description of its own, so that O_NONBLOCK is nobody else's affair, and closes
 * `fd`; 0, 1 and 2 become /dev/null instead, since whoever gets such a number next would be taken for the
 * standard stream.
 *
 * No description of one's own is to be had without /proc, of another user's pipe, and of the writing end of
 * a FIFO that has no reader: then all who share the description find it non-blocking.
 *
 * -EBADF when it is not open, or not this way; -EINVAL when it is no pipe; it is left as it was then.
 */
int strait_pipe_adopt(int fd, int access);

/* Another descriptor of the same description, which is made non-blocking. */
int strait_pipe_duplicate(int fd);

/* F_GETPIPE_SZ, F_SETPIPE_SZ: bytes, which the kernel rounds up; FIONREAD: bytes to be read. */
int strait_pipe_capacity(int fd);
int strait_pipe_set_capacity(int fd, int bytes);
int strait_pipe_available(int fd);

/* O_DIRECT: whether each write(2) is a packet. */
int strait_pipe_packets(int fd);
int strait_pipe_set_packets(int fd, bool is_on);

/* splice(2), of a file from an offset or to it where that is not negative; tee(2); vmsplice(2). Bytes. */
int64_t strait_pipe_splice(int from, int64_t from_offset, int to, int64_t to_offset, size_t count,
                           unsigned flags);
int64_t strait_pipe_tee(int from, int to, size_t count, unsigned flags);
int64_t strait_pipe_vmsplice(int fd, void *bytes, size_t count, unsigned flags);

#endif
