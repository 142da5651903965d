#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/mapping.h"

#define BLOCK  65536u
#define BLOCKS 2u
#define OFFSET 131072u /* of the first block in the file */

static int make_file(void)
{
    int fd = open(test_path("file"), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(posix_fallocate(fd, 0, OFFSET + BLOCKS * BLOCK) == 0);
    return fd;
}

static unsigned char byte_in_file(int fd, size_t offset)
{
    unsigned char byte;
    must(pread(fd, &byte, 1, (off_t)offset) == 1);
    return byte;
}

static struct strait_mapping map_twice(int fd)
{
    struct strait_mapping mapping = {NULL, 0};
    const char *operation;
    must(strait_mapping_map_twice(&mapping, fd, OFFSET, BLOCK, BLOCKS, 4096, &operation) == 0);
    must(mapping.bytes == 2 * BLOCKS * BLOCK);
    return mapping;
}

static struct strait_mapping map_once(int fd)
{
    struct strait_mapping mapping = {NULL, 0};
    const char *operation;
    must(strait_mapping_map(&mapping, fd, OFFSET, 4096, &operation) == 0);
    must(mapping.bytes == OFFSET);
    return mapping;
}

static void a_mapping_shows_the_file_from_its_start(void **state)
{
    int fd = make_file();
    struct strait_mapping mapping = map_once(fd);
    assert_int_equal(mapping.bytes, OFFSET);
    mapping.base[0] = 1;
    mapping.base[OFFSET - 1] = 2;
    assert_int_equal(byte_in_file(fd, 0), 1);
    assert_int_equal(byte_in_file(fd, OFFSET - 1), 2);
    strait_mapping_release(&mapping);
    close(fd);
}

static void each_block_stands_twice_back_to_back(void **state)
{
    int fd = make_file();
    struct strait_mapping mapping = map_twice(fd);
    for (size_t block = 0; block < BLOCKS; block++) {
        unsigned char *first = mapping.base + 2 * block * BLOCK;
        unsigned char *second = first + BLOCK;
        for (size_t i = 0; i < BLOCK; i++)
            first[i] = (unsigned char)(i * 7 + block);
        assert_memory_equal(first, second, BLOCK);
        second[BLOCK - 1] = 200;
        assert_int_equal(first[BLOCK - 1], 200);
        for (size_t i = 0; i < BLOCK; i += 1000)
            assert_int_equal(byte_in_file(fd, OFFSET + block * BLOCK + i), first[i]);
    }
    strait_mapping_release(&mapping);
    close(fd);
}

static void what_wraps_round_a_block_is_contiguous(void **state)
{
    int fd = make_file();
    struct strait_mapping mapping = map_twice(fd);
    memcpy(mapping.base + BLOCK - 3, "abcdef", 6);
    assert_memory_equal(mapping.base, "def", 3);
    assert_memory_equal(mapping.base + BLOCK - 3, "abc", 3);
    strait_mapping_release(&mapping);
    close(fd);
}

static void a_mapping_is_aligned_as_asked(void **state)
{
    const size_t alignments[] = {4096, 65536, 1 << 20, 2 << 20};
    int fd = make_file();
    int mappings = count_mappings();
    for (size_t i = 0; i < COUNT_OF(alignments); i++) {
        struct strait_mapping mapping;
        const char *operation;
        assert_int_equal(strait_mapping_map_twice(&mapping, fd, OFFSET, BLOCK, 1, alignments[i], &operation),
                         0);
        assert_int_equal((uintptr_t)mapping.base % alignments[i], 0);
        strait_mapping_release(&mapping);
        assert_int_equal(count_mappings(), mappings);
    }
    close(fd);
}

static void overlay_and_look(void)
{
    int fd = make_file();
    struct strait_mapping mapping = map_twice(fd);
    unsigned char *base = mapping.base;
    memset(base, 1, mapping.bytes);
    strait_mapping_overlay(&mapping);
    must(mapping.base == base);
    for (size_t i = 0; i < mapping.bytes; i++)
        must(base[i] == 0);
    memset(base, 2, mapping.bytes);
    for (size_t i = 0; i < BLOCKS * BLOCK; i += 1000)
        must(byte_in_file(fd, OFFSET + i) == 1);
    strait_mapping_release(&mapping);
    close(fd);
}

static void an_overlaid_mapping_is_zero_and_keeps_the_file_as_it_is(void **state)
{
    overlay_and_look();
}

static void overlay_without_private_memory(int parent, void *context)
{
    limit_resource(RLIMIT_DATA, 1); /* 0 would be taken for no limit */
    overlay_and_look();
}

static void a_mapping_is_overlaid_also_where_private_memory_has_run_out(void **state)
{
    if (TEST_SANITIZED)
        test_skip("a sanitizer's own memory is private, too");
    assert_int_equal(child_run(overlay_without_private_memory, NULL), 0);
}

/* What the kernel would copy from there. */
static bool is_readable(int pipe, const unsigned char *byte)
{
    if (write(pipe, byte, 1) == 1)
        return true;
    must(errno == EFAULT);
    return false;
}

/* Several in a row, so that each has a neighbour. */
static void what_strays_over_an_end_of_a_mapping_is_stopped(void **state)
{
    if (test_is_on_valgrind())
        test_skip("valgrind takes for an error what the kernel refuses");
    struct strait_mapping mappings[9];
    const unsigned alignments[] = {4096, 4096, 2 << 20};
    const char *operation;
    int ends[2];
    int fd = make_file();
    must(pipe2(ends, O_CLOEXEC) == 0);
    for (size_t i = 0; i < COUNT_OF(mappings); i += 3) {
        unsigned alignment = alignments[i / 3];
        must(strait_mapping_map(&mappings[i], fd, BLOCK, alignment, &operation) == 0);
        must(strait_mapping_map_twice(&mappings[i + 1], fd, OFFSET, BLOCK, BLOCKS, alignment, &operation) ==
             0);
        must(strait_mapping_map_behind(&mappings[i + 2], fd, BLOCK, BLOCK, 4096, &operation) == 0);
    }
    for (size_t i = 0; i < COUNT_OF(mappings); i++) {
        const unsigned char *end = mappings[i].base + mappings[i].bytes;
        assert_false(is_readable(ends[1], mappings[i].base - 1));
        assert_true(is_readable(ends[1], mappings[i].base));
        assert_true(is_readable(ends[1], end - 1));
        assert_false(is_readable(ends[1], end));
    }
    strait_mapping_overlay(&mappings[4]);
    assert_true(is_readable(ends[1], mappings[4].base));
    assert_false(is_readable(ends[1], mappings[4].base - 1));
    assert_false(is_readable(ends[1], mappings[4].base + mappings[4].bytes));
    for (size_t i = 0; i < COUNT_OF(mappings); i++)
        strait_mapping_release(&mappings[i]);
    close(ends[0]);
    close(ends[1]);
    close(fd);
}

static void releasing_gives_the_address_space_back(void **state)
{
    int fd = make_file();
    int mappings = count_mappings();
    struct strait_mapping mapping = map_twice(fd);
    strait_mapping_release(&mapping);
    assert_null(mapping.base);
    assert_int_equal(mapping.bytes, 0);
    assert_int_equal(count_mappings(), mappings);
    close(fd);
}

static void nothing_can_be_overlaid_released_and_given_flags(void **state)
{
    struct strait_mapping nothing = {NULL, 0};
    const char *operation = "untouched";
    strait_mapping_overlay(&nothing);
    strait_mapping_release(&nothing);
    assert_int_equal(
        strait_mapping_apply(&nothing, STRAIT_SEGMENT_LOCK | STRAIT_SEGMENT_PREFAULT, &operation), 0);
    assert_string_equal(operation, "untouched");
}

static void a_mapping_that_fails_leaves_no_address_space_behind(void **state)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int mappings = count_mappings();
    struct strait_mapping mapping = {NULL, 0};
    const char *operation = NULL;
    assert_int_equal(strait_mapping_map(&mapping, fd, BLOCK, 4096, &operation), -ENODEV);
    assert_string_equal(operation, "mmap(MAP_FIXED)");
    assert_int_equal(strait_mapping_map_twice(&mapping, fd, 0, BLOCK, 1, 2 << 20, &operation), -ENODEV);
    assert_string_equal(operation, "mmap(MAP_FIXED)");
    assert_null(mapping.base);
    int result = strait_mapping_map_twice(&mapping, fd, 0, SIZE_MAX / 4, 1, 4096, &operation);
    assert_true(result == -ENOMEM || result == -EINVAL); /* the latter from valgrind */
    assert_string_equal(operation, "mmap(PROT_NONE)");
    assert_int_equal(count_mappings(), mappings);
    close(fd);
}

