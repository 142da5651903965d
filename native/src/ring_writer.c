#include <errno.h>
#include <string.h>

#include "internal/failure.h"
#include "internal/kill_point.h"
#include "internal/ring.h"

int strait_ring_writer_open(struct strait_ring *ring, struct strait_ring_writer **opened,
                            struct strait_failure *failure)
{
    struct strait_ring_writer *writer = &ring->writer;
    int result = strait_role_open(&writer->role, failure);
    if (result < 0)
        return result;
    uint64_t tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    uint64_t reader = atomic_load_explicit(&ring->reading->owner, memory_order_acquire);
    uint64_t cursor = atomic_load_explicit(&ring->cursor->position, memory_order_acquire);
    uint64_t limit;
    if (strait_ring_limit(ring, tail, reader, cursor, &limit) < 0 || tail % STRAIT_MESSAGE_ALIGNMENT != 0) {
        strait_role_close(&writer->role);
        return strait_fail(failure, "writer_open", -EUCLEAN);
    }
    writer->published = tail;
    writer->claimed = tail;
    writer->limit = tail; /* so that the first claim looks at the cursor, behind a fence */
    writer->end_said = 0;
    atomic_store(&writer->role.closed, false);
    *opened = writer;
    return 0;
}

void strait_ring_writer_close(struct strait_ring_writer *writer)
{
    if (strait_role_quiesce(&writer->role))
        strait_role_close(&writer->role);
}

int strait_ring_limit(const struct strait_ring *ring, uint64_t published, uint64_t reader, uint64_t cursor,
                      uint64_t *limit)
{
    enum strait_owner_state state = strait_owner_state(reader);
    bool counts = !ring->releases || state == STRAIT_OWNER_LIVE || state == STRAIT_OWNER_FREE;
    if (!counts)
        cursor = published;
    /* While a reader joined, the writer may have gone on by more than a lane: then the lane is full until the
     * reader has looked at the tail again. */
    bool is_far_behind = ring->releases && (int64_t)(published - cursor) > (int64_t)ring->lane_bytes;
    if (is_far_behind && cursor % STRAIT_MESSAGE_ALIGNMENT == 0)
        cursor = published - ring->lane_bytes;
    if (!strait_ring_is_sound(ring, published, cursor))
        return -EUCLEAN;
    *limit = cursor + ring->lane_bytes;
    return 0;
}

/* Looks at the cursor again. 0 when `end` may be claimed, FULL, or -EUCLEAN. */
static int refresh_limit(struct strait_ring_writer *writer, uint64_t end)
{
    struct strait_ring *ring = writer->ring;
    /* ORDER: our tail before the look at the reader. PAIRS WITH join_at_tail. */
    strait_fence();
    uint64_t reader = atomic_load_explicit(&ring->reading->owner, memory_order_acquire);
    /* ORDER: the cursor before we store into what it gave free. PAIRS WITH publish_cursor. */
    uint64_t cursor = atomic_load_explicit(&ring->cursor->position, memory_order_acquire);
    int result = strait_ring_limit(ring, writer->published, reader, cursor, &writer->limit);
    if (result < 0)
        return result;
    return (int64_t)(end - writer->limit) > 0 ? STRAIT_FULL : 0;
}

/* The role has begun. */
static int claim(struct strait_ring_writer *writer, int32_t type, uint32_t length, void **payload)
{
    struct strait_ring *ring = writer->ring;
    if (length > ring->lane_bytes - STRAIT_MESSAGE_HEADER)
        return -EINVAL;
    uint64_t end = writer->claimed + strait_message_bytes(length);
    if ((int64_t)(end - writer->limit) > 0) {
        int result = refresh_limit(writer, end);
        if (result != 0)
            return result;
    }
    unsigned char *message = strait_ring_at(ring, writer->claimed);
    uint64_t header = (uint64_t)(uint32_t)type << 32 | length;
    memcpy(message, &header, sizeof header);
    *payload = message + STRAIT_MESSAGE_HEADER;
    writer->claimed = end;
    STRAIT_KILL_POINT(claim_header);
    return 0;
}

int strait_ring_claim_more(struct strait_ring_writer *writer, int32_t type, uint32_t length, void **payload)
{
    if (!strait_role_begin(&writer->role))
        return STRAIT_CLOSED;
    int result = claim(writer, type, length, payload);
    strait_role_end(&writer->role);
    return result;
}

