/* Locks, and conditions on them: between threads, between processes, and when one of these dies. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "internal/lock.h"
#include "internal/participant.h"

static const struct strait_object objects[] = {STRAIT_LOCK("lock"), STRAIT_LOCK("other"),
                                               STRAIT_CONDITION("condition"), STRAIT_CONDITION("second")};

static struct strait_segment *create(void)
{
    return test_segment_with("segment", 65536, objects, COUNT_OF(objects));
}

static int acquire(struct strait_lock *lock)
{
    return strait_lock_acquire(lock, 0, STRAIT_WAIT_FOREVER);
}

static int try_acquire(struct strait_lock *lock)
{
    return strait_lock_acquire(lock, 0, 0);
}

static struct strait_queue *queue_of(struct strait_lock *lock)
{
    return &((struct strait_lock_words *)((struct strait_sync *)lock)->object.words)->queue;
}

static struct strait_condition_words *words_of(struct strait_condition *condition)
{
    return ((struct strait_sync *)condition)->object.words;
}

static enum strait_owner_state state_of(struct strait_lock *lock)
{
    return strait_owner_state(atomic_load(&queue_of(lock)->word));
}

static void see_queued(struct strait_lock *lock, int count)
{
    while (strait_sync_queued((struct strait_sync *)lock, queue_of(lock)) != count)
        pause_briefly();
}

static void see_waiting(struct strait_condition *condition, uint64_t count)
{
    while (atomic_load(&words_of(condition)->next_ticket) != count)
        pause_briefly();
}

/* ---- Other threads and processes -------------------------------------------------------------------------
 */

struct waiter {
    pthread_t thread;
    struct strait_lock *lock;
    struct strait_condition *condition; /* NULL to wait for the lock alone */
    int64_t timeout_ns;
    bool repairs;
    int result;
    _Atomic pid_t tid;
    _Atomic bool is_done;
};

/* Takes the lock, repairs it if need be, and gives it up. */
static void *wait_for_lock(void *context)
{
    struct waiter *waiter = context;
    atomic_store(&waiter->tid, this_thread());
    waiter->result = strait_lock_acquire(waiter->lock, 0, waiter->timeout_ns);
    if (waiter->result == STRAIT_OWNER_DIED && waiter->repairs)
        must(strait_lock_repaired(waiter->lock) == 0);
    if (waiter->result == 0 || waiter->result == STRAIT_OWNER_DIED)
        must(strait_lock_release(waiter->lock) == 0);
    atomic_store(&waiter->is_done, true);
    return NULL;
}

static void *wait_for_condition(void *context)
{
    struct waiter *waiter = context;
    atomic_store(&waiter->tid, this_thread());
    must(acquire(waiter->lock) == 0);
    waiter->result = strait_condition_wait(waiter->condition, waiter->lock, 0, waiter->timeout_ns);
    if (waiter->result == STRAIT_OWNER_DIED)
        must(strait_lock_repaired(waiter->lock) == 0);
    if (waiter->result != STRAIT_CLOSED)
        must(strait_lock_release(waiter->lock) == 0);
    atomic_store(&waiter->is_done, true);
    return NULL;
}

static void start_waiter(struct waiter *waiter, struct strait_lock *lock, int64_t timeout_ns, int place)
{
    *waiter = (struct waiter){.lock = lock, .timeout_ns = timeout_ns, .repairs = true};
    must(pthread_create(&waiter->thread, NULL, wait_for_lock, waiter) == 0);
    see_queued(lock, place);
    see_asleep(getpid(), atomic_load(&waiter->tid));
}

/* All that wait for it. */
static void start_waiters(struct waiter *waiters, int count, struct strait_lock *lock)
{
    for (int i = 0; i < count; i++)
        start_waiter(&waiters[i], lock, STRAIT_WAIT_FOREVER, i + 1);
}

/* As the `place`-th that ever waited for it. */
static void start_condition_waiter(struct waiter *waiter, struct strait_lock *lock,
                                   struct strait_condition *condition, int64_t timeout_ns, uint64_t place)
{
    *waiter = (struct waiter){.lock = lock, .condition = condition, .timeout_ns = timeout_ns};
    must(pthread_create(&waiter->thread, NULL, wait_for_condition, waiter) == 0);
    see_waiting(condition, place);
    see_asleep(getpid(), atomic_load(&waiter->tid));
}

