/* POSIX shared memory: names, sizes, and mappings that are taken away under their users. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/mapping.h"
#include "internal/posix_memory.h"

enum { PAGE = 4096 };

static int64_t size_of(int fd)
{
    struct stat status;
    assert_int_equal(strait_fd_stat(fd, &status), 0);
    return status.st_size;
}

/* A new one without a name. */
static int open_memory(void)
{
    char name[32];
    snprintf(name, sizeof name, "/strait-test-%d", getpid());
    int fd = strait_posix_memory_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    assert_int_equal(strait_posix_memory_unlink(name), 0);
    return fd;
}

static void a_new_object_is_empty_and_close_on_exec(void **state)
{
    int fd = open_memory();
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    assert_int_equal(size_of(fd), 0);
    close(fd);
}

static void names_are_libcs(void **state)
{
    char longest[NAME_MAX + 3] = "/";
    memset(longest + 1, 'n', NAME_MAX + 1);
    assert_int_equal(strait_posix_memory_open(longest, O_RDWR, 0), -ENAMETOOLONG);
    longest[NAME_MAX + 1] = '\0';
    assert_int_equal(strait_posix_memory_open(longest, O_RDWR, 0), -ENOENT);
    assert_int_equal(strait_posix_memory_open("", O_RDWR, 0), -EINVAL);
    assert_int_equal(strait_posix_memory_open("//", O_RDWR, 0), -EINVAL);
    assert_int_equal(strait_posix_memory_open("/a/b", O_RDWR, 0), -EINVAL);
    assert_int_equal(strait_posix_memory_open("/..", O_RDWR, 0), -EINVAL);
    assert_int_equal(strait_posix_memory_unlink("/"), -EINVAL);
    int fd = strait_posix_memory_open("//strait-test-slashes", O_RDWR | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(strait_posix_memory_unlink("strait-test-slashes"), 0);
}

static void it_grows_and_shrinks(void **state)
{
    int fd = open_memory();
    assert_int_equal(strait_fd_allocate(fd, 10), 0);
    assert_int_equal(size_of(fd), 10);
    assert_int_equal(strait_fd_allocate(fd, 5), 0);
    assert_int_equal(size_of(fd), 10);
    assert_int_equal(strait_fd_truncate(fd, 5), 0);
    assert_int_equal(size_of(fd), 5);
    assert_int_equal(strait_fd_truncate(fd, -1), -EINVAL);
    close(fd);
}

static void grow_beyond_the_limit(int parent, void *context)
{
    const int fd = *(const int *)context;
    limit_resource(RLIMIT_FSIZE, PAGE);
    must(strait_fd_truncate(fd, PAGE) == 0);
    must(strait_fd_truncate(fd, PAGE + 1) == -EFBIG);
    must(strait_fd_allocate(fd, PAGE + 1) == -EFBIG);
}

static void beyond_RLIMIT_FSIZE_is_EFBIG_and_no_signal(void **state)
{
    int fd = open_memory();
    assert_int_equal(child_run(grow_beyond_the_limit, &fd), 0);
    close(fd);
}

static void a_part_is_mapped_and_taken_away(void **state)
{
    struct strait_mapping part;
    const char *operation;
    int fd = open_memory();
    assert_int_equal(strait_fd_allocate(fd, 2 * PAGE), 0);
    assert_int_equal(pwrite(fd, "here", 4, PAGE), 4);
    assert_int_equal(strait_mapping_map_part(&part, fd, PAGE, 100, PROT_READ, MAP_SHARED, &operation), 0);
    assert_memory_equal(part.base, "here", 4);
    assert_int_equal(part.bytes, 100);
    strait_mapping_overlay(&part);
    assert_int_equal(part.base[0], 0);
    part.base[99] = 1; /* what was read-only harms nobody now */
    strait_mapping_release(&part);
    assert_int_equal(strait_mapping_map_part(&part, fd, 1, 100, PROT_READ, MAP_SHARED, &operation), -EINVAL);
    assert_string_equal(operation, "mmap(MAP_FIXED)");
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_object_is_empty_and_close_on_exec),
        TEST(names_are_libcs),
        TEST(it_grows_and_shrinks),
        TEST(beyond_RLIMIT_FSIZE_is_EFBIG_and_no_signal),
        TEST(a_part_is_mapped_and_taken_away),
    };
    return cmocka_run_group_tests_name("posix_memory", tests, NULL, NULL);
}
