/*
 * A barrier between processes: each of a number of threads waits until all have arrived; then it begins anew.
 *
 * It lives in a segment, which is made with it: STRAIT_BARRIER in strait_segment_options.objects.
 *
 * Assumptions    All calls may come from any thread; but none while, or after, the segment is closed.
 * Guarantees     All of a round leave it with their places, or none does: when one of them does not wait any
 *                longer, in time, by an interrupt or by its death, the barrier is BROKEN for all, until it is
 *                reset.
 * Progress       Arriving is lock-free, without a system call but to sleep and to wake sleepers.
 * If a process dies  or closes its segment, that has arrived once, or joined, and has not left since, the
 *                barrier is BROKEN.
 * Memory effects What happened before an arrival happens before the end of all waits of that round.
 */
#ifndef STRAIT_BARRIER_H
#define STRAIT_BARRIER_H

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_BARRIER_MAX 65535 /* parties */

/* A struct strait_object: a barrier for `parties` threads, 1 to STRAIT_BARRIER_MAX. */
#define STRAIT_BARRIER(name, parties)                                                                        \
    {                                                                                                        \
        (name), STRAIT_OBJECT_BARRIER, 0, (parties)                                                          \
    }

/* Closed with its segment. */
struct strait_barrier;

/* As strait_semaphore_open. */
int strait_barrier_open(struct strait_segment *segment, const char *name, struct strait_barrier **barrier,
                        struct strait_failure *failure);
int strait_barrier_open_at(struct strait_segment *segment, uint32_t index, struct strait_barrier **barrier,
                           struct strait_failure *failure);

/* Says that this process will arrive, before it does so for the first time; and that it will not any more. 0
 * or CLOSED. */
int strait_barrier_join(struct strait_barrier *barrier);
int strait_barrier_leave(struct strait_barrier *barrier);

/*
 * Arrives, and waits for the others: looks for spin_ns, then sleeps, for timeout_ns in all. The place: 0 for
 * the last to arrive, parties - 1 for the first. BROKEN; TIMED_OUT, or EINTR after strait_barrier_interrupt,
 * and then it is broken for the others; CLOSED.
 */
int strait_barrier_await(struct strait_barrier *barrier, int64_t spin_ns, int64_t timeout_ns);

/* Begins anew. Those who wait are told BROKEN. 0 or CLOSED. */
int strait_barrier_reset(struct strait_barrier *barrier);

bool strait_barrier_is_broken(const struct strait_barrier *barrier);
int strait_barrier_parties(const struct strait_barrier *barrier);

/* How many have arrived and wait. */
int strait_barrier_waiting(const struct strait_barrier *barrier);

/* Ends the waits that threads of this process are in, with EINTR. */
void strait_barrier_interrupt(struct strait_barrier *barrier);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
