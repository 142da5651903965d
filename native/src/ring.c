#include "strait/ring.h"

#include <errno.h>
#include <stdlib.h>

#include "internal/attachment.h"
#include "internal/failure.h"
#include "internal/ring.h"

static const struct strait_ring_options default_options = STRAIT_RING_OPTIONS_INIT;

static uint64_t control_bytes(uint64_t writers, uint64_t readers)
{
    return sizeof(struct strait_ring_control) + writers * sizeof(struct strait_lane_control) +
           readers * sizeof(struct strait_reader_control) + writers * readers * sizeof(struct strait_cursor);
}

/* ---- Creating --------------------------------------------------------------------------------------------
 */

static void initialise(struct strait_ring_control *control, const void *context)
{
    const struct strait_ring_options *options = context;
    control->readers = options->readers;
    control->flags = (options->spin_only ? STRAIT_RING_SPIN_ONLY : 0u) |
                     (options->reader_policy == STRAIT_READER_RELEASE ? STRAIT_RING_RELEASE : 0u);
}

static int plan_ring(const struct strait_segment_options *segment_options,
                     const struct strait_ring_options *options, struct strait_plan *plan,
                     struct strait_failure *failure)
{
    uint64_t bytes = options->lane_bytes;
    if (bytes < STRAIT_LANE_BYTES_MIN)
        return strait_fail_geometry(failure, -EINVAL, STRAIT_LANE_BYTES_MIN, bytes);
    if (bytes > STRAIT_LANE_BYTES_MAX || (bytes & (bytes - 1)) != 0)
        return strait_fail_geometry(failure, -EINVAL, STRAIT_LANE_BYTES_MAX, bytes);
    if (options->writers != 1)
        return strait_fail_geometry(failure, -EINVAL, 1, options->writers);
    if (options->readers != 1)
        return strait_fail_geometry(failure, -EINVAL, 1, options->readers);
    if (options->reader_policy != STRAIT_READER_HOLD && options->reader_policy != STRAIT_READER_RELEASE)
        return strait_fail_geometry(failure, -EINVAL, STRAIT_READER_RELEASE,
                                    (uint64_t)options->reader_policy);
    *plan = strait_attachment_plan(STRAIT_SEGMENT_RING, segment_options);
    plan->ring_bytes = control_bytes(options->writers, options->readers);
    plan->lane_bytes = bytes;
    plan->lane_count = options->writers;
    plan->initialise_ring = initialise;
    plan->context = options;
    return 0;
}

/* ---- Attaching -------------------------------------------------------------------------------------------
 */

/* Reads the ring's own words once, and checks them. */
static int bind_control(struct strait_ring *ring, struct strait_failure *failure)
{
    const struct strait_geometry *geometry = &ring->segment->geometry;
    unsigned char *base = ring->segment->fixed.base + geometry->ring.offset;
    ring->control = (struct strait_ring_control *)base;
    if (geometry->lane_count != 1)
        return strait_fail_geometry(failure, -EPROTO, 1, geometry->lane_count);
    if (geometry->ring.bytes < control_bytes(1, 1))
        return strait_fail_geometry(failure, -EPROTO, control_bytes(1, 1), geometry->ring.bytes);
    uint32_t readers = *(volatile uint32_t *)&ring->control->readers;
    uint32_t flags = *(volatile uint32_t *)&ring->control->flags;
    if (readers != 1)
        return strait_fail_geometry(failure, -EPROTO, 1, readers);
    if ((flags & ~STRAIT_RING_FLAGS_KNOWN) != 0)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_FEATURES, STRAIT_RING_FLAGS_KNOWN,
                                    flags);
    ring->lane = (struct strait_lane_control *)(ring->control + 1);
    ring->reading = (struct strait_reader_control *)(ring->lane + 1);
    ring->cursor = (struct strait_cursor *)(ring->reading + 1);
    ring->bytes = ring->segment->lanes.base;
    ring->lane_bytes = geometry->lane_bytes;
    ring->spin_only = (flags & STRAIT_RING_SPIN_ONLY) != 0;
    ring->releases = (flags & STRAIT_RING_RELEASE) != 0;
    return 0;
}

/* Before a file is made, so that nothing is left behind when there is no memory. */
static struct strait_ring *new_ring(struct strait_failure *failure)
{
    struct strait_ring *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        strait_fail(failure, "malloc", -ENOMEM);
    return ring;
}

/* `result` is that of attaching ring->segment. Hands the ring out or frees it. */
static int finish(struct strait_ring *ring, int result, struct strait_ring **attached,
                  struct strait_failure *failure)
{
    if (result >= 0) {
        int bound = bind_control(ring, failure);
        if (bound < 0) {
            strait_segment_close(ring->segment);
            result = bound;
        }
    }
    if (result < 0) {
        free(ring);
        return result;
    }
    ring->participant = ring->segment->self;
    ring->writer.ring = ring;
    ring->reader.ring = ring;
    strait_role_init(&ring->writer.role, ring->participant, 0, &ring->lane->owner);
    strait_role_init(&ring->reader.role, ring->participant, 1, &ring->reading->owner);
    *attached = ring;
    return result;
}

