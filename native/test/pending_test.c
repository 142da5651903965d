/* Waits that have begun and that no thread is in, looked after by one thread with a wait set. */
#include "support.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal/barrier.h"
#include "internal/latch.h"
#include "internal/lock.h"
#include "internal/participant.h"
#include "internal/pending.h"
#include "internal/ring.h"
#include "internal/semaphore.h"
#include "internal/sequence.h"
#include "internal/wait_set.h"

#define FOREVER STRAIT_WAIT_FOREVER

static const struct strait_object objects[] = {
    STRAIT_SEMAPHORE("items", 0, 0),
    STRAIT_SEMAPHORE("few", 1, STRAIT_SEMAPHORE_RECOVERABLE),
    STRAIT_LOCK("door"),
    STRAIT_CONDITION("opened"),
    STRAIT_SEQUENCE("number", 0),
    STRAIT_LATCH("ready", 1),
    STRAIT_BARRIER("round", 2),
};

/* One process's side. */
struct side {
    struct strait_segment *segment;
    struct strait_ring *ring;
    struct strait_ring_reader *reader;
    struct strait_ring_writer *writer;
    struct strait_semaphore *items;
    struct strait_semaphore *few;
    struct strait_lock *door;
    struct strait_condition *opened;
    struct strait_sequence *number;
    struct strait_latch *ready;
    struct strait_barrier *round;
};

static void open_objects(struct side *side)
{
    side->items = test_semaphore(side->segment, "items");
    side->few = test_semaphore(side->segment, "few");
    side->door = test_lock(side->segment, "door");
    side->opened = test_condition(side->segment, "opened");
    must(strait_sequence_open(side->segment, "number", &side->number, NULL) == 0);
    must(strait_latch_open(side->segment, "ready", &side->ready, NULL) == 0);
    must(strait_barrier_open(side->segment, "round", &side->round, NULL) == 0);
}

static void create(struct side *side)
{
    side->segment = test_segment_with("segment", 4096, objects, COUNT_OF(objects));
    side->ring = test_ring_create("ring", LANE);
    open_objects(side);
}

static void close_side(struct side *side)
{
    strait_ring_close(side->ring);
    strait_segment_close(side->segment);
}

static struct strait_pending *begin_acquire(struct strait_semaphore *semaphore, uint32_t permits)
{
    struct strait_pending *pending = NULL;
    must(strait_semaphore_begin(semaphore, permits, &pending) == 0);
    must(pending != NULL);
    return pending;
}

static int look(struct strait_pending *pending)
{
    return strait_pending_look(pending);
}

static struct strait_wait_set *new_set(void)
{
    struct strait_wait_set *set;
    must(strait_wait_set_create(&set, NULL) == 0);
    return set;
}

static void add(struct strait_wait_set *set, struct strait_pending *pending)
{
    must(strait_wait_set_add(set, &pending->watch, &pending->copy, NULL) == 0);
}

/* Ends the next one that is over: its result. */
static int end_next(struct strait_wait_set *set)
{
    must(strait_wait_set_await(set, 0, FOREVER) > 0);
    struct strait_watch *watch = strait_wait_set_ready(set);
    struct strait_pending *pending = watch->object;
    int outcome = strait_watch_outcome(watch);
    must(strait_wait_set_remove(set, watch) == 0);
    return strait_pending_end(pending, outcome);
}

/* ---- The line --------------------------------------------------------------------------------------------
 */

static void a_pending_stands_in_line_from_its_begin_to_its_end(void **state)
{
    struct side side;
    create(&side);
    struct strait_pending *pending = begin_acquire(side.items, 2);
    assert_int_equal(strait_semaphore_queued(side.items), 1);
    assert_int_equal(look(pending), 0);
    assert_int_equal(strait_semaphore_release(side.items, 1), 0);
    assert_int_equal(look(pending), 0);
    assert_int_equal(strait_semaphore_acquire(side.items, 1, 0, 0), STRAIT_TIMED_OUT); /* it comes first */
    assert_int_equal(strait_semaphore_release(side.items, 1), 0);
    assert_int_equal(strait_pending_end(pending, STRAIT_TIMED_OUT), 0); /* which looks a last time */
    assert_int_equal(strait_semaphore_queued(side.items), 0);
    assert_int_equal(strait_semaphore_available(side.items), 0);
    close_side(&side);
}