static void start_condition_waiters(struct waiter *waiters, int count, struct strait_lock *lock,
                                    struct strait_condition *condition)
{
    uint64_t before = atomic_load(&words_of(condition)->next_ticket);
    for (int i = 0; i < count; i++)
        start_condition_waiter(&waiters[i], lock, condition, STRAIT_WAIT_FOREVER, before + (uint64_t)i + 1);
}

static int end_waiter(struct waiter *waiter)
{
    must(pthread_join(waiter->thread, NULL) == 0);
    return waiter->result;
}

static void end_waiters(struct waiter *waiters, int count, int result)
{
    for (int i = 0; i < count; i++)
        assert_int_equal(end_waiter(&waiters[i]), result);
}

/* Takes the lock, tells how, and gives it up when told to. */
static void hold_lock(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    int result = acquire(lock);
    tell(parent, result);
    hear(parent);
    if (result == STRAIT_OWNER_DIED)
        must(strait_lock_repaired(lock) == 0);
    if (result != STRAIT_NOT_RECOVERABLE)
        must(strait_lock_release(lock) == 0);
    tell(parent, 0);
    hear(parent);
    strait_segment_close(segment);
}

static struct child start_holder(void)
{
    struct child child = child_start(hold_lock, NULL);
    must(hear(child.socket) == 0);
    return child;
}

/* ---- Without contention ----------------------------------------------------------------------------------
 */

static void a_lock_is_taken_and_given_up(void **state)
{
    struct strait_segment *segment = create();
    struct strait_segment *opened = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_lock *theirs = test_lock(opened, "lock");
    for (int round = 0; round < 3; round++) {
        assert_false(strait_lock_is_mine(lock));
        assert_int_equal(try_acquire(lock), 0);
        assert_true(strait_lock_is_mine(lock));
        assert_false(strait_lock_is_mine(theirs));
        assert_int_equal(try_acquire(theirs), STRAIT_TIMED_OUT);
        assert_int_equal(try_acquire(test_lock(opened, "other")), 0);
        assert_int_equal(strait_lock_release(test_lock(opened, "other")), 0);
        assert_int_equal(strait_lock_release(lock), 0);
        assert_int_equal(acquire(theirs), 0);
        assert_int_equal(strait_lock_release(theirs), 0);
    }
    strait_segment_close(opened);
    strait_segment_close(segment);
}

static void a_lock_is_not_reentrant_and_says_so(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct waiter waiter = {.lock = lock};
    assert_int_equal(acquire(lock), 0);
    assert_int_equal(acquire(lock), -EDEADLK);
    assert_int_equal(try_acquire(lock), -EDEADLK);
    assert_int_equal(pthread_create(&waiter.thread, NULL, wait_for_lock, &waiter), 0);
    assert_int_equal(end_waiter(&waiter), STRAIT_TIMED_OUT);
    assert_int_equal(strait_lock_release(lock), 0);
    strait_segment_close(segment);
}

static void *misuse(void *lock)
{
    must(!strait_lock_is_mine(lock));
    must(strait_lock_release(lock) == -EPERM);
    must(strait_lock_repaired(lock) == -EPERM);
    return NULL;
}

static void only_the_owners_thread_gives_it_up(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    pthread_t thread;
    misuse(lock);
    assert_int_equal(acquire(lock), 0);
    assert_int_equal(pthread_create(&thread, NULL, misuse, lock), 0);
    pthread_join(thread, NULL);
    assert_int_equal(strait_lock_repaired(lock), -EINVAL);
    assert_int_equal(strait_lock_acquire(lock, -1, 0), -EINVAL);
    assert_true(strait_lock_is_mine(lock));
    assert_int_equal(strait_lock_release(lock), 0);
    misuse(lock);
    strait_segment_close(segment);
}

static void call_without_contention(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    bool is_contended = *(bool *)context;
    call_nothing();
    for (int i = 0; i < 1000; i++) {
        must(acquire(lock) == 0);
        strait_condition_notify(condition);
        strait_condition_notify_all(condition);
        must(strait_lock_release(lock) == 0);
    }
    if (is_contended) {
        must(acquire(lock) == 0);
        strait_condition_wait(condition, lock, 0, STRAIT_WAIT_FOREVER);
    }
    _exit(0);
}

