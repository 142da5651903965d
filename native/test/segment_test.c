#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal/segment.h"

#define USER_BYTES 10000u

static int try_create(const struct strait_segment_options *options, struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    int result = strait_segment_create("orders", options, &segment, failure);
    must((result == 0) == (segment != NULL));
    strait_segment_close(segment);
    return result;
}

static int try_open(const struct strait_segment_options *options, struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    int result = strait_segment_open("orders", options, &segment, failure);
    must((result == 0) == (segment != NULL));
    strait_segment_close(segment);
    return result;
}

static struct strait_segment *create_memfd(uint64_t user_bytes)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    options.user_bytes = user_bytes;
    must(strait_segment_create_memfd("orders", &options, &segment, NULL) == 0);
    return segment;
}

static mode_t mode_of(const char *path)
{
    struct stat status;
    must(lstat(path, &status) == 0);
    return status.st_mode & 07777;
}

/* ---- Creating and opening --------------------------------------------------------------------------------
 */

static void what_does_not_exist_cannot_be_opened(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    assert_int_equal(try_open(&options, &failure), -ENOENT);
    assert_operation(failure, "open");
}

static void what_exists_cannot_be_created(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    assert_int_equal(try_create(&options, NULL), 0);
    assert_int_equal(try_create(&options, &failure), -EEXIST);
    assert_operation(failure, "linkat");
}

static void open_or_create_says_which_it_did(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *first = NULL;
    struct strait_segment *second = NULL;
    options.user_bytes = USER_BYTES;
    assert_int_equal(strait_segment_open_or_create("orders", &options, &first, NULL), 1);
    options.user_bytes = 1;
    assert_int_equal(strait_segment_open_or_create("orders", &options, &second, NULL), 0);
    assert_int_equal(strait_segment_user_bytes(second), USER_BYTES);
    assert_true(strait_segment_was_created(first));
    assert_false(strait_segment_was_created(second));
    strait_segment_close(second);
    strait_segment_close(first);
}

static void an_attachment_knows_what_it_is_attached_to(void **state)
{
    struct stat status;
    struct strait_segment *created = test_segment_create("orders", USER_BYTES);
    struct strait_segment *opened = test_segment_open("orders");
    assert_int_equal(fstat(strait_segment_fd(opened), &status), 0);
    assert_int_equal(strait_segment_bytes(opened), status.st_size);
    assert_int_equal(strait_segment_bytes(created), status.st_size);
    assert_string_equal(strait_segment_path(created), test_path("orders"));
    assert_string_equal(strait_segment_path(opened), test_path("orders"));
    assert_int_equal(strait_segment_epoch(created), strait_segment_epoch(opened));
    assert_int_not_equal(strait_segment_fd(created), strait_segment_fd(opened));
    strait_segment_close(opened);
    strait_segment_close(created);
}

static void the_users_region_is_zero_and_page_aligned(void **state)
{
    const uint64_t sizes[] = {1, 4095, 4096, 4097, 1000000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct strait_segment *segment = test_segment_create("orders", sizes[i]);
        const unsigned char *user = strait_segment_user(segment);
        assert_int_equal(strait_segment_user_bytes(segment), sizes[i]);
        assert_int_equal((uintptr_t)user % 4096, 0);
        for (uint64_t byte = 0; byte < sizes[i]; byte++)
            assert_int_equal(user[byte], 0);
        strait_segment_close(segment);
        assert_int_equal(unlink(test_path("orders")), 0);
    }
}

static void without_user_bytes_there_is_no_region(void **state)
{
    struct strait_segment *segment = test_segment_create("orders", 0);
    assert_null(strait_segment_user(segment));
    assert_int_equal(strait_segment_user_bytes(segment), 0);
    strait_segment_close(segment);
}

