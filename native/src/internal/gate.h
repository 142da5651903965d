/*
 * What a sequence, a latch and a barrier have in common: a word that many wait for, all of whom are woken,
 * and parties.
 *
 * A participant that is a party owes the others something: to advance, to count down, to arrive. When it dies
 * before it has left, the reclaimer says so in `lost`, and everybody's wait ends with PEER_DIED, until
 * another joins in its place. Joining stores our cell before it clears `lost`; a reclaimer sets `lost` before
 * it clears the cell: whatever the order, a death after the joining is told.
 */
#ifndef STRAIT_INTERNAL_GATE_H
#define STRAIT_INTERNAL_GATE_H

#include "internal/sync.h"

static inline struct strait_gate *strait_gate_of(const struct strait_sync *sync)
{
    return sync->object.words;
}

/* Becomes, or is no longer, a party. 0 or CLOSED. */
int strait_gate_join(struct strait_sync *sync);
int strait_gate_leave(struct strait_sync *sync);

/* What somebody waits for at a gate. */
struct strait_passage {
    struct strait_sync *sync;
    /* Says whether it is over: 0 for not yet, else what the call shall return, STRAIT_READY for 0. */
    int (*look)(struct strait_passage *passage);
    /* Makes of the result of the wait that of the call; NULL when they are the same. */
    int (*finish)(struct strait_passage *passage, int result);
    uint64_t seen; /* for these */
    uint32_t interrupts;
};

/* Waits until `look` says so: what that said; PEER_DIED, TIMED_OUT, CLOSED, -EINTR. */
int strait_gate_await(struct strait_passage *passage, const struct strait_patience *patience);

/* The same as a pending, which ends with `finish`. */
int strait_gate_begin(const struct strait_passage *passage, struct strait_pending **pending);

/* What it would say now; else PEER_DIED when a party is lost, or 0. */
int strait_gate_look(struct strait_passage *passage);

/* Wakes all that wait. What they wait for has been stored, from inside of the object. */
static inline void strait_gate_changed(struct strait_sync *sync)
{
    strait_wait_published(sync->participant, &strait_gate_of(sync)->waiters);
}

#endif
