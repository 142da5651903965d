#include "internal/barrier.h"

#include <errno.h>

#include "internal/kill_point.h"

struct strait_barrier {
    struct strait_sync sync;
};

int strait_barrier_open(struct strait_segment *segment, const char *name, struct strait_barrier **barrier,
                        struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_BARRIER, (struct strait_sync **)barrier, failure);
}

int strait_barrier_open_at(struct strait_segment *segment, uint32_t index, struct strait_barrier **barrier,
                           struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_BARRIER, (struct strait_sync **)barrier,
                               failure);
}

int strait_barrier_join(struct strait_barrier *barrier)
{
    return strait_gate_join(&barrier->sync);
}

int strait_barrier_leave(struct strait_barrier *barrier)
{
    return strait_gate_leave(&barrier->sync);
}

void strait_barrier_interrupt(struct strait_barrier *barrier)
{
    strait_sync_interrupt(&barrier->sync);
}

static _Atomic uint64_t *word_of(const struct strait_barrier *barrier)
{
    return &strait_gate_of(&barrier->sync)->word;
}

static uint64_t parties_of(const struct strait_barrier *barrier)
{
    return (uint64_t)barrier->sync.object.value;
}

int strait_barrier_parties(const struct strait_barrier *barrier)
{
    return (int)parties_of(barrier);
}

bool strait_barrier_is_broken(const struct strait_barrier *barrier)
{
    return !strait_sync_is_closed(&barrier->sync) &&
           (atomic_load_explicit(word_of(barrier), memory_order_acquire) & STRAIT_BARRIER_BROKEN) != 0;
}

int strait_barrier_waiting(const struct strait_barrier *barrier)
{
    if (strait_sync_is_closed(&barrier->sync))
        return STRAIT_CLOSED;
    uint64_t word = atomic_load_explicit(word_of(barrier), memory_order_acquire);
    uint64_t arrived = word & STRAIT_BARRIER_ARRIVED;
    if ((word & STRAIT_BARRIER_BROKEN) != 0)
        return 0;
    return (int)(arrived < parties_of(barrier) ? arrived : parties_of(barrier)); /* a hostile peer's is cut */
}

/* How the round that `seen` belongs to ended, or 0 when it has not. */
static int end_of_round(uint64_t word, uint64_t seen)
{
    if (((word ^ seen) & STRAIT_BARRIER_RESETS) != 0)
        return STRAIT_BROKEN;
    if (((word ^ seen) & STRAIT_BARRIER_TRIPS) != 0)
        return STRAIT_READY;
    return (word & STRAIT_BARRIER_BROKEN) != 0 ? STRAIT_BROKEN : 0;
}

static int look(struct strait_passage *passage)
{
    uint64_t word = atomic_load_explicit(&strait_gate_of(passage->sync)->word, memory_order_acquire);
    return end_of_round(word, passage->seen);
}

/* The word once we have arrived; with the last of them a new round begins. 0, or BROKEN. */
static int arrive(struct strait_barrier *barrier, uint64_t *arrived)
{
    uint64_t word = atomic_load_explicit(word_of(barrier), memory_order_acquire);
    for (;;) {
        if ((word & STRAIT_BARRIER_BROKEN) != 0)
            return STRAIT_BROKEN;
        bool is_last = (word & STRAIT_BARRIER_ARRIVED) + 1 >= parties_of(barrier);
        uint64_t next = is_last ? (word & ~STRAIT_BARRIER_ARRIVED) + STRAIT_BARRIER_TRIP_ONE : word + 1;
        *arrived = word + 1;
        if (atomic_compare_exchange_weak_explicit(word_of(barrier), &word, next, memory_order_seq_cst,
                                                  memory_order_acquire))
            return is_last ? STRAIT_READY : 0;
    }
}

