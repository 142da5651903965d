/* Semaphores: between threads, between processes, and when one of these dies. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/participant.h"
#include "internal/semaphore.h"

/* Each segment has one of each flavour; its flags are its index. */
#define FLAVOURS 4
static const char *const names[FLAVOURS] = {"plain", "recoverable", "overtaking", "both"};
static const uint32_t recoverable = STRAIT_SEMAPHORE_RECOVERABLE;
static const uint32_t overtaking = STRAIT_SEMAPHORE_OVERTAKING;

static struct strait_segment *create(int64_t permits)
{
    const struct strait_object objects[FLAVOURS] = {
        STRAIT_SEMAPHORE(names[0], permits, 0),
        STRAIT_SEMAPHORE(names[1], permits, recoverable),
        STRAIT_SEMAPHORE(names[2], permits, overtaking),
        STRAIT_SEMAPHORE(names[3], permits, recoverable | overtaking),
    };
    return test_segment_with("segment", 4096, objects, FLAVOURS);
}

static struct strait_semaphore *flavour(struct strait_segment *segment, uint32_t flags)
{
    return test_semaphore(segment, names[flags]);
}

static int acquire(struct strait_semaphore *semaphore, uint32_t permits)
{
    return strait_semaphore_acquire(semaphore, permits, 0, STRAIT_WAIT_FOREVER);
}

static int try_acquire(struct strait_semaphore *semaphore, uint32_t permits)
{
    return strait_semaphore_acquire(semaphore, permits, 0, 0);
}

static struct strait_semaphore_words *words_of(struct strait_semaphore *semaphore)
{
    return ((struct strait_sync *)semaphore)->object.words;
}

static void see_queued(struct strait_semaphore *semaphore, int count)
{
    while (strait_semaphore_queued(semaphore) != count)
        pause_briefly();
}

/* ---- One who waits, in a thread or in a process ----------------------------------------------------------
 */

struct waiter {
    pthread_t thread;
    struct strait_semaphore *semaphore;
    uint32_t permits;
    int64_t timeout_ns;
    int result;
    _Atomic pid_t tid;
    _Atomic bool is_done;
};

static void *wait_for_permits(void *context)
{
    struct waiter *waiter = context;
    atomic_store(&waiter->tid, this_thread());
    waiter->result = strait_semaphore_acquire(waiter->semaphore, waiter->permits, 0, waiter->timeout_ns);
    atomic_store(&waiter->is_done, true);
    return NULL;
}

/* Comes back when it stands in line, or behind its process's first, as the `place`-th of all; and sleeps. */
static void start_waiter(struct waiter *waiter, struct strait_semaphore *semaphore, uint32_t permits,
                         int64_t timeout_ns, int place)
{
    *waiter = (struct waiter){.semaphore = semaphore, .permits = permits, .timeout_ns = timeout_ns};
    must(pthread_create(&waiter->thread, NULL, wait_for_permits, waiter) == 0);
    see_queued(semaphore, place);
    see_asleep(getpid(), atomic_load(&waiter->tid));
}

static int end_waiter(struct waiter *waiter)
{
    must(pthread_join(waiter->thread, NULL) == 0);
    return waiter->result;
}

struct order {
    uint32_t flags;
    uint32_t permits;
    int64_t timeout_ns;
};

/* Acquires, says so, and stays until it is told to go. */
static void acquire_and_stay(int parent, void *context)
{
    const struct order *order = context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_semaphore *semaphore = flavour(segment, order->flags);
    tell(parent, strait_semaphore_acquire(semaphore, order->permits, 0, order->timeout_ns));
    hear(parent);
    if (order->permits > 0 && strait_semaphore_held(semaphore) > 0)
        must(strait_semaphore_release(semaphore, order->permits) == 0);
    tell(parent, 0);
    hear(parent);
    strait_segment_close(segment);
}

static struct child start_process(struct strait_semaphore *semaphore, const struct order *order, int place)
{
    struct order copy = *order;
    struct child child = child_start(acquire_and_stay, &copy);
    see_queued(semaphore, place);
    return child;
}

static struct child start_holder(uint32_t flags, uint32_t permits)
{
    struct order order = {flags, permits, STRAIT_WAIT_FOREVER};
    struct child child = child_start(acquire_and_stay, &order);
    must(hear(child.socket) == 0);
    return child;
}

/* ---- Without contention ----------------------------------------------------------------------------------
 */

static void permits_are_taken_and_given_back(void **state)
{
    struct strait_segment *segment = create(3);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const bool counts = (flags & recoverable) != 0;
        assert_int_equal(strait_semaphore_available(semaphore), 3);
        assert_int_equal(acquire(semaphore, 1), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 2);
        assert_int_equal(try_acquire(semaphore, 2), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
        assert_int_equal(strait_semaphore_held(semaphore), counts ? 3 : 0);
        assert_int_equal(try_acquire(semaphore, 1), STRAIT_TIMED_OUT);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(try_acquire(semaphore, 3), STRAIT_TIMED_OUT);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 3);
        assert_int_equal(strait_semaphore_held(semaphore), 0);
        assert_int_equal(try_acquire(semaphore, 3), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
        assert_int_equal(strait_semaphore_queued(semaphore), 0);
    }
    strait_segment_close(segment);
}

