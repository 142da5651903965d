/*
 * Makes the golden images: make DIRECTORY writes DIRECTORY/ring and DIRECTORY/objects. Run once for a layout
 * version, and the result is kept for ever: ring-<version>.img, objects-<version>.img. golden_test.c and
 * GoldenTest.java read what this wrote.
 */
#include <stdio.h>
#include <string.h>

#include "golden.h"
#include "strait/strait.h"

static int ignore(void *context, int32_t type, const void *payload, uint32_t length)
{
    (void)context, (void)type, (void)payload, (void)length;
    return 0;
}

static int make_ring(const struct strait_segment_options *segment_options)
{
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    ring_options.lane_bytes = GOLDEN_LANE_BYTES;
    int result = strait_ring_create("ring", segment_options, &ring_options, &ring, NULL);
    if (result < 0)
        return result;
    memcpy(strait_segment_user(strait_ring_segment(ring)), GOLDEN_REGION, sizeof GOLDEN_REGION);
    strait_ring_writer_open(ring, &writer, NULL);
    strait_ring_offer(writer, 0, GOLDEN_REGION, sizeof GOLDEN_REGION);
    strait_ring_offer(writer, INT32_MAX, GOLDEN_TEXT, sizeof GOLDEN_TEXT - 1);
    strait_ring_offer(writer, INT32_MIN, NULL, 0);
    strait_ring_reader_open(ring, &reader, NULL);
    strait_ring_poll(reader, ignore, NULL, 1);
    strait_ring_close(ring);
    return 0;
}

static void use_objects(struct strait_segment *segment)
{
    struct strait_semaphore *semaphore, *recoverable;
    struct strait_lock *lock, *inherited;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    strait_semaphore_open(segment, "semaphore", &semaphore, NULL);
    strait_semaphore_open(segment, "recoverable", &recoverable, NULL);
    strait_lock_open(segment, "lock", &lock, NULL);
    strait_lock_open(segment, "inherited", &inherited, NULL);
    strait_sequence_open(segment, "sequence", &sequence, NULL);
    strait_latch_open(segment, "latch", &latch, NULL);
    strait_semaphore_acquire(semaphore, 2, 0, 0);
    strait_semaphore_acquire(recoverable, 2, 0, 0);
    strait_lock_acquire(lock, 0, 0);
    strait_lock_release(lock);
    strait_lock_acquire(inherited, 0, 0);
    strait_sequence_advance(sequence, INT64_MAX - 1);
    strait_latch_count_down(latch);
}

static int make_objects(struct strait_segment_options options)
{
    const struct strait_object objects[] = {
        STRAIT_SEMAPHORE("semaphore", GOLDEN_PERMITS, 0),
        STRAIT_SEMAPHORE("recoverable", GOLDEN_CAPACITY, STRAIT_SEMAPHORE_RECOVERABLE),
        STRAIT_SEMAPHORE("overtaking", 0, STRAIT_SEMAPHORE_OVERTAKING),
        STRAIT_LOCK("lock"),
        STRAIT_LOCK("inherited"),
        STRAIT_CONDITION("condition"),
        STRAIT_SEQUENCE("sequence", GOLDEN_SEQUENCE_START),
        STRAIT_LATCH("latch", GOLDEN_LATCH),
        STRAIT_BARRIER("barrier", GOLDEN_PARTIES),
    };
    struct strait_segment *segment;
    options.objects = objects;
    options.object_count = sizeof objects / sizeof objects[0];
    int result = strait_segment_create("objects", &options, &segment, NULL);
    if (result < 0)
        return result;
    use_objects(segment);
    strait_segment_close(segment);
    return 0;
}

int main(int argc, char **argv)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = argc > 1 ? argv[1] : ".";
    options.user_bytes = sizeof GOLDEN_REGION;
    int result = make_ring(&options);
    if (result == 0)
        result = make_objects(options);
    if (result < 0)
        fprintf(stderr, "%s\n", strait_errno_text(result));
    return result < 0;
}
