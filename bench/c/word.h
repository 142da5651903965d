/* Two words in a mapped file, each on a line of its own and written by one side: there and back. */
#ifndef WORD_H
#define WORD_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "side.h"

struct words {
    _Alignas(128) _Atomic uint32_t there;
    _Alignas(128) _Atomic uint32_t back;
};

/* A word holds 1 more than the value, so that it begins as nothing; END is the largest. */
struct end {
    _Atomic uint32_t *out;
    _Atomic uint32_t *in;
    uint32_t seen;
};

static inline uint32_t word_of(int64_t value)
{
    return value == VALUE_END ? UINT32_MAX : (uint32_t)value + 1;
}

static inline int64_t value_of(uint32_t word)
{
    return word == UINT32_MAX ? VALUE_END : (int64_t)word - 1;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    const char *path = side_path(parameters, "words");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || posix_fallocate(fd, 0, sizeof(struct words)) != 0)
        side_fail(path);
    struct words *words = mmap(NULL, sizeof *words, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (words == MAP_FAILED)
        side_fail("mmap");
    close(fd);
    end->out = parameters->first ? &words->there : &words->back;
    end->in = parameters->first ? &words->back : &words->there;
    end->seen = 0;
}

static void end_close(struct end *end)
{
    (void)end;
}

#endif