static void no_mapping_is_inherited_by_a_forked_child(void **state)
{
    int fd = make_file();
    struct strait_mapping once = map_once(fd);
    struct strait_mapping twice = map_twice(fd);
    assert_true(memory_has_flag(once.base, "dc"));
    for (size_t i = 0; i < 2 * BLOCKS; i++)
        assert_true(memory_has_flag(twice.base + i * BLOCK, "dc"));
    strait_mapping_release(&twice);
    strait_mapping_release(&once);
    close(fd);
}

/* ---- Prefaulting on kernels that have no MADV_POPULATE_WRITE ---------------------------------------------
 */

static void prefault_page_by_page(int parent, void *context)
{
    const char *operation = NULL;
    int fd = make_file();
    struct strait_mapping mapping = map_twice(fd);
    memset(mapping.base, 77, BLOCK);
    strait_mapping_release(&mapping);
    mapping = map_twice(fd);
    must(memory_resident(mapping.base, mapping.bytes) == 0);
    refuse_call(SYS_madvise, 2, UINT32_MAX, 23, *(int *)context);
    int result = strait_mapping_apply(&mapping, STRAIT_SEGMENT_PREFAULT, &operation);
    must(result == (*(int *)context == EINVAL ? 0 : -*(int *)context));
    must(strcmp(operation, "madvise(MADV_POPULATE_WRITE)") == 0);
    must(memory_resident(mapping.base, mapping.bytes) == (result == 0 ? mapping.bytes : 0));
    for (size_t i = 0; i < BLOCK; i++)
        must(mapping.base[i] == 77);
}

static void before_linux_5_14_every_page_is_touched(void **state)
{
    int error = EINVAL;
    assert_int_equal(child_run(prefault_page_by_page, &error), 0);
}

static void a_prefault_that_fails_says_so(void **state)
{
    int error = EFAULT;
    assert_int_equal(child_run(prefault_page_by_page, &error), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mapping_shows_the_file_from_its_start),
        TEST(each_block_stands_twice_back_to_back),
        TEST(what_wraps_round_a_block_is_contiguous),
        TEST(a_mapping_is_aligned_as_asked),
        TEST(an_overlaid_mapping_is_zero_and_keeps_the_file_as_it_is),
        TEST(a_mapping_is_overlaid_also_where_private_memory_has_run_out),
        TEST(what_strays_over_an_end_of_a_mapping_is_stopped),
        TEST(releasing_gives_the_address_space_back),
        TEST(nothing_can_be_overlaid_released_and_given_flags),
        TEST(a_mapping_that_fails_leaves_no_address_space_behind),
        TEST(no_mapping_is_inherited_by_a_forked_child),
        TEST(before_linux_5_14_every_page_is_touched),
        TEST(a_prefault_that_fails_says_so),
    };
    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