static void no_permits_are_always_there(void **state)
{
    struct strait_segment *segment = create(1);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        assert_int_equal(acquire(semaphore, 1), 0);
        assert_int_equal(acquire(semaphore, 0), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 0), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
    }
    strait_segment_close(segment);
}

static void a_plain_semaphore_needs_nobody_who_acquired(void **state)
{
    struct strait_segment *segment = create(1);
    struct strait_semaphore *semaphore = flavour(segment, 0);
    struct strait_segment *opened = test_segment_open("segment");
    assert_int_equal(strait_semaphore_release(flavour(opened, 0), 4), 0);
    assert_int_equal(acquire(semaphore, 5), 0);
    strait_segment_close(opened);
    strait_segment_close(segment);
}

static void numbers_out_of_range_are_refused_and_change_nothing(void **state)
{
    struct strait_segment *segment = create(3);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        assert_int_equal(acquire(semaphore, UINT32_MAX), -EINVAL);
        assert_int_equal(acquire(semaphore, (uint32_t)STRAIT_SEMAPHORE_MAX + 1), -EINVAL);
        assert_int_equal(strait_semaphore_acquire(semaphore, 1, -1, 0), -EINVAL);
        assert_int_equal(strait_semaphore_release(semaphore, UINT32_MAX), -EINVAL);
        assert_int_equal(strait_semaphore_release(semaphore, (uint32_t)STRAIT_SEMAPHORE_MAX + 1), -EINVAL);
        assert_int_equal(strait_semaphore_available(semaphore), 3);
    }
    for (uint32_t flags = recoverable; flags < FLAVOURS; flags += 2) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        assert_int_equal(acquire(semaphore, 4), -EINVAL);
        assert_int_equal(strait_semaphore_release(semaphore, 1), -EINVAL);
        assert_int_equal(acquire(semaphore, 2), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 3), -EINVAL);
        assert_int_equal(strait_semaphore_held(semaphore), 2);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
    }
    strait_segment_close(segment);
}

static void a_plain_semaphore_overflows_beyond_its_most_permits(void **state)
{
    struct strait_segment *segment = create(STRAIT_SEMAPHORE_MAX);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const int too_many = (flags & recoverable) != 0 ? -EINVAL : -EOVERFLOW;
        assert_int_equal(strait_semaphore_release(semaphore, 1), too_many);
        assert_int_equal(strait_semaphore_release(semaphore, STRAIT_SEMAPHORE_MAX), too_many);
        assert_int_equal(strait_semaphore_available(semaphore), STRAIT_SEMAPHORE_MAX);
        assert_int_equal(acquire(semaphore, STRAIT_SEMAPHORE_MAX), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
        assert_int_equal(strait_semaphore_release(semaphore, STRAIT_SEMAPHORE_MAX), 0);
        assert_int_equal(strait_semaphore_available(semaphore), STRAIT_SEMAPHORE_MAX);
        assert_int_equal(acquire(semaphore, 2), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 3), too_many);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
    }
    strait_segment_close(segment);
}

static void drain_takes_all_that_there_are(void **state)
{
    struct strait_segment *segment = create(7);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        assert_int_equal(acquire(semaphore, 2), 0);
        assert_int_equal(strait_semaphore_drain(semaphore), 5);
        assert_int_equal(strait_semaphore_drain(semaphore), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
        assert_int_equal(strait_semaphore_held(semaphore), (flags & recoverable) != 0 ? 7 : 0);
        assert_int_equal(strait_semaphore_release(semaphore, 7), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 7);
    }
    strait_segment_close(segment);
}

/* As a release leaves it that is about to find that it was one too many. */
static void drain_takes_the_most_and_leaves_what_is_being_withdrawn(void **state)
{
    struct strait_segment *segment = create(1);
    struct strait_semaphore *semaphore = flavour(segment, 0);
    _Atomic uint64_t *word = &words_of(semaphore)->queue.word;
    atomic_store(word, (uint64_t)STRAIT_SEMAPHORE_MAX + 3);
    assert_int_equal(strait_semaphore_available(semaphore), STRAIT_SEMAPHORE_MAX);
    assert_int_equal(strait_semaphore_release(semaphore, 1), -EOVERFLOW);
    assert_int_equal(atomic_load(word), (uint64_t)STRAIT_SEMAPHORE_MAX + 3);
    assert_int_equal(strait_semaphore_drain(semaphore), STRAIT_SEMAPHORE_MAX);
    assert_int_equal(strait_semaphore_available(semaphore), 3);
    strait_segment_close(segment);
}

enum { RACES = 20000 };

static void *take_and_count(void *context)
{
    int64_t taken = 0;
    for (int i = 0; i < RACES; i++)
        taken += try_acquire(context, 2) == 0 ? 2 : 0;
    return (void *)(intptr_t)taken;
}

static void *give_and_count(void *context)
{
    int64_t given = 0;
    for (int i = 0; i < RACES; i++)
        given += strait_semaphore_release(context, 3) == 0 ? 3 : 0;
    return (void *)(intptr_t)given;
}

