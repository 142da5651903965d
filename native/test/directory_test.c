#include "support.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/directory.h"

/* Creates "orders" with these options, and closes it. */
static int create(const struct strait_segment_options *options, struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    int result = strait_segment_create("orders", options, &segment, failure);
    strait_segment_close(segment);
    return result;
}

static int open_it(const struct strait_segment_options *options, struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    int result = strait_segment_open("orders", options, &segment, failure);
    strait_segment_close(segment);
    return result;
}

/* ---- Names -----------------------------------------------------------------------------------------------
 */

static void fill_name(char *name, size_t length)
{
    memset(name, 'n', length);
    name[length] = '\0';
}

static void letters_digits_dots_dashes_and_underscores_make_a_name(void **state)
{
    const char *good[] = {"a", "Z", "0", "-", "_", "...", ".hidden", "a.b-c_d.9", "..a"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        assert_true(strait_name_is_valid(good[i]));
}

static void nothing_else_makes_a_name(void **state)
{
    char text[] = "a?b";
    for (int c = 1; c < 256; c++) {
        text[1] = (char)c;
        bool allowed = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '.' || c == '_' || c == '-';
        assert_int_equal(strait_name_is_valid(text), allowed);
    }
}

static void a_name_has_1_to_200_characters(void **state)
{
    char name[STRAIT_NAME_MAX + 2];
    assert_false(strait_name_is_valid(""));
    for (size_t length = 1; length <= STRAIT_NAME_MAX; length++) {
        fill_name(name, length);
        assert_true(strait_name_is_valid(name));
    }
    fill_name(name, STRAIT_NAME_MAX + 1);
    assert_false(strait_name_is_valid(name));
}

static void the_longest_name_names_a_segment(void **state)
{
    char name[STRAIT_NAME_MAX + 1];
    fill_name(name, STRAIT_NAME_MAX);
    struct strait_segment *created = test_segment_create(name, 1);
    struct strait_segment *opened = test_segment_open(name);
    assert_string_equal(strait_segment_path(opened), test_path(name));
    strait_segment_close(opened);
    strait_segment_close(created);
}

static void a_bad_name_is_refused_by_every_call(void **state)
{
    char too_long[STRAIT_NAME_MAX + 2];
    const char *bad[] = {"", ".", "..", "/", "a/b", "/a", "../a", "~a", "a b", "a\n", "\xc3\xa4", too_long};
    const struct strait_segment_options options = test_options();
    fill_name(too_long, STRAIT_NAME_MAX + 1);
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct strait_segment *segment = NULL;
        struct strait_ring *ring = NULL;
        struct strait_failure failure = {0};
        assert_int_equal(strait_segment_create(bad[i], &options, &segment, &failure), -EINVAL);
        assert_operation(failure, "name");
        assert_int_equal(strait_segment_open(bad[i], &options, &segment, NULL), -EINVAL);
        assert_int_equal(strait_segment_open_or_create(bad[i], &options, &segment, NULL), -EINVAL);
        assert_int_equal(strait_segment_create_memfd(bad[i], &options, &segment, NULL), -EINVAL);
        assert_int_equal(strait_ring_create(bad[i], &options, NULL, &ring, NULL), -EINVAL);
        assert_int_equal(strait_ring_open(bad[i], &options, &ring, NULL), -EINVAL);
        assert_int_equal(strait_ring_open_or_create(bad[i], &options, NULL, &ring, NULL), -EINVAL);
        assert_int_equal(strait_ring_create_memfd(bad[i], &options, NULL, &ring, NULL), -EINVAL);
        assert_int_equal(strait_segment_unlink(bad[i], &options), -EINVAL);
        assert_null(segment);
        assert_null(ring);
    }
    assert_int_equal(count_files(test_directory), 0);
}

/* ---- Whose directory, and who may write there ------------------------------------------------------------
 */