static int make(const struct strait_place *place, const struct strait_segment_options *segment_options,
                const struct strait_ring_options *options, struct strait_ring **attached,
                struct strait_failure *failure)
{
    struct strait_plan plan;
    int result = plan_ring(segment_options, options == NULL ? &default_options : options, &plan, failure);
    if (result < 0)
        return result;
    struct strait_ring *ring = new_ring(failure);
    if (ring == NULL)
        return -ENOMEM;
    result = strait_attachment_make(place, segment_options, &plan, &ring->segment, failure);
    return finish(ring, result, attached, failure);
}

static int attach(const struct strait_place *place, const struct strait_segment_options *segment_options,
                  struct strait_ring **attached, struct strait_failure *failure)
{
    struct strait_ring *ring = new_ring(failure);
    if (ring == NULL)
        return -ENOMEM;
    int result = strait_attachment_open(place, segment_options, STRAIT_SEGMENT_RING, &ring->segment, failure);
    return finish(ring, result, attached, failure);
}

int strait_ring_create(const char *name, const struct strait_segment_options *segment_options,
                       const struct strait_ring_options *ring_options, struct strait_ring **ring,
                       struct strait_failure *failure)
{
    return make(&(struct strait_place){.name = name}, segment_options, ring_options, ring, failure);
}

int strait_ring_create_memfd(const char *label, const struct strait_segment_options *segment_options,
                             const struct strait_ring_options *ring_options, struct strait_ring **ring,
                             struct strait_failure *failure)
{
    return make(&(struct strait_place){.name = label, .anonymous = true}, segment_options, ring_options, ring,
                failure);
}

int strait_ring_open(const char *name, const struct strait_segment_options *segment_options,
                     struct strait_ring **ring, struct strait_failure *failure)
{
    return attach(&(struct strait_place){.name = name}, segment_options, ring, failure);
}

int strait_ring_open_memfd(int32_t pid, int fd, const struct strait_segment_options *segment_options,
                           struct strait_ring **ring, struct strait_failure *failure)
{
    return attach(&(struct strait_place){.anonymous = true, .pid = pid, .fd = fd}, segment_options, ring,
                  failure);
}

int strait_ring_open_or_create(const char *name, const struct strait_segment_options *segment_options,
                               const struct strait_ring_options *ring_options, struct strait_ring **attached,
                               struct strait_failure *failure)
{
    struct strait_plan plan;
    int result =
        plan_ring(segment_options, ring_options == NULL ? &default_options : ring_options, &plan, failure);
    if (result < 0)
        return result;
    struct strait_ring *ring = new_ring(failure);
    if (ring == NULL)
        return -ENOMEM;
    result = strait_attachment_open_or_make(&(struct strait_place){.name = name}, segment_options, &plan,
                                            &ring->segment, failure);
    return finish(ring, result, attached, failure);
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

int strait_ring_wait(struct strait_ring *ring, struct strait_role *role, uint64_t owner,
                     _Atomic uint64_t *waiters, strait_look *look, void *context, int64_t spin_ns,
                     int64_t timeout_ns)
{
    if (spin_ns < 0 || (ring->spin_only && spin_ns != STRAIT_SPIN_ONLY))
        return -EINVAL;
    if (!strait_role_enter(role, owner))
        return STRAIT_CLOSED;
    int result = strait_wait_until(ring->participant, waiters, look, context, spin_ns, timeout_ns);
    strait_role_exit(role);
    return result;
}

/* ---- Closing ---------------------------------------------------------------------------------------------
 */

void strait_ring_shut(struct strait_ring *ring)
{
    if (ring->segment->fd < 0)
        return;
    if (strait_segment_is_ours(ring->segment)) {
        strait_ring_writer_close(&ring->writer);
        strait_ring_reader_close(&ring->reader);
    }
    strait_attachment_shut(ring->segment);
}

void strait_ring_free(struct strait_ring *ring)
{
    strait_segment_free(ring->segment);
    free(ring);
}

void strait_ring_close(struct strait_ring *ring)
{
    if (ring == NULL)
        return;
    strait_ring_shut(ring);
    strait_ring_free(ring);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

struct strait_segment *strait_ring_segment(struct strait_ring *ring)
{
    return ring->segment;
}

uint64_t strait_ring_capacity(const struct strait_ring *ring)
{
    return ring->lane_bytes;
}

enum strait_reader_policy strait_ring_reader_policy(const struct strait_ring *ring)
{
    return ring->releases ? STRAIT_READER_RELEASE : STRAIT_READER_HOLD;
}

bool strait_ring_is_spin_only(const struct strait_ring *ring)
{
    return ring->spin_only;
}