static void what_can_be_had_at_once_is_not_pending(void **state)
{
    struct side side;
    struct strait_pending *pending = NULL;
    create(&side);
    assert_int_equal(strait_semaphore_begin(side.few, 1, &pending), 0);
    assert_null(pending);
    assert_int_equal(strait_semaphore_held(side.few), 1);
    assert_int_equal(strait_semaphore_begin(side.few, 2, &pending), -EINVAL);
    assert_int_equal(strait_lock_begin(side.door, &pending), 0);
    assert_null(pending);
    close_side(&side);
}

static void who_gives_up_lets_the_next_have_what_it_did_not_take(void **state)
{
    struct side side;
    create(&side);
    struct strait_wait_set *set = new_set();
    struct strait_pending *first = begin_acquire(side.items, 2);
    struct strait_pending *second = begin_acquire(side.items, 1);
    add(set, second);
    assert_int_equal(strait_semaphore_release(side.items, 1), 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_pending_end(first, -EINTR), -EINTR);
    assert_int_equal(end_next(set), 0);
    assert_int_equal(strait_semaphore_available(side.items), 0);
    strait_wait_set_free(set);
    close_side(&side);
}

static void *release_two(void *context)
{
    struct strait_semaphore *semaphore = context;
    see_asleep(getpid(), getpid()); /* the thread that waits is the first */
    must(strait_semaphore_release(semaphore, 2) == 0);
    return NULL;
}

/* With a descriptor beside it the ringer looks too. */
static void a_pending_takes_once_whoever_looks(void **state)
{
    struct side side;
    pthread_t thread;
    int fd = eventfd(0, EFD_CLOEXEC);
    create(&side);
    struct strait_wait_set *set = new_set();
    must(strait_wait_set_add_fd(set, fd, POLLIN, NULL, NULL) == 0);
    add(set, begin_acquire(side.items, 1));
    must(pthread_create(&thread, NULL, release_two, side.items) == 0);
    assert_int_equal(end_next(set), 0);
    pthread_join(thread, NULL);
    assert_int_equal(strait_semaphore_available(side.items), 1);
    strait_wait_set_free(set);
    close(fd);
    close_side(&side);
}

struct taker {
    struct strait_semaphore *semaphore;
    _Atomic int taken;
};

static void *acquire_one(void *context)
{
    struct taker *taker = context;
    must(strait_semaphore_acquire(taker->semaphore, 1, 0, FOREVER) == 0);
    atomic_fetch_add(&taker->taken, 1);
    return NULL;
}

static void pendings_and_threads_take_turns_in_the_order_of_their_coming(void **state)
{
    struct side side;
    pthread_t thread;
    create(&side);
    struct strait_wait_set *set = new_set();
    struct taker taker = {side.items, 0};
    add(set, begin_acquire(side.items, 1));
    must(pthread_create(&thread, NULL, acquire_one, &taker) == 0);
    while (strait_semaphore_queued(side.items) != 2)
        pause_briefly();
    add(set, begin_acquire(side.items, 1));
    must(strait_semaphore_release(side.items, 1) == 0);
    assert_int_equal(end_next(set), 0);
    assert_int_equal(atomic_load(&taker.taken), 0);
    must(strait_semaphore_release(side.items, 2) == 0);
    assert_int_equal(end_next(set), 0);
    assert_int_equal(strait_semaphore_queued(side.items), 0);
    pthread_join(thread, NULL);
    add(set, begin_acquire(side.items, 1));
    must(pthread_create(&thread, NULL, acquire_one, &taker) == 0);
    while (strait_semaphore_queued(side.items) != 2)
        pause_briefly();
    must(strait_semaphore_release(side.items, 1) == 0);
    assert_int_equal(end_next(set), 0);
    assert_int_equal(strait_semaphore_queued(side.items), 1);
    must(strait_semaphore_release(side.items, 1) == 0);
    pthread_join(thread, NULL);
    strait_wait_set_free(set);
    close_side(&side);
}

/* ---- Each of them, ended by another process --------------------------------------------------------------
 */

typedef int begin_function(struct side *side, struct strait_pending **pending);

static int begin_items(struct side *side, struct strait_pending **pending)
{
    return strait_semaphore_begin(side->items, 1, pending);
}

static int begin_few(struct side *side, struct strait_pending **pending)
{
    return strait_semaphore_begin(side->few, 1, pending);
}

static int begin_door(struct side *side, struct strait_pending **pending)
{
    return strait_lock_begin(side->door, pending);
}

