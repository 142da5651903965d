/* What a peer that keeps to no rule can write, and what must not follow from it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_more_readers_are_looked_for_than_there_can_be),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
