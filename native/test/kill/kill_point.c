#include "internal/kill_point.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[] = {
#define NAME(name) #name,
    STRAIT_KILL_POINT_MAP(NAME)};

#define POINTS (sizeof names / sizeof names[0])

static size_t chosen = POINTS; /* none */
static _Atomic long passes;    /* how often it is passed, before it kills */

/* Before main, or when the library is loaded: no thread is there yet. */
__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("STRAIT_KILL_AT");
    if (text == NULL)
        return;
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < POINTS; i++)
        if (strlen(names[i]) == length && strncmp(names[i], text, length) == 0)
            chosen = i;
    atomic_store(&passes, text[length] == ':' ? atol(text + length + 1) - 1 : 0);
    if (chosen == POINTS) {
        fprintf(stderr, "STRAIT_KILL_AT: there is no point %s\n", text);
        _exit(2);
    }
}

void strait_kill_point(enum strait_kill_point point)
{
    if ((size_t)point != chosen || atomic_fetch_sub(&passes, 1) > 0)
        return;
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}