static void at_the_most_no_permit_is_lost_or_doubled(void **state)
{
    struct strait_segment *segment = create(STRAIT_SEMAPHORE_MAX);
    struct strait_semaphore *semaphore = flavour(segment, 0);
    void *(*const bodies[])(void *) = {take_and_count, give_and_count, give_and_count};
    pthread_t threads[3];
    void *counts[3];
    for (int i = 0; i < 3; i++)
        must(pthread_create(&threads[i], NULL, bodies[i], semaphore) == 0);
    for (int i = 0; i < 3; i++)
        must(pthread_join(threads[i], &counts[i]) == 0);
    int64_t given = (intptr_t)counts[1] + (intptr_t)counts[2];
    assert_int_equal(atomic_load(&words_of(semaphore)->queue.word),
                     STRAIT_SEMAPHORE_MAX + given - (intptr_t)counts[0]);
    assert_in_range(strait_semaphore_available(semaphore), 1, STRAIT_SEMAPHORE_MAX);
    strait_segment_close(segment);
}

static void call_without_contention(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_semaphore *all[FLAVOURS];
    for (uint32_t flags = 0; flags < FLAVOURS; flags++)
        all[flags] = flavour(segment, flags);
    bool is_contended = *(bool *)context;
    call_nothing();
    for (int i = 0; i < 1000; i++)
        for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
            must(acquire(all[flags], 2) == 0);
            must(try_acquire(all[flags], 2) == STRAIT_TIMED_OUT);
            must(strait_semaphore_release(all[flags], 2) == 0);
            must(strait_semaphore_drain(all[flags]) == 3);
            must(strait_semaphore_release(all[flags], 3) == 0);
        }
    if (is_contended)
        acquire(all[0], 4);
    _exit(0);
}

static void without_contention_no_system_is_called(void **state)
{
    bool is_contended = false;
    if (!test_can_filter())
        test_skip("a filter would hit the tool's own calls");
    struct strait_segment *segment = create(3);
    assert_int_equal(child_run(call_without_contention, &is_contended), 0);
    is_contended = true;
    assert_int_equal(child_run(call_without_contention, &is_contended), -SIGSYS);
    strait_segment_close(segment);
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

static void a_wait_ends_with_its_time(void **state)
{
    const int64_t spins_ns[] = {0, 1000, STRAIT_WAIT_FOREVER};
    struct strait_segment *segment = create(1);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        assert_int_equal(acquire(semaphore, 1), 0);
        for (size_t i = 0; i < COUNT_OF(spins_ns); i++) {
            int64_t start_ns = test_now_ns();
            assert_int_equal(strait_semaphore_acquire(semaphore, 1, spins_ns[i], 5 * MILLISECOND),
                             STRAIT_TIMED_OUT);
            assert_true(test_now_ns() - start_ns >= 5 * MILLISECOND);
        }
        assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, -1), STRAIT_TIMED_OUT);
        assert_int_equal(strait_semaphore_queued(semaphore), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, -1), 0);
    }
    strait_segment_close(segment);
}

static void a_release_wakes_a_thread_that_sleeps(void **state)
{
    struct strait_segment *segment = create(2);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        struct waiter waiter;
        assert_int_equal(acquire(semaphore, 2), 0);
        start_waiter(&waiter, semaphore, 2, STRAIT_WAIT_FOREVER, 1);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        wait_a_while();
        assert_false(atomic_load(&waiter.is_done));
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(end_waiter(&waiter), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
        assert_int_equal(strait_semaphore_queued(semaphore), 0);
    }
    strait_segment_close(segment);
}

static void a_release_wakes_a_process_that_sleeps(void **state)
{
    struct strait_segment *segment = create(2);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const struct order order = {flags, 2, STRAIT_WAIT_FOREVER};
        assert_int_equal(acquire(semaphore, 2), 0);
        struct child child = start_process(semaphore, &order, 1);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(hear(child.socket), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
        child_let_go(&child);
        assert_int_equal(strait_semaphore_available(semaphore), (flags & recoverable) != 0 ? 2 : 0);
    }
    strait_segment_close(segment);
}

static void a_deadline_may_pass_behind_another_thread(void **state)
{
    struct strait_segment *segment = create(1);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        struct waiter first;
        assert_int_equal(acquire(semaphore, 1), 0);
        start_waiter(&first, semaphore, 1, STRAIT_WAIT_FOREVER, 1);
        assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, 5 * MILLISECOND), STRAIT_TIMED_OUT);
        assert_int_equal(strait_semaphore_queued(semaphore), 1);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(end_waiter(&first), 0);
    }
    strait_segment_close(segment);
}

static void an_interrupt_ends_all_waits_of_the_process_and_of_no_other(void **state)
{
    struct strait_segment *segment = create(1);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const struct order order = {flags, 1, STRAIT_WAIT_FOREVER};
        struct waiter waiters[3];
        assert_int_equal(acquire(semaphore, 1), 0);
        for (int i = 0; i < 3; i++)
            start_waiter(&waiters[i], semaphore, 1, STRAIT_WAIT_FOREVER, i + 1);
        struct child child = start_process(semaphore, &order, 4);
        strait_semaphore_interrupt(semaphore);
        for (int i = 0; i < 3; i++)
            assert_int_equal(end_waiter(&waiters[i]), -EINTR);
        assert_int_equal(strait_semaphore_queued(semaphore), 1);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(hear(child.socket), 0);
        assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, MILLISECOND), STRAIT_TIMED_OUT);
        child_let_go(&child);
    }
    strait_segment_close(segment);
}

