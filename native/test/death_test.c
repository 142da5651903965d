/* Death as an outcome: what waits, polls and claims say when the peer was killed. */
#include "support.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal/futex.h"
#include "internal/ring.h"
#include "internal/warden.h"

#define SPINS 3
static const int64_t spins_ns[SPINS] = {0, STRAIT_SPIN_DEFAULT_NS, STRAIT_SPIN_ONLY};

static struct strait_ring *create_releasing(const char *name)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.reader_policy = STRAIT_READER_RELEASE;
    must(strait_ring_create(name, &options, &ring_options, &ring, NULL) == 0);
    return ring;
}

/* Publishes as many messages as the context says. */
static void write_some(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    void *payload = NULL;
    test_offer(writer, *(int *)context);
    must(strait_ring_claim(writer, 1, 8, &payload) == 0); /* and leaves another half done */
    tell(parent, 0);
    hear(parent);
    strait_ring_close(ring);
}

/* Takes as many. */
static void read_some(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    test_take(reader, *(int *)context);
    tell(parent, 0);
    hear(parent);
    strait_ring_close(ring);
}

static struct child start_and_hear(child_body *body, void *context)
{
    struct child child = child_start(body, context);
    hear(child.socket);
    return child;
}

/* ---- A reader whose writer died --------------------------------------------------------------------------
 */

