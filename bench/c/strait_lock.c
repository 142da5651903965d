/* Strait's lock. */
#include "using_strait.h"

struct thing {
    struct strait_segment *segment;
    struct strait_lock *lock;
};

static struct thing pair_open(const struct parameters *parameters)
{
    static const struct strait_object objects[] = {STRAIT_LOCK("lock")};
    struct thing thing = {.segment = open_segment(parameters, objects, 1, 0)};
    must("strait_lock_open", strait_lock_open(thing.segment, "lock", &thing.lock, NULL));
    return thing;
}

static inline void pair(struct thing thing)
{
    int result = strait_lock_acquire(thing.lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0)
        result = strait_lock_release(thing.lock);
    must("lock and unlock", result);
}

static void pair_close(struct thing thing)
{
    strait_segment_close(thing.segment);
}

#include "pairs.h"