static void without_contention_no_system_is_called(void **state)
{
    bool is_contended = false;
    if (!test_can_filter())
        test_skip("a filter would hit the tool's own calls");
    struct strait_segment *segment = create();
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
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct child holder = start_holder();
    for (size_t i = 0; i < COUNT_OF(spins_ns); i++) {
        int64_t start_ns = test_now_ns();
        assert_int_equal(strait_lock_acquire(lock, spins_ns[i], 5 * MILLISECOND), STRAIT_TIMED_OUT);
        assert_true(test_now_ns() - start_ns >= 5 * MILLISECOND);
    }
    assert_int_equal(strait_lock_acquire(lock, 0, -1), STRAIT_TIMED_OUT);
    see_queued(lock, 0);
    child_let_go(&holder);
    assert_int_equal(strait_lock_acquire(lock, 0, -1), 0);
    strait_segment_close(segment);
}

static void a_release_wakes_who_sleeps(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct waiter waiters[3];
    assert_int_equal(acquire(lock), 0);
    start_waiters(waiters, 3, lock);
    struct child child = child_start(hold_lock, NULL);
    see_queued(lock, 4);
    assert_int_equal(strait_lock_release(lock), 0);
    end_waiters(waiters, 3, 0);
    assert_int_equal(hear(child.socket), 0);
    child_let_go(&child);
    see_queued(lock, 0);
    strait_segment_close(segment);
}

static void an_interrupt_ends_all_waits_of_the_process(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct waiter waiters[3];
    assert_int_equal(acquire(lock), 0);
    start_waiters(waiters, 3, lock);
    strait_lock_interrupt(lock);
    end_waiters(waiters, 3, -EINTR);
    assert_int_equal(strait_lock_release(lock), 0);
    assert_int_equal(acquire(lock), 0);
    strait_segment_close(segment);
}

static void closing_the_segment_ends_all_waits_in_it(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    assert_int_equal(acquire(lock), 0);
    for (int round = test_rounds(20); round > 0; round--) {
        struct strait_segment *closing = test_segment_open("segment");
        struct waiter waiters[3];
        start_waiters(waiters, 3, test_lock(closing, "lock"));
        strait_segment_close(closing);
        end_waiters(waiters, 3, STRAIT_CLOSED);
        see_queued(lock, 0);
    }
    assert_int_equal(strait_lock_release(lock), 0);
    strait_segment_close(segment);
}

struct handles {
    struct strait_lock *held;
    struct strait_lock *free;
    struct strait_condition *condition;
};

static void call_in_child(int parent, void *context)
{
    const struct handles *handles = context;
    must(acquire(handles->held) == STRAIT_CLOSED);
    must(try_acquire(handles->free) == STRAIT_CLOSED);
    must(strait_lock_release(handles->held) == STRAIT_CLOSED);
    must(strait_lock_repaired(handles->held) == STRAIT_CLOSED);
    must(!strait_lock_is_mine(handles->held));
    must(strait_condition_wait(handles->condition, handles->held, 0, STRAIT_WAIT_FOREVER) == STRAIT_CLOSED);
    strait_condition_notify(handles->condition);
    strait_condition_notify_all(handles->condition);
    strait_condition_interrupt(handles->condition);
    strait_lock_interrupt(handles->held);
}

static void in_a_forked_child_all_calls_answer_closed(void **state)
{
    struct strait_segment *segment = create();
    struct handles handles = {test_lock(segment, "lock"), test_lock(segment, "other"),
                              test_condition(segment, "condition")};
    assert_int_equal(acquire(handles.held), 0);
    assert_int_equal(child_run(call_in_child, &handles), 0);
    assert_true(strait_lock_is_mine(handles.held));
    assert_int_equal(strait_lock_release(handles.held), 0);
    strait_segment_close(segment);
}

/* ---- Owners that die -------------------------------------------------------------------------------------
 */

/* Takes the lock and gives it up, then tells how it was. */
static void pass_through(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct waiter waiter = {
        .lock = test_lock(segment, "lock"), .timeout_ns = STRAIT_WAIT_FOREVER, .repairs = true};
    wait_for_lock(&waiter);
    tell(parent, waiter.result);
    hear(parent);
    strait_segment_close(segment);
}

