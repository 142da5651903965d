#include "internal/participant.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <unistd.h>

#include "internal/atomic.h"
#include "internal/cpu.h"
#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/futex.h"
#include "internal/kill_point.h"
#include "internal/objects.h"
#include "internal/process.h"

#define RECLAIMER_LOOKS 3
#define REMOVER_LOOKS   1000
#define LOOK_PAUSE_NS   1000000

/* ---- Telling others --------------------------------------------------------------------------------------
 */

void strait_participant_ring(const struct strait_participant *participant, uint32_t slot)
{
    _Atomic uint32_t *doorbell = &participant->slots[slot].doorbell;
    atomic_fetch_add_explicit(doorbell, 2, memory_order_release);
    STRAIT_KILL_POINT(wake_bumped);
    strait_futex_wake_all(doorbell);
    STRAIT_KILL_POINT(wake_done);
}

void strait_participant_ring_all(const struct strait_participant *participant)
{
    /* ORDER: the caller's flag before the look at slots, or one that joins meanwhile is passed over and
     * sleeps. PAIRS WITH the fence in sleep_until. */
    strait_fence();
    for (uint32_t slot = 0; slot < participant->segment->geometry.slot_count; slot++) {
        uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_relaxed);
        if (strait_slot_state(identity) != STRAIT_SLOT_FREE)
            strait_participant_ring(participant, slot);
    }
}

/* The wardens look at the table again. */
static void tell_wardens(const struct strait_participant *participant)
{
    atomic_fetch_add_explicit(participant->membership, 2, memory_order_release);
    strait_futex_wake_all(participant->membership);
}

/* ---- Reclaiming ------------------------------------------------------------------------------------------
 */

/* A lane's or a reader's owner word, NULL behind the last. The number of readers may be anything, and is not
 * believed beyond what there can be. */
static _Atomic uint64_t *owner_word(const struct strait_participant *participant, uint32_t index)
{
    const struct strait_geometry *geometry = &participant->segment->geometry;
    unsigned char *base = participant->segment->fixed.base + geometry->ring.offset;
    uint64_t offset = sizeof(struct strait_ring_control);
    if (geometry->ring.bytes < offset)
        return NULL;
    uint64_t readers = *(volatile uint32_t *)&((struct strait_ring_control *)base)->readers;
    readers = readers < STRAIT_SLOTS ? readers : STRAIT_SLOTS;
    if (index < geometry->lane_count) {
        offset += index * sizeof(struct strait_lane_control) + offsetof(struct strait_lane_control, owner);
    } else if (index < geometry->lane_count + readers) {
        offset += geometry->lane_count * sizeof(struct strait_lane_control) +
                  (index - geometry->lane_count) * sizeof(struct strait_reader_control);
    } else {
        return NULL;
    }
    return offset + sizeof(uint64_t) <= geometry->ring.bytes ? (_Atomic uint64_t *)(base + offset) : NULL;
}

static bool is_held_by(uint64_t owner, uint32_t slot)
{
    return strait_owner_state(owner) == STRAIT_OWNER_LIVE && strait_owner_slot(owner) == slot;
}

/* We hold the slot's lock: whoever a word names there is dead. */
static void disown(const struct strait_participant *participant, uint32_t slot)
{
    _Atomic uint64_t *word;
    for (uint32_t i = 0; (word = owner_word(participant, i)) != NULL; i++) {
        uint64_t owner = atomic_load_explicit(word, memory_order_acquire);
        if (!is_held_by(owner, slot))
            continue;
        uint64_t dead = strait_owner_in_state(owner, STRAIT_OWNER_DEAD);
        /* When this fails somebody has already taken it over, who saw that the lock was free. */
        atomic_compare_exchange_strong_explicit(word, &owner, dead, memory_order_acq_rel,
                                                memory_order_relaxed);
        STRAIT_KILL_POINT(reap_word);
    }
}