static void a_directory_of_another_user_is_refused_naming_both(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    test_needs_root();
    strait_segment_close(test_segment_create("orders", 1));
    assert_int_equal(chown(test_directory, NOBODY, (gid_t)-1), 0);

    assert_int_equal(open_it(&options, &failure), -EPERM);
    assert_mismatch(failure, STRAIT_MISMATCH_DIRECTORY, 0, NOBODY);
    failure = (struct strait_failure){0};
    assert_int_equal(create(&options, &failure), -EPERM);
    assert_mismatch(failure, STRAIT_MISMATCH_DIRECTORY, 0, NOBODY);
    assert_int_equal(strait_segment_unlink("orders", &options), -EPERM);
}

static void the_directory_of_the_given_owner_is_accepted(void **state)
{
    struct strait_segment_options options = test_options();
    test_needs_root();
    strait_segment_close(test_segment_create("orders", 1));
    assert_int_equal(chown(test_path("orders"), NOBODY, (gid_t)-1), 0);
    assert_int_equal(chown(test_directory, NOBODY, (gid_t)-1), 0);
    options.owner = NOBODY;
    assert_int_equal(open_it(&options, NULL), 0);
    options.owner = NOBODY - 1;
    assert_int_equal(open_it(&options, NULL), -EPERM);
}

static void create_as_nobody(int parent, void *context)
{
    become_user(NOBODY);
    struct strait_segment_options options = test_options();
    must(create(&options, NULL) == 0);
    must(open_it(&options, NULL) == 0);
}

static void a_directory_of_root_is_accepted_from_others(void **state)
{
    test_needs_root();
    assert_int_equal(chmod(test_directory, 01777), 0);
    assert_int_equal(child_run(create_as_nobody, NULL), 0);
}

static void a_directory_in_which_others_could_replace_files_is_refused(void **state)
{
    const mode_t modes[] = {0777, 0770, 0720, 0702};
    struct strait_segment_options options = test_options();
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct strait_failure failure = {0};
        assert_int_equal(chmod(test_directory, modes[i]), 0);
        assert_int_equal(create(&options, &failure), -EPERM);
        assert_mismatch(failure, STRAIT_MISMATCH_MODE, 0755, modes[i]);
        assert_int_equal(open_it(&options, NULL), -EPERM);
        assert_int_equal(strait_segment_unlink("orders", &options), -EPERM);
    }
}

static void the_sticky_bit_makes_a_shared_directory_safe(void **state)
{
    const mode_t modes[] = {01777, 01770, 0755, 0700};
    struct strait_segment_options options = test_options();
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(test_directory, modes[i]), 0);
        assert_int_equal(create(&options, NULL), 0);
        assert_int_equal(open_it(&options, NULL), 0);
        assert_int_equal(strait_segment_unlink("orders", &options), 0);
    }
}

/* ---- What is no directory --------------------------------------------------------------------------------
 */

static void a_directory_that_does_not_exist_is_not_made(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_failure failure = {0};
    char missing[PATH_MAX];
    snprintf(missing, sizeof missing, "%s", test_path("missing"));
    options.directory = missing;
    assert_int_equal(create(&options, &failure), -ENOENT);
    assert_operation(failure, "open(O_DIRECTORY)");
    assert_int_equal(open_it(&options, NULL), -ENOENT);
    assert_int_equal(strait_segment_unlink("orders", &options), -ENOENT);
    assert_int_equal(access(missing, F_OK), -1);
}

static void a_file_or_a_symbolic_link_is_no_directory(void **state)
{
    struct strait_segment_options options = test_options();
    char path[PATH_MAX];
    strait_segment_close(test_segment_create("file", 1));
    snprintf(path, sizeof path, "%s", test_path("file"));
    options.directory = path;
    assert_int_equal(create(&options, NULL), -ENOTDIR);

    snprintf(path, sizeof path, "%s", test_path("link"));
    assert_int_equal(symlink(test_directory, path), 0);
    int result = create(&options, NULL);
    assert_true(result == -ENOTDIR || result == -ELOOP);
}

