/*
 * Events that have descriptors: a counter, eventfd(2); a timer, timerfd_create(2); the end of a process,
 * pidfd_open(2). All are close-on-exec and non-blocking: what is not there yet is -EAGAIN. Results are 0 or
 * positive, else a negated errno.
 */
#ifndef STRAIT_INTERNAL_EVENT_H
#define STRAIT_INTERNAL_EVENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Takes one at a time when it `is_semaphore`, else all. */
int strait_event_counter_open(uint32_t initial, bool is_semaphore);

/* EAGAIN when it would be more than 2^64 - 2; EINVAL for 2^64 - 1. */
int strait_event_counter_add(int fd, uint64_t count);

/* A counter's count, or how often a timer has expired; ECANCELED of a timer whose clock was set. */
int strait_event_take(int fd, uint64_t *count);

int strait_event_timer_open(clockid_t clock);

#define STRAIT_EVENT_ABSOLUTE      1u /* TFD_TIMER_ABSTIME */
#define STRAIT_EVENT_CANCEL_ON_SET 2u /* TFD_TIMER_CANCEL_ON_SET */

/* In nanoseconds. It expires first at, or after, `first_ns`, which disarms it when it is 0; then every
 * `interval_ns`, unless that is 0. */
int strait_event_timer_set(int fd, uint32_t flags, int64_t first_ns, int64_t interval_ns);

/* Until it expires next, 0 when it is disarmed; and its interval. */
int strait_event_timer_get(int fd, int64_t *left_ns, int64_t *interval_ns);

/* ESRCH; ENOSYS before Linux 5.3. */
int strait_event_process_open(pid_t pid);

/* kill(2); ESRCH when it has ended and is not a zombie any more, whoever has its pid now. */
int strait_event_process_signal(int fd, int signal);

/* 1 when it has ended. */
int strait_event_process_ended(int fd);

#endif
