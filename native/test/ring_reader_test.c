#include "support.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "internal/ring.h"

/* Two attachments: one reads, the other writes, and is where this test spoils shared words. */
struct pair {
    struct strait_ring *sending;
    struct strait_ring *receiving;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
};

static struct pair open_pair(void)
{
    struct pair pair = {.sending = test_ring_create("ring", LANE)};
    pair.receiving = test_ring_open("ring");
    pair.writer = test_writer(pair.sending);
    pair.reader = test_reader(pair.receiving);
    return pair;
}

static void close_pair(const struct pair *pair)
{
    strait_ring_close(pair->sending);
    strait_ring_close(pair->receiving);
}

/* Offers messages of the types `first` to `last`. */
static void offer_types(const struct pair *pair, int32_t first, int32_t last)
{
    for (int32_t type = first; type <= last; type++)
        must(strait_ring_offer(pair->writer, type, "payload", 8) == 0);
}

/* Counts what arrives, and answers `answer` to the message of type `at`. */
struct handler {
    int count;
    int32_t last;
    int32_t at;
    int answer;
};

static int handle(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct handler *handler = context;
    must(length == 8 && memcmp(payload, "payload", 8) == 0);
    must(type == handler->last + 1);
    if (type == handler->at && handler->answer < 0)
        return handler->answer;
    handler->last = type;
    handler->count++;
    return type == handler->at ? handler->answer : 0;
}

/* ---- Batches ---------------------------------------------------------------------------------------------
 */

static void a_poll_hands_over_no_more_than_its_limit(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {0};
    offer_types(&pair, 1, 10);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 1), 1);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 4), 4);
    assert_int_equal(handler.last, 5);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, INT_MAX), 5);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, INT_MAX), STRAIT_EMPTY);
    assert_int_equal(handler.count, 10);
    close_pair(&pair);
}

static void a_limit_below_one_is_refused(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {0};
    offer_types(&pair, 1, 1);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 0), -EINVAL);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, -1), -EINVAL);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, INT_MIN), -EINVAL);
    assert_int_equal(handler.count, 0);
    close_pair(&pair);
}

static void a_handler_may_stop_the_batch_after_its_message(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {.at = 3, .answer = 1};
    offer_types(&pair, 1, 5);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 3);
    assert_int_equal(strait_ring_reader_position(pair.reader), 3 * 16);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 2);
    assert_int_equal(handler.last, 5);
    close_pair(&pair);
}

static void a_message_that_a_handler_refuses_comes_again(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {.at = 3, .answer = -EIO};
    offer_types(&pair, 1, 5);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EIO);
    assert_int_equal(handler.last, 2);
    assert_int_equal(strait_ring_reader_position(pair.reader), 2 * 16); /* those before it are consumed */
    assert_int_equal(strait_ring_writer_free(pair.writer), LANE - 3 * 16);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EIO);
    assert_int_equal(strait_ring_reader_position(pair.reader), 2 * 16);
    handler.at = 0;
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 3);
    assert_int_equal(handler.last, 5);
    close_pair(&pair);
}

static void a_skip_passes_over_one_message(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {.last = 2};
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    offer_types(&pair, 1, 3);
    assert_int_equal(strait_ring_skip(pair.reader), 1);
    assert_int_equal(strait_ring_skip(pair.reader), 1);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 1);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    close_pair(&pair);
}

struct watch {
    struct pair *pair;
    int count;
    uint64_t most_free;
};

static int watch_space(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct watch *watch = context;
    uint64_t free = strait_ring_writer_free(watch->pair->writer);
    watch->count++;
    watch->most_free = free > watch->most_free ? free : watch->most_free;
    return 0;
}

static void a_long_batch_gives_space_back_on_the_way(void **state)
{
    struct pair pair = open_pair();
    struct watch watch = {&pair, 0, 0};
    test_offer(pair.writer, LANE / 8);
    assert_int_equal(strait_ring_poll(pair.reader, watch_space, &watch, INT_MAX), LANE / 8);
    assert_int_equal(watch.most_free, LANE / 4 * 3);
    assert_int_equal(strait_ring_writer_free(pair.writer), LANE);
    close_pair(&pair);
}

/* ---- Inside a handler ------------------------------------------------------------------------------------
 */

struct inside {
    struct pair *pair;
    int calls;
};

