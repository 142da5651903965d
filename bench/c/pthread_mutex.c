/* A process-shared pthread mutex. */
#include "shared_mutex.h"

struct thing {
    pthread_mutex_t *mutex;
};

static struct thing pair_open(const struct parameters *parameters)
{
    (void)parameters;
    return (struct thing){shared_mutex()};
}

static inline void pair(struct thing thing)
{
    if (pthread_mutex_lock(thing.mutex) != 0 || pthread_mutex_unlock(thing.mutex) != 0)
        side_fail("pthread_mutex");
}

static void pair_close(struct thing thing)
{
    (void)thing;
}

#include "pairs.h"