int strait_ring_claim(struct strait_ring_writer *writer, int32_t type, uint32_t length, void **payload)
{
    if (writer->claimed != writer->published &&
        !atomic_load_explicit(&writer->role.closed, memory_order_relaxed))
        return -EBUSY;
    return strait_ring_claim_more(writer, type, length, payload);
}

/*
 * One store publishes a batch, and what it leaves behind is whole whenever the writer dies. The price is the
 * tail's own line: publishing in the message's header instead, as rings without a tail do, took 275 ns a
 * round trip in C where this takes 300 (370 before the reader fetched lines early), but needs a walk to find
 * the end of what a dead writer has published, and a word of room behind it that has to be cleared first.
 *
 * Tried on top, without effect on the median: fetching the next message's lines for writing after the commit,
 * lanes of 4 and 64 KiB.
 *
 * The role has begun, and is ended here: after waking, because a closer that waits for us may unmap the ring.
 */
static void publish(struct strait_ring_writer *writer)
{
    struct strait_ring *ring = writer->ring;
    STRAIT_KILL_POINT(commit_before_tail);
    /* ORDER: headers and payloads before the tail. PAIRS WITH look_at_lane. */
    atomic_store_explicit(&ring->lane->tail, writer->claimed, memory_order_release);
    writer->published = writer->claimed;
    STRAIT_KILL_POINT(commit_after_tail);
    if (!ring->spin_only)
        strait_wait_published(ring->participant, &ring->control->data_waiters);
    STRAIT_KILL_POINT(commit_done);
    strait_role_end(&writer->role);
}

int strait_ring_commit(struct strait_ring_writer *writer)
{
    if (!strait_role_begin(&writer->role))
        return STRAIT_CLOSED;
    if (writer->claimed == writer->published) {
        strait_role_end(&writer->role);
        return -EINVAL;
    }
    publish(writer);
    return 0;
}

void strait_ring_abort(struct strait_ring_writer *writer)
{
    writer->claimed = writer->published;
}