static void closing_the_segment_ends_all_waits_in_it(void **state)
{
    struct strait_segment *segment = create(1);
    for (int round = test_rounds(20); round > 0; round--) {
        struct strait_segment *closing = test_segment_open("segment");
        struct waiter waiters[FLAVOURS][3];
        for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
            assert_int_equal(acquire(flavour(segment, flags), 1), 0);
            for (int i = 0; i < 3; i++)
                start_waiter(&waiters[flags][i], flavour(closing, flags), 1, STRAIT_WAIT_FOREVER, i + 1);
        }
        strait_segment_close(closing);
        for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
            for (int i = 0; i < 3; i++)
                assert_int_equal(end_waiter(&waiters[flags][i]), STRAIT_CLOSED);
            assert_int_equal(strait_semaphore_queued(flavour(segment, flags)), 0);
            assert_int_equal(strait_semaphore_release(flavour(segment, flags), 1), 0);
        }
    }
    strait_segment_close(segment);
}

static void call_in_child(int parent, void *context)
{
    struct strait_semaphore **all = context;
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        must(acquire(all[flags], 1) == STRAIT_CLOSED);
        must(strait_semaphore_release(all[flags], 1) == STRAIT_CLOSED);
        must(strait_semaphore_drain(all[flags]) == STRAIT_CLOSED);
        must(strait_semaphore_available(all[flags]) == STRAIT_CLOSED);
        must(strait_semaphore_held(all[flags]) == STRAIT_CLOSED);
        must(strait_semaphore_queued(all[flags]) == STRAIT_CLOSED);
        strait_semaphore_interrupt(all[flags]);
    }
}

static void in_a_forked_child_all_calls_answer_closed(void **state)
{
    struct strait_segment *segment = create(1);
    struct strait_semaphore *all[FLAVOURS];
    struct waiter waiters[FLAVOURS];
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        all[flags] = flavour(segment, flags);
        assert_int_equal(acquire(all[flags], 1), 0);
        start_waiter(&waiters[flags], all[flags], 1, STRAIT_WAIT_FOREVER, 1);
    }
    assert_int_equal(child_run(call_in_child, all), 0);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        assert_int_equal(strait_semaphore_release(all[flags], 1), 0);
        assert_int_equal(end_waiter(&waiters[flags]), 0);
    }
    strait_segment_close(segment);
}

/* ---- Who is first ----------------------------------------------------------------------------------------
 */

static void queued_counts_processes_and_threads_behind_the_first(void **state)
{
    struct strait_segment *segment = create(1);
    struct strait_semaphore *semaphore = flavour(segment, 0);
    const struct order order = {0, 1, STRAIT_WAIT_FOREVER};
    struct waiter waiters[2];
    assert_int_equal(acquire(semaphore, 1), 0);
    start_waiter(&waiters[0], semaphore, 1, STRAIT_WAIT_FOREVER, 1);
    start_waiter(&waiters[1], semaphore, 1, STRAIT_WAIT_FOREVER, 2);
    struct child child = start_process(semaphore, &order, 3);
    assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
    assert_int_equal(end_waiter(&waiters[0]), 0);
    assert_int_equal(end_waiter(&waiters[1]), 0);
    assert_int_equal(hear(child.socket), 0);
    assert_int_equal(strait_semaphore_queued(semaphore), 0);
    child_let_go(&child);
    strait_segment_close(segment);
}

static void wake_for_nothing(struct strait_semaphore *semaphore)
{
    const struct strait_participant *self = ((struct strait_sync *)semaphore)->participant;
    strait_participant_ring(self, self->slot);
}

/* Who waits for three gets them before who comes later for one, whatever is released. */
static void see_the_first_get_his_three(struct strait_semaphore *semaphore, uint32_t flags)
{
    const bool overtakes = (flags & overtaking) != 0;
    struct waiter later;
    const struct order three = {flags, 3, STRAIT_WAIT_FOREVER};
    must(acquire(semaphore, 3) == 0);
    struct child first = start_process(semaphore, &three, 1);
    start_waiter(&later, semaphore, 1, STRAIT_WAIT_FOREVER, 2);
    must(strait_semaphore_release(semaphore, 2) == 0);
    wake_for_nothing(semaphore);
    wait_a_while();
    assert_false(atomic_load(&later.is_done));
    assert_int_equal(strait_semaphore_available(semaphore), 2);
    assert_int_equal(try_acquire(semaphore, 1), overtakes ? 0 : STRAIT_TIMED_OUT);
    assert_int_equal(strait_semaphore_release(semaphore, overtakes ? 2 : 1), 0);
    assert_int_equal(hear(first.socket), 0);
    wait_a_while();
    assert_false(atomic_load(&later.is_done));
    tell(first.socket, 0);
    hear(first.socket);
    if ((flags & recoverable) == 0)
        assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
    assert_int_equal(end_waiter(&later), 0);
    assert_int_equal(strait_semaphore_available(semaphore), 2);
    tell(first.socket, 0);
    assert_int_equal(child_end(&first), 0);
    assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
}

