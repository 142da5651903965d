#include <errno.h>

#include "internal/attachment.h"
#include "internal/failure.h"
#include "internal/kill_point.h"
#include "internal/ring.h"

/* See RingReader.java, which has the reason and the figures. */
#define SMALL_BATCH_BYTES 2048
#define PAUSES_MAX        7
#define LINE_BYTES        64

/* Gives consumed space back. The role has begun. */
static void publish_cursor(struct strait_ring_reader *reader, uint64_t position)
{
    struct strait_ring *ring = reader->ring;
    if (position == reader->consumed)
        return;
    reader->consumed = position;
    STRAIT_KILL_POINT(poll_before_cursor);
    /* ORDER: our reading of the messages before the cursor. PAIRS WITH refresh_limit. */
    atomic_store_explicit(&ring->cursor->position, position, memory_order_release);
    STRAIT_KILL_POINT(poll_after_cursor);
    if (!ring->spin_only)
        strait_wait_published(ring->participant, &ring->control->space_waiters);
    STRAIT_KILL_POINT(poll_done);
}

/* Where a reader starts whose predecessor's cursor did not count: the writer may be many lanes ahead of that.
 * From now on it counts, so until ours is there the lane is full. */
static uint64_t join_at_tail(struct strait_ring *ring)
{
    /* ORDER: our owner word before the look at the tail: what the writer stores behind that, it stores with
     * our cursor in sight. PAIRS WITH refresh_limit. */
    strait_fence();
    uint64_t tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    atomic_store_explicit(&ring->cursor->position, tail, memory_order_release);
    STRAIT_KILL_POINT(open_cursor);
    strait_wait_published(ring->participant, &ring->control->space_waiters);
    return tail;
}

int strait_ring_reader_open(struct strait_ring *ring, struct strait_ring_reader **opened,
                            struct strait_failure *failure)
{
    struct strait_ring_reader *reader = &ring->reader;
    int had_holder = strait_role_open(&reader->role, failure);
    if (had_holder < 0)
        return had_holder;
    uint64_t cursor = ring->releases && had_holder == 1
                          ? join_at_tail(ring)
                          : atomic_load_explicit(&ring->cursor->position, memory_order_acquire);
    uint64_t tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    if (!strait_ring_is_sound(ring, tail, cursor)) {
        strait_role_close(&reader->role);
        return strait_fail(failure, "reader_open", -EUCLEAN);
    }
    reader->consumed = cursor;
    reader->tail = cursor;
    reader->pauses = 0;
    /* A writer that ended before we came is news only if it left us something to read. */
    uint64_t writer = atomic_load_explicit(&ring->lane->owner, memory_order_acquire);
    tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    bool is_news = strait_owner_state(writer) != STRAIT_OWNER_ENDED || tail != cursor;
    reader->end_said = is_news ? 0 : writer;
    atomic_store(&reader->role.handler, NULL);
    atomic_store(&reader->role.closed, false);
    *opened = reader;
    return 0;
}

/* Whether the caller is this reader's handler. */
static bool is_inside_handler(const struct strait_ring_reader *reader)
{
    return atomic_load_explicit(&reader->role.handler, memory_order_relaxed) == strait_role_thread();
}

int strait_ring_reader_close(struct strait_ring_reader *reader)
{
    if (is_inside_handler(reader))
        return -EBUSY;
    if (strait_role_quiesce(&reader->role))
        strait_role_close(&reader->role);
    return 0;
}

int strait_ring_discard_unread(struct strait_ring *ring, struct strait_failure *failure)
{
    struct strait_ring_reader *reader;
    int result = strait_ring_reader_open(ring, &reader, failure);
    if (result < 0)
        return result;
    uint64_t tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    if (strait_ring_is_sound(ring, tail, reader->consumed))
        publish_cursor(reader, tail);
    return strait_ring_reader_close(reader);
}

/* ---- Polling ---------------------------------------------------------------------------------------------
 */

/*
 * Looks at the lane of a reader that has consumed up to `consumed`: READY with the tail, END, PEER_DIED,
 * EMPTY, or -EUCLEAN.
 */
