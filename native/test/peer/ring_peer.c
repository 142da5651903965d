/*
 * The C end of dev.strait.ring.RingPairingTest, whose table, scenarios.txt, tells the commands. RingPeer.java
 * is the same program in Java.
 */
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "payload.h"
#include "peer.h"
#include "strait/strait.h"

#define BATCH           100
#define NS_PER_MS       INT64_C(1000000)
#define STREAM_PATIENCE (60 * INT64_C(1000000000))

/* One ring, at most, and its roles; a role stays known when it is closed. */
static struct {
    char directory[PATH_MAX];
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    unsigned char *claimed;
    uint32_t claimed_bytes;
} self;

/* ---- What commands need ----------------------------------------------------------------------------------
 */

static bool lacks(struct peer_call *call, const void *thing)
{
    if (thing == NULL)
        peer_say(&call->reply, "error EBADF");
    return thing == NULL;
}

static struct strait_segment_options segment_options(const struct peer_call *call)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = self.directory;
    options.user_bytes = (uint64_t)peer_option(call, "user", 10, 0);
    options.flags = peer_has(call, "replace") ? STRAIT_SEGMENT_REPLACE_ABANDONED : 0;
    options.mode = (uint32_t)peer_option(call, "mode", 8, 0600);
    options.timeout_ns = peer_option(call, "timeout", 10, 0) * NS_PER_MS;
    return options;
}

static struct strait_ring_options ring_options(const struct peer_call *call)
{
    struct strait_ring_options options = STRAIT_RING_OPTIONS_INIT;
    options.lane_bytes = (uint64_t)peer_number(call, 2);
    options.spin_only = peer_has(call, "spin-only");
    options.reader_policy = peer_has(call, "release") ? STRAIT_READER_RELEASE : STRAIT_READER_HOLD;
    return options;
}

/* ---- Rings and segments ----------------------------------------------------------------------------------
 */

static void do_close(struct peer_call *call)
{
    if (self.writer != NULL)
        strait_ring_writer_close(self.writer);
    if (self.reader != NULL)
        strait_ring_reader_close(self.reader);
    if (call != NULL)
        peer_join();
    strait_ring_close(self.ring);
    self.ring = NULL;
    self.writer = NULL;
    self.reader = NULL;
    self.claimed = NULL;
    if (call != NULL)
        peer_say(&call->reply, "ok");
}

static void do_reset(struct peer_call *call)
{
    do_close(call);
    snprintf(self.directory, sizeof self.directory, "%s", call->words[1]);
}

/* `ring` points at what the call gave. */
static void attach(struct peer_call *call, int result, struct strait_ring *const *ring)
{
    if (result < 0) {
        peer_say_result(&call->reply, result);
        return;
    }
    do_close(NULL);
    self.ring = *ring;
    bool created = strait_segment_was_created(strait_ring_segment(self.ring));
    peer_say(&call->reply, created ? "created" : "opened");
}

static void do_create(struct peer_call *call)
{
    struct strait_ring *ring = NULL;
    struct strait_segment_options where = segment_options(call);
    struct strait_ring_options options = ring_options(call);
    attach(call, strait_ring_create(call->words[1], &where, &options, &ring, NULL), &ring);
}

static void do_open(struct peer_call *call)
{
    struct strait_ring *ring = NULL;
    struct strait_segment_options where = segment_options(call);
    attach(call, strait_ring_open(call->words[1], &where, &ring, NULL), &ring);
}

static void do_open_or_create(struct peer_call *call)
{
    struct strait_ring *ring = NULL;
    struct strait_segment_options where = segment_options(call);
    struct strait_ring_options options = ring_options(call);
    attach(call, strait_ring_open_or_create(call->words[1], &where, &options, &ring, NULL), &ring);
}

static void do_create_memfd(struct peer_call *call)
{
    struct strait_ring *ring = NULL;
    struct strait_segment_options where = segment_options(call);
    struct strait_ring_options options = ring_options(call);
    attach(call, strait_ring_create_memfd(call->words[1], &where, &options, &ring, NULL), &ring);
    if (ring != NULL)
        peer_say(&call->reply, " %d %d", (int)getpid(), strait_segment_fd(strait_ring_segment(ring)));
}

static void do_open_memfd(struct peer_call *call)
{
    struct strait_ring *ring = NULL;
    struct strait_segment_options where = segment_options(call);
    int32_t pid = (int32_t)peer_number(call, 1);
    int fd = (int)peer_number(call, 2);
    attach(call, strait_ring_open_memfd(pid, fd, &where, &ring, NULL), &ring);
}

