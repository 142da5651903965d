/* POSIX message queues: what of them Java does not see, and the calls under sanitizers. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal/posix_queue.h"

enum { MESSAGES = 2, BYTES = 16 };

static char name[32];

/* A new one without a name. */
static int open_queue(void)
{
    const struct strait_posix_queue_attributes attributes = {MESSAGES, BYTES, 0};
    snprintf(name, sizeof name, "/strait-test-%d", getpid());
    int fd = strait_posix_queue_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    assert_true(fd >= 0);
    assert_int_equal(strait_posix_queue_unlink(name), 0);
    return fd;
}

static void a_queue_is_non_blocking_and_close_on_exec(void **state)
{
    int fd = open_queue();
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

static void a_name_needs_its_slash(void **state)
{
    assert_int_equal(strait_posix_queue_open("", O_RDWR | O_CREAT, 0600, NULL), -EINVAL);
    assert_int_equal(strait_posix_queue_open("name", O_RDWR | O_CREAT, 0600, NULL), -EINVAL);
    assert_int_equal(strait_posix_queue_unlink("name"), -EINVAL);
    assert_int_equal(strait_posix_queue_unlink("/strait-none"), -ENOENT);
}

static void messages_keep_bytes_length_and_priority(void **state)
{
    char message[BYTES] = "";
    int fd = open_queue();
    assert_int_equal(strait_posix_queue_send(fd, "later", 5, 1), 0);
    assert_int_equal(strait_posix_queue_send(fd, "", 0, 32767), 0);
    assert_int_equal(strait_posix_queue_send(fd, "full", 4, 0), -EAGAIN);
    assert_int_equal(strait_posix_queue_receive(fd, message, BYTES - 1), -EMSGSIZE);
    assert_int_equal(strait_posix_queue_receive(fd, message, BYTES), INT64_C(32767) << 32);
    assert_int_equal(strait_posix_queue_receive(fd, message, BYTES), (INT64_C(1) << 32) | 5);
    assert_memory_equal(message, "later", 5);
    assert_int_equal(strait_posix_queue_receive(fd, message, BYTES), -EAGAIN);
    close(fd);
}

static void attributes_are_the_queues_or_the_systems(void **state)
{
    struct strait_posix_queue_attributes attributes;
    int fd = open_queue();
    assert_int_equal(strait_posix_queue_send(fd, "x", 1, 0), 0);
    assert_int_equal(strait_posix_queue_attributes(fd, &attributes), 0);
    assert_int_equal(attributes.max_messages, MESSAGES);
    assert_int_equal(attributes.message_bytes, BYTES);
    assert_int_equal(attributes.current_messages, 1);
    close(fd);
    fd = strait_posix_queue_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
    assert_int_equal(strait_posix_queue_unlink(name), 0);
    assert_int_equal(strait_posix_queue_attributes(fd, &attributes), 0);
    assert_true(attributes.max_messages > 0 && attributes.message_bytes > 0);
    close(fd);
    assert_int_equal(strait_posix_queue_attributes(fd, &attributes), -EBADF);
}

static bool is_readable(int fd)
{
    struct pollfd look = {.fd = fd, .events = POLLIN};
    return poll(&look, 1, 0) == 1;
}

static void a_notice_comes_once_with_the_first_message(void **state)
{
    char message[BYTES];
    int fd = open_queue();
    int notice_fd = strait_posix_notice_open();
    assert_int_equal(strait_posix_queue_notify(fd, notice_fd), 0);
    assert_int_equal(strait_posix_queue_notify(fd, notice_fd), -EBUSY);
    assert_int_equal(strait_posix_notice_receive(notice_fd), -EAGAIN);
    assert_int_equal(strait_posix_queue_send(fd, "x", 1, 0), 0);
    assert_true(is_readable(notice_fd));
    assert_int_equal(strait_posix_notice_receive(notice_fd), 1);
    assert_int_equal(strait_posix_queue_receive(fd, message, BYTES), 1);
    assert_int_equal(strait_posix_queue_send(fd, "y", 1, 0), 0);
    assert_false(is_readable(notice_fd));
    close(notice_fd);
    close(fd);
}

static void a_registration_that_goes_says_so(void **state)
{
    int fd = open_queue();
    int notice_fd = strait_posix_notice_open();
    assert_int_equal(strait_posix_queue_notify_none(fd), 0);
    assert_int_equal(strait_posix_queue_notify(fd, notice_fd), 0);
    assert_int_equal(strait_posix_queue_notify_none(fd), 0);
    assert_int_equal(strait_posix_notice_receive(notice_fd), 0);
    assert_int_equal(strait_posix_queue_notify(fd, notice_fd), 0);
    close(fd);
    assert_int_equal(strait_posix_notice_receive(notice_fd), 0);
    close(notice_fd);
    assert_int_equal(strait_posix_queue_notify(fd, notice_fd), -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_queue_is_non_blocking_and_close_on_exec),  TEST(a_name_needs_its_slash),
        TEST(messages_keep_bytes_length_and_priority),    TEST(attributes_are_the_queues_or_the_systems),
        TEST(a_notice_comes_once_with_the_first_message), TEST(a_registration_that_goes_says_so),
    };
    return cmocka_run_group_tests_name("posix_queue", tests, NULL, NULL);
}
