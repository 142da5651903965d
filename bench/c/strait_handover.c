/*
 * Strait's locks, or semaphores when SEMAPHORES is defined, handed over from side to side: what they guard is
 * a word that says which value has come. HandOver.java is the same in Java, and either can be the other's
 * peer.
 *
 * Message n is handed over by giving up lock n modulo 3, which the other side waits for; it keeps that until
 * it hands over message n + 3. So nobody ever takes back what he has just given up, and each hand-over is one
 * wake-up. Of semaphores there is one for each direction.
 */
#include "using_strait.h"

#ifdef SEMAPHORES
static const struct strait_object objects[] = {STRAIT_SEMAPHORE("0", 0, 0), STRAIT_SEMAPHORE("1", 0, 0)};
enum { COUNT = 2 };
typedef struct strait_semaphore baton;
#define baton_open    strait_semaphore_open
#define baton_take(b) strait_semaphore_acquire(b, 1, 0, STRAIT_WAIT_FOREVER)
#define baton_give(b) strait_semaphore_release(b, 1)
#else
static const struct strait_object objects[] = {STRAIT_LOCK("0"), STRAIT_LOCK("1"), STRAIT_LOCK("2")};
enum { COUNT = 3 };
typedef struct strait_lock baton;
#define baton_open    strait_lock_open
#define baton_take(b) strait_lock_acquire(b, 0, STRAIT_WAIT_FOREVER)
#define baton_give(b) strait_lock_release(b)
#endif

struct end {
    struct strait_segment *segment;
    baton *batons[COUNT];
    int64_t *value;
    int next; /* who has it sends, or waits for it */
};

static void advance(struct end *end)
{
    end->next = end->next + 1 == COUNT ? 0 : end->next + 1;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    end->segment = open_segment(parameters, objects, COUNT, sizeof *end->value);
    end->value = strait_segment_user(end->segment);
    for (int i = 0; i < COUNT; i++)
        must("opening", baton_open(end->segment, objects[i].name, &end->batons[i], NULL));
#ifndef SEMAPHORES
    for (int i = parameters->first ? 0 : 1; i < COUNT; i += 2)
        must("the first lock", baton_take(end->batons[i]));
#endif
}

static void end_close(struct end *end)
{
    strait_segment_close(end->segment);
}

static inline bool end_offer(struct end *end, int64_t value)
{
    *end->value = value;
    must("giving", baton_give(end->batons[end->next]));
    advance(end);
    return true;
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    must("taking", baton_take(end->batons[end->next]));
    advance(end);
    sink(state, *end->value);
    return 1;
}

#define WITHOUT_STREAM
#define WITHOUT_CYCLE
#include "roles.h"
