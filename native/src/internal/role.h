/*
 * A role: being the writer of a lane, or the reader. One word of shared memory names who has it; this is the
 * holder's side, and what lets it be closed from another thread.
 *
 * Closing must not overlap with a store to the lane or the cursor, because the next holder may already be at
 * work. The hot path cannot afford a fence for that, so the closer pays: it sets `closed`, runs a barrier on
 * every thread of the process (membarrier(2)), and waits until `busy` is clear. The hot path sets `busy` and
 * then looks at `closed`, with the compiler kept from swapping the two. native/model/role.pml checks it.
 *
 * What users store into a claim is their own: whoever fills one must be stopped before the role goes to
 * another.
 */
#ifndef STRAIT_INTERNAL_ROLE_H
#define STRAIT_INTERNAL_ROLE_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "internal/wait.h"

#ifndef STRAIT_DYING_NS /* less where many are tried */
#define STRAIT_DYING_NS INT64_C(5000000000)
#endif

struct strait_role {
    struct strait_participant *participant;
    _Atomic uint64_t *word; /* in the segment */
    _Atomic uint64_t owner; /* what we stored there; another one each time, for 16,384 times */
    _Atomic bool closed;
    _Atomic bool interrupted;
    _Atomic bool busy;           /* inside a call that stores to the segment */
    _Atomic unsigned inside;     /* threads inside an await call */
    const void *_Atomic handler; /* the thread whose handler is running; see strait_role_thread */
};

/* Binds an unopened role, the participant's `handle`-th, to its word. */
void strait_role_init(struct strait_role *role, struct strait_participant *participant, int handle,
                      _Atomic uint64_t *word);

/*
 * Takes it: from nobody, from one who gave it up, or from one who is dead; waits while it is dying, but no
 * longer than STRAIT_DYING_NS, because a core dump takes its time. 1 when somebody had it before, else 0.
 * -EBUSY when a live participant has it; `failure` then tells its process id.
 */
int strait_role_open(struct strait_role *role, struct strait_failure *failure);

/* Gives it up and tells everybody. The caller has made sure that nobody is busy, and that no other call
 * closes.
 */
void strait_role_close(struct strait_role *role);

/* First half of closing from C: refuses new calls and waits for those under way. false when already closed.
 */
bool strait_role_quiesce(struct strait_role *role);

/* Makes the await call that a thread is in, or the next one, return -EINTR. */
void strait_role_interrupt(struct strait_role *role);

/* Around an await call. Enter says false when the role is closed, or is no longer the one with that owner. */
bool strait_role_enter(struct strait_role *role, uint64_t owner);
void strait_role_exit(struct strait_role *role);

/* Whether it is open, and the one with that owner: what a watch looks at first. */
static inline bool strait_role_is_same(const struct strait_role *role, uint64_t owner)
{
    return !atomic_load_explicit(&role->closed, memory_order_relaxed) &&
           atomic_load_explicit(&role->owner, memory_order_relaxed) == owner;
}

/* What every look in an await call begins with: CLOSED, -EINTR (which is then over) or 0. */
int strait_role_look(struct strait_role *role);

/* What a peer's owner word tells: END or PEER_DIED, once for each owner, which *said remembers; else 0. */
int strait_role_news_of(uint64_t peer, uint64_t *said);

/* Fills `info` with the participant that a peer's word names; false when it names none, or the role is
 * closed. */
bool strait_role_describe(const struct strait_role *role, const _Atomic uint64_t *peer,
                          struct strait_participant_info *info);

/* Something whose address differs in every thread. */
const void *strait_role_thread(void);

/* A full barrier on all running threads of this process. */
void strait_role_barrier(void);

/* Around stores to the segment. A build with assertions catches two threads that use one role at a time. */
static inline bool strait_role_begin(struct strait_role *role)
{
#ifdef NDEBUG
    atomic_store_explicit(&role->busy, true, memory_order_relaxed);
#else
    assert(!atomic_exchange(&role->busy, true) && "one writer or reader used by two threads at once");
#endif
    /* ORDER: busy before closed, as this processor runs it. PAIRS WITH strait_role_quiesce's barrier. */
    atomic_signal_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&role->closed, memory_order_relaxed))
        return true;
    atomic_store_explicit(&role->busy, false, memory_order_relaxed);
    return false;
}

static inline void strait_role_end(struct strait_role *role)
{
    /* ORDER: our stores before busy is clear. PAIRS WITH strait_role_quiesce. */
    atomic_store_explicit(&role->busy, false, memory_order_release);
}

#endif
