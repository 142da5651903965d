#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/publish.h"
#include "internal/ring.h"

/* strait_segment_create by the way without O_TMPFILE. */
static int create_by_rename(const char *name, struct strait_segment **segment, struct strait_failure *failure)
{
    const struct strait_segment_options options = test_options();
    const struct strait_plan plan = {.kind = STRAIT_SEGMENT_PLAIN, .user_bytes = 100};
    return strait_segment_make_by_rename(&(struct strait_place){.name = name}, &options, &plan, segment,
                                         failure);
}

static int create_without_name_first(const char *name, struct strait_segment **segment,
                                     struct strait_failure *failure)
{
    struct strait_segment_options options = test_options();
    options.user_bytes = 100;
    return strait_segment_create(name, &options, segment, failure);
}

static int open_or_create(const char *name, struct strait_segment **segment, struct strait_failure *failure)
{
    struct strait_segment_options options = test_options();
    options.user_bytes = 100;
    return strait_segment_open_or_create(name, &options, segment, failure);
}

typedef int creator(const char *name, struct strait_segment **segment, struct strait_failure *failure);

/* ---- One file, one name ----------------------------------------------------------------------------------
 */

static void expect_one_whole_file(creator *create)
{
    struct strait_segment *segment = NULL;
    struct stat status;
    assert_int_equal(create("orders", &segment, NULL), 0);
    assert_int_equal(count_files(test_directory), 1);
    assert_int_equal(stat(test_path("orders"), &status), 0);
    assert_true(S_ISREG(status.st_mode));
    assert_int_equal(status.st_nlink, 1);
    assert_int_equal(status.st_size, strait_segment_bytes(segment));
    assert_int_equal(strait_segment_is_linked(segment), 1);
    struct strait_segment *opened = test_segment_open("orders");
    strait_segment_close(opened);
    strait_segment_close(segment);
}

static void a_segment_created_without_a_name_is_one_file(void **state)
{
    expect_one_whole_file(create_without_name_first);
}

static void a_segment_created_by_rename_is_one_file(void **state)
{
    expect_one_whole_file(create_by_rename);
}

static void expect_taken(creator *create, const char *operation)
{
    struct strait_segment *first = test_segment_create("orders", 100);
    struct strait_segment *second = NULL;
    struct strait_failure failure = {0};
    assert_int_equal(create("orders", &second, &failure), -EEXIST);
    assert_operation(failure, operation);
    assert_null(second);
    assert_int_equal(count_files(test_directory), 1);
    assert_int_equal(strait_segment_is_linked(first), 1);
    strait_segment_close(first);
}

static void a_name_that_is_taken_is_not_given_again(void **state)
{
    expect_taken(create_without_name_first, "linkat");
}

static void a_name_that_is_taken_is_not_given_again_by_rename(void **state)
{
    expect_taken(create_by_rename, "renameat2");
}

/* ---- Many creators ---------------------------------------------------------------------------------------
 */

#define RACERS 8

struct race {
    pthread_barrier_t start;
    creator *create;
    int rounds;
    int result[RACERS];
    uint64_t epoch[RACERS];
};

struct racer {
    struct race *race;
    int number;
};

static void run_race(int parent, void *context)
{
    const struct racer *racer = context;
    struct race *race = racer->race;
    for (int round = 0; round < race->rounds; round++) {
        struct strait_segment *segment = NULL;
        pthread_barrier_wait(&race->start);
        race->result[racer->number] = race->create("orders", &segment, NULL);
        race->epoch[racer->number] = segment == NULL ? 0 : strait_segment_epoch(segment);
        strait_segment_close(segment);
        tell(parent, round);
        hear(parent);
    }
}

/* Lets 8 processes create one name at the same moment. Exactly one of them answers `winner`, all the others
 * `loser`; those that opened it hold the winner's segment. */
static void expect_one_winner(creator *create, int winner, int loser)
{
    struct race *race = mmap(NULL, sizeof *race, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct racer racers[RACERS];
    struct child children[RACERS];
    pthread_barrierattr_t shared;
    assert_ptr_not_equal(race, MAP_FAILED);
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&race->start, &shared, RACERS);
    race->create = create;
    race->rounds = test_rounds(200);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){race, i};
        children[i] = child_start(run_race, &racers[i]);
    }
    for (int round = 0; round < race->rounds; round++) {
        int won = -1;
        for (int i = 0; i < RACERS; i++)
            assert_int_equal(hear(children[i].socket), round);
        for (int i = 0; i < RACERS; i++) {
            if (race->result[i] == winner) {
                assert_int_equal(won, -1);
                won = i;
            } else {
                assert_int_equal(race->result[i], loser);
            }
        }
        assert_int_not_equal(won, -1);
        for (int i = 0; i < RACERS; i++)
            assert_true(race->epoch[i] == race->epoch[won] || (loser < 0 && i != won));
        assert_int_equal(count_files(test_directory), 1);
        assert_int_equal(unlink(test_path("orders")), 0);
        for (int i = 0; i < RACERS; i++)
            tell(children[i].socket, round);
    }
    for (int i = 0; i < RACERS; i++)
        assert_int_equal(child_end(&children[i]), 0);
    munmap(race, sizeof *race);
}