static void too_many_user_bytes_are_refused(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    options.user_bytes = UINT64_C(0x80000000);
    assert_int_equal(try_create(&options, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, STRAIT_USER_BYTES_MAX, UINT64_C(0x80000000));
    assert_int_equal(count_files(test_directory), 0);
}

static void two_attachments_share_one_region_at_two_addresses(void **state)
{
    struct strait_segment *one = test_segment_create("orders", USER_BYTES);
    struct strait_segment *two = test_segment_open("orders");
    unsigned char *here = strait_segment_user(one);
    unsigned char *there = strait_segment_user(two);
    assert_ptr_not_equal(here, there);
    for (size_t i = 0; i < USER_BYTES; i++)
        here[i] = (unsigned char)(i % 251);
    assert_memory_equal(here, there, USER_BYTES);
    there[0] = 99;
    assert_int_equal(here[0], 99);
    strait_segment_close(two);
    assert_int_equal(here[1], 1);
    strait_segment_close(one);
}

static void increment_what_is_there(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("orders");
    unsigned char *user = strait_segment_user(segment);
    for (size_t i = 0; i < USER_BYTES; i++)
        user[i]++;
    strait_segment_close(segment);
}

static void another_process_shares_the_region(void **state)
{
    struct strait_segment *segment = test_segment_create("orders", USER_BYTES);
    unsigned char *user = strait_segment_user(segment);
    memset(user, 41, USER_BYTES);
    assert_int_equal(child_run(increment_what_is_there, NULL), 0);
    for (size_t i = 0; i < USER_BYTES; i++)
        assert_int_equal(user[i], 42);
    strait_segment_close(segment);
}

static void a_segment_outlives_those_who_use_it(void **state)
{
    struct strait_segment *segment = test_segment_create("orders", USER_BYTES);
    memset(strait_segment_user(segment), 7, USER_BYTES);
    strait_segment_close(segment);
    segment = test_segment_open("orders");
    assert_int_equal(((unsigned char *)strait_segment_user(segment))[USER_BYTES - 1], 7);
    strait_segment_close(segment);
}

static void closing_nothing_does_nothing(void **state)
{
    strait_segment_close(NULL);
}

static void a_failure_is_only_filled_by_what_fails(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_failure failure = {"untouched", STRAIT_MISMATCH_NONE, 1, 2};
    assert_int_equal(try_create(&options, &failure), 0);
    assert_int_equal(try_open(&options, &failure), 0);
    assert_string_equal(failure.operation, "untouched");
    assert_int_equal(failure.expected, 1);
    assert_int_equal(failure.found, 2);
}

static void options_out_of_range_are_refused(void **state)
{
    const struct strait_segment_options bad[] = {
        {test_directory, 0, 0600, 32, -1, -1, 0, NULL, 0},
        {test_directory, 0, 0600, 0x80000000, -1, -1, 0, NULL, 0},
        {test_directory, 0, 01600, 0, -1, -1, 0, NULL, 0},
        {test_directory, 0, 04600, 0, -1, -1, 0, NULL, 0},
        {test_directory, 0, 0600, 0, -2, -1, 0, NULL, 0},
        {test_directory, 0, 0600, 0, -1, -2, 0, NULL, 0},
        {test_directory, 0, 0600, 0, 0x100000000, -1, 0, NULL, 0},
        {test_directory, 0, 0600, 0, -1, 0x100000000, 0, NULL, 0},
        {test_directory, 0, 0600, 0, INT64_MAX, -1, 0, NULL, 0},
        {test_directory, 0, 0600, 0, -1, INT64_MIN, 0, NULL, 0},
    };
    strait_segment_close(test_segment_create("exists", 1));
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct strait_segment *segment = NULL;
        struct strait_failure failure = {0};
        assert_int_equal(strait_segment_create("new", &bad[i], &segment, &failure), -EINVAL);
        assert_operation(failure, "options");
        assert_int_equal(strait_segment_open("exists", &bad[i], &segment, NULL), -EINVAL);
        assert_int_equal(strait_segment_open_or_create("exists", &bad[i], &segment, NULL), -EINVAL);
        assert_int_equal(strait_segment_create_memfd("new", &bad[i], &segment, NULL), -EINVAL);
        assert_null(segment);
    }
    assert_int_equal(count_files(test_directory), 1);
}

/* ---- The name --------------------------------------------------------------------------------------------
 */

static void a_name_can_be_removed_once(void **state)
{
    const struct strait_segment_options options = test_options();
    assert_int_equal(strait_segment_unlink("orders", &options), -ENOENT);
    strait_segment_close(test_segment_create("orders", 1));
    assert_int_equal(strait_segment_unlink("orders", &options), 0);
    assert_int_equal(strait_segment_unlink("orders", &options), -ENOENT);
    assert_int_equal(try_open(&options, NULL), -ENOENT);
}

static void mappings_outlive_the_name(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *one = test_segment_create("orders", USER_BYTES);
    struct strait_segment *two = test_segment_open("orders");
    assert_int_equal(strait_segment_unlink("orders", &options), 0);
    memset(strait_segment_user(one), 5, USER_BYTES);
    assert_int_equal(((unsigned char *)strait_segment_user(two))[USER_BYTES - 1], 5);
    assert_int_equal(strait_segment_is_linked(one), 0);
    assert_int_equal(strait_segment_is_linked(two), 0);
    strait_segment_close(two);
    strait_segment_close(one);
}

static void a_name_that_is_given_again_leads_to_another_segment(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *old = test_segment_create("orders", 1);
    *(unsigned char *)strait_segment_user(old) = 1;
    assert_int_equal(strait_segment_is_linked(old), 1);
    assert_int_equal(strait_segment_unlink("orders", &options), 0);
    struct strait_segment *new = test_segment_create("orders", 1);
    assert_int_equal(strait_segment_is_linked(old), 0);
    assert_int_equal(strait_segment_is_linked(new), 1);
    assert_int_not_equal(strait_segment_epoch(old), strait_segment_epoch(new));
    assert_int_equal(*(unsigned char *)strait_segment_user(new), 0);
    strait_segment_close(new);
    strait_segment_close(old);
}

static void a_segment_whose_directory_is_gone_is_not_linked(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    char directory[64];
    snprintf(directory, sizeof directory, "%s", test_path("sub"));
    assert_int_equal(mkdir(directory, 0700), 0);
    options.directory = directory;
    assert_int_equal(strait_segment_create("orders", &options, &segment, NULL), 0);
    assert_int_equal(strait_segment_unlink("orders", &options), 0);
    assert_int_equal(rmdir(directory), 0);
    assert_int_equal(strait_segment_is_linked(segment), 0);
    strait_segment_close(test_segment_create("sub", 1)); /* now a file is where the directory was */
    assert_int_equal(strait_segment_is_linked(segment), 0);
    strait_segment_close(segment);
}

