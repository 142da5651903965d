/* The limit for a lock: a word in shared memory is swapped from free to taken, and back. */
#include <stdatomic.h>

#include "shared.h"

static _Atomic uint64_t *word;

static void pair_open(const struct parameters *parameters)
{
    (void)parameters;
    word = shared_memory(sizeof *word);
}

static inline void swap(uint64_t from, uint64_t to)
{
    if (!atomic_compare_exchange_strong_explicit(word, &from, to, memory_order_seq_cst, memory_order_relaxed))
        side_fail("swapping");
}

static inline void pair(void)
{
    swap(0, 1);
    swap(1, 0);
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters;
}

#include "pairs.h"
