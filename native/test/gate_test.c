/* Sequences, latches and barriers: waiting for each other, in threads and processes, and for the dead. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "internal/gate.h"

#define SPIN_NS  (20 * INT64_C(1000))
#define LONG_NS  (20 * SECOND)
#define PARTIES  4
#define SEQUENCE 0 /* indexes of `objects` */
#define LATCH    1
#define BARRIER  2

static const struct strait_object objects[] = {
    STRAIT_SEQUENCE("sequence", 5),
    STRAIT_LATCH("latch", 3),
    STRAIT_BARRIER("barrier", PARTIES),
};

static struct strait_segment *create(void)
{
    return test_segment_with("segment", 64, objects, COUNT_OF(objects));
}

static struct strait_sequence *sequence_of(struct strait_segment *segment)
{
    struct strait_sequence *sequence = NULL;
    must(strait_sequence_open_at(segment, SEQUENCE, &sequence, NULL) == 0);
    return sequence;
}

static struct strait_latch *latch_of(struct strait_segment *segment)
{
    struct strait_latch *latch = NULL;
    must(strait_latch_open_at(segment, LATCH, &latch, NULL) == 0);
    return latch;
}

static struct strait_barrier *barrier_of(struct strait_segment *segment)
{
    struct strait_barrier *barrier = NULL;
    must(strait_barrier_open_at(segment, BARRIER, &barrier, NULL) == 0);
    return barrier;
}

static void every_gate_is_found_by_name(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_sequence *sequence = NULL;
    struct strait_latch *latch = NULL;
    struct strait_barrier *barrier = NULL;
    assert_int_equal(strait_sequence_open(segment, "sequence", &sequence, NULL), 0);
    assert_int_equal(strait_latch_open(segment, "latch", &latch, NULL), 0);
    assert_int_equal(strait_barrier_open(segment, "barrier", &barrier, NULL), 0);
    assert_int_equal(strait_sequence_open(segment, "latch", &sequence, NULL), -EINVAL);
    assert_int_equal(strait_latch_open(segment, "gate", &latch, NULL), -ENOENT);
    assert_int_equal(strait_sequence_value(sequence), 5);
    assert_int_equal(strait_latch_count(latch), 3);
    assert_int_equal(strait_barrier_parties(barrier), PARTIES);
    strait_segment_close(segment);
}

/* ---- What they do without waiting ------------------------------------------------------------------------
 */

static void a_sequence_only_grows(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_sequence *sequence = sequence_of(segment);
    assert_int_equal(strait_sequence_advance(sequence, 5), 0);
    assert_int_equal(strait_sequence_advance(sequence, 9), 1);
    assert_int_equal(strait_sequence_advance(sequence, 7), 0);
    assert_int_equal(strait_sequence_value(sequence), 9);
    assert_int_equal(strait_sequence_increment(sequence, 2), 11);
    assert_int_equal(strait_sequence_await(sequence, 11, 0, 0), 0);
    assert_int_equal(strait_sequence_await(sequence, 12, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_sequence_advance(sequence, -1), -EINVAL);
    assert_int_equal(strait_sequence_increment(sequence, 0), -EINVAL);
    assert_int_equal(strait_sequence_await(sequence, 12, -1, 0), -EINVAL);
    assert_int_equal(strait_sequence_advance(sequence, INT64_MAX), 1);
    assert_int_equal(strait_sequence_increment(sequence, 1), -EOVERFLOW);
    assert_true(strait_sequence_value(sequence) == INT64_MAX);
    strait_segment_close(segment);
}

static void a_latch_counts_down_to_0_and_stays_there(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_latch *latch = latch_of(segment);
    for (int left = 2; left >= 0; left--) {
        assert_int_equal(strait_latch_await(latch, 0, 0), STRAIT_TIMED_OUT);
        assert_int_equal(strait_latch_count_down(latch), left);
    }
    assert_int_equal(strait_latch_count_down(latch), 0);
    assert_int_equal(strait_latch_count(latch), 0);
    assert_int_equal(strait_latch_await(latch, 0, 0), 0);
    strait_segment_close(segment);
}

static void count_quietly(int parent, void *context)
{
    (void)parent, (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_sequence *sequence = sequence_of(segment);
    struct strait_latch *latch = latch_of(segment);
    call_nothing();
    for (int i = 0; i < 1000; i++)
        must(strait_sequence_increment(sequence, 1) == 6 + i);
    must(strait_sequence_await(sequence, 1005, SPIN_NS, LONG_NS) == 0);
    while (strait_latch_count_down(latch) > 0) {
    }
    must(strait_latch_await(latch, SPIN_NS, LONG_NS) == 0);
    _exit(0);
}

static void nothing_is_asked_of_the_kernel_while_nobody_sleeps(void **state)
{
    (void)state;
    if (!test_can_filter())
        test_skip("a sanitizer's or valgrind's own calls would be hit");
    struct strait_segment *segment = create();
    assert_int_equal(child_run(count_quietly, NULL), 0);
    strait_segment_close(segment);
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

static void await_both(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    tell(parent, this_thread());
    must(strait_sequence_await(sequence_of(segment), 100, 0, LONG_NS) == 0);
    tell(parent, 1);
    must(strait_latch_await(latch_of(segment), 0, LONG_NS) == 0);
    tell(parent, 2);
    strait_segment_close(segment);
}

static void a_sleeper_is_woken_by_the_number_that_it_waits_for(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct child child = child_start(await_both, NULL);
    pid_t thread = (pid_t)hear(child.socket);
    see_asleep(child.pid, thread);
    assert_int_equal(strait_sequence_advance(sequence_of(segment), 99), 1);
    see_asleep(child.pid, thread);
    assert_false(can_hear(child.socket));
    assert_int_equal(strait_sequence_increment(sequence_of(segment), 1), 100);
    assert_int_equal(hear(child.socket), 1);
    see_asleep(child.pid, thread);
    while (strait_latch_count_down(latch_of(segment)) > 0) {
    }
    assert_int_equal(hear(child.socket), 2);
    assert_int_equal(child_end(&child), 0);
    strait_segment_close(segment);
}

struct waiting {
    struct strait_segment *segment;
    _Atomic pid_t thread;
    int result;
};

static void *await_in_thread(void *context)
{
    struct waiting *waiting = context;
    struct strait_sequence *sequence = sequence_of(waiting->segment);
    atomic_store(&waiting->thread, this_thread());
    waiting->result = strait_sequence_await(sequence, 1000, 0, LONG_NS);
    return NULL;
}

static pthread_t start_waiting(struct waiting *waiting)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, await_in_thread, waiting), 0);
    while (atomic_load(&waiting->thread) == 0)
        pause_briefly();
    see_asleep(getpid(), atomic_load(&waiting->thread));
    return thread;
}