/* With the slot's lock held. FREE comes last, so that another repeats it all if we die on the way. */
static void reclaim_locked(const struct strait_participant *participant, uint32_t slot)
{
    _Atomic uint64_t *word = &participant->slots[slot].identity;
    uint64_t identity = atomic_load_explicit(word, memory_order_acquire);
    if (strait_slot_state(identity) == STRAIT_SLOT_FREE)
        return;
    identity &= ~STRAIT_SLOT_STATE_MASK;
    atomic_store_explicit(word, identity | STRAIT_SLOT_DEAD, memory_order_release);
    STRAIT_KILL_POINT(reap_dead);
    disown(participant, slot);
    strait_objects_reap(participant->segment->fixed.base, participant->segment->geometry.sync, slot);
    STRAIT_KILL_POINT(reap_words);
    strait_participant_ring_all(participant);
    STRAIT_KILL_POINT(reap_rung);
    atomic_store_explicit(&participant->slots[slot].beacon, 0, memory_order_relaxed);
    /* ORDER: all of it before FREE. PAIRS WITH whoever finds the slot FREE and does not reclaim. */
    atomic_store_explicit(word, identity | STRAIT_SLOT_DIED | STRAIT_SLOT_FREE, memory_order_release);
    STRAIT_KILL_POINT(reap_free);
    tell_wardens(participant);
    STRAIT_KILL_POINT(reap_told);
}

int strait_participant_reclaim(struct strait_participant *participant, uint32_t slot)
{
    int fd = participant->segment->fd;
    if (slot >= participant->segment->geometry.slot_count || slot == participant->slot)
        return -EINVAL; /* a word that nobody stored named it */
    int result = strait_fd_lock(fd, STRAIT_LOCK_BYTE + slot);
    if (result < 0)
        return result;
    STRAIT_KILL_POINT(reap_lock);
    reclaim_locked(participant, slot);
    strait_fd_unlock(fd, STRAIT_LOCK_BYTE + slot);
    STRAIT_KILL_POINT(reap_unlocked);
    return 0;
}

/* ---- Joining and leaving ---------------------------------------------------------------------------------
 */

static void introduce(struct strait_slot *slot)
{
    slot->pid = (uint32_t)getpid();
    slot->uid = geteuid();
    slot->start_ticks = strait_process_start_ticks();
    slot->joined_ns = (uint64_t)strait_clock_ns(CLOCK_REALTIME);
    strait_process_command(slot->command);
}

/* The slot is ours: we hold its lock, and it is FREE. */
static void occupy(struct strait_participant *participant, uint32_t warden_tid)
{
    struct strait_slot *slot = &participant->slots[participant->slot];
    uint64_t identity = atomic_load_explicit(&slot->identity, memory_order_acquire);
    participant->generation = (strait_slot_generation(identity) + 1) & STRAIT_GENERATION_MASK;
    identity = participant->generation << STRAIT_SLOT_GENERATION_SHIFT | (identity & STRAIT_SLOT_DIED);
    atomic_store_explicit(&slot->identity, identity | STRAIT_SLOT_JOINING, memory_order_release);
    STRAIT_KILL_POINT(join_joining);
    introduce(slot);
    STRAIT_KILL_POINT(join_introduced);
    atomic_store_explicit(&slot->beacon, warden_tid == 0 ? 0 : warden_tid | FUTEX_WAITERS,
                          memory_order_relaxed);
    STRAIT_KILL_POINT(join_beacon);
    strait_beacon_link(&participant->beacon);
    STRAIT_KILL_POINT(join_linked);
    /* ORDER: beacon and introduction before LIVE. PAIRS WITH whoever lists participants. */
    atomic_store_explicit(&slot->identity, identity | STRAIT_SLOT_LIVE, memory_order_release);
    STRAIT_KILL_POINT(join_live);
    tell_wardens(participant);
    STRAIT_KILL_POINT(join_told);
}

/* The first slot that nobody else has locked, or -EUSERS. */
static int lock_slot(const struct strait_segment *segment)
{
    for (uint32_t slot = 0; slot < segment->geometry.slot_count; slot++) {
        int result = strait_fd_lock(segment->fd, STRAIT_LOCK_BYTE + slot);
        if (result != -EAGAIN)
            return result < 0 ? result : (int)slot;
    }
    return -EUSERS;
}

/* Whoever removes an abandoned segment holds all slots for a moment, and whoever reclaims holds one: a full
 * table is looked at again. */
static int lock_slot_patiently(const struct strait_segment *segment)
{
    int result = lock_slot(segment);
    for (int look = 0; result == -EUSERS && look < REMOVER_LOOKS; look++) {
        if (look >= RECLAIMER_LOOKS && strait_fd_lock_bytes(segment->fd, STRAIT_LOCK_BYTE) <= 1)
            break;
        strait_pause_ns(LOOK_PAUSE_NS);
        result = lock_slot(segment);
    }
    return result;
}