static void of_many_creators_one_wins(void **state)
{
    expect_one_winner(create_without_name_first, 0, -EEXIST);
}

static void of_many_creators_by_rename_one_wins(void **state)
{
    expect_one_winner(create_by_rename, 0, -EEXIST);
}

static void of_many_that_open_or_create_one_creates_and_all_open_that(void **state)
{
    expect_one_winner(open_or_create, 1, 0);
}

/* ---- Creators that die -----------------------------------------------------------------------------------
 */

/* Makes a temporary file and says which, then waits to be killed. */
static void stop_half_way(int parent, void *context)
{
    struct strait_directory directory;
    struct strait_unpublished file = {0};
    uint64_t words[STRAIT_TEMPORARY_BYTES / 8];
    must(strait_directory_open(test_directory, -1, true, &directory, NULL) == 0);
    must(strait_unpublished_create(&directory, true, &file, NULL) == 0);
    memcpy(words, file.temporary, sizeof words);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        tell(parent, (int64_t)words[i]);
    hear(parent);
}

static void hear_name(int socket, char name[STRAIT_TEMPORARY_BYTES])
{
    for (size_t i = 0; i < STRAIT_TEMPORARY_BYTES / 8; i++) {
        int64_t word = hear(socket);
        memcpy(name + 8 * i, &word, sizeof word);
    }
}

static void a_dead_creators_temporary_file_is_swept_and_a_living_ones_is_not(void **state)
{
    char dead_name[STRAIT_TEMPORARY_BYTES];
    char living_name[STRAIT_TEMPORARY_BYTES];
    struct strait_segment *segment = NULL;
    struct child dead = child_start(stop_half_way, NULL);
    struct child living = child_start(stop_half_way, NULL);
    hear_name(dead.socket, dead_name);
    hear_name(living.socket, living_name);
    assert_int_equal(dead_name[0], '~');
    assert_int_equal(access(test_path(dead_name), F_OK), 0);
    assert_int_equal(access(test_path(living_name), F_OK), 0);

    child_kill(&dead);
    assert_int_equal(create_by_rename("orders", &segment, NULL), 0);
    assert_int_equal(access(test_path(dead_name), F_OK), -1);
    assert_int_equal(access(test_path(living_name), F_OK), 0);
    strait_segment_close(segment);
    child_kill(&living);
}

