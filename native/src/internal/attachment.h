/* Attaching: a segment that is mapped, and in which we take part. What the public calls of segment and ring
 * do. */
#ifndef STRAIT_INTERNAL_ATTACHMENT_H
#define STRAIT_INTERNAL_ATTACHMENT_H

#include "internal/participant.h"

/* A new segment's plan, without a ring. `options` may be NULL. */
struct strait_plan strait_attachment_plan(enum strait_segment_kind kind,
                                          const struct strait_segment_options *options);

/* The public create, open and open_or_create, with a plan or a kind. `options` may be NULL. */
int strait_attachment_make(const struct strait_place *place, const struct strait_segment_options *options,
                           const struct strait_plan *plan, struct strait_segment **segment,
                           struct strait_failure *failure);
int strait_attachment_open(const struct strait_place *place, const struct strait_segment_options *options,
                           enum strait_segment_kind kind, struct strait_segment **segment,
                           struct strait_failure *failure);
int strait_attachment_open_or_make(const struct strait_place *place,
                                   const struct strait_segment_options *options,
                                   const struct strait_plan *plan, struct strait_segment **segment,
                                   struct strait_failure *failure);

/* First half of strait_segment_close: leaves, and takes the memory away. strait_segment_free is the second.
 */
void strait_attachment_shut(struct strait_segment *segment);

#endif
