/*
 * The beacon: how a participant's death is heard at once.
 *
 * A thread may register a list of futex words with the kernel (set_robust_list(2)). When it ends, by whatever
 * signal or call, the kernel walks the list, and in each word that holds the thread's id it sets
 * FUTEX_OWNER_DIED and wakes one sleeper, from another PID namespace too. One thread of this process, the
 * warden, has such a list, with a node for each segment; the word is in the participant's slot.
 *
 * The kernel finds the word at a constant distance behind the node. So the node lies in private memory, that
 * far below a second mapping of the table of participants: what a peer scribbles over the segment, or what we
 * lay over it when we close, silences no other segment's beacon.
 *
 *     mapping.base                                + lead
 *       | private pages, with the node              | the file from its start, with the table
 *       |            node <-- STRAIT_PARTICIPANTS_END --> beacon word
 *
 * The beacon is an alarm and proves nothing: other threads of the process may still run when it is set. The
 * kernel silently ends its walk after 2,048 nodes: later participants are missed only by their locks, within
 * about a second.
 */
#ifndef STRAIT_INTERNAL_BEACON_H
#define STRAIT_INTERNAL_BEACON_H

#include <stdint.h>

#include "internal/layout.h"
#include "internal/mapping.h"

struct strait_beacon_node;

struct strait_beacon {
    struct strait_mapping mapping;
    struct strait_beacon_node *node;
};

/* Registers the calling thread's list. A kernel or sandbox that refuses leaves everybody without beacons. */
void strait_beacon_register(void);

/* Makes room for the beacon of the slot at `slot_offset` of the file, whose table ends at `table_end`. 0, or
 * a negated errno of the call that *operation names. */
int strait_beacon_map(struct strait_beacon *beacon, int fd, uint32_t page_bytes, uint64_t slot_offset,
                      uint64_t table_end, const char **operation);

/* Puts it into the list of the registered thread, or takes it out. One call at a time in a process. */
void strait_beacon_link(struct strait_beacon *beacon);
void strait_beacon_unlink(struct strait_beacon *beacon);

/* Gives the room back. */
void strait_beacon_release(struct strait_beacon *beacon);

/* Forgets the whole list, which belongs to the process that this one was forked from. */
void strait_beacon_forget_all(void);

#endif