static int look_at_lane(const struct strait_ring *ring, uint64_t consumed, uint64_t *tail, uint64_t *end_said)
{
    /* ORDER: the writer's state before its tail, so that the last message is not missed. PAIRS WITH
     * strait_role_close. */
    uint64_t writer = atomic_load_explicit(&ring->lane->owner, memory_order_acquire);
    /* The lines of the next message come while that of the tail is under way. */
    __builtin_prefetch(strait_ring_at(ring, consumed));
    __builtin_prefetch(strait_ring_at(ring, consumed) + LINE_BYTES);
    /* ORDER: the tail before headers and payloads. PAIRS WITH publish. */
    *tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    if (!strait_ring_is_sound(ring, *tail, consumed))
        return -EUCLEAN;
    if (*tail != consumed)
        return STRAIT_READY;
    return strait_role_news_of(writer, end_said);
}

/* As look_at_lane, in the pace that suits the writer. */
static int pace_and_look(struct strait_ring_reader *reader, uint64_t *tail)
{
    for (int i = reader->pauses; i > 0; i--)
        strait_pause();
    int result = look_at_lane(reader->ring, reader->consumed, tail, &reader->end_said);
    if (result != STRAIT_READY)
        reader->pauses /= 2;
    else if (*tail - reader->consumed < SMALL_BATCH_BYTES && reader->pauses < PAUSES_MAX)
        reader->pauses = reader->pauses * 2 + 1;
    return result;
}

/* Reads a header once, and believes it only if the message ends within `available` bytes. */
static bool read_header(const struct strait_ring *ring, uint64_t position, uint64_t available, int32_t *type,
                        uint32_t *length)
{
    _Atomic uint64_t *word = (_Atomic uint64_t *)strait_ring_at(ring, position);
    uint64_t header = atomic_load_explicit(word, memory_order_relaxed);
    *length = (uint32_t)header;
    *type = (int32_t)(uint32_t)(header >> 32);
    return strait_message_bytes(*length) <= available;
}

static int poll_batch(struct strait_ring_reader *reader, uint64_t tail, strait_ring_handler *handler,
                      void *context, int limit)
{
    struct strait_ring *ring = reader->ring;
    uint64_t position = reader->consumed;
    int count = 0;
    int result = 0;
    while (count < limit && position != tail) {
        int32_t type;
        uint32_t length;
        if (!read_header(ring, position, tail - position, &type, &length)) {
            result = -EUCLEAN;
            break;
        }
        STRAIT_KILL_POINT(poll_before_handler);
        result = handler(context, type, strait_ring_at(ring, position) + STRAIT_MESSAGE_HEADER, length);
        STRAIT_KILL_POINT(poll_after_handler);
        if (result < 0)
            break;
        position += strait_message_bytes(length);
        count++;
        if (result > 0 || atomic_load_explicit(&reader->role.closed, memory_order_relaxed))
            break;
        /* A long batch gives space back on the way, so that a slow one does not hold the writer up for all of
         * it. */
        if (position - reader->consumed >= ring->lane_bytes / 4)
            publish_cursor(reader, position);
    }
    publish_cursor(reader, position);
    return result < 0 ? result : count;
}

static int skip_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    (void)context, (void)type, (void)payload, (void)length;
    return 0;
}

int strait_ring_poll(struct strait_ring_reader *reader, strait_ring_handler *handler, void *context,
                     int limit)
{
    struct strait_role *role = &reader->role;
    if (limit < 1)
        return -EINVAL;
    if (is_inside_handler(reader))
        return -EBUSY;
    if (!strait_role_begin(role))
        return STRAIT_CLOSED;
    uint64_t tail = reader->tail;
    int result = STRAIT_READY;
    if (tail == reader->consumed)
        result = pace_and_look(reader, &tail);
    if (result == STRAIT_READY) {
        reader->tail = tail;
        atomic_store_explicit(&role->handler, strait_role_thread(), memory_order_relaxed);
        result = poll_batch(reader, tail, handler, context, limit);
        atomic_store_explicit(&role->handler, NULL, memory_order_relaxed);
    }
    strait_role_end(role);
    return result;
}