/* We go before the others have come: nobody of this round gets through. Unless it has ended meanwhile. */
static int break_round(struct strait_barrier *barrier, uint64_t seen)
{
    uint64_t word = atomic_load_explicit(word_of(barrier), memory_order_acquire);
    int end;
    do {
        end = end_of_round(word, seen);
    } while (end == 0 &&
             !atomic_compare_exchange_weak_explicit(word_of(barrier), &word, word | STRAIT_BARRIER_BROKEN,
                                                    memory_order_seq_cst, memory_order_acquire));
    if (end == 0)
        strait_gate_changed(&barrier->sync);
    return end;
}

/* The place that we came to, unless the wait for the others failed. */
static int finish(struct strait_passage *passage, int result)
{
    struct strait_barrier *barrier = (struct strait_barrier *)passage->sync;
    if (result != 0 && result != STRAIT_BROKEN) {
        int end = break_round(barrier, passage->seen);
        if (end != 0)
            result = end == STRAIT_READY ? 0 : end;
    }
    if (result == STRAIT_PEER_DIED) /* no reclaimer says so of a barrier, but a hostile peer may */
        result = STRAIT_BROKEN;
    uint64_t arrived = passage->seen & STRAIT_BARRIER_ARRIVED;
    uint64_t place = arrived < parties_of(barrier) ? parties_of(barrier) - arrived : 0;
    return result == 0 ? (int)place : result;
}

/* From inside. READY when that was the last, 0 when the others have to be waited for, BROKEN. */
static int begin(struct strait_barrier *barrier, struct strait_passage *passage)
{
    struct strait_sync *sync = &barrier->sync;
    *passage = (struct strait_passage){.sync = sync, .look = look, .finish = finish};
    /* ORDER: that we are a party before our arrival, so that it is not forgotten when we die. */
    atomic_store_explicit(&strait_gate_of(sync)->party[sync->participant->slot], 1, memory_order_seq_cst);
    STRAIT_KILL_POINT(gate_party);
    int result = arrive(barrier, &passage->seen);
    STRAIT_KILL_POINT(gate_changed);
    if (result == STRAIT_READY) {
        strait_gate_changed(sync);
        passage->seen |= STRAIT_BARRIER_ARRIVED; /* whatever a hostile peer stored as those before us */
    }
    return result;
}

int strait_barrier_pass(struct strait_barrier *barrier, const struct strait_patience *patience)
{
    struct strait_passage passage;
    if (patience->spin_ns < 0)
        return -EINVAL;
    if (!strait_sync_enter(&barrier->sync))
        return STRAIT_CLOSED;
    int result = begin(barrier, &passage);
    if (result == 0)
        result = strait_gate_await(&passage, patience);
    else if (result == STRAIT_READY)
        result = 0;
    result = finish(&passage, result);
    strait_sync_exit(&barrier->sync);
    return result;
}

int strait_barrier_begin(struct strait_barrier *barrier, struct strait_pending **pending)
{
    struct strait_passage passage;
    if (!strait_sync_enter(&barrier->sync))
        return STRAIT_CLOSED;
    int result = begin(barrier, &passage);
    if (result == 0)
        result = strait_gate_begin(&passage, pending);
    else if (result == STRAIT_READY)
        result = 0;
    if (*pending == NULL)
        result = finish(&passage, result);
    strait_sync_exit(&barrier->sync);
    return result;
}

int strait_barrier_await(struct strait_barrier *barrier, int64_t spin_ns, int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&barrier->sync, spin_ns, timeout_ns);
    return strait_barrier_pass(barrier, &patience);
}

int strait_barrier_reset(struct strait_barrier *barrier)
{
    if (!strait_sync_enter(&barrier->sync))
        return STRAIT_CLOSED;
    uint64_t word = atomic_load_explicit(word_of(barrier), memory_order_acquire);
    uint64_t next;
    do {
        uint64_t resets = (word + STRAIT_BARRIER_RESET_ONE) & STRAIT_BARRIER_RESETS;
        next = (word & STRAIT_BARRIER_TRIPS) | resets;
    } while (!atomic_compare_exchange_weak_explicit(word_of(barrier), &word, next, memory_order_seq_cst,
                                                    memory_order_acquire));
    strait_gate_changed(&barrier->sync);
    strait_sync_exit(&barrier->sync);
    return 0;
}
