/* What JNI needs beside the public calls: a wait whose interrupts are counted from before it begins, and one
 * that is pending. */
#ifndef STRAIT_INTERNAL_SEMAPHORE_H
#define STRAIT_INTERNAL_SEMAPHORE_H

#include "internal/sync.h"
#include "strait/semaphore.h"

int strait_semaphore_take(struct strait_semaphore *semaphore, uint32_t permits,
                          const struct strait_patience *patience);
int strait_semaphore_begin(struct strait_semaphore *semaphore, uint32_t permits,
                           struct strait_pending **pending);

/* Watching for so many permits that a newcomer could take; -EINVAL for 0, or more than there ever are. */
int strait_semaphore_watch(struct strait_semaphore *semaphore, uint32_t permits, struct strait_watch *watch);

#endif
