/* What goes over the socket when a segment is shared, for who has a socket of his own to send it with. */
#ifndef STRAIT_INTERNAL_SHARE_H
#define STRAIT_INTERNAL_SHARE_H

#include "strait/share.h"

#define STRAIT_SHARE_MAGIC UINT64_C(0x4552414853525453) /* "STRSHARE" */

/* One message, little-endian, with one descriptor; with none when it is refused. */
struct strait_share_message {
    uint64_t magic;
    uint32_t kind;   /* enum strait_segment_kind; 0 when it is refused */
    uint32_t access; /* enum strait_share_access */
};

/* A new descriptor of the segment's file, with a description of its own, that may be sent. */
int strait_share_open(const struct strait_segment *segment, enum strait_share_access access,
                      struct strait_failure *failure);

/* A view of the memfd behind a descriptor of this process, which stays the caller's. */
int strait_share_view_open(int fd, const struct strait_segment_options *options,
                           struct strait_share_view **view, struct strait_failure *failure);

/* First half of strait_share_view_close: takes the memory away and leaves zeros. */
void strait_share_view_shut(struct strait_share_view *view);

#endif
