#include "internal/thread.h"

#include <limits.h>
#include <signal.h>

/*
 * glibc 2.32 and 2.34 gave these functions new versions when they moved into libc.so; the old ones are the
 * same. A shared library built here shall run with glibc 2.17; in a static archive there are no versions.
 */
#if defined(STRAIT_SHARED) && defined(__GLIBC__)
#if defined(__x86_64__)
#define FLOOR "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define FLOOR "GLIBC_2.17"
#endif
#endif
#ifdef FLOOR
#define PIN(symbol) __asm__(".symver " #symbol "," #symbol "@" FLOOR)
PIN(pthread_attr_setstacksize);
PIN(pthread_create);
PIN(pthread_join);
PIN(pthread_sigmask);
#endif

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
