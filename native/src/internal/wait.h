/*
 * Sleeping until something in a segment changes, and waking those who sleep.
 *
 * Each participant has one doorbell, a futex word in its slot. Who sleeps is a bitmap, one bit a slot, on a
 * line that changes only when someone falls asleep or is woken.
 *
 *     sleeper, in a loop                            publisher
 *       b = doorbell (acquire)                        store what it publishes (release)
 *       set my bit in the bitmap                      full fence
 *       full fence                                    look at the bitmap; when it is not empty:
 *       look at everything I wait for                   take all bits by exchange
 *       sleep on the doorbell while it is b             add 2 to the doorbell of each, wake its sleepers
 *
 * Why nobody sleeps through a publication: of the two fences one is first in their total order. If it is the
 * publisher's, the sleeper's look comes after it and sees what was published. If it is the sleeper's, the
 * publisher sees the bit; it then bumps the doorbell, and the sleeper's futex wait either finds a value other
 * than b or is woken. The bit is set anew each time round, because another thread of the same participant may
 * have been woken by it, and only publishers clear bits, because a sleeper that cleared its own could clear
 * its sibling's. A bit that is left set costs the next publisher one system call.
 *
 * Close and interrupt store their flag first and then bump without looking at any bitmap.
 *
 * A publisher that is stopped, or killed, between its store and its wake cannot be told from a slow one, so
 * nobody sleeps longer than STRAIT_NAP_NS without looking again. native/model/wait.pml checks all of this.
 */
#ifndef STRAIT_INTERNAL_WAIT_H
#define STRAIT_INTERNAL_WAIT_H

#include <stdatomic.h>
#include <stdint.h>

#include "internal/atomic.h"
#include "internal/participant.h"

#define STRAIT_NAP_NS INT64_C(1000000000)

/* STRAIT_NAP_NS; longer in tests that would overlook a lost wake-up. */
extern _Atomic int64_t strait_wait_nap_ns;

/* Says whether a wait is over: 0 for not yet, else what the wait shall return. Called many times; looks at
 * flags too. */
typedef int strait_look(void *context);

/* Waits until `look` says so: looks for spin_ns first, then sleeps, for timeout_ns in all; then
 * STRAIT_TIMED_OUT. A timeout of 0 or less looks once. */
int strait_wait_until(const struct strait_participant *participant, _Atomic uint64_t *waiters,
                      strait_look *look, void *context, int64_t spin_ns, int64_t timeout_ns);

/* The part of a wait before anybody sleeps: what `look` said, TIMED_OUT, or 0 when it is time to sleep, until
 * *deadline_ns. `alone`: there is one usable processor. */
int strait_wait_awake(strait_look *look, void *context, bool alone, int64_t spin_ns, int64_t timeout_ns,
                      int64_t *deadline_ns);

/* Takes the bits and wakes their participants. */
void strait_wait_wake(const struct strait_participant *participant, _Atomic uint64_t *waiters);

/* After a publication: the publisher's half of the protocol above.
 * ORDER: the publication before the look at the bitmap. PAIRS WITH strait_wait_until. */
static inline void strait_wait_published(const struct strait_participant *participant,
                                         _Atomic uint64_t *waiters)
{
    strait_fence();
    if (atomic_load_explicit(waiters, memory_order_relaxed) != 0)
        strait_wait_wake(participant, waiters);
}

#endif
