#include "internal/futex.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"

/* Without FUTEX_PRIVATE_FLAG: the sleeper and the waker are different processes. FUTEX_WAIT_BITSET, because
 * its timeout is absolute, and so survives interruptions. */
int strait_futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline_ns)
{
    struct timespec deadline = strait_timespec(deadline_ns);
    long result =
        syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, &deadline, NULL, FUTEX_BITSET_MATCH_ANY);
    return result < 0 ? -errno : 0;
}

/* Of linux/futex.h since 5.16, which may not be there. */
struct waiter {
    uint64_t value;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
};

#define SIZE_U32 2u /* FUTEX_32 */
#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449 /* on every architecture */
#endif

int strait_futex_wait_any(const struct strait_futex_word *words, uint32_t count, int64_t deadline_ns)
{
    struct waiter waiters[STRAIT_FUTEX_WORDS];
    struct timespec deadline = strait_timespec(deadline_ns);
    for (uint32_t i = 0; i < count; i++)
        waiters[i] = (struct waiter){words[i].expected, (uintptr_t)words[i].word, SIZE_U32, 0};
    long result = syscall(SYS_futex_waitv, waiters, count, 0, &deadline, CLOCK_MONOTONIC);
    return result < 0 ? -errno : 0;
}

/* ---- However many they are -------------------------------------------------------------------------------
 */

_Atomic bool strait_futex_without_waitv;

void strait_futex_words_expect(struct strait_futex_words *words, _Atomic uint32_t *word, uint32_t expected)
{
    if (words->count < STRAIT_FUTEX_WORDS)
        words->words[words->count] = (struct strait_futex_word){word, expected};
    words->count++;
}

void strait_futex_words_add(struct strait_futex_words *words, _Atomic uint32_t *word)
{
    strait_futex_words_expect(words, word, atomic_load_explicit(word, memory_order_acquire));
}

/* EFAULT: one of them was unmapped meanwhile. */
static bool is_wake_up(int result)
{
    return result == 0 || result == -EAGAIN || result == -ETIMEDOUT || result == -EINTR || result == -EFAULT;
}

int strait_futex_sleep(const struct strait_futex_words *words, int64_t until_ns)
{
    const struct strait_futex_word *first = &words->words[0];
    bool is_only = words->count == 1;
    if (!is_only && words->count <= STRAIT_FUTEX_WORDS && !strait_futex_without_waitv) {
        if (is_wake_up(strait_futex_wait_any(words->words, words->count, until_ns)))
            return 0;
        strait_futex_without_waitv = true;
    }
    if (!is_only)
        until_ns = strait_earlier(until_ns, strait_now_ns() + STRAIT_FUTEX_NAP_NS);
    int result = strait_futex_wait(first->word, first->expected, until_ns);
    return is_wake_up(result) ? 0 : result;
}

void strait_futex_wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
