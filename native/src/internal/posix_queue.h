/*
 * POSIX message queues, see mq_overview(7), by the system calls themselves: in glibc 2.17 the functions are
 * in librt, which a JVM need not have loaded. A queue is a descriptor, and those made here are non-blocking:
 * who has to wait polls it.
 *
 * Results are 0 or positive, else a negated errno.
 */
#ifndef STRAIT_INTERNAL_POSIX_QUEUE_H
#define STRAIT_INTERNAL_POSIX_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As struct mq_attr has them, but for O_NONBLOCK. */
struct strait_posix_queue_attributes {
    int64_t max_messages;
    int64_t message_bytes;
    int64_t current_messages;
};

/* mq_open(3): a descriptor, close-on-exec and non-blocking beside `flags`. `attributes` may be NULL: the
 * system's defaults. */
int strait_posix_queue_open(const char *name, int flags, mode_t mode,
                            const struct strait_posix_queue_attributes *attributes);
int strait_posix_queue_unlink(const char *name);
int strait_posix_queue_attributes(int fd, struct strait_posix_queue_attributes *attributes);

/* mq_send(3), mq_receive(3): the latter's bytes, and the priority in the upper half. */
int strait_posix_queue_send(int fd, const void *message, size_t length, uint32_t priority);
int64_t strait_posix_queue_receive(int fd, void *message, size_t length);

/*
 * mq_notify(3) with SIGEV_THREAD, whose kernel side is a message to a netlink socket: libc has a thread
 * read it, and we whoever likes. Neither a signal nor a thread is needed here. Nobody else can send to the
 * socket, because it is not bound to an address.
 */
int strait_posix_notice_open(void); /* the socket, close-on-exec and non-blocking */
int strait_posix_queue_notify(int fd, int notice_fd);
int strait_posix_queue_notify_none(int fd);

/* 1 when a message has come, 0 when the registration was removed; -EAGAIN before. */
int strait_posix_notice_receive(int notice_fd);

#endif
