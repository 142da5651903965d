/* Calls that wait in the kernel are ended by a kick, whenever it comes, and by a time. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/fifo.h"
#include "internal/kick.h"

/* Somebody who opens a FIFO that nobody else opens. */
struct opener {
    pthread_t thread;
    struct strait_kick kick;
    _Atomic pid_t tid;
    _Atomic int result;
};

static char path[64];

static const char *fifo(void)
{
    snprintf(path, sizeof path, "%s", test_path("fifo"));
    int result = strait_fifo_create(path, 0600, false);
    must(result == 0 || result == -EEXIST);
    return path;
}

static void *arm_and_open(void *context)
{
    struct opener *opener = context;
    must(strait_kick_arm(&opener->kick) == 0);
    atomic_store(&opener->tid, this_thread());
    atomic_store(&opener->result, strait_fifo_open(path, O_RDONLY, &opener->kick));
    return NULL;
}

static void start(struct opener *opener)
{
    fifo();
    must(pthread_create(&opener->thread, NULL, arm_and_open, opener) == 0);
    while (atomic_load(&opener->tid) == 0 || atomic_load(&opener->kick.turns) % 2 == 0)
        pause_briefly();
}

static int end(struct opener *opener)
{
    must(pthread_join(opener->thread, NULL) == 0);
    return atomic_load(&opener->result);
}

static void a_kick_ends_a_call_that_sleeps(void **state)
{
    struct opener opener = {.tid = 0};
    start(&opener);
    see_asleep(getpid(), opener.tid);
    strait_kick(&opener.kick);
    assert_int_equal(end(&opener), -EINTR);
}

static void a_kick_that_comes_before_the_system_call_is_not_lost(void **state)
{
    for (int i = 0; i < test_rounds(1000); i++) {
        struct opener opener = {.tid = 0};
        start(&opener);
        strait_kick(&opener.kick); /* asleep or not yet */
        assert_int_equal(end(&opener), -EINTR);
    }
}

static void a_kick_before_it_is_entered_keeps_the_caller_out(void **state)
{
    struct strait_kick kick = {.thread = 0};
    assert_int_equal(strait_kick_arm(&kick), 0);
    strait_kick(&kick);
    assert_int_equal(strait_fifo_open(fifo(), O_RDONLY, &kick), -EINTR);
    assert_int_equal(strait_kick_arm(&kick), 0);
    assert_int_equal(strait_kick_enter(&kick), 0);
    strait_kick_leave(&kick);
}

static void a_kick_after_the_call_does_nothing(void **state)
{
    struct strait_kick kick = {.thread = 0};
    assert_int_equal(strait_kick_arm(&kick), 0);
    assert_int_equal(strait_kick_enter(&kick), 0);
    strait_kick_leave(&kick);
    strait_kick(&kick);
}

static void another_signal_ends_the_call_too_and_it_can_be_made_again(void **state)
{
    struct opener opener = {.tid = 0};
    start(&opener);
    see_asleep(getpid(), opener.tid);
    assert_int_equal(pthread_kill(opener.thread, strait_kick_signal()), 0);
    assert_int_equal(end(&opener), -EINTR);
    assert_false(atomic_load(&opener.kick.is_wanted));
}

static void a_call_that_gets_what_it_waits_for_returns_it(void **state)
{
    struct opener opener = {.tid = 0};
    start(&opener);
    see_asleep(getpid(), opener.tid);
    int writer = strait_fifo_open(fifo(), O_WRONLY, NULL);
    assert_true(writer >= 0);
    int reader = end(&opener);
    assert_true(reader >= 0);
    strait_kick(&opener.kick);
    close(reader);
    close(writer);
}

static void the_signal_is_a_real_time_one_that_had_no_handler(void **state)
{
    int number = strait_kick_signal();
    struct sigaction action;
    assert_true(number >= SIGRTMIN && number <= SIGRTMAX - 3);
    assert_int_equal(strait_kick_signal(), number);
    assert_int_equal(sigaction(number, NULL, &action), 0);
    assert_int_equal(action.sa_flags & SA_RESTART, 0);
}

static void ignore(int number)
{
    (void)number;
}

static void without_a_free_signal_it_is_EBUSY_in_child(int parent, void *context)
{
    for (int number = SIGRTMIN; number <= SIGRTMAX - 3; number++)
        must(signal(number, ignore) != SIG_ERR);
    must(strait_kick_signal() == -EBUSY);
    struct strait_kick kick = {.thread = 0};
    must(strait_kick_arm(&kick) == -EBUSY);
}

