/* Strait's semaphore: plain, or recoverable when RECOVERABLE is defined. */
#include "using_strait.h"

#ifdef RECOVERABLE
enum { FLAGS = STRAIT_SEMAPHORE_RECOVERABLE };
#else
enum { FLAGS = 0 };
#endif

static struct strait_segment *segment;
static struct strait_semaphore *semaphore;

static void pair_open(const struct parameters *parameters)
{
    static const struct strait_object objects[] = {STRAIT_SEMAPHORE("semaphore", 1, FLAGS)};
    segment = open_segment(parameters, objects, 1, 0);
    must("strait_semaphore_open", strait_semaphore_open(segment, "semaphore", &semaphore, NULL));
}

static inline void pair(void)
{
    int result = strait_semaphore_acquire(semaphore, 1, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0)
        result = strait_semaphore_release(semaphore, 1);
    must("acquire and release", result);
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters;
    strait_segment_close(segment);
}

#include "pairs.h"
