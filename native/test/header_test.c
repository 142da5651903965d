#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "internal/header.h"
#include "internal/ring.h"

/* A ring of 64 KiB beside a user's region of 8 KiB; the other numbers follow from these and pages of 4 KiB.
 */
#define USER_BYTES    8192u
#define LANE_BYTES    65536u
#define USER_OFFSET   24576u
#define LANES_OFFSET  32768u
#define SEGMENT_BYTES 98304u

#define FIELD(name)                                                                                          \
    offsetof(struct strait_header, name), sizeof((struct strait_header *)NULL)->name /* offset and size */

static void create_subject(void)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    options.user_bytes = USER_BYTES;
    ring_options.lane_bytes = LANE_BYTES;
    must(strait_ring_create("subject", &options, &ring_options, &ring, NULL) == 0);
    strait_ring_close(ring);
}

static int open_subject(struct strait_failure *failure)
{
    struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    int result = strait_ring_open("subject", &options, &ring, failure);
    strait_ring_close(ring);
    return result;
}

static void overwrite(size_t offset, const void *bytes, size_t count)
{
    int fd = open(test_path("subject"), O_WRONLY | O_CLOEXEC);
    must(fd >= 0);
    must(pwrite(fd, bytes, count, (off_t)offset) == (ssize_t)count);
    close(fd);
}

static struct strait_header read_subject(void)
{
    struct strait_header header;
    int fd = open(test_path("subject"), O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    must(pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header);
    close(fd);
    return header;
}

/* ---- What a creator writes -------------------------------------------------------------------------------
 */

static void a_ring_segment_is_laid_out_as_version_1_says(void **state)
{
    create_subject();
    struct strait_header header = read_subject();
    assert_int_equal(atomic_load(&header.magic), STRAIT_MAGIC);
    assert_memory_equal(&header, "\0STRAIT1", 8);
    assert_int_equal(header.layout_major, 1);
    assert_int_equal(header.layout_minor, 0);
    assert_int_equal(header.incompatible_features, 0);
    assert_int_equal(header.compatible_features, 0);
    assert_int_equal(header.kind, STRAIT_SEGMENT_RING);
    assert_int_equal(header.page_bytes, sysconf(_SC_PAGESIZE));
    assert_int_equal(header.segment_bytes, SEGMENT_BYTES);
    assert_int_equal(header.participants.offset, 4096);
    assert_int_equal(header.participants.bytes, 64 * 256);
    assert_int_equal(header.ring.offset, 20480);
    assert_int_equal(header.ring.bytes, 512 + 256 + 128 + 128);
    assert_int_equal(header.sync.offset, 0);
    assert_int_equal(header.sync.bytes, 0);
    assert_int_equal(header.user.offset, USER_OFFSET);
    assert_int_equal(header.user.bytes, USER_BYTES);
    assert_int_equal(header.lanes.offset, LANES_OFFSET);
    assert_int_equal(header.lanes.bytes, LANE_BYTES);
    assert_int_equal(header.lane_bytes, LANE_BYTES);
    assert_int_equal(header.lane_count, 1);
    assert_int_equal(header.slot_count, 64);
}

static void a_plain_segment_has_neither_ring_nor_lanes(void **state)
{
    strait_segment_close(test_segment_create("subject", 1));
    struct strait_header header = read_subject();
    assert_int_equal(header.kind, STRAIT_SEGMENT_PLAIN);
    assert_int_equal(header.ring.offset, 0);
    assert_int_equal(header.ring.bytes, 0);
    assert_int_equal(header.user.offset, 20480);
    assert_int_equal(header.user.bytes, 1);
    assert_int_equal(header.lanes.offset, 0);
    assert_int_equal(header.lanes.bytes, 0);
    assert_int_equal(header.lane_bytes, 0);
    assert_int_equal(header.lane_count, 0);
    assert_int_equal(header.segment_bytes, 24576);
}

/* Two libraries of layout version 1 with different fingerprints refuse each other's segments. */
static void the_fingerprint_of_version_1_stays_what_it_is(void **state)
{
    assert_int_equal(STRAIT_FINGERPRINT, UINT64_C(0x33f735b8706f4ba9));
}

static void the_creator_introduces_itself(void **state)
{
    struct timespec now;
    char command[64] = "";
    FILE *file = fopen("/proc/self/comm", "re");
    assert_non_null(file);
    assert_non_null(fgets(command, sizeof command, file));
    fclose(file);
    command[strcspn(command, "\n")] = '\0';
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t before_ns = (uint64_t)now.tv_sec * (uint64_t)SECOND + (uint64_t)now.tv_nsec;

    create_subject();
    struct strait_header header = read_subject();
    assert_int_equal(header.creator_pid, getpid());
    assert_int_equal(header.creator_uid, geteuid());
    assert_true(header.creator_start_ticks > 0);
    assert_true(header.created_ns >= before_ns);
    assert_string_equal(header.creator_command, command);
}

static void a_doorbell_is_never_zero(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE_BYTES);
    for (int i = 0; i < STRAIT_SLOTS; i++)
        assert_int_equal(atomic_load(&ring->participant->slots[i].doorbell) % 2, 1);
    strait_ring_close(ring);
}

