/*
 * A ring's inside.
 *
 * The lane is a circular buffer of lane_bytes, mapped twice back to back, so that position p stands at byte
 * p % lane_bytes and everything from there on is contiguous. Between cursor and tail lies what is published
 * and not consumed; between tail and the writer's own `claimed` what is claimed.
 *
 * Both sides keep the other's last seen position, and look at shared memory again only when that says full,
 * or empty. Positions are unsigned and only their differences count; a difference above lane_bytes, or one
 * that is no multiple of 8, is corruption and never becomes an index.
 */
#ifndef STRAIT_INTERNAL_RING_H
#define STRAIT_INTERNAL_RING_H

#include "internal/layout.h"
#include "internal/pending.h"
#include "internal/role.h"
#include "internal/watch.h"
#include "strait/ring.h"

struct strait_ring_writer {
    struct strait_role role;
    struct strait_ring *ring;
    uint64_t published; /* our own tail */
    uint64_t claimed;   /* end of what is claimed */
    uint64_t limit;     /* how far we may claim: the last seen cursor + lane_bytes */
    uint64_t end_said;  /* the reader's owner word whose END was returned */
};

struct strait_ring_reader {
    struct strait_role role;
    struct strait_ring *ring;
    uint64_t consumed; /* our own cursor */
    uint64_t tail;     /* last seen */
    uint64_t end_said; /* the writer's owner word whose END was returned */
    int pauses;        /* before the next look at the tail */
};

struct strait_ring {
    struct strait_segment *segment;
    struct strait_participant *participant; /* the segment's */
    struct strait_ring_control *control;
    struct strait_lane_control *lane;      /* lane 0 */
    struct strait_reader_control *reading; /* reader 0 */
    struct strait_cursor *cursor;          /* of reader 0 in lane 0 */
    unsigned char *bytes;                  /* lane 0, twice */
    uint64_t lane_bytes;
    bool spin_only;
    bool releases; /* STRAIT_READER_RELEASE */
    struct strait_ring_writer writer;
    struct strait_ring_reader reader;
};

/* Bytes that a message of `length` takes in the lane. */
static inline uint64_t strait_message_bytes(uint32_t length)
{
    return ((uint64_t)length + STRAIT_MESSAGE_HEADER + STRAIT_MESSAGE_ALIGNMENT - 1) &
           ~(uint64_t)(STRAIT_MESSAGE_ALIGNMENT - 1);
}

static inline unsigned char *strait_ring_at(const struct strait_ring *ring, uint64_t position)
{
    return ring->bytes + (position & (ring->lane_bytes - 1));
}

/* Whether a tail and a cursor can belong together. */
static inline bool strait_ring_is_sound(const struct strait_ring *ring, uint64_t tail, uint64_t cursor)
{
    return tail - cursor <= ring->lane_bytes && (tail | cursor) % STRAIT_MESSAGE_ALIGNMENT == 0;
}

/* How far the writer may claim as far as the reader is concerned whose owner word and cursor these are, or
 * -EUCLEAN. The word was read first. */
int strait_ring_limit(const struct strait_ring *ring, uint64_t published, uint64_t reader, uint64_t cursor,
                      uint64_t *limit);

/* Waits on behalf of a role: refuses what would sleep on a spin-only ring with -EINVAL, and says CLOSED when
 * the role is not, or no longer, the one that `owner` names. */
int strait_ring_wait(struct strait_ring *ring, struct strait_role *role, uint64_t owner,
                     _Atomic uint64_t *waiters, strait_look *look, void *context, int64_t spin_ns,
                     int64_t timeout_ns);

/* What strait_ring_await_space and strait_ring_await_data do, for a holder that keeps its positions itself:
 * Java. `owner` is the owner word of the role that it means. READY, END and the others as in strait/ring.h.
 */
int strait_ring_wait_space(struct strait_ring_writer *writer, uint64_t owner, uint64_t claimed,
                           uint32_t length, uint64_t end_said, int64_t spin_ns, int64_t timeout_ns);
int strait_ring_wait_data(struct strait_ring_reader *reader, uint64_t owner, uint64_t consumed,
                          uint64_t end_said, int64_t spin_ns, int64_t timeout_ns);

/* The same as pendings. */
int strait_ring_begin_space(struct strait_ring_writer *writer, uint64_t owner, uint64_t claimed,
                            uint32_t length, uint64_t end_said, struct strait_pending **pending);
int strait_ring_begin_data(struct strait_ring_reader *reader, uint64_t owner, uint64_t consumed,
                           uint64_t end_said, struct strait_pending **pending);

/* Watching for a message, and for room behind what is published; -EINVAL on a spin-only ring, and for a
 * length that never fits. */
int strait_ring_reader_watch(struct strait_ring_reader *reader, uint64_t owner, struct strait_watch *watch);
int strait_ring_writer_watch(struct strait_ring_writer *writer, uint64_t owner, uint32_t length,
                             struct strait_watch *watch);

/* Closing in two steps, as strait_segment_shut and strait_segment_free. The roles must be quiet. */
void strait_ring_shut(struct strait_ring *ring);
void strait_ring_free(struct strait_ring *ring);

#endif
