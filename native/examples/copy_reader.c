/* The reading end of the demo: copy_reader RING COPY LATENCIES. Writes every piece straight from the ring to
 * its place in the copy, and the latency of every stamp to a file of int64; prints how many pieces and bytes
 * came, and in how many nanoseconds. Goes on where another reader was killed, and waits for another writer
 * when its own is. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"
#include "strait/strait.h"

struct copy {
    int file;
    int64_t pieces;
    int64_t bytes;
    int64_t first_piece_ns;
    int64_t last_piece_ns;
    int stamps;
    int64_t latencies_ns[COPY_COUNTED_STAMPS];
};

static _Noreturn void fail(const char *what, int result)
{
    const char *outcome = strait_outcome_name(result);
    fprintf(stderr, "copy_reader: %s: %s\n", what, outcome != NULL ? outcome : strait_errno_text(result));
    exit(1);
}

static int on_piece(struct copy *copy, const unsigned char *payload, uint32_t length)
{
    int64_t position;
    memcpy(&position, payload, sizeof position);
    if (copy->pieces == 0)
        copy->first_piece_ns = copy_now_ns();
    for (uint32_t done = COPY_DATA_HEADER; done < length;) {
        ssize_t put = pwrite(copy->file, payload + done, length - done, position + done - COPY_DATA_HEADER);
        if (put < 0)
            return -errno;
        done += (uint32_t)put;
    }
    copy->pieces++;
    copy->bytes += length - COPY_DATA_HEADER;
    copy->last_piece_ns = copy_now_ns();
    return 0;
}

static int on_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct copy *copy = context;
    int64_t due;
    if (type != COPY_STAMP)
        return on_piece(copy, payload, length);
    memcpy(&due, payload, sizeof due);
    int index = copy->stamps++ - COPY_WARM_UP_STAMPS;
    if (index >= 0)
        copy->latencies_ns[index] = copy_now_ns() - due;
    return 0;
}

static void report(const struct copy *copy, const char *path)
{
    size_t count = copy->stamps > COPY_WARM_UP_STAMPS ? (size_t)(copy->stamps - COPY_WARM_UP_STAMPS) : 0;
    FILE *latencies = fopen(path, "we");
    if (latencies == NULL || fwrite(copy->latencies_ns, sizeof(int64_t), count, latencies) != count ||
        fclose(latencies) != 0)
        fail(path, -errno);
    printf("%" PRId64 " %" PRId64 " %" PRId64 "\n", copy->pieces, copy->bytes,
           copy->last_piece_ns - copy->first_piece_ns);
}

int main(int argc, char **argv)
{
    static struct copy copy;
    struct strait_ring *ring;
    struct strait_ring_reader *reader;
    if (argc != 4) {
        fprintf(stderr, "usage: copy_reader RING COPY LATENCIES\n");
        return 2;
    }
    copy.file = open(argv[2], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (copy.file < 0)
        fail(argv[2], -errno);
    int result = strait_ring_open(argv[1], NULL, &ring, NULL);
    if (result < 0)
        fail("strait_ring_open", result);
    result = strait_ring_reader_open(ring, &reader, NULL);
    while (result >= 0 || result == STRAIT_PEER_DIED) {
        result = strait_ring_poll(reader, on_message, &copy, 256);
        if (result == STRAIT_EMPTY)
            result = strait_ring_await_data(reader, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    }
    if (result != STRAIT_END)
        fail("poll", result);
    strait_ring_close(ring);
    close(copy.file);
    report(&copy, argv[3]);
    return 0;
}