int strait_ring_skip(struct strait_ring_reader *reader)
{
    return strait_ring_poll(reader, skip_message, NULL, 1);
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

struct data_wait {
    struct strait_ring_reader *reader;
    uint64_t consumed;
    uint64_t *end_said; /* set by the look that says END: once we have left the wait, the ring may be freed */
};

static int look_for_data(void *context)
{
    struct data_wait *wait = context;
    uint64_t tail;
    int result = strait_role_look(&wait->reader->role);
    return result != 0 ? result : look_at_lane(wait->reader->ring, wait->consumed, &tail, wait->end_said);
}

static int wait_for_data(struct data_wait *wait, uint64_t owner, int64_t spin_ns, int64_t timeout_ns)
{
    struct strait_ring *ring = wait->reader->ring;
    return strait_ring_wait(ring, &wait->reader->role, owner, &ring->control->data_waiters, look_for_data,
                            wait, spin_ns, timeout_ns);
}

int strait_ring_wait_data(struct strait_ring_reader *reader, uint64_t owner, uint64_t consumed,
                          uint64_t end_said, int64_t spin_ns, int64_t timeout_ns)
{
    struct data_wait wait = {reader, consumed, &end_said};
    return wait_for_data(&wait, owner, spin_ns, timeout_ns);
}

struct pending_data {
    struct strait_pending pending;
    struct data_wait wait;
    uint64_t end_said;
};

static int look_at_pending(struct strait_pending *pending)
{
    return look_for_data(&((struct pending_data *)pending)->wait);
}

static int leave_pending(struct strait_pending *pending, int outcome)
{
    strait_role_exit(&((struct pending_data *)pending)->wait.reader->role);
    return outcome;
}

int strait_ring_begin_data(struct strait_ring_reader *reader, uint64_t owner, uint64_t consumed,
                           uint64_t end_said, struct strait_pending **pending)
{
    const struct strait_watch watch = {.participant = reader->ring->participant,
                                       .waiters = &reader->ring->control->data_waiters};
    if (!strait_role_enter(&reader->role, owner))
        return STRAIT_CLOSED;
    struct pending_data *begun = strait_pending_new(sizeof *begun, &watch, look_at_pending, leave_pending);
    if (begun == NULL) {
        strait_role_exit(&reader->role);
        return -ENOMEM;
    }
    begun->end_said = end_said;
    begun->wait = (struct data_wait){reader, consumed, &begun->end_said};
    *pending = &begun->pending;
    return 0;
}

int strait_ring_await_data(struct strait_ring_reader *reader, int64_t spin_ns, int64_t timeout_ns)
{
    if (is_inside_handler(reader))
        return -EBUSY;
    struct data_wait wait = {reader, reader->consumed, &reader->end_said};
    return wait_for_data(&wait, atomic_load(&reader->role.owner), spin_ns, timeout_ns);
}

/* Our cursor is in the segment too, and another thread may look there. */
static int look_for_watched_data(struct strait_watch *watch)
{
    struct strait_ring_reader *reader = watch->object;
    struct strait_ring *ring = reader->ring;
    uint64_t tail;
    uint64_t said = watch->said;
    if (!strait_role_is_same(&reader->role, watch->owner))
        return STRAIT_CLOSED;
    uint64_t consumed = atomic_load_explicit(&ring->cursor->position, memory_order_relaxed);
    int result = look_at_lane(ring, consumed, &tail, &said);
    watch->seen = said;
    return result;
}

int strait_ring_reader_watch(struct strait_ring_reader *reader, uint64_t owner, struct strait_watch *watch)
{
    if (reader->ring->spin_only)
        return -EINVAL;
    *watch = (struct strait_watch){.participant = reader->ring->participant,
                                   .waiters = &reader->ring->control->data_waiters,
                                   .look = look_for_watched_data,
                                   .object = reader,
                                   .owner = owner};
    return 0;
}

void strait_ring_reader_interrupt(struct strait_ring_reader *reader)
{
    strait_role_interrupt(&reader->role);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

uint64_t strait_ring_reader_position(const struct strait_ring_reader *reader)
{
    return reader->consumed;
}

uint64_t strait_ring_reader_available(struct strait_ring_reader *reader)
{
    struct strait_ring *ring = reader->ring;
    if (atomic_load_explicit(&reader->role.closed, memory_order_relaxed))
        return 0; /* in a forked child there is nothing to look at */
    uint64_t tail = atomic_load_explicit(&ring->lane->tail, memory_order_acquire);
    uint64_t available = tail - reader->consumed;
    return available > ring->lane_bytes ? 0 : available;
}

bool strait_ring_reader_peer(const struct strait_ring_reader *reader, struct strait_participant_info *info)
{
    return strait_role_describe(&reader->role, &reader->ring->lane->owner, info);
}
