#include "kill_point.h"

#include "internal/kill_point.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
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
static bool only_in_java;      /* C's own points do not count */

static size_t point_of(const char *name, size_t length)
{
    size_t point = 0;
    while (point < POINTS && (strlen(names[point]) != length || strncmp(names[point], name, length) != 0))
        point++;
    return point;
}

/* Before main, or when the library is loaded: no thread is there yet. */
__attribute__((constructor)) static void choose(void)
{
    const char *text = getenv("STRAIT_KILL_AT");
    if (text == NULL)
        return;
    size_t length = strcspn(text, ":");
    chosen = point_of(text, length);
    only_in_java = getenv("STRAIT_KILL_IN_JAVA") != NULL;
    atomic_store(&passes, text[length] == ':' ? atol(text + length + 1) - 1 : 0);
    if (chosen == POINTS) {
        fprintf(stderr, "STRAIT_KILL_AT: there is no point %s\n", text);
        _exit(2);
    }
}

static void pass(size_t point)
{
    if (point != chosen || point == POINTS || atomic_fetch_sub(&passes, 1) > 0)
        return;
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

/* ---- Holding ---------------------------------------------------------------------------------------------
 */

#define HOLDS 4

static struct hold {
    char name[32]; /* empty for none */
    bool is_reached;
} holds[HOLDS];

static _Atomic bool is_any_held;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of the holds */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

/* NULL when there is none. */
static struct hold *hold_of(const char *name)
{
    for (size_t i = 0; i < HOLDS; i++)
        if (strcmp(holds[i].name, name) == 0)
            return &holds[i];
    return NULL;
}

static void stay(const char *name)
{
    if (!atomic_load(&is_any_held))
        return;
    pthread_mutex_lock(&mutex);
    struct hold *hold = hold_of(name);
    if (hold != NULL && !hold->is_reached) {
        hold->is_reached = true;
        while (hold_of(name) == hold)
            pthread_cond_wait(&changed, &mutex);
    }
    pthread_mutex_unlock(&mutex);
}

void kill_point_hold(const char *name)
{
    pthread_mutex_lock(&mutex);
    struct hold *hold = hold_of("");
    if (hold == NULL || strlen(name) >= sizeof hold->name)
        abort();
    strcpy(hold->name, name);
    hold->is_reached = false;
    atomic_store(&is_any_held, true);
    pthread_mutex_unlock(&mutex);
}

bool kill_point_is_reached(const char *name)
{
    pthread_mutex_lock(&mutex);
    const struct hold *hold = hold_of(name);
    bool is_reached = hold != NULL && hold->is_reached;
    pthread_mutex_unlock(&mutex);
    return is_reached;
}

void kill_point_let_go(const char *name)
{
    pthread_mutex_lock(&mutex);
    struct hold *hold = hold_of(name);
    if (hold != NULL)
        hold->name[0] = '\0';
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

/* ---- Coming to a point -----------------------------------------------------------------------------------
 */

void kill_point_reach(const char *name)
{
    pass(point_of(name, strlen(name)));
    stay(name);
}

void strait_kill_point(enum strait_kill_point point)
{
    if (!only_in_java)
        pass((size_t)point);
    stay(names[point]);
}