static void do_create_plain(struct peer_call *call)
{
    struct strait_segment *segment = NULL;
    struct strait_segment_options where = segment_options(call);
    int result = strait_segment_create(call->words[1], &where, &segment, NULL);
    strait_segment_close(segment);
    peer_say_done(&call->reply, result, "created");
}

static void do_unlink(struct peer_call *call)
{
    struct strait_segment_options where = segment_options(call);
    peer_say_done(&call->reply, strait_segment_unlink(call->words[1], &where), "ok");
}

static void do_is_linked(struct peer_call *call)
{
    if (lacks(call, self.ring))
        return;
    int result = strait_segment_is_linked(strait_ring_segment(self.ring));
    if (result < 0)
        peer_say_result(&call->reply, result);
    else
        peer_say(&call->reply, result == 1 ? "yes" : "no");
}

static void do_epoch(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply, "%016llx",
                 (unsigned long long)strait_segment_epoch(strait_ring_segment(self.ring)));
}

static void do_segment_bytes(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply, "%llu",
                 (unsigned long long)strait_segment_bytes(strait_ring_segment(self.ring)));
}

static void do_capacity(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply, "%llu", (unsigned long long)strait_ring_capacity(self.ring));
}

static void do_is_spin_only(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply, strait_ring_is_spin_only(self.ring) ? "yes" : "no");
}

static void do_policy(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply,
                 strait_ring_reader_policy(self.ring) == STRAIT_READER_RELEASE ? "RELEASE" : "HOLD");
}

static const char *state_name(uint32_t state)
{
    static const char *const names[] = {"?", "LIVE", "DYING", "DEAD", "ENDED"};
    return names[state < sizeof names / sizeof names[0] ? state : 0];
}

/* Each as LIVE, LIVE+writer, LIVE+reader, LIVE+writer+reader. */
static void do_participants(struct peer_call *call)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    if (lacks(call, self.ring))
        return;
    int count = strait_segment_participants(strait_ring_segment(self.ring), infos, STRAIT_PARTICIPANTS_MAX);
    for (int i = 0; i < count; i++)
        peer_say(&call->reply, "%s%s%s%s", i == 0 ? "" : " ", state_name(infos[i].state),
                 (infos[i].roles & STRAIT_PARTICIPANT_WRITER) != 0 ? "+writer" : "",
                 (infos[i].roles & STRAIT_PARTICIPANT_READER) != 0 ? "+reader" : "");
}

static void do_discard(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say_done(&call->reply, strait_ring_discard_unread(self.ring, NULL), "ok");
}

static void do_writer_peer(struct peer_call *call)
{
    struct strait_participant_info info;
    if (!lacks(call, self.writer))
        peer_say(&call->reply,
                 strait_ring_writer_peer(self.writer, &info) ? state_name(info.state) : "nobody");
}

static void do_reader_peer(struct peer_call *call)
{
    struct strait_participant_info info;
    if (!lacks(call, self.reader))
        peer_say(&call->reply,
                 strait_ring_reader_peer(self.reader, &info) ? state_name(info.state) : "nobody");
}

/* ---- The user's region -----------------------------------------------------------------------------------
 */

static void do_user_bytes(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say(&call->reply, "%llu",
                 (unsigned long long)strait_segment_user_bytes(strait_ring_segment(self.ring)));
}

/* Where the region's bytes at `offset` are; NULL, and EINVAL said, when `length` of them are not there. */
static unsigned char *user_range(struct peer_call *call, size_t *length)
{
    struct strait_segment *segment = strait_ring_segment(self.ring);
    uint64_t offset = (uint64_t)peer_number(call, 1);
    uint64_t bytes = strait_segment_user_bytes(segment);
    *length = (size_t)peer_number(call, 2);
    if (offset > bytes || *length > bytes - offset) {
        peer_say(&call->reply, "error EINVAL");
        return NULL;
    }
    return (unsigned char *)strait_segment_user(segment) + offset;
}

static void do_user_put(struct peer_call *call)
{
    size_t length;
    unsigned char *range = lacks(call, self.ring) ? NULL : user_range(call, &length);
    if (range == NULL)
        return;
    payload_fill(range, length, (uint64_t)peer_number(call, 3));
    peer_say(&call->reply, "%08x", payload_sum(range, length));
}

