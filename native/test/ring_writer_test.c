#include "support.h"

#include <errno.h>
#include <string.h>

#include "internal/ring.h"

/* Two attachments: one writes, the other reads, and is where this test spoils shared words. */
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

static void fill_lane(const struct pair *pair)
{
    test_offer(pair->writer, LANE / 8);
}

/* Adds up the types of what arrives. */
static int add_types(void *context, int32_t type, const void *payload, uint32_t length)
{
    *(int *)context += type;
    return 0;
}

/* ---- Claiming --------------------------------------------------------------------------------------------
 */

static void what_is_claimed_is_invisible_until_it_is_committed(void **state)
{
    struct pair pair = open_pair();
    void *payload = NULL;
    int sum = 0;
    assert_int_equal(strait_ring_claim(pair.writer, 7, 100, &payload), 0);
    memset(payload, 1, 100);
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 10), STRAIT_EMPTY);
    assert_int_equal(strait_ring_await_data(pair.reader, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 10), 1);
    assert_int_equal(sum, 7);
    close_pair(&pair);
}

static void a_claim_while_one_is_open_is_refused(void **state)
{
    struct pair pair = open_pair();
    void *payload = NULL;
    void *second = &pair;
    assert_int_equal(strait_ring_claim(pair.writer, 1, 8, &payload), 0);
    assert_int_equal(strait_ring_claim(pair.writer, 2, 8, &second), -EBUSY);
    assert_int_equal(strait_ring_offer(pair.writer, 2, "", 1), -EBUSY);
    assert_ptr_equal(second, &pair);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_claim(pair.writer, 4, 8, &payload), 0);
    strait_ring_abort(pair.writer);
    assert_int_equal(strait_ring_claim(pair.writer, 8, 8, &payload), 0);
    assert_int_equal(strait_ring_commit(pair.writer), 0);

    int sum = 0;
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 10), 2);
    assert_int_equal(sum, 9);
    close_pair(&pair);
}

static void a_length_that_never_fits_is_refused(void **state)
{
    const uint32_t lengths[] = {LANE - 7, LANE, LANE + 1, 0x80000000, UINT32_MAX - 7, UINT32_MAX};
    struct pair pair = open_pair();
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        void *payload = NULL;
        assert_int_equal(strait_ring_claim(pair.writer, 0, lengths[i], &payload), -EINVAL);
        assert_int_equal(strait_ring_claim_more(pair.writer, 0, lengths[i], &payload), -EINVAL);
        assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, lengths[i]), -EINVAL);
        assert_int_equal(strait_ring_await_space(pair.writer, lengths[i], 0, 0), -EINVAL);
        assert_null(payload);
    }
    assert_int_equal(strait_ring_writer_free(pair.writer), LANE);
    assert_int_equal(strait_ring_await_space(pair.writer, LANE - 8, 0, 0), STRAIT_READY);
    close_pair(&pair);
}

static void a_full_lane_refuses_a_claim(void **state)
{
    struct pair pair = open_pair();
    void *payload = NULL;
    fill_lane(&pair);
    assert_int_equal(strait_ring_claim(pair.writer, 0, 0, &payload), STRAIT_FULL);
    assert_int_equal(strait_ring_claim_more(pair.writer, 0, 0, &payload), STRAIT_FULL);
    assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, 0), STRAIT_FULL);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_TIMED_OUT);
    assert_null(payload);
    test_take(pair.reader, 1);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_READY);
    assert_int_equal(strait_ring_await_space(pair.writer, 1, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_ring_claim(pair.writer, 0, 1, &payload), STRAIT_FULL);
    assert_int_equal(strait_ring_claim(pair.writer, 0, 0, &payload), 0);
    close_pair(&pair);
}

static void nothing_is_dropped_when_nobody_reads(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    test_offer(writer, LANE / 8);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    struct strait_ring_reader *reader = test_reader(ring);
    test_take(reader, LANE / 8);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    strait_ring_close(ring);
}

/* ---- Batches ---------------------------------------------------------------------------------------------
 */

static void one_commit_publishes_all_that_is_claimed(void **state)
{
    struct pair pair = open_pair();
    int sum = 0;
    for (int32_t i = 0; i < 100; i++) {
        unsigned char *payload = NULL;
        assert_int_equal(strait_ring_claim_more(pair.writer, i, (uint32_t)i, (void **)&payload), 0);
        memset(payload, i, (size_t)i);
    }
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 1000), 100);
    assert_int_equal(sum, 4950);
    close_pair(&pair);
}