static int call_everything(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct inside *inside = context;
    struct strait_ring_reader *reader = inside->pair->reader;
    inside->calls++;
    assert_int_equal(strait_ring_poll(reader, call_everything, context, 1), -EBUSY);
    assert_int_equal(strait_ring_skip(reader), -EBUSY);
    assert_int_equal(strait_ring_reader_close(reader), -EBUSY);
    assert_int_equal(strait_ring_reader_position(reader), 0);
    assert_int_equal(strait_ring_reader_available(reader), 16);
    assert_int_equal(strait_ring_offer(inside->pair->writer, 0, NULL, 0), 0); /* the other end is open */
    return 0;
}

static void a_handler_cannot_poll_skip_or_close_its_reader(void **state)
{
    struct pair pair = open_pair();
    struct inside inside = {&pair, 0};
    offer_types(&pair, 1, 1);
    assert_int_equal(strait_ring_poll(pair.reader, call_everything, &inside, 1), 1);
    assert_int_equal(inside.calls, 1);
    assert_int_equal(strait_ring_skip(pair.reader), 1);
    assert_int_equal(strait_ring_reader_close(pair.reader), 0);
    close_pair(&pair);
}

static int poll_another(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct handler handler = {0};
    return strait_ring_poll(context, handle, &handler, 10) == 2 ? 0 : -EIO;
}

static void a_handler_may_poll_another_reader(void **state)
{
    struct strait_ring *ring = test_ring_create("another", LANE);
    struct pair another = {ring, ring, test_writer(ring), test_reader(ring)};
    struct pair pair = open_pair();
    offer_types(&another, 1, 2);
    offer_types(&pair, 1, 1);
    assert_int_equal(strait_ring_poll(pair.reader, poll_another, another.reader, 1), 1);
    strait_ring_close(ring);
    close_pair(&pair);
}

/* ---- The writer's end ------------------------------------------------------------------------------------
 */

static void the_end_comes_once_after_the_last_message(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {0};
    offer_types(&pair, 1, 3);
    strait_ring_writer_close(pair.writer);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 2), 2);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 2), 1);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 2), STRAIT_END);
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 2), STRAIT_EMPTY);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_TIMED_OUT);
    close_pair(&pair);
}

static void each_writer_has_its_end(void **state)
{
    struct pair pair = open_pair();
    for (int32_t round = 0; round < 5; round++) {
        struct handler handler = {.last = round * 2};
        offer_types(&pair, round * 2 + 1, round * 2 + 2);
        strait_ring_writer_close(pair.writer);
        assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 2);
        assert_int_equal(strait_ring_skip(pair.reader), STRAIT_END);
        pair.writer = test_writer(pair.sending);
        assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    }
    close_pair(&pair);
}

static void an_end_that_await_said_is_not_said_again_by_poll(void **state)
{
    struct pair pair = open_pair();
    strait_ring_writer_close(pair.writer);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_END);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_TIMED_OUT);
    strait_ring_writer_close(test_writer(pair.sending));
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_END);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_TIMED_OUT);
    close_pair(&pair);
}

static void messages_go_before_the_end_in_await_too(void **state)
{
    struct pair pair = open_pair();
    offer_types(&pair, 1, 1);
    strait_ring_writer_close(pair.writer);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_READY);
    test_take(pair.reader, 1);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_END);
    close_pair(&pair);
}

static void the_next_reader_is_told_of_an_end_that_left_it_something(void **state)
{
    struct pair pair = open_pair();
    offer_types(&pair, 1, 1);
    strait_ring_writer_close(pair.writer);
    strait_ring_reader_close(pair.reader);
    pair.reader = test_reader(pair.receiving);
    test_take(pair.reader, 1);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_END);
    strait_ring_reader_close(pair.reader);
    pair.reader = test_reader(pair.receiving);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    close_pair(&pair);
}

static void a_writer_that_never_was_has_no_end(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    assert_int_equal(strait_ring_await_data(reader, 0, 0), STRAIT_TIMED_OUT);
    strait_ring_close(ring);
}

/* ---- Corruption ------------------------------------------------------------------------------------------
 */

static void a_corrupt_tail_is_told_and_never_believed(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {0};
    _Atomic uint64_t *tail = &pair.sending->lane->tail;
    test_offer(pair.writer, 1000);
    test_take(pair.reader, 1000);
    const uint64_t consumed = strait_ring_reader_position(pair.reader);
    const uint64_t tails[] = {
        consumed - 8,            /* behind the cursor */
        consumed + LANE + 8,     /* more than a lane before it */
        consumed + 1,            /* between two messages */
        consumed + LANE - 4,     /* the same */
        0,                       /**/
        UINT64_MAX,              /**/
        consumed + (1ull << 63), /**/
    };
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        atomic_store(tail, tails[i]);
        assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EUCLEAN);
        assert_int_equal(strait_ring_skip(pair.reader), -EUCLEAN);
        assert_int_equal(strait_ring_await_data(pair.reader, 0, STRAIT_WAIT_FOREVER), -EUCLEAN);
        assert_true(strait_ring_reader_available(pair.reader) <= LANE);
        assert_int_equal(strait_ring_reader_position(pair.reader), consumed);
    }
    atomic_store(tail, consumed);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    assert_int_equal(handler.count, 0);
    close_pair(&pair);
}