static void do_user_get(struct peer_call *call)
{
    size_t length;
    unsigned char *range = lacks(call, self.ring) ? NULL : user_range(call, &length);
    if (range != NULL)
        peer_say(&call->reply, "%08x", payload_sum(range, length));
}

/* ---- Writing ---------------------------------------------------------------------------------------------
 */

static void do_writer(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say_done(&call->reply, strait_ring_writer_open(self.ring, &self.writer, NULL), "ok");
}

static void do_close_writer(struct peer_call *call)
{
    if (lacks(call, self.writer))
        return;
    strait_ring_writer_close(self.writer);
    peer_say(&call->reply, "ok");
}

static void claimed(struct peer_call *call, int result, void *payload)
{
    if (result == 0) {
        self.claimed = payload;
        self.claimed_bytes = (uint32_t)peer_number(call, 2);
        if ((uintptr_t)payload % 8 != 0)
            peer_say(&call->reply, "not aligned, ");
    }
    peer_say_done(&call->reply, result, "ok");
}

static void do_claim(struct peer_call *call)
{
    void *payload = NULL;
    if (lacks(call, self.writer))
        return;
    int result = strait_ring_claim(self.writer, (int32_t)peer_number(call, 1), (uint32_t)peer_number(call, 2),
                                   &payload);
    claimed(call, result, payload);
}

static void do_claim_more(struct peer_call *call)
{
    void *payload = NULL;
    if (lacks(call, self.writer))
        return;
    int result = strait_ring_claim_more(self.writer, (int32_t)peer_number(call, 1),
                                        (uint32_t)peer_number(call, 2), &payload);
    claimed(call, result, payload);
}

static void do_fill(struct peer_call *call)
{
    if (lacks(call, self.claimed))
        return;
    payload_fill(self.claimed, self.claimed_bytes, (uint64_t)peer_number(call, 1));
    peer_say(&call->reply, "%08x", payload_sum(self.claimed, self.claimed_bytes));
}

static void do_commit(struct peer_call *call)
{
    if (!lacks(call, self.writer))
        peer_say_done(&call->reply, strait_ring_commit(self.writer), "ok");
}

static void do_abort(struct peer_call *call)
{
    if (lacks(call, self.writer))
        return;
    strait_ring_abort(self.writer);
    peer_say(&call->reply, "ok");
}

static void do_offer(struct peer_call *call)
{
    static unsigned char payload[1 << 17];
    if (lacks(call, self.writer))
        return;
    uint32_t length = (uint32_t)peer_number(call, 2);
    size_t filled = length < sizeof payload ? length : sizeof payload;
    payload_fill(payload, filled, (uint64_t)peer_number(call, 3));
    int result = strait_ring_offer(self.writer, (int32_t)peer_number(call, 1), payload, length);
    peer_say_done(&call->reply, result, "ok");
    if (result == 0)
        peer_say(&call->reply, " %08x", payload_sum(payload, filled));
}

static void do_writer_position(struct peer_call *call)
{
    if (!lacks(call, self.writer))
        peer_say(&call->reply, "%llu", (unsigned long long)strait_ring_writer_position(self.writer));
}

static void do_free(struct peer_call *call)
{
    if (!lacks(call, self.writer))
        peer_say(&call->reply, "%llu", (unsigned long long)strait_ring_writer_free(self.writer));
}

static void do_interrupt_writer(struct peer_call *call)
{
    if (lacks(call, self.writer))
        return;
    strait_ring_writer_interrupt(self.writer);
    peer_say(&call->reply, "ok");
}

/* ---- Reading ---------------------------------------------------------------------------------------------
 */

/* What a handler does, and what it saw: " type:length:sum" for each message. */
struct polling {
    int seen;
    int stop_at; /* 0 for never, like the others */
    int fail_at;
    const char *into; /* what it calls: "poll", "skip", "await", "close", "free" */
    struct peer_text messages;
};

static int pass(void *context, int32_t type, const void *payload, uint32_t length)
{
    (void)context, (void)type, (void)payload, (void)length;
    return 0;
}

static int call_into(const char *into)
{
    if (strcmp(into, "free") == 0)
        return (int)strait_ring_writer_free(self.writer);
    if (strcmp(into, "poll") == 0)
        return strait_ring_poll(self.reader, pass, NULL, 1);
    if (strcmp(into, "skip") == 0)
        return strait_ring_skip(self.reader);
    if (strcmp(into, "await") == 0)
        return strait_ring_await_data(self.reader, 0, 0);
    return strait_ring_reader_close(self.reader);
}