static void sizes_out_of_range_are_refused_before_anything_is_made(void **state)
{
    struct strait_geometry geometry;
    struct strait_failure failure = {0};
    struct strait_plan plan = {.kind = STRAIT_SEGMENT_PLAIN,
                               .user_bytes = (uint64_t)STRAIT_USER_BYTES_MAX + 1};
    assert_int_equal(strait_geometry_plan(&plan, 4096, &geometry, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 0x7fffffff, UINT64_C(0x80000000));

    plan = (struct strait_plan){
        .kind = STRAIT_SEGMENT_RING, .ring_bytes = 1024, .lane_bytes = 4096, .lane_count = 1};
    assert_int_equal(strait_geometry_plan(&plan, 16384, &geometry, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 16384, 4096);
}

static void the_largest_user_region_can_be_planned(void **state)
{
    struct strait_geometry geometry;
    const struct strait_plan plan = {.kind = STRAIT_SEGMENT_PLAIN, .user_bytes = STRAIT_USER_BYTES_MAX};
    assert_int_equal(strait_geometry_plan(&plan, 4096, &geometry, NULL), 0);
    assert_int_equal(geometry.segment_bytes, 20480 + UINT64_C(0x80000000));
}

static void lanes_are_aligned_to_the_files_pages(void **state)
{
    const uint32_t huge = 2u << 20;
    struct strait_geometry geometry;
    const struct strait_plan plan = {.kind = STRAIT_SEGMENT_RING,
                                     .user_bytes = 100,
                                     .ring_bytes = 1024,
                                     .lane_bytes = huge,
                                     .lane_count = 2};
    assert_int_equal(strait_geometry_plan(&plan, huge, &geometry, NULL), 0);
    assert_int_equal(geometry.lanes.offset, huge);
    assert_int_equal(geometry.lanes.bytes, 2 * huge);
    assert_int_equal(geometry.segment_bytes, 3 * huge);
    assert_int_equal(strait_geometry_fixed_bytes(&geometry), huge);
}

/* ---- What an opener refuses ------------------------------------------------------------------------------
 */

struct damage {
    size_t offset;
    size_t bytes;
    uint64_t value;
    enum strait_mismatch mismatch;
    uint64_t expected;
};

static void expect_refused(const struct damage *damage, uint64_t found)
{
    const struct strait_header whole = read_subject();
    struct strait_failure failure = {0};
    overwrite(damage->offset, &damage->value, damage->bytes);
    int result = open_subject(&failure);
    overwrite(0, &whole, sizeof whole);
    if (result != -EPROTO)
        print_error("byte %zu as %#llx\n", damage->offset, (unsigned long long)damage->value);
    assert_int_equal(result, -EPROTO);
    assert_mismatch(failure, damage->mismatch, damage->expected, found);
    assert_int_equal(open_subject(NULL), 0);
}

static void a_wrong_number_is_refused_naming_both(void **state)
{
    const struct damage damages[] = {
        {FIELD(magic), 0, STRAIT_MISMATCH_MAGIC, STRAIT_MAGIC},
        {FIELD(magic), STRAIT_MAGIC + 1, STRAIT_MISMATCH_MAGIC, STRAIT_MAGIC},
        {FIELD(magic), UINT64_C(0x3254494152545300), STRAIT_MISMATCH_MAGIC, STRAIT_MAGIC},
        {FIELD(layout_major), 0, STRAIT_MISMATCH_LAYOUT, 1},
        {FIELD(layout_major), 2, STRAIT_MISMATCH_LAYOUT, 1},
        {FIELD(incompatible_features), 1, STRAIT_MISMATCH_FEATURES, 0},
        {FIELD(incompatible_features), UINT64_C(1) << 63, STRAIT_MISMATCH_FEATURES, 0},
        {FIELD(fingerprint), STRAIT_FINGERPRINT ^ 1, STRAIT_MISMATCH_FINGERPRINT, STRAIT_FINGERPRINT},
        {FIELD(kind), 0, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_RING},
        {FIELD(kind), STRAIT_SEGMENT_PLAIN, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_RING},
        {FIELD(kind), 3, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_RING},
        {FIELD(page_bytes), 0, STRAIT_MISMATCH_GEOMETRY, 4096},
        {FIELD(page_bytes), 8192, STRAIT_MISMATCH_GEOMETRY, 4096},
        {FIELD(page_bytes), 2u << 20, STRAIT_MISMATCH_GEOMETRY, 4096},
        {FIELD(slot_count), 0, STRAIT_MISMATCH_GEOMETRY, 64},
        {FIELD(slot_count), 65, STRAIT_MISMATCH_GEOMETRY, 64},
        {FIELD(slot_count), UINT32_MAX, STRAIT_MISMATCH_GEOMETRY, 64},
        {FIELD(lane_count), 65, STRAIT_MISMATCH_GEOMETRY, 64},
        {FIELD(lane_count), UINT32_MAX, STRAIT_MISMATCH_GEOMETRY, 64},
        {FIELD(lane_bytes), 0, STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
        {FIELD(lane_bytes), 2048, STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
        {FIELD(lane_bytes), LANE_BYTES - 1, STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
        {FIELD(lane_bytes), LANE_BYTES - 4096, STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
        {FIELD(lane_bytes), UINT64_C(0x80000000), STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
        {FIELD(lane_bytes), UINT64_C(1) << 63, STRAIT_MISMATCH_GEOMETRY, STRAIT_LANE_BYTES_MAX},
    };
    create_subject();
    for (size_t i = 0; i < COUNT_OF(damages); i++)
        expect_refused(&damages[i], damages[i].value);
}

/* Here it is another number that does not go with the damaged one. */
static void numbers_that_do_not_fit_together_are_refused(void **state)
{
    const struct {
        struct damage damage;
        uint64_t found;
    } pairs[] = {
        {{FIELD(segment_bytes), SEGMENT_BYTES + 1, STRAIT_MISMATCH_SIZE, SEGMENT_BYTES + 1}, SEGMENT_BYTES},
        {{FIELD(segment_bytes), UINT64_MAX, STRAIT_MISMATCH_SIZE, UINT64_MAX}, SEGMENT_BYTES},
        {{FIELD(segment_bytes), SEGMENT_BYTES - 1, STRAIT_MISMATCH_GEOMETRY, SEGMENT_BYTES - 1},
         LANES_OFFSET},
        {{FIELD(segment_bytes), 0, STRAIT_MISMATCH_GEOMETRY, 0}, 4096},
        {{FIELD(slot_count), 63, STRAIT_MISMATCH_GEOMETRY, 63 * 256}, 64 * 256},
        {{FIELD(participants.bytes), 256, STRAIT_MISMATCH_GEOMETRY, 64 * 256}, 256},
        {{FIELD(participants.bytes), 0, STRAIT_MISMATCH_GEOMETRY, SEGMENT_BYTES}, 4096},
        {{FIELD(lane_count), 0, STRAIT_MISMATCH_GEOMETRY, 0}, LANE_BYTES},
        {{FIELD(lane_count), 2, STRAIT_MISMATCH_GEOMETRY, 2 * LANE_BYTES}, LANE_BYTES},
        {{FIELD(lane_bytes), LANE_BYTES / 2, STRAIT_MISMATCH_GEOMETRY, LANE_BYTES / 2}, LANE_BYTES},
        {{FIELD(lane_bytes), LANE_BYTES * 2, STRAIT_MISMATCH_GEOMETRY, LANE_BYTES * 2}, LANE_BYTES},
        {{FIELD(lanes.bytes), LANE_BYTES / 2, STRAIT_MISMATCH_GEOMETRY, LANE_BYTES}, LANE_BYTES / 2},
        {{FIELD(ring.bytes), 1023, STRAIT_MISMATCH_GEOMETRY, 1024}, 1023},
    };
    create_subject();
    for (size_t i = 0; i < COUNT_OF(pairs); i++)
        expect_refused(&pairs[i].damage, pairs[i].found);
}

static void a_section_that_does_not_lie_in_the_segment_is_refused(void **state)
{
    const struct strait_section outside[] = {
        {0, 4096},                        /* on the header */
        {2048, 8},                        /* the same */
        {4097, 8},                        /* not aligned */
        {SEGMENT_BYTES, 8},               /* behind the end */
        {SEGMENT_BYTES + 4096, 8},        /* the same */
        {SEGMENT_BYTES - 4096, 4097},     /* a byte too long */
        {4096, SEGMENT_BYTES},            /* much too long */
        {4096, UINT64_MAX},               /* its end overflows */
        {4096, UINT64_MAX - 4095},        /* its end overflows to 0 */
        {UINT64_MAX - 4095, 4096},        /* the same from the other side */
        {UINT64_MAX - 4095, 2 * 4096},    /* its end overflows to something that looks right */
        {UINT64_C(1) << 63, UINT64_C(1)}, /* negative for those who count with a sign */
        {4096, 0},                        /* nothing, somewhere */
    };
    const size_t fields[] = {offsetof(struct strait_header, participants),
                             offsetof(struct strait_header, ring), offsetof(struct strait_header, sync),
                             offsetof(struct strait_header, user)};
    create_subject();
    const struct strait_header whole = read_subject();
    for (size_t field = 0; field < COUNT_OF(fields); field++) {
        for (size_t i = 0; i < COUNT_OF(outside); i++) {
            struct strait_failure failure = {0};
            overwrite(fields[field], &outside[i], sizeof outside[i]);
            assert_int_equal(open_subject(&failure), -EPROTO);
            assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, SEGMENT_BYTES, outside[i].offset);
            overwrite(0, &whole, sizeof whole);
        }
    }
    for (size_t i = 0; i < COUNT_OF(outside); i++) {
        struct strait_failure failure = {0};
        overwrite(offsetof(struct strait_header, lanes), &outside[i], sizeof outside[i]);
        assert_int_equal(open_subject(&failure), -EPROTO);
        assert_int_equal(failure.mismatch, STRAIT_MISMATCH_GEOMETRY);
        overwrite(0, &whole, sizeof whole);
    }
    assert_int_equal(open_subject(NULL), 0);
}

/* Lanes are mapped apart from what is before them, so nothing may reach into them. */
static void a_section_that_reaches_into_the_lanes_is_refused(void **state)
{
    const struct strait_section inside[] = {
        {LANES_OFFSET, 8}, {LANES_OFFSET - 4096, 4097}, {LANES_OFFSET + 4096, 8}};
    const size_t fields[] = {offsetof(struct strait_header, participants),
                             offsetof(struct strait_header, ring), offsetof(struct strait_header, sync),
                             offsetof(struct strait_header, user)};
    create_subject();
    const struct strait_header whole = read_subject();
    for (size_t field = 0; field < COUNT_OF(fields); field++) {
        for (size_t i = 0; i < COUNT_OF(inside); i++) {
            struct strait_failure failure = {0};
            overwrite(fields[field], &inside[i], sizeof inside[i]);
            assert_int_equal(open_subject(&failure), -EPROTO);
            assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, LANES_OFFSET, inside[i].offset);
            overwrite(0, &whole, sizeof whole);
        }
    }
}

static void lanes_that_are_not_aligned_to_the_files_pages_are_refused(void **state)
{
    create_subject();
    struct strait_header header = read_subject();
    struct strait_geometry geometry;
    struct strait_failure failure = {0};
    header.page_bytes = 65536; /* of which 32768 is no multiple */
    assert_int_equal(
        strait_header_check(&header, SEGMENT_BYTES, 65536, STRAIT_SEGMENT_RING, &geometry, &failure),
        -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, SEGMENT_BYTES, LANES_OFFSET);
}

static void a_user_region_larger_than_the_limit_is_refused(void **state)
{
    create_subject();
    struct strait_header header = read_subject();
    struct strait_geometry geometry;
    struct strait_failure failure = {0};
    header.lane_count = 0;
    header.lanes = (struct strait_section){0, 0};
    header.user.bytes = (uint64_t)STRAIT_USER_BYTES_MAX + 1;
    header.segment_bytes = UINT64_C(1) << 40;
    assert_int_equal(strait_header_check(&header, header.segment_bytes, header.page_bytes,
                                         STRAIT_SEGMENT_RING, &geometry, &failure),
                     -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, STRAIT_USER_BYTES_MAX, header.user.bytes);
    header.user.bytes = STRAIT_USER_BYTES_MAX;
    assert_int_equal(strait_header_check(&header, header.segment_bytes, header.page_bytes,
                                         STRAIT_SEGMENT_RING, &geometry, &failure),
                     0);
}

static void a_file_shorter_than_its_header_says_is_refused(void **state)
{
    const off_t sizes[] = {0, 1, 383, 384, 4096, SEGMENT_BYTES - 4096, SEGMENT_BYTES - 1};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct strait_failure failure = {0};
        create_subject();
        assert_int_equal(truncate(test_path("subject"), sizes[i]), 0);
        assert_int_equal(open_subject(&failure), -EPROTO);
        assert_mismatch(failure, STRAIT_MISMATCH_SIZE,
                        sizes[i] < 384 ? sizeof(struct strait_header) : SEGMENT_BYTES, sizes[i]);
        unlink(test_path("subject"));
    }
}

static void a_plain_segment_is_no_ring_and_a_ring_no_plain_segment(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    create_subject();
    assert_int_equal(strait_segment_open("subject", &options, &segment, &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_PLAIN, STRAIT_SEGMENT_RING);
    assert_null(segment);
    unlink(test_path("subject"));
    strait_segment_close(test_segment_create("subject", 1));
    assert_int_equal(open_subject(&failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_KIND, STRAIT_SEGMENT_RING, STRAIT_SEGMENT_PLAIN);
}

/* ---- What an opener accepts ------------------------------------------------------------------------------
 */

static void what_a_later_minor_version_adds_is_accepted(void **state)
{
    const uint32_t minor = 7;
    const uint64_t features = UINT64_MAX;
    create_subject();
    overwrite(offsetof(struct strait_header, layout_minor), &minor, sizeof minor);
    assert_int_equal(open_subject(NULL), 0);
    overwrite(offsetof(struct strait_header, compatible_features), &features, sizeof features);
    assert_int_equal(open_subject(NULL), 0);
}

static void a_file_longer_than_the_segment_is_accepted(void **state)
{
    create_subject();
    assert_int_equal(truncate(test_path("subject"), SEGMENT_BYTES + 1), 0);
    assert_int_equal(open_subject(NULL), 0);
}

static void fewer_participants_are_accepted(void **state)
{
    const uint32_t slots = 2;
    const uint64_t bytes = slots * 256;
    struct strait_segment_options options = test_options();
    struct strait_ring *third = NULL;
    create_subject();
    overwrite(offsetof(struct strait_header, slot_count), &slots, sizeof slots);
    overwrite(offsetof(struct strait_header, participants.bytes), &bytes, sizeof bytes);
    struct strait_ring *first = test_ring_open("subject");
    struct strait_ring *second = test_ring_open("subject");
    assert_int_equal(strait_ring_open("subject", &options, &third, NULL), -EUSERS);
    strait_ring_close(second);
    strait_ring_close(first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ring_segment_is_laid_out_as_version_1_says),
        TEST(a_plain_segment_has_neither_ring_nor_lanes),
        TEST(the_fingerprint_of_version_1_stays_what_it_is),
        TEST(the_creator_introduces_itself),
        TEST(a_doorbell_is_never_zero),
        TEST(sizes_out_of_range_are_refused_before_anything_is_made),
        TEST(the_largest_user_region_can_be_planned),
        TEST(lanes_are_aligned_to_the_files_pages),
        TEST(a_wrong_number_is_refused_naming_both),
        TEST(numbers_that_do_not_fit_together_are_refused),
        TEST(a_section_that_does_not_lie_in_the_segment_is_refused),
        TEST(a_section_that_reaches_into_the_lanes_is_refused),
        TEST(lanes_that_are_not_aligned_to_the_files_pages_are_refused),
        TEST(a_user_region_larger_than_the_limit_is_refused),
        TEST(a_file_shorter_than_its_header_says_is_refused),
        TEST(a_plain_segment_is_no_ring_and_a_ring_no_plain_segment),
        TEST(what_a_later_minor_version_adds_is_accepted),
        TEST(a_file_longer_than_the_segment_is_accepted),
        TEST(fewer_participants_are_accepted),
    };
    if (sysconf(_SC_PAGESIZE) != 4096)
        return EXIT_SKIPPED;
    return cmocka_run_group_tests_name("header", tests, NULL, NULL);
}
