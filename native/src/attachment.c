#include "internal/attachment.h"

#include <errno.h>
#include <stdlib.h>

#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/sync.h"
#include "internal/warden.h"
#include "strait/participant.h"

static const struct strait_segment_options default_options = STRAIT_SEGMENT_OPTIONS_INIT;

static int join(struct strait_segment *segment, struct strait_failure *failure)
{
    struct strait_participant *self = calloc(1, sizeof *self);
    int result =
        self == NULL ? strait_fail(failure, "malloc", -ENOMEM) : strait_warden_admit(self, segment, failure);
    if (result < 0)
        free(self);
    else
        segment->self = self;
    return result;
}

static void leave(struct strait_segment *segment)
{
    strait_warden_dismiss(segment->self);
}

static const struct strait_joining joining = {join, leave};

struct strait_plan strait_attachment_plan(enum strait_segment_kind kind,
                                          const struct strait_segment_options *options)
{
    const struct strait_segment_options *now = options == NULL ? &default_options : options;
    return (struct strait_plan){.kind = kind,
                                .user_bytes = now->user_bytes,
                                .objects = now->objects,
                                .object_count = now->object_count};
}

int strait_attachment_open(const struct strait_place *place, const struct strait_segment_options *options,
                           enum strait_segment_kind kind, struct strait_segment **opened,
                           struct strait_failure *failure)
{
    struct strait_segment_options now = options == NULL ? default_options : *options;
    int64_t deadline_ns = strait_deadline_after(now.timeout_ns);
    struct strait_segment *segment;
    strait_warden_watch_forks();
    for (;;) {
        int result = strait_segment_attach(place, &now, kind, &segment, failure);
        if (result < 0)
            return result;
        result = join(segment, failure);
        if (result == 0) {
            *opened = segment;
            return 0;
        }
        strait_segment_discard(segment);
        if (result != -ESTALE)
            return result;
        now.timeout_ns = deadline_ns == STRAIT_NEVER ? STRAIT_WAIT_FOREVER : deadline_ns - strait_now_ns();
    }
}

/* 0 when a name that was in the way is gone, -EEXIST when it is somebody's. */
static int replace(const struct strait_place *place, const struct strait_segment_options *options,
                   struct strait_failure *failure)
{
    int result = strait_segment_remove_abandoned(place, options, failure);
    if (result == -ENOENT)
        return 0;
    return result == -EBUSY ? strait_fail(failure, "linkat", -EEXIST) : result;
}

int strait_attachment_make(const struct strait_place *place, const struct strait_segment_options *options,
                           const struct strait_plan *plan, struct strait_segment **segment,
                           struct strait_failure *failure)
{
    const struct strait_segment_options *now = options == NULL ? &default_options : options;
    bool replaces = (now->flags & STRAIT_SEGMENT_REPLACE_ABANDONED) != 0 && !place->anonymous;
    strait_warden_watch_forks();
    for (;;) {
        int result = strait_segment_make(place, now, plan, &joining, segment, failure);
        if (result == -ESTALE)
            continue;
        if (result != -EEXIST || !replaces)
            return result;
        result = replace(place, now, failure);
        if (result < 0)
            return result;
    }
}

int strait_attachment_open_or_make(const struct strait_place *place,
                                   const struct strait_segment_options *options,
                                   const struct strait_plan *plan, struct strait_segment **segment,
                                   struct strait_failure *failure)
{
    struct strait_segment_options now = options == NULL ? default_options : *options;
    bool replaces = (now.flags & STRAIT_SEGMENT_REPLACE_ABANDONED) != 0;
    now.timeout_ns = 0;
    for (;;) {
        int result = -ENOENT;
        if (!replaces) /* else what is abandoned is not to be opened: making finds out */
            result = strait_attachment_open(place, &now, plan->kind, segment, failure);
        if (result == -ENOENT) {
            result = strait_attachment_make(place, &now, plan, segment, failure);
            if (result == 0)
                return 1;
        }
        if (result == -EEXIST && replaces)
            result = strait_attachment_open(place, &now, plan->kind, segment, failure);
        if (result != -EEXIST && result != -ENOENT)
            return result;
    }
}

/* In a forked child that did not come through fork(3), only the descriptor is there. */
void strait_attachment_shut(struct strait_segment *segment)
{
    if (segment->fd >= 0 && segment->self != NULL && strait_segment_is_ours(segment)) {
        strait_sync_shut(segment);
        strait_participant_shut(segment->self);
        leave(segment);
    }
    strait_segment_shut(segment);
}

void strait_segment_close(struct strait_segment *segment)
{
    if (segment == NULL)
        return;
    strait_attachment_shut(segment);
    strait_segment_free(segment);
}

/* ---- Plain segments --------------------------------------------------------------------------------------
 */

int strait_segment_create(const char *name, const struct strait_segment_options *options,
                          struct strait_segment **segment, struct strait_failure *failure)
{
    struct strait_plan plan = strait_attachment_plan(STRAIT_SEGMENT_PLAIN, options);
    return strait_attachment_make(&(struct strait_place){.name = name}, options, &plan, segment, failure);
}

int strait_segment_open(const char *name, const struct strait_segment_options *options,
                        struct strait_segment **segment, struct strait_failure *failure)
{
    return strait_attachment_open(&(struct strait_place){.name = name}, options, STRAIT_SEGMENT_PLAIN,
                                  segment, failure);
}

int strait_segment_open_or_create(const char *name, const struct strait_segment_options *options,
                                  struct strait_segment **segment, struct strait_failure *failure)
{
    struct strait_plan plan = strait_attachment_plan(STRAIT_SEGMENT_PLAIN, options);
    return strait_attachment_open_or_make(&(struct strait_place){.name = name}, options, &plan, segment,
                                          failure);
}

int strait_segment_create_memfd(const char *label, const struct strait_segment_options *options,
                                struct strait_segment **segment, struct strait_failure *failure)
{
    struct strait_plan plan = strait_attachment_plan(STRAIT_SEGMENT_PLAIN, options);
    return strait_attachment_make(&(struct strait_place){.name = label, .anonymous = true}, options, &plan,
                                  segment, failure);
}

int strait_segment_open_memfd(int32_t pid, int fd, const struct strait_segment_options *options,
                              struct strait_segment **segment, struct strait_failure *failure)
{
    return strait_attachment_open(&(struct strait_place){.anonymous = true, .pid = pid, .fd = fd}, options,
                                  STRAIT_SEGMENT_PLAIN, segment, failure);
}

/* ---- Who is there ----------------------------------------------------------------------------------------
 */

int strait_segment_participants(const struct strait_segment *segment, struct strait_participant_info *infos,
                                int capacity)
{
    int count = 0;
    if (segment->fd < 0)
        return -EBADF;
    for (uint32_t slot = 0; slot < segment->geometry.slot_count; slot++) {
        struct strait_participant_info info;
        if (!strait_participant_describe(segment->self, slot, &info))
            continue;
        if (count < capacity)
            infos[count] = info;
        count++;
    }
    return count;
}
