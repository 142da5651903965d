/* What JNI needs beside the public calls: whose thread it is, a wait whose interrupts are counted from before
 * it begins, and one that is pending. */
#ifndef STRAIT_INTERNAL_LOCK_H
#define STRAIT_INTERNAL_LOCK_H

#include "internal/sync.h"
#include "strait/lock.h"

/* `thread` is any address that differs in every thread, and is not NULL. */
int strait_lock_take(struct strait_lock *lock, void *thread, const struct strait_patience *patience);
int strait_lock_repair(struct strait_lock *lock, void *thread);
int strait_lock_give(struct strait_lock *lock, void *thread);
int strait_condition_await(struct strait_condition *condition, struct strait_lock *lock, void *thread,
                           const struct strait_patience *patience);

/* Nobody's: who is told that it was taken says whose it is. */
int strait_lock_begin(struct strait_lock *lock, struct strait_pending **pending);

/* Gives the lock up, unless that fails, and waits for the notification; then the lock has to be taken again.
 */
int strait_condition_begin(struct strait_condition *condition, struct strait_lock *lock, void *thread,
                           struct strait_pending **pending);

/* Watching for the lock to be free: READY, OWNER_DIED or NOT_RECOVERABLE. */
void strait_lock_watch(struct strait_lock *lock, struct strait_watch *watch);

#endif
