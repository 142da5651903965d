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

static void copy_image(const char *version)
{
    char bytes[1 << 16];
    char path[256];
    snprintf(path, sizeof path, "%s/golden/ring-%s.img", TEST_SOURCES, version);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    int to = open(test_path("ring"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ssize_t length = read(from, bytes, sizeof bytes);
    assert_true(length > 0 && length < (ssize_t)sizeof bytes);
    assert_int_equal(write(to, bytes, (size_t)length), length);
    close(from);
    close(to);
}

static void a_ring_of_layout_1_0_is_read_and_written(void **state)
{
    struct seen seen = {0};
    copy_image("1.0");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_ring_of_layout_1_0_is_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
