/* Strait's semaphore: plain, or recoverable when RECOVERABLE is defined. */
#include "using_strait.h"

#ifdef RECOVERABLE
enum { FLAGS = STRAIT_SEMAPHORE_RECOVERABLE };
#else
enum { FLAGS = 0 };
#endif

struct thing {
    struct strait_segment *segment;
    struct strait_semaphore *semaphore;
};

static struct thing pair_open(const struct parameters *parameters)
{
    static const struct strait_object objects[] = {STRAIT_SEMAPHORE("semaphore", 1, FLAGS)};
    struct thing thing = {.segment = open_segment(parameters, objects, 1, 0)};
    must("strait_semaphore_open", strait_semaphore_open(thing.segment, "semaphore", &thing.semaphore, NULL));
    return thing;
}

static inline void pair(struct thing thing)
{
    int result = strait_semaphore_acquire(thing.semaphore, 1, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0)
        result = strait_semaphore_release(thing.semaphore, 1);
    must("acquire and release", result);
}

static void pair_close(struct thing thing)
{
    strait_segment_close(thing.segment);
}

#include "pairs.h"