static void exactly_one_is_told_that_the_owner_died(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    for (int round = test_rounds(20); round > 0; round--) {
        struct child owner = start_holder();
        struct child others[2];
        struct waiter waiters[3];
        int told = 0;
        start_waiters(waiters, 3, lock);
        for (int i = 0; i < 2; i++) {
            others[i] = child_start(pass_through, NULL);
            see_queued(lock, 4 + i);
        }
        child_kill(&owner);
        for (int i = 0; i < 2; i++) {
            int64_t result = hear(others[i].socket);
            assert_true(result == 0 || result == STRAIT_OWNER_DIED);
            told += result == STRAIT_OWNER_DIED;
            tell(others[i].socket, 0);
            assert_int_equal(child_end(&others[i]), 0);
        }
        for (int i = 0; i < 3; i++) {
            int result = end_waiter(&waiters[i]);
            assert_true(result == 0 || result == STRAIT_OWNER_DIED);
            told += result == STRAIT_OWNER_DIED;
        }
        assert_int_equal(told, 1);
    }
    strait_segment_close(segment);
}

static void who_comes_later_is_told_too(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct child owner = start_holder();
    child_kill(&owner);
    see_participants(segment, 1, test_now_ns());
    assert_int_equal(try_acquire(lock), STRAIT_OWNER_DIED);
    assert_true(strait_lock_is_mine(lock));
    assert_int_equal(try_acquire(lock), -EDEADLK);
    assert_int_equal(strait_lock_repaired(lock), 0);
    assert_int_equal(strait_lock_repaired(lock), -EINVAL);
    assert_int_equal(strait_lock_release(lock), 0);
    assert_int_equal(try_acquire(lock), 0);
    assert_int_equal(strait_lock_release(lock), 0);
    strait_segment_close(segment);
}

static void a_lock_given_up_unrepaired_is_nobodys_any_more(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct child owner = start_holder();
    struct waiter waiters[3];
    child_kill(&owner);
    assert_int_equal(acquire(lock), STRAIT_OWNER_DIED);
    start_waiters(waiters, 3, lock);
    struct child other = child_start(hold_lock, NULL);
    see_queued(lock, 4);
    assert_int_equal(strait_lock_release(lock), 0);
    end_waiters(waiters, 3, STRAIT_NOT_RECOVERABLE);
    assert_int_equal(hear(other.socket), STRAIT_NOT_RECOVERABLE);
    child_let_go(&other);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(acquire(lock), STRAIT_NOT_RECOVERABLE);
        assert_int_equal(strait_lock_release(lock), -EPERM);
        assert_int_equal(strait_lock_repaired(lock), -EPERM);
    }
    strait_segment_close(segment);
    segment = test_segment_open("segment");
    assert_int_equal(try_acquire(test_lock(segment, "lock")), STRAIT_NOT_RECOVERABLE);
    strait_segment_close(segment);
}

static void take_over_and_stay(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    tell(parent, acquire(lock));
    hear(parent);
}

static void who_dies_repairing_leaves_the_repair_to_the_next(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct child owner = start_holder();
    child_kill(&owner);
    for (int round = 0; round < 3; round++) {
        owner = child_start(take_over_and_stay, NULL);
        assert_int_equal(hear(owner.socket), STRAIT_OWNER_DIED);
        child_kill(&owner);
    }
    assert_int_equal(acquire(lock), STRAIT_OWNER_DIED);
    assert_int_equal(strait_lock_repaired(lock), 0);
    assert_int_equal(strait_lock_release(lock), 0);
    assert_int_equal(state_of(lock), STRAIT_OWNER_ENDED);
    strait_segment_close(segment);
}