static void more_may_be_claimed_behind_a_claim(void **state)
{
    struct pair pair = open_pair();
    void *first = NULL;
    void *second = NULL;
    int sum = 0;
    assert_int_equal(strait_ring_claim(pair.writer, 1, 16, &first), 0);
    assert_int_equal(strait_ring_claim_more(pair.writer, 2, 16, &second), 0);
    assert_ptr_equal(second, (char *)first + 24);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 1000), 2);
    assert_int_equal(sum, 3);
    close_pair(&pair);
}

static void a_batch_that_gets_full_keeps_what_it_has(void **state)
{
    struct pair pair = open_pair();
    void *payload = NULL;
    int sum = 0;
    assert_int_equal(strait_ring_claim_more(pair.writer, 1, LANE / 2, &payload), 0);
    assert_int_equal(strait_ring_claim_more(pair.writer, 2, LANE / 2, &payload), STRAIT_FULL);
    assert_int_equal(strait_ring_await_space(pair.writer, LANE / 2, 0, STRAIT_WAIT_FOREVER), -EINVAL);
    assert_int_equal(strait_ring_await_space(pair.writer, LANE / 2 - 16, 0, 0), STRAIT_READY);
    assert_int_equal(strait_ring_claim_more(pair.writer, 4, LANE / 2 - 16, &payload), 0);
    assert_int_equal(strait_ring_claim_more(pair.writer, 8, 0, &payload), STRAIT_FULL);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_poll(pair.reader, add_types, &sum, 1000), 2);
    assert_int_equal(sum, 5);
    close_pair(&pair);
}

static void a_commit_without_a_claim_is_refused(void **state)
{
    struct pair pair = open_pair();
    void *payload = NULL;
    assert_int_equal(strait_ring_commit(pair.writer), -EINVAL);
    assert_int_equal(strait_ring_claim(pair.writer, 0, 0, &payload), 0);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    assert_int_equal(strait_ring_commit(pair.writer), -EINVAL);
    strait_ring_abort(pair.writer);
    assert_int_equal(strait_ring_commit(pair.writer), -EINVAL);
    assert_int_equal(strait_ring_writer_position(pair.writer), 8);
    close_pair(&pair);
}

static void an_abort_forgets_all_that_is_claimed(void **state)
{
    struct pair pair = open_pair();
    void *first = NULL;
    void *again = NULL;
    strait_ring_abort(pair.writer); /* of nothing */
    test_offer(pair.writer, 1);
    assert_int_equal(strait_ring_claim(pair.writer, 1, 100, &first), 0);
    assert_int_equal(strait_ring_claim_more(pair.writer, 2, 100, &again), 0);
    strait_ring_abort(pair.writer);
    assert_int_equal(strait_ring_writer_free(pair.writer), LANE - 8);
    assert_int_equal(strait_ring_claim(pair.writer, 0, 10, &again), 0);
    assert_ptr_equal(again, first);
    assert_int_equal(strait_ring_commit(pair.writer), 0);
    test_take(pair.reader, 2);
    assert_int_equal(strait_ring_skip(pair.reader), STRAIT_EMPTY);
    close_pair(&pair);
}

/* ---- The reader's end ------------------------------------------------------------------------------------
 */

static void a_full_lane_whose_reader_closed_says_end_once(void **state)
{
    struct pair pair = open_pair();
    fill_lane(&pair);
    strait_ring_reader_close(pair.reader);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_END);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, MILLISECOND), STRAIT_TIMED_OUT);

    pair.reader = test_reader(pair.receiving);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_TIMED_OUT);
    strait_ring_reader_close(pair.reader);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_END);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_TIMED_OUT);
    close_pair(&pair);
}

static void while_there_is_room_the_end_of_a_reader_does_not_matter(void **state)
{
    struct pair pair = open_pair();
    test_offer(pair.writer, 1);
    strait_ring_reader_close(pair.reader);
    assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, 0), STRAIT_READY);
    assert_int_equal(strait_ring_await_space(pair.writer, LANE - 16, 0, 0), STRAIT_READY);
    assert_int_equal(strait_ring_await_space(pair.writer, LANE - 15, 0, 0), STRAIT_END);
    assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, 0), 0);
    close_pair(&pair);
}

static void a_reader_that_never_was_has_no_end(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    test_offer(writer, LANE / 8);
    assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_TIMED_OUT);
    strait_ring_close(ring);
}

