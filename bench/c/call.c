/* One mechanism of calls.h, which MECHANISM names, as a program. It has a second thread, which only waits:
 * the kernel takes a reference to the file of a descriptor where threads share the table of descriptors, as
 * those of a JVM do, and none where there is only one. */
#include <pthread.h>

#include "calls.h"

#define JOIN(mechanism, verb) mechanism##_##verb
#define NAME(mechanism, verb) JOIN(mechanism, verb)
#define ITS(verb)             NAME(MECHANISM, verb)

static void *wait_forever(void *unused)
{
    pause();
    return unused;
}

static struct thing pair_open(const struct parameters *parameters)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, wait_forever, NULL) == 0, "pthread_create");
    return ITS(open)(parameters);
}

static inline void pair(struct thing thing)
{
    ITS(put)(thing);
    ITS(take)(thing);
}

static void pair_close(struct thing thing)
{
    (void)thing; /* the process ends */
}

#ifdef HAS_REMOVE
static void pair_remove(const struct parameters *parameters)
{
    ITS(remove)(parameters);
}
#endif

#include "pairs.h"
