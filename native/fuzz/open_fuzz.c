/* Opening a file that may hold anything and be of any length. */
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* Reads both ends of what the attachment says it has. */
static void look_at(const struct strait_segment *segment)
{
    const volatile uint8_t *user = strait_segment_user(segment);
    uint64_t bytes = strait_segment_user_bytes(segment);
    fuzz_must((user == NULL) == (bytes == 0) && bytes <= STRAIT_USER_BYTES_MAX);
    if (bytes > 0)
        (void)(user[0] + user[bytes - 1]);
    strait_segment_epoch(segment);
    fuzz_list(segment);
}

static void use(struct strait_ring *ring)
{
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    void *payload;
    uint64_t bytes = strait_ring_capacity(ring);
    fuzz_must(bytes >= STRAIT_LANE_BYTES_MIN && bytes <= STRAIT_LANE_BYTES_MAX);
    look_at(strait_ring_segment(ring));
    if (strait_ring_writer_open(ring, &writer, NULL) == 0 && strait_ring_claim(writer, 1, 8, &payload) == 0) {
        memset(payload, 1, 8);
        strait_ring_commit(writer);
    }
    if (strait_ring_reader_open(ring, &reader, NULL) == 0)
        strait_ring_skip(reader);
}

static uint64_t file_bytes(struct fuzz_input *input)
{
    uint64_t kind = fuzz_take(input, 1);
    if (kind < 128)
        return fuzz_image_bytes();
    if (kind < 192)
        return fuzz_take(input, 4) % (2 * fuzz_image_bytes());
    return (UINT64_C(1) << kind % 44) + fuzz_image_bytes(); /* with a hole */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    bool is_raw = fuzz_take(&input, 1) >= 224;
    fuzz_peer_open(&peer, file_bytes(&input));
    if (is_raw && input.left > 0 && peer.bytes > 0)
        memcpy(peer.memory, input.at, input.left < peer.bytes ? input.left : peer.bytes);
    else
        fuzz_peer_write(&peer, &input, UINT32_MAX);
    struct strait_ring *ring = fuzz_open_ring(&peer);
    struct strait_segment *segment = fuzz_open_segment(&peer);
    if (ring != NULL)
        use(ring);
    if (segment != NULL)
        look_at(segment);
    strait_segment_close(segment);
    strait_ring_close(ring);
    fuzz_peer_close(&peer);
    return 0;
}