/* ---- What a wait refuses ---------------------------------------------------------------------------------
 */

static void a_negative_spin_is_refused(void **state)
{
    struct pair pair = open_pair();
    assert_int_equal(strait_ring_await_space(pair.writer, 0, -1, 0), -EINVAL);
    assert_int_equal(strait_ring_await_data(pair.reader, -1, 0), -EINVAL);
    close_pair(&pair);
}

/* ---- A corrupt cursor ------------------------------------------------------------------------------------
 */

static void a_corrupt_cursor_is_told_and_never_believed(void **state)
{
    struct pair pair = open_pair();
    _Atomic uint64_t *cursor = &pair.receiving->cursor->position;
    void *payload = NULL;
    test_offer(pair.writer, 1000);
    test_take(pair.reader, 1000);
    fill_lane(&pair);
    const uint64_t tail = strait_ring_writer_position(pair.writer);
    const uint64_t cursors[] = {
        tail + 8,            /* before the tail */
        tail + LANE,         /* far before it */
        tail - LANE - 8,     /* more than a lane behind it */
        tail - 1,            /* between two messages */
        tail - LANE + 4,     /* the same */
        UINT64_MAX,          /**/
        UINT64_C(1) << 63,   /**/
        tail + (1ull << 63), /**/
    };
    for (size_t i = 0; i < COUNT_OF(cursors); i++) {
        atomic_store(cursor, cursors[i]);
        assert_int_equal(strait_ring_claim(pair.writer, 0, 0, &payload), -EUCLEAN);
        assert_int_equal(strait_ring_claim_more(pair.writer, 0, 0, &payload), -EUCLEAN);
        assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, 0), -EUCLEAN);
        assert_int_equal(strait_ring_await_space(pair.writer, 0, 0, STRAIT_WAIT_FOREVER), -EUCLEAN);
        assert_true(strait_ring_writer_free(pair.writer) <= LANE);
        assert_null(payload);
    }
    atomic_store(cursor, tail - LANE);
    assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, 0), STRAIT_FULL);
    atomic_store(cursor, tail);
    assert_int_equal(strait_ring_offer(pair.writer, 0, NULL, 0), 0);
    close_pair(&pair);
}

static void no_writer_is_opened_on_corrupt_positions(void **state)
{
    const struct {
        uint64_t tail;
        uint64_t cursor;
    } corrupt[] = {
        {8, 16}, {LANE + 8, 0}, {4, 0}, {8, 4}, {12, 12}, {UINT64_MAX, 0}, {0, UINT64_MAX - 7 - LANE}};
    struct pair pair = open_pair();
    strait_ring_writer_close(pair.writer);
    for (size_t i = 0; i < COUNT_OF(corrupt); i++) {
        struct strait_ring_writer *writer = NULL;
        struct strait_failure failure = {0};
        atomic_store(&pair.receiving->lane->tail, corrupt[i].tail);
        atomic_store(&pair.receiving->cursor->position, corrupt[i].cursor);
        assert_int_equal(strait_ring_writer_open(pair.sending, &writer, &failure), -EUCLEAN);
        assert_operation(failure, "writer_open");
        assert_null(writer);
    }
    atomic_store(&pair.receiving->lane->tail, 0);
    atomic_store(&pair.receiving->cursor->position, 0);
    test_offer(test_writer(pair.sending), 1); /* what failed has not kept the role */
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_claimed_is_invisible_until_it_is_committed),
        TEST(a_claim_while_one_is_open_is_refused),
        TEST(a_length_that_never_fits_is_refused),
        TEST(a_full_lane_refuses_a_claim),
        TEST(nothing_is_dropped_when_nobody_reads),
        TEST(one_commit_publishes_all_that_is_claimed),
        TEST(more_may_be_claimed_behind_a_claim),
        TEST(a_batch_that_gets_full_keeps_what_it_has),
        TEST(a_commit_without_a_claim_is_refused),
        TEST(an_abort_forgets_all_that_is_claimed),
        TEST(a_full_lane_whose_reader_closed_says_end_once),
        TEST(while_there_is_room_the_end_of_a_reader_does_not_matter),
        TEST(a_reader_that_never_was_has_no_end),
        TEST(a_negative_spin_is_refused),
        TEST(a_corrupt_cursor_is_told_and_never_believed),
        TEST(no_writer_is_opened_on_corrupt_positions),
    };
    return cmocka_run_group_tests_name("ring_writer", tests, NULL, NULL);
}