static void a_waiting_reader_gets_all_that_was_published_and_then_peer_died_once(void **state)
{
    for (size_t spin = 0; spin < SPINS; spin++) {
        int count = 7;
        struct strait_ring *ring = test_ring_create("ring", LANE);
        struct strait_ring_reader *reader = test_reader(ring);
        struct child child = start_and_hear(write_some, &count);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        for (int i = 0; i < count; i++) {
            assert_int_equal(strait_ring_await_data(reader, spins_ns[spin], STRAIT_WAIT_FOREVER),
                             STRAIT_READY);
            test_take(reader, 1);
        }
        assert_int_equal(strait_ring_await_data(reader, spins_ns[spin], STRAIT_WAIT_FOREVER),
                         STRAIT_PEER_DIED);
        assert_true(test_now_ns() - start_ns < test_notice_ns());
        assert_int_equal(strait_ring_await_data(reader, spins_ns[spin], 10 * MILLISECOND), STRAIT_TIMED_OUT);
        assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

struct reading {
    struct strait_ring_reader *reader;
    int64_t spin_ns;
    _Atomic pid_t tid;
    int result;
    int64_t end_ns;
};

static void *wait_for_data(void *context)
{
    struct reading *reading = context;
    atomic_store(&reading->tid, this_thread());
    reading->result = strait_ring_await_data(reading->reader, reading->spin_ns, STRAIT_WAIT_FOREVER);
    reading->end_ns = test_now_ns();
    return NULL;
}

/* From SIGKILL to the end of a wait that was under way. */
static int64_t hear_of_a_death(struct strait_ring *ring, struct strait_ring_reader *reader, int64_t spin_ns)
{
    int count = 0;
    pthread_t thread;
    struct reading reading = {.reader = reader, .spin_ns = spin_ns};
    struct child child = start_and_hear(write_some, &count);
    must(pthread_create(&thread, NULL, wait_for_data, &reading) == 0);
    while (atomic_load(&reading.tid) == 0)
        pause_briefly();
    if (spin_ns != STRAIT_SPIN_ONLY) {
        while (atomic_load(&ring->control->data_waiters) == 0)
            pause_briefly();
        see_asleep(getpid(), atomic_load(&reading.tid));
    }
    int64_t start_ns = test_now_ns();
    child_kill(&child);
    pthread_join(thread, NULL);
    must(reading.result == STRAIT_PEER_DIED);
    return reading.end_ns - start_ns;
}

static int compare(const void *a, const void *b)
{
    int64_t first = *(const int64_t *)a;
    int64_t second = *(const int64_t *)b;
    return (first > second) - (first < second);
}

static void the_death_of_a_writer_ends_a_wait_within_two_seconds(void **state)
{
    const int64_t spins[] = {0, STRAIT_SPIN_ONLY};
    for (size_t spin = 0; spin < COUNT_OF(spins); spin++) {
        int64_t took_ns[200];
        int rounds = test_rounds(spins[spin] == 0 ? COUNT_OF(took_ns) : 20);
        struct strait_ring *ring = test_ring_create("ring", LANE);
        struct strait_ring_reader *reader = test_reader(ring);
        rounds = rounds > (int)COUNT_OF(took_ns) ? (int)COUNT_OF(took_ns) : rounds;
        for (int round = 0; round < rounds; round++)
            took_ns[round] = hear_of_a_death(ring, reader, spins[spin]);
        qsort(took_ns, (size_t)rounds, sizeof took_ns[0], compare);
        print_message("%s: %d kills, PEER_DIED after %.3f ms (median), %.3f ms (longest)\n",
                      spins[spin] == 0 ? "sleeping" : "spinning", rounds, (double)took_ns[rounds / 2] / 1e6,
                      (double)took_ns[rounds - 1] / 1e6);
        assert_true(took_ns[rounds - 1] < test_notice_ns());
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void poll_says_peer_died_once_for_each_writer_that_died(void **state)
{
    int count = 2;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int round = 0; round < 3; round++) {
        struct child child = start_and_hear(write_some, &count);
        child_kill(&child);
        see_participants(ring->segment, 1, test_now_ns());
        test_take(reader, 2);
        assert_int_equal(strait_ring_skip(reader), STRAIT_PEER_DIED);
        assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    }
    strait_ring_close(ring);
}

static void a_reader_that_opens_later_is_told_too(void **state)
{
    int count = 1;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct child child = start_and_hear(write_some, &count);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    struct strait_ring_reader *reader = test_reader(ring);
    test_take(reader, 1);
    assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_PEER_DIED);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    strait_ring_close(ring);
}

static void a_death_that_a_new_writer_followed_is_no_news(void **state)
{
    int count = 0;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    struct child child = start_and_hear(write_some, &count);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    struct strait_ring_writer *writer = test_writer(ring);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    test_offer(writer, 1);
    test_take(reader, 1);
    strait_ring_writer_close(writer);
    assert_int_equal(strait_ring_skip(reader), STRAIT_END);
    strait_ring_close(ring);
}

static void a_writer_that_closes_ends_and_has_not_died(void **state)
{
    int count = 1;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    struct child child = start_and_hear(write_some, &count);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    test_take(reader, 1);
    assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_END);
    assert_int_equal(strait_ring_await_data(reader, 0, 0), STRAIT_TIMED_OUT);
    strait_ring_close(ring);
}

static void a_stopped_writer_has_not_died(void **state)
{
    int status;
    int count = 1;
    struct strait_participant_info info;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    struct child child = start_and_hear(write_some, &count);
    must(kill(child.pid, SIGSTOP) == 0);
    must(waitpid(child.pid, &status, WUNTRACED) == child.pid && WIFSTOPPED(status));
    test_take(reader, 1);
    assert_int_equal(strait_ring_await_data(reader, 0, 2200 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_true(strait_ring_reader_peer(reader, &info));
    assert_int_equal(info.state, STRAIT_PARTICIPANT_LIVE);
    child_kill(&child); /* which needs no SIGCONT */
    assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_PEER_DIED);
    strait_ring_close(ring);
}

/* ---- A writer whose reader died --------------------------------------------------------------------------
 */

static void a_writer_that_waits_with_a_full_lane_learns_once_that_its_reader_died(void **state)
{
    for (size_t spin = 0; spin < SPINS; spin++) {
        int count = 1;
        void *payload = NULL;
        struct strait_ring *ring = test_ring_create("ring", LANE);
        struct strait_ring_writer *writer = test_writer(ring);
        test_offer(writer, LANE / 8);
        struct child child = start_and_hear(read_some, &count);
        test_offer(writer, 1);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        assert_int_equal(strait_ring_await_space(writer, 0, spins_ns[spin], STRAIT_WAIT_FOREVER),
                         STRAIT_PEER_DIED);
        assert_true(test_now_ns() - start_ns < test_notice_ns());
        assert_int_equal(strait_ring_await_space(writer, 0, spins_ns[spin], 10 * MILLISECOND),
                         STRAIT_TIMED_OUT);
        assert_int_equal(strait_ring_claim(writer, 0, 0, &payload), STRAIT_FULL);

        test_take(test_reader(ring), 1); /* held for the next one */
        assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_READY);
        assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), 0);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void a_writer_with_room_has_no_need_to_know(void **state)
{
    int count = 0;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct child child = start_and_hear(read_some, &count);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    assert_int_equal(strait_ring_await_space(writer, 0, 0, STRAIT_WAIT_FOREVER), STRAIT_READY);
    test_offer(writer, LANE / 8);
    assert_int_equal(strait_ring_await_space(writer, 0, 0, STRAIT_WAIT_FOREVER), STRAIT_PEER_DIED);
    strait_ring_close(ring);
}

static void a_writer_that_waits_goes_on_alone_when_its_reader_is_released(void **state)
{
    for (size_t spin = 0; spin < SPINS; spin++) {
        int count = 1;
        struct strait_ring *ring = create_releasing("ring");
        struct strait_ring_writer *writer = test_writer(ring);
        test_offer(writer, LANE / 8);
        struct child child = start_and_hear(read_some, &count);
        test_offer(writer, 1);
        assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
        child_kill(&child);
        assert_int_equal(strait_ring_await_space(writer, 0, spins_ns[spin], STRAIT_WAIT_FOREVER),
                         STRAIT_READY);
        test_offer(writer, 3 * LANE / 8);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

/* ---- Who it was ------------------------------------------------------------------------------------------
 */

static void a_ring_says_which_participant_died(void **state)
{
    int count = 0;
    struct strait_participant_info before;
    struct strait_participant_info after;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_false(strait_ring_reader_peer(reader, &before));
    struct child child = start_and_hear(write_some, &count);
    assert_true(strait_ring_reader_peer(reader, &before));
    assert_int_equal(before.state, STRAIT_PARTICIPANT_LIVE);
    assert_int_equal(before.roles, STRAIT_PARTICIPANT_WRITER);
    assert_int_equal(before.pid, child.pid);
    assert_int_equal(before.is_self, 0);
    pid_t pid = child.pid;
    child_kill(&child);
    assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_PEER_DIED);
    assert_true(strait_ring_reader_peer(reader, &after));
    assert_int_equal(after.state, STRAIT_PARTICIPANT_DEAD);
    assert_int_equal(after.roles, 0);
    assert_int_equal(after.pid, pid);
    assert_int_equal(after.slot, before.slot);
    assert_int_equal(after.generation, before.generation);
    assert_int_equal(after.start_ticks, before.start_ticks);
    assert_string_equal(after.command, before.command);

    struct strait_ring *next = test_ring_open("ring"); /* which gets the same slot */
    assert_true(strait_ring_reader_peer(reader, &after));
    assert_int_equal(after.state, STRAIT_PARTICIPANT_DEAD);
    assert_int_equal(after.pid, 0);
    assert_int_equal(after.generation, before.generation);
    assert_string_equal(after.command, "");
    strait_ring_close(next);
    strait_ring_close(ring);
}

static void a_ring_says_who_reads_and_whether_it_closed_or_died(void **state)
{
    int count = 0;
    struct strait_participant_info info;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    assert_false(strait_ring_writer_peer(writer, &info));
    for (int kills = 0; kills < 2; kills++) {
        struct child child = start_and_hear(read_some, &count);
        assert_true(strait_ring_writer_peer(writer, &info));
        assert_int_equal(info.state, STRAIT_PARTICIPANT_LIVE);
        assert_int_equal(info.roles, STRAIT_PARTICIPANT_READER);
        assert_int_equal(info.pid, child.pid);
        if (kills) {
            child_kill(&child);
        } else {
            tell(child.socket, 0);
            assert_int_equal(child_end(&child), 0);
        }
        see_participants(ring->segment, 1, test_now_ns());
        assert_true(strait_ring_writer_peer(writer, &info));
        assert_int_equal(info.state, kills ? STRAIT_PARTICIPANT_DEAD : STRAIT_PARTICIPANT_ENDED);
        assert_int_equal(info.roles, 0);
    }
    strait_ring_writer_close(writer);
    assert_false(strait_ring_writer_peer(writer, &info));
    strait_ring_close(ring);
}

static void who_is_its_own_peer_is_told_so(void **state)
{
    struct strait_participant_info info;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_true(strait_ring_reader_peer(reader, &info));
    assert_int_equal(info.is_self, 1);
    assert_int_equal(info.roles, STRAIT_PARTICIPANT_WRITER | STRAIT_PARTICIPANT_READER);
    strait_ring_writer_close(writer);
    assert_true(strait_ring_reader_peer(reader, &info));
    assert_int_equal(info.state, STRAIT_PARTICIPANT_ENDED);
    assert_int_equal(info.roles, STRAIT_PARTICIPANT_READER);
    strait_ring_close(ring);
}

/* ---- At any moment ---------------------------------------------------------------------------------------
 */

/* Numbers from where the last writer stopped, without end. */
static void write_numbers(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    int32_t number = (int32_t)(strait_ring_writer_position(writer) / 16);
    tell(parent, 0);
    for (;;) {
        int result = strait_ring_offer(writer, number, &number, sizeof number);
        if (result == STRAIT_FULL)
            result = strait_ring_await_space(writer, sizeof number, 0, STRAIT_WAIT_FOREVER);
        else
            number++;
        must(result == 0 || result == STRAIT_READY);
    }
}

static int expect_number(void *context, int32_t type, const void *payload, uint32_t length)
{
    int32_t *expected = context;
    int32_t number;
    must(length == sizeof number);
    memcpy(&number, payload, sizeof number);
    must(number == *expected && type == *expected);
    ++*expected;
    return 0;
}

static void of_writers_that_are_killed_at_any_moment_no_message_is_lost_or_broken(void **state)
{
    int32_t expected = 0;
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int round = test_rounds(50); round > 0; round--) {
        int result = STRAIT_EMPTY;
        struct child child = start_and_hear(write_numbers, NULL);
        int64_t until_ns = test_now_ns() + round % 10 * MILLISECOND / 5;
        const int32_t before = expected;
        while (test_now_ns() < until_ns || expected == before)
            must(strait_ring_poll(reader, expect_number, &expected, 1000) != STRAIT_PEER_DIED);
        child_kill(&child);
        int64_t start_ns = test_now_ns();
        while (result != STRAIT_PEER_DIED) {
            result = strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER);
            if (result == STRAIT_READY)
                strait_ring_poll(reader, expect_number, &expected, 1000);
        }
        assert_true(test_now_ns() - start_ns < test_notice_ns());
        assert_int_equal(strait_ring_reader_position(reader), atomic_load(&ring->lane->tail));
    }
    strait_ring_close(ring);
}

static const struct CMUnitTest tests[] = {
    TEST(a_waiting_reader_gets_all_that_was_published_and_then_peer_died_once),
    TEST(the_death_of_a_writer_ends_a_wait_within_two_seconds),
    TEST(poll_says_peer_died_once_for_each_writer_that_died),
    TEST(a_reader_that_opens_later_is_told_too),
    TEST(a_death_that_a_new_writer_followed_is_no_news),
    TEST(a_writer_that_closes_ends_and_has_not_died),
    TEST(a_stopped_writer_has_not_died),
    TEST(a_writer_that_waits_with_a_full_lane_learns_once_that_its_reader_died),
    TEST(a_writer_with_room_has_no_need_to_know),
    TEST(a_writer_that_waits_goes_on_alone_when_its_reader_is_released),
    TEST(a_ring_says_which_participant_died),
    TEST(a_ring_says_who_reads_and_whether_it_closed_or_died),
    TEST(who_is_its_own_peer_is_told_so),
    TEST(of_writers_that_are_killed_at_any_moment_no_message_is_lost_or_broken),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("death", tests, NULL, NULL);
    strait_futex_without_waitv = true;
    return failed + cmocka_run_group_tests_name("death without futex_waitv", tests, NULL, NULL);
}
