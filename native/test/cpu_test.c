#include "support.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal/cpu.h"

/* ---- A made-up /proc/self/cgroup and /sys/fs/cgroup, in test_directory ------------------------------------
 */

static void put(const char *file, const char *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", test_directory, file);
    for (char *slash = strchr(path + strlen(test_directory) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *out = fopen(path, "we");
    must(out != NULL);
    must(fputs(text, out) >= 0);
    fclose(out);
}

static int quota(void)
{
    char membership[PATH_MAX];
    snprintf(membership, sizeof membership, "%s", test_path("membership"));
    return strait_cpu_quota(membership, test_path("cgroup"));
}

/* ---- Version 2 -------------------------------------------------------------------------------------------
 */

static void a_whole_quota_is_its_number_of_processors(void **state)
{
    put("membership", "0::/app\n");
    put("cgroup/app/cpu.max", "300000 100000\n");
    assert_int_equal(quota(), 3);
}

static void a_quota_is_rounded_up(void **state)
{
    put("membership", "0::/app\n");
    put("cgroup/app/cpu.max", "150000 100000\n");
    assert_int_equal(quota(), 2);
    put("cgroup/app/cpu.max", "100001 100000\n");
    assert_int_equal(quota(), 2);
    put("cgroup/app/cpu.max", "1000 100000\n");
    assert_int_equal(quota(), 1);
}

static void max_is_no_quota(void **state)
{
    put("membership", "0::/app\n");
    put("cgroup/app/cpu.max", "max 100000\n");
    assert_int_equal(quota(), INT_MAX);
}

static void a_parent_limits_its_children(void **state)
{
    put("membership", "0::/slice/service/worker\n");
    put("cgroup/slice/cpu.max", "200000 100000\n");
    put("cgroup/slice/service/cpu.max", "max 100000\n");
    put("cgroup/slice/service/worker/cpu.max", "800000 100000\n");
    assert_int_equal(quota(), 2);
}

static void the_root_limits_everybody(void **state)
{
    put("membership", "0::/app\n");
    put("cgroup/cpu.max", "100000 100000\n");
    put("cgroup/app/cpu.max", "800000 100000\n");
    assert_int_equal(quota(), 1);
    put("membership", "0::/\n");
    assert_int_equal(quota(), 1);
}

static void a_sibling_and_what_is_above_the_root_do_not_count(void **state)
{
    put("membership", "0::/app\n");
    put("cpu.max", "100000 100000\n");
    put("cgroup/other/cpu.max", "100000 100000\n");
    put("cgroup/app/cpu.max", "400000 100000\n");
    assert_int_equal(quota(), 4);
}

/* ---- Version 1 -------------------------------------------------------------------------------------------
 */

static void version_1_has_quota_and_period_in_two_files(void **state)
{
    put("membership", "5:memory:/app\n4:cpu,cpuacct:/app\n");
    put("cgroup/cpu/app/cpu.cfs_quota_us", "250000\n");
    put("cgroup/cpu/app/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 3);
    put("membership", "4:cpu:/app\n");
    assert_int_equal(quota(), 3);
}

static void minus_one_is_no_quota_in_version_1(void **state)
{
    put("membership", "4:cpu:/app\n");
    put("cgroup/cpu/app/cpu.cfs_quota_us", "-1\n");
    put("cgroup/cpu/app/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), INT_MAX);
}

static void a_parent_limits_its_children_in_version_1(void **state)
{
    put("membership", "4:cpu:/slice/app\n");
    put("cgroup/cpu/slice/cpu.cfs_quota_us", "100000\n");
    put("cgroup/cpu/slice/cpu.cfs_period_us", "50000\n");
    put("cgroup/cpu/slice/app/cpu.cfs_quota_us", "-1\n");
    put("cgroup/cpu/slice/app/cpu.cfs_period_us", "100000\n");
    assert_int_equal(quota(), 2);
}

static void the_smaller_of_two_hierarchies_counts(void **state)
{
    put("membership", "4:cpu,cpuacct:/old\n0::/new\n");
    put("cgroup/cpu/old/cpu.cfs_quota_us", "500000\n");
    put("cgroup/cpu/old/cpu.cfs_period_us", "100000\n");
    put("cgroup/new/cpu.max", "200000 100000\n");
    assert_int_equal(quota(), 2);
    put("cgroup/new/cpu.max", "900000 100000\n");
    assert_int_equal(quota(), 5);
}

/* ---- What is not there, or makes no sense ----------------------------------------------------------------
 */

static void without_membership_there_is_no_quota(void **state)
{
    assert_int_equal(quota(), INT_MAX);
    put("membership", "");
    assert_int_equal(quota(), INT_MAX);
}

static void without_the_groups_files_there_is_no_quota(void **state)
{
    put("membership", "0::/app\n4:cpu:/app\n");
    assert_int_equal(quota(), INT_MAX);
    put("cgroup/cpu/app/cpu.cfs_quota_us", "100000\n");
    assert_int_equal(quota(), INT_MAX);
}

static void nonsense_is_no_quota(void **state)
{
    const char *limits[] = {"", "\n", "many few\n", "100000\n", "100000 0\n", "0 100000\n", "-5 100000\n"};
    put("membership", "nonsense\nmore:nonsense\n0::/app\n");
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        put("cgroup/app/cpu.max", limits[i]);
        assert_int_equal(quota(), INT_MAX);
    }
}

static void a_group_whose_path_is_too_long_has_no_quota(void **state)
{
    char line[PATH_MAX];
    memset(line, 'x', sizeof line);
    memcpy(line, "0::/", 4);
    strcpy(line + sizeof line - 2, "\n");
    put("membership", line);
    put("cgroup/cpu.max", "100000 100000\n");
    assert_int_equal(quota(), INT_MAX);
}

/* ---- This machine ----------------------------------------------------------------------------------------
 */

static void at_least_one_processor_is_usable_and_no_more_than_affinity_allows(void **state)
{
    cpu_set_t set;
    assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
    assert_true(strait_cpu_usable() >= 1);
    assert_true(strait_cpu_usable() <= CPU_COUNT(&set));
}

static void pin_to_one_and_look(int parent, void *context)
{
    cpu_set_t all;
    cpu_set_t one;
    size_t cpu = 0;
    must(sched_getaffinity(0, sizeof all, &all) == 0);
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    must(sched_setaffinity(0, sizeof one, &one) == 0);
    must(strait_cpu_usable() == 1);
}

static void a_pinned_thread_has_one_usable_processor(void **state)
{
    assert_int_equal(child_run(pin_to_one_and_look, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whole_quota_is_its_number_of_processors),
        TEST(a_quota_is_rounded_up),
        TEST(max_is_no_quota),
        TEST(a_parent_limits_its_children),
        TEST(the_root_limits_everybody),
        TEST(a_sibling_and_what_is_above_the_root_do_not_count),
        TEST(version_1_has_quota_and_period_in_two_files),
        TEST(minus_one_is_no_quota_in_version_1),
        TEST(a_parent_limits_its_children_in_version_1),
        TEST(the_smaller_of_two_hierarchies_counts),
        TEST(without_membership_there_is_no_quota),
        TEST(without_the_groups_files_there_is_no_quota),
        TEST(nonsense_is_no_quota),
        TEST(a_group_whose_path_is_too_long_has_no_quota),
        TEST(at_least_one_processor_is_usable_and_no_more_than_affinity_allows),
        TEST(a_pinned_thread_has_one_usable_processor),
    };
    return cmocka_run_group_tests_name("cpu", tests, NULL, NULL);
}
