/* Strait's lock. */
#include "using_strait.h"

static struct strait_segment *segment;
static struct strait_lock *lock;

static void pair_open(const struct parameters *parameters)
{
    static const struct strait_object objects[] = {STRAIT_LOCK("lock")};
    segment = open_segment(parameters, objects, 1, 0);
    must("strait_lock_open", strait_lock_open(segment, "lock", &lock, NULL));
}

static inline void pair(void)
{
    int result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0)
        result = strait_lock_release(lock);
    must("lock and unlock", result);
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters;
    strait_segment_close(segment);
}

#include "pairs.h"
