/* What JNI needs beside the public calls: watches that others make, a wait whose interrupts are counted from
 * before it begins, and closing in two steps. */
#ifndef STRAIT_INTERNAL_WAIT_SET_H
#define STRAIT_INTERNAL_WAIT_SET_H

#include "internal/pending.h"
#include "internal/sync.h"
#include "internal/watch.h"
#include "strait/wait_set.h"

/* Adds a copy of `made`. Errors as the public ones. */
int strait_wait_set_add(struct strait_wait_set *set, const struct strait_watch *made,
                        struct strait_watch **watch, struct strait_failure *failure);

/* How often it was interrupted. */
uint32_t strait_wait_set_interrupts(const struct strait_wait_set *set);

int strait_wait_set_pass(struct strait_wait_set *set, const struct strait_patience *patience);

/* A wait as a pending, whose outcome is READY when something may be, or after a wake-up: the next await
 * tells. Its watch is that of a descriptor, strait_wait_set_add_fd. Until its end the set is busy. */
int strait_wait_set_begin(struct strait_wait_set *set, struct strait_pending **pending);

/* Ends the wait that is under way, and removes all. Calls answer CLOSED from then on. */
void strait_wait_set_shut(struct strait_wait_set *set);

#endif