static int begin_opened(struct side *side, struct strait_pending **pending)
{
    static char here;
    struct strait_patience patience = {0, 0, FOREVER};
    must(strait_lock_take(side->door, &here, &patience) == 0);
    return strait_condition_begin(side->opened, side->door, &here, pending);
}

static int begin_number(struct side *side, struct strait_pending **pending)
{
    return strait_sequence_begin(side->number, 3, pending);
}

static int begin_ready(struct side *side, struct strait_pending **pending)
{
    return strait_latch_begin(side->ready, pending);
}

static int begin_round(struct side *side, struct strait_pending **pending)
{
    return strait_barrier_begin(side->round, pending);
}

static int begin_data(struct side *side, struct strait_pending **pending)
{
    side->reader = test_reader(side->ring);
    return strait_ring_begin_data(side->reader, atomic_load(&side->reader->role.owner), 0, 0, pending);
}

static int begin_space(struct side *side, struct strait_pending **pending)
{
    side->writer = test_writer(side->ring);
    while (strait_ring_offer(side->writer, 0, NULL, 0) == 0) {
    }
    return strait_ring_begin_space(side->writer, atomic_load(&side->writer->role.owner),
                                   strait_ring_writer_position(side->writer), 8, 0, pending);
}

static void hold_nothing(struct side *peer)
{
    (void)peer;
}

static void hold_few(struct side *peer)
{
    must(strait_semaphore_acquire(peer->few, 1, 0, 0) == 0);
}

static void hold_door(struct side *peer)
{
    must(strait_lock_acquire(peer->door, 0, 0) == 0);
}

static void join_number(struct side *peer)
{
    must(strait_sequence_join(peer->number) == 0);
}

static void join_ready(struct side *peer)
{
    must(strait_latch_join(peer->ready) == 0);
}

static void join_round(struct side *peer)
{
    must(strait_barrier_join(peer->round) == 0);
}

static void open_writer(struct side *peer)
{
    peer->writer = test_writer(peer->ring);
}

static void open_reader(struct side *peer)
{
    peer->reader = test_reader(peer->ring);
}

static void release_items(struct side *peer)
{
    must(strait_semaphore_release(peer->items, 1) == 0);
}

static void release_few(struct side *peer)
{
    must(strait_semaphore_release(peer->few, 1) == 0);
}

static void unlock_door(struct side *peer)
{
    must(strait_lock_release(peer->door) == 0);
}

static void notify_opened(struct side *peer)
{
    strait_condition_notify(peer->opened);
}

static void advance_number(struct side *peer)
{
    must(strait_sequence_advance(peer->number, 3) == 1);
}

static void count_ready(struct side *peer)
{
    must(strait_latch_count_down(peer->ready) == 0);
}

static void arrive_round(struct side *peer)
{
    must(strait_barrier_await(peer->round, 0, FOREVER) == 0);
}

static void send_one(struct side *peer)
{
    test_offer(peer->writer, 1);
}

static void take_two(struct side *peer)
{
    test_take(peer->reader, 2);
}

static const struct {
    const char *name;
    begin_function *begin;
    void (*hold)(struct side *peer);
    void (*let_go)(struct side *peer);
    int result; /* when the peer lets go, */
    int death;  /* and when it dies; TIMED_OUT for one that nobody's death ends */
} waits[] = {
    {"items", begin_items, hold_nothing, release_items, 0, STRAIT_TIMED_OUT},
    {"few", begin_few, hold_few, release_few, 0, 0},
    {"door", begin_door, hold_door, unlock_door, 0, STRAIT_OWNER_DIED},
    {"opened", begin_opened, hold_nothing, notify_opened, 0, STRAIT_TIMED_OUT},
    {"number", begin_number, join_number, advance_number, 0, STRAIT_PEER_DIED},
    {"ready", begin_ready, join_ready, count_ready, 0, STRAIT_PEER_DIED},
    {"round", begin_round, join_round, arrive_round, 1, STRAIT_BROKEN},
    {"data", begin_data, open_writer, send_one, STRAIT_READY, STRAIT_PEER_DIED},
    {"space", begin_space, open_reader, take_two, STRAIT_READY, STRAIT_PEER_DIED},
};

static void peer_body(int parent, void *context)
{
    size_t index = *(const size_t *)context;
    struct side peer = {.segment = test_segment_open("segment"), .ring = test_ring_open("ring")};
    open_objects(&peer);
    waits[index].hold(&peer);
    tell(parent, 0);
    hear(parent);
    waits[index].let_go(&peer);
    tell(parent, 0);
    hear(parent);
    close_side(&peer);
}

