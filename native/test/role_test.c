#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "internal/ring.h"

/* Adds up the types of what arrives. */
static int add_types(void *context, int32_t type, const void *payload, uint32_t length)
{
    *(int *)context += type;
    return 0;
}

static int offer(struct strait_ring_writer *writer, int32_t type)
{
    return strait_ring_offer(writer, type, NULL, 0);
}

/* ---- Who has it ------------------------------------------------------------------------------------------
 */

static void a_role_is_held_by_one_attachment(void **state)
{
    struct strait_ring *one = test_ring_create("ring", LANE);
    struct strait_ring *two = test_ring_open("ring");
    struct strait_ring *rings[] = {one, two};
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    test_writer(one);
    test_reader(one);
    for (size_t i = 0; i < COUNT_OF(rings); i++) {
        struct strait_failure failure = {0};
        assert_int_equal(strait_ring_writer_open(rings[i], &writer, &failure), -EBUSY);
        assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, getpid());
        failure = (struct strait_failure){0};
        assert_int_equal(strait_ring_reader_open(rings[i], &reader, &failure), -EBUSY);
        assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, getpid());
    }
    assert_null(writer);
    assert_null(reader);
    strait_ring_close(one);
    test_writer(two);
    test_reader(two);
    strait_ring_close(two);
}

static void hold_both(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    tell(parent, 0);
    hear(parent);
    strait_ring_writer_close(writer);
    strait_ring_reader_close(reader);
    tell(parent, 0);
    hear(parent);
    strait_ring_close(ring);
}