static void a_stopped_owner_keeps_the_lock(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct child owner = start_holder();
    child_stop(&owner);
    uint64_t word = atomic_load(&queue_of(lock)->word);
    assert_int_equal(strait_lock_acquire(lock, 0, 1200 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_int_equal(atomic_load(&queue_of(lock)->word), word);
    child_go_on(&owner);
    child_let_go(&owner);
    assert_int_equal(acquire(lock), 0);
    strait_segment_close(segment);
}

static void closing_with_the_lock_held_tells_the_next(void **state)
{
    struct strait_segment *segment = create();
    struct strait_segment *closing = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct waiter waiter;
    assert_int_equal(acquire(test_lock(closing, "lock")), 0);
    start_waiter(&waiter, lock, STRAIT_WAIT_FOREVER, 1);
    strait_segment_close(closing);
    assert_int_equal(end_waiter(&waiter), STRAIT_OWNER_DIED);
    assert_int_equal(acquire(lock), 0);
    strait_segment_close(segment);
}

static void wait_in_line(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    acquire(test_lock(segment, "lock"));
    must(false);
}

static void a_waiter_that_is_killed_leaves_the_line(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    bool is_contended = false;
    assert_int_equal(acquire(lock), 0);
    struct child waiter = child_start(wait_in_line, NULL);
    see_queued(lock, 1);
    child_kill(&waiter);
    see_participants(segment, 1, test_now_ns());
    see_queued(lock, 0);
    assert_int_equal(strait_lock_release(lock), 0);
    if (test_can_filter())
        assert_int_equal(child_run(call_without_contention, &is_contended), 0);
    strait_segment_close(segment);
}

/* ---- Mutual exclusion ------------------------------------------------------------------------------------
 */

#define PROCESSES 4
#define THREADS   8

/* In the user's region; the counter is nobody's but the owner's. */
struct audit {
    int64_t counter;
    _Atomic int64_t counted;
    _Atomic int64_t end_ns;
};

struct crowd {
    struct strait_segment *segment;
    _Atomic uint32_t seed;
};

static void *count_until_the_end(void *context)
{
    struct crowd *crowd = context;
    struct strait_lock *lock = test_lock(crowd->segment, "lock");
    struct audit *audit = strait_segment_user(crowd->segment);
    uint32_t random = atomic_fetch_add(&crowd->seed, 7919);
    int64_t count = 0;
    while (test_now_ns() < atomic_load(&audit->end_ns)) {
        random = random * 1664525u + 1013904223u;
        int64_t timeout_ns = random >> 30 == 0 ? random >> 12 & 0xffff : STRAIT_WAIT_FOREVER;
        int result = strait_lock_acquire(lock, random >> 29 == 0 ? 2000 : 0, timeout_ns);
        must(result == 0 || (result == STRAIT_TIMED_OUT && timeout_ns != STRAIT_WAIT_FOREVER));
        if (result != 0)
            continue;
        int64_t before = audit->counter;
        if ((random >> 20) % 64 == 0)
            pause_briefly();
        audit->counter = before + 1;
        must(strait_lock_release(lock) == 0);
        count++;
    }
    atomic_fetch_add(&audit->counted, count);
    return NULL;
}

static void join_the_crowd(int parent, void *context)
{
    struct crowd crowd = {.segment = test_segment_open("segment"), .seed = (uint32_t)getpid()};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, count_until_the_end, &crowd) == 0);
    for (int i = 0; i < THREADS; i++)
        must(pthread_join(threads[i], NULL) == 0);
    strait_segment_close(crowd.segment);
}

static void a_counter_under_the_lock_is_exact_among_many(void **state)
{
    struct strait_segment *segment = create();
    struct audit *audit = strait_segment_user(segment);
    struct child children[PROCESSES];
    atomic_store(&audit->end_ns, test_now_ns() + (500 + test_rounds(500)) * MILLISECOND);
    for (int i = 0; i < PROCESSES; i++)
        children[i] = child_start(join_the_crowd, NULL);
    for (int i = 0; i < PROCESSES; i++)
        assert_int_equal(child_end(&children[i]), 0);
    assert_true(audit->counter > 0);
    assert_int_equal(audit->counter, atomic_load(&audit->counted));
    print_message("counted to %lld\n", (long long)audit->counter);
    assert_int_equal(acquire(test_lock(segment, "lock")), 0);
    strait_segment_close(segment);
}

/* Two numbers that differ only while somebody who may be killed is at work. */
struct pair {
    _Atomic uint64_t first;
    _Atomic uint64_t second;
};