/* A scene in which one pending waits for the peer. */
static void begin_scene(size_t *index, struct side *side, struct child *peer, struct strait_wait_set **set)
{
    struct strait_pending *pending = NULL;
    create(side);
    *peer = child_start(peer_body, index);
    hear(peer->socket);
    *set = new_set();
    int result = waits[*index].begin(side, &pending);
    if (result != 0 || pending == NULL)
        fail_msg("%s: begin answered %d", waits[*index].name, result);
    add(*set, pending);
    assert_int_equal(strait_wait_set_await(*set, 0, MILLISECOND), STRAIT_TIMED_OUT);
}

static void end_scene(struct side *side, struct strait_wait_set *set)
{
    strait_wait_set_free(set);
    close_side(side);
    const struct strait_segment_options options = test_options();
    must(strait_segment_unlink("segment", &options) == 0);
    must(strait_segment_unlink("ring", &options) == 0);
}

static void another_process_ends_each_wait(void **state)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct side side;
        struct child peer;
        struct strait_wait_set *set;
        begin_scene(&i, &side, &peer, &set);
        tell(peer.socket, 0);
        int result = end_next(set);
        if (result != waits[i].result)
            fail_msg("%s: %d", waits[i].name, result);
        hear(peer.socket);
        tell(peer.socket, 0);
        assert_int_equal(child_end(&peer), 0);
        end_scene(&side, set);
    }
}

static void the_death_of_another_process_ends_each_wait_for_it(void **state)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct side side;
        struct child peer;
        struct strait_wait_set *set;
        if (waits[i].death == STRAIT_TIMED_OUT)
            continue;
        begin_scene(&i, &side, &peer, &set);
        child_kill(&peer);
        int result = end_next(set);
        if (result != waits[i].death)
            fail_msg("%s: %d", waits[i].name, result);
        end_scene(&side, set);
    }
}

static void *close_both(void *context)
{
    close_side(context);
    return NULL;
}

static void *shut_set(void *context)
{
    strait_wait_set_shut(context);
    return NULL;
}

/* Begins a wait in a set, and has another look after it. */
static void begin_nested(struct strait_wait_set *set, struct strait_wait_set *nested)
{
    struct strait_pending *pending = NULL;
    must(strait_wait_set_begin(nested, &pending) == 0);
    must(strait_wait_set_add_fd(set, (int)pending->watch.wanted, POLLIN, &pending->copy, NULL) == 0);
    pending->copy->object = pending;
}

static void a_set_is_one_pending_of_another_set(void **state)
{
    struct side side;
    pthread_t closer;
    create(&side);
    struct strait_wait_set *set = new_set();
    struct strait_wait_set *nested = new_set();
    must(strait_wait_set_add_semaphore(nested, side.items, 1, NULL, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        begin_nested(set, nested);
        assert_int_equal(strait_wait_set_await(set, 0, MILLISECOND), STRAIT_TIMED_OUT);
        assert_int_equal(strait_wait_set_await(nested, 0, 0), -EBUSY);
        must(strait_semaphore_release(side.items, 1) == 0);
        assert_int_equal(end_next(set), STRAIT_READY);
        assert_int_equal(strait_wait_set_await(nested, 0, 0), 1);
        struct strait_pending *pending = NULL;
        must(strait_wait_set_begin(nested, &pending) == 0); /* when it is ready already */
        assert_int_equal(strait_pending_end(pending, STRAIT_TIMED_OUT), STRAIT_READY);
        must(strait_semaphore_acquire(side.items, 1, 0, 0) == 0);
        begin_nested(set, nested);
        strait_wait_set_wake(nested);
        assert_int_equal(end_next(set), STRAIT_READY);
        assert_int_equal(strait_wait_set_await(nested, 0, 0), 0);
    }
    begin_nested(set, nested);
    must(pthread_create(&closer, NULL, shut_set, nested) == 0);
    assert_int_equal(end_next(set), STRAIT_READY);
    pthread_join(closer, NULL);
    assert_int_equal(strait_wait_set_await(nested, 0, 0), STRAIT_CLOSED);
    strait_wait_set_free(nested);
    strait_wait_set_free(set);
    close_side(&side);
}

static void closing_waits_until_a_pending_has_ended(void **state)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        struct side side;
        struct child peer;
        struct strait_wait_set *set;
        pthread_t closer;
        begin_scene(&i, &side, &peer, &set);
        must(pthread_create(&closer, NULL, close_both, &side) == 0);
        int result = end_next(set);
        if (result != STRAIT_CLOSED)
            fail_msg("%s: %d", waits[i].name, result);
        pthread_join(closer, NULL);
        child_kill(&peer);
        side = (struct side){.segment = test_segment_open("segment"), .ring = test_ring_open("ring")};
        end_scene(&side, set);
    }
}

