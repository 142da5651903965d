/*
 * Descriptors of others' objects: pipes, sockets, events. Their descriptions are non-blocking, so that a call
 * tries at once; who has to wait polls the descriptor together with a waker, an eventfd(2) of his own, which
 * a close, an interrupt or whoever else wants him back makes readable.
 *
 * Results are 0 or positive, else a negated errno; calls that a signal interrupts go on.
 */
#ifndef STRAIT_INTERNAL_DESCRIPTOR_H
#define STRAIT_INTERNAL_DESCRIPTOR_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "internal/pending.h"

/* The body of a function that makes one system call. */
#define STRAIT_UNINTERRUPTED(call)                                                                           \
    int64_t result;                                                                                          \
    do                                                                                                       \
        result = (call);                                                                                     \
    while (result < 0 && errno == EINTR);                                                                    \
    return result < 0 ? -errno : result

/* read(2), write(2), readv(2), writev(2): bytes moved. */
int64_t strait_descriptor_read(int fd, void *bytes, size_t length);
int64_t strait_descriptor_write(int fd, const void *bytes, size_t length);
int64_t strait_descriptor_readv(int fd, const struct iovec *parts, int count);
int64_t strait_descriptor_writev(int fd, const struct iovec *parts, int count);

/*
 * Waits until poll(2) would report one of `events`, an error or a hang-up: STRAIT_READY; 0 when it was woken;
 * STRAIT_TIMED_OUT.
 */
int strait_descriptor_await(int fd, short events, int waker_fd, int64_t timeout_ns);

/* The same as a pending, whose outcome is STRAIT_READY also when it was woken. */
int strait_descriptor_begin(int fd, short events, int waker_fd, struct strait_pending **pending);

/* A flag of the description, which all who have it share: O_NONBLOCK, O_DIRECT. */
int strait_descriptor_set_status(int fd, int flag, bool is_set);

/* O_NONBLOCK of it. */
int strait_descriptor_set_blocking(int fd, bool is_blocking);

/* FD_CLOEXEC. */
int strait_descriptor_set_close_on_exec(int fd, bool closes);

int strait_descriptor_close(int fd);

/* A waker is readable from strait_waker_wake on until strait_waker_reset. */
int strait_waker_open(void);
void strait_waker_wake(int waker_fd);
void strait_waker_reset(int waker_fd);

#endif
