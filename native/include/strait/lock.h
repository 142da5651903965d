/*
 * A lock between the threads of all processes, and conditions to wait for under it.
 *
 * They live in a segment, which is made with them: STRAIT_LOCK and STRAIT_CONDITION in
 * strait_segment_options.objects.
 *
 * Assumptions    All calls may come from any thread; but none while, or after, the segment is closed.
 * Guarantees     One thread of one process has the lock. It is not reentrant. A newcomer may be faster than
 *                one that waits; of those that wait the first in line is woken.
 * Progress       Without contention: one compare-and-swap to take it and one exchange to give it up, no
 * system call. A process that is stopped (SIGSTOP) keeps its lock. If a process dies  that has the lock, or
 * closes its segment with it, exactly one next owner is told OWNER_DIED. It repairs what the lock guards and
 * says so, strait_lock_repaired; if it gives the lock up without, the lock is NOT_RECOVERABLE for ever. If it
 * dies, the next one is told. Memory effects What happened before a release happens before the acquire that
 * follows it.
 */
#ifndef STRAIT_LOCK_H
#define STRAIT_LOCK_H

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* Each a struct strait_object. */
#define STRAIT_LOCK(name)                                                                                    \
    {                                                                                                        \
        (name), STRAIT_OBJECT_LOCK, 0, 0                                                                     \
    }
#define STRAIT_CONDITION(name)                                                                               \
    {                                                                                                        \
        (name), STRAIT_OBJECT_CONDITION, 0, 0                                                                \
    }

/* Closed with their segment. */
struct strait_lock;
struct strait_condition;

/* The segment's lock, or condition, of that name, or of that index in the order of declaration. Errors as
 * strait_semaphore_open. */
int strait_lock_open(struct strait_segment *segment, const char *name, struct strait_lock **lock,
                     struct strait_failure *failure);
int strait_lock_open_at(struct strait_segment *segment, uint32_t index, struct strait_lock **lock,
                        struct strait_failure *failure);
int strait_condition_open(struct strait_segment *segment, const char *name,
                          struct strait_condition **condition, struct strait_failure *failure);
int strait_condition_open_at(struct strait_segment *segment, uint32_t index,
                             struct strait_condition **condition, struct strait_failure *failure);

/*
 * Takes the lock: looks for spin_ns first, then sleeps, for timeout_ns in all (0 or less: not at all;
 * STRAIT_WAIT_FOREVER). 0; OWNER_DIED, and it is the caller's too; NOT_RECOVERABLE; TIMED_OUT; CLOSED; EINTR
 * after strait_lock_interrupt; EDEADLK when the calling thread has it already.
 */
int strait_lock_acquire(struct strait_lock *lock, int64_t spin_ns, int64_t timeout_ns);

/* Says that what the lock guards is whole again, after OWNER_DIED. 0; EPERM when the calling thread has not
 * got it, EINVAL when there is nothing to repair. */
int strait_lock_repaired(struct strait_lock *lock);

/* Gives it up. 0; EPERM when the calling thread has not got it. */
int strait_lock_release(struct strait_lock *lock);

/* Whether the calling thread has it. */
bool strait_lock_is_mine(const struct strait_lock *lock);

/* Ends the acquire and wait calls that threads of this process are waiting in, with EINTR. */
void strait_lock_interrupt(struct strait_lock *lock);

/*
 * Gives the lock up, waits for a notification, and takes the lock again. 0 when notified; it may come without
 * a notification, so what is waited for has to be looked at again. TIMED_OUT; EINTR after
 * strait_condition_interrupt; in all three the lock is the caller's again. OWNER_DIED, in place of any of
 * these, when it came back so. NOT_RECOVERABLE or CLOSED: it did not come back. EPERM when the calling thread
 * has not got the lock; EINVAL when lock and condition are not of one segment, or there is something to
 * repair.
 */
int strait_condition_wait(struct strait_condition *condition, struct strait_lock *lock, int64_t spin_ns,
                          int64_t timeout_ns);

/* Notifies the one that has waited longest, or all. To be called with the lock. */
void strait_condition_notify(struct strait_condition *condition);
void strait_condition_notify_all(struct strait_condition *condition);

/* Ends the wait calls that threads of this process are in, with EINTR. */
void strait_condition_interrupt(struct strait_condition *condition);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
