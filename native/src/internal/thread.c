#include "internal/thread.h"

#include <limits.h>
#include <signal.h>

#include "internal/pin.h"

PIN(pthread_attr_setstacksize);
PIN(pthread_create);
PIN(pthread_join);
PIN(pthread_sigmask);

#define STACK_BYTES (64 * 1024)

int strait_thread_start(pthread_t *thread, void *(*run)(void *))
{
    pthread_attr_t attributes;
    sigset_t every;
    sigset_t before;
    sigfillset(&every);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN + STACK_BYTES);
    pthread_sigmask(SIG_SETMASK, &every, &before);
    int error = pthread_create(thread, &attributes, run, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return -error;
}

void strait_thread_join(pthread_t thread)
{
    pthread_join(thread, NULL);
}
