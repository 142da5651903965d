#include "support.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/ring.h"

/* A ring in this process with both ends open. */
struct both {
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
};

static struct both open_both(void)
{
    struct both both = {.ring = test_ring_create("ring", LANE)};
    both.writer = test_writer(both.ring);
    both.reader = test_reader(both.ring);
    return both;
}

/* ---- Options ---------------------------------------------------------------------------------------------
 */

static void options_out_of_range_are_refused_naming_both(void **state)
{
    const struct {
        struct strait_ring_options options;
        uint64_t expected;
        uint64_t found;
    } bad[] = {
        {{0, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MIN, 0},
        {{2048, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MIN, 2048},
        {{4095, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MIN, 4095},
        {{4097, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MAX, 4097},
        {{3 * LANE, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MAX, 3 * LANE},
        {{0x40000001, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MAX, 0x40000001},
        {{UINT64_C(0x80000000), 1, 1, false, STRAIT_READER_HOLD},
         STRAIT_LANE_BYTES_MAX,
         UINT64_C(0x80000000)},
        {{UINT64_C(1) << 63, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MAX, UINT64_C(1) << 63},
        {{UINT64_MAX, 1, 1, false, STRAIT_READER_HOLD}, STRAIT_LANE_BYTES_MAX, UINT64_MAX},
        {{LANE, 0, 1, false, STRAIT_READER_HOLD}, 1, 0},
        {{LANE, 2, 1, false, STRAIT_READER_HOLD}, 1, 2},
        {{LANE, UINT32_MAX, 1, false, STRAIT_READER_HOLD}, 1, UINT32_MAX},
        {{LANE, 1, 0, false, STRAIT_READER_HOLD}, 1, 0},
        {{LANE, 1, 2, false, STRAIT_READER_HOLD}, 1, 2},
    };
    const struct strait_segment_options options = test_options();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct strait_ring *ring = NULL;
        struct strait_failure failure = {0};
        assert_int_equal(strait_ring_create("ring", &options, &bad[i].options, &ring, &failure), -EINVAL);
        assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, bad[i].expected, bad[i].found);
        assert_int_equal(strait_ring_open_or_create("ring", &options, &bad[i].options, &ring, NULL), -EINVAL);
        assert_int_equal(strait_ring_create_memfd("ring", &options, &bad[i].options, &ring, NULL), -EINVAL);
        assert_null(ring);
    }
    assert_int_equal(count_files(test_directory), 0);
}

static void a_ring_without_options_has_a_mebibyte(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    assert_int_equal(strait_ring_create("ring", &options, NULL, &ring, NULL), 0);
    assert_int_equal(strait_ring_capacity(ring), 1 << 20);
    assert_false(strait_ring_is_spin_only(ring));
    strait_ring_close(ring);
}

static void a_ring_has_the_capacity_it_was_created_with(void **state)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t capacities[] = {page, LANE, 2 * LANE, 16 << 20};
    for (size_t i = 0; i < COUNT_OF(capacities); i++) {
        struct strait_ring *created = test_ring_create("ring", capacities[i]);
        struct strait_ring *opened = test_ring_open("ring");
        assert_int_equal(strait_ring_capacity(created), capacities[i]);
        assert_int_equal(strait_ring_capacity(opened), capacities[i]);
        strait_ring_close(opened);
        strait_ring_close(created);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void the_largest_ring_holds_the_largest_message(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = STRAIT_LANE_BYTES_MAX;
    int result = strait_ring_create("ring", &options, &ring_options, &ring, NULL);
    if (result == -ENOSPC || result == -ENOMEM)
        test_skip("no room for a lane of 1 GiB");
    assert_int_equal(result, 0);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    unsigned char *payload = NULL;
    test_offer(writer, 1);
    test_take(reader, 1);
    assert_int_equal(strait_ring_claim(writer, 0, STRAIT_LANE_BYTES_MAX - 7, (void **)&payload), -EINVAL);
    assert_int_equal(strait_ring_claim(writer, 0, STRAIT_LANE_BYTES_MAX - 8, (void **)&payload), 0);
    payload[STRAIT_LANE_BYTES_MAX - 9] = 1; /* in the second mapping */
    assert_int_equal(strait_ring_commit(writer), 0);
    assert_int_equal(strait_ring_skip(reader), 1);
    assert_int_equal(strait_ring_reader_position(reader), STRAIT_LANE_BYTES_MAX + 8);
    strait_ring_close(ring);
}

static void spin_only_is_a_property_of_the_ring(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.spin_only = true;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    struct strait_ring *opened = test_ring_open("ring");
    assert_true(strait_ring_is_spin_only(ring));
    assert_true(strait_ring_is_spin_only(opened));
    strait_ring_close(opened);
    strait_ring_close(ring);
}

/* ---- Attaching -------------------------------------------------------------------------------------------
 */

static void open_or_create_says_which_it_did(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *first = NULL;
    struct strait_ring *second = NULL;
    ring_options.lane_bytes = LANE;
    assert_int_equal(strait_ring_open_or_create("ring", &options, &ring_options, &first, NULL), 1);
    assert_int_equal(strait_ring_open_or_create("ring", &options, NULL, &second, NULL), 0);
    assert_int_equal(strait_ring_capacity(second), LANE);
    strait_ring_close(second);
    strait_ring_close(first);
}

static void a_ring_is_created_and_opened_as_a_segment_is(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    struct strait_failure failure = {0};
    assert_int_equal(strait_ring_open("ring", &options, &ring, &failure), -ENOENT);
    assert_operation(failure, "open");
    strait_ring_close(test_ring_create("ring", LANE));
    assert_int_equal(strait_ring_create("ring", &options, NULL, &ring, &failure), -EEXIST);
    assert_operation(failure, "linkat");
    assert_null(ring);
    strait_ring_close(NULL);
}

static void send_through_the_parents_memfd(int parent, void *context)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    int fd = (int)hear(parent);
    must(strait_ring_open_memfd(getppid(), fd, &options, &ring, NULL) == 0);
    must(strait_ring_offer(test_writer(ring), 5, "hello", 6) == 0);
    strait_ring_close(ring);
}

static int expect_hello(void *context, int32_t type, const void *payload, uint32_t length)
{
    assert_int_equal(type, 5);
    assert_int_equal(length, 6);
    assert_string_equal(payload, "hello");
    return 0;
}

static void another_process_opens_a_ring_in_a_memfd(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    struct child child = child_start(send_through_the_parents_memfd, NULL);
    assert_int_equal(strait_ring_create_memfd("ring", &options, NULL, &ring, NULL), 0);
    struct strait_ring_reader *reader = test_reader(ring);
    tell(child.socket, strait_segment_fd(strait_ring_segment(ring)));
    assert_int_equal(child_end(&child), 0);
    assert_int_equal(strait_ring_poll(reader, expect_hello, NULL, 10), 1);
    strait_ring_close(ring);
}

static void one_process_may_attach_twice(void **state)
{
    struct strait_ring *sending = test_ring_create("ring", LANE);
    struct strait_ring *receiving = test_ring_open("ring");
    assert_ptr_not_equal(sending->bytes, receiving->bytes);
    struct strait_ring_writer *writer = test_writer(sending);
    struct strait_ring_reader *reader = test_reader(receiving);
    assert_int_equal(strait_ring_offer(writer, 5, "hello", 6), 0);
    strait_ring_close(sending);
    assert_int_equal(strait_ring_poll(reader, expect_hello, NULL, 10), 1);
    assert_int_equal(strait_ring_poll(reader, expect_hello, NULL, 10), STRAIT_END);
    strait_ring_close(receiving);
}

static void a_users_region_stands_beside_the_ring(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    options.user_bytes = 5000;
    ring_options.lane_bytes = LANE;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    struct strait_ring *opened = test_ring_open("ring");
    unsigned char *user = strait_segment_user(strait_ring_segment(ring));
    const unsigned char *seen = strait_segment_user(strait_ring_segment(opened));
    assert_int_equal(strait_segment_user_bytes(strait_ring_segment(opened)), 5000);
    assert_int_equal((uintptr_t)user % 4096, 0);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(user[i], 0);
    memset(user, 3, 5000);

    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(opened);
    void *payload = NULL;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(strait_ring_claim(writer, 0, LANE - 8 - 8 * (uint32_t)round, &payload), 0);
        memset(payload, 0xff, LANE - 8 - 8 * (size_t)round);
        assert_int_equal(strait_ring_commit(writer), 0);
        test_take(reader, 1);
    }
    for (int i = 0; i < 5000; i++)
        assert_int_equal(seen[i], 3);
    strait_ring_close(opened);
    strait_ring_close(ring);
}

static int try_open(struct strait_failure *failure)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    int result = strait_ring_open("ring", &options, &ring, failure);
    strait_ring_close(ring);
    return result;
}

static void control_words_of_a_later_version_are_refused(void **state)
{
    struct strait_failure failure = {0};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    for (uint32_t readers = 0; readers < 4; readers += readers == 0 ? 2 : 1) {
        ring->control->readers = readers;
        assert_int_equal(try_open(&failure), -EPROTO);
        assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 1, readers);
    }
    ring->control->readers = 1;
    ring->control->flags = 4;
    assert_int_equal(try_open(&failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_FEATURES, 3, 4);
    ring->control->flags = 0;
    assert_int_equal(try_open(NULL), 0);
    strait_ring_close(ring);
}

static void lanes_that_this_version_does_not_have_are_refused(void **state)
{
    struct strait_failure failure = {0};
    struct strait_ring *ring = test_ring_create("ring", 2 * LANE);
    struct strait_header *header = (struct strait_header *)ring->segment->fixed.base;
    header->lane_bytes = LANE;
    header->lane_count = 2;
    assert_int_equal(try_open(&failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 1, 2);
    header->lane_bytes = 0;
    header->lane_count = 0;
    header->lanes = (struct strait_section){0, 0};
    assert_int_equal(try_open(&failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 1, 0);
    strait_ring_close(ring);
}

/* ---- Closing in two steps --------------------------------------------------------------------------------
 */

static void a_shut_ring_shows_zeros_until_it_is_freed(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    options.user_bytes = 5000;
    assert_int_equal(strait_ring_create("ring", &options, NULL, &ring, NULL), 0);
    struct strait_ring *other = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    unsigned char *user = strait_segment_user(strait_ring_segment(ring));
    unsigned char *bytes = ring->bytes;
    unsigned char *payload = NULL;
    memset(user, 1, 5000);
    assert_int_equal(strait_ring_claim(writer, 7, 100, (void **)&payload), 0);
    memset(payload, 1, 100);
    assert_int_equal(strait_ring_commit(writer), 0);

    strait_ring_shut(ring);
    strait_ring_shut(ring);
    assert_int_equal(strait_segment_fd(strait_ring_segment(ring)), -1);
    for (uint64_t i = 0; i < 5000; i++)
        assert_int_equal(user[i], 0);
    for (uint64_t i = 0; i < 2 * strait_ring_capacity(ring); i += 4)
        assert_int_equal(bytes[i], 0);
    memset(user, 2, 5000);
    memset(payload, 2, 100);
    assert_int_equal(*(unsigned char *)strait_segment_user(strait_ring_segment(other)), 1);
    assert_int_equal(other->bytes[8], 1);
    assert_int_equal(strait_owner_state(atomic_load(&other->lane->owner)), STRAIT_OWNER_ENDED);

    struct strait_ring *next = test_ring_open("ring");
    assert_int_equal(next->participant->slot, 0); /* which is free again */
    strait_ring_close(next);
    strait_ring_free(ring);
    strait_ring_close(other);
}

/* ---- Messages --------------------------------------------------------------------------------------------
 */

/* The message that should come next, and its bytes: those after `seed`. */
struct expected {
    int32_t type;
    uint32_t length;
    unsigned char seed;
    uint64_t count;
};

static void fill(unsigned char *payload, uint32_t length, unsigned char seed)
{
    for (uint32_t i = 0; i < length; i++)
        payload[i] = (unsigned char)(seed + i);
}

static int compare(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct expected *expected = context;
    const unsigned char *bytes = payload;
    unsigned char different = 0;
    must(type == expected->type);
    must(length == expected->length);
    must((uintptr_t)payload % 8 == 0);
    for (uint32_t i = 0; i < length; i++)
        different |= (unsigned char)(bytes[i] ^ (unsigned char)(expected->seed + i));
    must(different == 0);
    expected->count++;
    return 0;
}

static void send_and_receive(const struct both *both, struct expected expected)
{
    void *payload = NULL;
    must(strait_ring_claim(both->writer, expected.type, expected.length, &payload) == 0);
    must((uintptr_t)payload % 8 == 0);
    fill(payload, expected.length, expected.seed);
    must(strait_ring_commit(both->writer) == 0);
    must(strait_ring_poll(both->reader, compare, &expected, 2) == 1);
}

static void a_type_may_be_any_number(void **state)
{
    const int32_t types[] = {0, 1, -1, INT32_MAX, INT32_MIN, 0x12345678};
    struct both both = open_both();
    for (size_t i = 0; i < COUNT_OF(types); i++)
        send_and_receive(&both, (struct expected){.type = types[i], .length = 3});
    strait_ring_close(both.ring);
}

static void a_message_may_be_empty(void **state)
{
    struct both both = open_both();
    struct expected expected = {.type = 9};
    for (uint32_t i = 0; i < LANE / 8; i++)
        assert_int_equal(strait_ring_offer(both.writer, 9, NULL, 0), 0);
    assert_int_equal(strait_ring_offer(both.writer, 9, NULL, 0), STRAIT_FULL);
    assert_int_equal(strait_ring_poll(both.reader, compare, &expected, INT_MAX), LANE / 8);
    strait_ring_close(both.ring);
}

static void an_offer_copies_every_byte(void **state)
{
    unsigned char bytes[200];
    struct both both = open_both();
    for (uint32_t length = 0; length < sizeof bytes; length++) {
        struct expected expected = {.type = 3, .length = length, .seed = 100};
        fill(bytes, length, expected.seed);
        assert_int_equal(strait_ring_offer(both.writer, 3, bytes, length), 0);
        assert_int_equal(strait_ring_poll(both.reader, compare, &expected, 2), 1);
    }
    strait_ring_close(both.ring);
}

static void a_message_as_large_as_the_lane_fits_at_every_offset(void **state)
{
    struct both both = open_both();
    const uint32_t offsets = LANE / 8;
    const uint32_t rounds = (uint32_t)test_rounds((int)offsets);
    const uint32_t step = 8 * (rounds < offsets ? offsets / rounds : 1);
    for (uint32_t offset = 0; offset < LANE; offset += step) {
        assert_int_equal(strait_ring_writer_position(both.writer) % LANE, offset);
        send_and_receive(&both, (struct expected){.length = LANE - 8, .seed = (unsigned char)offset});
        send_and_receive(&both, (struct expected){.length = step - 8, .seed = 1});
    }
    strait_ring_close(both.ring);
}

static void a_message_of_every_length_takes_its_length_rounded_up_and_a_header(void **state)
{
    struct both both = open_both();
    for (uint32_t length = 0; length < 100; length++) {
        uint64_t before = strait_ring_writer_position(both.writer);
        send_and_receive(&both, (struct expected){.length = length, .seed = (unsigned char)length});
        assert_int_equal(strait_ring_writer_position(both.writer) - before, 8 + (length + 7) / 8 * 8);
    }
    strait_ring_close(both.ring);
}

/* Every number that a lane can still hold, at every offset of a few. */
static void a_claim_fails_exactly_when_it_is_larger_than_what_is_free(void **state)
{
    struct both both = open_both();
    for (uint32_t in_use = 0; in_use <= LANE; in_use += 8 * 61) {
        void *payload = NULL;
        if (in_use > 0)
            assert_int_equal(strait_ring_offer(both.writer, 0, NULL, 0), 0);
        if (in_use > 8) {
            assert_int_equal(strait_ring_claim(both.writer, 0, in_use - 16, &payload), 0);
            assert_int_equal(strait_ring_commit(both.writer), 0);
        }
        uint32_t free = (uint32_t)strait_ring_writer_free(both.writer);
        assert_int_equal(free, LANE - in_use);
        if (free >= 8) {
            if (free < LANE)
                assert_int_equal(strait_ring_claim(both.writer, 0, free - 7, &payload), STRAIT_FULL);
            assert_int_equal(strait_ring_claim(both.writer, 0, free - 8, &payload), 0);
            assert_int_equal(strait_ring_commit(both.writer), 0);
        }
        assert_int_equal(strait_ring_writer_free(both.writer), 0);
        assert_int_equal(strait_ring_claim(both.writer, 0, 0, &payload), STRAIT_FULL);
        assert_int_equal(strait_ring_offer(both.writer, 0, "", 1), STRAIT_FULL);
        while (strait_ring_skip(both.reader) == 1) {
        }
    }
    strait_ring_close(both.ring);
}

/* ---- Many messages ---------------------------------------------------------------------------------------
 */

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A stream of messages that follows from its seed: mostly small ones, now and then one as large as the lane.
 */
struct stream {
    uint32_t random;
    struct expected now;
};

static void advance(struct stream *stream)
{
    uint32_t word = next_random(&stream->random);
    stream->now.type = (int32_t)word;
    stream->now.seed = (unsigned char)(word >> 8);
    stream->now.length = word % 4096 == 0 ? LANE - 8 : word % 64 == 0 ? word >> 8 & 0xfff : word >> 8 & 0x7f;
}

static int claim_next(struct strait_ring_writer *writer, const struct stream *stream)
{
    void *payload = NULL;
    int result = strait_ring_claim(writer, stream->now.type, stream->now.length, &payload);
    if (result == 0)
        fill(payload, stream->now.length, stream->now.seed);
    return result;
}

static int compare_next(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct stream *stream = context;
    advance(stream);
    return compare(&stream->now, type, payload, length);
}

static void a_million_messages_arrive_whole_once_and_in_order(void **state)
{
    const int count = test_rounds(1000000);
    struct both both = open_both();
    struct stream sent = {.random = 12345};
    struct stream received = sent;
    uint32_t dice = 1;
    int claimed = 0;
    advance(&sent);
    while (received.now.count < (uint64_t)count) {
        for (uint32_t burst = next_random(&dice) % 100; burst > 0 && claimed < count; burst--) {
            int result = claim_next(both.writer, &sent);
            if (result == STRAIT_FULL)
                break;
            assert_int_equal(result, 0);
            assert_int_equal(strait_ring_commit(both.writer), 0);
            claimed++;
            advance(&sent);
        }
        int polled =
            strait_ring_poll(both.reader, compare_next, &received, (int)(next_random(&dice) % 100) + 1);
        assert_true(polled >= 0);
    }
    assert_int_equal(strait_ring_skip(both.reader), STRAIT_EMPTY);
    assert_int_equal(strait_ring_reader_position(both.reader), strait_ring_writer_position(both.writer));
    strait_ring_close(both.ring);
}

static void send_stream(struct strait_ring_writer *writer, int64_t spin_ns, int count)
{
    struct stream sent = {.random = 777};
    for (int i = 0; i < count; i++) {
        int result;
        advance(&sent);
        while ((result = claim_next(writer, &sent)) == STRAIT_FULL)
            must(strait_ring_await_space(writer, sent.now.length, spin_ns, STRAIT_WAIT_FOREVER) ==
                 STRAIT_READY);
        must(result == 0);
        must(strait_ring_commit(writer) == 0);
    }
}

static void receive_stream(struct strait_ring_reader *reader, int64_t spin_ns, int count)
{
    struct stream received = {.random = 777};
    while (received.now.count < (uint64_t)count) {
        int result = strait_ring_poll(reader, compare_next, &received, 1000);
        if (result == STRAIT_EMPTY)
            must(strait_ring_await_data(reader, spin_ns, STRAIT_WAIT_FOREVER) == STRAIT_READY);
        else
            must(result > 0);
    }
}

struct sending {
    struct strait_ring_writer *writer;
    int64_t spin_ns;
    int count;
};

static void *sending_thread(void *context)
{
    const struct sending *sending = context;
    send_stream(sending->writer, sending->spin_ns, sending->count);
    return NULL;
}

static void send_from_a_thread(struct strait_ring *ring, int64_t spin_ns, int count)
{
    struct sending sending = {test_writer(ring), spin_ns, count};
    struct strait_ring_reader *reader = test_reader(ring);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, sending_thread, &sending), 0);
    receive_stream(reader, spin_ns, count);
    pthread_join(thread, NULL);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    strait_ring_close(ring);
}

static void a_million_messages_go_from_thread_to_thread(void **state)
{
    send_from_a_thread(test_ring_create("ring", LANE), STRAIT_SPIN_DEFAULT_NS, test_rounds(1000000));
}

/* Without the fences for sleepers, all that orders the two threads is tail and cursor. */
static void on_a_spin_only_ring_messages_go_from_thread_to_thread(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.spin_only = true;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    send_from_a_thread(ring, STRAIT_SPIN_ONLY, test_rounds(200000));
}

static void sending_process(int parent, void *context)
{
    hear(parent);
    struct strait_ring *ring = test_ring_open("ring");
    send_stream(test_writer(ring), STRAIT_SPIN_DEFAULT_NS, test_rounds(1000000));
    strait_ring_close(ring);
}

static void a_million_messages_go_from_process_to_process(void **state)
{
    struct child child = child_start(sending_process, NULL);
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    tell(child.socket, 0);
    receive_stream(reader, STRAIT_SPIN_DEFAULT_NS, test_rounds(1000000));
    assert_int_equal(child_end(&child), 0);
    assert_int_equal(strait_ring_skip(reader), STRAIT_END);
    strait_ring_close(ring);
}

/* ---- Positions -------------------------------------------------------------------------------------------
 */

static void positions_count_bytes_and_only_grow(void **state)
{
    struct both both = open_both();
    void *payload = NULL;
    assert_int_equal(strait_ring_writer_position(both.writer), 0);
    assert_int_equal(strait_ring_reader_position(both.reader), 0);
    assert_int_equal(strait_ring_writer_free(both.writer), LANE);
    assert_int_equal(strait_ring_reader_available(both.reader), 0);

    assert_int_equal(strait_ring_claim(both.writer, 0, 9, &payload), 0); /* takes 24 */
    assert_int_equal(strait_ring_writer_position(both.writer), 0);
    assert_int_equal(strait_ring_writer_free(both.writer), LANE - 24);
    assert_int_equal(strait_ring_reader_available(both.reader), 0);

    assert_int_equal(strait_ring_commit(both.writer), 0);
    assert_int_equal(strait_ring_writer_position(both.writer), 24);
    assert_int_equal(strait_ring_writer_free(both.writer), LANE - 24);
    assert_int_equal(strait_ring_reader_available(both.reader), 24);
    assert_int_equal(strait_ring_reader_position(both.reader), 0);

    test_take(both.reader, 1);
    assert_int_equal(strait_ring_reader_position(both.reader), 24);
    assert_int_equal(strait_ring_reader_available(both.reader), 0);
    assert_int_equal(strait_ring_writer_free(both.writer), LANE);

    for (int i = 0; i < 3; i++)
        send_and_receive(&both, (struct expected){.length = LANE - 8});
    assert_int_equal(strait_ring_writer_position(both.writer), 24 + 3 * LANE);
    assert_int_equal(strait_ring_reader_position(both.reader), 24 + 3 * LANE);
    strait_ring_close(both.ring);
}

/* Only differences count, so not even the end of 64 bits is one. */
static void positions_may_pass_the_largest_number(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    atomic_store(&ring->lane->tail, UINT64_MAX - LANE / 2 + 1);
    atomic_store(&ring->cursor->position, UINT64_MAX - LANE / 2 + 1);
    struct both both = {ring, test_writer(ring), test_reader(ring)};
    for (int i = 0; i < 5; i++)
        send_and_receive(&both, (struct expected){.length = LANE / 4 + 100, .seed = (unsigned char)i});
    test_offer(both.writer, LANE / 8);
    assert_int_equal(strait_ring_offer(both.writer, 0, NULL, 0), STRAIT_FULL);
    assert_int_equal(strait_ring_reader_available(both.reader), LANE);
    assert_int_equal(strait_ring_await_data(both.reader, 0, 0), STRAIT_READY);
    test_take(both.reader, LANE / 8);
    strait_ring_close(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_out_of_range_are_refused_naming_both),
        TEST(a_ring_without_options_has_a_mebibyte),
        TEST(a_ring_has_the_capacity_it_was_created_with),
        TEST(the_largest_ring_holds_the_largest_message),
        TEST(spin_only_is_a_property_of_the_ring),
        TEST(open_or_create_says_which_it_did),
        TEST(a_ring_is_created_and_opened_as_a_segment_is),
        TEST(another_process_opens_a_ring_in_a_memfd),
        TEST(one_process_may_attach_twice),
        TEST(a_users_region_stands_beside_the_ring),
        TEST(control_words_of_a_later_version_are_refused),
        TEST(lanes_that_this_version_does_not_have_are_refused),
        TEST(a_shut_ring_shows_zeros_until_it_is_freed),
        TEST(a_type_may_be_any_number),
        TEST(a_message_may_be_empty),
        TEST(an_offer_copies_every_byte),
        TEST(a_message_as_large_as_the_lane_fits_at_every_offset),
        TEST(a_message_of_every_length_takes_its_length_rounded_up_and_a_header),
        TEST(a_claim_fails_exactly_when_it_is_larger_than_what_is_free),
        TEST(a_million_messages_arrive_whole_once_and_in_order),
        TEST(a_million_messages_go_from_thread_to_thread),
        TEST(on_a_spin_only_ring_messages_go_from_thread_to_thread),
        TEST(a_million_messages_go_from_process_to_process),
        TEST(positions_count_bytes_and_only_grow),
        TEST(positions_may_pass_the_largest_number),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