static void lock_itself_out(int parent, void *context)
{
    become_user(NOBODY);
    struct strait_segment *segment = test_segment_create("orders", 1);
    must(chmod(test_directory, 0) == 0);
    must(strait_segment_is_linked(segment) == -EACCES);
    must(chmod(test_directory, 0700) == 0);
    must(strait_segment_is_linked(segment) == 1);
    strait_segment_close(segment);
}

static void a_directory_that_cannot_be_read_leaves_the_question_open(void **state)
{
    test_needs_root();
    assert_int_equal(chown(test_directory, NOBODY, NOBODY), 0);
    assert_int_equal(child_run(lock_itself_out, NULL), 0);
}

/* ---- What stands at the name instead ---------------------------------------------------------------------
 */

static void a_symbolic_link_is_refused(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    strait_segment_close(test_segment_create("real", 1));
    assert_int_equal(symlink("real", test_path("orders")), 0);
    assert_int_equal(try_open(&options, &failure), -ELOOP);
    assert_operation(failure, "open");
    assert_int_equal(strait_segment_open_or_create("orders", &options, &segment, NULL), -ELOOP);
    assert_int_equal(try_create(&options, NULL), -EEXIST);
    assert_int_equal(unlink(test_path("real")), 0);
    assert_int_equal(strait_segment_open_or_create("orders", &options, &segment, NULL), -ELOOP);
}

static void expect_wrong_type(mode_t type)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    assert_int_equal(try_open(&options, &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_FILE_TYPE, S_IFREG, type);
    assert_int_equal(strait_segment_open_or_create("orders", &options, &segment, NULL), -EPROTO);
    assert_int_equal(try_create(&options, NULL), -EEXIST);
}

static void a_fifo_is_refused(void **state)
{
    assert_int_equal(mkfifo(test_path("orders"), 0600), 0);
    expect_wrong_type(S_IFIFO);
}

static void a_directory_is_refused(void **state)
{
    assert_int_equal(mkdir(test_path("orders"), 0700), 0);
    expect_wrong_type(S_IFDIR);
}

static void a_socket_is_refused(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", test_path("orders"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    expect_wrong_type(S_IFSOCK);
    close(fd);
}

static void a_device_is_refused(void **state)
{
    test_needs_root();
    assert_int_equal(mknod(test_path("orders"), S_IFCHR | 0600, 0x103), 0); /* /dev/null */
    const struct strait_segment_options options = test_options();
    int fd = open(test_path("orders"), O_RDWR | O_CLOEXEC);
    if (fd < 0)
        test_skip("devices cannot be opened here");
    close(fd);
    assert_int_equal(try_open(&options, NULL), -EPROTO);
    expect_wrong_type(S_IFCHR);
}

/* ---- Whose it is, and who may use it ---------------------------------------------------------------------
 */

static void a_segment_of_another_user_is_refused_naming_both(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    test_needs_root();
    assert_int_equal(try_create(&options, NULL), 0);
    assert_int_equal(chown(test_path("orders"), NOBODY, (gid_t)-1), 0);
    assert_int_equal(try_open(&options, &failure), -EPERM);
    assert_mismatch(failure, STRAIT_MISMATCH_OWNER, 0, NOBODY);

    options.owner = NOBODY;
    assert_int_equal(try_open(&options, NULL), 0);
    options.owner = 1;
    assert_int_equal(try_open(&options, &failure), -EPERM);
    assert_mismatch(failure, STRAIT_MISMATCH_OWNER, 1, NOBODY);
}

static void open_as_nobody(int parent, void *context)
{
    struct strait_segment_options options = test_options();
    options.owner = 0;
    options.mode = 0666;
    become_user(NOBODY);
    must(try_open(&options, NULL) == *(int *)context);
}

static void who_has_no_permission_is_told_so(void **state)
{
    struct strait_segment_options options = test_options();
    int expected = -EACCES;
    test_needs_root();
    assert_int_equal(chmod(test_directory, 0755), 0);
    assert_int_equal(try_create(&options, NULL), 0);
    assert_int_equal(child_run(open_as_nobody, &expected), 0);
    assert_int_equal(chmod(test_path("orders"), 0666), 0);
    expected = 0;
    assert_int_equal(child_run(open_as_nobody, &expected), 0);
}

