#include "internal/latch.h"

#include "internal/kill_point.h"

struct strait_latch {
    struct strait_sync sync;
};

int strait_latch_open(struct strait_segment *segment, const char *name, struct strait_latch **latch,
                      struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_LATCH, (struct strait_sync **)latch, failure);
}

int strait_latch_open_at(struct strait_segment *segment, uint32_t index, struct strait_latch **latch,
                         struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_LATCH, (struct strait_sync **)latch, failure);
}

int strait_latch_join(struct strait_latch *latch)
{
    return strait_gate_join(&latch->sync);
}

int strait_latch_leave(struct strait_latch *latch)
{
    return strait_gate_leave(&latch->sync);
}

void strait_latch_interrupt(struct strait_latch *latch)
{
    strait_sync_interrupt(&latch->sync);
}

static _Atomic uint64_t *word_of(const struct strait_latch *latch)
{
    return &strait_gate_of(&latch->sync)->word;
}

/* A count that a hostile peer stored is cut. */
static int count_of(uint64_t word)
{
    return word <= STRAIT_LATCH_MAX ? (int)word : STRAIT_LATCH_MAX;
}

int strait_latch_count(const struct strait_latch *latch)
{
    if (strait_sync_is_closed(&latch->sync))
        return STRAIT_CLOSED;
    return count_of(atomic_load_explicit(word_of(latch), memory_order_acquire));
}

int strait_latch_count_down(struct strait_latch *latch)
{
    if (!strait_sync_enter(&latch->sync))
        return STRAIT_CLOSED;
    uint64_t count = atomic_load_explicit(word_of(latch), memory_order_acquire);
    while (count > 0 && !atomic_compare_exchange_weak_explicit(word_of(latch), &count, count - 1,
                                                               memory_order_seq_cst, memory_order_acquire)) {
    }
    STRAIT_KILL_POINT(gate_changed);
    if (count == 1)
        strait_gate_changed(&latch->sync);
    strait_sync_exit(&latch->sync);
    return count == 0 ? 0 : count_of(count - 1);
}

static int look(struct strait_passage *passage)
{
    uint64_t count = atomic_load_explicit(&strait_gate_of(passage->sync)->word, memory_order_acquire);
    return count == 0 ? STRAIT_READY : 0;
}

int strait_latch_pass(struct strait_latch *latch, const struct strait_patience *patience)
{
    struct strait_passage passage = {.sync = &latch->sync, .look = look};
    return strait_gate_await(&passage, patience);
}

int strait_latch_begin(struct strait_latch *latch, struct strait_pending **pending)
{
    struct strait_passage passage = {.sync = &latch->sync, .look = look};
    return strait_gate_begin(&passage, pending);
}

static int look_for_zero(struct strait_watch *watch)
{
    struct strait_passage passage = {.sync = watch->object, .look = look};
    return strait_gate_look(&passage);
}

void strait_latch_watch(struct strait_latch *latch, struct strait_watch *watch)
{
    struct strait_sync *sync = &latch->sync;
    *watch = strait_sync_watch(sync, &strait_gate_of(sync)->waiters, look_for_zero, 0);
}

int strait_latch_await(struct strait_latch *latch, int64_t spin_ns, int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&latch->sync, spin_ns, timeout_ns);
    return strait_latch_pass(latch, &patience);
}
