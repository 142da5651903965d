/*
 * The warden: one thread of this process that hears of the death of peers in all its segments, and reclaims
 * what they left behind. It runs while anything is attached.
 *
 * It sleeps on the membership words of its segments and on its peers' beacons. When a beacon says that its
 * owner died, the kernel has woken one warden; that one wakes the others. All then wait for the lock to go,
 * and whoever gets it reclaims. It never sleeps longer than a second, and then looks at the locks themselves:
 * the kernel's one wake-up is lost when its receiver is killed at the same time, and a beacon may have been
 * overwritten. Where futex_waitv(2) is missing (before Linux 5.16), or there are more words than it takes, it
 * looks at the beacons every 25 ms instead. So it does for the rest of a second in which it was woken 500
 * times: a peer may change the words without end.
 *
 * While nobody dies this costs one look a second.
 */
#ifndef STRAIT_INTERNAL_WARDEN_H
#define STRAIT_INTERNAL_WARDEN_H

#include "internal/participant.h"

/* Counts forks from now on. To be called before a segment is opened that is to be admitted. */
void strait_warden_watch_forks(void);

/* Another number in a forked child than in its parent, once forks are counted. */
extern _Atomic uint64_t strait_warden_lineage;

/* Joins: `participant`, which must stay where it is, takes part in `segment` and is watched over from now on.
 * Errors of strait_participant_join, -ESTALE also when this process forked since it opened the file, and
 * -EAGAIN when there is no room for a thread. */
int strait_warden_admit(struct strait_participant *participant, struct strait_segment *segment,
                        struct strait_failure *failure);

/* Leaves. The warden looks at the segment no more. */
void strait_warden_dismiss(struct strait_participant *participant);

/* strait_participant_reclaim, not at the same time as any other. */
int strait_warden_reclaim(struct strait_participant *participant, uint32_t slot);

#endif
