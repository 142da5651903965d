/* What is left of a waiter that was killed: nothing that somebody would call the kernel for. */
#include "support.h"

#include <stdio.h>
#include <unistd.h>

#include "internal/objects.h"
#include "internal/participant.h"
#include "internal/sync.h"

#define ROUNDS 1000

static const struct strait_object declared[] = {
    STRAIT_SEMAPHORE("plain", 0, 0),
    STRAIT_SEMAPHORE("overtaking", 0, STRAIT_SEMAPHORE_OVERTAKING),
    STRAIT_SEMAPHORE("recoverable", 1, STRAIT_SEMAPHORE_RECOVERABLE),
    STRAIT_LOCK("lock"),
    STRAIT_LOCK("under"),
    STRAIT_CONDITION("condition"),
    STRAIT_SEQUENCE("sequence", 0),
    STRAIT_LATCH("latch", 2 * ROUNDS),
};

struct objects {
    struct strait_segment *segment;
    struct strait_semaphore *semaphores[3];
    struct strait_lock *lock;
    struct strait_lock *under; /* for the condition */
    struct strait_condition *condition;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
};

static struct objects open_all(struct strait_segment *segment)
{
    struct objects objects = {.segment = segment,
                              .lock = test_lock(segment, "lock"),
                              .under = test_lock(segment, "under"),
                              .condition = test_condition(segment, "condition")};
    for (size_t i = 0; i < COUNT_OF(objects.semaphores); i++)
        objects.semaphores[i] = test_semaphore(segment, declared[i].name);
    must(strait_sequence_open(segment, "sequence", &objects.sequence, NULL) == 0);
    must(strait_latch_open(segment, "latch", &objects.latch, NULL) == 0);
    return objects;
}

/* ---- Who waits -------------------------------------------------------------------------------------------
 */

static void wait_for_semaphore(const struct objects *objects, size_t i)
{
    strait_semaphore_acquire(objects->semaphores[i], 1, 0, STRAIT_WAIT_FOREVER);
}

static void wait_for_lock(const struct objects *objects, size_t i)
{
    strait_lock_acquire(objects->lock, 0, STRAIT_WAIT_FOREVER);
}

static void wait_for_condition(const struct objects *objects, size_t i)
{
    must(strait_lock_acquire(objects->under, 0, 0) == 0);
    strait_condition_wait(objects->condition, objects->under, 0, STRAIT_WAIT_FOREVER);
}

static void wait_for_sequence(const struct objects *objects, size_t i)
{
    strait_sequence_await(objects->sequence, INT64_MAX, 0, STRAIT_WAIT_FOREVER);
}

static void wait_for_latch(const struct objects *objects, size_t i)
{
    strait_latch_await(objects->latch, 0, STRAIT_WAIT_FOREVER);
}

static void (*const waits[])(const struct objects *objects, size_t i) = {
    wait_for_semaphore, wait_for_semaphore, wait_for_semaphore, wait_for_lock,
    wait_for_sequence,  wait_for_latch,     wait_for_condition};

static void wait_for_one(int parent, void *context)
{
    size_t i = *(size_t *)context;
    struct objects objects = open_all(test_segment_open("segment"));
    tell(parent, 0);
    waits[i](&objects, i);
    _exit(1); /* nobody lets it through */
}

/* ---- Who goes on -----------------------------------------------------------------------------------------
 */

static void use_lines(const struct objects *objects)
{
    for (size_t i = 0; i < COUNT_OF(objects->semaphores); i++) {
        must(strait_semaphore_release(objects->semaphores[i], 1) == 0);
        must(strait_semaphore_acquire(objects->semaphores[i], 1, 0, 0) == 0);
    }
    must(strait_lock_release(objects->lock) == 0);
    must(strait_lock_acquire(objects->lock, 0, 0) == 0);
}

static void use_bitmaps(const struct objects *objects)
{
    must(strait_lock_acquire(objects->under, 0, 0) == 0);
    strait_condition_notify(objects->condition);
    must(strait_lock_release(objects->under) == 0);
    must(strait_sequence_increment(objects->sequence, 1) > 0);
    must(strait_latch_count_down(objects->latch) > 0);
}

/* Takes all that there is, and once the others wait and are dead gives it back and takes it again. */
static void go_on_without_a_call(int parent, void *context)
{
    struct objects objects = open_all(test_segment_open("segment"));
    must(strait_lock_acquire(objects.lock, 0, 0) == 0);
    must(strait_semaphore_acquire(objects.semaphores[2], 1, 0, 0) == 0);
    tell(parent, 0);
    hear(parent);
    use_bitmaps(&objects); /* whose bits the first one takes that has something to tell */
    call_nothing();
    for (int i = 0; i < ROUNDS; i++) {
        use_lines(&objects);
        use_bitmaps(&objects);
    }
    _exit(0);
}

static void a_killed_waiter_leaves_no_system_call_behind(void **state)
{
    struct child waiters[COUNT_OF(waits)];
    if (!test_can_filter())
        test_skip("a filter would hit the tool's own calls");
    struct strait_segment *segment = test_segment_with("segment", 0, declared, COUNT_OF(declared));
    struct child survivor = child_start(go_on_without_a_call, NULL);
    hear(survivor.socket);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        waiters[i] = child_start(wait_for_one, &i);
        hear(waiters[i].socket);
        see_asleep(waiters[i].pid, waiters[i].pid);
    }
    int64_t start_ns = test_now_ns();
    for (size_t i = COUNT_OF(waits); i > 0; i--) /* a death wakes who waits for a condition: that one first */
        child_kill(&waiters[i - 1]);
    see_participants(segment, 2, start_ns);
    tell(survivor.socket, 0);
    assert_int_equal(child_end(&survivor), 0);
    strait_segment_close(segment);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_killed_waiter_leaves_no_system_call_behind),
    };
    return cmocka_run_group_tests_name("quiet", tests, NULL, NULL);
}
