/* One mechanism of calls.h, which MECHANISM names, as a program. */
#include "calls.h"

#define JOIN(mechanism, verb) mechanism##_##verb
#define NAME(mechanism, verb) JOIN(mechanism, verb)
#define ITS(verb)             NAME(MECHANISM, verb)

static struct thing pair_open(const struct parameters *parameters)
{
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
