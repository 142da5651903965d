/* A process-shared mutex that knows nothing of its owner's death. */
#ifndef SHARED_MUTEX_H
#define SHARED_MUTEX_H

#include <pthread.h>

#include "shared.h"

static inline pthread_mutex_t *shared_mutex(void)
{
    pthread_mutex_t *mutex = shared_memory(sizeof *mutex);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (pthread_mutex_init(mutex, &attributes) != 0)
        side_fail("pthread_mutex_init");
    return mutex;
}

#endif
