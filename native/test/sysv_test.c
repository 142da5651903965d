#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/kick.h"
#include "internal/sysv.h"
#include "support.h"

#define BYTES 10000u /* not whole pages */

struct text_message {
    long type;
    char text[16];
};

static struct strait_sysv_attachment attach(int id, int flags)
{
    struct strait_sysv_attachment attachment;
    must(strait_sysv_memory_attach(&attachment, id, flags) == 0);
    must(attachment.mapping.bytes == BYTES && !attachment.is_detached);
    return attachment;
}

static unsigned long attachments(int id)
{
    struct shmid_ds status;
    must(strait_sysv_memory_control(id, IPC_STAT, &status) == 0);
    return status.shm_nattch;
}

static void a_key_is_that_of_ftok(void **state)
{
    assert_int_equal(strait_sysv_key(test_directory, 'q'), (uint32_t)ftok(test_directory, 'q'));
    assert_int_equal(strait_sysv_key(test_path("missing"), 'q'), -ENOENT);
}

static void what_was_detached_is_zero_to_the_end_of_its_last_page(void **state)
{
    int id = strait_sysv_memory_get(IPC_PRIVATE, BYTES, 0600);
    assert_true(id >= 0);
    struct strait_sysv_attachment attachment = attach(id, 0);
    struct strait_sysv_attachment other = attach(id, 0);
    const size_t whole = 3 * 4096;
    memset(attachment.mapping.base, 7, whole);
    assert_int_equal(attachments(id), 2);
    assert_int_equal(strait_sysv_memory_detach(&attachment), 0);
    assert_int_equal(attachments(id), 1);
    assert_int_equal(attachment.mapping.bytes % (size_t)sysconf(_SC_PAGESIZE), 0);
    for (size_t i = 0; i < whole; i++)
        assert_int_equal(attachment.mapping.base[i], 0);
    memset(attachment.mapping.base, 8, whole);
    assert_int_equal(other.mapping.base[BYTES - 1], 7);
    assert_int_equal(strait_sysv_memory_detach(&attachment), 0); /* and once more */
    strait_sysv_memory_release(&attachment);
    strait_sysv_memory_release(&other); /* which nobody has detached */
    assert_int_equal(attachments(id), 0);
    assert_int_equal(strait_sysv_memory_control(id, IPC_RMID, NULL), 0);
    assert_int_equal(strait_sysv_memory_attach(&attachment, id, 0), -EINVAL);
}

static void releasing_gives_the_address_space_back(void **state)
{
    int id = strait_sysv_memory_get(IPC_PRIVATE, BYTES, 0600);
    struct strait_sysv_attachment attachment = attach(id, SHM_RDONLY);
    unsigned char *base = attachment.mapping.base;
    unsigned char resident[3];
    assert_int_equal(strait_sysv_memory_detach(&attachment), 0);
    assert_int_equal(mincore(base, BYTES, resident), 0);
    strait_sysv_memory_release(&attachment);
    assert_int_equal(mincore(base, BYTES, resident), -1);
    assert_int_equal(errno, ENOMEM);
    assert_int_equal(strait_sysv_memory_control(id, IPC_RMID, NULL), 0);
}

static void a_timed_operation_is_over_at_its_deadline_and_not_before(void **state)
{
    int id = strait_sysv_semaphore_get(IPC_PRIVATE, 3, 0600);
    struct sembuf take = {0, -1, 0};
    assert_int_equal(strait_sysv_semaphore_count(id), 3);
    int64_t deadline = strait_deadline_after(20 * MILLISECOND);
    assert_int_equal(strait_sysv_semaphore_operate(NULL, id, &take, 1, deadline), -EAGAIN);
    assert_true(strait_now_ns() >= deadline);
    assert_int_equal(strait_sysv_semaphore_operate(NULL, id, &take, 1, deadline), -EAGAIN);
    assert_int_equal(strait_sysv_semaphore_value(id, 0, SETVAL, 1), 0);
    assert_int_equal(strait_sysv_semaphore_operate(NULL, id, &take, 1, deadline), 0);
    assert_int_equal(strait_sysv_semaphore_control(id, IPC_RMID, NULL), 0);
    assert_int_equal(strait_sysv_semaphore_count(id), -EINVAL);
}

static struct {
    struct strait_kick kick;
    int queue;
    _Atomic bool is_armed;
    int64_t result;
} waiter;

static void *receive(void *unused)
{
    struct text_message message;
    waiter.result = strait_kick_arm(&waiter.kick);
    atomic_store(&waiter.is_armed, true);
    if (waiter.result == 0)
        waiter.result =
            strait_sysv_queue_receive(&waiter.kick, waiter.queue, &message, sizeof message.text, 0, 0);
    return unused;
}

static void a_kick_ends_a_wait_and_takes_no_message(void **state)
{
    struct text_message message = {7, "hello"};
    pthread_t thread;
    waiter.queue = strait_sysv_queue_get(IPC_PRIVATE, 0600);
    assert_int_equal(pthread_create(&thread, NULL, receive, NULL), 0);
    while (!atomic_load(&waiter.is_armed))
        strait_pause_ns(MILLISECOND);
    strait_kick(&waiter.kick);
    pthread_join(thread, NULL);
    assert_int_equal(waiter.result, -EINTR);
    assert_int_equal(strait_sysv_queue_send(NULL, waiter.queue, &message, 5, IPC_NOWAIT), 0);
    message.type = 0;
    assert_int_equal(strait_sysv_queue_receive(NULL, waiter.queue, &message, 16, 0, IPC_NOWAIT), 5);
    assert_int_equal(message.type, 7);
    assert_int_equal(strait_sysv_queue_control(waiter.queue, IPC_RMID, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_key_is_that_of_ftok),
        TEST(what_was_detached_is_zero_to_the_end_of_its_last_page),
        TEST(releasing_gives_the_address_space_back),
        TEST(a_timed_operation_is_over_at_its_deadline_and_not_before),
        TEST(a_kick_ends_a_wait_and_takes_no_message),
    };
    return cmocka_run_group_tests_name("sysv", tests, NULL, NULL);
}
