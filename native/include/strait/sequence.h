/*
 * A sequence between processes: a number that only grows, and that threads of any process wait for.
 *
 * It lives in a segment, which is made with it: STRAIT_SEQUENCE in strait_segment_options.objects.
 *
 * Assumptions    All calls may come from any thread; but none while, or after, the segment is closed.
 * Progress       advance and increment are lock-free, without a system call while nobody sleeps.
 * If a process dies  or closes its segment while it is a party, all waits for what is not there yet end with
 *                PEER_DIED, until somebody joins in its place. Who is no party may die unnoticed.
 * Memory effects What happened before the sequence reached a number happens before the end of a wait for it.
 */
#ifndef STRAIT_SEQUENCE_H
#define STRAIT_SEQUENCE_H

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* A struct strait_object: a sequence that begins at `start`, 0 to INT64_MAX. */
#define STRAIT_SEQUENCE(name, start)                                                                         \
    {                                                                                                        \
        (name), STRAIT_OBJECT_SEQUENCE, 0, (start)                                                           \
    }

/* Closed with its segment. */
struct strait_sequence;

/* As strait_semaphore_open. */
int strait_sequence_open(struct strait_segment *segment, const char *name, struct strait_sequence **sequence,
                         struct strait_failure *failure);
int strait_sequence_open_at(struct strait_segment *segment, uint32_t index, struct strait_sequence **sequence,
                            struct strait_failure *failure);

/* Becomes a party, one of those who advance it, in place of one who died if there is such a one; and is none
 * any more. 0 or CLOSED. */
int strait_sequence_join(struct strait_sequence *sequence);
int strait_sequence_leave(struct strait_sequence *sequence);

/* The number now. */
int64_t strait_sequence_value(const struct strait_sequence *sequence);

/* Makes it `to`, unless it is that or more. 1, or 0 when nothing changed; CLOSED; EINVAL below 0. */
int strait_sequence_advance(struct strait_sequence *sequence, int64_t to);

/* Adds `count`, 1 or more. The new number; CLOSED; EINVAL below 1; EOVERFLOW beyond INT64_MAX: then nothing
 * has changed. */
int64_t strait_sequence_increment(struct strait_sequence *sequence, int64_t count);

/* Waits until it is `number` or more: looks for spin_ns, then sleeps, for timeout_ns in all. 0; TIMED_OUT;
 * PEER_DIED; CLOSED; EINTR after strait_sequence_interrupt. */
int strait_sequence_await(struct strait_sequence *sequence, int64_t number, int64_t spin_ns,
                          int64_t timeout_ns);

/* Ends the waits that threads of this process are in, with EINTR. */
void strait_sequence_interrupt(struct strait_sequence *sequence);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
