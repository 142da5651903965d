/*
 * Standing in line for something in a segment: a semaphore's permits, a lock.
 *
 * A participant stands in line with one ticket, that of the first of its threads that want the thing; the
 * others wait inside the process, first come, first served, until it is their turn. So one thread of each
 * process sleeps on its doorbell, and a release wakes one process.
 *
 *     stand in line    draw a ticket (each thread, as it comes); the process's first stores it in the slot's
 *                      cell and sets the slot's bit; then as in internal/wait.h, with the try as the look
 *     leave the line   the process's first: store the ticket of the thread behind it, so that nobody who
 *                      came later overtakes that one, or without one clear the bit, then the cell; full
 *                      fence; when the thing may be had and somebody is still in line, wake the first: he may
 *                      have been woken for us, or not at all
 *     release          make it free; full fence; when somebody is in line, wake the first, else all watchers
 *     the first        of the slots whose bit is set and whose cell is not 0 the one with the lowest ticket
 *
 * Watchers wait for the thing beside other things, and do not stand in line: as in internal/wait.h, with
 * `watchers` as the bitmap. They want what a newcomer could have, so they are told when nobody is in line:
 * by the release, or by the last who leaves the line while the thing may be had.
 *
 * Nobody clears another's bit but a reclaimer, which then rings everybody. native/model/semaphore.pml and
 * native/model/lock.pml check it.
 */
#ifndef STRAIT_INTERNAL_SYNC_H
#define STRAIT_INTERNAL_SYNC_H

#include <pthread.h>

#include "internal/objects.h"
#include "internal/pending.h"
#include "internal/watch.h"

struct strait_turn;

/* This process's side of one object, in one attachment. */
struct strait_sync {
    const struct strait_participant *participant;
    struct strait_object_view object;
    bool is_open;                /* the object's entry was checked */
    _Atomic bool closed;         /* or in a forked child, where the segment is not mapped */
    _Atomic unsigned inside;     /* threads inside a call that waits, or rings somebody */
    _Atomic uint32_t interrupts; /* how often the waits of this process were interrupted */
    _Atomic(void *) holder;      /* a lock's: which thread of this process has it */
    uint64_t own;                /* an owner word of ours */
    pthread_mutex_t mutex;       /* of the turns, */
    struct strait_turn *first;   /* which wait inside this process */
    struct strait_turn *last;
    unsigned turns;
};

/* How long to wait, and since when: an interrupt that came after `interrupts` was read ends it. */
struct strait_patience {
    uint32_t interrupts;
    int64_t spin_ns;
    int64_t timeout_ns;
};

/* What stands in line for what. */
struct strait_wanted {
    struct strait_sync *sync;
    struct strait_queue *queue;
    /* Takes it if that can be done at once: what the call shall return, or STRAIT_NOT_NOW. */
    int (*take)(struct strait_wanted *wanted, bool in_line);
    /* Whether somebody who is first in line might get it now. */
    bool (*may_be_had)(struct strait_sync *sync);
    uint64_t count;  /* for `take`: permits */
    void *thread;    /* and who takes it */
    bool is_pending; /* no thread waits, so `take` does not either */
    uint64_t ticket; /* from here on sync.c's */
    uint32_t interrupts;
};

#define STRAIT_NOT_NOW STRAIT_READY /* no result of a take */

/*
 * The object with that name, or at that index. -ENOENT when there is none, -EINVAL when it is of another
 * kind, -EUCLEAN when its entry is corrupt, -EBADF in a child that was forked since.
 */
int strait_sync_open(struct strait_segment *segment, const char *name, enum strait_object_kind kind,
                     struct strait_sync **sync, struct strait_failure *failure);
int strait_sync_open_at(struct strait_segment *segment, uint32_t index, enum strait_object_kind kind,
                        struct strait_sync **sync, struct strait_failure *failure);

/* Ends all waits in a segment's objects with CLOSED: before it is unmapped. */
void strait_sync_shut(struct strait_segment *segment);

/* Around fork(2), so that a child finds nothing half opened; and what it does then: all calls answer CLOSED.
 */
void strait_sync_hold_still(void);
void strait_sync_go_on(void);
void strait_sync_forked(struct strait_segment *segment);

/* What each call looks at before it touches the segment. */
static inline bool strait_sync_is_closed(const struct strait_sync *sync)
{
    return atomic_load_explicit(&sync->closed, memory_order_relaxed);
}

/* Around waiting and ringing: strait_sync_shut waits until we are out. Enter says false when that has begun.
 */
bool strait_sync_enter(struct strait_sync *sync);
void strait_sync_exit(struct strait_sync *sync);

/* That of a call from C, which is interrupted by what comes after it has begun. */
static inline struct strait_patience strait_sync_patience(const struct strait_sync *sync, int64_t spin_ns,
                                                          int64_t timeout_ns)
{
    return (struct strait_patience){atomic_load(&sync->interrupts), spin_ns, timeout_ns};
}

/* CLOSED, -EINTR, or 0. */
int strait_sync_look(struct strait_sync *sync, uint32_t interrupts);

/* Makes the waits that this process's threads are in return -EINTR. */
void strait_sync_interrupt(struct strait_sync *sync);

/* Takes what is wanted as soon as the line lets it. */
int strait_sync_wait(struct strait_wanted *wanted, const struct strait_patience *patience);

/* As strait_sync_take, as a pending, which stands in line at once. */
int strait_sync_begin(struct strait_wanted *wanted, struct strait_pending **pending);

/* Takes what is wanted, in line if need be: what `take` answered, TIMED_OUT, CLOSED or -EINTR. Inline, so
 * that the compiler knows `take`. */
static inline int strait_sync_take(struct strait_wanted *wanted, const struct strait_patience *patience)
{
    if (strait_sync_is_closed(wanted->sync))
        return STRAIT_CLOSED;
    int result = wanted->take(wanted, false);
    return result == STRAIT_NOT_NOW ? strait_sync_wait(wanted, patience) : result;
}

/* A watch of something in it. */
static inline struct strait_watch strait_sync_watch(struct strait_sync *sync, _Atomic uint64_t *waiters,
                                                    int (*look)(struct strait_watch *), uint64_t wanted)
{
    return (struct strait_watch){.participant = sync->participant->segment->self,
                                 .waiters = waiters,
                                 .look = look,
                                 .object = sync,
                                 .wanted = wanted};
}

/* Whether nobody stands in line in front of us. */
bool strait_sync_is_first(const struct strait_sync *sync, const struct strait_queue *queue, uint64_t ticket);

/* How many processes stand in line, and threads of this process behind its first. */
int strait_sync_queued(struct strait_sync *sync, const struct strait_queue *queue);

/* Wakes the first of those who stand in line, or if there is none all who watch. */
void strait_sync_wake(struct strait_sync *sync, struct strait_queue *queue);

/* The same, if there is anybody. What they wait for was made free by a sequentially consistent operation.
 * ORDER: that before the look at who waits. PAIRS WITH the fences in sleep_until, wait.c, and
 * strait_watches_round. */
static inline void strait_sync_released(struct strait_sync *sync, struct strait_queue *queue)
{
    if (atomic_load_explicit(&queue->waiting, memory_order_seq_cst) != 0 ||
        atomic_load_explicit(&queue->watchers, memory_order_seq_cst) != 0)
        strait_sync_wake(sync, queue);
}

#endif
