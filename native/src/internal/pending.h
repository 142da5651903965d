/*
 * A wait that has begun and that no thread is in. Somebody looks at it when the doorbell rings and ends it
 * when it is over: Java's virtual threads wait so, all of them by one thread.
 *
 * Between begin and end it is inside of its object, so that closing the segment waits for its end; its look
 * says CLOSED then. In a line it has its place from its begin on. One thread at a time looks at it or ends
 * it.
 */
#ifndef STRAIT_INTERNAL_PENDING_H
#define STRAIT_INTERNAL_PENDING_H

#include <stddef.h>

#include "internal/watch.h"

struct strait_pending {
    struct strait_watch watch; /* of which a wait set has a copy; its object is the pending */
    struct strait_watch *copy;
    int outcome; /* of the first look that was not in vain: there is no other after it */
    /* 0 for not yet, else the outcome. May take what is wanted. */
    int (*look)(struct strait_pending *pending);
    /* What the call shall return that waited, after it has left the object. */
    int (*end)(struct strait_pending *pending, int outcome);
};

/* What begins a wait fills in a pending; or leaves the NULL there, and answers what the call shall return. */

/* A pending of `bytes`, all 0 but for these; NULL when there is no memory. `watch` says what rings for it. */
void *strait_pending_new(size_t bytes, const struct strait_watch *watch,
                         int (*look)(struct strait_pending *pending),
                         int (*end)(struct strait_pending *pending, int outcome));

/* What the look has found. */
int strait_pending_look(struct strait_pending *pending);

/* Ends and frees it: what the call shall return, which is `reason` when it was not over. */
int strait_pending_end(struct strait_pending *pending, int reason);

#endif