static void the_first_in_line_gets_his_three_before_a_later_one_between_processes(void **state)
{
    struct strait_segment *segment = create(3);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++)
        see_the_first_get_his_three(flavour(segment, flags), flags);
    strait_segment_close(segment);
}

static void the_first_in_line_gets_his_three_before_a_later_one_between_threads(void **state)
{
    struct strait_segment *segment = create(3);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        struct waiter first;
        struct waiter later;
        assert_int_equal(acquire(semaphore, 3), 0);
        start_waiter(&first, semaphore, 3, STRAIT_WAIT_FOREVER, 1);
        start_waiter(&later, semaphore, 1, STRAIT_WAIT_FOREVER, 2);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        wait_a_while();
        assert_false(atomic_load(&first.is_done));
        assert_false(atomic_load(&later.is_done));
        assert_int_equal(strait_semaphore_available(semaphore), 2);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(end_waiter(&first), 0);
        wait_a_while();
        assert_false(atomic_load(&later.is_done));
        assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
        assert_int_equal(end_waiter(&later), 0);
    }
    strait_segment_close(segment);
}

/* The second thread of a process keeps its place before another process that came after it. */
static void a_thread_behind_the_first_of_its_process_is_not_overtaken(void **state)
{
    struct strait_segment *segment = create(4);
    for (int round = test_rounds(20) * FLAVOURS; round > 0; round--) {
        const uint32_t flags = (uint32_t)round % FLAVOURS;
        struct strait_semaphore *semaphore = flavour(segment, flags);
        struct waiter one;
        struct waiter three;
        const struct order order = {flags, 1, STRAIT_WAIT_FOREVER};
        assert_int_equal(acquire(semaphore, 4), 0);
        start_waiter(&one, semaphore, 1, STRAIT_WAIT_FOREVER, 1);
        start_waiter(&three, semaphore, 3, STRAIT_WAIT_FOREVER, 2);
        struct child later = start_process(semaphore, &order, 3);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(end_waiter(&one), 0);
        wait_a_while();
        assert_false(can_hear(later.socket));
        assert_int_equal(strait_semaphore_available(semaphore), 1);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(end_waiter(&three), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        assert_int_equal(hear(later.socket), 0);
        child_let_go(&later);
        assert_int_equal(strait_semaphore_release(semaphore, (flags & recoverable) != 0 ? 3 : 4), 0);
    }
    strait_segment_close(segment);
}

/* Not by a nap's end: our doorbell was rung. */
static void who_leaves_the_line_passes_the_wake_up_on(void **state)
{
    struct strait_segment *segment = create(3);
    _Atomic uint32_t *doorbell = &segment->self->slots[segment->self->slot].doorbell;
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const struct order order = {flags, 3, test_notice_ns() / 4};
        struct waiter later;
        assert_int_equal(acquire(semaphore, 3), 0);
        struct child first = start_process(semaphore, &order, 1);
        start_waiter(&later, semaphore, 1, STRAIT_WAIT_FOREVER, 2);
        uint32_t before = atomic_load(doorbell);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(hear(first.socket), STRAIT_TIMED_OUT);
        assert_int_equal(end_waiter(&later), 0);
        assert_true(atomic_load(doorbell) != before);
        assert_int_equal(strait_semaphore_available(semaphore), 1);
        child_let_go(&first);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
    }
    strait_segment_close(segment);
}

static void two_permits_released_at_once_wake_two(void **state)
{
    struct strait_segment *segment = create(2);
    _Atomic uint32_t *doorbell = &segment->self->slots[segment->self->slot].doorbell;
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const struct order order = {flags, 1, STRAIT_WAIT_FOREVER};
        struct waiter second;
        assert_int_equal(acquire(semaphore, 2), 0);
        struct child first = start_process(semaphore, &order, 1);
        start_waiter(&second, semaphore, 1, STRAIT_WAIT_FOREVER, 2);
        uint32_t before = atomic_load(doorbell);
        assert_int_equal(strait_semaphore_release(semaphore, 2), 0);
        assert_int_equal(hear(first.socket), 0);
        assert_int_equal(end_waiter(&second), 0);
        assert_true(atomic_load(doorbell) != before);
        child_let_go(&first);
        assert_int_equal(strait_semaphore_release(semaphore, (flags & recoverable) != 0 ? 1 : 2), 0);
    }
    strait_segment_close(segment);
}

/* ---- Death -----------------------------------------------------------------------------------------------
 */

static void what_a_killed_process_held_comes_back_only_to_a_recoverable_semaphore(void **state)
{
    struct strait_segment *segment = create(5);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const bool comes_back = (flags & recoverable) != 0;
        struct child holder = start_holder(flags, 3);
        assert_int_equal(strait_semaphore_available(semaphore), 2);
        child_kill(&holder);
        see_participants(segment, 1, test_now_ns());
        assert_int_equal(strait_semaphore_available(semaphore), comes_back ? 5 : 2);
        assert_int_equal(try_acquire(semaphore, comes_back ? 5 : 2), 0);
        assert_int_equal(try_acquire(semaphore, 1), STRAIT_TIMED_OUT);
    }
    strait_segment_close(segment);
}

