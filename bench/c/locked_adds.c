/* The limit for a semaphore: a word in shared memory is counted down, and up again. */
#include <stdatomic.h>

#include "shared.h"

struct thing {
    _Atomic uint64_t *word;
};

static struct thing pair_open(const struct parameters *parameters)
{
    (void)parameters;
    struct thing thing = {shared_memory(sizeof *thing.word)};
    atomic_store(thing.word, 1);
    return thing;
}

static inline void pair(struct thing thing)
{
    atomic_fetch_sub_explicit(thing.word, 1, memory_order_seq_cst);
    atomic_fetch_add_explicit(thing.word, 1, memory_order_seq_cst);
}

static void pair_close(struct thing thing)
{
    if (atomic_load(thing.word) != 1)
        side_fail("counting");
}

#include "pairs.h"
