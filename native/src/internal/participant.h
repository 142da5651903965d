/*
 * A participant: one attachment of one process to one segment. It holds a slot of the segment's table, the
 * lock on the slot's byte of the file, a beacon, and a doorbell on which its threads sleep.
 *
 * The lock is the truth about its life. It is taken on the very description that is mapped, and the kernel
 * drops it after the process's last thread has left its address space; so when the lock is free, nobody
 * writes there any more. The beacon tells of a death earlier, and proves nothing: between the two the
 * participant is DYING. The slot's words may be anything in a segment that a hostile peer maps.
 *
 * What a dead participant leaves behind is reclaimed by anyone who notices, with the slot's lock held: DEAD
 * into the slot, DEAD into every word that names it as owner, everybody's doorbell, FREE into the slot. The
 * reclaimer may die as well; each step can be done again. native/model/death.pml checks it.
 *
 * Locks on one description do not exclude each other. So of one process only one thread at a time joins,
 * leaves or reclaims: the warden's mutex sees to it.
 */
#ifndef STRAIT_INTERNAL_PARTICIPANT_H
#define STRAIT_INTERNAL_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "internal/beacon.h"
#include "internal/owner.h"
#include "internal/segment.h"
#include "strait/participant.h"

/* Handles that go with one attachment: a ring's writer and its reader. */
#define STRAIT_HANDLES 2

struct strait_participant {
    struct strait_segment *segment;
    struct strait_slot *slots;
    _Atomic uint32_t *membership;
    uint32_t slot;
    uint64_t generation;
    _Atomic bool shut;       /* or in a forked child, where the segment is not mapped */
    _Atomic unsigned inside; /* who waits for several things, some of them here */
    bool alone;              /* this process had one usable processor when it joined: it spins for nobody */
    struct strait_beacon beacon;
    _Atomic bool *closed[STRAIT_HANDLES]; /* what says that a handle is closed; NULL for none */
    struct strait_participant *next;      /* from here on the warden's: of all in this process */
    uint32_t membership_seen;
    uint64_t present; /* slots of others that were not FREE when it last looked */
};

enum strait_life {
    STRAIT_LIVE,
    STRAIT_DYING, /* its beacon says so, or it is being reclaimed */
    STRAIT_DEAD,
};

/*
 * Takes a free slot, or a dead participant's after reclaiming it. `warden_tid` is what its beacon holds.
 * -EUSERS when there is none, -ESTALE when the segment's name was removed before.
 */
int strait_participant_join(struct strait_participant *participant, struct strait_segment *segment,
                            uint32_t warden_tid, struct strait_failure *failure);

/* Gives the slot back; the lock goes when the segment is shut. */
void strait_participant_leave(struct strait_participant *participant);

/* Around waiting for things in the segment beside others: strait_participant_shut waits until we are out.
 * Enter says false when that has begun. */
bool strait_participant_enter(struct strait_participant *participant);
void strait_participant_exit(struct strait_participant *participant);

static inline bool strait_participant_is_shut(const struct strait_participant *participant)
{
    return atomic_load_explicit(&participant->shut, memory_order_relaxed);
}

/* Ends those waits: before the participant leaves. */
void strait_participant_shut(struct strait_participant *participant);

/* Reclaims a slot of another participant. 0 when that was dead or gone, -EAGAIN while its lock is held. */
int strait_participant_reclaim(struct strait_participant *participant, uint32_t slot);

/* The owner word of something that this participant takes from whoever `previous` names. */
uint64_t strait_participant_own(const struct strait_participant *participant, uint64_t previous);

/* How the participant that an owner word names is; this one included. */
enum strait_life strait_participant_life(const struct strait_participant *participant, uint64_t owner);

/* The process id that it left in its slot. */
uint32_t strait_participant_pid(const struct strait_participant *participant, uint64_t owner);

/* Fills `info` with who uses a slot; false when it is FREE. */
bool strait_participant_describe(const struct strait_participant *participant, uint32_t slot,
                                 struct strait_participant_info *info);

/* The same for the participant that an owner word names; false when it names none. */
bool strait_participant_describe_owner(const struct strait_participant *participant, uint64_t owner,
                                       struct strait_participant_info *info);

/* Rings one participant's doorbell, or everyone's, whether or not they sleep. */
void strait_participant_ring(const struct strait_participant *participant, uint32_t slot);
void strait_participant_ring_all(const struct strait_participant *participant);

static inline enum strait_slot_state strait_slot_state(uint64_t identity)
{
    return (enum strait_slot_state)(identity & STRAIT_SLOT_STATE_MASK);
}

static inline uint64_t strait_slot_generation(uint64_t identity)
{
    return identity >> STRAIT_SLOT_GENERATION_SHIFT & STRAIT_GENERATION_MASK;
}

#endif
