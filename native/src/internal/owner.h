/* Owner words: the parts of one, and the same owner in another state. */
#ifndef STRAIT_INTERNAL_OWNER_H
#define STRAIT_INTERNAL_OWNER_H

#include <stdbool.h>

#include "internal/layout.h"

static inline uint32_t strait_owner_slot(uint64_t owner)
{
    return (uint32_t)(owner >> STRAIT_OWNER_SLOT_SHIFT) & (STRAIT_SLOTS - 1);
}

static inline enum strait_owner_state strait_owner_state(uint64_t owner)
{
    return (enum strait_owner_state)(owner & STRAIT_OWNER_STATE_MASK);
}

/* The same owner in another state. */
static inline uint64_t strait_owner_in_state(uint64_t owner, enum strait_owner_state state)
{
    return (owner & ~STRAIT_OWNER_STATE_MASK) | (uint64_t)state;
}

/* The word of someone, given by any that was his, who takes over from `previous`: that with the next turn. */
static inline uint64_t strait_owner_after(uint64_t someone, uint64_t previous)
{
    const uint64_t turn_mask =
        (UINT64_C(1) << STRAIT_OWNER_GENERATION_SHIFT) - (UINT64_C(1) << STRAIT_OWNER_TURN_SHIFT);
    return (someone & ~turn_mask) | ((previous + (UINT64_C(1) << STRAIT_OWNER_TURN_SHIFT)) & turn_mask);
}

/* Whether somebody has what the word stands for; who that is may be dead. */
static inline bool strait_owner_is_held(uint64_t owner)
{
    enum strait_owner_state state = strait_owner_state(owner);
    return state == STRAIT_OWNER_LIVE || state == STRAIT_OWNER_REPAIRING;
}

#endif