static void an_interrupt_and_a_close_end_a_wait(void **state)
{
    (void)state;
    struct waiting waiting = {.segment = create()};
    pthread_t thread = start_waiting(&waiting);
    strait_sequence_interrupt(sequence_of(waiting.segment));
    pthread_join(thread, NULL);
    assert_int_equal(waiting.result, -EINTR);

    waiting.thread = 0;
    thread = start_waiting(&waiting);
    strait_segment_close(waiting.segment);
    pthread_join(thread, NULL);
    assert_int_equal(waiting.result, STRAIT_CLOSED);
}

/* ---- Parties that die ------------------------------------------------------------------------------------
 */

static void be_party(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    const bool *leaves = context;
    must(strait_sequence_join(sequence_of(segment)) == 0);
    must(strait_latch_join(latch_of(segment)) == 0);
    must(strait_barrier_join(barrier_of(segment)) == 0);
    if (*leaves) {
        must(strait_sequence_leave(sequence_of(segment)) == 0);
        must(strait_latch_leave(latch_of(segment)) == 0);
        must(strait_barrier_leave(barrier_of(segment)) == 0);
    }
    tell(parent, 1);
    hear(parent);
    strait_segment_close(segment);
}

static void see_party_lost(struct strait_segment *segment)
{
    assert_int_equal(strait_sequence_await(sequence_of(segment), 6, 0, LONG_NS), STRAIT_PEER_DIED);
    assert_int_equal(strait_latch_await(latch_of(segment), 0, LONG_NS), STRAIT_PEER_DIED);
    assert_int_equal(strait_barrier_await(barrier_of(segment), 0, LONG_NS), STRAIT_BROKEN);
}

static void the_death_of_a_party_ends_all_waits(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    bool leaves = false;
    struct child child = child_start(be_party, &leaves);
    hear(child.socket);
    struct waiting waiting = {.segment = segment};
    pthread_t thread = start_waiting(&waiting);
    int64_t since_ns = test_now_ns();
    child_kill(&child);
    pthread_join(thread, NULL);
    assert_int_equal(waiting.result, STRAIT_PEER_DIED);
    assert_true(test_now_ns() - since_ns < test_notice_ns());
    see_party_lost(segment);
    /* What is there already can be had all the same. */
    assert_int_equal(strait_sequence_await(sequence_of(segment), 5, 0, LONG_NS), 0);
    strait_segment_close(segment);
}

static void a_close_without_leaving_counts_as_a_death(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    bool leaves = false;
    struct child child = child_start(be_party, &leaves);
    hear(child.socket);
    tell(child.socket, 1);
    assert_int_equal(child_end(&child), 0);
    see_party_lost(segment);
    strait_segment_close(segment);
}

