/* Locks and semaphores between processes that do not know each other's ids: PID namespaces. */
#include "support.h"

#include <signal.h>
#include <unistd.h>

#include "internal/lock.h"
#include "internal/participant.h"

#define PERMITS 3
#define CHANGES 2000

/* Where the two of a test live: here, or each in a namespace of its own. */
struct places {
    bool is_first_away;
    bool is_second_away;
};

static const struct places all_places[] = {{true, false}, {false, true}, {true, true}};

struct party {
    struct child child;
    pid_t pid; /* as it is called here */
};

static struct party start(bool is_away, child_body *body)
{
    struct party party;
    if (is_away) {
        party.child = child_start_in_namespace(body, NULL, &party.pid);
    } else {
        party.child = child_start(body, NULL);
        party.pid = party.child.pid;
    }
    return party;
}

static struct strait_segment *create(void)
{
    const struct strait_object objects[] = {
        STRAIT_LOCK("lock"), STRAIT_SEMAPHORE("permits", PERMITS, STRAIT_SEMAPHORE_RECOVERABLE)};
    return test_segment_with("segment", sizeof(uint64_t), objects, COUNT_OF(objects));
}

static uint64_t slots_in_line(struct strait_lock *lock)
{
    const struct strait_lock_words *words = ((struct strait_sync *)lock)->object.words;
    return atomic_load(&words->queue.waiting);
}

static void hold_everything(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    must(strait_semaphore_acquire(test_semaphore(segment, "permits"), PERMITS, 0, 0) == 0);
    must(strait_lock_acquire(test_lock(segment, "lock"), 0, 0) == 0);
    tell(parent, 0);
    hear(parent);
}

/* Tells what it got for the lock and for the permits. */
static void wait_for_everything(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_semaphore *semaphore = test_semaphore(segment, "permits");
    int result = strait_lock_acquire(lock, 0, STRAIT_WAIT_FOREVER);
    tell(parent, result);
    if (result == STRAIT_OWNER_DIED)
        must(strait_lock_repaired(lock) == 0);
    must(strait_lock_release(lock) == 0);
    tell(parent, strait_semaphore_acquire(semaphore, PERMITS, 0, STRAIT_WAIT_FOREVER));
    must(strait_semaphore_release(semaphore, PERMITS) == 0);
    strait_segment_close(segment);
}

static void an_owners_death_is_told_in_another_pid_namespace(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(all_places); i++) {
        struct strait_segment *segment = create();
        struct strait_lock *lock = test_lock(segment, "lock");
        struct party owner = start(all_places[i].is_first_away, hold_everything);
        assert_int_equal(hear(owner.child.socket), 0);
        struct party next = start(all_places[i].is_second_away, wait_for_everything);
        while (slots_in_line(lock) == 0)
            pause_briefly();
        assert_int_equal(kill(owner.pid, SIGKILL), 0);
        assert_int_equal(hear(next.child.socket), STRAIT_OWNER_DIED);
        assert_int_equal(hear(next.child.socket), 0);
        assert_int_equal(child_end(&next.child), 0);
        assert_int_equal(child_end(&owner.child), -SIGKILL);
        assert_int_equal(strait_lock_acquire(lock, 0, 0), 0); /* nobody else is told */
        assert_int_equal(strait_semaphore_available(test_semaphore(segment, "permits")), PERMITS);
        strait_segment_close(segment);
        unlink(test_path("segment"));
    }
}

static void count(int parent, void *context)
{
    (void)parent, (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    volatile uint64_t *number = strait_segment_user(segment);
    for (int i = 0; i < CHANGES; i++) {
        must(strait_lock_acquire(lock, 0, STRAIT_WAIT_FOREVER) == 0);
        *number += 1;
        must(strait_lock_release(lock) == 0);
    }
    strait_segment_close(segment);
}

static void one_at_a_time_has_a_lock_of_several_pid_namespaces(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct party parties[] = {start(true, count), start(true, count), start(false, count)};
    for (size_t i = 0; i < COUNT_OF(parties); i++)
        assert_int_equal(child_end(&parties[i].child), 0);
    assert_int_equal(*(uint64_t *)strait_segment_user(segment), COUNT_OF(parties) * CHANGES);
    strait_segment_close(segment);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(an_owners_death_is_told_in_another_pid_namespace),
        TEST(one_at_a_time_has_a_lock_of_several_pid_namespaces),
    };
    return cmocka_run_group_tests_name("namespace", tests, NULL, NULL);
}
