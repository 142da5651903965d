/* Every layout version that was ever released can be read. golden/make.c wrote the images. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "golden/golden.h"
#include "support.h"

struct seen {
    int count;
    int32_t types[3];
    char text[3][32];
};

static int note(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct seen *seen = context;
    seen->types[seen->count] = type;
    memcpy(seen->text[seen->count++], payload, length);
    return 0;
}

static void copy_image(const char *name, const char *version)
{
    char bytes[1 << 16];
    char path[256];
    snprintf(path, sizeof path, "%s/golden/%s-%s.img", TEST_SOURCES, name, version);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    int to = open(test_path(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t length = read(from, bytes, sizeof bytes);
    assert_true(length > 0 && length < (ssize_t)sizeof bytes);
    assert_int_equal(write(to, bytes, (size_t)length), length);
    close(from);
    close(to);
}

static void a_ring_of_layout_1_0_is_read_and_written(void **state)
{
    struct seen seen = {0};
    copy_image("ring", "1.0");
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_segment *segment = strait_ring_segment(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    struct strait_ring_writer *writer = test_writer(ring);

    assert_int_equal(strait_ring_capacity(ring), GOLDEN_LANE_BYTES);
    assert_int_equal(strait_segment_user_bytes(segment), sizeof GOLDEN_REGION);
    assert_memory_equal(strait_segment_user(segment), GOLDEN_REGION, sizeof GOLDEN_REGION);
    assert_int_equal(strait_ring_reader_position(reader), GOLDEN_CONSUMED);
    assert_int_equal(strait_ring_writer_position(writer), GOLDEN_PUBLISHED);
    assert_int_equal(strait_ring_poll(reader, note, &seen, 10), 2);
    assert_int_equal(strait_ring_offer(writer, 7, "new", 3), 0);
    assert_int_equal(strait_ring_poll(reader, note, &seen, 10), 1);

    assert_int_equal(seen.types[0], INT32_MAX);
    assert_string_equal(seen.text[0], GOLDEN_TEXT);
    assert_int_equal(seen.types[1], INT32_MIN);
    assert_string_equal(seen.text[1], "");
    assert_int_equal(seen.types[2], 7);
    assert_string_equal(seen.text[2], "new");
    strait_ring_close(ring);
}

static void semaphores_are_used(struct strait_segment *segment)
{
    struct strait_semaphore *semaphore, *recoverable, *overtaking;
    assert_int_equal(strait_semaphore_open(segment, "semaphore", &semaphore, NULL), 0);
    assert_int_equal(strait_semaphore_open(segment, "recoverable", &recoverable, NULL), 0);
    assert_int_equal(strait_semaphore_open(segment, "overtaking", &overtaking, NULL), 0);
    assert_int_equal(strait_semaphore_available(semaphore), GOLDEN_PERMITS - 2);
    assert_int_equal(strait_semaphore_available(recoverable), GOLDEN_CAPACITY);
    assert_int_equal(strait_semaphore_available(overtaking), 0);
    assert_int_equal(strait_semaphore_acquire(semaphore, GOLDEN_PERMITS - 2, 0, 0), 0);
    assert_int_equal(strait_semaphore_acquire(semaphore, 1, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_semaphore_acquire(recoverable, GOLDEN_CAPACITY, 0, 0), 0);
    assert_int_equal(strait_semaphore_held(recoverable), GOLDEN_CAPACITY);
    assert_int_equal(strait_semaphore_release(overtaking, 1), 0);
}

static void locks_are_used(struct strait_segment *segment)
{
    struct strait_lock *lock, *inherited;
    struct strait_condition *condition;
    assert_int_equal(strait_lock_open(segment, "lock", &lock, NULL), 0);
    assert_int_equal(strait_lock_open(segment, "inherited", &inherited, NULL), 0);
    assert_int_equal(strait_condition_open(segment, "condition", &condition, NULL), 0);
    assert_int_equal(strait_lock_acquire(lock, 0, 0), 0);
    assert_int_equal(strait_condition_wait(condition, lock, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_lock_release(lock), 0);
    assert_int_equal(strait_lock_acquire(inherited, 0, 0), STRAIT_OWNER_DIED);
    assert_int_equal(strait_lock_repaired(inherited), 0);
    assert_int_equal(strait_lock_release(inherited), 0);
}

static void gates_are_used(struct strait_segment *segment)
{
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    struct strait_barrier *barrier;
    assert_int_equal(strait_sequence_open(segment, "sequence", &sequence, NULL), 0);
    assert_int_equal(strait_latch_open(segment, "latch", &latch, NULL), 0);
    assert_int_equal(strait_barrier_open(segment, "barrier", &barrier, NULL), 0);
    assert_int_equal(strait_sequence_value(sequence), INT64_MAX - 1);
    assert_int_equal(strait_sequence_increment(sequence, 1), INT64_MAX);
    assert_int_equal(strait_latch_count(latch), GOLDEN_LATCH - 1);
    assert_int_equal(strait_barrier_parties(barrier), GOLDEN_PARTIES);
    assert_int_equal(strait_barrier_waiting(barrier), 0);
}

static void objects_of_layout_1_0_are_used(void **state)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment;
    copy_image("objects", "1.0");
    assert_int_equal(strait_segment_open("objects", &options, &segment, NULL), 0);
    semaphores_are_used(segment);
    locks_are_used(segment);
    gates_are_used(segment);
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_of_layout_1_0_are_used),
        TEST(a_ring_of_layout_1_0_is_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
