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
    struct strait_watch watch; /* whose look may take what is wanted, once: then it is to be ended */
    /* What the call shall return that waited, after it has left the object. */
    int (*end)(struct strait_pending *pending, int outcome);
};

/* What begins a wait fills in a pending; or leaves the NULL there, and answers what the call shall return. */

/* A pending of `bytes`, all 0 but for these; NULL when there is no memory. */
void *strait_pending_new(size_t bytes, const struct strait_watch *watch,
                         int (*end)(struct strait_pending *pending, int outcome));

/* Ends and frees it: what the call shall return. */
int strait_pending_end(struct strait_pending *pending, int outcome);

/* Looks a last time, and ends it with `reason` when it is not over. */
int strait_pending_cancel(struct strait_pending *pending, int reason);

/* ---- Looking after many ----------------------------------------------------------------------------------
 *
 * By one thread, which alone may call what is below but for strait_pendings_wake.
 */

struct strait_pendings {
    struct strait_watches watches;
    _Atomic uint32_t bell; /* rung by strait_pendings_wake, */
    uint32_t heard;        /* and heard by the last wait */
};

int strait_pendings_add(struct strait_pendings *pendings, struct strait_pending *pending);

/* As strait_pending_cancel, for one that was added. */
int strait_pendings_cancel(struct strait_pendings *pendings, struct strait_pending *pending, int reason);

/*
 * Looks at all, and sleeps once, for timeout_ns at most, unless one is over or strait_pendings_wake was
 * called since the last time. How many are over, which are then to be fetched before anything else is done;
 * or what a sandbox answers that lets nobody sleep.
 */
int strait_pendings_await(struct strait_pendings *pendings, int64_t timeout_ns);

/* Ends the next one that is over: which it was, and what the call shall return. NULL when there is none. */
struct strait_pending *strait_pendings_fetch(struct strait_pendings *pendings, int *result);

/* Ends the wait that is under way, or the next one. */
void strait_pendings_wake(struct strait_pendings *pendings);

#endif
