#include "internal/pending.h"

#include <stdlib.h>

void *strait_pending_new(size_t bytes, const struct strait_watch *watch,
                         int (*end)(struct strait_pending *pending, int outcome))
{
    struct strait_pending *pending = calloc(1, bytes);
    if (pending == NULL)
        return NULL;
    *pending = (struct strait_pending){.watch = *watch, .end = end};
    pending->watch.object = pending;
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
