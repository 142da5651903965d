#include "internal/pending.h"

#include <stdlib.h>

#include "internal/deadline.h"

void *strait_pending_new(size_t bytes, const struct strait_watch *watch,
                         int (*end)(struct strait_pending *pending, int outcome))
{
    struct strait_pending *pending = calloc(1, bytes);
    if (pending != NULL)
        *pending = (struct strait_pending){.watch = *watch, .end = end};
    return pending;
}

int strait_pending_end(struct strait_pending *pending, int outcome)
{
    int result = pending->end(pending, outcome);
    free(pending);
    return result;
}

int strait_pending_cancel(struct strait_pending *pending, int reason)
{
    int outcome = pending->watch.look(&pending->watch);
    return strait_pending_end(pending, outcome != 0 ? outcome : reason);
}

/* ---- Looking after many ----------------------------------------------------------------------------------
 */

int strait_pendings_add(struct strait_pendings *pendings, struct strait_pending *pending)
{
    return strait_watches_add(&pendings->watches, &pending->watch);
}

int strait_pendings_cancel(struct strait_pendings *pendings, struct strait_pending *pending, int reason)
{
    strait_watches_remove(&pendings->watches, &pending->watch);
    return strait_pending_cancel(pending, reason);
}

/* From inside. */
static int look_or_sleep(struct strait_pendings *pendings, int64_t timeout_ns)
{
    uint32_t bell = atomic_load_explicit(&pendings->bell, memory_order_acquire);
    bool was_woken = bell != pendings->heard;
    uint32_t count = strait_watches_round(&pendings->watches);
    pendings->heard = bell;
    if (count > 0 || was_woken)
        return (int)count;
    strait_futex_words_expect(&pendings->watches.words, &pendings->bell, bell);
    return strait_futex_sleep(&pendings->watches.words,
                              strait_deadline_after(timeout_ns < STRAIT_NAP_NS ? timeout_ns : STRAIT_NAP_NS));
}

int strait_pendings_await(struct strait_pendings *pendings, int64_t timeout_ns)
{
    strait_watches_enter(&pendings->watches);
    int result = look_or_sleep(pendings, timeout_ns);
    strait_watches_exit(&pendings->watches);
    return result;
}

struct strait_pending *strait_pendings_fetch(struct strait_pendings *pendings, int *result)
{
    struct strait_watch *watch = pendings->watches.first;
    while (watch != NULL && watch->outcome == 0)
        watch = watch->next;
    if (watch == NULL)
        return NULL;
    int outcome = watch->outcome;
    strait_watches_remove(&pendings->watches, watch);
    *result = strait_pending_end((struct strait_pending *)watch, outcome);
    return (struct strait_pending *)watch;
}

void strait_pendings_wake(struct strait_pendings *pendings)
{
    atomic_fetch_add(&pendings->bell, 1);
    strait_futex_wake_all(&pendings->bell);
}