static void a_path_that_leaves_no_room_for_a_name_is_refused(void **state)
{
    struct strait_segment_options options = test_options();
    char path[PATH_MAX + 1];
    memset(path, '/', sizeof path);
    memcpy(path, test_directory, strlen(test_directory));
    options.directory = path;

    path[PATH_MAX - STRAIT_NAME_MAX - 2] = '\0'; /* the longest: with a slash, 200 characters and the end */
    assert_int_equal(create(&options, NULL), 0);
    memset(path, '/', sizeof path);
    memcpy(path, test_directory, strlen(test_directory));
    path[PATH_MAX - STRAIT_NAME_MAX - 1] = '\0';
    assert_int_equal(create(&options, NULL), -ENAMETOOLONG);
    path[strlen(path)] = '/';
    path[PATH_MAX] = '\0';
    assert_int_equal(create(&options, NULL), -ENAMETOOLONG);
}

/* ---- The default -----------------------------------------------------------------------------------------
 */

static void use_the_variable(int parent, void *context)
{
    struct strait_segment *segment = NULL;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", test_path("variable"));
    setenv("STRAIT_DIR", path, 1);

    must(create(NULL, NULL) == -ENOENT);
    must(mkdir(path, 0700) == 0);
    must(strait_segment_create("orders", NULL, &segment, NULL) == 0);
    must(strcmp(strait_segment_path(segment), test_path("variable/orders")) == 0);
    strait_segment_close(segment);
    must(open_it(NULL, NULL) == 0);
    must(strait_segment_unlink("orders", NULL) == 0);
}

static void the_environment_names_the_default_which_must_exist_then(void **state)
{
    assert_int_equal(child_run(use_the_variable, NULL), 0);
}

static void use_option_and_variable(int parent, void *context)
{
    struct strait_segment_options options = test_options();
    setenv("STRAIT_DIR", test_path("variable"), 1);
    must(create(&options, NULL) == 0);
    must(access(test_path("orders"), F_OK) == 0);
    must(access(test_path("variable"), F_OK) < 0);
}

static void an_option_goes_before_the_environment(void **state)
{
    assert_int_equal(child_run(use_option_and_variable, NULL), 0);
}

static void use_no_variable(int parent, void *context)
{
    char path[PATH_MAX];
    const char *values[] = {NULL, ""};
    struct stat status;
    have_private_mounts();
    must(mount("none", "/dev/shm", "tmpfs", 0, "size=1m,mode=1777") == 0);
    become_user(NOBODY);
    must(open_it(NULL, NULL) == -ENOENT);
    must(count_files("/dev/shm") == 0);
    umask(0);
    snprintf(path, sizeof path, "/dev/shm/strait-%u/orders", NOBODY);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        unsetenv("STRAIT_DIR");
        if (values[i] != NULL)
            setenv("STRAIT_DIR", values[i], 1);
        must(create(NULL, NULL) == 0);
        must(access(path, F_OK) == 0);
        must(stat("/dev/shm/strait-65534", &status) == 0 && status.st_mode == (S_IFDIR | 0700));
        must(open_it(NULL, NULL) == 0);
        must(strait_segment_unlink("orders", NULL) == 0);
    }
}

static void without_a_variable_each_user_has_a_directory_that_a_creator_makes(void **state)
{
    test_needs_root();
    assert_int_equal(child_run(use_no_variable, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(letters_digits_dots_dashes_and_underscores_make_a_name),
        TEST(nothing_else_makes_a_name),
        TEST(a_name_has_1_to_200_characters),
        TEST(the_longest_name_names_a_segment),
        TEST(a_bad_name_is_refused_by_every_call),
        TEST(a_directory_of_another_user_is_refused_naming_both),
        TEST(the_directory_of_the_given_owner_is_accepted),
        TEST(a_directory_of_root_is_accepted_from_others),
        TEST(a_directory_in_which_others_could_replace_files_is_refused),
        TEST(the_sticky_bit_makes_a_shared_directory_safe),
        TEST(a_directory_that_does_not_exist_is_not_made),
        TEST(a_file_or_a_symbolic_link_is_no_directory),
        TEST(a_path_that_leaves_no_room_for_a_name_is_refused),
        TEST(the_environment_names_the_default_which_must_exist_then),
        TEST(an_option_goes_before_the_environment),
        TEST(without_a_variable_each_user_has_a_directory_that_a_creator_makes),
    };
    return cmocka_run_group_tests_name("directory", tests, NULL, NULL);
}