/* In a child that has chosen none yet: this comes before all others. */
static void without_a_free_signal_it_is_EBUSY(void **state)
{
    assert_int_equal(child_run(without_a_free_signal_it_is_EBUSY_in_child, NULL), 0);
}

/* Goes in again at once, as often as it is kicked, until it has been told to end. */
static void *open_again_and_again(void *context)
{
    struct opener *opener = context;
    while (atomic_load(&opener->result) == 0) {
        must(strait_kick_arm(&opener->kick) == 0);
        atomic_store(&opener->tid, this_thread());
        must(strait_fifo_open(path, O_RDONLY, &opener->kick) == -EINTR);
    }
    return NULL;
}

static void a_kick_does_not_wait_for_the_end_of_the_next_call(void **state)
{
    struct opener opener = {.tid = 0};
    fifo();
    must(pthread_create(&opener.thread, NULL, open_again_and_again, &opener) == 0);
    while (atomic_load(&opener.tid) == 0)
        pause_briefly();
    for (int i = 0; i < 1000; i++) {
        see_asleep(getpid(), opener.tid);
        strait_kick(&opener.kick); /* would hang: nobody else wants him back */
    }
    see_asleep(getpid(), opener.tid);
    atomic_store(&opener.result, 1);
    strait_kick(&opener.kick);
    must(pthread_join(opener.thread, NULL) == 0);
}

/* It has inherited that. */
static void a_thread_that_blocks_the_signal_is_kicked_all_the_same(void **state)
{
    struct opener opener = {.tid = 0};
    sigset_t set;
    sigset_t before;
    sigemptyset(&set);
    sigaddset(&set, strait_kick_signal());
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, &before), 0);
    start(&opener);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    strait_kick(&opener.kick);
    assert_int_equal(end(&opener), -EINTR);
}

/* ---- Time ------------------------------------------------------------------------------------------------
 */

static void at_its_time_a_call_ends_and_not_before(void **state)
{
    struct strait_kick kick = {.thread = 0};
    int64_t deadline_ns = test_now_ns() + 20 * MILLISECOND;
    assert_int_equal(strait_kick_arm(&kick), 0);
    assert_int_equal(strait_kick_at(&kick, deadline_ns), 0);
    assert_int_equal(strait_fifo_open(fifo(), O_RDONLY, &kick), -EINTR);
    assert_true(test_now_ns() >= deadline_ns);
    strait_kick_cancel(&kick);
}

static void a_time_that_has_passed_before_the_call_ends_it_too(void **state)
{
    fifo();
    for (int i = 0; i < test_rounds(200); i++) {
        struct strait_kick kick = {.thread = 0};
        assert_int_equal(strait_kick_arm(&kick), 0);
        assert_int_equal(strait_kick_at(&kick, i % 2 == 0 ? 0 : test_now_ns() + i * 1000), 0);
        assert_int_equal(strait_fifo_open(path, O_RDONLY, &kick), -EINTR);
        strait_kick_cancel(&kick);
        strait_kick_cancel(&kick);
    }
}

static void a_time_that_was_cancelled_ends_nothing(void **state)
{
    struct strait_kick kick = {.thread = 0};
    assert_int_equal(strait_kick_arm(&kick), 0);
    assert_int_equal(strait_kick_at(&kick, test_now_ns() + 5 * MILLISECOND), 0);
    strait_kick_cancel(&kick);
    const struct timespec longer = {.tv_nsec = 20 * MILLISECOND};
    assert_int_equal(nanosleep(&longer, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_free_signal_it_is_EBUSY),
        TEST(a_kick_ends_a_call_that_sleeps),
        TEST(a_kick_that_comes_before_the_system_call_is_not_lost),
        TEST(a_kick_before_it_is_entered_keeps_the_caller_out),
        TEST(a_kick_after_the_call_does_nothing),
        TEST(another_signal_ends_the_call_too_and_it_can_be_made_again),
        TEST(a_call_that_gets_what_it_waits_for_returns_it),
        TEST(the_signal_is_a_real_time_one_that_had_no_handler),
        TEST(a_kick_does_not_wait_for_the_end_of_the_next_call),
        TEST(a_thread_that_blocks_the_signal_is_kicked_all_the_same),
        TEST(at_its_time_a_call_ends_and_not_before),
        TEST(a_time_that_has_passed_before_the_call_ends_it_too),
        TEST(a_time_that_was_cancelled_ends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
