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

void strait_futex_wake_all(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