static void what_a_closed_participant_held_comes_back(void **state)
{
    struct strait_segment *segment = create(5);
    struct strait_segment *closing = test_segment_open("segment");
    for (uint32_t flags = 0; flags < FLAVOURS; flags++)
        assert_int_equal(acquire(flavour(closing, flags), 4), 0);
    strait_segment_close(closing);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++)
        assert_int_equal(strait_semaphore_available(flavour(segment, flags)),
                         (flags & recoverable) != 0 ? 5 : 1);
    strait_segment_close(segment);
}

static void a_waiter_gets_what_a_killed_process_held(void **state)
{
    struct strait_segment *segment = create(3);
    for (int round = test_rounds(20); round > 0; round--)
        for (uint32_t flags = recoverable; flags < FLAVOURS; flags += 2) {
            struct strait_semaphore *semaphore = flavour(segment, flags);
            struct waiter waiters[2];
            struct child holder = start_holder(flags, 3);
            start_waiter(&waiters[0], semaphore, 2, STRAIT_WAIT_FOREVER, 1);
            start_waiter(&waiters[1], semaphore, 1, STRAIT_WAIT_FOREVER, 2);
            child_kill(&holder);
            assert_int_equal(end_waiter(&waiters[0]), 0);
            assert_int_equal(end_waiter(&waiters[1]), 0);
            assert_int_equal(strait_semaphore_held(semaphore), 3);
            assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
        }
    strait_segment_close(segment);
}

static void a_waiter_that_is_killed_leaves_the_line(void **state)
{
    struct strait_segment *segment = create(3);
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        struct strait_semaphore *semaphore = flavour(segment, flags);
        const struct order order = {flags, 3, STRAIT_WAIT_FOREVER};
        struct waiter later;
        assert_int_equal(acquire(semaphore, 3), 0);
        struct child first = start_process(semaphore, &order, 1);
        start_waiter(&later, semaphore, 1, STRAIT_WAIT_FOREVER, 2);
        assert_int_equal(strait_semaphore_release(semaphore, 1), 0);
        child_kill(&first);
        assert_int_equal(end_waiter(&later), 0);
        assert_int_equal(atomic_load(&words_of(semaphore)->queue.waiting), 0);
        for (int slot = 0; slot < STRAIT_SLOTS; slot++)
            assert_int_equal(atomic_load(&words_of(semaphore)->queue.ticket[slot]), 0);
        assert_int_equal(strait_semaphore_release(semaphore, 3), 0);
    }
    bool is_contended = false;
    if (test_can_filter())
        assert_int_equal(child_run(call_without_contention, &is_contended), 0);
    strait_segment_close(segment);
}

static void a_stopped_process_keeps_its_permits_and_its_place(void **state)
{
    struct strait_segment *segment = create(2);
    const uint32_t flags = recoverable;
    struct strait_semaphore *semaphore = flavour(segment, flags);
    const struct order order = {flags, 2, STRAIT_WAIT_FOREVER};
    struct child holder = start_holder(flags, 2);
    struct child waiter = start_process(semaphore, &order, 1);
    child_stop(&holder);
    child_stop(&waiter);
    assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, 1200 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_int_equal(strait_semaphore_available(semaphore), 0);
    assert_int_equal(strait_semaphore_queued(semaphore), 1);
    child_go_on(&holder);
    child_let_go(&holder);
    assert_int_equal(try_acquire(semaphore, 1), STRAIT_TIMED_OUT);
    child_go_on(&waiter);
    assert_int_equal(hear(waiter.socket), 0);
    child_let_go(&waiter);
    strait_segment_close(segment);
}

/* ---- The ledger ------------------------------------------------------------------------------------------
 */

static void as_many_participants_as_there_can_be_hold_one_permit_each(void **state)
{
    struct strait_segment *segments[STRAIT_SLOTS] = {create(STRAIT_SLOTS)};
    struct strait_semaphore *semaphore = flavour(segments[0], recoverable);
    for (int i = 1; i < STRAIT_SLOTS; i++)
        segments[i] = test_segment_open("segment");
    for (int i = 0; i < STRAIT_SLOTS; i++)
        assert_int_equal(acquire(flavour(segments[i], recoverable), 1), 0);
    assert_int_equal(strait_semaphore_available(semaphore), 0);
    assert_int_equal(try_acquire(semaphore, 1), STRAIT_TIMED_OUT);
    for (int i = STRAIT_SLOTS - 1; i > 0; i--) {
        strait_segment_close(segments[i]);
        assert_int_equal(strait_semaphore_available(semaphore), STRAIT_SLOTS - i);
    }
    strait_segment_close(segments[0]);
}

/* A holder of the ledger's lock that is stopped holds others up, but not for ever, and not when it is gone.
 */
static void hold_the_ledger(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_ledger *ledger = &words_of(flavour(segment, recoverable))->ledger;
    atomic_store(&ledger->owner, strait_participant_own(segment->self, atomic_load(&ledger->owner)));
    tell(parent, 0);
    hear(parent);
}

