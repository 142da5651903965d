/*
 * Who is attached to a segment.
 *
 * A participant is one attachment of one process. The kernel says whether it lives: it holds a lock that goes
 * when its process is gone, whatever ended it. A stopped process (SIGSTOP) lives. Process id, start time and
 * command are what the participant wrote about itself: for people to read, nothing decides by them.
 */
#ifndef STRAIT_PARTICIPANT_H
#define STRAIT_PARTICIPANT_H

#include <stdint.h>

#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_PARTICIPANTS_MAX 64 /* attachments to one segment at a time */

enum strait_participant_state {
    STRAIT_PARTICIPANT_LIVE = 1,  /* running, sleeping or stopped */
    STRAIT_PARTICIPANT_DYING = 2, /* the kernel has begun to end its process, which may still store */
    STRAIT_PARTICIPANT_DEAD = 3,  /* its process is gone without having left */
    STRAIT_PARTICIPANT_ENDED = 4, /* it gave up the role in order; only what a peer call answers */
};

enum strait_participant_role {
    STRAIT_PARTICIPANT_WRITER = 1,
    STRAIT_PARTICIPANT_READER = 2,
};

struct strait_participant_info {
    uint32_t slot;        /* 0 to 63 */
    uint32_t state;       /* enum strait_participant_state */
    uint32_t roles;       /* bits of enum strait_participant_role that it has now */
    uint32_t pid;         /* in its own PID namespace; 0 when its slot has been used by another since */
    uint32_t uid;         /* effective */
    uint32_t is_self;     /* 1 for the attachment that asks */
    uint64_t generation;  /* slot and generation together are never used again in this segment */
    uint64_t start_ticks; /* clock ticks from boot to its process's start, as field 22 of /proc/PID/stat */
    uint64_t joined_ns;   /* CLOCK_REALTIME */
    char command[17];     /* as /proc/PID/comm; may hold anything but a NUL */
};

/* Fills `infos` with the participants, in the order of their slots, up to `capacity`; STRAIT_PARTICIPANTS_MAX
 * is always enough. Returns how many there are, or -EBADF in a forked child. */
int strait_segment_participants(const struct strait_segment *segment, struct strait_participant_info *infos,
                                int capacity);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