static void a_role_that_another_process_holds_is_refused_naming_it(void **state)
{
    struct child child;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    struct strait_failure failure = {0};
    child = child_start(hold_both, NULL);
    hear(child.socket);
    assert_int_equal(strait_ring_writer_open(ring, &writer, &failure), -EBUSY);
    assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
    assert_int_equal(strait_ring_reader_open(ring, &reader, &failure), -EBUSY);
    assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
    assert_int_equal(strait_ring_writer_open(ring, &writer, NULL), -EBUSY);

    tell(child.socket, 0);
    hear(child.socket);
    test_writer(ring);
    test_reader(ring);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void a_role_can_be_given_up_and_taken_again(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    int sum = 0;
    for (int32_t round = 1; round <= 10; round++) {
        struct strait_ring_writer *writer = test_writer(ring);
        struct strait_ring_reader *reader = test_reader(ring);
        assert_int_equal(offer(writer, round), 0);
        strait_ring_writer_close(writer);
        assert_int_equal(strait_ring_poll(reader, add_types, &sum, 10), 1);
        assert_int_equal(strait_ring_reader_close(reader), 0);
    }
    assert_int_equal(sum, 55);
    strait_ring_close(ring);
}

static void a_reader_goes_on_where_the_last_one_stopped(void **state)
{
    struct strait_ring *one = test_ring_create("ring", LANE);
    struct strait_ring *two = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(one);
    struct strait_ring_reader *reader = test_reader(one);
    int sum = 0;
    for (int32_t type = 1; type <= 10; type++)
        assert_int_equal(offer(writer, type), 0);
    assert_int_equal(strait_ring_poll(reader, add_types, &sum, 4), 4);
    assert_int_equal(sum, 10);
    strait_ring_reader_close(reader);
    reader = test_reader(two);
    assert_int_equal(strait_ring_reader_position(reader), 4 * 8);
    assert_int_equal(strait_ring_poll(reader, add_types, &sum, 100), 6);
    assert_int_equal(sum, 55);
    strait_ring_close(two);
    strait_ring_close(one);
}

static void a_writer_goes_on_behind_what_the_last_one_published(void **state)
{
    struct strait_ring *one = test_ring_create("ring", LANE);
    struct strait_ring *two = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(one);
    void *payload = NULL;
    int sum = 0;
    assert_int_equal(offer(writer, 1), 0);
    assert_int_equal(strait_ring_claim(writer, 100, 80, &payload), 0);
    strait_ring_writer_close(writer);
    writer = test_writer(two);
    assert_int_equal(strait_ring_writer_position(writer), 8);
    assert_int_equal(strait_ring_writer_free(writer), LANE - 8);
    assert_int_equal(offer(writer, 2), 0);
    assert_int_equal(strait_ring_poll(test_reader(one), add_types, &sum, 100), 2);
    assert_int_equal(sum, 3);
    strait_ring_close(two);
    strait_ring_close(one);
}

static void the_next_writer_does_not_overwrite_what_is_not_read(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    test_offer(writer, LANE / 8);
    test_take(reader, 10);
    strait_ring_writer_close(writer);
    writer = test_writer(ring);
    assert_int_equal(strait_ring_writer_free(writer), 80);
    test_offer(writer, 10);
    assert_int_equal(offer(writer, 0), STRAIT_FULL);
    test_take(reader, LANE / 8);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    strait_ring_close(ring);
}

static void closing_a_ring_gives_up_both_roles(void **state)
{
    struct strait_ring *stays = test_ring_create("ring", LANE);
    struct strait_ring *goes = test_ring_open("ring");
    test_writer(goes);
    test_reader(goes);
    strait_ring_close(goes);
    assert_int_equal(strait_owner_state(atomic_load(&stays->lane->owner)), STRAIT_OWNER_ENDED);
    assert_int_equal(strait_owner_state(atomic_load(&stays->reading->owner)), STRAIT_OWNER_ENDED);
    strait_ring_close(stays);
}

static void an_owner_word_is_never_the_same_twice(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    uint64_t last = atomic_load(&ring->lane->owner);
    assert_int_equal(last, 0);
    for (int i = 0; i < 10; i++) {
        struct strait_ring_writer *writer = test_writer(ring);
        uint64_t live = atomic_load(&ring->lane->owner);
        assert_int_equal(strait_owner_state(live), STRAIT_OWNER_LIVE);
        assert_true(live > last);
        strait_ring_writer_close(writer);
        last = atomic_load(&ring->lane->owner);
        assert_int_equal(last, strait_owner_in_state(live, STRAIT_OWNER_ENDED));
    }
    strait_ring_close(ring);
}

/* ---- Holders that die ------------------------------------------------------------------------------------
 */

static void publish_two_claim_one(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    void *payload = NULL;
    must(offer(writer, 1) == 0);
    must(offer(writer, 2) == 0);
    must(strait_ring_claim(writer, 100, 80, &payload) == 0);
    memset(payload, 0xff, 80);
    tell(parent, 0);
    hear(parent);
}

static void a_killed_writer_leaves_what_it_published_and_no_more(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct child child = child_start(publish_two_claim_one, NULL);
    int sum = 0;
    hear(child.socket);
    child_kill(&child);
    struct strait_ring_writer *writer = test_writer(ring);
    assert_int_equal(strait_ring_writer_position(writer), 16);
    assert_int_equal(offer(writer, 4), 0);
    assert_int_equal(strait_ring_poll(test_reader(ring), add_types, &sum, 100), 3);
    assert_int_equal(sum, 7);
    strait_ring_close(ring);
}

static int stay_in_the_third(void *context, int32_t type, const void *payload, uint32_t length)
{
    int parent = *(int *)context;
    if (type == 3) {
        tell(parent, 0);
        hear(parent);
    }
    return 0;
}

static void read_until_killed(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    must(strait_ring_poll(reader, stay_in_the_third, &parent, 1) == 1);
    strait_ring_poll(reader, stay_in_the_third, &parent, 10);
}

static void the_batch_of_a_killed_reader_comes_again(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = NULL;
    struct strait_failure failure = {0};
    int sum = 0;
    for (int32_t type = 1; type <= 5; type++)
        assert_int_equal(offer(writer, type), 0);
    struct child child = child_start(read_until_killed, NULL);
    hear(child.socket);
    assert_int_equal(strait_ring_reader_open(ring, &reader, &failure), -EBUSY);
    assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
    child_kill(&child);
    reader = test_reader(ring);
    assert_int_equal(strait_ring_poll(reader, add_types, &sum, 10), 4);
    assert_int_equal(sum, 2 + 3 + 4 + 5);
    strait_ring_close(ring);
}

/* The slot may have a new, living participant; what matters is the generation. */
static void a_dead_holders_role_is_free_although_its_slot_is_taken_again(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct child child = child_start(publish_two_claim_one, NULL);
    hear(child.socket);
    child_kill(&child);
    struct strait_ring *next = test_ring_open("ring");
    assert_int_equal(next->participant->slot, 1);
    test_writer(ring);
    strait_ring_close(next);
    strait_ring_close(ring);
}

static void a_word_that_says_nonsense_is_not_a_living_holder(void **state)
{
    const uint64_t words[] = {UINT64_MAX & ~UINT64_C(0xe), STRAIT_OWNER_DEAD, 0xf, UINT64_MAX};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        atomic_store(&ring->lane->owner, words[i]);
        strait_ring_writer_close(test_writer(ring));
    }
    strait_ring_close(ring);
}

