/* Reclaiming slots, and taking over roles, that the dead left in any state; some slots are those of the
 * living. */
#include <errno.h>

#include "fuzz.h"
#include "internal/ring.h"
#include "internal/warden.h"

static bool names(uint64_t owner, uint32_t slot)
{
    return strait_owner_state(owner) == STRAIT_OWNER_LIVE && strait_owner_slot(owner) == slot;
}

/* Afterwards nothing says that a dead one has it. */
static void reclaim(struct strait_ring *ring, uint32_t slot, bool is_locked)
{
    int result = strait_warden_reclaim(ring->participant, slot);
    fuzz_must(result == (is_locked ? -EAGAIN : 0));
    if (is_locked)
        return;
    uint64_t identity = atomic_load(&ring->participant->slots[slot].identity);
    fuzz_must(strait_slot_state(identity) == STRAIT_SLOT_FREE);
}

static void expect_disowned(const struct strait_ring *ring, uint32_t slot)
{
    fuzz_must(!names(atomic_load(&ring->lane->owner), slot));
    fuzz_must(!names(atomic_load(&ring->reading->owner), slot));
}

static void reclaim_all(struct strait_ring *ring, uint64_t locked)
{
    for (uint32_t slot = 0; slot < ring->segment->geometry.slot_count; slot++) {
        bool is_locked = (locked >> slot & 1) != 0;
        uint64_t identity = atomic_load(&ring->participant->slots[slot].identity);
        if (slot == ring->participant->slot)
            continue;
        reclaim(ring, slot, is_locked);
        if (!is_locked && strait_slot_state(identity) != STRAIT_SLOT_FREE)
            expect_disowned(ring, slot);
    }
}

static void take_roles(struct strait_ring *ring)
{
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    int result = strait_ring_writer_open(ring, &writer, NULL);
    fuzz_must(result == 0 || result == -EBUSY || result == -EUCLEAN);
    if (result == 0)
        strait_ring_offer(writer, 1, "payload", 7);
    result = strait_ring_reader_open(ring, &reader, NULL);
    fuzz_must(result == 0 || result == -EBUSY || result == -EUCLEAN);
    if (result == 0)
        strait_ring_skip(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    fuzz_peer_open(&peer, fuzz_image_bytes());
    if (fuzz_take(&input, 1) % 2 != 0)
        peer.memory[STRAIT_PAGE + STRAIT_SLOTS * sizeof(struct strait_slot) + 4] = STRAIT_RING_RELEASE;
    uint64_t locked = fuzz_take(&input, 2) & 0x7f7e;
    fuzz_peer_lock(&peer, locked);
    fuzz_peer_write(&peer, &input, 24);
    uint64_t before = atomic_load(&fuzz_peer_slots(&peer)[0].identity);
    struct strait_ring *ring = fuzz_open_ring(&peer);
    if (ring != NULL) {
        bool has_table = ring->segment->geometry.participants.offset == STRAIT_PAGE;
        if (has_table && ring->participant->slot == 0 && strait_slot_state(before) != STRAIT_SLOT_FREE)
            expect_disowned(ring, 0); /* who joins has reclaimed its own slot first */
        if (fuzz_take(&input, 1) % 2 == 0)
            reclaim_all(ring, locked);
        take_roles(ring);
        fuzz_list(strait_ring_segment(ring));
    }
    strait_ring_close(ring);
    fuzz_peer_close(&peer);
    return 0;
}
