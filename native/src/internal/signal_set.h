/* Sets of signals: bit n-1 stands for signal n, as the kernel has it. */
#ifndef STRAIT_INTERNAL_SIGNAL_SET_H
#define STRAIT_INTERNAL_SIGNAL_SET_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "strait/signal.h"

static inline bool strait_signal_is(int number)
{
    return number >= 1 && number <= STRAIT_SIGNAL_MAX;
}

static inline uint64_t strait_signal_bit(int number)
{
    return UINT64_C(1) << (number - 1);
}

/* The C library leaves its own out. */
static inline void strait_signal_add(sigset_t *set, uint64_t signals)
{
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        if ((signals & strait_signal_bit(number)) != 0)
            sigaddset(set, number);
}

static inline void strait_signal_remove(sigset_t *set, uint64_t signals)
{
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        if ((signals & strait_signal_bit(number)) != 0)
            sigdelset(set, number);
}

static inline sigset_t strait_signal_set(uint64_t signals)
{
    sigset_t set;
    sigemptyset(&set);
    strait_signal_add(&set, signals);
    return set;
}

/* SIG_BLOCK or SIG_UNBLOCK in this thread; those that were blocked before. Linux's sigprocmask is the
 * thread's; pthread_sigmask would need a newer glibc. */
static inline uint64_t strait_signal_mask(int how, uint64_t signals)
{
    sigset_t before;
    uint64_t blocked = 0;
    sigset_t set = strait_signal_set(signals);
    sigprocmask(how, &set, &before);
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        if (sigismember(&before, number) == 1)
            blocked |= strait_signal_bit(number);
    return blocked;
}

#endif