int strait_ring_offer(struct strait_ring_writer *writer, int32_t type, const void *payload, uint32_t length)
{
    void *claimed;
    if (!strait_role_begin(&writer->role))
        return STRAIT_CLOSED;
    int result = writer->claimed != writer->published ? -EBUSY : claim(writer, type, length, &claimed);
    if (result != 0) {
        strait_role_end(&writer->role);
        return result;
    }
    if (length > 0)
        memcpy(claimed, payload, length);
    publish(writer);
    return 0;
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

/* Whether `end` may be claimed: READY, END, PEER_DIED, -EUCLEAN, or 0. */
static int look_at_reader(const struct strait_ring *ring, uint64_t published, uint64_t end,
                          uint64_t *end_said)
{
    /* ORDER: our tail before the look at the reader, as in refresh_limit. */
    strait_fence();
    /* ORDER: the reader's state before its cursor, so that what it did last is not missed. PAIRS WITH
     * strait_role_close. */
    uint64_t reader = atomic_load_explicit(&ring->reading->owner, memory_order_acquire);
    uint64_t cursor = atomic_load_explicit(&ring->cursor->position, memory_order_acquire);
    uint64_t limit;
    if (strait_ring_limit(ring, published, reader, cursor, &limit) < 0)
        return -EUCLEAN;
    if ((int64_t)(end - limit) <= 0)
        return STRAIT_READY;
    return strait_role_news_of(reader, end_said);
}

static uint64_t own_tail(const struct strait_ring *ring)
{
    return atomic_load_explicit(&ring->lane->tail, memory_order_relaxed);
}

struct space_wait {
    struct strait_ring_writer *writer;
    uint64_t end;       /* of the claim that shall fit */
    uint64_t *end_said; /* set by the look that says END: once we have left the wait, the ring may be freed */
};

static int look_for_space(void *context)
{
    struct space_wait *wait = context;
    struct strait_ring *ring = wait->writer->ring;
    int result = strait_role_look(&wait->writer->role);
    return result != 0 ? result : look_at_reader(ring, own_tail(ring), wait->end, wait->end_said);
}

static int wait_for_space(struct space_wait *wait, uint64_t owner, int64_t spin_ns, int64_t timeout_ns)
{
    struct strait_ring *ring = wait->writer->ring;
    return strait_ring_wait(ring, &wait->writer->role, owner, &ring->control->space_waiters, look_for_space,
                            wait, spin_ns, timeout_ns);
}

int strait_ring_wait_space(struct strait_ring_writer *writer, uint64_t owner, uint64_t claimed,
                           uint32_t length, uint64_t end_said, int64_t spin_ns, int64_t timeout_ns)
{
    struct space_wait wait = {writer, claimed + strait_message_bytes(length), &end_said};
    return wait_for_space(&wait, owner, spin_ns, timeout_ns);
}

struct pending_space {
    struct strait_pending pending;
    struct space_wait wait;
    uint64_t end_said;
};

static int look_at_pending(struct strait_pending *pending)
{
    return look_for_space(&((struct pending_space *)pending)->wait);
}

static int leave_pending(struct strait_pending *pending, int outcome)
{
    strait_role_exit(&((struct pending_space *)pending)->wait.writer->role);
    return outcome;
}

int strait_ring_begin_space(struct strait_ring_writer *writer, uint64_t owner, uint64_t claimed,
                            uint32_t length, uint64_t end_said, struct strait_pending **pending)
{
    const struct strait_watch watch = {.participant = writer->ring->participant,
                                       .waiters = &writer->ring->control->space_waiters};
    if (!strait_role_enter(&writer->role, owner))
        return STRAIT_CLOSED;
    struct pending_space *begun = strait_pending_new(sizeof *begun, &watch, look_at_pending, leave_pending);
    if (begun == NULL) {
        strait_role_exit(&writer->role);
        return -ENOMEM;
    }
    begun->end_said = end_said;
    begun->wait = (struct space_wait){writer, claimed + strait_message_bytes(length), &begun->end_said};
    *pending = &begun->pending;
    return 0;
}

int strait_ring_await_space(struct strait_ring_writer *writer, uint32_t length, int64_t spin_ns,
                            int64_t timeout_ns)
{
    uint64_t end = writer->claimed + strait_message_bytes(length);
    if (end - writer->published > writer->ring->lane_bytes)
        return -EINVAL; /* not even in an empty lane; our own open claims count */
    struct space_wait wait = {writer, end, &writer->end_said};
    return wait_for_space(&wait, atomic_load(&writer->role.owner), spin_ns, timeout_ns);
}

static int look_for_watched_space(struct strait_watch *watch)
{
    struct strait_ring_writer *writer = watch->object;
    uint64_t said = watch->said;
    if (!strait_role_is_same(&writer->role, watch->owner))
        return STRAIT_CLOSED;
    uint64_t tail = own_tail(writer->ring);
    int result = look_at_reader(writer->ring, tail, tail + watch->wanted, &said);
    watch->seen = said;
    return result;
}

int strait_ring_writer_watch(struct strait_ring_writer *writer, uint64_t owner, uint32_t length,
                             struct strait_watch *watch)
{
    struct strait_ring *ring = writer->ring;
    uint64_t wanted = strait_message_bytes(length);
    if (ring->spin_only || wanted > ring->lane_bytes)
        return -EINVAL;
    *watch = (struct strait_watch){.participant = ring->participant,
                                   .waiters = &ring->control->space_waiters,
                                   .look = look_for_watched_space,
                                   .object = writer,
                                   .wanted = wanted,
                                   .owner = owner};
    return 0;
}

void strait_ring_writer_interrupt(struct strait_ring_writer *writer)
{
    strait_role_interrupt(&writer->role);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

uint64_t strait_ring_writer_position(const struct strait_ring_writer *writer)
{
    return writer->published;
}

uint64_t strait_ring_writer_free(struct strait_ring_writer *writer)
{
    struct strait_ring *ring = writer->ring;
    if (atomic_load_explicit(&writer->role.closed, memory_order_relaxed))
        return 0; /* in a forked child there is nothing to look at */
    uint64_t reader = atomic_load_explicit(&ring->reading->owner, memory_order_acquire);
    uint64_t cursor = atomic_load_explicit(&ring->cursor->position, memory_order_acquire);
    uint64_t limit = writer->claimed;
    strait_ring_limit(ring, writer->published, reader, cursor, &limit);
    uint64_t left = limit - writer->claimed;
    return left > ring->lane_bytes ? 0 : left;
}

bool strait_ring_writer_peer(const struct strait_ring_writer *writer, struct strait_participant_info *info)
{
    return strait_role_describe(&writer->role, &writer->ring->reading->owner, info);
}