static int check_linked(const struct strait_segment *segment, struct strait_failure *failure)
{
    struct stat status;
    if (segment->anonymous || segment->created)
        return 0;
    int result = strait_fd_stat(segment->fd, &status);
    if (result < 0)
        return strait_fail(failure, "fstat", result);
    return status.st_nlink == 0 ? strait_fail(failure, "join", -ESTALE) : 0;
}

int strait_participant_join(struct strait_participant *participant, struct strait_segment *segment,
                            uint32_t warden_tid, struct strait_failure *failure)
{
    const struct strait_geometry *geometry = &segment->geometry;
    const struct strait_section *table = &geometry->participants;
    struct strait_header *header = (struct strait_header *)segment->fixed.base;
    const char *operation;
    *participant =
        (struct strait_participant){.segment = segment,
                                    .slots = (struct strait_slot *)(segment->fixed.base + table->offset),
                                    .membership = &header->membership,
                                    .alone = strait_cpu_usable() == 1};
    STRAIT_KILL_POINT(join_map);
    int slot = lock_slot_patiently(segment);
    if (slot < 0)
        return strait_fail(failure, slot == -EUSERS ? "join" : "fcntl(F_OFD_SETLK)", slot);
    STRAIT_KILL_POINT(join_lock);
    participant->slot = (uint32_t)slot;
    int result = check_linked(segment, failure);
    if (result < 0)
        return result;
    result = strait_beacon_map(&participant->beacon, segment->fd, geometry->page_bytes,
                               table->offset + participant->slot * sizeof(struct strait_slot),
                               table->offset + table->bytes, &operation);
    if (result < 0)
        return strait_fail(failure, operation, result);
    reclaim_locked(participant, participant->slot);
    occupy(participant, warden_tid);
    return 0;
}

bool strait_participant_enter(struct strait_participant *participant)
{
    /* Sequentially consistent, as are the others: strait_participant_shut sees us or we it. */
    atomic_fetch_add(&participant->inside, 1);
    if (!atomic_load(&participant->shut))
        return true;
    strait_participant_exit(participant);
    return false;
}

void strait_participant_exit(struct strait_participant *participant)
{
    atomic_fetch_sub(&participant->inside, 1);
}

void strait_participant_shut(struct strait_participant *participant)
{
    atomic_store(&participant->shut, true);
    while (atomic_load(&participant->inside) != 0) {
        strait_participant_ring(participant, participant->slot);
        strait_pause_ns(20000);
    }
}

void strait_participant_leave(struct strait_participant *participant)
{
    struct strait_slot *slot = &participant->slots[participant->slot];
    const struct strait_section *sync = &participant->segment->geometry.sync;
    uint64_t identity = participant->generation << STRAIT_SLOT_GENERATION_SHIFT;
    if (sync->bytes > 0) {
        strait_objects_reap(participant->segment->fixed.base, *sync, participant->slot);
        strait_participant_ring_all(participant);
        STRAIT_KILL_POINT(leave_objects);
    }
    strait_beacon_unlink(&participant->beacon);
    STRAIT_KILL_POINT(leave_unlinked);
    atomic_store_explicit(&slot->beacon, 0, memory_order_relaxed);
    STRAIT_KILL_POINT(leave_beacon);
    atomic_store_explicit(&slot->identity, identity | STRAIT_SLOT_FREE, memory_order_release);
    STRAIT_KILL_POINT(leave_free);
    strait_participant_ring_all(participant); /* who waits for our end */
    tell_wardens(participant);
    STRAIT_KILL_POINT(leave_told);
    strait_beacon_release(&participant->beacon);
}

/* ---- Owners ----------------------------------------------------------------------------------------------
 */

uint64_t strait_participant_own(const struct strait_participant *participant, uint64_t previous)
{
    uint64_t ours = participant->generation << STRAIT_OWNER_GENERATION_SHIFT |
                    (uint64_t)participant->slot << STRAIT_OWNER_SLOT_SHIFT | STRAIT_OWNER_LIVE;
    return strait_owner_after(ours, previous);
}