static void a_corrupt_length_is_told_after_what_came_before_it(void **state)
{
    const uint32_t lengths[] = {9, 17, LANE - 8, LANE, INT32_MAX, 0x80000000, UINT32_MAX - 7, UINT32_MAX};
    struct pair pair = open_pair();
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct handler handler = {0};
        const uint64_t start = strait_ring_writer_position(pair.writer);
        offer_types(&pair, 1, 3);
        uint32_t *length = (uint32_t *)strait_ring_at(pair.sending, start + 2 * 16);
        assert_int_equal(*length, 8);
        *length = lengths[i];
        assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EUCLEAN);
        assert_int_equal(handler.last, 2);
        assert_int_equal(strait_ring_reader_position(pair.reader), start + 2 * 16);
        assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EUCLEAN);
        assert_int_equal(strait_ring_skip(pair.reader), -EUCLEAN);
        assert_int_equal(strait_ring_reader_position(pair.reader), start + 2 * 16);
        *length = 8;
        assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), 1);
    }
    close_pair(&pair);
}

static void a_length_that_was_made_smaller_still_stays_inside(void **state)
{
    struct pair pair = open_pair();
    struct handler handler = {0};
    offer_types(&pair, 1, 1);
    *(uint32_t *)strait_ring_at(pair.sending, 0) = 0;
    test_take(pair.reader, 1);
    /* What is a payload is now read as a header; its length is no small number. */
    assert_int_equal(strait_ring_poll(pair.reader, handle, &handler, 10), -EUCLEAN);
    assert_int_equal(strait_ring_reader_position(pair.reader), 8);
    close_pair(&pair);
}

static void no_reader_is_opened_on_corrupt_positions(void **state)
{
    const struct {
        uint64_t tail;
        uint64_t cursor;
    } corrupt[] = {{8, 16}, {LANE + 8, 0}, {4, 0}, {8, 4}, {12, 12}, {UINT64_MAX, 0}};
    struct pair pair = open_pair();
    strait_ring_reader_close(pair.reader);
    for (size_t i = 0; i < COUNT_OF(corrupt); i++) {
        struct strait_ring_reader *reader = NULL;
        struct strait_failure failure = {0};
        atomic_store(&pair.sending->lane->tail, corrupt[i].tail);
        atomic_store(&pair.sending->cursor->position, corrupt[i].cursor);
        assert_int_equal(strait_ring_reader_open(pair.receiving, &reader, &failure), -EUCLEAN);
        assert_operation(failure, "reader_open");
        assert_null(reader);
    }
    atomic_store(&pair.sending->lane->tail, 0);
    atomic_store(&pair.sending->cursor->position, 0);
    assert_int_equal(strait_ring_skip(test_reader(pair.receiving)), STRAIT_EMPTY);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_poll_hands_over_no_more_than_its_limit),
        TEST(a_limit_below_one_is_refused),
        TEST(a_handler_may_stop_the_batch_after_its_message),
        TEST(a_message_that_a_handler_refuses_comes_again),
        TEST(a_skip_passes_over_one_message),
        TEST(a_long_batch_gives_space_back_on_the_way),
        TEST(a_handler_cannot_poll_skip_or_close_its_reader),
        TEST(a_handler_may_poll_another_reader),
        TEST(the_end_comes_once_after_the_last_message),
        TEST(each_writer_has_its_end),
        TEST(an_end_that_await_said_is_not_said_again_by_poll),
        TEST(messages_go_before_the_end_in_await_too),
        TEST(the_next_reader_is_told_of_an_end_that_left_it_something),
        TEST(a_writer_that_never_was_has_no_end),
        TEST(a_corrupt_tail_is_told_and_never_believed),
        TEST(a_corrupt_length_is_told_after_what_came_before_it),
        TEST(a_length_that_was_made_smaller_still_stays_inside),
        TEST(no_reader_is_opened_on_corrupt_positions),
    };
    return cmocka_run_group_tests_name("ring_reader", tests, NULL, NULL);
}