static void change_the_pair_for_ever(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct pair *pair = strait_segment_user(segment);
    tell(parent, 0);
    for (;;) {
        int result = acquire(lock);
        must(result == 0 || result == STRAIT_OWNER_DIED);
        if (result == STRAIT_OWNER_DIED) {
            atomic_store(&pair->second, atomic_load(&pair->first));
            must(strait_lock_repaired(lock) == 0);
        }
        must(atomic_load(&pair->first) == atomic_load(&pair->second));
        atomic_fetch_add(&pair->first, 1);
        atomic_fetch_add(&pair->second, 1);
        must(strait_lock_release(lock) == 0);
    }
}

static void what_the_lock_guards_is_whole_whoever_is_killed(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct pair *pair = strait_segment_user(segment);
    struct child survivor = child_start(change_the_pair_for_ever, NULL);
    hear(survivor.socket);
    for (int round = test_rounds(50); round > 0; round--) {
        struct child victim = child_start(change_the_pair_for_ever, NULL);
        hear(victim.socket);
        usleep((useconds_t)(round * 977 % 3000));
        child_kill(&victim);
        uint64_t before = atomic_load(&pair->first);
        while (atomic_load(&pair->first) < before + 10)
            pause_briefly();
        see_participants(segment, 2, test_now_ns());
        int result = strait_lock_acquire(lock, 0, 10 * SECOND);
        if (result == STRAIT_OWNER_DIED) {
            atomic_store(&pair->second, atomic_load(&pair->first));
            assert_int_equal(strait_lock_repaired(lock), 0);
        }
        assert_int_equal(atomic_load(&pair->first), atomic_load(&pair->second));
        assert_int_equal(strait_lock_release(lock), 0);
    }
    child_kill(&survivor);
    strait_segment_close(segment);
}

/* ---- Conditions ------------------------------------------------------------------------------------------
 */

static void notify_under_lock(struct strait_lock *lock, struct strait_condition *condition, bool all)
{
    must(acquire(lock) == 0);
    if (all)
        strait_condition_notify_all(condition);
    else
        strait_condition_notify(condition);
    must(strait_lock_release(lock) == 0);
}

static void a_notification_wakes_the_one_that_has_waited_longest(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter waiters[3];
    start_condition_waiters(waiters, 3, lock, condition);
    for (int i = 0; i < 3; i++) {
        notify_under_lock(lock, condition, false);
        assert_int_equal(end_waiter(&waiters[i]), 0);
        wait_a_while();
        for (int j = i + 1; j < 3; j++)
            assert_false(atomic_load(&waiters[j].is_done));
    }
    strait_segment_close(segment);
}

static void a_notification_of_all_wakes_all(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter waiters[3];
    start_condition_waiters(waiters, 3, lock, condition);
    notify_under_lock(lock, test_condition(segment, "second"), true);
    wait_a_while();
    assert_false(atomic_load(&waiters[0].is_done));
    notify_under_lock(lock, condition, true);
    end_waiters(waiters, 3, 0);
    strait_segment_close(segment);
}

static void a_notification_that_nobody_waits_for_is_forgotten(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    for (int i = 0; i < 3; i++) {
        notify_under_lock(lock, condition, i % 2 == 0);
        assert_int_equal(acquire(lock), 0);
        assert_int_equal(strait_condition_wait(condition, lock, 0, 5 * MILLISECOND), STRAIT_TIMED_OUT);
        assert_true(strait_lock_is_mine(lock));
        assert_int_equal(strait_lock_release(lock), 0);
    }
    strait_segment_close(segment);
}

static void a_wait_needs_the_lock_of_the_same_segment(void **state)
{
    struct strait_segment *segment = create();
    struct strait_segment *opened = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    assert_int_equal(strait_condition_wait(condition, lock, 0, 0), -EPERM);
    assert_int_equal(acquire(lock), 0);
    assert_int_equal(strait_condition_wait(test_condition(opened, "condition"), lock, 0, 0), -EINVAL);
    assert_int_equal(strait_condition_wait(condition, lock, -1, 0), -EINVAL);
    assert_true(strait_lock_is_mine(lock));
    strait_segment_close(segment);

    lock = test_lock(opened, "lock");
    condition = test_condition(opened, "condition");
    assert_int_equal(acquire(lock), STRAIT_OWNER_DIED);
    assert_int_equal(strait_condition_wait(condition, lock, 0, 0), -EINVAL);
    assert_int_equal(strait_lock_repaired(lock), 0);
    assert_int_equal(strait_condition_wait(condition, lock, 0, 0), STRAIT_TIMED_OUT);
    strait_segment_close(opened);
}