enum strait_life strait_participant_life(const struct strait_participant *participant, uint64_t owner)
{
    uint32_t slot = strait_owner_slot(owner);
    uint64_t generation = owner >> STRAIT_OWNER_GENERATION_SHIFT;
    if (slot >= participant->segment->geometry.slot_count)
        return STRAIT_DEAD;
    if (slot == participant->slot)
        return generation == participant->generation ? STRAIT_LIVE : STRAIT_DEAD;
    /* A lock that cannot be asked for counts as held: to be wrong about that costs an error, not a message.
     * The identity comes after it, because another may just be taking over the slot. */
    if (strait_fd_is_locked(participant->segment->fd, STRAIT_LOCK_BYTE + slot) == 0)
        return STRAIT_DEAD;
    uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
    if (strait_slot_generation(identity) != generation)
        return STRAIT_DEAD;
    uint32_t beacon = atomic_load_explicit(&participant->slots[slot].beacon, memory_order_relaxed);
    bool is_dying = (beacon & FUTEX_OWNER_DIED) != 0 || strait_slot_state(identity) == STRAIT_SLOT_DEAD;
    return is_dying ? STRAIT_DYING : STRAIT_LIVE;
}

uint32_t strait_participant_pid(const struct strait_participant *participant, uint64_t owner)
{
    uint32_t slot = strait_owner_slot(owner);
    return slot < participant->segment->geometry.slot_count ? participant->slots[slot].pid : 0;
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

static uint32_t life_to_state(enum strait_life life)
{
    static const uint32_t states[] = {[STRAIT_LIVE] = STRAIT_PARTICIPANT_LIVE,
                                      [STRAIT_DYING] = STRAIT_PARTICIPANT_DYING,
                                      [STRAIT_DEAD] = STRAIT_PARTICIPANT_DEAD};
    return states[life];
}

/* Who uses the slot, or was the last to. */
static void read_slot(const struct strait_participant *participant, uint32_t slot,
                      struct strait_participant_info *info)
{
    const struct strait_slot *from = &participant->slots[slot];
    *info = (struct strait_participant_info){.slot = slot,
                                             .pid = from->pid,
                                             .uid = from->uid,
                                             .is_self = slot == participant->slot,
                                             .start_ticks = from->start_ticks,
                                             .joined_ns = from->joined_ns};
    memcpy(info->command, from->command, STRAIT_COMMAND_BYTES);
}

static uint32_t roles_of(const struct strait_participant *participant, uint32_t slot)
{
    uint32_t roles = 0;
    _Atomic uint64_t *word;
    for (uint32_t i = 0; (word = owner_word(participant, i)) != NULL; i++) {
        uint64_t owner = atomic_load_explicit(word, memory_order_acquire);
        bool is_lane = i < participant->segment->geometry.lane_count;
        if (is_held_by(owner, slot))
            roles |= is_lane ? STRAIT_PARTICIPANT_WRITER : STRAIT_PARTICIPANT_READER;
    }
    return roles;
}

bool strait_participant_describe(const struct strait_participant *participant, uint32_t slot,
                                 struct strait_participant_info *info)
{
    uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
    if (strait_slot_state(identity) == STRAIT_SLOT_FREE)
        return false;
    read_slot(participant, slot, info);
    info->generation = strait_slot_generation(identity);
    uint64_t owner = info->generation << STRAIT_OWNER_GENERATION_SHIFT | slot << STRAIT_OWNER_SLOT_SHIFT;
    info->state = life_to_state(strait_participant_life(participant, owner));
    info->roles = roles_of(participant, slot);
    return true;
}

/* The slot may have been used by another since; then its words are not this owner's. */
bool strait_participant_describe_owner(const struct strait_participant *participant, uint64_t owner,
                                       struct strait_participant_info *info)
{
    uint32_t slot = strait_owner_slot(owner);
    uint64_t generation = owner >> STRAIT_OWNER_GENERATION_SHIFT;
    if (strait_owner_state(owner) == STRAIT_OWNER_FREE || slot >= participant->segment->geometry.slot_count)
        return false;
    read_slot(participant, slot, info);
    info->roles = roles_of(participant, slot);
    uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
    if (strait_slot_generation(identity) != generation)
        *info = (struct strait_participant_info){.slot = slot};
    info->generation = generation;
    if (strait_owner_state(owner) == STRAIT_OWNER_LIVE)
        info->state = life_to_state(strait_participant_life(participant, owner));
    else
        info->state = strait_owner_state(owner) == STRAIT_OWNER_ENDED ? STRAIT_PARTICIPANT_ENDED
                                                                      : STRAIT_PARTICIPANT_DEAD;
    return true;
}
