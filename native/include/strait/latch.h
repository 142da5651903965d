/*
 * A latch between processes: a count that goes down to 0, once, and that threads of any process wait for.
 *
 * It lives in a segment, which is made with it: STRAIT_LATCH in strait_segment_options.objects.
 *
 * Assumptions    All calls may come from any thread; but none while, or after, the segment is closed.
 * Progress       A count-down is lock-free, without a system call while nobody sleeps.
 * If a process dies  or closes its segment while it is a party, and the count is not 0, all waits end with
 *                PEER_DIED, until somebody joins in its place. Who is no party may die unnoticed.
 * Memory effects What happened before a count-down happens before the end of a wait for 0.
 */
#ifndef STRAIT_LATCH_H
#define STRAIT_LATCH_H

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_LATCH_MAX INT32_MAX

/* A struct strait_object: a latch that counts down from `count`, 0 to STRAIT_LATCH_MAX. */
#define STRAIT_LATCH(name, count)                                                                            \
    {                                                                                                        \
        (name), STRAIT_OBJECT_LATCH, 0, (count)                                                              \
    }

/* Closed with its segment. */
struct strait_latch;

/* As strait_semaphore_open. */
int strait_latch_open(struct strait_segment *segment, const char *name, struct strait_latch **latch,
                      struct strait_failure *failure);
int strait_latch_open_at(struct strait_segment *segment, uint32_t index, struct strait_latch **latch,
                         struct strait_failure *failure);

/* Becomes a party, one of those who count down, in place of one who died if there is such a one; and is none
 * any more. 0 or CLOSED. */
int strait_latch_join(struct strait_latch *latch);
int strait_latch_leave(struct strait_latch *latch);

/* What is left to count. */
int strait_latch_count(const struct strait_latch *latch);

/* Counts one down, but not below 0. What is left, or CLOSED. */
int strait_latch_count_down(struct strait_latch *latch);

/* Waits until the count is 0: looks for spin_ns, then sleeps, for timeout_ns in all. 0; TIMED_OUT; PEER_DIED;
 * CLOSED; EINTR after strait_latch_interrupt. */
int strait_latch_await(struct strait_latch *latch, int64_t spin_ns, int64_t timeout_ns);

/* Ends the waits that threads of this process are in, with EINTR. */
void strait_latch_interrupt(struct strait_latch *latch);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