static void a_mode_wider_than_allowed_is_refused(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    const mode_t wider[] = {0610, 0640, 0604, 0700, 0666, 0777};
    assert_int_equal(try_create(&options, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(wider); i++) {
        assert_int_equal(chmod(test_path("orders"), wider[i]), 0);
        options.mode = 0600;
        assert_int_equal(try_open(&options, &failure), -EPERM);
        assert_mismatch(failure, STRAIT_MISMATCH_MODE, 0600, wider[i]);
        options.mode = wider[i];
        assert_int_equal(try_open(&options, NULL), 0);
    }
    options.mode = 0777;
    assert_int_equal(chmod(test_path("orders"), 0600), 0);
    assert_int_equal(try_open(&options, NULL), 0);
}

static void create_under_umask(int parent, void *context)
{
    const mode_t modes[] = {0600, 0640, 0660, 0666, 0777, 0200, 0000};
    struct strait_segment_options options = test_options();
    umask(0777);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct strait_segment *segment = NULL;
        struct stat status;
        options.mode = modes[i];
        must(try_create(&options, NULL) == 0);
        must(mode_of(test_path("orders")) == modes[i]);
        must(unlink(test_path("orders")) == 0);
        must(strait_segment_create_memfd("orders", &options, &segment, NULL) == 0);
        must(fstat(strait_segment_fd(segment), &status) == 0 && (status.st_mode & 07777) == modes[i]);
        strait_segment_close(segment);
    }
}

static void umask_does_not_touch_the_mode(void **state)
{
    assert_int_equal(child_run(create_under_umask, NULL), 0);
}

static void the_group_is_the_one_asked_for(void **state)
{
    struct strait_segment_options options = test_options();
    struct stat status;
    test_needs_root();
    options.group = 12345;
    options.mode = 0660;
    assert_int_equal(try_create(&options, NULL), 0);
    assert_int_equal(stat(test_path("orders"), &status), 0);
    assert_int_equal(status.st_gid, 12345);
    assert_int_equal(status.st_uid, 0);
    assert_int_equal(status.st_mode & 07777, 0660);
}

static void give_to_a_foreign_group(int parent, void *context)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    become_user(NOBODY);
    options.group = 12345;
    must(try_create(&options, &failure) == -EPERM);
    must(strcmp(failure.operation, "fchown") == 0);
    must(count_files(test_directory) == 0);
}

static void who_is_not_in_a_group_cannot_give_it_a_segment(void **state)
{
    test_needs_root();
    assert_int_equal(chown(test_directory, NOBODY, NOBODY), 0);
    assert_int_equal(child_run(give_to_a_foreign_group, NULL), 0);
}

/* ---- memfd -----------------------------------------------------------------------------------------------
 */

static int open_memfd(pid_t pid, int fd, struct strait_failure *failure)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    int result = strait_segment_open_memfd(pid, fd, &options, &segment, failure);
    strait_segment_close(segment);
    return result;
}

static void open_the_parents_memfd(int parent, void *context)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    int fd = (int)hear(parent);
    must(strait_segment_open_memfd(getppid(), fd, &options, &segment, NULL) == 0);
    must((int64_t)strait_segment_epoch(segment) == hear(parent));
    must(strait_segment_user_bytes(segment) == USER_BYTES);
    must(strait_segment_is_linked(segment) == 1);
    must(!strait_segment_was_created(segment));
    memset(strait_segment_user(segment), 3, USER_BYTES);
    strait_segment_close(segment);
}

static void another_process_opens_a_memfd_through_proc(void **state)
{
    struct child child = child_start(open_the_parents_memfd, NULL);
    struct strait_segment *segment = create_memfd(USER_BYTES);
    assert_int_equal(((unsigned char *)strait_segment_user(segment))[0], 0);
    tell(child.socket, strait_segment_fd(segment));
    tell(child.socket, (int64_t)strait_segment_epoch(segment));
    assert_int_equal(child_end(&child), 0);
    assert_int_equal(((unsigned char *)strait_segment_user(segment))[USER_BYTES - 1], 3);
    strait_segment_close(segment);
}

static void a_memfd_has_a_label_and_no_name_to_lose(void **state)
{
    struct strait_segment *segment = create_memfd(1);
    char link[64];
    char target[64] = "";
    assert_string_equal(strait_segment_path(segment), "orders");
    assert_int_equal(strait_segment_is_linked(segment), 1);
    assert_true(strait_segment_was_created(segment));
    assert_int_equal(count_files(test_directory), 0);
    snprintf(link, sizeof link, "/proc/self/fd/%d", strait_segment_fd(segment));
    assert_true(readlink(link, target, sizeof target - 1) > 0);
    assert_string_equal(target, "/memfd:orders (deleted)");
    strait_segment_close(segment);
}

static void a_sealed_memfd_refuses_to_shrink_or_grow(void **state)
{
    struct strait_segment *segment = create_memfd(USER_BYTES);
    int fd = strait_segment_fd(segment);
    off_t bytes = (off_t)strait_segment_bytes(segment);
    assert_int_equal(ftruncate(fd, bytes - 1), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, bytes + 1), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(posix_fallocate(fd, bytes, 4096), EPERM);
    strait_segment_close(segment);
}

/* A memfd with the bytes of a good segment, but these seals. */
static int copy_with_seals(const struct strait_segment *segment, int seals)
{
    const size_t bytes = strait_segment_bytes(segment);
    char *copy = malloc(bytes);
    int fd = (int)syscall(SYS_memfd_create, "copy", MFD_CLOEXEC | (seals < 0 ? 0 : MFD_ALLOW_SEALING));
    must(copy != NULL && fd >= 0);
    must(pread(strait_segment_fd(segment), copy, bytes, 0) == (ssize_t)bytes);
    must(write(fd, copy, bytes) == (ssize_t)bytes);
    must(fchmod(fd, 0600) == 0);
    must(seals <= 0 || fcntl(fd, F_ADD_SEALS, seals) == 0);
    free(copy);
    return fd;
}

