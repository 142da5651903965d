/* POSIX semaphores, and that a kick ends a wait. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal/posix_semaphore.h"

static void a_named_one_counts_and_is_gone_when_it_is_closed(void **state)
{
    char name[32];
    sem_t *semaphore;
    sem_t *same;
    snprintf(name, sizeof name, "/strait-test-%d", getpid());
    assert_int_equal(strait_posix_semaphore_open(name, O_CREAT | O_EXCL, 0600, 1, &semaphore), 0);
    assert_int_equal(strait_posix_semaphore_open(name, O_CREAT | O_EXCL, 0600, 1, &same), -EEXIST);
    assert_int_equal(strait_posix_semaphore_open(name, 0, 0, 0, &same), 0);
    assert_ptr_equal(same, semaphore);
    assert_int_equal(strait_posix_semaphore_try_wait(same), 0);
    assert_int_equal(strait_posix_semaphore_try_wait(same), -EAGAIN);
    assert_int_equal(strait_posix_semaphore_post(semaphore), 0);
    assert_int_equal(strait_posix_semaphore_value(semaphore), 1);
    assert_int_equal(strait_posix_semaphore_close(same), 0);
    assert_int_equal(strait_posix_semaphore_unlink(name), 0);
    assert_int_equal(strait_posix_semaphore_unlink(name), -ENOENT);
    assert_int_equal(strait_posix_semaphore_close(semaphore), 0);
}

static void a_name_has_a_file_name_less_four_bytes(void **state)
{
    char name[NAME_MAX + 3] = "/";
    sem_t *semaphore;
    memset(name + 1, 'n', NAME_MAX - 3);
    for (size_t end = NAME_MAX - 2; end < sizeof name - 1; end++) {
        name[end] = '\0';
        assert_int_equal(strait_posix_semaphore_open(name, 0, 0, 0, &semaphore), -ENAMETOOLONG);
        assert_int_equal(strait_posix_semaphore_unlink(name), -ENAMETOOLONG);
        name[end] = 'n';
    }
    name[NAME_MAX - 3] = '\0';
    assert_int_equal(strait_posix_semaphore_open(name, 0, 0, 0, &semaphore), -ENOENT);
}

static void values_that_are_none_are_refused(void **state)
{
    sem_t semaphore;
    assert_int_equal(strait_posix_semaphore_init(&semaphore, -1), -EINVAL);
    assert_int_equal(strait_posix_semaphore_init(&semaphore, INT64_C(1) << 31), -EINVAL);
    assert_int_equal(strait_posix_semaphore_init(&semaphore, INT64_C(1) << 32), -EINVAL);
    assert_int_equal(strait_posix_semaphore_init(&semaphore, INT_MAX), 0);
    assert_int_equal(strait_posix_semaphore_post(&semaphore), -EOVERFLOW);
    assert_int_equal(strait_posix_semaphore_destroy(&semaphore), 0);
}

static void a_deadline_that_has_passed_is_ETIMEDOUT(void **state)
{
    const struct timespec past = {.tv_sec = 1};
    struct strait_kick kick = {0};
    sem_t semaphore;
    assert_int_equal(strait_posix_semaphore_init(&semaphore, 1), 0);
    assert_int_equal(strait_kick_arm(&kick), 0);
    assert_int_equal(strait_posix_semaphore_wait(&semaphore, &past, &kick), 0);
    assert_int_equal(strait_posix_semaphore_wait(&semaphore, &past, &kick), -ETIMEDOUT);
    strait_posix_semaphore_destroy(&semaphore);
}

struct waiter {
    sem_t semaphore;
    struct strait_kick kick;
    _Atomic pid_t thread;
    int result;
};

static void *wait_in_thread(void *argument)
{
    struct waiter *waiter = argument;
    must(strait_kick_arm(&waiter->kick) == 0);
    atomic_store(&waiter->thread, this_thread());
    waiter->result = strait_posix_semaphore_wait(&waiter->semaphore, NULL, &waiter->kick);
    return NULL;
}

static pthread_t start_waiting(struct waiter *waiter)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, wait_in_thread, waiter) == 0);
    while (atomic_load(&waiter->thread) == 0)
        pause_briefly();
    see_asleep(getpid(), atomic_load(&waiter->thread));
    return thread;
}

static void a_kick_ends_a_wait_and_a_post_lets_it_through(void **state)
{
    struct waiter kicked = {.thread = 0};
    struct waiter posted = {.thread = 0};
    assert_int_equal(strait_posix_semaphore_init(&kicked.semaphore, 0), 0);
    assert_int_equal(strait_posix_semaphore_init(&posted.semaphore, 0), 0);
    pthread_t first = start_waiting(&kicked);
    pthread_t second = start_waiting(&posted);
    strait_kick(&kicked.kick);
    pthread_join(first, NULL);
    assert_int_equal(kicked.result, -EINTR);
    assert_int_equal(strait_posix_semaphore_post(&posted.semaphore), 0);
    pthread_join(second, NULL);
    assert_int_equal(posted.result, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_named_one_counts_and_is_gone_when_it_is_closed),
        TEST(a_name_has_a_file_name_less_four_bytes),
        TEST(values_that_are_none_are_refused),
        TEST(a_deadline_that_has_passed_is_ETIMEDOUT),
        TEST(a_kick_ends_a_wait_and_a_post_lets_it_through),
    };
    return cmocka_run_group_tests_name("posix_semaphore", tests, NULL, NULL);
}
