#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/share.h"
#include "internal/socket.h"

#define USER_BYTES 8192u

static struct strait_segment *create(uint32_t mode)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment;
    options.user_bytes = USER_BYTES;
    options.mode = mode;
    must(strait_segment_create_memfd("orders", &options, &segment, NULL) == 0);
    memcpy(strait_segment_user(segment), "hello", 6);
    return segment;
}

static void open_pair(int ends[2])
{
    must(strait_socket_pair(SOCK_STREAM, ends) == 0);
}

static void close_pair(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- Segments and rings ----------------------------------------------------------------------------------
 */

static void accept_and_answer(int parent, void *context)
{
    struct strait_segment *segment;
    const int *ends = context;
    must(strait_share_accept_segment(ends[1], NULL, STRAIT_WAIT_FOREVER, &segment, NULL) == 0);
    char *user = strait_segment_user(segment);
    must(strcmp(user, "hello") == 0);
    strcpy(user, "world");
    tell(parent, 1);
    hear(parent);
    strait_segment_close(segment);
    tell(parent, 1);
    hear(parent);
}

static void a_segment_arrives_in_another_process_and_is_shared(void **state)
{
    int ends[2];
    open_pair(ends);
    struct child child = child_start(accept_and_answer, ends);
    struct strait_segment *segment = create(0600);
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, SECOND, NULL), 0);
    hear(child.socket);
    assert_string_equal(strait_segment_user(segment), "world");
    struct strait_participant_info info;
    assert_true(find_participant(segment, child.pid, &info));
    child_let_go(&child);
    strait_segment_close(segment);
    close_pair(ends);
}

static void what_is_sent_does_not_keep_the_senders_lock(void **state)
{
    int ends[2];
    open_pair(ends);
    struct strait_segment *segment = create(0600);
    struct strait_segment *other;
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, 0, NULL), 0);
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, 0, NULL), 0);
    assert_int_equal(strait_share_accept_segment(ends[1], NULL, 0, &other, NULL), 0);
    strait_segment_close(segment); /* its other descriptor still lies in the socket */
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    assert_int_equal(strait_segment_participants(other, infos, STRAIT_PARTICIPANTS_MAX), 1);
    strait_segment_close(other);
    close_pair(ends);
}

static void a_ring_is_taken_for_a_ring_alone(void **state)
{
    int ends[2];
    open_pair(ends);
    struct strait_ring *ring;
    struct strait_ring *accepted;
    struct strait_segment *segment;
    struct strait_failure failure;
    must(strait_ring_create_memfd("prices", NULL, NULL, &ring, NULL) == 0);
    assert_int_equal(strait_share_offer(ends[0], strait_ring_segment(ring), STRAIT_SHARE_ATTACH, 0, NULL), 0);
    assert_int_equal(strait_share_accept_segment(ends[1], NULL, 0, &segment, &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_PLAIN, STRAIT_SEGMENT_RING);
    assert_int_equal(strait_share_offer(ends[0], strait_ring_segment(ring), STRAIT_SHARE_ATTACH, 0, NULL), 0);
    assert_int_equal(strait_share_accept_ring(ends[1], NULL, 0, &accepted, NULL), 0);
    test_offer(test_writer(ring), 3);
    test_take(test_reader(accepted), 3);
    strait_ring_close(accepted);
    strait_ring_close(ring);
    close_pair(ends);
}

static void what_has_a_name_is_not_offered(void **state)
{
    int ends[2];
    open_pair(ends);
    struct strait_segment *segment = test_segment_create("orders", USER_BYTES);
    struct strait_failure failure;
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, 0, &failure), -EINVAL);
    assert_operation(failure, "offer");
    strait_segment_close(segment);
    segment = create(0600);
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_REFUSED, 0, &failure), -EINVAL);
    close(ends[1]);
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, 0, &failure), -EPIPE);
    assert_operation(failure, "sendmsg");
    strait_segment_close(segment);
    close(ends[0]);
}

/* ---- What is no offer ------------------------------------------------------------------------------------
 */

static int accept_plain(int socket_fd, struct strait_failure *failure)
{
    struct strait_segment *segment;
    int result = strait_share_accept_segment(socket_fd, NULL, 0, &segment, failure);
    if (result == 0)
        strait_segment_close(segment);
    return result;
}

static void send_with(int socket_fd, const void *bytes, size_t length, const int *fds, uint32_t count)
{
    struct iovec part = {(void *)bytes, length};
    const struct strait_socket_message message = {
        .parts = &part, .part_count = 1, .descriptors = fds, .descriptor_count = count};
    must(strait_socket_send(socket_fd, &message) == (int64_t)length);
}