static void a_memfd_without_the_right_seals_is_refused(void **state)
{
    const int required = F_SEAL_SHRINK | F_SEAL_GROW;
    const int future_write = 0x10;
    const struct {
        int seals; /* -1: a memfd that cannot be sealed */
        int found;
    } wrong[] = {{0, 0},
                 {-1, F_SEAL_SEAL},
                 {F_SEAL_SHRINK, F_SEAL_SHRINK},
                 {F_SEAL_GROW, F_SEAL_GROW},
                 {required | F_SEAL_WRITE, required | F_SEAL_WRITE},
                 {required | future_write, required | future_write}};
    const int right[] = {required, required | F_SEAL_SEAL};
    struct strait_segment *segment = create_memfd(USER_BYTES);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct strait_failure failure = {0};
        int fd = copy_with_seals(segment, wrong[i].seals);
        assert_int_equal(open_memfd(getpid(), fd, &failure), -EPROTO);
        assert_mismatch(failure, STRAIT_MISMATCH_SEALS, required, wrong[i].found);
        close(fd);
    }
    for (size_t i = 0; i < COUNT_OF(right); i++) {
        int fd = copy_with_seals(segment, right[i]);
        assert_int_equal(open_memfd(getpid(), fd, NULL), 0);
        close(fd);
    }
    strait_segment_close(segment);
}

static void a_memfd_is_checked_as_a_file_is(void **state)
{
    struct strait_segment *segment = create_memfd(USER_BYTES);
    struct strait_failure failure = {0};
    int fd = copy_with_seals(segment, F_SEAL_SHRINK | F_SEAL_GROW);
    assert_int_equal(fchmod(fd, 0666), 0);
    assert_int_equal(open_memfd(getpid(), fd, &failure), -EPERM);
    assert_mismatch(failure, STRAIT_MISMATCH_MODE, 0600, 0666);
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(pwrite(fd, "", 1, 1), 1);
    assert_int_equal(open_memfd(getpid(), fd, &failure), -EPROTO);
    assert_int_equal(failure.mismatch, STRAIT_MISMATCH_MAGIC);
    close(fd);
    strait_segment_close(segment);
}

