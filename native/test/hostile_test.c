/* What a peer that keeps to no rule can write, and what must not follow from it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/ring.h"

/* ---- Numbers that are lies -------------------------------------------------------------------------------
 */

#define LARGE_BYTES (UINT64_C(64) << 20)

/* A ring whose control words are many and all zero, but for the number of readers, and whose first slot was
 * left by somebody dead. The file has holes. */
static void make_large_control(void)
{
    strait_ring_close(test_ring_create("ring", LANE));
    int fd = open(test_path("ring"), O_RDWR | O_CLOEXEC);
    must(fd >= 0 && ftruncate(fd, (off_t)(2 * LARGE_BYTES)) == 0);
    unsigned char *base = mmap(NULL, LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(base != MAP_FAILED);
    struct strait_header *header = (struct strait_header *)base;
    struct strait_slot *slots = (struct strait_slot *)(base + header->participants.offset);
    header->segment_bytes = 2 * LARGE_BYTES;
    header->ring.bytes = LARGE_BYTES;
    header->lanes.offset = 2 * LARGE_BYTES - LANE;
    ((struct strait_ring_control *)(base + header->ring.offset))->readers = UINT32_MAX;
    atomic_store(&slots[0].identity, STRAIT_SLOT_LIVE);
    munmap(base, LARGE_BYTES);
    close(fd);
}

static void no_more_readers_are_looked_for_than_there_can_be(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    struct strait_failure failure = {0};
    struct stat status;
    make_large_control();
    assert_int_equal(strait_ring_open("ring", &options, &ring, &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 1, UINT32_MAX);
    assert_int_equal(stat(test_path("ring"), &status), 0);
    assert_true((uint64_t)status.st_blocks * 512 < LARGE_BYTES / 8); /* whatever is looked at takes memory */
}

/* ---- Positions that are far apart ------------------------------------------------------------------------
 */

/* A reader that joins a RELEASE ring may be behind by more than a lane: its writer is told FULL. */
static void a_cursor_that_is_as_far_behind_as_can_be_makes_the_lane_full(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    void *payload = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.reader_policy = STRAIT_READER_RELEASE;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    struct strait_ring_writer *writer = test_writer(ring);
    assert_int_equal(strait_ring_claim(writer, 0, LANE - 64, &payload), 0);
    test_reader(ring);
    const uint64_t behind[] = {(UINT64_C(1) << 63) - 8, (UINT64_C(1) << 63) - LANE / 2, 2 * LANE, LANE + 8};
    for (size_t i = 0; i < COUNT_OF(behind); i++) {
        atomic_store(&ring->cursor->position, -behind[i]);
        assert_int_equal(strait_ring_claim_more(writer, 0, LANE / 2, &payload), STRAIT_FULL);
        assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_TIMED_OUT);
        assert_int_equal(strait_ring_writer_free(writer), 0);
    }
    strait_ring_close(ring);
}

/* ---- Words that never rest -------------------------------------------------------------------------------
 */

/*
 * How often our warden looks within two seconds in which the membership word never rests: each look at a
 * beacon whose owner died takes FUTEX_WAITERS away. The dying one is the process's other attachment, whose
 * lock is held, so that nobody reclaims it.
 */
static int count_looks_while_membership_changes(const struct strait_ring *ring, uint32_t dying)
{
    _Atomic uint32_t *beacon = &ring->participant->slots[dying].beacon;
    int looks = 0;
    atomic_store(beacon, 1 | FUTEX_OWNER_DIED);
    for (int64_t end_ns = test_now_ns() + 2 * SECOND; test_now_ns() < end_ns;) {
        atomic_fetch_add(ring->participant->membership, 2);
        looks += (atomic_fetch_or(beacon, FUTEX_WAITERS) & FUTEX_WAITERS) == 0;
    }
    return looks;
}

static void a_table_that_never_rests_does_not_keep_the_warden_awake(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring *other = test_ring_open("ring");
    int looks = count_looks_while_membership_changes(ring, other->participant->slot);
    print_message("%d looks in two seconds\n", looks);
    assert_in_range(looks, 2, 4 * 600);
    strait_ring_close(other);
    strait_ring_close(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_more_readers_are_looked_for_than_there_can_be),
        TEST(a_cursor_that_is_as_far_behind_as_can_be_makes_the_lane_full),
        TEST(a_table_that_never_rests_does_not_keep_the_warden_awake),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
