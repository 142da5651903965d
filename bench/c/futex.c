/* The limit for a wake-up: a store and FUTEX_WAKE, while the other side is in FUTEX_WAIT; and the same back.
 */
#include <linux/futex.h>
#include <sys/syscall.h>

#include "word.h"

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
    return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static inline bool end_offer(struct end *end, int64_t value)
{
    atomic_store_explicit(end->out, word_of(value), memory_order_release);
    futex(end->out, FUTEX_WAKE, 1);
    return true;
}

/* Sleeps until the word changes. */
static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    uint32_t word;
    while ((word = atomic_load_explicit(end->in, memory_order_acquire)) == end->seen) {
        if (futex(end->in, FUTEX_WAIT, end->seen) != 0 && errno != EAGAIN && errno != EINTR)
            side_fail("futex");
    }
    end->seen = word;
    sink(state, value_of(word));
    return 1;
}

#define WITHOUT_STREAM
#define WITHOUT_CYCLE
#include "roles.h"
