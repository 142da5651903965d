/* Joining, and listing who is there, over a table and control words that may hold anything. */
#include "fuzz.h"

static void look_at_peers(struct strait_ring *ring)
{
    struct strait_participant_info info;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    fuzz_list(strait_ring_segment(ring));
    if (strait_ring_writer_open(ring, &writer, NULL) == 0)
        strait_ring_writer_peer(writer, &info);
    if (strait_ring_reader_open(ring, &reader, NULL) == 0)
        strait_ring_reader_peer(reader, &info);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    struct strait_ring *rings[3];
    fuzz_peer_open(&peer, fuzz_image_bytes());
    /* All of them would be a table that is full, which is looked at again for a while. */
    uint64_t locked =
        fuzz_take(&input, 8) & fuzz_take(&input, 8) & ~(UINT64_C(7) << fuzz_take(&input, 1) % 62);
    fuzz_peer_lock(&peer, locked);
    fuzz_peer_write(&peer, &input, 12);
    for (size_t i = 0; i < 3; i++) {
        rings[i] = fuzz_open_ring(&peer);
        if (rings[i] != NULL)
            look_at_peers(rings[i]);
        fuzz_peer_write(&peer, &input, 8);
    }
    for (size_t i = 0; i < 3; i++) {
        if (rings[i] != NULL)
            fuzz_list(strait_ring_segment(rings[i]));
        strait_ring_close(rings[i]);
    }
    fuzz_peer_close(&peer);
    return 0;
}
