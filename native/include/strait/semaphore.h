/*
 * A semaphore between processes: a number of permits that threads of any process acquire and release.
 *
 * It lives in a segment, which is made with it: STRAIT_SEMAPHORE in strait_segment_options.objects.
 *
 * Two flavours. The plain one is the textbook's: who releases need not be who acquired, and what a process
 * held when it died is gone with it. A recoverable one counts what each participant holds, and has it back,
 * exactly, when that participant dies or closes its segment, at whatever instruction; so only those release
 * who have acquired, and its permits are there from the start.
 *
 * Assumptions    All calls may come from any thread; but none while, or after, the segment is closed.
 * Guarantees     Permits are neither lost nor doubled. Who is first in line gets his before who comes later,
 *                however many he wants; or the creator chose STRAIT_SEMAPHORE_OVERTAKING: then a newcomer
 * takes what is there at once, which is faster, and may keep one that waits for many waiting; of those that
 * wait the first gets his first then, too. Progress       Without waiting: one compare-and-swap, no system
 * call. A recoverable semaphore has a lock of its own for some ten instructions: a process that is stopped
 * (SIGSTOP) just there holds all others up until it goes on or dies. If a process dies  that waits, it leaves
 * the line. One that is stopped while it is first in line keeps its place. Memory effects What happened
 * before a release happens before the acquire that it lets through.
 */
#ifndef STRAIT_SEMAPHORE_H
#define STRAIT_SEMAPHORE_H

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_SEMAPHORE_MAX INT32_MAX /* permits */

enum strait_semaphore_flag {
    STRAIT_SEMAPHORE_RECOVERABLE = 1, /* what a dead process held comes back */
    STRAIT_SEMAPHORE_OVERTAKING = 2,  /* newcomers need not stand in line */
};

/* A struct strait_object: a semaphore with 0 (recoverable: 1) to STRAIT_SEMAPHORE_MAX permits. */
#define STRAIT_SEMAPHORE(name, permits, flags)                                                               \
    {                                                                                                        \
        (name), STRAIT_OBJECT_SEMAPHORE, (flags), (permits)                                                  \
    }

/* Closed with its segment. */
struct strait_semaphore;

/* The segment's semaphore of that name, or of that index in the order of declaration. ENOENT when there is
 * none, EINVAL when it is another kind of object, EUCLEAN when it is corrupt. */
int strait_semaphore_open(struct strait_segment *segment, const char *name,
                          struct strait_semaphore **semaphore, struct strait_failure *failure);
int strait_semaphore_open_at(struct strait_segment *segment, uint32_t index,
                             struct strait_semaphore **semaphore, struct strait_failure *failure);

/*
 * Takes `permits` of them, none being taken at once: looks for spin_ns first, then sleeps, for timeout_ns in
 * all (0 or less: not at all; STRAIT_WAIT_FOREVER). 0; TIMED_OUT; CLOSED; EINTR after
 * strait_semaphore_interrupt; EINVAL when the number is above STRAIT_SEMAPHORE_MAX, or above all that a
 * recoverable semaphore has.
 */
int strait_semaphore_acquire(struct strait_semaphore *semaphore, uint32_t permits, int64_t spin_ns,
                             int64_t timeout_ns);

/* Gives them back, or adds them. 0; EOVERFLOW beyond STRAIT_SEMAPHORE_MAX, EINVAL for more than this
 * participant holds of a recoverable semaphore: then nothing has changed. */
int strait_semaphore_release(struct strait_semaphore *semaphore, uint32_t permits);

/* Takes all that there are; how many, 0 or more. Nobody in line is asked. */
int strait_semaphore_drain(struct strait_semaphore *semaphore);

/* How many there are now. These three answer CLOSED in a forked child, too. */
int strait_semaphore_available(const struct strait_semaphore *semaphore);

/* How many this participant holds of a recoverable semaphore; 0 of a plain one. */
int strait_semaphore_held(const struct strait_semaphore *semaphore);

/* How many processes stand in line, and threads of this process behind its first. */
int strait_semaphore_queued(struct strait_semaphore *semaphore);

/* Ends the acquire calls that threads of this process are waiting in, with EINTR. */
void strait_semaphore_interrupt(struct strait_semaphore *semaphore);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
