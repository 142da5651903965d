/* What the peers of both kill suites share: who they are, what they say when something is not so, and chance.
 */
#ifndef STRAIT_TEST_KILL_PEER_H
#define STRAIT_TEST_KILL_PEER_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "strait/strait.h"

#define check(condition, ...)                                                                                \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            give_up(#condition, __VA_ARGS__);                                                                \
    } while (0)

static const char *directory;
static const char *role;
static _Thread_local uint64_t random_state;

__attribute__((format(printf, 2, 3), noreturn)) static void give_up(const char *condition, const char *format,
                                                                    ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "%s %d: not so: %s: %s\n", role, (int)getpid(), condition, text);
    _exit(1);
}

static const char *name_of(int result)
{
    const char *name = strait_outcome_name(result);
    return name != NULL ? name : result < 0 ? strait_errno_symbol(result) : "a number";
}

static uint64_t random_below(uint64_t bound)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (random_state >> 33) % bound;
}

static void pause_ns(long ns)
{
    nanosleep(&(struct timespec){0, ns}, NULL);
}

/* What the test has put there. */
static void *open_ledger(const char *path, size_t bytes)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    check(fd >= 0, "%s", path);
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(memory != MAP_FAILED, "%s", path);
    close(fd);
    return memory;
}

#endif
