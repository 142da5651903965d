/* A segment's header: laying it out, writing it, and believing it only after every number is checked. */
#ifndef STRAIT_INTERNAL_HEADER_H
#define STRAIT_INTERNAL_HEADER_H

#include <stdint.h>

#include "internal/layout.h"
#include "strait/error.h"

/* What a creator wants to have in a segment. */
struct strait_plan {
    enum strait_segment_kind kind;
    uint64_t user_bytes;
    const struct strait_object *objects;
    uint32_t object_count;
    uint64_t ring_bytes; /* of struct strait_ring_control and what follows it; 0 for none */
    uint64_t lane_bytes;
    uint32_t lane_count;
    void (*initialise_ring)(struct strait_ring_control *control, const void *context); /* from all zeros */
    const void *context;
};

/* Where everything is: this process's own copy, which no peer can change. */
struct strait_geometry {
    enum strait_segment_kind kind;
    uint32_t page_bytes;
    uint64_t segment_bytes;
    struct strait_section participants;
    struct strait_section ring;
    struct strait_section sync;
    struct strait_section user;
    struct strait_section lanes;
    uint64_t lane_bytes;
    uint32_t lane_count;
    uint32_t slot_count;
    uint64_t epoch;
};

/* Places the plan's parts. -EINVAL when a size is out of range or does not fit page_bytes. */
int strait_geometry_plan(const struct strait_plan *plan, uint32_t page_bytes,
                         struct strait_geometry *geometry, struct strait_failure *failure);

/* Bytes from the start of the file to the lanes: what is mapped once. */
uint64_t strait_geometry_fixed_bytes(const struct strait_geometry *geometry);

/* Fills a new segment, all zeros, at `base`; stores the magic last. */
void strait_header_write(unsigned char *base, const struct strait_plan *plan,
                         const struct strait_geometry *geometry);

/* Checks a private copy of a header against the file's size and the wanted kind. -EPROTO when anything
 * differs from what this library can use. */
int strait_header_check(const struct strait_header *header, uint64_t file_bytes, uint32_t page_bytes,
                        enum strait_segment_kind kind, struct strait_geometry *geometry,
                        struct strait_failure *failure);

#endif
