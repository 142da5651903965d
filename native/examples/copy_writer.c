/* The writing end of the demo: copy_writer RING FILE [STAMPS]. Sends the file in pieces, read straight into
 * the ring, then stamps at a fixed rate, and closes. Goes on where another writer was killed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy.h"
#include "strait/strait.h"

static _Noreturn void fail(const char *what, int result)
{
    const char *outcome = strait_outcome_name(result);
    fprintf(stderr, "copy_writer: %s: %s\n", what, outcome != NULL ? outcome : strait_errno_text(result));
    exit(1);
}

/* Sizes from 1 byte to 64 KiB, small and large ones mixed, the same in every run and in Java. */
static uint32_t next_size(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    unsigned magnitude = (unsigned)(*state >> 60) + 1;
    return 1 + (uint32_t)(*state & ((UINT64_C(1) << magnitude) - 1));
}

static unsigned char *claim(struct strait_ring_writer *writer, int32_t type, uint32_t length)
{
    void *payload;
    int result;
    while ((result = strait_ring_claim(writer, type, length, &payload)) == STRAIT_FULL) {
        result = strait_ring_await_space(writer, length, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
        /* A reader that died leaves its place to another, for whom we wait. */
        if (result != STRAIT_READY && result != STRAIT_PEER_DIED)
            break;
    }
    if (result != 0)
        fail("claim", result);
    return payload;
}

static void read_fully(int file, unsigned char *to, uint32_t length)
{
    while (length > 0) {
        ssize_t got = read(file, to, length);
        if (got <= 0)
            fail("read", got < 0 ? -errno : -EIO);
        to += got;
        length -= (uint32_t)got;
    }
}

static uint32_t next_length(uint64_t *state, int64_t left)
{
    uint32_t length = next_size(state);
    return length > left ? (uint32_t)left : length;
}

/* Where the next piece starts: the sizes of those that a predecessor published add up to the writer's
 * position. */
static int64_t skip_published(const struct strait_ring_writer *writer, uint64_t *state, int64_t end)
{
    int64_t position = 0;
    uint64_t lane_position = 0;
    while (lane_position < strait_ring_writer_position(writer) && position < end) {
        uint32_t length = next_length(state, end - position);
        lane_position += (COPY_DATA_HEADER + length + STRAIT_MESSAGE_HEADER + 7) & ~7u;
        position += length;
    }
    return position;
}

static void send_file(struct strait_ring_writer *writer, int file, int64_t end)
{
    uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
    int64_t position = skip_published(writer, &state, end);
    if (lseek(file, position, SEEK_SET) < 0)
        fail("lseek", -errno);
    while (position < end) {
        uint32_t length = next_length(&state, end - position);
        unsigned char *payload = claim(writer, COPY_DATA, COPY_DATA_HEADER + length);
        memcpy(payload, &position, sizeof position);
        read_fully(file, payload + COPY_DATA_HEADER, length);
        strait_ring_commit(writer);
        position += length;
    }
}

/* A stamp holds the time at which it was due, not at which we got to it: a late writer does not hide its
 * delay. */
static void send_stamps(struct strait_ring_writer *writer, int count)
{
    int64_t due = copy_now_ns();
    for (int i = 0; i < count; i++) {
        due += 1000000000 / COPY_STAMPS_PER_SECOND;
        while (copy_now_ns() < due) {
        }
        memcpy(claim(writer, COPY_STAMP, COPY_STAMP_BYTES), &due, sizeof due);
        strait_ring_commit(writer);
    }
}

int main(int argc, char **argv)
{
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct stat status;
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: copy_writer RING FILE [STAMPS]\n");
        return 2;
    }
    int file = open(argv[2], O_RDONLY | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0)
        fail(argv[2], -errno);
    int result = strait_ring_open(argv[1], NULL, &ring, NULL);
    if (result < 0)
        fail("strait_ring_open", result);
    result = strait_ring_writer_open(ring, &writer, NULL);
    if (result < 0)
        fail("strait_ring_writer_open", result);
    send_file(writer, file, status.st_size);
    send_stamps(writer, argc == 4 ? atoi(argv[3]) : COPY_WARM_UP_STAMPS + COPY_COUNTED_STAMPS);
    strait_ring_close(ring);
    close(file);
    return 0;
}
