/* Counters, timers and the ends of processes. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/event.h"

static void await(int fd)
{
    struct pollfd event = {.fd = fd, .events = POLLIN};
    must(poll(&event, 1, -1) == 1);
}

static void expect_taken(int fd, uint64_t expected)
{
    uint64_t count = 0;
    assert_int_equal(strait_event_take(fd, &count), 0);
    assert_int_equal(count, expected);
}

static void a_counter_gives_all_and_a_semaphore_one(void **state)
{
    (void)state;
    uint64_t count;
    int counter = strait_event_counter_open(3, false);
    int semaphore = strait_event_counter_open(2, true);
    must(counter >= 0 && semaphore >= 0);
    assert_int_equal(fcntl(counter, F_GETFD), FD_CLOEXEC);
    assert_int_equal(strait_event_counter_add(counter, 4), 0);
    expect_taken(counter, 7);
    assert_int_equal(strait_event_take(counter, &count), -EAGAIN);
    expect_taken(semaphore, 1);
    expect_taken(semaphore, 1);
    assert_int_equal(strait_event_take(semaphore, &count), -EAGAIN);
    close(counter);
    close(semaphore);
}

static void a_counter_never_overflows(void **state)
{
    (void)state;
    int counter = strait_event_counter_open(0, false);
    assert_int_equal(strait_event_counter_add(counter, UINT64_MAX), -EINVAL);
    assert_int_equal(strait_event_counter_add(counter, UINT64_MAX - 1), 0);
    assert_int_equal(strait_event_counter_add(counter, 1), -EAGAIN);
    expect_taken(counter, UINT64_MAX - 1);
    close(counter);
}

static void a_timer_expires_once_or_again_and_again(void **state)
{
    (void)state;
    const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_REALTIME, CLOCK_BOOTTIME};
    for (size_t i = 0; i < COUNT_OF(clocks); i++) {
        uint64_t count;
        int timer = strait_event_timer_open(clocks[i]);
        must(timer >= 0);
        assert_int_equal(strait_event_take(timer, &count), -EAGAIN);
        assert_int_equal(strait_event_timer_set(timer, 0, MILLISECOND, 0), 0);
        await(timer);
        expect_taken(timer, 1);
        assert_int_equal(strait_event_timer_set(timer, STRAIT_EVENT_ABSOLUTE,
                                                strait_clock_ns(clocks[i]) - 10 * SECOND, SECOND),
                         0);
        await(timer);
        assert_int_equal(strait_event_take(timer, &count), 0);
        assert_in_range(count, 10, 11);
        close(timer);
    }
}

static void a_timer_tells_what_is_left_and_is_disarmed(void **state)
{
    (void)state;
    int64_t left;
    int64_t interval;
    int timer = strait_event_timer_open(CLOCK_MONOTONIC);
    assert_int_equal(strait_event_timer_set(timer, 0, 100 * SECOND + 1, 7 * SECOND + 1), 0);
    assert_int_equal(strait_event_timer_get(timer, &left, &interval), 0);
    assert_in_range(left, SECOND, 100 * SECOND + 1);
    assert_int_equal(interval, 7 * SECOND + 1);
    assert_int_equal(strait_event_timer_set(timer, 0, 0, 0), 0);
    assert_int_equal(strait_event_timer_get(timer, &left, &interval), 0);
    assert_int_equal(left, 0);
    assert_int_equal(interval, 0);
    assert_int_equal(strait_event_timer_set(timer, STRAIT_EVENT_CANCEL_ON_SET, -1, 0), -EINVAL);
    close(timer);
}

static void the_end_of_a_process_is_seen_and_its_pid_never_mistaken(void **state)
{
    (void)state;
    if (test_is_on_valgrind())
        test_skip("valgrind does not know pidfd_open");
    pid_t pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    int process = strait_event_process_open(pid);
    must(process >= 0);
    assert_int_equal(fcntl(process, F_GETFD), FD_CLOEXEC);
    assert_int_equal(strait_event_process_ended(process), -EAGAIN);
    assert_int_equal(strait_event_process_signal(process, 0), 0);
    assert_int_equal(strait_event_process_signal(process, 1000), -EINVAL);
    assert_int_equal(strait_event_process_signal(process, SIGKILL), 0);
    await(process);
    assert_int_equal(strait_event_process_ended(process), 1);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(strait_event_process_signal(process, 0), -ESRCH);
    assert_int_equal(strait_event_process_ended(process), 1);
    assert_int_equal(strait_event_process_open(pid), -ESRCH);
    close(process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_counter_gives_all_and_a_semaphore_one),
        TEST(a_counter_never_overflows),
        TEST(a_timer_expires_once_or_again_and_again),
        TEST(a_timer_tells_what_is_left_and_is_disarmed),
        TEST(the_end_of_a_process_is_seen_and_its_pid_never_mistaken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