static int on_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct polling *polling = context;
    polling->seen++;
    if (polling->seen == polling->fail_at)
        return -EIO;
    peer_say(&polling->messages, " %d:%u:%08x%s", type, length, payload_sum(payload, length),
             (uintptr_t)payload % 8 == 0 ? "" : " not aligned");
    if (polling->into != NULL) {
        peer_say(&polling->messages, " ");
        peer_say_result(&polling->messages, call_into(polling->into));
    }
    return polling->seen == polling->stop_at;
}

static void poll(struct peer_call *call, int limit, struct polling *polling)
{
    if (lacks(call, self.reader))
        return;
    peer_say_result(&call->reply, strait_ring_poll(self.reader, on_message, polling, limit));
    peer_say(&call->reply, "%s", polling->messages.characters);
}

static void do_poll(struct peer_call *call)
{
    struct polling polling = {0};
    poll(call, (int)peer_number(call, 1), &polling);
}

static void do_poll_stop(struct peer_call *call)
{
    struct polling polling = {.stop_at = (int)peer_number(call, 1)};
    poll(call, BATCH, &polling);
}

static void do_poll_fail(struct peer_call *call)
{
    struct polling polling = {.fail_at = (int)peer_number(call, 1)};
    poll(call, BATCH, &polling);
}

static void do_poll_into(struct peer_call *call)
{
    struct polling polling = {.into = call->words[1]};
    poll(call, BATCH, &polling);
}

static void do_skip(struct peer_call *call)
{
    if (!lacks(call, self.reader))
        peer_say_result(&call->reply, strait_ring_skip(self.reader));
}

static void do_reader(struct peer_call *call)
{
    if (!lacks(call, self.ring))
        peer_say_done(&call->reply, strait_ring_reader_open(self.ring, &self.reader, NULL), "ok");
}

static void do_close_reader(struct peer_call *call)
{
    if (!lacks(call, self.reader))
        peer_say_done(&call->reply, strait_ring_reader_close(self.reader), "ok");
}

static void do_reader_position(struct peer_call *call)
{
    if (!lacks(call, self.reader))
        peer_say(&call->reply, "%llu", (unsigned long long)strait_ring_reader_position(self.reader));
}

static void do_available(struct peer_call *call)
{
    if (!lacks(call, self.reader))
        peer_say(&call->reply, "%llu", (unsigned long long)strait_ring_reader_available(self.reader));
}