static void who_has_left_may_die_unnoticed(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    bool leaves = true;
    struct child child = child_start(be_party, &leaves);
    hear(child.socket);
    child_kill(&child);
    see_participants(segment, 1, test_now_ns());
    assert_int_equal(strait_sequence_await(sequence_of(segment), 6, 0, 20 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_int_equal(strait_latch_await(latch_of(segment), 0, 20 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_false(strait_barrier_is_broken(barrier_of(segment)));
    strait_segment_close(segment);
}

static void another_party_takes_the_place_of_the_dead(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    bool leaves = false;
    struct child child = child_start(be_party, &leaves);
    hear(child.socket);
    child_kill(&child);
    see_party_lost(segment);
    assert_int_equal(strait_sequence_join(sequence_of(segment)), 0);
    assert_int_equal(strait_latch_join(latch_of(segment)), 0);
    assert_int_equal(strait_barrier_reset(barrier_of(segment)), 0);
    assert_int_equal(strait_sequence_await(sequence_of(segment), 6, 0, MILLISECOND), STRAIT_TIMED_OUT);
    assert_int_equal(strait_latch_await(latch_of(segment), 0, MILLISECOND), STRAIT_TIMED_OUT);
    assert_false(strait_barrier_is_broken(barrier_of(segment)));
    strait_segment_close(segment);
}

/* ---- Barriers --------------------------------------------------------------------------------------------
 */

/* Rounds of two threads each in PARTIES / 2 processes; the number of arrivals is in the user's region. */
struct rounds {
    struct strait_segment *segment;
    int count;
};

static void *go_round(void *context)
{
    const struct rounds *rounds = context;
    struct strait_barrier *barrier = barrier_of(rounds->segment);
    _Atomic int64_t *arrivals = strait_segment_user(rounds->segment);
    for (int64_t round = 0; round < rounds->count; round++) {
        atomic_fetch_add(arrivals, 1);
        int place = strait_barrier_await(barrier, 0, LONG_NS);
        must(place >= 0 && place < PARTIES);
        must(atomic_load(arrivals) >= (round + 1) * PARTIES);
        atomic_fetch_add(&arrivals[1], place);
        must(strait_barrier_await(barrier, 0, LONG_NS) >= 0);
        must(atomic_load(arrivals) == (round + 1) * PARTIES);
        must(strait_barrier_await(barrier, 0, LONG_NS) >= 0);
    }
    return NULL;
}

static void go_rounds(int parent, void *context)
{
    (void)parent;
    struct rounds rounds = *(struct rounds *)context;
    pthread_t thread;
    rounds.segment = test_segment_open("segment");
    must(pthread_create(&thread, NULL, go_round, &rounds) == 0);
    go_round(&rounds);
    pthread_join(thread, NULL);
    must(strait_barrier_leave(barrier_of(rounds.segment)) == 0);
    strait_segment_close(rounds.segment);
}

static void nobody_leaves_a_round_before_all_have_arrived(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct rounds rounds = {.count = test_rounds(300)};
    struct child children[PARTIES / 2];
    for (int i = 0; i < PARTIES / 2; i++)
        children[i] = child_start(go_rounds, &rounds);
    for (int i = 0; i < PARTIES / 2; i++)
        assert_int_equal(child_end(&children[i]), 0);
    const _Atomic int64_t *arrivals = strait_segment_user(segment);
    assert_int_equal(arrivals[1], (int64_t)rounds.count * (0 + 1 + 2 + 3)); /* each place once a round */
    assert_false(strait_barrier_is_broken(barrier_of(segment)));
    assert_int_equal(strait_barrier_waiting(barrier_of(segment)), 0);
    strait_segment_close(segment);
}

static void arrive_once(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    tell(parent, this_thread());
    tell(parent, strait_barrier_await(barrier_of(segment), 0, LONG_NS));
    hear(parent);
    strait_barrier_leave(barrier_of(segment));
    strait_segment_close(segment);
}

/* It may have slept before, over something else: so it has to have arrived. */
static struct child start_arriving(struct strait_segment *segment)
{
    uint32_t before = (uint32_t)strait_barrier_waiting(barrier_of(segment));
    struct child child = child_start(arrive_once, NULL);
    pid_t thread = (pid_t)hear(child.socket);
    while ((uint32_t)strait_barrier_waiting(barrier_of(segment)) == before)
        pause_briefly();
    see_asleep(child.pid, thread);
    return child;
}

static void end_arriving(struct child *child, int64_t result)
{
    assert_int_equal(hear(child->socket), result);
    tell(child->socket, 1);
    assert_int_equal(child_end(child), 0);
}

static void who_does_not_wait_longer_breaks_it_for_all(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct child child = start_arriving(segment);
    assert_int_equal(strait_barrier_waiting(barrier_of(segment)), 1);
    assert_int_equal(strait_barrier_await(barrier_of(segment), 0, MILLISECOND), STRAIT_TIMED_OUT);
    end_arriving(&child, STRAIT_BROKEN);
    assert_true(strait_barrier_is_broken(barrier_of(segment)));
    assert_int_equal(strait_barrier_await(barrier_of(segment), 0, LONG_NS), STRAIT_BROKEN);
    strait_segment_close(segment);
}

static void who_dies_after_arriving_breaks_it_for_all(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct child dies = start_arriving(segment);
    struct child stays = start_arriving(segment);
    child_kill(&dies);
    end_arriving(&stays, STRAIT_BROKEN);
    strait_segment_close(segment);
}

static void a_reset_begins_anew(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_barrier *barrier = barrier_of(segment);
    struct child child = start_arriving(segment);
    assert_int_equal(strait_barrier_reset(barrier), 0);
    end_arriving(&child, STRAIT_BROKEN);
    assert_false(strait_barrier_is_broken(barrier));
    assert_int_equal(strait_barrier_waiting(barrier), 0);

    struct child others[PARTIES - 1];
    for (int i = 0; i < PARTIES - 1; i++)
        others[i] = start_arriving(segment);
    assert_int_equal(strait_barrier_await(barrier, 0, LONG_NS), 0);
    for (int i = 0; i < PARTIES - 1; i++)
        end_arriving(&others[i], PARTIES - 1 - i);
    strait_segment_close(segment);
}

/* ---- Words that nobody honest stores ---------------------------------------------------------------------
 */

static void a_sequence_beyond_all_numbers_has_come_to_its_end(void **state)
{
    struct strait_segment *segment = create();
    struct strait_sequence *sequence = sequence_of(segment);
    const uint64_t words[] = {UINT64_C(1) << 63, (uint64_t)-1, (uint64_t)STRAIT_CLOSED, (uint64_t)-EINVAL};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        atomic_store(&strait_gate_of((struct strait_sync *)sequence)->word, words[i]);
        assert_true(strait_sequence_value(sequence) == INT64_MAX);
        assert_true(strait_sequence_increment(sequence, 1) == -EOVERFLOW);
        assert_int_equal(strait_sequence_advance(sequence, 6), 0);
        assert_int_equal(strait_sequence_await(sequence, INT64_MAX, 0, 0), 0);
    }
    strait_segment_close(segment);
}

static void a_barrier_with_too_many_arrived_lets_the_next_one_through(void **state)
{
    struct strait_segment *segment = create();
    struct strait_barrier *barrier = barrier_of(segment);
    const uint64_t arrived[] = {PARTIES, PARTIES + 4, STRAIT_BARRIER_ARRIVED};
    for (size_t i = 0; i < COUNT_OF(arrived); i++) {
        atomic_store(&strait_gate_of((struct strait_sync *)barrier)->word, arrived[i]);
        assert_int_equal(strait_barrier_waiting(barrier), PARTIES);
        assert_int_equal(strait_barrier_await(barrier, 0, 0), 0);
        assert_int_equal(strait_barrier_waiting(barrier), 0);
        assert_false(strait_barrier_is_broken(barrier));
    }
    strait_segment_close(segment);
}

static void a_barrier_that_says_a_party_is_lost_is_broken(void **state)
{
    struct strait_segment *segment = create();
    struct strait_barrier *barrier = barrier_of(segment);
    atomic_store(&strait_gate_of((struct strait_sync *)barrier)->lost, 1);
    assert_int_equal(strait_barrier_await(barrier, 0, LONG_NS), STRAIT_BROKEN);
    assert_true(strait_barrier_is_broken(barrier));
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_gate_is_found_by_name),
        TEST(a_sequence_only_grows),
        TEST(a_latch_counts_down_to_0_and_stays_there),
        TEST(nothing_is_asked_of_the_kernel_while_nobody_sleeps),
        TEST(a_sleeper_is_woken_by_the_number_that_it_waits_for),
        TEST(an_interrupt_and_a_close_end_a_wait),
        TEST(the_death_of_a_party_ends_all_waits),
        TEST(a_close_without_leaving_counts_as_a_death),
        TEST(who_has_left_may_die_unnoticed),
        TEST(another_party_takes_the_place_of_the_dead),
        TEST(nobody_leaves_a_round_before_all_have_arrived),
        TEST(who_does_not_wait_longer_breaks_it_for_all),
        TEST(who_dies_after_arriving_breaks_it_for_all),
        TEST(a_reset_begins_anew),
        TEST(a_sequence_beyond_all_numbers_has_come_to_its_end),
        TEST(a_barrier_with_too_many_arrived_lets_the_next_one_through),
        TEST(a_barrier_that_says_a_party_is_lost_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
