/* What the core does for pipes, FIFOs and open files beside the system call. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/descriptor.h"
#include "internal/fifo.h"
#include "internal/open_file.h"
#include "internal/pipe.h"

static int flags_of(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    must(flags >= 0);
    return flags;
}

/* Ends whose calls wait, as a shell makes them. */
static void open_plain(int ends[2])
{
    must(pipe(ends) == 0);
}

static void close_both(const int ends[2])
{
    close(ends[0]);
    close(ends[1]);
}

/* ---- Pipes -----------------------------------------------------------------------------------------------
 */

static void ends_are_close_on_exec_and_non_blocking(void **state)
{
    int ends[2];
    assert_int_equal(strait_pipe_open(ends, O_DIRECT), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(fcntl(ends[i], F_GETFD), FD_CLOEXEC);
        assert_int_equal(flags_of(ends[i]) & O_NONBLOCK, O_NONBLOCK);
    }
    assert_int_equal(strait_pipe_packets(ends[1]), 1);
    close_both(ends);
}

static void the_wrong_way_is_EBADF(void **state)
{
    int ends[2];
    char byte = 0;
    assert_int_equal(strait_pipe_open(ends, 0), 0);
    assert_int_equal(strait_descriptor_write(ends[0], &byte, 1), -EBADF);
    assert_int_equal(strait_descriptor_read(ends[1], &byte, 1), -EBADF);
    assert_int_equal(strait_pipe_splice(ends[1], -1, ends[0], -1, 1, 0), -EBADF);
    assert_int_equal(strait_pipe_tee(ends[1], ends[0], 1, 0), -EBADF);
    close_both(ends);
}

static void an_unknown_flag_is_EINVAL(void **state)
{
    int ends[2];
    assert_int_equal(strait_pipe_open(ends, O_APPEND), -EINVAL);
}

static void moving_without_bytes_or_room_is_EAGAIN_though_ends_would_wait(void **state)
{
    int from[2];
    int to[2];
    char byte = 'x';
    open_plain(from);
    open_plain(to);
    assert_int_equal(strait_pipe_splice(from[0], -1, to[1], -1, 1, 0), -EAGAIN);
    assert_int_equal(strait_pipe_tee(from[0], to[1], 1, 0), -EAGAIN);
    assert_int_equal(strait_pipe_vmsplice(from[0], &byte, 1, 0), -EAGAIN);
    assert_true(strait_pipe_set_capacity(to[1], 1) > 0);
    assert_int_equal(strait_pipe_vmsplice(to[1], &byte, 1, 0), 1);
    assert_int_equal(write(from[1], &byte, 1), 1);
    assert_int_equal(strait_pipe_splice(from[0], -1, to[1], -1, 1, 0), -EAGAIN);
    assert_int_equal(strait_pipe_vmsplice(to[1], &byte, 1, 0), -EAGAIN);
    close_both(from);
    close_both(to);
}

/* ---- Adopting --------------------------------------------------------------------------------------------
 */

static void an_adopted_end_has_a_description_of_its_own(void **state)
{
    int ends[2];
    char byte = 0;
    open_plain(ends);
    int shared = dup(ends[0]);
    int own = strait_pipe_adopt(ends[0], O_RDONLY);
    assert_true(own >= 0);
    assert_int_equal(flags_of(own) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(own, F_GETFD), FD_CLOEXEC);
    assert_int_equal(flags_of(shared) & O_NONBLOCK, 0);
    assert_int_equal(strait_descriptor_write(ends[1], "x", 1), 1);
    assert_int_equal(strait_descriptor_read(own, &byte, 1), 1);
    assert_int_equal(byte, 'x');
    close(own);
    close(shared);
    close(ends[1]);
}

static void what_is_not_adopted_stays_as_it_is(void **state)
{
    int ends[2];
    open_plain(ends);
    assert_int_equal(strait_pipe_adopt(ends[0], O_WRONLY), -EBADF);
    assert_int_equal(strait_pipe_adopt(ends[1], O_RDONLY), -EBADF);
    assert_int_equal(strait_pipe_adopt(-1, O_RDONLY), -EBADF);
    int file = strait_open_file_open(test_path("file"), O_RDWR | O_CREAT, 0600);
    assert_int_equal(strait_pipe_adopt(file, O_RDONLY), -EINVAL);
    assert_int_equal(flags_of(ends[0]), O_RDONLY);
    assert_int_equal(flags_of(ends[1]), O_WRONLY);
    close(file);
    close_both(ends);
}

static void an_end_of_a_fifo_that_is_open_both_ways_is_adopted_either_way(void **state)
{
    assert_int_equal(strait_fifo_create(test_path("fifo"), 0600, false), 0);
    int both = strait_fifo_open(test_path("fifo"), O_RDWR, NULL);
    int reader = strait_pipe_adopt(dup(both), O_RDONLY);
    int writer = strait_pipe_adopt(both, O_WRONLY);
    assert_int_equal(flags_of(reader) & O_ACCMODE, O_RDONLY);
    assert_int_equal(flags_of(writer) & O_ACCMODE, O_WRONLY);
    close(reader);
    close(writer);
}

static void packets_are_kept(void **state)
{
    int ends[2];
    assert_int_equal(strait_pipe_open(ends, O_DIRECT), 0);
    int own = strait_pipe_adopt(ends[1], O_WRONLY);
    assert_int_equal(strait_pipe_packets(own), 1);
    close(own);
    close(ends[0]);
}

