#include "internal/gate.h"

#include <errno.h>

#include "internal/kill_point.h"

int strait_gate_join(struct strait_sync *sync)
{
    struct strait_gate *gate = strait_gate_of(sync);
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    atomic_store_explicit(&gate->party[sync->participant->slot], 1, memory_order_seq_cst);
    STRAIT_KILL_POINT(gate_party);
    atomic_store_explicit(&gate->lost, 0, memory_order_seq_cst);
    strait_sync_exit(sync);
    return 0;
}

int strait_gate_leave(struct strait_sync *sync)
{
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    atomic_store_explicit(&strait_gate_of(sync)->party[sync->participant->slot], 0, memory_order_release);
    strait_sync_exit(sync);
    return 0;
}

/* What came before a death is not taken back by it: the look at the word is the first. */
int strait_gate_look(struct strait_passage *passage)
{
    uint64_t lost = atomic_load_explicit(&strait_gate_of(passage->sync)->lost, memory_order_acquire);
    int result = passage->look(passage);
    if (result != 0)
        return result;
    return lost != 0 ? STRAIT_PEER_DIED : 0;
}

static int look(void *context)
{
    struct strait_passage *passage = context;
    int result = strait_gate_look(passage);
    return result != 0 ? result : strait_sync_look(passage->sync, passage->interrupts);
}

int strait_gate_await(struct strait_passage *passage, const struct strait_patience *patience)
{
    struct strait_sync *sync = passage->sync;
    if (patience->spin_ns < 0)
        return -EINVAL;
    if (!strait_sync_enter(sync))
        return STRAIT_CLOSED;
    passage->interrupts = patience->interrupts;
    int result = strait_wait_until(sync->participant, &strait_gate_of(sync)->waiters, look, passage,
                                   patience->spin_ns, patience->timeout_ns);
    strait_sync_exit(sync);
    return result == STRAIT_READY ? 0 : result;
}

struct pending_passage {
    struct strait_pending pending;
    struct strait_passage passage;
};

static int look_at_pending(struct strait_pending *pending)
{
    struct strait_passage *passage = &((struct pending_passage *)pending)->passage;
    passage->interrupts = atomic_load(&passage->sync->interrupts); /* these are for threads */
    return look(passage);
}

static int leave_pending(struct strait_pending *pending, int outcome)
{
    struct strait_passage *passage = &((struct pending_passage *)pending)->passage;
    int result = outcome == STRAIT_READY ? 0 : outcome;
    if (passage->finish != NULL)
        result = passage->finish(passage, result);
    strait_sync_exit(passage->sync);
    return result;
}

int strait_gate_begin(const struct strait_passage *passage, struct strait_pending **pending)
{
    const struct strait_watch watch = {.participant = passage->sync->participant->segment->self,
                                       .waiters = &strait_gate_of(passage->sync)->waiters};
    if (!strait_sync_enter(passage->sync))
        return STRAIT_CLOSED;
    struct pending_passage *begun = strait_pending_new(sizeof *begun, &watch, look_at_pending, leave_pending);
    if (begun == NULL) {
        strait_sync_exit(passage->sync);
        return -ENOMEM;
    }
    begun->passage = *passage;
    *pending = &begun->pending;
    return 0;
}
