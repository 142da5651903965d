/* Calls on descriptors that try at once, and waiting with a waker. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "internal/descriptor.h"
#include "internal/open_file.h"
#include "internal/pipe.h"
#include "strait/outcome.h"

#define FOREVER STRAIT_WAIT_FOREVER

/* A pipe, and somebody who waits for it to become readable. */
struct scene {
    int ends[2];
    int waker;
    pthread_t thread;
    _Atomic pid_t tid;
    _Atomic int outcome;
};

static void open_scene(struct scene *scene)
{
    memset(scene, 0, sizeof *scene);
    must(strait_pipe_open(scene->ends, 0) == 0);
    scene->waker = strait_waker_open();
    must(scene->waker >= 0);
}

static void close_scene(struct scene *scene)
{
    close(scene->ends[0]);
    close(scene->ends[1]);
    close(scene->waker);
}

static void *await_readable(void *context)
{
    struct scene *scene = context;
    atomic_store(&scene->tid, this_thread());
    atomic_store(&scene->outcome, strait_descriptor_await(scene->ends[0], POLLIN, scene->waker, FOREVER));
    return NULL;
}

static void start_waiting(struct scene *scene)
{
    must(pthread_create(&scene->thread, NULL, await_readable, scene) == 0);
    while (atomic_load(&scene->tid) == 0)
        pause_briefly();
    see_asleep(getpid(), scene->tid);
}

static int end_waiting(struct scene *scene)
{
    must(pthread_join(scene->thread, NULL) == 0);
    return atomic_load(&scene->outcome);
}

static void what_cannot_be_had_at_once_is_EAGAIN(void **state)
{
    struct scene scene;
    static char bytes[1 << 17];
    open_scene(&scene);
    assert_int_equal(strait_descriptor_read(scene.ends[0], bytes, 8), -EAGAIN);
    assert_int_equal(strait_descriptor_write(scene.ends[1], bytes, sizeof bytes), 1 << 16);
    assert_int_equal(strait_descriptor_write(scene.ends[1], bytes, 1), -EAGAIN);
    close_scene(&scene);
}

static void bytes_are_gathered_and_scattered(void **state)
{
    struct scene scene;
    char bytes[6] = "";
    open_scene(&scene);
    const struct iovec out[] = {{"ab", 2}, {"cde", 3}};
    const struct iovec in[] = {{bytes + 3, 2}, {bytes, 3}};
    assert_int_equal(strait_descriptor_writev(scene.ends[1], out, 2), 5);
    assert_int_equal(strait_descriptor_readv(scene.ends[0], in, 2), 5);
    assert_string_equal(bytes, "cdeab");
    close_scene(&scene);
}

static void a_wait_ends_when_there_is_something(void **state)
{
    struct scene scene;
    open_scene(&scene);
    start_waiting(&scene);
    assert_int_equal(strait_descriptor_write(scene.ends[1], "x", 1), 1);
    assert_int_equal(end_waiting(&scene), STRAIT_READY);
    close_scene(&scene);
}

static void a_wait_ends_when_the_other_side_is_gone(void **state)
{
    struct scene scene;
    open_scene(&scene);
    start_waiting(&scene);
    close(scene.ends[1]);
    assert_int_equal(end_waiting(&scene), STRAIT_READY);
    scene.ends[1] = dup(scene.ends[0]);
    close_scene(&scene);
}

static void a_wait_ends_when_it_is_woken(void **state)
{
    struct scene scene;
    open_scene(&scene);
    start_waiting(&scene);
    strait_waker_wake(scene.waker);
    assert_int_equal(end_waiting(&scene), 0);
    close_scene(&scene);
}

static void a_wake_that_comes_before_the_wait_ends_it_until_it_is_reset(void **state)
{
    struct scene scene;
    open_scene(&scene);
    strait_waker_wake(scene.waker);
    strait_waker_wake(scene.waker);
    assert_int_equal(strait_descriptor_await(scene.ends[0], POLLIN, scene.waker, FOREVER), 0);
    strait_waker_reset(scene.waker);
    strait_waker_reset(scene.waker);
    assert_int_equal(strait_descriptor_await(scene.ends[0], POLLIN, scene.waker, 0), STRAIT_TIMED_OUT);
    close_scene(&scene);
}

static void what_is_there_counts_more_than_a_wake(void **state)
{
    struct scene scene;
    open_scene(&scene);
    strait_waker_wake(scene.waker);
    assert_int_equal(strait_descriptor_write(scene.ends[1], "x", 1), 1);
    assert_int_equal(strait_descriptor_await(scene.ends[0], POLLIN, scene.waker, FOREVER), STRAIT_READY);
    close_scene(&scene);
}