/* ---- Closed ----------------------------------------------------------------------------------------------
 */

static void a_closed_writer_answers_closed(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    void *payload = NULL;
    assert_int_equal(strait_ring_claim(writer, 0, 0, &payload), 0);
    strait_ring_writer_close(writer);
    payload = NULL;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(strait_ring_claim(writer, 0, 0, &payload), STRAIT_CLOSED);
        assert_int_equal(strait_ring_claim_more(writer, 0, 0, &payload), STRAIT_CLOSED);
        assert_int_equal(strait_ring_commit(writer), STRAIT_CLOSED);
        assert_int_equal(offer(writer, 0), STRAIT_CLOSED);
        assert_int_equal(strait_ring_await_space(writer, 0, 0, STRAIT_WAIT_FOREVER), STRAIT_CLOSED);
        strait_ring_writer_interrupt(writer);
        strait_ring_abort(writer);
        strait_ring_writer_close(writer);
    }
    assert_null(payload);
    assert_int_equal(atomic_load(&ring->lane->tail), 0);

    assert_ptr_equal(test_writer(ring), writer);
    assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_READY); /* not interrupted */
    assert_int_equal(offer(writer, 0), 0);
    strait_ring_close(ring);
}

static void a_closed_reader_answers_closed(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    int sum = 0;
    assert_int_equal(offer(test_writer(ring), 5), 0);
    assert_int_equal(strait_ring_reader_close(reader), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(strait_ring_poll(reader, add_types, &sum, 1), STRAIT_CLOSED);
        assert_int_equal(strait_ring_skip(reader), STRAIT_CLOSED);
        assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_CLOSED);
        strait_ring_reader_interrupt(reader);
        assert_int_equal(strait_ring_reader_close(reader), 0);
    }
    assert_int_equal(sum, 0);

    assert_ptr_equal(test_reader(ring), reader);
    assert_int_equal(strait_ring_await_data(reader, 0, 0), STRAIT_READY); /* not interrupted */
    assert_int_equal(strait_ring_poll(reader, add_types, &sum, 1), 1);
    strait_ring_close(ring);
}

/* ---- Closing from another thread -------------------------------------------------------------------------
 */

struct closing {
    struct strait_ring *ring;
    struct strait_ring_reader *reader;
    _Atomic bool in_handler;
    _Atomic bool leave_handler;
    _Atomic bool closed;
};

static int stay_until_told(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct closing *closing = context;
    atomic_store(&closing->in_handler, true);
    while (!atomic_load(&closing->leave_handler))
        pause_briefly();
    return 0;
}

static void *poll_once(void *context)
{
    struct closing *closing = context;
    must(strait_ring_poll(closing->reader, stay_until_told, closing, 10) == 1);
    must(strait_ring_poll(closing->reader, stay_until_told, closing, 10) == STRAIT_CLOSED);
    return NULL;
}