/* ---- Races -----------------------------------------------------------------------------------------------
 */

static void release_many(int parent, void *context)
{
    int rounds = *(const int *)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_semaphore *items = test_semaphore(segment, "items");
    tell(parent, 0);
    for (int i = 0; i < rounds; i++)
        must(strait_semaphore_release(items, 1) == 0);
    strait_segment_close(segment);
}

static void cancels_that_race_with_releases_lose_no_permit(void **state)
{
    struct side side;
    int rounds = test_rounds(20000);
    int taken = 0;
    create(&side);
    struct strait_wait_set *set = new_set();
    struct child peer = child_start(release_many, &rounds);
    hear(peer.socket);
    for (int i = 0; i < rounds; i++) {
        struct strait_pending *pending = NULL;
        must(strait_semaphore_begin(side.items, 1, &pending) == 0);
        if (pending == NULL) {
            taken++;
            continue;
        }
        add(set, pending);
        strait_wait_set_await(set, 0, i % 2 * 1000);
        struct strait_watch *ready = strait_wait_set_ready(set);
        int outcome = ready == NULL ? 0 : strait_watch_outcome(ready);
        must(strait_wait_set_remove(set, pending->copy) == 0);
        int result = strait_pending_end(pending, STRAIT_TIMED_OUT);
        must(outcome == 0 || result == 0);
        taken += result == 0;
    }
    assert_int_equal(child_end(&peer), 0);
    assert_int_equal(taken + strait_semaphore_available(side.items), rounds);
    assert_int_equal(strait_semaphore_queued(side.items), 0);
    strait_wait_set_free(set);
    close_side(&side);
}

/* How often this thread gave up its processor by itself. */
static long sleeps(void)
{
    struct rusage usage;
    must(getrusage(RUSAGE_THREAD, &usage) == 0);
    return usage.ru_nvcsw;
}

static void a_look_does_not_wait_for_the_ledger(void **state)
{
    struct side side;
    create(&side);
    struct strait_wait_set *set = new_set();
    struct strait_segment *other = test_segment_open("segment");
    struct strait_sync *sync = (struct strait_sync *)side.few;
    struct strait_ledger *ledger = &((struct strait_semaphore_words *)sync->object.words)->ledger;
    assert_int_equal(strait_semaphore_acquire(side.few, 1, 0, 0), 0);
    struct strait_pending *pending = begin_acquire(side.few, 1);
    add(set, pending);
    uint64_t holder = strait_participant_own(other->self, atomic_load(&ledger->owner));
    atomic_store(&ledger->owner, holder);
    assert_int_equal(strait_semaphore_release(side.few, 1), 0);
    long sleeps_before = sleeps();
    assert_int_equal(look(pending), 0);
    assert_int_equal(sleeps(), sleeps_before);
    assert_int_equal(atomic_load(&ledger->waiters), UINT64_C(1) << sync->participant->slot);
    atomic_store(&ledger->owner, strait_owner_in_state(holder, STRAIT_OWNER_ENDED));
    strait_wait_wake(other->self, &ledger->waiters);
    assert_int_equal(end_next(set), 0);
    strait_wait_set_free(set);
    strait_segment_close(other);
    close_side(&side);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_pending_stands_in_line_from_its_begin_to_its_end),
        TEST(what_can_be_had_at_once_is_not_pending),
        TEST(who_gives_up_lets_the_next_have_what_it_did_not_take),
        TEST(a_pending_takes_once_whoever_looks),
        TEST(pendings_and_threads_take_turns_in_the_order_of_their_coming),
        TEST(another_process_ends_each_wait),
        TEST(the_death_of_another_process_ends_each_wait_for_it),
        TEST(a_set_is_one_pending_of_another_set),
        TEST(closing_waits_until_a_pending_has_ended),
        TEST(cancels_that_race_with_releases_lose_no_permit),
        TEST(a_look_does_not_wait_for_the_ledger),
    };
    strait_wait_nap_ns = 3600 * SECOND; /* nobody looks again who was not rung */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