static void a_wait_ends_at_its_time_and_not_before(void **state)
{
    struct scene scene;
    int64_t start_ns = test_now_ns();
    open_scene(&scene);
    assert_int_equal(strait_descriptor_await(scene.ends[0], POLLIN, scene.waker, 20 * MILLISECOND),
                     STRAIT_TIMED_OUT);
    assert_true(test_now_ns() - start_ns >= 20 * MILLISECOND);
    close_scene(&scene);
}

/* ---- As a pending ----------------------------------------------------------------------------------------
 */

static void a_pending_is_over_when_there_is_something_or_it_is_woken(void **state)
{
    struct scene scene;
    struct strait_pending *pending = NULL;
    open_scene(&scene);
    assert_int_equal(strait_descriptor_begin(scene.ends[0], POLLIN, scene.waker, &pending), 0);
    assert_int_equal(strait_pending_look(pending), 0);
    strait_waker_wake(scene.waker);
    assert_int_equal(strait_pending_look(pending), STRAIT_READY);
    assert_int_equal(strait_pending_end(pending, 0), STRAIT_READY);
    strait_waker_reset(scene.waker);
    assert_int_equal(strait_descriptor_begin(scene.ends[0], POLLIN, scene.waker, &pending), 0);
    assert_int_equal(strait_descriptor_write(scene.ends[1], "x", 1), 1);
    assert_int_equal(strait_pending_look(pending), STRAIT_READY);
    assert_int_equal(strait_pending_end(pending, 0), STRAIT_READY);
    close_scene(&scene);
}

static void a_pending_that_is_not_over_ends_for_another_reason(void **state)
{
    struct scene scene;
    struct strait_pending *pending = NULL;
    open_scene(&scene);
    assert_int_equal(strait_descriptor_begin(scene.ends[0], POLLIN, scene.waker, &pending), 0);
    assert_int_equal(strait_pending_end(pending, STRAIT_TIMED_OUT), STRAIT_TIMED_OUT);
    close_scene(&scene);
}

static void a_regular_file_is_always_ready(void **state)
{
    struct scene scene;
    struct strait_pending *pending = NULL;
    open_scene(&scene);
    int file = strait_open_file_open(test_path("file"), O_RDWR | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_int_equal(strait_descriptor_begin(file, POLLIN, scene.waker, &pending), STRAIT_READY);
    assert_null(pending);
    assert_int_equal(strait_descriptor_await(file, POLLIN, scene.waker, FOREVER), STRAIT_READY);
    close(file);
    close_scene(&scene);
}

/* ---- Flags -----------------------------------------------------------------------------------------------
 */

static void flags_are_set_and_cleared_and_others_stay(void **state)
{
    struct scene scene;
    open_scene(&scene);
    int fd = scene.ends[1];
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(strait_descriptor_set_status(fd, O_DIRECT, true), 0);
    assert_int_equal(strait_descriptor_set_blocking(fd, true), 0);
    assert_int_equal(fcntl(fd, F_GETFL) & (O_NONBLOCK | O_DIRECT), O_DIRECT);
    assert_int_equal(strait_descriptor_set_close_on_exec(fd, false), 0);
    assert_int_equal(fcntl(fd, F_GETFD), 0);
    assert_int_equal(strait_descriptor_set_close_on_exec(fd, true), 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close_scene(&scene);
}

static void a_number_that_is_none_is_EBADF(void **state)
{
    char byte;
    assert_int_equal(strait_descriptor_read(-1, &byte, 1), -EBADF);
    assert_int_equal(strait_descriptor_set_blocking(-1, true), -EBADF);
    assert_int_equal(strait_descriptor_set_close_on_exec(-1, true), -EBADF);
    assert_int_equal(strait_descriptor_close(-1), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_cannot_be_had_at_once_is_EAGAIN),
        TEST(bytes_are_gathered_and_scattered),
        TEST(a_wait_ends_when_there_is_something),
        TEST(a_wait_ends_when_the_other_side_is_gone),
        TEST(a_wait_ends_when_it_is_woken),
        TEST(a_wake_that_comes_before_the_wait_ends_it_until_it_is_reset),
        TEST(what_is_there_counts_more_than_a_wake),
        TEST(a_wait_ends_at_its_time_and_not_before),
        TEST(a_pending_is_over_when_there_is_something_or_it_is_woken),
        TEST(a_pending_that_is_not_over_ends_for_another_reason),
        TEST(a_regular_file_is_always_ready),
        TEST(flags_are_set_and_cleared_and_others_stay),
        TEST(a_number_that_is_none_is_EBADF),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