static void the_ledgers_lock_of_a_killed_process_comes_free(void **state)
{
    struct strait_segment *segment = create(2);
    struct strait_semaphore *semaphore = flavour(segment, recoverable);
    struct child child = child_start(hold_the_ledger, NULL);
    struct waiter waiter;
    hear(child.socket);
    assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, MILLISECOND), STRAIT_TIMED_OUT);
    start_waiter(&waiter, semaphore, 2, STRAIT_WAIT_FOREVER, 1);
    child_kill(&child);
    assert_int_equal(end_waiter(&waiter), 0);
    assert_int_equal(strait_semaphore_held(semaphore), 2);
    strait_segment_close(segment);
}

/* Starts one that sleeps on the ledger, which stays ours until somebody says otherwise. */
static void start_ledger_waiter(struct waiter *waiter, struct strait_segment *segment, int64_t timeout_ns)
{
    struct strait_semaphore *semaphore = flavour(segment, recoverable);
    struct strait_ledger *ledger = &words_of(semaphore)->ledger;
    *waiter = (struct waiter){.semaphore = semaphore, .permits = 1, .timeout_ns = timeout_ns};
    must(pthread_create(&waiter->thread, NULL, wait_for_permits, waiter) == 0);
    while (atomic_load(&ledger->waiters) == 0)
        pause_briefly();
    see_asleep(getpid(), atomic_load(&waiter->tid));
}

static void who_gives_the_ledger_back_wakes_who_waits_for_it(void **state)
{
    struct strait_segment *segment = create(2);
    struct strait_segment *opened = test_segment_open("segment");
    struct strait_semaphore *semaphore = flavour(segment, recoverable);
    struct strait_ledger *ledger = &words_of(semaphore)->ledger;
    _Atomic uint32_t *doorbell = &opened->self->slots[opened->self->slot].doorbell;
    struct waiter waiter;
    atomic_store(&ledger->owner, strait_participant_own(segment->self, 0));
    start_ledger_waiter(&waiter, opened, STRAIT_WAIT_FOREVER);
    uint32_t before = atomic_load(doorbell);
    atomic_store(&ledger->owner, 0);
    assert_int_equal(try_acquire(semaphore, 1), 0);
    assert_int_not_equal(atomic_load(doorbell), before);
    assert_int_equal(end_waiter(&waiter), 0);
    strait_segment_close(opened);
    strait_segment_close(segment);
}

static void a_close_does_not_wait_for_the_ledger(void **state)
{
    struct strait_segment *segment = create(2);
    struct strait_segment *closing = test_segment_open("segment");
    struct strait_ledger *ledger = &words_of(flavour(segment, recoverable))->ledger;
    struct waiter waiter;
    atomic_store(&ledger->owner, strait_participant_own(segment->self, 0));
    start_ledger_waiter(&waiter, closing, SECOND);
    strait_segment_close(closing);
    assert_int_equal(end_waiter(&waiter), STRAIT_CLOSED);
    strait_segment_close(segment);
}

/* ---- All at once -----------------------------------------------------------------------------------------
 */

#define PROCESSES 4
#define THREADS   8
#define PERMITS   3

/* In the user's region. */
struct audit {
    _Atomic int inside[FLAVOURS];
    _Atomic uint64_t rounds;
    _Atomic int64_t end_ns;
};

struct crowd {
    struct audit *audit;
    struct strait_semaphore *all[FLAVOURS];
    _Atomic uint32_t seed;
};

static uint32_t next_random(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return *random >> 16;
}

static void use_permits(struct crowd *crowd, uint32_t *random)
{
    const uint32_t flags = next_random(random) % FLAVOURS;
    const uint32_t count = 1 + next_random(random) % PERMITS;
    const int64_t timeout_ns = next_random(random) % 4 == 0 ? next_random(random) : STRAIT_WAIT_FOREVER;
    int result =
        strait_semaphore_acquire(crowd->all[flags], count, next_random(random) % 2 * 2000, timeout_ns);
    must(result == 0 || (result == STRAIT_TIMED_OUT && timeout_ns != STRAIT_WAIT_FOREVER));
    if (result != 0)
        return;
    must(atomic_fetch_add(&crowd->audit->inside[flags], (int)count) + (int)count <= PERMITS);
    if (next_random(random) % 16 == 0)
        pause_briefly();
    atomic_fetch_sub(&crowd->audit->inside[flags], (int)count);
    must(strait_semaphore_release(crowd->all[flags], count) == 0);
    atomic_fetch_add(&crowd->audit->rounds, 1);
}

static void *use_until_the_end(void *context)
{
    struct crowd *crowd = context;
    uint32_t random = atomic_fetch_add(&crowd->seed, 7919);
    while (test_now_ns() < atomic_load(&crowd->audit->end_ns))
        use_permits(crowd, &random);
    return NULL;
}

static void join_the_crowd(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct crowd crowd = {.audit = strait_segment_user(segment), .seed = (uint32_t)getpid()};
    pthread_t threads[THREADS];
    for (uint32_t flags = 0; flags < FLAVOURS; flags++)
        crowd.all[flags] = flavour(segment, flags);
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, use_until_the_end, &crowd) == 0);
    for (int i = 0; i < THREADS; i++)
        must(pthread_join(threads[i], NULL) == 0);
    strait_segment_close(segment);
}

