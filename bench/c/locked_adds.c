/* The limit for a semaphore: a word in shared memory is counted down, and up again. */
#include <stdatomic.h>

#include "shared.h"

static _Atomic uint64_t *word;

static void pair_open(const struct parameters *parameters)
{
    (void)parameters;
    word = shared_memory(sizeof *word);
    atomic_store(word, 1);
}

static inline void pair(void)
{
    atomic_fetch_sub_explicit(word, 1, memory_order_seq_cst);
    atomic_fetch_add_explicit(word, 1, memory_order_seq_cst);
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters;
    if (atomic_load(word) != 1)
        side_fail("counting");
}

#include "pairs.h"
