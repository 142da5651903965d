/* futex(2) on words that other processes map: the only place that calls it. */
#ifndef STRAIT_INTERNAL_FUTEX_H
#define STRAIT_INTERNAL_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Sleeps while *word is `expected`, until deadline_ns (CLOCK_MONOTONIC) at the latest. 0 when woken, perhaps
 * for nothing; -EAGAIN when *word had another value; -ETIMEDOUT; -EINTR after a signal.
 */
int strait_futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns);

#define STRAIT_FUTEX_WORDS  128 /* that one call can wait for */
#define STRAIT_FUTEX_NAP_NS INT64_C(25000000)

struct strait_futex_word {
    _Atomic uint32_t *word;
    uint32_t expected;
};

struct strait_futex_words {
    struct strait_futex_word words[STRAIT_FUTEX_WORDS];
    uint32_t count; /* more than STRAIT_FUTEX_WORDS when they do not fit */
};

/*
 * The same for 1 to STRAIT_FUTEX_WORDS words at once, futex_waitv(2): 0 when any was woken, -EAGAIN when any
 * had another value. -ENOSYS before Linux 5.16, or another error where a sandbox refuses it.
 */
int strait_futex_wait_any(const struct strait_futex_word *words, uint32_t count, int64_t deadline_ns);

/* One more of them, with the value that it has now (acquire) or with another. */
void strait_futex_words_add(struct strait_futex_words *words, _Atomic uint32_t *word);
void strait_futex_words_expect(struct strait_futex_words *words, _Atomic uint32_t *word, uint32_t expected);

/*
 * Sleeps on all of them, 1 at least, until until_ns at the latest; what it waits for is then to be looked at.
 * When there are too many, or the kernel has no futex_waitv, it sleeps on the first alone, and no longer than
 * STRAIT_FUTEX_NAP_NS. 0, or what a sandbox answers that lets nobody sleep.
 */
int strait_futex_sleep(const struct strait_futex_words *words, int64_t until_ns);

/* For tests: as if the kernel had no futex_waitv. */
extern _Atomic bool strait_futex_without_waitv;

/* Wakes all that sleep on it. */
void strait_futex_wake_all(_Atomic uint32_t *word);

#endif
