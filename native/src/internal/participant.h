/*
 * A participant: one attachment of one process to one segment. It holds a slot of the segment's table, the
 * lock on the slot's byte of the file, and a doorbell on which its threads sleep.
 *
 * The lock is the truth about its life. It is taken on the very description that is mapped, and the kernel
 * drops it after the process's last thread has left its address space; so when the lock is free, nobody
 * writes there any more. The slot's words tell the rest, and may be anything in a segment that a hostile peer
 * maps.
 */
#ifndef STRAIT_INTERNAL_PARTICIPANT_H
#define STRAIT_INTERNAL_PARTICIPANT_H

#include <stdbool.h>
#include <stdint.h>

#include "internal/segment.h"

struct strait_participant {
    struct strait_segment *segment;
    struct strait_slot *slots;
    uint32_t slot;
    uint64_t generation;
    bool alone; /* this process had one usable processor when it joined: it spins for nobody */
};

/* Takes a free slot. -EUSERS when there is none. One join at a time for each segment attachment: locks on one
 * description do not exclude each other. */
int strait_participant_join(struct strait_participant *participant, struct strait_segment *segment,
                            struct strait_failure *failure);

/* Gives the slot back; the lock goes when the segment is shut. */
void strait_participant_leave(struct strait_participant *participant);

/* The owner word of something that this participant takes from whoever `previous` names. */
uint64_t strait_participant_own(const struct strait_participant *participant, uint64_t previous);

/* Whether the participant that an owner word names is alive, this one included. */
bool strait_participant_is_alive(const struct strait_participant *participant, uint64_t owner);

/* The process id that it left in its slot. */
uint32_t strait_participant_pid(const struct strait_participant *participant, uint64_t owner);

static inline enum strait_owner_state strait_owner_state(uint64_t owner)
{
    return (enum strait_owner_state)(owner & STRAIT_OWNER_STATE_MASK);
}

/* The same owner in another state. */
static inline uint64_t strait_owner_in_state(uint64_t owner, enum strait_owner_state state)
{
    return (owner & ~STRAIT_OWNER_STATE_MASK) | (uint64_t)state;
}

#endif
