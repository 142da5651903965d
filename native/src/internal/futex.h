/* futex(2) on words that other processes map: the only place that calls it. */
#ifndef STRAIT_INTERNAL_FUTEX_H
#define STRAIT_INTERNAL_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/*
 * Sleeps while *word is `expected`, until deadline_ns (CLOCK_MONOTONIC) at the latest. 0 when woken, perhaps
 * for nothing; -EAGAIN when *word had another value; -ETIMEDOUT; -EINTR after a signal.
 */
int strait_futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);

/* Wakes all that sleep on it. */
void strait_futex_wake_all(_Atomic uint32_t *word);

#endif