static void *close_reader(void *context)
{
    struct closing *closing = context;
    must(strait_ring_reader_close(closing->reader) == 0);
    atomic_store(&closing->closed, true);
    return NULL;
}

static void closing_a_reader_waits_for_the_message_in_a_handler(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct closing closing = {.ring = ring, .reader = test_reader(ring)};
    pthread_t polling;
    pthread_t other;
    test_offer(test_writer(ring), 3);
    assert_int_equal(pthread_create(&polling, NULL, poll_once, &closing), 0);
    while (!atomic_load(&closing.in_handler))
        pause_briefly();
    assert_int_equal(pthread_create(&other, NULL, close_reader, &closing), 0);
    while (!atomic_load(&closing.reader->role.closed))
        pause_briefly();
    for (int i = 0; i < 20; i++)
        pause_briefly();
    assert_false(atomic_load(&closing.closed));
    assert_int_equal(strait_owner_state(atomic_load(&ring->reading->owner)), STRAIT_OWNER_LIVE);

    atomic_store(&closing.leave_handler, true);
    pthread_join(polling, NULL);
    pthread_join(other, NULL);
    assert_int_equal(strait_owner_state(atomic_load(&ring->reading->owner)), STRAIT_OWNER_ENDED);
    assert_int_equal(atomic_load(&ring->cursor->position), 8); /* that message, and none after it */
    strait_ring_close(ring);
}

struct traffic {
    struct strait_ring_writer *writer;
    _Atomic uint64_t committed;
};

static void *offer_until_closed(void *context)
{
    struct traffic *traffic = context;
    int result;
    while ((result = offer(traffic->writer, 0)) == 0 || result == STRAIT_FULL)
        if (result == 0)
            atomic_fetch_add(&traffic->committed, 1);
    must(result == STRAIT_CLOSED);
    return NULL;
}

/* Nothing may be stored after the end: whoever opens next may be at work already. */
static void nothing_is_committed_after_a_close_from_another_thread(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int round = test_rounds(300); round > 0; round--) {
        struct traffic traffic = {.writer = test_writer(ring)};
        const uint64_t start = strait_ring_reader_position(reader);
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, offer_until_closed, &traffic), 0);
        for (int i = 0; i < round * 10; i++)
            assert_true(strait_ring_skip(reader) >= 0);
        strait_ring_writer_close(traffic.writer);
        const uint64_t tail = atomic_load(&ring->lane->tail);
        pthread_join(thread, NULL);
        assert_int_equal(atomic_load(&ring->lane->tail), tail);
        assert_int_equal(tail, start + 8 * atomic_load(&traffic.committed));
        while (strait_ring_skip(reader) == 1) {
        }
        assert_int_equal(strait_ring_reader_position(reader), tail);
    }
    strait_ring_close(ring);
}

struct told {
    struct strait_ring_reader *reader;
    struct strait_ring_writer *writer;
    _Atomic bool done;
};

static void *be_told_the_end(void *context)
{
    struct told *told = context;
    must(strait_ring_await_data(told->reader, 0, STRAIT_WAIT_FOREVER) == STRAIT_END);
    must(strait_ring_await_space(told->writer, 0, 0, STRAIT_WAIT_FOREVER) == STRAIT_END);
    atomic_store_explicit(&told->done, true, memory_order_relaxed); /* which orders nothing */
    return NULL;
}

/* A wait that ends with END remembers that in the handle, and must have done so when close has returned. For
 * a race detector: nothing but close orders the one thread before the other. */
static void after_a_close_the_handle_may_be_freed_although_a_wait_was_told_the_end(void **state)
{
    struct strait_ring *peer = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(peer);
    struct strait_ring *reading = test_ring_open("ring");

    struct strait_ring *full = test_ring_create("full", LANE);
    struct strait_ring *writing = test_ring_open("full");
    strait_ring_reader_close(test_reader(full));
    struct told told = {.reader = test_reader(reading), .writer = test_writer(writing)};
    strait_ring_writer_close(writer);
    test_offer(told.writer, LANE / 8);

    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, be_told_the_end, &told), 0);
    while (!atomic_load_explicit(&told.done, memory_order_relaxed))
        pause_briefly();
    strait_ring_reader_close(told.reader);
    strait_ring_close(reading);
    strait_ring_writer_close(told.writer);
    strait_ring_close(writing);
    pthread_join(thread, NULL);
    strait_ring_close(full);
    strait_ring_close(peer);
}