static void what_is_no_offer_is_refused_and_leaves_no_descriptor(void **state)
{
    int ends[2];
    struct strait_failure failure;
    const struct strait_share_message good = {STRAIT_SHARE_MAGIC, STRAIT_SEGMENT_PLAIN, STRAIT_SHARE_ATTACH};
    struct strait_share_message bad = {.magic = 1};
    open_pair(ends);
    int before = count_descriptors();
    int fds[] = {ends[0], ends[0]};
    send_with(ends[0], &bad, sizeof bad, fds, 1);
    assert_int_equal(accept_plain(ends[1], &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_MAGIC, STRAIT_SHARE_MAGIC, 1);
    send_with(ends[0], &good, 7, fds, 1);
    assert_int_equal(accept_plain(ends[1], &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_SIZE, sizeof good, 7);
    send_with(ends[0], &good, sizeof good, NULL, 0);
    assert_int_equal(accept_plain(ends[1], &failure), -EPROTO);
    assert_operation(failure, "recvmsg");
    send_with(ends[0], &good, sizeof good, fds, 1); /* a socket is no file */
    assert_int_equal(accept_plain(ends[1], &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_FILE_TYPE, S_IFREG, S_IFSOCK);
    assert_int_equal(strait_share_refuse(ends[0]), 0);
    assert_int_equal(accept_plain(ends[1], &failure), -EACCES);
    assert_operation(failure, "accept");
    assert_int_equal(accept_plain(ends[1], &failure), STRAIT_TIMED_OUT);
    assert_int_equal(count_descriptors(), before);
    close(ends[0]);
    assert_int_equal(accept_plain(ends[1], &failure), -ECONNRESET);
    close(ends[1]);
}

/* A memfd with the bytes of a good segment, but these seals. */
static int copy_with_seals(int seals)
{
    struct strait_segment *segment = create(0600);
    char bytes[4096];
    off_t length = (off_t)strait_segment_bytes(segment);
    int fd = (int)syscall(SYS_memfd_create, "copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    must(fd >= 0 && fchmod(fd, 0600) == 0);
    for (off_t at = 0; at < length; at += (off_t)sizeof bytes) {
        ssize_t count = pread(strait_segment_fd(segment), bytes, sizeof bytes, at);
        must(count > 0 && pwrite(fd, bytes, (size_t)count, at) == count);
    }
    must(seals == 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
    strait_segment_close(segment);
    return fd;
}

static void unsealed_or_wrongly_sealed_it_is_not_mapped(void **state)
{
    const int wrong[] = {0, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE};
    const struct strait_share_message message = {STRAIT_SHARE_MAGIC, STRAIT_SEGMENT_PLAIN,
                                                 STRAIT_SHARE_ATTACH};
    int ends[2];
    open_pair(ends);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct strait_failure failure;
        struct strait_share_view *view;
        int fd = copy_with_seals(wrong[i]);
        int mappings = count_mappings();
        send_with(ends[0], &message, sizeof message, &fd, 1);
        assert_int_equal(accept_plain(ends[1], &failure), -EPROTO);
        assert_mismatch(failure, STRAIT_MISMATCH_SEALS, F_SEAL_SHRINK | F_SEAL_GROW, wrong[i]);
        send_with(ends[0], &message, sizeof message, &fd, 1);
        assert_int_equal(strait_share_accept_view(ends[1], NULL, 0, &view, &failure), -EPROTO);
        assert_mismatch(failure, STRAIT_MISMATCH_SEALS, F_SEAL_SHRINK | F_SEAL_GROW, wrong[i]);
        assert_int_equal(count_mappings(), mappings);
        close(fd);
    }
    close_pair(ends);
}

/* ---- Views -----------------------------------------------------------------------------------------------
 */

static void write_to(int parent, void *context)
{
    *(volatile char *)context = 'x';
}

static void a_view_shows_what_is_written_and_cannot_be_written(void **state)
{
    int ends[2];
    open_pair(ends);
    struct strait_segment *segment = create(0600);
    struct strait_share_view *view;
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_VIEW, 0, NULL), 0);
    assert_int_equal(strait_share_accept_view(ends[1], NULL, 0, &view, NULL), 0);
    assert_int_equal(strait_share_view_user_bytes(view), USER_BYTES);
    assert_string_equal(strait_share_view_user(view), "hello");
    strcpy(strait_segment_user(segment), "again");
    assert_string_equal(strait_share_view_user(view), "again");
    assert_int_equal(strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX), 1);
    assert_int_equal(mprotect((void *)strait_share_view_user(view), USER_BYTES, PROT_READ | PROT_WRITE), -1);
    assert_int_equal(errno, EACCES);
    int status = child_run(write_to, (void *)strait_share_view_user(view));
    assert_int_not_equal(status, 0); /* SIGSEGV, or what a sanitizer makes of it */
    strait_segment_close(segment);
    assert_string_equal(strait_share_view_user(view), "again");
    strait_share_view_close(view);
    strait_share_view_close(NULL);
    close_pair(ends);
}

static void the_descriptor_of_a_view_is_read_only(void **state)
{
    struct strait_segment *segment = create(0600);
    int fd = strait_share_open(segment, STRAIT_SHARE_VIEW, NULL);
    assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
    assert_int_equal(write(fd, "x", 1), -1);
    assert_true(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
    close(fd);
    strait_segment_close(segment);
}

static void view_as_nobody(int parent, void *context)
{
    const int *ends = context;
    struct strait_share_view *view;
    struct strait_segment *segment;
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    become_user(NOBODY);
    options.owner = 0;
    must(strait_share_accept_view(ends[1], &options, STRAIT_WAIT_FOREVER, &view, NULL) == 0);
    must(strcmp(strait_share_view_user(view), "hello") == 0);
    strait_share_view_close(view);
    must(strait_share_accept_segment(ends[1], &options, STRAIT_WAIT_FOREVER, &segment, NULL) == -EACCES);
}

static void another_user_views_what_he_could_not_open(void **state)
{
    int ends[2];
    test_needs_root();
    open_pair(ends);
    struct strait_segment *segment = create(0600);
    must(strait_share_offer(ends[0], segment, STRAIT_SHARE_VIEW, 0, NULL) == 0);
    must(strait_share_offer(ends[0], segment, STRAIT_SHARE_ATTACH, 0, NULL) == 0);
    assert_int_equal(child_run(view_as_nobody, ends), 0);
    strait_segment_close(segment);
    close_pair(ends);
}

static void who_wants_to_attach_is_told_of_a_view(void **state)
{
    int ends[2];
    open_pair(ends);
    struct strait_segment *segment = create(0600);
    assert_int_equal(strait_share_offer(ends[0], segment, STRAIT_SHARE_VIEW, 0, NULL), 0);
    assert_int_equal(accept_plain(ends[1], NULL), -EROFS);
    strait_segment_close(segment);
    close_pair(ends);
}

/* ---- A ring for each client ------------------------------------------------------------------------------
 */

static void send_five(int parent, void *context)
{
    struct strait_ring *ring;
    must(strait_share_connect(context, NULL, 20 * SECOND, &ring, NULL) == 0);
    test_offer(test_writer(ring), 5);
    strait_ring_close(ring);
}

static void be_refused(int parent, void *context)
{
    struct strait_ring *ring;
    must(strait_share_connect(context, NULL, 20 * SECOND, &ring, NULL) == -EACCES);
}

static bool is_not(const struct strait_share_client *client, void *context)
{
    return client->pid != *(pid_t *)context;
}

static void each_client_gets_a_ring_of_its_own_and_is_known(void **state)
{
    char path[64];
    snprintf(path, sizeof path, "%s", test_path("server"));
    struct strait_share_server *server;
    assert_int_equal(strait_share_server_open(path, 0600, &server), 0);
    struct child refused = child_start(be_refused, path);
    struct child admitted = child_start(send_five, path);
    struct strait_share_client client;
    struct strait_ring *ring;
    assert_int_equal(strait_share_server_accept(server, NULL, NULL, is_not, &refused.pid, 20 * SECOND, &ring,
                                                &client, NULL),
                     0);
    assert_int_equal(client.pid, admitted.pid);
    assert_int_equal(client.uid, getuid());
    assert_int_equal(client.gid, getgid());
    assert_int_equal(child_end(&admitted), 0);
    test_take(test_reader(ring), 5);
    strait_ring_close(ring);
    assert_int_equal(strait_share_server_accept(server, NULL, NULL, is_not, &refused.pid, MILLISECOND, &ring,
                                                &client, NULL),
                     STRAIT_TIMED_OUT);
    assert_int_equal(child_end(&refused), 0);
    strait_share_server_close(server);
    assert_int_equal(access(path, F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_segment_arrives_in_another_process_and_is_shared),
        TEST(what_is_sent_does_not_keep_the_senders_lock),
        TEST(a_ring_is_taken_for_a_ring_alone),
        TEST(what_has_a_name_is_not_offered),
        TEST(what_is_no_offer_is_refused_and_leaves_no_descriptor),
        TEST(unsealed_or_wrongly_sealed_it_is_not_mapped),
        TEST(a_view_shows_what_is_written_and_cannot_be_written),
        TEST(the_descriptor_of_a_view_is_read_only),
        TEST(another_user_views_what_he_could_not_open),
        TEST(who_wants_to_attach_is_told_of_a_view),
        TEST(each_client_gets_a_ring_of_its_own_and_is_known),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