static void what_is_no_memfd_is_refused(void **state)
{
    struct strait_failure failure = {0};
    struct strait_segment *named = test_segment_create("orders", 1);
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(open_memfd(getpid(), strait_segment_fd(named), &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_SEALS, F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_SEAL);
    assert_int_equal(open_memfd(getpid(), ends[0], &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_FILE_TYPE, S_IFREG, S_IFIFO);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(open_memfd(getpid(), ends[0], &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_FILE_TYPE, S_IFREG, S_IFSOCK);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(open_memfd(getpid(), ends[0], &failure), -ENOENT);
    assert_operation(failure, "open(O_PATH)");
    strait_segment_close(named);
}

/* ---- Flags -----------------------------------------------------------------------------------------------
 */

static void descriptors_do_not_survive_exec(void **state)
{
    struct strait_segment *segments[3] = {test_segment_create("orders", 1), test_segment_open("orders"),
                                          create_memfd(1)};
    for (size_t i = 0; i < COUNT_OF(segments); i++) {
        assert_int_equal(fcntl(strait_segment_fd(segments[i]), F_GETFD), FD_CLOEXEC);
        strait_segment_close(segments[i]);
    }
}

static void find_no_mapping(int parent, void *context)
{
    char line[4096];
    FILE *file = fopen("/proc/self/maps", "re");
    must(file != NULL);
    while (fgets(line, sizeof line, file) != NULL)
        must(strstr(line, "orders") == NULL);
    fclose(file);
}

static void a_forked_child_does_not_have_the_mapping(void **state)
{
    struct strait_segment *segment = test_segment_create("orders", USER_BYTES);
    struct strait_segment *memfd = create_memfd(USER_BYTES);
    struct strait_ring *ring = test_ring_create("orders.ring", 65536);
    assert_int_equal(child_run(find_no_mapping, NULL), 0);
    strait_ring_close(ring);
    strait_segment_close(memfd);
    strait_segment_close(segment);
}

/* Attaches to a ring of 1 MiB beside a region of 1 MiB, whose two mappings both must have what was asked. */
static struct strait_segment *attach_with(uint32_t flags, bool create, struct strait_ring **ring)
{
    struct strait_segment_options options = test_options();
    options.user_bytes = 1 << 20;
    options.flags = flags;
    must((create ? strait_ring_create("orders", &options, NULL, ring, NULL)
                 : strait_ring_open("orders", &options, ring, NULL)) == 0);
    return strait_ring_segment(*ring);
}

static void expect_flag(uint32_t flag, const char *in_smaps)
{
    struct strait_ring *ring = NULL;
    for (int create = 1; create >= 0; create--) {
        struct strait_segment *segment = attach_with(flag, create, &ring);
        assert_true(memory_has_flag(segment->fixed.base, in_smaps));
        assert_true(memory_has_flag(segment->lanes.base, in_smaps));
        assert_true(memory_has_flag(segment->lanes.base + (1 << 20), in_smaps));
        strait_ring_close(ring);
    }
    struct strait_segment *segment = attach_with(0, false, &ring);
    assert_false(memory_has_flag(segment->fixed.base, in_smaps));
    assert_false(memory_has_flag(segment->lanes.base, in_smaps));
    strait_ring_close(ring);
}

static void no_dump_leaves_mappings_out_of_core_dumps(void **state)
{
    expect_flag(STRAIT_SEGMENT_NO_DUMP, "dd");
}

static void lock_locks_what_is_mapped(void **state)
{
    struct rlimit limit;
    if (TEST_SANITIZED)
        test_skip("sanitizers make mlock do nothing");
    assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &limit), 0);
    if (geteuid() != 0 && limit.rlim_cur < 8 << 20)
        test_skip("RLIMIT_MEMLOCK is too low");
    expect_flag(STRAIT_SEGMENT_LOCK, "lo");
}

static void prefault_sets_up_all_pages(void **state)
{
    struct strait_ring *ring = NULL;
    for (int create = 1; create >= 0; create--) {
        struct strait_segment *segment = attach_with(STRAIT_SEGMENT_PREFAULT, create, &ring);
        assert_int_equal(memory_resident(segment->fixed.base, segment->fixed.bytes), segment->fixed.bytes);
        assert_int_equal(memory_resident(segment->lanes.base, segment->lanes.bytes), segment->lanes.bytes);
        strait_ring_close(ring);
    }
    struct strait_segment *segment = attach_with(0, false, &ring);
    assert_true(memory_resident(segment->fixed.base, segment->fixed.bytes) < segment->fixed.bytes);
    assert_int_equal(memory_resident(segment->lanes.base, segment->lanes.bytes), 0);
    strait_ring_close(ring);
}

/* ---- Huge pages ------------------------------------------------------------------------------------------
 */

#define HUGE_BYTES ((uint64_t)2 << 20)

/* The pool belongs to the whole machine: a lock on its file keeps the tests of another build away. */
static FILE *huge_pages;
static long huge_pages_before;

static long read_huge_pages(void)
{
    long pages = -1;
    if (huge_pages == NULL)
        return -1;
    rewind(huge_pages);
    return fscanf(huge_pages, "%ld", &pages) == 1 ? pages : -1;
}

static void write_huge_pages(long pages)
{
    if (huge_pages == NULL)
        return;
    rewind(huge_pages);
    fprintf(huge_pages, "%ld\n", pages);
    fflush(huge_pages);
}

static int provide_huge_pages(void **state)
{
    huge_pages = fopen("/proc/sys/vm/nr_hugepages", "r+e");
    if (huge_pages != NULL)
        flock(fileno(huge_pages), LOCK_EX);
    huge_pages_before = read_huge_pages();
    write_huge_pages(huge_pages_before + 8);
    return test_begin(state);
}

static int return_huge_pages(void **state)
{
    int result = test_end(state);
    write_huge_pages(huge_pages_before);
    if (huge_pages != NULL)
        fclose(huge_pages);
    return result;
}

static void need_huge_pages(void)
{
    struct stat status;
    if (huge_pages == NULL || read_huge_pages() < huge_pages_before + 8)
        test_skip("the kernel gives no huge pages");
    if (stat("/sys/kernel/mm/hugepages/hugepages-2048kB", &status) < 0)
        test_skip("huge pages are not of 2 MiB here");
}

static void expect_huge(const struct strait_segment *segment)
{
    must(segment->geometry.page_bytes == HUGE_BYTES);
    must(strait_segment_bytes(segment) % HUGE_BYTES == 0);
    must((uintptr_t)segment->fixed.base % HUGE_BYTES == 0);
    must((uintptr_t)segment->lanes.base % HUGE_BYTES == 0);
}

/* Sends messages round the lane, so that both of its mappings are used. */
static void use_ring(struct strait_ring *sending, struct strait_ring *receiving)
{
    struct strait_ring_writer *writer = test_writer(sending);
    struct strait_ring_reader *reader = test_reader(receiving);
    for (int i = 0; i < 5; i++) {
        void *payload = NULL;
        must(strait_ring_claim(writer, i, (uint32_t)HUGE_BYTES / 3, &payload) == 0);
        memset(payload, i, HUGE_BYTES / 3);
        must(strait_ring_commit(writer) == 0);
        must(strait_ring_skip(reader) == 1);
    }
}

static void a_memfd_can_lie_on_huge_pages(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *created = NULL;
    struct strait_ring *opened = NULL;
    need_huge_pages();
    options.flags = STRAIT_SEGMENT_HUGE_PAGES | STRAIT_SEGMENT_PREFAULT;
    options.user_bytes = 100;
    ring_options.lane_bytes = HUGE_BYTES;
    assert_int_equal(strait_ring_create_memfd("huge", &options, &ring_options, &created, NULL), 0);
    options.flags = 0;
    assert_int_equal(strait_ring_open_memfd(getpid(), strait_segment_fd(strait_ring_segment(created)),
                                            &options, &opened, NULL),
                     0);
    expect_huge(strait_ring_segment(created));
    expect_huge(strait_ring_segment(opened));
    use_ring(created, opened);
    strait_ring_close(opened);
    strait_ring_close(created);
}

static void more_huge_pages_than_there_are_is_told_at_creation(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    need_huge_pages();
    options.flags = STRAIT_SEGMENT_HUGE_PAGES;
    options.user_bytes = HUGE_BYTES * ((uint64_t)read_huge_pages() + 1);
    int result = strait_segment_create_memfd("huge", &options, &segment, NULL);
    assert_true(result == -ENOSPC || result == -ENOMEM);
    assert_null(segment);
}

static void use_hugetlbfs(int parent, void *context)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *created = NULL;
    struct strait_ring *opened = NULL;
    struct strait_failure failure = {0};
    have_private_mounts();
    if (mount("none", test_directory, "hugetlbfs", 0, "pagesize=2M,mode=0700") < 0)
        child_skip("no hugetlbfs can be mounted here");

    ring_options.lane_bytes = STRAIT_LANE_BYTES_DEFAULT; /* less than a page */
    must(strait_ring_create("orders", &options, &ring_options, &created, &failure) == -EINVAL);
    must(failure.mismatch == STRAIT_MISMATCH_GEOMETRY && failure.expected == HUGE_BYTES &&
         failure.found == STRAIT_LANE_BYTES_DEFAULT);
    ring_options.lane_bytes = HUGE_BYTES;
    must(strait_ring_create("orders", &options, &ring_options, &created, NULL) == 0);
    options.flags = STRAIT_SEGMENT_HUGE_PAGES;
    must(strait_ring_open("orders", &options, &opened, NULL) == 0);
    expect_huge(strait_ring_segment(created));
    expect_huge(strait_ring_segment(opened));
    use_ring(created, opened);
    strait_ring_close(opened);
    strait_ring_close(created);
    must(strait_segment_unlink("orders", &options) == 0);
}

