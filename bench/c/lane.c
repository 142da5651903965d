/*
 * The limit for a ring: Strait's lane protocol (native/PROTOCOL.md, section 4) and nothing else, in one file
 * that does not link libstrait. One writer, one reader, no participants, no sleepers, no fences, no checks of
 * what the peer wrote, and the compiler sees all of it.
 *
 *     offset 0    tail, written by the writer
 *     offset 128  cursor, written by the reader
 *     offset 4096 the lane, mapped twice, back to back
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "side.h"

enum {
    LANE_BYTES = 1 << 20,
    LARGE_LANE_BYTES = 1 << 22,
    CONTROL_BYTES = 4096,
    MESSAGE_HEADER = 8,
    POLL_LIMIT = 256
};

struct control {
    _Alignas(128) _Atomic uint64_t tail;
    _Alignas(128) _Atomic uint64_t cursor;
};

/* One direction. The writer uses claimed and limit, the reader consumed. */
struct lane {
    struct control *control;
    unsigned char *bytes;
    uint64_t lane_bytes;
    uint64_t claimed;
    uint64_t limit;
    uint64_t consumed;
};

struct end {
    struct lane out;
    struct lane in;
    struct payload payload;
};

static int open_file(const char *path, off_t bytes)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || posix_fallocate(fd, 0, bytes) != 0)
        side_fail(path);
    return fd;
}

static void *map(void *at, size_t bytes, int flags, int fd, off_t offset)
{
    void *mapped = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, offset);
    if (mapped == MAP_FAILED)
        side_fail("mmap");
    return mapped;
}

static struct lane lane_open(const char *path, uint64_t lane_bytes)
{
    int fd = open_file(path, (off_t)(CONTROL_BYTES + lane_bytes));
    int shared = MAP_SHARED | MAP_POPULATE;
    struct lane lane = {.lane_bytes = lane_bytes, .limit = lane_bytes};
    lane.control = map(NULL, CONTROL_BYTES, shared, fd, 0);
    unsigned char *room = map(NULL, 2 * lane_bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    lane.bytes = map(room, lane_bytes, shared | MAP_FIXED, fd, CONTROL_BYTES);
    map(room + lane_bytes, lane_bytes, shared | MAP_FIXED, fd, CONTROL_BYTES);
    close(fd);
    return lane;
}

static void lane_close(struct lane *lane)
{
    munmap(lane->bytes, 2 * lane->lane_bytes);
    munmap(lane->control, CONTROL_BYTES);
}

static inline unsigned char *lane_at(const struct lane *lane, uint64_t position)
{
    return lane->bytes + (position & (lane->lane_bytes - 1));
}

static inline uint64_t message_bytes(uint32_t length)
{
    return ((uint64_t)length + MESSAGE_HEADER + 7) & ~UINT64_C(7);
}

/* Room for a message, or NULL. */
static inline unsigned char *lane_claim(struct lane *lane, uint32_t length)
{
    uint64_t end = lane->claimed + message_bytes(length);
    if (end > lane->limit) {
        /* ORDER: the cursor before we store into what it gave free. PAIRS WITH lane_consume. */
        lane->limit = atomic_load_explicit(&lane->control->cursor, memory_order_acquire) + lane->lane_bytes;
        if (end > lane->limit)
            return NULL;
    }
    unsigned char *message = lane_at(lane, lane->claimed);
    payload_put(message, 0, INT64_C(1) << 32 | length);
    lane->claimed = end;
    return message + MESSAGE_HEADER;
}

static inline void lane_commit(struct lane *lane)
{
    /* ORDER: headers and payloads before the tail. PAIRS WITH end_poll. */
    atomic_store_explicit(&lane->control->tail, lane->claimed, memory_order_release);
}

static inline void lane_consume(struct lane *lane, uint64_t position)
{
    lane->consumed = position;
    /* ORDER: our reading of the messages before the cursor. PAIRS WITH lane_claim. */
    atomic_store_explicit(&lane->control->cursor, position, memory_order_release);
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    uint64_t bytes = parameters->bytes > WORDWISE_BYTES * 1024 ? LARGE_LANE_BYTES : LANE_BYTES;
    end->payload = payload_new(parameters);
    end->out = lane_open(side_path(parameters, parameters->first ? "there" : "back"), bytes);
    end->in = lane_open(side_path(parameters, parameters->first ? "back" : "there"), bytes);
}

static void end_close(struct end *end)
{
    lane_close(&end->out);
    lane_close(&end->in);
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    unsigned char *message;
    int taken = 0;
    while (taken < count && (message = lane_claim(&end->out, end->payload.bytes)) != NULL)
        payload_fill(&end->payload, message, value + taken++);
    if (taken > 0)
        lane_commit(&end->out);
    return taken;
}

static inline bool end_offer(struct end *end, int64_t value)
{
    return end_offer_batch(end, value, 1) == 1;
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    struct lane *lane = &end->in;
    /* The lines of the next message come while that of the tail is under way. */
    __builtin_prefetch(lane_at(lane, lane->consumed));
    __builtin_prefetch(lane_at(lane, lane->consumed) + 64);
    /* ORDER: the tail before headers and payloads. PAIRS WITH lane_commit. */
    uint64_t tail = atomic_load_explicit(&lane->control->tail, memory_order_acquire);
    uint64_t position = lane->consumed;
    int count = 0;
    for (; position != tail && count < POLL_LIMIT; count++) {
        const unsigned char *message = lane_at(lane, position);
        uint32_t length = (uint32_t)payload_word(message, 0);
        sink(state, payload_check(&end->payload, message + MESSAGE_HEADER));
        position += message_bytes(length);
    }
    if (count > 0)
        lane_consume(lane, position);
    return count;
}

static void cycle(const struct parameters *parameters)
{
    const char *path = side_path(parameters, "cycle");
    struct lane out = lane_open(path, LANE_BYTES);
    struct lane in = lane_open(path, LANE_BYTES);
    unsigned char *message = lane_claim(&out, 64);
    payload_put(message, 0, 1);
    lane_commit(&out);
    if (atomic_load_explicit(&in.control->tail, memory_order_acquire) != message_bytes(64))
        side_fail("pass");
    lane_consume(&in, message_bytes(64));
    lane_close(&out);
    lane_close(&in);
    unlink(path);
}

#include "roles.h"
