/* A process-shared pthread mutex. */
#include "shared_mutex.h"

static pthread_mutex_t *mutex;

static void pair_open(const struct parameters *parameters)
{
    (void)parameters;
    mutex = shared_mutex();
}

static inline void pair(void)
{
    if (pthread_mutex_lock(mutex) != 0 || pthread_mutex_unlock(mutex) != 0)
        side_fail("pthread_mutex");
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters;
}

#include "pairs.h"
