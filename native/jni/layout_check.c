/*
 * Java's numbers against C's. Nothing here runs: a mismatch does not compile.
 */
#include "dev_strait_Outcome.h"
#include "dev_strait_ring_RingLayout.h"
#include "dev_strait_segment_SegmentLayout.h"
#include "internal/layout.h"
#include "strait/outcome.h"
#include "strait/participant.h"

#define SAME(java, c)    _Static_assert((java) == (c), #java " is not " #c)
#define OUTCOME(name)    SAME(dev_strait_Outcome_##name, STRAIT_##name)
#define RING(name, c)    SAME(dev_strait_ring_RingLayout_##name, c)
#define SEGMENT(name, c) SAME(dev_strait_segment_SegmentLayout_##name, c)

OUTCOME(EMPTY);
OUTCOME(READY);
OUTCOME(FULL);
OUTCOME(END);
OUTCOME(PEER_DIED);
OUTCOME(CLOSED);
OUTCOME(TIMED_OUT);

SEGMENT(LAYOUT_MAJOR, STRAIT_LAYOUT_MAJOR);
SEGMENT(LAYOUT_MINOR, STRAIT_LAYOUT_MINOR);
SEGMENT(FINGERPRINT, (int64_t)STRAIT_FINGERPRINT);
SEGMENT(HUGE_PAGES, STRAIT_SEGMENT_HUGE_PAGES);
SEGMENT(PREFAULT, STRAIT_SEGMENT_PREFAULT);
SEGMENT(LOCK, STRAIT_SEGMENT_LOCK);
SEGMENT(NO_DUMP, STRAIT_SEGMENT_NO_DUMP);
SEGMENT(REPLACE_ABANDONED, STRAIT_SEGMENT_REPLACE_ABANDONED);
SEGMENT(PARTICIPANTS_MAX, STRAIT_PARTICIPANTS_MAX);

/* Lane 0 and reader 0 of a ring with one of each. */
enum {
    LANE = sizeof(struct strait_ring_control),
    READER = LANE + sizeof(struct strait_lane_control),
    CURSOR = READER + sizeof(struct strait_reader_control),
};

RING(DATA_WAITERS, offsetof(struct strait_ring_control, data_waiters));
RING(SPACE_WAITERS, offsetof(struct strait_ring_control, space_waiters));
RING(TAIL, LANE + offsetof(struct strait_lane_control, tail));
RING(WRITER_OWNER, LANE + offsetof(struct strait_lane_control, owner));
RING(READER_OWNER, READER + offsetof(struct strait_reader_control, owner));
RING(CURSOR, CURSOR + offsetof(struct strait_cursor, position));
RING(MESSAGE_HEADER, STRAIT_MESSAGE_HEADER);
RING(MESSAGE_ALIGNMENT, STRAIT_MESSAGE_ALIGNMENT);
RING(OWNER_STATE_MASK, STRAIT_OWNER_STATE_MASK);
RING(OWNER_FREE, STRAIT_OWNER_FREE);
RING(OWNER_LIVE, STRAIT_OWNER_LIVE);
RING(OWNER_ENDED, STRAIT_OWNER_ENDED);
RING(OWNER_DEAD, STRAIT_OWNER_DEAD);
RING(LANE_BYTES_MIN, STRAIT_LANE_BYTES_MIN);
RING(LANE_BYTES_MAX, STRAIT_LANE_BYTES_MAX);
RING(LANE_BYTES_DEFAULT, STRAIT_LANE_BYTES_DEFAULT);