static void a_named_segment_can_lie_on_hugetlbfs(void **state)
{
    need_huge_pages();
    assert_int_equal(child_run(use_hugetlbfs, NULL), 0);
}

static void huge_pages_are_refused_where_there_are_none(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    assert_int_equal(try_create(&options, NULL), 0);
    options.flags = STRAIT_SEGMENT_HUGE_PAGES;
    assert_int_equal(try_open(&options, &failure), -EINVAL);
    assert_operation(failure, "open(hugetlbfs)");
    assert_int_equal(unlink(test_path("orders")), 0);
    failure = (struct strait_failure){0};
    assert_int_equal(try_create(&options, &failure), -EINVAL);
    assert_operation(failure, "open(hugetlbfs)");
    assert_int_equal(count_files(test_directory), 0);
}

/* ---- Waiting for a creator -------------------------------------------------------------------------------
 */

static void wait_for_a_segment(int parent, void *context)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    options.timeout_ns = STRAIT_WAIT_FOREVER;
    tell(parent, 0);
    must(strait_segment_open("orders", &options, &segment, NULL) == 0);
    tell(parent, (int64_t)strait_segment_epoch(segment));
    strait_segment_close(segment);
}

static void an_open_that_waits_sees_a_later_creation(void **state)
{
    struct child child = child_start(wait_for_a_segment, NULL);
    hear(child.socket);
    see_asleep(child.pid, child.pid);
    struct strait_segment *segment = test_segment_create("orders", 1);
    assert_int_equal(hear(child.socket), strait_segment_epoch(segment));
    assert_int_equal(child_end(&child), 0);
    strait_segment_close(segment);
}

static void an_open_that_waits_does_not_give_up_early(void **state)
{
    const int64_t timeouts_ns[] = {1, 3 * MILLISECOND, 50 * MILLISECOND};
    struct strait_segment_options options = test_options();
    for (size_t i = 0; i < COUNT_OF(timeouts_ns); i++) {
        options.timeout_ns = timeouts_ns[i];
        int64_t start_ns = test_now_ns();
        assert_int_equal(try_open(&options, NULL), -ENOENT);
        assert_true(test_now_ns() - start_ns >= timeouts_ns[i]);
    }
    options.timeout_ns = -1;
    assert_int_equal(try_open(&options, NULL), -ENOENT);
}

static void waiting_is_only_for_what_does_not_exist(void **state)
{
    struct strait_segment_options options = test_options();
    options.timeout_ns = STRAIT_WAIT_FOREVER;
    assert_int_equal(mkfifo(test_path("orders"), 0600), 0);
    assert_int_equal(try_open(&options, NULL), -EPROTO);
}

static void open_or_create_does_not_wait(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    options.timeout_ns = STRAIT_WAIT_FOREVER;
    assert_int_equal(strait_segment_open_or_create("orders", &options, &segment, NULL), 1);
    strait_segment_close(segment);
}

/* ---- Many threads
 * ------------------------------------------------------------------------------------------
 */

#define THREADS 32

static _Atomic int created;
static _Atomic int unlinked;

