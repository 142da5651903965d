#include "internal/pending.h"

#include <stdlib.h>

static int look(struct strait_watch *watch)
{
    return strait_pending_look(watch->object);
}

void *strait_pending_new(size_t bytes, const struct strait_watch *watch,
                         int (*look_for)(struct strait_pending *pending),
                         int (*end)(struct strait_pending *pending, int outcome))
{
    struct strait_pending *pending = calloc(1, bytes);
    if (pending == NULL)
        return NULL;
    *pending = (struct strait_pending){.watch = *watch, .look = look_for, .end = end};
    pending->watch.look = look;
    pending->watch.object = pending;
    return pending;
}

int strait_pending_look(struct strait_pending *pending)
{
    if (pending->outcome == 0)
        pending->outcome = pending->look(pending);
    return pending->outcome;
}

int strait_pending_end(struct strait_pending *pending, int reason)
{
    int outcome = strait_pending_look(pending);
    int result = pending->end(pending, outcome != 0 ? outcome : reason);
    free(pending);
    return result;
}
