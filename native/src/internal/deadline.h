/* Points in time: nanoseconds of CLOCK_MONOTONIC, the same clock as Java's System.nanoTime. */
#ifndef STRAIT_INTERNAL_DEADLINE_H
#define STRAIT_INTERNAL_DEADLINE_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

#define STRAIT_NS_PER_SECOND INT64_C(1000000000)
#define STRAIT_NEVER         INT64_MAX

static inline int64_t strait_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * STRAIT_NS_PER_SECOND + now.tv_nsec;
}

static inline int64_t strait_now_ns(void)
{
    return strait_clock_ns(CLOCK_MONOTONIC);
}

/* timeout_ns from now; a negative timeout has passed already, an overflowing one never passes. */
static inline int64_t strait_deadline_after(int64_t timeout_ns)
{
    int64_t now = strait_now_ns();
    return timeout_ns > STRAIT_NEVER - now ? STRAIT_NEVER : now + timeout_ns;
}

static inline int64_t strait_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline struct timespec strait_timespec(int64_t ns)
{
    struct timespec time = {.tv_sec = ns / STRAIT_NS_PER_SECOND, .tv_nsec = ns % STRAIT_NS_PER_SECOND};
    return time;
}

/* Between two looks at something that another is about to finish. */
static inline void strait_pause_ns(long ns)
{
    struct timespec left = {.tv_nsec = ns};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

#endif