static void a_fifo_without_a_reader_keeps_the_description_that_it_has(void **state)
{
    assert_int_equal(strait_fifo_create(test_path("fifo"), 0600, false), 0);
    int reader = strait_fifo_open(test_path("fifo"), O_RDONLY, NULL);
    int writer = open(test_path("fifo"), O_WRONLY);
    int shared = dup(writer);
    close(reader);
    int own = strait_pipe_adopt(writer, O_WRONLY);
    assert_true(own >= 0);
    assert_int_equal(flags_of(shared) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(writer, F_GETFD), -1);
    close(own);
    close(shared);
}

static void a_pipe_without_a_reader_is_adopted_all_the_same(void **state)
{
    int ends[2];
    open_plain(ends);
    close(ends[0]);
    int own = strait_pipe_adopt(ends[1], O_WRONLY);
    assert_int_equal(flags_of(own) & O_NONBLOCK, O_NONBLOCK);
    close(own);
}

static void adopt_standard_input(int parent, void *context)
{
    int ends[2];
    char byte;
    struct stat null;
    struct stat now;
    open_plain(ends);
    must(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
    close(ends[0]);
    int own = strait_pipe_adopt(STDIN_FILENO, O_RDONLY);
    must(own > STDERR_FILENO);
    must(stat("/dev/null", &null) == 0 && fstat(STDIN_FILENO, &now) == 0 && now.st_rdev == null.st_rdev);
    must(read(STDIN_FILENO, &byte, 1) == 0);
    must(fcntl(STDIN_FILENO, F_GETFD) == 0);
    close(ends[1]);
    must(read(own, &byte, 1) == 0);
}

static void a_standard_stream_becomes_dev_null(void **state)
{
    assert_int_equal(child_run(adopt_standard_input, NULL), 0);
}

static void adopt_as_nobody(int parent, void *context)
{
    int *ends = context;
    become_user(NOBODY);
    int own = strait_pipe_adopt(ends[0], O_RDONLY);
    must(own >= 0);
    must(strait_descriptor_read(own, &(char){0}, 1) == 1);
}

static void an_end_of_another_users_pipe_keeps_the_description_that_it_has(void **state)
{
    int ends[2];
    test_needs_root();
    open_plain(ends);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(child_run(adopt_as_nobody, ends), 0);
    assert_int_equal(flags_of(ends[0]) & O_NONBLOCK, O_NONBLOCK);
    close_both(ends);
}

/* ---- FIFOs -----------------------------------------------------------------------------------------------
 */

static mode_t mode_of(const char *path)
{
    struct stat status;
    must(lstat(path, &status) == 0);
    return status.st_mode;
}

static void a_mode_is_masked_unless_it_is_to_be_exact(void **state)
{
    mode_t before = umask(077);
    assert_int_equal(strait_fifo_create(test_path("masked"), 0666, false), 0);
    assert_int_equal(strait_fifo_create(test_path("exact"), 0666, true), 0);
    umask(before);
    assert_int_equal(mode_of(test_path("masked")), S_IFIFO | 0600);
    assert_int_equal(mode_of(test_path("exact")), S_IFIFO | 0666);
}

static void what_is_no_fifo_is_EINVAL_and_not_kept_open(void **state)
{
    close(strait_open_file_open(test_path("file"), O_RDWR | O_CREAT, 0600));
    assert_int_equal(strait_fifo_open(test_path("file"), O_RDONLY, NULL), -EINVAL);
    assert_int_equal(strait_fifo_open(test_directory, O_RDONLY, NULL), -EINVAL);
}

static void an_end_that_waited_to_be_opened_is_non_blocking_then(void **state)
{
    struct strait_kick kick = {.thread = 0};
    assert_int_equal(strait_fifo_create(test_path("fifo"), 0600, false), 0);
    int reader = strait_fifo_open(test_path("fifo"), O_RDONLY, NULL);
    assert_int_equal(strait_kick_arm(&kick), 0);
    int writer = strait_fifo_open(test_path("fifo"), O_WRONLY, &kick);
    assert_int_equal(flags_of(writer) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(writer, F_GETFD), FD_CLOEXEC);
    close(reader);
    assert_int_equal(strait_fifo_open(test_path("fifo"), O_WRONLY, NULL), -ENXIO);
    close(writer);
    assert_int_equal(strait_fifo_unlink(test_path("fifo")), 0);
    assert_int_equal(strait_fifo_unlink(test_path("fifo")), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ends_are_close_on_exec_and_non_blocking),
        TEST(the_wrong_way_is_EBADF),
        TEST(an_unknown_flag_is_EINVAL),
        TEST(moving_without_bytes_or_room_is_EAGAIN_though_ends_would_wait),
        TEST(an_adopted_end_has_a_description_of_its_own),
        TEST(what_is_not_adopted_stays_as_it_is),
        TEST(an_end_of_a_fifo_that_is_open_both_ways_is_adopted_either_way),
        TEST(packets_are_kept),
        TEST(a_fifo_without_a_reader_keeps_the_description_that_it_has),
        TEST(a_pipe_without_a_reader_is_adopted_all_the_same),
        TEST(a_standard_stream_becomes_dev_null),
        TEST(an_end_of_another_users_pipe_keeps_the_description_that_it_has),
        TEST(a_mode_is_masked_unless_it_is_to_be_exact),
        TEST(what_is_no_fifo_is_EINVAL_and_not_kept_open),
        TEST(an_end_that_waited_to_be_opened_is_non_blocking_then),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
