#include "internal/header.h"

#include <stdbool.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/objects.h"
#include "internal/process.h"

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

int strait_geometry_plan(const struct strait_plan *plan, uint32_t page_bytes,
                         struct strait_geometry *geometry, struct strait_failure *failure)
{
    if (plan->user_bytes > STRAIT_USER_BYTES_MAX)
        return strait_fail_geometry(failure, -EINVAL, STRAIT_USER_BYTES_MAX, plan->user_bytes);
    if (plan->lane_count > 0 && plan->lane_bytes % page_bytes != 0)
        return strait_fail_geometry(failure, -EINVAL, page_bytes, plan->lane_bytes);

    uint64_t end = STRAIT_PAGE;
    *geometry = (struct strait_geometry){
        .kind = plan->kind, .page_bytes = page_bytes, .slot_count = STRAIT_SLOTS, .epoch = strait_random()};
    geometry->participants = (struct strait_section){end, STRAIT_SLOTS * sizeof(struct strait_slot)};
    end += geometry->participants.bytes;
    if (plan->ring_bytes > 0) {
        geometry->ring = (struct strait_section){end, plan->ring_bytes};
        end = round_up(end + plan->ring_bytes, STRAIT_PAGE);
    }
    if (plan->object_count > 0) {
        uint64_t bytes;
        int result = strait_objects_plan(plan->objects, plan->object_count, &bytes, failure);
        if (result < 0)
            return result;
        geometry->sync = (struct strait_section){end, bytes};
        end = round_up(end + bytes, STRAIT_PAGE);
    }
    if (plan->user_bytes > 0) {
        geometry->user = (struct strait_section){end, plan->user_bytes};
        end += plan->user_bytes;
    }
    end = round_up(end, page_bytes);
    if (plan->lane_count > 0) {
        geometry->lane_bytes = plan->lane_bytes;
        geometry->lane_count = plan->lane_count;
        geometry->lanes = (struct strait_section){end, plan->lane_bytes * plan->lane_count};
        end += geometry->lanes.bytes;
    }
    geometry->segment_bytes = end;
    return 0;
}

uint64_t strait_geometry_fixed_bytes(const struct strait_geometry *geometry)
{
    return geometry->lanes.bytes > 0 ? geometry->lanes.offset : geometry->segment_bytes;
}

void strait_header_write(unsigned char *base, const struct strait_plan *plan,
                         const struct strait_geometry *geometry)
{
    struct strait_header *header = (struct strait_header *)base;
    struct strait_slot *slots = (struct strait_slot *)(base + geometry->participants.offset);

    header->layout_major = STRAIT_LAYOUT_MAJOR;
    header->layout_minor = STRAIT_LAYOUT_MINOR;
    header->fingerprint = STRAIT_FINGERPRINT;
    header->epoch = geometry->epoch;
    header->kind = geometry->kind;
    header->page_bytes = geometry->page_bytes;
    header->segment_bytes = geometry->segment_bytes;
    header->participants = geometry->participants;
    header->ring = geometry->ring;
    header->sync = geometry->sync;
    header->user = geometry->user;
    header->lanes = geometry->lanes;
    header->lane_bytes = geometry->lane_bytes;
    header->lane_count = geometry->lane_count;
    header->slot_count = geometry->slot_count;
    header->creator_pid = (uint32_t)getpid();
    header->creator_uid = geteuid();
    header->creator_start_ticks = strait_process_start_ticks();
    header->created_ns = (uint64_t)strait_clock_ns(CLOCK_REALTIME);
    strait_process_command(header->creator_command);
    atomic_store_explicit(&header->membership, 1, memory_order_relaxed);
    for (uint32_t i = 0; i < geometry->slot_count; i++)
        atomic_store_explicit(&slots[i].doorbell, 1, memory_order_relaxed);
    strait_objects_write(base, geometry->sync, plan->objects, plan->object_count);
    if (plan->initialise_ring != NULL)
        plan->initialise_ring((struct strait_ring_control *)(base + geometry->ring.offset), plan->context);
    /* ORDER: everything above before the magic. PAIRS WITH nobody who opens by name, since the name comes
     * later still, but with a tool that looks at a memfd while it is made. */
    atomic_store_explicit(&header->magic, STRAIT_MAGIC, memory_order_release);
}

/* A section must lie between the header and the end of the segment. Offsets may be anything: no sum
 * overflows. */
static bool lies_inside(struct strait_section section, uint64_t segment_bytes, uint64_t alignment)
{
    if (section.bytes == 0)
        return section.offset == 0;
    return section.offset >= STRAIT_PAGE && section.offset % alignment == 0 &&
           section.offset <= segment_bytes && section.bytes <= segment_bytes - section.offset;
}

static bool lies_before_lanes(struct strait_section section, const struct strait_header *header)
{
    return header->lanes.bytes == 0 || section.offset + section.bytes <= header->lanes.offset;
}

