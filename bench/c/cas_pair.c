/* The limit for a lock: a word in shared memory is swapped from free to taken, and back. */
#include <stdatomic.h>

#include "shared.h"

struct thing {
    _Atomic uint64_t *word;
};

static struct thing pair_open(const struct parameters *parameters)
{
    (void)parameters;
    return (struct thing){shared_memory(sizeof(uint64_t))};
}

static inline void swap(_Atomic uint64_t *word, uint64_t from, uint64_t to)
{
    if (!atomic_compare_exchange_strong_explicit(word, &from, to, memory_order_seq_cst, memory_order_relaxed))
        side_fail("swapping");
}

static inline void pair(struct thing thing)
{
    swap(thing.word, 0, 1);
    swap(thing.word, 1, 0);
}

static void pair_close(struct thing thing)
{
    (void)thing;
}

#include "pairs.h"