static void only_temporary_files_are_swept(void **state)
{
    const char *others[] = {"~",
                            "~notes",
                            "~1-0123456789abcde",
                            "~1-0123456789abcdef0",
                            "~1-0123456789abcdeX",
                            "~x-0123456789abcdef",
                            "~-0123456789abcdef",
                            "~1",
                            "orders~1-0123456789abcdef"};
    struct strait_segment *segment = NULL;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        must(close(open(test_path(others[i]), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == 0);
    must(close(open(test_path("~1-0123456789abcdef"), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) == 0);
    assert_int_equal(create_by_rename("orders", &segment, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(access(test_path(others[i]), F_OK), 0);
    assert_int_equal(access(test_path("~1-0123456789abcdef"), F_OK), -1);
    strait_segment_close(segment);
}

static void create_and_unlink_for_ever(int parent, void *context)
{
    const struct strait_segment_options options = test_options();
    creator *create = *(creator **)context;
    tell(parent, 0);
    for (;;) {
        struct strait_segment *segment = NULL;
        must(create("orders", &segment, NULL) == 0);
        strait_segment_close(segment);
        must(strait_segment_unlink("orders", &options) == 0);
    }
}

/* Kills a creator wherever it happens to be: what it leaves is a whole segment or none. */
static void expect_nothing_half_made(creator *create)
{
    for (int round = test_rounds(100); round > 0; round--) {
        struct strait_segment *segment = NULL;
        struct child child = child_start(create_and_unlink_for_ever, &create);
        hear(child.socket);
        for (int i = round % 10; i > 0; i--)
            pause_briefly();
        child_kill(&child);
        int created = open_or_create("orders", &segment, NULL);
        assert_true(created == 0 || created == 1);
        assert_int_equal(strait_segment_user_bytes(segment), 100);
        strait_segment_close(segment);
        assert_int_equal(unlink(test_path("orders")), 0);
        assert_int_equal(create("orders", &segment, NULL), 0);
        strait_segment_close(segment);
        assert_int_equal(count_files(test_directory), 1);
        assert_int_equal(unlink(test_path("orders")), 0);
    }
}

static void a_creator_killed_at_any_moment_leaves_a_whole_segment_or_none(void **state)
{
    expect_nothing_half_made(create_without_name_first);
}

static void a_creator_by_rename_killed_at_any_moment_leaves_a_whole_segment_or_none(void **state)
{
    expect_nothing_half_made(create_by_rename);
}

/* ---- Kernels and file systems that lack something --------------------------------------------------------
 */

static void expect_a_segment_and_no_more(void)
{
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    must(create_without_name_first("orders", &segment, &failure) == 0);
    must(strait_segment_is_linked(segment) == 1);
    must(count_files(test_directory) == 1);
    strait_segment_close(segment);
    must(create_without_name_first("orders", &segment, NULL) == -EEXIST);
    must(count_files(test_directory) == 1);
}

static void create_without_tmpfile(int parent, void *context)
{
    refuse_call(SYS_openat, 2, __O_TMPFILE, __O_TMPFILE, *(int *)context);
    expect_a_segment_and_no_more();
}

static void where_no_file_can_be_unnamed_it_is_renamed(void **state)
{
    int errors[] = {EOPNOTSUPP, EISDIR, ENOENT};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        assert_int_equal(child_run(create_without_tmpfile, &errors[i]), 0);
        assert_int_equal(unlink(test_path("orders")), 0);
    }
}

static void create_without_linkat(int parent, void *context)
{
    refuse_call(SYS_linkat, 0, 0, 0, *(int *)context);
    expect_a_segment_and_no_more();
}

static void where_an_unnamed_file_cannot_be_linked_it_is_renamed(void **state)
{
    int errors[] = {EPERM, ENOENT};
    for (size_t i = 0; i < COUNT_OF(errors); i++) {
        assert_int_equal(child_run(create_without_linkat, &errors[i]), 0);
        assert_int_equal(unlink(test_path("orders")), 0);
    }
}

static void create_without_empty_path(int parent, void *context)
{
    refuse_call(SYS_renameat2, 0, 0, 0, ENOSYS);
    refuse_call(SYS_linkat, 4, AT_EMPTY_PATH, AT_EMPTY_PATH, ENOENT);
    expect_a_segment_and_no_more();
}

static void before_linux_6_10_a_file_is_linked_through_proc(void **state)
{
    assert_int_equal(child_run(create_without_empty_path, NULL), 0);
}

static void join_a_renamed_ring(int parent, void *context)
{
    refuse_call(SYS_openat, 2, __O_TMPFILE, __O_TMPFILE, EOPNOTSUPP);
    struct strait_ring *first = test_ring_create("ring", STRAIT_LANE_BYTES_DEFAULT);
    struct strait_ring *second = test_ring_open("ring");
    must(first->participant->slot == 0);
    must(second->participant->slot == 1);
    strait_ring_close(second);
    strait_ring_close(first);
}

static void the_lock_on_a_temporary_file_is_not_in_a_participants_way(void **state)
{
    assert_int_equal(child_run(join_a_renamed_ring, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_segment_created_without_a_name_is_one_file),
        TEST(a_segment_created_by_rename_is_one_file),
        TEST(a_name_that_is_taken_is_not_given_again),
        TEST(a_name_that_is_taken_is_not_given_again_by_rename),
        TEST(of_many_creators_one_wins),
        TEST(of_many_creators_by_rename_one_wins),
        TEST(of_many_that_open_or_create_one_creates_and_all_open_that),
        TEST(a_dead_creators_temporary_file_is_swept_and_a_living_ones_is_not),
        TEST(only_temporary_files_are_swept),
        TEST(a_creator_killed_at_any_moment_leaves_a_whole_segment_or_none),
        TEST(a_creator_by_rename_killed_at_any_moment_leaves_a_whole_segment_or_none),
        TEST(where_no_file_can_be_unnamed_it_is_renamed),
        TEST(where_an_unnamed_file_cannot_be_linked_it_is_renamed),
        TEST(before_linux_6_10_a_file_is_linked_through_proc),
        TEST(the_lock_on_a_temporary_file_is_not_in_a_participants_way),
    };
    return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