static int check_sections(const struct strait_header *header, struct strait_failure *failure)
{
    const struct {
        struct strait_section section;
        uint64_t alignment;
    } sections[] = {
        {header->participants, STRAIT_LINE}, {header->ring, STRAIT_LINE},         {header->sync, STRAIT_LINE},
        {header->user, STRAIT_PAGE},         {header->lanes, header->page_bytes},
    };
    const size_t count = sizeof sections / sizeof sections[0];

    for (size_t i = 0; i < count; i++) {
        if (!lies_inside(sections[i].section, header->segment_bytes, sections[i].alignment))
            return strait_fail_geometry(failure, -EPROTO, header->segment_bytes, sections[i].section.offset);
        if (i + 1 < count && !lies_before_lanes(sections[i].section, header))
            return strait_fail_geometry(failure, -EPROTO, header->lanes.offset, sections[i].section.offset);
    }
    return 0;
}

static int check_sizes(const struct strait_header *header, struct strait_failure *failure)
{
    if (header->segment_bytes % header->page_bytes != 0)
        return strait_fail_geometry(failure, -EPROTO, header->page_bytes, header->segment_bytes);
    if (header->slot_count < 1 || header->slot_count > STRAIT_SLOTS)
        return strait_fail_geometry(failure, -EPROTO, STRAIT_SLOTS, header->slot_count);
    if (header->participants.bytes != header->slot_count * sizeof(struct strait_slot))
        return strait_fail_geometry(failure, -EPROTO, header->slot_count * sizeof(struct strait_slot),
                                    header->participants.bytes);
    if (header->participants.offset + header->participants.bytes > STRAIT_PARTICIPANTS_END)
        return strait_fail_geometry(failure, -EPROTO, STRAIT_PARTICIPANTS_END, header->participants.offset);
    if (header->user.bytes > STRAIT_USER_BYTES_MAX)
        return strait_fail_geometry(failure, -EPROTO, STRAIT_USER_BYTES_MAX, header->user.bytes);
    if (header->lane_count > STRAIT_SLOTS)
        return strait_fail_geometry(failure, -EPROTO, STRAIT_SLOTS, header->lane_count);
    if (header->lane_count > 0 &&
        (header->lane_bytes < STRAIT_LANE_BYTES_MIN || header->lane_bytes > STRAIT_LANE_BYTES_MAX ||
         (header->lane_bytes & (header->lane_bytes - 1)) != 0 ||
         header->lane_bytes % header->page_bytes != 0))
        return strait_fail_geometry(failure, -EPROTO, STRAIT_LANE_BYTES_MAX, header->lane_bytes);
    if (header->lanes.bytes != header->lane_bytes * header->lane_count)
        return strait_fail_geometry(failure, -EPROTO, header->lane_bytes * header->lane_count,
                                    header->lanes.bytes);
    return 0;
}

int strait_header_check(const struct strait_header *header, uint64_t file_bytes, uint32_t page_bytes,
                        enum strait_segment_kind kind, struct strait_geometry *geometry,
                        struct strait_failure *failure)
{
    const struct {
        enum strait_mismatch mismatch;
        uint64_t expected;
        uint64_t found;
    } equal[] = {
        {STRAIT_MISMATCH_MAGIC, STRAIT_MAGIC,
         atomic_load_explicit((_Atomic uint64_t *)&header->magic, memory_order_relaxed)},
        {STRAIT_MISMATCH_LAYOUT, STRAIT_LAYOUT_MAJOR, header->layout_major},
        {STRAIT_MISMATCH_FEATURES, STRAIT_INCOMPATIBLE_KNOWN,
         header->incompatible_features | STRAIT_INCOMPATIBLE_KNOWN},
        {STRAIT_MISMATCH_FINGERPRINT, STRAIT_FINGERPRINT, header->fingerprint},
        {STRAIT_MISMATCH_KIND, kind, header->kind},
        {STRAIT_MISMATCH_GEOMETRY, page_bytes, header->page_bytes},
    };

    for (size_t i = 0; i < sizeof equal / sizeof equal[0]; i++)
        if (equal[i].expected != equal[i].found)
            return strait_fail_mismatch(failure, -EPROTO, equal[i].mismatch, equal[i].expected,
                                        equal[i].found);
    if (header->segment_bytes > file_bytes)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_SIZE, header->segment_bytes,
                                    file_bytes);
    int result = check_sections(header, failure);
    if (result == 0)
        result = check_sizes(header, failure);
    if (result < 0)
        return result;
    *geometry = (struct strait_geometry){.kind = kind,
                                         .page_bytes = header->page_bytes,
                                         .segment_bytes = header->segment_bytes,
                                         .participants = header->participants,
                                         .ring = header->ring,
                                         .sync = header->sync,
                                         .user = header->user,
                                         .lanes = header->lanes,
                                         .lane_bytes = header->lane_bytes,
                                         .lane_count = header->lane_count,
                                         .slot_count = header->slot_count,
                                         .epoch = header->epoch};
    return 0;
}