static void a_wait_gives_the_lock_up_meanwhile(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter waiter;
    start_condition_waiter(&waiter, lock, condition, STRAIT_WAIT_FOREVER, 1);
    assert_int_equal(acquire(lock), 0);
    strait_condition_notify(condition);
    wait_a_while();
    assert_false(atomic_load(&waiter.is_done));
    assert_int_equal(strait_lock_release(lock), 0);
    assert_int_equal(end_waiter(&waiter), 0);
    strait_segment_close(segment);
}

static void an_interrupt_ends_waits_on_a_condition_with_the_lock(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter waiters[2];
    start_condition_waiters(waiters, 2, lock, condition);
    strait_condition_interrupt(condition);
    for (int i = 0; i < 2; i++) {
        int result = end_waiter(&waiters[i]); /* who goes unnotified notifies all */
        assert_true(result == -EINTR || result == 0);
    }
    assert_true(waiters[0].result == -EINTR || waiters[1].result == -EINTR);
    strait_segment_close(segment);
}

/* Some in the condition, some behind the lock. */
static void closing_the_segment_ends_waits_on_a_condition(void **state)
{
    struct strait_segment *segment = create();
    for (int round = test_rounds(20); round > 0; round--) {
        struct strait_segment *closing = test_segment_open("segment");
        struct strait_lock *theirs = test_lock(closing, "lock");
        struct strait_condition *condition = test_condition(closing, "condition");
        struct waiter waiters[4];
        start_condition_waiters(waiters, 4, theirs, condition);
        assert_int_equal(acquire(test_lock(segment, "lock")), 0);
        if (round % 2 == 0) {
            strait_condition_notify(condition);
            strait_condition_notify(condition);
            see_queued(theirs, 2);
        }
        strait_segment_close(closing);
        end_waiters(waiters, 4, STRAIT_CLOSED);
        assert_int_equal(strait_lock_release(test_lock(segment, "lock")), 0);
    }
    strait_segment_close(segment);
}

/* Waits once, and says how that ended. */
static void wait_on_the_condition(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    must(acquire(lock) == 0);
    tell(parent, strait_condition_wait(test_condition(segment, "condition"), lock, 0, STRAIT_WAIT_FOREVER));
    hear(parent);
}

static void who_comes_back_to_a_dead_owners_lock_is_told(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter waiters[2];
    start_condition_waiters(waiters, 2, lock, condition);
    struct child owner = start_holder();
    child_kill(&owner); /* which notifies all */
    int results[2] = {end_waiter(&waiters[0]), end_waiter(&waiters[1])};
    assert_int_equal(results[0] + results[1], STRAIT_OWNER_DIED);
    strait_segment_close(segment);
}

/* The first waiter is stopped, is notified, and is killed: the second must not sleep for ever. */
static void a_notification_is_not_lost_to_a_waiter_that_is_killed(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter second;
    struct child first = child_start(wait_on_the_condition, NULL);
    see_waiting(condition, 1);
    while (state_of(lock) != STRAIT_OWNER_ENDED)
        pause_briefly();
    child_stop(&first);
    start_condition_waiter(&second, lock, condition, STRAIT_WAIT_FOREVER, 2);
    notify_under_lock(lock, condition, false);
    wait_a_while();
    assert_false(atomic_load(&second.is_done));
    child_kill(&first);
    assert_int_equal(end_waiter(&second), 0);
    strait_segment_close(segment);
}

static void a_notification_is_not_lost_to_a_waiter_whose_time_passes(void **state)
{
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *condition = test_condition(segment, "condition");
    struct waiter second;
    struct waiter first;
    start_condition_waiter(&first, lock, condition, 50 * MILLISECOND, 1);
    start_condition_waiter(&second, lock, condition, STRAIT_WAIT_FOREVER, 2);
    assert_int_equal(end_waiter(&first), STRAIT_TIMED_OUT);
    notify_under_lock(lock, condition, false); /* the ticket of the first is not in the way */
    assert_int_equal(end_waiter(&second), 0);
    strait_segment_close(segment);
}

/* ---- The textbook's ---------------------------------------------------------------------------------------
 */

#define SLOTS_IN_BUFFER 4
#define ITEMS           20000

