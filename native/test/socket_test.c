#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/socket.h"

static struct strait_socket_name name_of(const char *text)
{
    struct strait_socket_name name;
    must(strait_socket_name_of(text, &name) == 0);
    return name;
}

static int bind_new(const char *path, struct strait_socket_binding **binding)
{
    const struct strait_socket_name name = name_of(path);
    int fd = strait_socket_open(SOCK_STREAM);
    must(fd >= 0);
    int result = strait_socket_bind(fd, &name, 0600, binding);
    if (result == 0)
        result = strait_socket_listen(fd, 4);
    if (result == 0)
        return fd;
    close(fd);
    return result;
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

/* ---- Paths -----------------------------------------------------------------------------------------------
 */

static void a_bound_path_has_a_lock_file_and_both_go_with_it(void **state)
{
    struct strait_socket_binding *binding;
    struct stat status;
    mode_t before = umask(0077);
    const struct strait_socket_name name = name_of(test_path("socket"));
    int fd = strait_socket_open(SOCK_STREAM);
    assert_int_equal(strait_socket_bind(fd, &name, 0666, &binding), 0);
    umask(before);
    assert_int_equal(stat(test_path("socket"), &status), 0);
    assert_int_equal(status.st_mode, S_IFSOCK | 0666);
    assert_true(exists(test_path("socket.lock")));
    strait_socket_unbind(binding);
    assert_false(exists(test_path("socket")));
    assert_false(exists(test_path("socket.lock")));
    close(fd);
}

static void a_path_in_use_is_refused_whether_or_not_its_owner_knows_of_locks(void **state)
{
    struct strait_socket_binding *first;
    struct strait_socket_binding *second;
    int fd = bind_new(test_path("socket"), &first);
    assert_true(fd >= 0);
    assert_int_equal(bind_new(test_path("socket"), &second), -EADDRINUSE);
    assert_null(second);
    strait_socket_leave(first); /* the lock is free, but somebody answers */
    assert_int_equal(bind_new(test_path("socket"), &second), -EADDRINUSE);
    close(fd);
}

static void a_leftover_without_a_lock_file_is_left_alone(void **state)
{
    struct strait_socket_binding *binding;
    int fd = bind_new(test_path("socket"), &binding);
    strait_socket_leave(binding);
    close(fd);
    unlink(test_path("socket.lock"));
    assert_int_equal(bind_new(test_path("socket"), &binding), -EADDRINUSE);
    assert_false(exists(test_path("socket.lock")));
}

static void what_is_no_socket_is_not_replaced(void **state)
{
    struct strait_socket_binding *binding;
    close(open(test_path("socket"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    close(open(test_path("socket.lock"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    assert_int_equal(bind_new(test_path("socket"), &binding), -EADDRINUSE);
    assert_true(exists(test_path("socket")));
}

static void bind_and_die(int parent, void *context)
{
    static struct strait_socket_binding *binding; /* reachable for who looks for leaks at the end */
    must(bind_new(context, &binding) >= 0);
}

static void a_path_that_a_dead_process_left_is_replaced(void **state)
{
    struct strait_socket_binding *binding;
    char path[64];
    snprintf(path, sizeof path, "%s", test_path("socket"));
    assert_int_equal(child_run(bind_and_die, path), 0);
    assert_true(exists(path));
    int fd = bind_new(path, &binding);
    assert_true(fd >= 0);
    strait_socket_unbind(binding);
    close(fd);
}

static void a_path_that_became_anothers_is_not_removed(void **state)
{
    struct strait_socket_binding *binding;
    int fd = bind_new(test_path("socket"), &binding);
    unlink(test_path("socket"));
    close(open(test_path("socket"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    strait_socket_unbind(binding);
    assert_true(exists(test_path("socket")));
    close(fd);
}

static void a_forked_child_does_not_remove_its_parents_path(void **state)
{
    struct strait_socket_binding *binding;
    int fd = bind_new(test_path("socket"), &binding);
    pid_t child = fork();
    if (child == 0) {
        strait_socket_unbind(binding);
        _exit(0);
    }
    must(child > 0);
    struct child ended = {.pid = child, .socket = dup(fd)};
    assert_int_equal(child_end(&ended), 0);
    assert_true(exists(test_path("socket")));
    strait_socket_unbind(binding);
    close(fd);
}

static void of_many_that_replace_a_leftover_one_succeeds(void **state)
{
    struct strait_socket_binding *bindings[8];
    int winners = 0;
    char path[64];
    snprintf(path, sizeof path, "%s", test_path("socket"));
    assert_int_equal(child_run(bind_and_die, path), 0);
    int fds[8];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = bind_new(path, &bindings[i]);
        winners += fds[i] >= 0;
    }
    assert_int_equal(winners, 1);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        if (fds[i] >= 0) {
            strait_socket_unbind(bindings[i]);
            close(fds[i]);
        }
}

static void names_have_their_limits(void **state)
{
    struct strait_socket_binding *binding;
    struct strait_socket_name name = {.length = 108};
    memset(name.bytes, 'x', sizeof name.bytes);
    int fd = strait_socket_open(SOCK_STREAM);
    assert_int_equal(strait_socket_bind(fd, &name, 0600, &binding), -EINVAL);
    name.length = 109;
    assert_int_equal(strait_socket_connect(fd, &name), -EINVAL);
    name.length = 3;
    name.bytes[1] = '\0';
    assert_int_equal(strait_socket_bind(fd, &name, 0600, &binding), -EINVAL);
    assert_int_equal(strait_socket_name_of("", &name), -EINVAL);
    name = name_of("@abstract");
    assert_int_equal(name.bytes[0], 0);
    assert_int_equal(name.length, 9);
    close(fd);
}

static void connecting_to_a_full_backlog_waits_no_longer_than_until_its_deadline(void **state)
{
    struct strait_socket_name name = {0};
    struct strait_socket_binding *binding;
    int listener = strait_socket_open(SOCK_STREAM);
    assert_int_equal(strait_socket_bind(listener, &name, 0, &binding), 0);
    assert_int_equal(strait_socket_listen(listener, 0), 0);
    assert_int_equal(strait_socket_local_name(listener, &name), 0);
    assert_int_equal(name.length, 6);
    int first = strait_socket_open(SOCK_STREAM);
    int second = strait_socket_open(SOCK_STREAM);
    assert_int_equal(strait_socket_connect(first, &name), 0);
    assert_int_equal(strait_socket_connect(second, &name), -EAGAIN);
    int64_t until_ns = strait_now_ns() + 20 * MILLISECOND;
    assert_int_equal(strait_socket_connect_until(second, &name, until_ns), STRAIT_TIMED_OUT);
    assert_true(strait_now_ns() >= until_ns);
    int accepted = strait_socket_accept(listener);
    assert_true(accepted >= 0);
    assert_int_equal(strait_socket_connect_until(second, &name, STRAIT_NEVER), 0);
    close(accepted);
    close(first);
    close(second);
    close(listener);
}

/* ---- What comes along ------------------------------------------------------------------------------------
 */

static void open_pair(int type, int ends[2])
{
    must(strait_socket_pair(type, ends) == 0);
}

static void descriptors_beyond_what_is_wanted_are_closed(void **state)
{
    int ends[2];
    int sent[STRAIT_SOCKET_DESCRIPTORS_MAX];
    struct strait_socket_received received = {0};
    char byte = 'x';
    struct iovec part = {&byte, 1};
    open_pair(SOCK_SEQPACKET, ends);
    for (size_t i = 0; i < COUNT_OF(sent); i++)
        sent[i] = ends[0];
    const struct strait_socket_message message = {
        .parts = &part, .part_count = 1, .descriptors = sent, .descriptor_count = COUNT_OF(sent)};
    int before = count_descriptors();
    assert_int_equal(strait_socket_send(ends[0], &message), 1);
    assert_int_equal(strait_socket_receive(ends[1], &part, 1, 0, &received, 3), 1);
    assert_int_equal(received.descriptor_count, 3);
    assert_true(received.is_less);
    assert_int_equal(count_descriptors(), before + 3);
    for (uint32_t i = 0; i < received.descriptor_count; i++) {
        assert_int_equal(fcntl(received.descriptors[i], F_GETFD), FD_CLOEXEC);
        close(received.descriptors[i]);
    }
    assert_int_equal(strait_socket_send(ends[0], &message), 1); /* dropped by who does not ask */
    assert_int_equal(strait_socket_receive(ends[1], &part, 1, 0, NULL, 0), 1);
    assert_int_equal(count_descriptors(), before);
    struct strait_socket_message too_many = message;
    too_many.descriptor_count++;
    assert_int_equal(strait_socket_send(ends[0], &too_many), -EINVAL);
    close(ends[0]);
    close(ends[1]);
}

static void receive_what_does_not_fit(int parent, void *context)
{
    int ends[2];
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct strait_socket_received received = {0};
    open_pair(SOCK_STREAM, ends);
    const int sent[] = {ends[0], ends[1], ends[0]};
    const struct strait_socket_message message = {
        .parts = &part, .part_count = 1, .descriptors = sent, .descriptor_count = 3};
    must(strait_socket_send(ends[0], &message) == 1);
    int next = dup(0);
    close(next);
    limit_resource(RLIMIT_NOFILE, (rlim_t)next + 1);
    must(strait_socket_receive(ends[1], &part, 1, 0, &received, 3) == 1);
    must(received.descriptor_count == 1 && received.descriptors[0] == next && received.is_less);
}

static void descriptors_that_the_process_has_no_room_for_are_missed(void **state)
{
    if (test_is_on_valgrind())
        test_skip("the limit is valgrind's, too, which needs descriptors of its own");
    assert_int_equal(child_run(receive_what_does_not_fit, NULL), 0);
}

/* One part of a control message, whose length is what somebody says. */
static struct cmsghdr *put(struct msghdr *header, int level, int type, size_t says, const void *data,
                           size_t bytes)
{
    struct cmsghdr *part = (struct cmsghdr *)((char *)header->msg_control + header->msg_controllen);
    *part = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = says};
    memcpy(CMSG_DATA(part), data, bytes);
    header->msg_controllen += CMSG_SPACE(bytes);
    return part;
}

static void lengths_that_lie_are_bounded(void **state)
{
    _Alignas(struct cmsghdr) char control[256] = {0};
    const struct ucred credentials = {1, 2, 3};
    const size_t lies[] = {0, 1, CMSG_LEN(0) - 1, CMSG_LEN(0), CMSG_LEN(4), 1000, SIZE_MAX, SIZE_MAX / 2};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct msghdr header = {.msg_control = control};
        struct strait_socket_received received = {0};
        put(&header, SOL_SOCKET, SCM_CREDENTIALS, CMSG_LEN(sizeof credentials), &credentials,
            sizeof credentials);
        int none = -1;
        put(&header, SOL_SOCKET, SCM_RIGHTS, lies[i], &none, sizeof none);
        strait_socket_unpack(&header, 8, &received);
        assert_true(received.has_credentials);
        assert_int_equal(received.credentials.gid, 3);
        assert_in_range(received.descriptor_count, 0, 2); /* with what fills the part up */
    }
}

static void what_is_not_known_is_passed_over_and_a_pidfd_is_closed(void **state)
{
    _Alignas(struct cmsghdr) char control[256] = {0};
    struct msghdr header = {.msg_control = control, .msg_flags = MSG_CTRUNC | MSG_TRUNC};
    struct strait_socket_received received = {0};
    int pidfd = dup(0);
    int kept = dup(0);
    int64_t time = 1;
    put(&header, SOL_SOCKET, 29, CMSG_LEN(sizeof time), &time, sizeof time); /* SCM_TIMESTAMP */
    put(&header, 41, SCM_RIGHTS, CMSG_LEN(sizeof time), &time, sizeof time);
    put(&header, SOL_SOCKET, 4, CMSG_LEN(sizeof pidfd), &pidfd, sizeof pidfd); /* SCM_PIDFD */
    put(&header, SOL_SOCKET, SCM_RIGHTS, CMSG_LEN(sizeof kept), &kept, sizeof kept);
    strait_socket_unpack(&header, 8, &received);
    assert_int_equal(received.descriptor_count, 1);
    assert_int_equal(received.descriptors[0], kept);
    assert_false(received.has_credentials);
    assert_true(received.is_less && received.is_cut);
    assert_int_equal(fcntl(pidfd, F_GETFD), -1);
    close(kept);
}

static void what_is_adopted_is_what_it_is_said_to_be(void **state)
{
    int ends[2];
    open_pair(SOCK_STREAM, ends);
    fcntl(ends[0], F_SETFD, 0);
    assert_int_equal(strait_socket_adopt(ends[0], SOCK_STREAM, false), 0);
    assert_int_equal(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(strait_socket_adopt(ends[0], SOCK_DGRAM, false), -EPROTOTYPE);
    assert_int_equal(strait_socket_adopt(ends[0], SOCK_STREAM, true), -EINVAL);
    assert_int_equal(strait_socket_adopt(-1, SOCK_STREAM, true), -EBADF);
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(strait_socket_adopt(file, SOCK_STREAM, false), -ENOTSOCK);
    int inet = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (inet >= 0)
        assert_int_equal(strait_socket_adopt(inet, SOCK_STREAM, false), -EAFNOSUPPORT);
    close(inet);
    close(file);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_bound_path_has_a_lock_file_and_both_go_with_it),
        TEST(a_path_in_use_is_refused_whether_or_not_its_owner_knows_of_locks),
        TEST(a_leftover_without_a_lock_file_is_left_alone),
        TEST(what_is_no_socket_is_not_replaced),
        TEST(a_path_that_a_dead_process_left_is_replaced),
        TEST(a_path_that_became_anothers_is_not_removed),
        TEST(a_forked_child_does_not_remove_its_parents_path),
        TEST(of_many_that_replace_a_leftover_one_succeeds),
        TEST(names_have_their_limits),
        TEST(connecting_to_a_full_backlog_waits_no_longer_than_until_its_deadline),
        TEST(descriptors_beyond_what_is_wanted_are_closed),
        TEST(descriptors_that_the_process_has_no_room_for_are_missed),
        TEST(lengths_that_lie_are_bounded),
        TEST(what_is_not_known_is_passed_over_and_a_pidfd_is_closed),
        TEST(what_is_adopted_is_what_it_is_said_to_be),
    };
    return cmocka_run_group_tests_name("socket", tests, NULL, NULL);
}
