/*
 * Makes a golden image: make DIRECTORY writes DIRECTORY/ring. Run once for a layout version, and the result
 * is kept for ever: ring-<version>.img. golden_test.c and GoldenTest.java read what this wrote.
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

int main(int argc, char **argv)
{
    struct strait_segment_options segment_options = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    segment_options.directory = argc > 1 ? argv[1] : ".";
    segment_options.user_bytes = sizeof GOLDEN_REGION;
    ring_options.lane_bytes = GOLDEN_LANE_BYTES;
    int result = strait_ring_create("ring", &segment_options, &ring_options, &ring, NULL);
    if (result < 0) {
        fprintf(stderr, "strait_ring_create: %s\n", strait_errno_text(result));
        return 1;
    }
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
