/* Strait through its C library: two rings, one for each direction. */
#include "using_strait.h"

enum { RING_BYTES = 1 << 20, LARGE_RING_BYTES = 1 << 22, POLL_LIMIT = 256 };

struct end {
    struct strait_ring *out_ring;
    struct strait_ring *in_ring;
    struct strait_ring_writer *out;
    struct strait_ring_reader *in;
    struct payload payload;
    bool spins;
    int64_t timeout_ns;
    void (*sink)(void *, int64_t);
    void *state;
};

static struct strait_ring *open_ring(const struct parameters *parameters, const char *name)
{
    struct strait_segment_options segment = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_ring_options options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring;
    segment.directory = parameters->dir;
    segment.flags = STRAIT_SEGMENT_PREFAULT;
    options.lane_bytes = parameters->bytes > WORDWISE_BYTES * 1024 ? LARGE_RING_BYTES : RING_BYTES;
    options.spin_only = parameters->spins;
    int result = strait_ring_open_or_create(name, &segment, &options, &ring, NULL);
    if (result < 0)
        fail("strait_ring_open_or_create", result);
    return ring;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    end->payload = payload_new(parameters);
    end->spins = parameters->spins;
    end->timeout_ns = parameters->patience_ns > 0 ? parameters->patience_ns : STRAIT_WAIT_FOREVER;
    end->out_ring = open_ring(parameters, parameters->first ? "there" : "back");
    end->in_ring = open_ring(parameters, parameters->first ? "back" : "there");
    int result = strait_ring_writer_open(end->out_ring, &end->out, NULL);
    if (result == 0)
        result = strait_ring_reader_open(end->in_ring, &end->in, NULL);
    if (result < 0)
        fail("opening the roles", result);
}

static void end_close(struct end *end)
{
    strait_ring_close(end->out_ring);
    strait_ring_close(end->in_ring);
}

static inline bool end_offer(struct end *end, int64_t value)
{
    void *message;
    if (end->payload.bytes > WORDWISE_BYTES)
        return strait_ring_offer(end->out, 1, payload_stamp(&end->payload, value), end->payload.bytes) == 0;
    int result = strait_ring_claim(end->out, 1, end->payload.bytes, &message);
    if (result == STRAIT_FULL)
        return false;
    if (result != 0)
        fail("strait_ring_claim", result);
    payload_fill(&end->payload, message, value);
    strait_ring_commit(end->out);
    return true;
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    void *message;
    int taken = 0;
    while (taken < count && strait_ring_claim_more(end->out, 1, end->payload.bytes, &message) == 0)
        payload_fill(&end->payload, message, value + taken++);
    if (taken > 0)
        strait_ring_commit(end->out);
    return taken;
}

static int on_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct end *end = context;
    (void)type;
    if (length != end->payload.bytes)
        payload_wrong(length);
    end->sink(end->state, payload_check(&end->payload, payload));
    return 0;
}

/* What is no count: a death or a time-out that was waited for; else it ends the program. */
static int no_count(int result)
{
    if (result == STRAIT_PEER_DIED)
        return PEER_GONE;
    if (result == STRAIT_TIMED_OUT)
        return NOT_TOLD;
    fail("reading", result);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    end->sink = sink;
    end->state = state;
    int result = strait_ring_poll(end->in, on_message, end, POLL_LIMIT);
    if (result == STRAIT_EMPTY && !end->spins) {
        result = strait_ring_await_data(end->in, 0, end->timeout_ns);
        if (result == STRAIT_READY)
            return 0;
    }
    return result >= 0 ? result : no_count(result);
}

static int on_length(void *context, int32_t type, const void *payload, uint32_t length)
{
    (void)type, (void)payload;
    *(int64_t *)context = length;
    return 0;
}

/* One ring, both of its roles, a message through, and its name removed. */
static void cycle(const struct parameters *parameters)
{
    struct strait_segment_options segment = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    char message[64] = {1};
    int64_t seen = 0;
    segment.directory = parameters->dir;
    if (strait_ring_create("cycle", &segment, NULL, &ring, NULL) < 0 ||
        strait_ring_writer_open(ring, &writer, NULL) < 0 || strait_ring_reader_open(ring, &reader, NULL) < 0)
        fail("opening", -1);
    if (strait_ring_offer(writer, 1, message, sizeof message) != 0 ||
        strait_ring_poll(reader, on_length, &seen, 1) != 1 || seen != 64)
        fail("pass", -1);
    strait_ring_close(ring);
    strait_segment_unlink("cycle", &segment);
}

#include "roles.h"
