/* Writing, reading and waiting in a ring whose words and bytes may be anything, and change between two calls.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

struct ends {
    const struct fuzz_peer *peer;
    struct fuzz_input *input;
    struct strait_ring *ring;
    struct strait_ring_writer *writer; /* NULL when not open */
    struct strait_ring_reader *reader;
    uint64_t capacity;
};

static uint64_t sum; /* so that no look is left out */

/* Reads all of it, and lets the peer write meanwhile. */
static int take_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct ends *ends = context;
    const uint8_t *bytes = payload;
    fuzz_must(length <= ends->capacity - STRAIT_MESSAGE_HEADER && (uintptr_t)payload % 8 == 0);
    for (uint32_t i = 0; i < length; i++)
        sum += bytes[i];
    fuzz_peer_write(ends->peer, ends->input, 1);
    return type % 7 == 0 ? -EIO : type % 5 == 0;
}

static uint32_t any_length(struct ends *ends)
{
    uint64_t length = fuzz_take(ends->input, 3);
    return (uint32_t)(length % 4 == 0 ? length : length % ends->capacity / 8);
}

static void check_open(int result)
{
    fuzz_must(result == 0 || result == -EBUSY || result == -EUCLEAN);
}

static void check_wait(int result)
{
    fuzz_must(result == STRAIT_READY || result == STRAIT_TIMED_OUT || result == STRAIT_END ||
              result == STRAIT_PEER_DIED || result == -EUCLEAN || result == -EINVAL);
}

static void claim(struct ends *ends, bool more)
{
    void *payload = NULL;
    uint32_t length = any_length(ends);
    int result = more ? strait_ring_claim_more(ends->writer, 1, length, &payload)
                      : strait_ring_claim(ends->writer, 1, length, &payload);
    fuzz_must(result == 0 || result == STRAIT_FULL || result == -EUCLEAN || result == -EINVAL ||
              result == -EBUSY);
    if (result == 0)
        memset(payload, (int)length, length);
}

static void write_something(struct ends *ends, uint64_t choice)
{
    uint8_t bytes[64] = "payload";
    if (ends->writer == NULL)
        check_open(strait_ring_writer_open(ends->ring, &ends->writer, NULL));
    if (ends->writer == NULL)
        return;
    switch (choice % 8) {
    case 0:
        claim(ends, false);
        break;
    case 1:
    case 2:
        claim(ends, true);
        break;
    case 3:
        strait_ring_commit(ends->writer);
        break;
    case 4:
        strait_ring_abort(ends->writer);
        break;
    case 5:
        strait_ring_offer(ends->writer, 2, bytes, (uint32_t)fuzz_take(ends->input, 1) % sizeof bytes);
        break;
    case 6:
        check_wait(strait_ring_await_space(ends->writer, any_length(ends), 0, 0));
        break;
    default:
        strait_ring_writer_close(ends->writer);
        ends->writer = NULL;
    }
}

static void read_something(struct ends *ends, uint64_t choice)
{
    if (ends->reader == NULL)
        check_open(strait_ring_reader_open(ends->ring, &ends->reader, NULL));
    if (ends->reader == NULL)
        return;
    int result = 0;
    switch (choice % 8) {
    case 0:
    case 1:
    case 2:
        result = strait_ring_poll(ends->reader, take_message, ends, 1 + (int)fuzz_take(ends->input, 1));
        fuzz_must(result >= 0 || result == -EIO || result == -EUCLEAN || result == STRAIT_END ||
                  result == STRAIT_PEER_DIED);
        break;
    case 3:
        strait_ring_skip(ends->reader);
        break;
    case 4:
    case 5:
        check_wait(strait_ring_await_data(ends->reader, 0, 0));
        break;
    default:
        strait_ring_reader_close(ends->reader);
        ends->reader = NULL;
    }
}

static void look(struct ends *ends)
{
    struct strait_participant_info info;
    if (ends->writer != NULL) {
        fuzz_must(strait_ring_writer_free(ends->writer) <= ends->capacity);
        strait_ring_writer_peer(ends->writer, &info);
    }
    if (ends->reader != NULL) {
        fuzz_must(strait_ring_reader_available(ends->reader) <= ends->capacity);
        strait_ring_reader_peer(ends->reader, &info);
    }
}

static void discard(struct ends *ends)
{
    int result = strait_ring_discard_unread(ends->ring, NULL);
    check_open(result);
}

static void step(struct ends *ends)
{
    uint64_t choice = fuzz_take(ends->input, 1);
    switch (choice >> 3 & 7) {
    case 0:
    case 1:
        write_something(ends, choice);
        break;
    case 2:
    case 3:
        read_something(ends, choice);
        break;
    case 4:
        look(ends);
        break;
    case 5:
        discard(ends);
        break;
    default:
        fuzz_peer_write(ends->peer, ends->input, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    fuzz_peer_open(&peer, fuzz_image_bytes());
    if (fuzz_take(&input, 1) % 2 != 0)
        peer.memory[STRAIT_PAGE + STRAIT_SLOTS * sizeof(struct strait_slot) + 4] = STRAIT_RING_RELEASE;
    fuzz_peer_lock(&peer, fuzz_take(&input, 1) & 0xfe);
    struct ends ends = {.peer = &peer, .input = &input, .ring = fuzz_open_ring(&peer)};
    if (ends.ring != NULL) {
        ends.capacity = strait_ring_capacity(ends.ring);
        for (int i = 0; i < 64 && input.left > 0; i++)
            step(&ends);
    }
    strait_ring_close(ends.ring);
    fuzz_peer_close(&peer);
    return 0;
}
