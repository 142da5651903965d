#include "internal/sequence.h"

#include <errno.h>

#include "internal/kill_point.h"

struct strait_sequence {
    struct strait_sync sync;
};

int strait_sequence_open(struct strait_segment *segment, const char *name, struct strait_sequence **sequence,
                         struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_SEQUENCE, (struct strait_sync **)sequence, failure);
}

int strait_sequence_open_at(struct strait_segment *segment, uint32_t index, struct strait_sequence **sequence,
                            struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_SEQUENCE, (struct strait_sync **)sequence,
                               failure);
}

int strait_sequence_join(struct strait_sequence *sequence)
{
    return strait_gate_join(&sequence->sync);
}

int strait_sequence_leave(struct strait_sequence *sequence)
{
    return strait_gate_leave(&sequence->sync);
}

void strait_sequence_interrupt(struct strait_sequence *sequence)
{
    strait_sync_interrupt(&sequence->sync);
}

static _Atomic uint64_t *word_of(const struct strait_sequence *sequence)
{
    return &strait_gate_of(&sequence->sync)->word;
}

/* One that a hostile peer stored, and that is beyond all numbers, is cut. */
static int64_t number_of(uint64_t word)
{
    return word <= INT64_MAX ? (int64_t)word : INT64_MAX;
}

int64_t strait_sequence_value(const struct strait_sequence *sequence)
{
    if (strait_sync_is_closed(&sequence->sync))
        return STRAIT_CLOSED;
    return number_of(atomic_load_explicit(word_of(sequence), memory_order_acquire));
}

/* From `value`, when it still is that. */
static bool set(struct strait_sequence *sequence, uint64_t *value, int64_t to)
{
    bool is_set = atomic_compare_exchange_weak_explicit(word_of(sequence), value, (uint64_t)to,
                                                        memory_order_seq_cst, memory_order_acquire);
    if (is_set) {
        STRAIT_KILL_POINT(gate_changed);
        strait_gate_changed(&sequence->sync);
    }
    return is_set;
}

int strait_sequence_advance(struct strait_sequence *sequence, int64_t to)
{
    if (to < 0)
        return -EINVAL;
    if (!strait_sync_enter(&sequence->sync))
        return STRAIT_CLOSED;
    uint64_t value = atomic_load_explicit(word_of(sequence), memory_order_acquire);
    bool is_set = false;
    while (!is_set && number_of(value) < to)
        is_set = set(sequence, &value, to);
    strait_sync_exit(&sequence->sync);
    return is_set;
}

int64_t strait_sequence_increment(struct strait_sequence *sequence, int64_t count)
{
    if (count < 1)
        return -EINVAL;
    if (!strait_sync_enter(&sequence->sync))
        return STRAIT_CLOSED;
    uint64_t value = atomic_load_explicit(word_of(sequence), memory_order_acquire);
    int64_t result = -EOVERFLOW;
    while (result < 0 && number_of(value) <= INT64_MAX - count) {
        int64_t to = (int64_t)value + count;
        if (set(sequence, &value, to))
            result = to;
    }
    strait_sync_exit(&sequence->sync);
    return result;
}

static int look(struct strait_passage *passage)
{
    uint64_t value = atomic_load_explicit(&strait_gate_of(passage->sync)->word, memory_order_acquire);
    return number_of(value) >= (int64_t)passage->seen ? STRAIT_READY : 0;
}

static struct strait_passage passage_to(struct strait_sequence *sequence, int64_t number)
{
    return (struct strait_passage){.sync = &sequence->sync, .look = look, .seen = (uint64_t)number};
}

int strait_sequence_pass(struct strait_sequence *sequence, int64_t number,
                         const struct strait_patience *patience)
{
    struct strait_passage passage = passage_to(sequence, number);
    return strait_gate_await(&passage, patience);
}

int strait_sequence_begin(struct strait_sequence *sequence, int64_t number, struct strait_pending **pending)
{
    struct strait_passage passage = passage_to(sequence, number);
    return strait_gate_begin(&passage, pending);
}

static int look_for_number(struct strait_watch *watch)
{
    struct strait_passage passage = {.sync = watch->object, .look = look, .seen = watch->wanted};
    return strait_gate_look(&passage);
}

void strait_sequence_watch(struct strait_sequence *sequence, int64_t number, struct strait_watch *watch)
{
    struct strait_sync *sync = &sequence->sync;
    *watch = strait_sync_watch(sync, &strait_gate_of(sync)->waiters, look_for_number, (uint64_t)number);
}

int strait_sequence_await(struct strait_sequence *sequence, int64_t number, int64_t spin_ns,
                          int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&sequence->sync, spin_ns, timeout_ns);
    return strait_sequence_pass(sequence, number, &patience);
}
