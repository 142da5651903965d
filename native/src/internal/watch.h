/*
 * Waiting for several things at once.
 *
 * A watch is one thing that is waited for beside others. It takes nothing: after the wait the caller tries.
 * Each object makes its own, strait_<object>_watch. Watches of one wait stand in a struct strait_watches; a
 * round of them is the sleeper's half of internal/wait.h for all at once: the doorbells, the bits, one fence,
 * the looks; whoever owns them then sleeps on all the doorbells.
 *
 * While a round is under way, and the sleep behind it, the segments must stay: strait_watches_enter and
 * strait_watches_exit stand around both, and closing a segment (strait_participant_shut) waits in between. A
 * watch whose segment is being closed says CLOSED. Objects of a segment are not freed before the segment is.
 */
#ifndef STRAIT_INTERNAL_WATCH_H
#define STRAIT_INTERNAL_WATCH_H

#include "internal/futex.h"
#include "internal/wait.h"

struct strait_watch {
    /* Filled by the object that makes it. */
    struct strait_participant *participant; /* whose doorbell is rung for it */
    _Atomic uint64_t *waiters; /* where our bit goes before each look; NULL when we are rung without */
    int (*look)(struct strait_watch *watch); /* 0 for not yet, else the outcome; changes `seen` alone */
    void *object;                            /* for `look`, */
    uint64_t wanted;                         /* how much of it, or which */
    uint64_t owner;                          /* and in which role */
    uint64_t seen;                           /* a peer's word whose end was seen by the last look */
    uint64_t said;                           /* the last one whose end was told */
    /* The list's. */
    int outcome; /* of the last round; 0: not ready */
    struct strait_bell *bell;
    struct strait_watch *next;
    struct strait_watch *previous;
    /* Of whoever owns the list. */
    struct strait_watch *next_ready;
    void *context;
};

/* A doorbell that watches have in common. */
struct strait_bell {
    struct strait_participant *participant;
    struct strait_bell *next;
    uint32_t uses;
    bool is_inside; /* of its segment */
    bool is_closed; /* the segment: a wait has seen it */
};

struct strait_watches {
    struct strait_watch *first;
    struct strait_watch *last;
    struct strait_bell *bells;
    uint64_t bell_changes;           /* how often that list changed */
    struct strait_futex_words words; /* of the last round */
};

/* Adding and removing: not between enter and exit. A watch is in one list at a time. -ENOMEM. */
int strait_watches_add(struct strait_watches *watches, struct strait_watch *watch);
void strait_watches_remove(struct strait_watches *watches, struct strait_watch *watch);

void strait_watches_enter(struct strait_watches *watches);
void strait_watches_exit(struct strait_watches *watches);

/* Looks at all and sets their outcomes: how many are ready. */
uint32_t strait_watches_look(struct strait_watches *watches);

/* The same, so that one may sleep on `words` after it if none is. */
uint32_t strait_watches_round(struct strait_watches *watches);

/* An outcome was told: END and PEER_DIED are not said again before the peer's word is another. */
static inline void strait_watch_told(struct strait_watch *watch)
{
    if (watch->outcome == STRAIT_END || watch->outcome == STRAIT_PEER_DIED)
        watch->said = watch->seen;
}

/* The end of another participant: PEER_DIED, or END when it left. -EINVAL for one that cannot be, or is
 * ours. */
int strait_participant_watch(struct strait_participant *participant, uint32_t slot, uint64_t generation,
                             struct strait_watch *watch);

#endif
