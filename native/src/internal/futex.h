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

#define STRAIT_FUTEX_WORDS 128 /* that one call can wait for */

struct strait_futex_word {
    _Atomic uint32_t *word;
    uint32_t expected;
};

/*
 * The same for 1 to STRAIT_FUTEX_WORDS words at once, futex_waitv(2): 0 when any was woken, -EAGAIN when any
 * had another value. -ENOSYS before Linux 5.16, or another error where a sandbox refuses it.
 */
int strait_futex_wait_any(const struct strait_futex_word *words, uint32_t count, int64_t deadline_ns);

/* Wakes all that sleep on it. */
void strait_futex_wake_all(_Atomic uint32_t *word);

#endif