static void *create_use_and_unlink(void *context)
{
    struct strait_segment_options options = test_options();
    options.user_bytes = USER_BYTES;
    for (int round = test_rounds(300); round > 0; round--) {
        struct strait_segment *segment = NULL;
        int result = strait_segment_open_or_create("orders", &options, &segment, NULL);
        must(result == 0 || result == 1);
        must(strait_segment_was_created(segment) == (result == 1));
        must(strait_segment_user_bytes(segment) == USER_BYTES);
        atomic_fetch_add((_Atomic int *)strait_segment_user(segment), 1);
        atomic_fetch_add(&created, result);
        if (round % 4 == 0) {
            result = strait_segment_unlink("orders", &options);
            must(result == 0 || result == -ENOENT);
            atomic_fetch_add(&unlinked, result == 0);
        }
        strait_segment_close(segment);
    }
    return NULL;
}

static void thirty_two_threads_may_create_open_and_unlink_one_name(void **state)
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, create_use_and_unlink, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&created), atomic_load(&unlinked) + count_files(test_directory));
}

/* ---- Leaks -----------------------------------------------------------------------------------------------
 */

/* One of each, well done and gone wrong. */
static void one_round(void)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = test_segment_create("orders", USER_BYTES);
    strait_segment_close(test_segment_open("orders"));
    must(try_create(&options, NULL) == -EEXIST);
    strait_segment_close(segment);
    must(strait_segment_unlink("orders", &options) == 0);
    must(try_open(&options, NULL) == -ENOENT);
    strait_segment_close(create_memfd(USER_BYTES));

    struct strait_ring *ring = test_ring_create("orders", 65536);
    test_writer(ring);
    test_reader(ring);
    must(try_open(&options, NULL) == -EPROTO);
    strait_ring_close(ring);
    must(strait_segment_unlink("orders", &options) == 0);
}

static void ten_thousand_rounds_leak_neither_descriptors_nor_mappings(void **state)
{
    one_round();
    int descriptors = count_descriptors();
    int mappings = count_mappings();
    for (int i = test_rounds(10000); i > 0; i--)
        one_round();
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(count_mappings(), mappings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_does_not_exist_cannot_be_opened),
        TEST(what_exists_cannot_be_created),
        TEST(open_or_create_says_which_it_did),
        TEST(an_attachment_knows_what_it_is_attached_to),
        TEST(the_users_region_is_zero_and_page_aligned),
        TEST(without_user_bytes_there_is_no_region),
        TEST(too_many_user_bytes_are_refused),
        TEST(two_attachments_share_one_region_at_two_addresses),
        TEST(another_process_shares_the_region),
        TEST(a_segment_outlives_those_who_use_it),
        TEST(closing_nothing_does_nothing),
        TEST(a_failure_is_only_filled_by_what_fails),
        TEST(options_out_of_range_are_refused),
        TEST(a_name_can_be_removed_once),
        TEST(mappings_outlive_the_name),
        TEST(a_name_that_is_given_again_leads_to_another_segment),
        TEST(a_segment_whose_directory_is_gone_is_not_linked),
        TEST(a_directory_that_cannot_be_read_leaves_the_question_open),
        TEST(a_symbolic_link_is_refused),
        TEST(a_fifo_is_refused),
        TEST(a_directory_is_refused),
        TEST(a_socket_is_refused),
        TEST(a_device_is_refused),
        TEST(a_segment_of_another_user_is_refused_naming_both),
        TEST(who_has_no_permission_is_told_so),
        TEST(a_mode_wider_than_allowed_is_refused),
        TEST(umask_does_not_touch_the_mode),
        TEST(the_group_is_the_one_asked_for),
        TEST(who_is_not_in_a_group_cannot_give_it_a_segment),
        TEST(another_process_opens_a_memfd_through_proc),
        TEST(a_memfd_has_a_label_and_no_name_to_lose),
        TEST(a_sealed_memfd_refuses_to_shrink_or_grow),
        TEST(a_memfd_without_the_right_seals_is_refused),
        TEST(a_memfd_is_checked_as_a_file_is),
        TEST(what_is_no_memfd_is_refused),
        TEST(descriptors_do_not_survive_exec),
        TEST(a_forked_child_does_not_have_the_mapping),
        TEST(no_dump_leaves_mappings_out_of_core_dumps),
        TEST(lock_locks_what_is_mapped),
        TEST(prefault_sets_up_all_pages),
        cmocka_unit_test_setup_teardown(a_memfd_can_lie_on_huge_pages, provide_huge_pages, return_huge_pages),
        cmocka_unit_test_setup_teardown(more_huge_pages_than_there_are_is_told_at_creation,
                                        provide_huge_pages, return_huge_pages),
        cmocka_unit_test_setup_teardown(a_named_segment_can_lie_on_hugetlbfs, provide_huge_pages,
                                        return_huge_pages),
        TEST(huge_pages_are_refused_where_there_are_none),
        TEST(an_open_that_waits_sees_a_later_creation),
        TEST(an_open_that_waits_does_not_give_up_early),
        TEST(waiting_is_only_for_what_does_not_exist),
        TEST(open_or_create_does_not_wait),
        TEST(thirty_two_threads_may_create_open_and_unlink_one_name),
        TEST(ten_thousand_rounds_leak_neither_descriptors_nor_mappings),
    };
    return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}