static void do_interrupt_reader(struct peer_call *call)
{
    if (lacks(call, self.reader))
        return;
    strait_ring_reader_interrupt(self.reader);
    peer_say(&call->reply, "ok");
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

static void say_awaited(struct peer_call *call, const struct peer_wait *wait, int result)
{
    if (result == STRAIT_READY)
        peer_say(&call->reply, "READY");
    else
        peer_say_awaited(&call->reply, wait, result, "EMPTY");
}

static void do_await_data(struct peer_call *call)
{
    struct peer_wait wait = peer_begin_wait(call, 1);
    if (!lacks(call, self.reader))
        say_awaited(call, &wait, strait_ring_await_data(self.reader, wait.spin_ns, wait.timeout_ns));
}

static void do_await_space(struct peer_call *call)
{
    struct peer_wait wait = peer_begin_wait(call, 2);
    uint32_t length = (uint32_t)peer_number(call, 1);
    if (!lacks(call, self.writer))
        say_awaited(call, &wait, strait_ring_await_space(self.writer, length, wait.spin_ns, wait.timeout_ns));
}

/* ---- Streams ---------------------------------------------------------------------------------------------
 */

/* Claims, and waits when the lane is full, after publishing what stands in its own way. */
static int claim_or_wait(struct peer_call *call, int32_t type, uint32_t length, void **payload)
{
    for (;;) {
        int result = strait_ring_claim_more(self.writer, type, length, payload);
        if (result != STRAIT_FULL)
            return result;
        result = strait_ring_commit(self.writer);
        if (result != 0 && result != -EINVAL)
            return result;
        result = strait_ring_await_space(self.writer, length, peer_spin_ns(call), STREAM_PATIENCE);
        if (result != STRAIT_READY)
            return result;
    }
}

/* Batches of one to three messages. */
static int send_message(struct peer_call *call, uint64_t seed, uint64_t i, bool last, uint64_t *digest)
{
    void *payload;
    uint32_t length = payload_stream_length(seed, i, strait_ring_capacity(self.ring));
    int result = claim_or_wait(call, (int32_t)i, length, &payload);
    if (result != 0)
        return result;
    payload_fill(payload, length, payload_stream_seed(seed, i));
    *digest = payload_digest(*digest, payload_sum(payload, length));
    return last || i % 5 % 2 == 0 ? strait_ring_commit(self.writer) : 0;
}

static void do_stream(struct peer_call *call)
{
    uint64_t count = (uint64_t)peer_number(call, 1);
    uint64_t seed = (uint64_t)peer_number(call, 2);
    uint64_t digest = 0;
    int result = 0;
    if (lacks(call, self.writer))
        return;
    for (uint64_t i = 0; i < count && result == 0; i++)
        result = send_message(call, seed, i, i + 1 == count, &digest);
    peer_say_done(&call->reply, result, "ok");
    if (result == 0)
        peer_say(&call->reply, " %016llx", (unsigned long long)digest);
}

struct draining {
    uint64_t seed;
    uint64_t seen;
    uint64_t count;
    uint64_t digest;
};

static int on_stream(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct draining *draining = context;
    uint64_t i = draining->seen;
    if (type != (int32_t)i ||
        length != payload_stream_length(draining->seed, i, strait_ring_capacity(self.ring)) ||
        !payload_matches(payload, length, payload_stream_seed(draining->seed, i)))
        return -EBADMSG;
    draining->digest = payload_digest(draining->digest, payload_sum(payload, length));
    draining->seen++;
    return draining->seen == draining->count;
}

static void do_drain(struct peer_call *call)
{
    struct draining draining = {.count = (uint64_t)peer_number(call, 1),
                                .seed = (uint64_t)peer_number(call, 2)};
    int result = 0;
    if (lacks(call, self.reader))
        return;
    while (draining.seen < draining.count && result >= 0) {
        result = strait_ring_poll(self.reader, on_stream, &draining, BATCH);
        if (result == STRAIT_EMPTY)
            result = strait_ring_await_data(self.reader, peer_spin_ns(call), STREAM_PATIENCE);
    }
    if (result < 0) {
        peer_say_result(&call->reply, result);
        peer_say(&call->reply, " at message %llu", (unsigned long long)draining.seen);
        return;
    }
    peer_say(&call->reply, "ok %016llx", (unsigned long long)draining.digest);
}

int main(void)
{
    static const struct peer_command commands[] = {
        {"reset", 1, do_reset},
        {"create", 2, do_create},
        {"open", 1, do_open},
        {"open-or-create", 2, do_open_or_create},
        {"create-memfd", 2, do_create_memfd},
        {"open-memfd", 2, do_open_memfd},
        {"create-plain", 1, do_create_plain},
        {"unlink", 1, do_unlink},
        {"is-linked", 0, do_is_linked},
        {"epoch", 0, do_epoch},
        {"segment-bytes", 0, do_segment_bytes},
        {"capacity", 0, do_capacity},
        {"is-spin-only", 0, do_is_spin_only},
        {"policy", 0, do_policy},
        {"participants", 0, do_participants},
        {"discard", 0, do_discard},
        {"writer-peer", 0, do_writer_peer},
        {"reader-peer", 0, do_reader_peer},
        {"user-bytes", 0, do_user_bytes},
        {"user-put", 3, do_user_put},
        {"user-get", 2, do_user_get},
        {"writer", 0, do_writer},
        {"claim", 2, do_claim},
        {"claim-more", 2, do_claim_more},
        {"fill", 1, do_fill},
        {"commit", 0, do_commit},
        {"abort", 0, do_abort},
        {"offer", 3, do_offer},
        {"await-space", 2, do_await_space},
        {"writer-position", 0, do_writer_position},
        {"free", 0, do_free},
        {"interrupt-writer", 0, do_interrupt_writer},
        {"close-writer", 0, do_close_writer},
        {"stream", 2, do_stream},
        {"reader", 0, do_reader},
        {"poll", 1, do_poll},
        {"poll-stop", 1, do_poll_stop},
        {"poll-fail", 1, do_poll_fail},
        {"poll-into", 1, do_poll_into},
        {"skip", 0, do_skip},
        {"await-data", 1, do_await_data},
        {"reader-position", 0, do_reader_position},
        {"available", 0, do_available},
        {"interrupt-reader", 0, do_interrupt_reader},
        {"close-reader", 0, do_close_reader},
        {"drain", 2, do_drain},
        {"close", 0, do_close},
        {NULL, 0, NULL},
    };
    return peer_serve(commands);
}