struct buffer {
    uint64_t items[SLOTS_IN_BUFFER];
    uint64_t put;
    uint64_t taken;
    uint64_t sum;
};

static void produce(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *is_not_full = test_condition(segment, "condition");
    struct strait_condition *is_not_empty = test_condition(segment, "second");
    struct buffer *buffer = strait_segment_user(segment);
    for (uint64_t left = *(unsigned *)context; left > 0; left--) {
        must(acquire(lock) == 0);
        while (buffer->put - buffer->taken == SLOTS_IN_BUFFER)
            must(strait_condition_wait(is_not_full, lock, 0, STRAIT_WAIT_FOREVER) == 0);
        buffer->items[buffer->put++ % SLOTS_IN_BUFFER] = left;
        strait_condition_notify(is_not_empty);
        must(strait_lock_release(lock) == 0);
    }
    strait_segment_close(segment);
}

static void consume(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_condition *is_not_full = test_condition(segment, "condition");
    struct strait_condition *is_not_empty = test_condition(segment, "second");
    struct buffer *buffer = strait_segment_user(segment);
    for (int left = *(int *)context; left > 0; left--) {
        must(acquire(lock) == 0);
        while (buffer->put == buffer->taken)
            must(strait_condition_wait(is_not_empty, lock, 0, STRAIT_WAIT_FOREVER) == 0);
        buffer->sum += buffer->items[buffer->taken++ % SLOTS_IN_BUFFER];
        strait_condition_notify(is_not_full);
        must(strait_lock_release(lock) == 0);
    }
    strait_segment_close(segment);
}

static void producers_and_consumers_share_a_buffer(void **state)
{
    int items = test_rounds(ITEMS) < 100 ? 100 : test_rounds(ITEMS);
    struct strait_segment *segment = create();
    struct child children[4];
    struct buffer *buffer = strait_segment_user(segment);
    for (int i = 0; i < 4; i++)
        children[i] = child_start(i % 2 == 0 ? produce : consume, &items);
    for (int i = 0; i < 4; i++)
        assert_int_equal(child_end(&children[i]), 0);
    assert_int_equal(buffer->put, 2 * (uint64_t)items);
    assert_int_equal(buffer->taken, 2 * (uint64_t)items);
    assert_int_equal(buffer->sum, (uint64_t)items * ((uint64_t)items + 1));
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_lock_is_taken_and_given_up),
        TEST(a_lock_is_not_reentrant_and_says_so),
        TEST(only_the_owners_thread_gives_it_up),
        TEST(without_contention_no_system_is_called),
        TEST(a_wait_ends_with_its_time),
        TEST(a_release_wakes_who_sleeps),
        TEST(an_interrupt_ends_all_waits_of_the_process),
        TEST(closing_the_segment_ends_all_waits_in_it),
        TEST(in_a_forked_child_all_calls_answer_closed),
        TEST(exactly_one_is_told_that_the_owner_died),
        TEST(who_comes_later_is_told_too),
        TEST(a_lock_given_up_unrepaired_is_nobodys_any_more),
        TEST(who_dies_repairing_leaves_the_repair_to_the_next),
        TEST(a_stopped_owner_keeps_the_lock),
        TEST(closing_with_the_lock_held_tells_the_next),
        TEST(a_waiter_that_is_killed_leaves_the_line),
        TEST(a_counter_under_the_lock_is_exact_among_many),
        TEST(what_the_lock_guards_is_whole_whoever_is_killed),
        TEST(a_notification_wakes_the_one_that_has_waited_longest),
        TEST(a_notification_of_all_wakes_all),
        TEST(a_notification_that_nobody_waits_for_is_forgotten),
        TEST(a_wait_needs_the_lock_of_the_same_segment),
        TEST(a_wait_gives_the_lock_up_meanwhile),
        TEST(an_interrupt_ends_waits_on_a_condition_with_the_lock),
        TEST(closing_the_segment_ends_waits_on_a_condition),
        TEST(who_comes_back_to_a_dead_owners_lock_is_told),
        TEST(a_notification_is_not_lost_to_a_waiter_that_is_killed),
        TEST(a_notification_is_not_lost_to_a_waiter_whose_time_passes),
        TEST(producers_and_consumers_share_a_buffer),
    };
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