/* ---- Two threads at once ---------------------------------------------------------------------------------
 */

static void no_core(void)
{
    must(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
}

static struct strait_ring_writer *caught_writer;
static _Atomic bool caught;

/* Holds the thread that it interrupts, if that is inside a call on the writer. */
static void hold_inside(int signal)
{
    (void)signal;
    if (!atomic_load(&caught_writer->role.busy))
        return;
    atomic_store(&caught, true);
    for (;;)
        pause();
}

static void *offer_for_ever(void *writer)
{
    while (offer(writer, 0) >= STRAIT_FULL) {
    }
    return NULL;
}

static void write_from_two_threads(int parent, void *context)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    pthread_t thread;
    no_core();
    caught_writer = test_writer(ring);
    must(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = hold_inside}, NULL) == 0);
    must(pthread_create(&thread, NULL, offer_for_ever, caught_writer) == 0);
    while (!atomic_load(&caught)) {
        must(pthread_kill(thread, SIGUSR1) == 0);
        pause_briefly();
    }
    offer(caught_writer, 0);
}

static void *poll_here_too(void *context)
{
    struct closing *closing = context;
    strait_ring_poll(closing->reader, stay_until_told, closing, 1);
    return NULL;
}

static void read_from_two_threads(int parent, void *context)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct closing closing = {.ring = ring, .reader = test_reader(ring)};
    pthread_t thread;
    no_core();
    test_offer(test_writer(ring), 2);
    must(pthread_create(&thread, NULL, poll_here_too, &closing) == 0);
    while (!atomic_load(&closing.in_handler))
        pause_briefly();
    strait_ring_skip(closing.reader);
}

static void two_threads_that_use_one_writer_trip_an_assertion(void **state)
{
    if (!TEST_CHECKED)
        test_skip("this build has no assertions");
    assert_int_equal(child_run(write_from_two_threads, NULL), -SIGABRT);
}

static void two_threads_that_use_one_reader_trip_an_assertion(void **state)
{
    if (!TEST_CHECKED)
        test_skip("this build has no assertions");
    assert_int_equal(child_run(read_from_two_threads, NULL), -SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_role_is_held_by_one_attachment),
        TEST(a_role_that_another_process_holds_is_refused_naming_it),
        TEST(a_role_can_be_given_up_and_taken_again),
        TEST(a_reader_goes_on_where_the_last_one_stopped),
        TEST(a_writer_goes_on_behind_what_the_last_one_published),
        TEST(the_next_writer_does_not_overwrite_what_is_not_read),
        TEST(closing_a_ring_gives_up_both_roles),
        TEST(an_owner_word_is_never_the_same_twice),
        TEST(a_killed_writer_leaves_what_it_published_and_no_more),
        TEST(the_batch_of_a_killed_reader_comes_again),
        TEST(a_dead_holders_role_is_free_although_its_slot_is_taken_again),
        TEST(a_word_that_says_nonsense_is_not_a_living_holder),
        TEST(a_closed_writer_answers_closed),
        TEST(a_closed_reader_answers_closed),
        TEST(closing_a_reader_waits_for_the_message_in_a_handler),
        TEST(nothing_is_committed_after_a_close_from_another_thread),
        TEST(after_a_close_the_handle_may_be_freed_although_a_wait_was_told_the_end),
        TEST(two_threads_that_use_one_writer_trip_an_assertion),
        TEST(two_threads_that_use_one_reader_trip_an_assertion),
    };
    return cmocka_run_group_tests_name("role", tests, NULL, NULL);
}
