/* The limit for a round trip: one store of a word that the other side is looking at, and the same back. */
#include "word.h"

static inline bool end_offer(struct end *end, int64_t value)
{
    atomic_store_explicit(end->out, word_of(value), memory_order_release);
    return true;
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    uint32_t word = atomic_load_explicit(end->in, memory_order_acquire);
    if (word == end->seen)
        return 0;
    end->seen = word;
    sink(state, value_of(word));
    return 1;
}

#define WITHOUT_STREAM
#define WITHOUT_CYCLE
#include "roles.h"
