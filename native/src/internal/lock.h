/* What JNI needs beside the public calls: whose thread it is, and a wait whose interrupts are counted from
 * before it begins. */
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

/* Watching for the lock to be free: READY, OWNER_DIED or NOT_RECOVERABLE. */
void strait_lock_watch(struct strait_lock *lock, struct strait_watch *watch);

#endif
