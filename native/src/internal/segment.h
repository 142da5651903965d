/* A segment's inside, for the objects that live in one. */
#ifndef STRAIT_INTERNAL_SEGMENT_H
#define STRAIT_INTERNAL_SEGMENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "internal/header.h"
#include "internal/mapping.h"
#include "strait/segment.h"

struct strait_participant;
struct strait_sync;

struct strait_segment {
    int fd; /* our own description, of which everything is mapped; -1 when shut */
    pid_t
        pid; /* of the process that attached; its forked children have the descriptor, but not the mappings */
    uint64_t forks; /* strait_segment_forks before the file was opened */
    bool created;
    bool anonymous;
    char *path; /* directory and name, or a memfd's label */
    struct strait_geometry geometry;
    struct strait_mapping fixed;     /* from the header to the lanes */
    struct strait_mapping lanes;     /* each lane twice */
    struct strait_participant *self; /* NULL until it has joined */
    struct strait_sync *syncs;       /* this process's side of each object; NULL until one is opened */
    uint32_t sync_count;
};

/*
 * How often this process has forked; the warden counts. A child has what was open then and had not joined,
 * and its copy of the descriptor would keep a lock that is taken later: such a segment is opened anew.
 */
extern _Atomic uint64_t strait_segment_forks;

/* Where a segment is, or shall be. */
struct strait_place {
    const char *name; /* or a memfd's label; NULL to open a memfd */
    bool anonymous;
    int32_t pid; /* to open a memfd: whose descriptor; 0 is this process */
    int fd;
};

/* How a segment is joined when it is complete but has no name yet, so that nobody ever finds one without its
 * creator; and how it is left when it does not get its name. */
struct strait_joining {
    int (*join)(struct strait_segment *segment, struct strait_failure *failure);
    void (*leave)(struct strait_segment *segment);
};

/* Making or opening the file and mapping it. Only making joins as well; internal/attachment.h does so for
 * both. `options` and `joining` may be NULL. */
int strait_segment_make(const struct strait_place *place, const struct strait_segment_options *options,
                        const struct strait_plan *plan, const struct strait_joining *joining,
                        struct strait_segment **segment, struct strait_failure *failure);
int strait_segment_attach(const struct strait_place *place, const struct strait_segment_options *options,
                          enum strait_segment_kind kind, struct strait_segment **segment,
                          struct strait_failure *failure);
/* Maps the memfd behind a descriptor of this process, which may be one that cannot be written, for reading,
 * and takes no slot. Its lanes are not mapped. */
int strait_segment_view(int fd, const struct strait_segment_options *options, struct strait_segment **view,
                        struct strait_failure *failure);

/* Removes the name of a segment that nobody is attached to. -ENOENT when there is none, -EBUSY when somebody
 * is. */
int strait_segment_remove_abandoned(const struct strait_place *place,
                                    const struct strait_segment_options *options,
                                    struct strait_failure *failure);

/* Whether this process attached, and not the one that it was forked from. */
bool strait_segment_is_ours(const struct strait_segment *segment);

/* Closing in two steps. Shut takes the memory away and leaves zeros in its place; free gives the address
 * space back, when nobody can look at it any more. */
void strait_segment_shut(struct strait_segment *segment);
void strait_segment_free(struct strait_segment *segment);

/* Both, of one that has not joined. */
void strait_segment_discard(struct strait_segment *segment);

/* For tests: makes a named segment by the way without O_TMPFILE. */
int strait_segment_make_by_rename(const struct strait_place *place,
                                  const struct strait_segment_options *options,
                                  const struct strait_plan *plan, struct strait_segment **segment,
                                  struct strait_failure *failure);

#endif
