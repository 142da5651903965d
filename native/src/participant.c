#include "internal/participant.h"

#include <errno.h>
#include <unistd.h>

#include "internal/cpu.h"
#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/process.h"

static void introduce(struct strait_slot *slot)
{
    slot->pid = (uint32_t)getpid();
    slot->uid = geteuid();
    slot->start_ticks = strait_process_start_ticks();
    slot->joined_ns = (uint64_t)strait_clock_ns(CLOCK_REALTIME);
    strait_process_command(slot->command);
}

/* The slot is ours: we hold its lock. What a dead predecessor held still names the old generation. */
static void occupy(struct strait_participant *participant)
{
    struct strait_slot *slot = &participant->slots[participant->slot];
    uint64_t identity = atomic_load_explicit(&slot->identity, memory_order_acquire);
    participant->generation = ((identity >> STRAIT_SLOT_GENERATION_SHIFT) + 1) & STRAIT_GENERATION_MASK;
    identity = participant->generation << STRAIT_SLOT_GENERATION_SHIFT;
    atomic_store_explicit(&slot->identity, identity | STRAIT_SLOT_JOINING, memory_order_release);
    introduce(slot);
    /* ORDER: the introduction before LIVE. PAIRS WITH whoever lists participants. */
    atomic_store_explicit(&slot->identity, identity | STRAIT_SLOT_LIVE, memory_order_release);
}

int strait_participant_join(struct strait_participant *participant, struct strait_segment *segment,
                            struct strait_failure *failure)
{
    *participant = (struct strait_participant){
        .segment = segment,
        .slots = (struct strait_slot *)(segment->fixed.base + segment->geometry.participants.offset),
        .alone = strait_cpu_usable() == 1};
    for (uint32_t slot = 0; slot < segment->geometry.slot_count; slot++) {
        int result = strait_fd_lock(segment->fd, STRAIT_LOCK_BYTE + slot);
        if (result == -EAGAIN)
            continue;
        if (result < 0)
            return strait_fail(failure, "fcntl(F_OFD_SETLK)", result);
        participant->slot = slot;
        occupy(participant);
        return 0;
    }
    return strait_fail(failure, "join", -EUSERS);
}

void strait_participant_leave(struct strait_participant *participant)
{
    uint64_t identity = participant->generation << STRAIT_SLOT_GENERATION_SHIFT;
    atomic_store_explicit(&participant->slots[participant->slot].identity, identity | STRAIT_SLOT_FREE,
                          memory_order_release);
}

static uint32_t slot_of(uint64_t owner)
{
    return (uint32_t)(owner >> STRAIT_OWNER_SLOT_SHIFT) & (STRAIT_SLOTS - 1);
}

uint64_t strait_participant_own(const struct strait_participant *participant, uint64_t previous)
{
    const uint64_t turn_mask = (UINT64_C(1) << (STRAIT_OWNER_GENERATION_SHIFT - STRAIT_OWNER_TURN_SHIFT)) - 1;
    uint64_t turn = ((previous >> STRAIT_OWNER_TURN_SHIFT) + 1) & turn_mask;
    return participant->generation << STRAIT_OWNER_GENERATION_SHIFT | turn << STRAIT_OWNER_TURN_SHIFT |
           (uint64_t)participant->slot << STRAIT_OWNER_SLOT_SHIFT | STRAIT_OWNER_LIVE;
}

bool strait_participant_is_alive(const struct strait_participant *participant, uint64_t owner)
{
    uint32_t slot = slot_of(owner);
    uint64_t generation = owner >> STRAIT_OWNER_GENERATION_SHIFT;
    if (slot >= participant->segment->geometry.slot_count)
        return false;
    if (slot == participant->slot)
        return generation == participant->generation;
    /* A lock that cannot be asked for counts as held: to be wrong about that costs an error, not a message.
     * The identity comes after it, because another may just be taking over the slot. */
    if (strait_fd_is_locked(participant->segment->fd, STRAIT_LOCK_BYTE + slot) == 0)
        return false;
    uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
    return (identity >> STRAIT_SLOT_GENERATION_SHIFT & STRAIT_GENERATION_MASK) == generation;
}

uint32_t strait_participant_pid(const struct strait_participant *participant, uint64_t owner)
{
    uint32_t slot = slot_of(owner);
    return slot < participant->segment->geometry.slot_count ? participant->slots[slot].pid : 0;
}