static void no_permit_is_lost_or_doubled_among_many(void **state)
{
    struct strait_segment *segment = create(PERMITS);
    struct audit *audit = strait_segment_user(segment);
    struct child children[PROCESSES];
    atomic_store(&audit->end_ns, test_now_ns() + (500 + test_rounds(500)) * MILLISECOND);
    for (int i = 0; i < PROCESSES; i++)
        children[i] = child_start(join_the_crowd, NULL);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_end(&children[i]), 0);
    print_message("%llu times\n", (unsigned long long)atomic_load(&audit->rounds));
    for (uint32_t flags = 0; flags < FLAVOURS; flags++) {
        assert_int_equal(strait_semaphore_available(flavour(segment, flags)), PERMITS);
        assert_int_equal(strait_semaphore_queued(flavour(segment, flags)), 0);
    }
    strait_segment_close(segment);
}

static void hold_and_release_for_ever(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    uint32_t random = (uint32_t)getpid();
    tell(parent, 0);
    for (;;) {
        struct strait_semaphore *semaphore = flavour(segment, recoverable + 2 * (next_random(&random) % 2));
        const uint32_t count = 1 + next_random(&random) % PERMITS;
        must(strait_semaphore_acquire(semaphore, count, 0, STRAIT_WAIT_FOREVER) == 0);
        must(strait_semaphore_release(semaphore, count) == 0);
    }
}

/* Holders are killed at any time; whatever they held comes back, and those who go on do go on. */
static void killing_holders_brings_all_their_permits_back(void **state)
{
    struct strait_segment *segment = create(PERMITS);
    for (int round = test_rounds(30); round > 0; round--) {
        struct child children[2];
        for (size_t i = 0; i < COUNT_OF(children); i++)
            children[i] = child_start(hold_and_release_for_ever, NULL);
        for (size_t i = 0; i < COUNT_OF(children); i++)
            hear(children[i].socket);
        usleep((useconds_t)(round * 977 % 5000));
        for (size_t i = 0; i < COUNT_OF(children); i++)
            child_kill(&children[i]);
        for (uint32_t flags = recoverable; flags < FLAVOURS; flags += 2) {
            struct strait_semaphore *semaphore = flavour(segment, flags);
            assert_int_equal(strait_semaphore_acquire(semaphore, PERMITS, 0, test_notice_ns()), 0);
            assert_int_equal(try_acquire(semaphore, 1), STRAIT_TIMED_OUT);
            assert_int_equal(strait_semaphore_release(semaphore, PERMITS), 0);
        }
        see_participants(segment, 1, test_now_ns());
    }
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(permits_are_taken_and_given_back),
        TEST(no_permits_are_always_there),
        TEST(a_plain_semaphore_needs_nobody_who_acquired),
        TEST(numbers_out_of_range_are_refused_and_change_nothing),
        TEST(a_plain_semaphore_overflows_beyond_its_most_permits),
        TEST(drain_takes_all_that_there_are),
        TEST(drain_takes_the_most_and_leaves_what_is_being_withdrawn),
        TEST(at_the_most_no_permit_is_lost_or_doubled),
        TEST(without_contention_no_system_is_called),
        TEST(a_wait_ends_with_its_time),
        TEST(a_release_wakes_a_thread_that_sleeps),
        TEST(a_release_wakes_a_process_that_sleeps),
        TEST(a_deadline_may_pass_behind_another_thread),
        TEST(an_interrupt_ends_all_waits_of_the_process_and_of_no_other),
        TEST(closing_the_segment_ends_all_waits_in_it),
        TEST(in_a_forked_child_all_calls_answer_closed),
        TEST(queued_counts_processes_and_threads_behind_the_first),
        TEST(the_first_in_line_gets_his_three_before_a_later_one_between_processes),
        TEST(the_first_in_line_gets_his_three_before_a_later_one_between_threads),
        TEST(a_thread_behind_the_first_of_its_process_is_not_overtaken),
        TEST(who_leaves_the_line_passes_the_wake_up_on),
        TEST(two_permits_released_at_once_wake_two),
        TEST(what_a_killed_process_held_comes_back_only_to_a_recoverable_semaphore),
        TEST(what_a_closed_participant_held_comes_back),
        TEST(a_waiter_gets_what_a_killed_process_held),
        TEST(a_waiter_that_is_killed_leaves_the_line),
        TEST(a_stopped_process_keeps_its_permits_and_its_place),
        TEST(as_many_participants_as_there_can_be_hold_one_permit_each),
        TEST(the_ledgers_lock_of_a_killed_process_comes_free),
        TEST(who_gives_the_ledger_back_wakes_who_waits_for_it),
        TEST(a_close_does_not_wait_for_the_ledger),
        TEST(no_permit_is_lost_or_doubled_among_many),
        TEST(killing_holders_brings_all_their_permits_back),
    };
    return cmocka_run_group_tests_name("semaphore", tests, NULL, NULL);
}
