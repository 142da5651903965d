/*
 * The synchronisation objects of a segment: declared when it is made, and there as long as it is. So there is
 * no half-made object, and none to be reclaimed; only what a dead participant held in one.
 */
#ifndef STRAIT_INTERNAL_OBJECTS_H
#define STRAIT_INTERNAL_OBJECTS_H

#include <stdbool.h>
#include <stdint.h>

#include "internal/layout.h"
#include "strait/error.h"

/* One of them: this process's own copy of its entry, whose words lie inside the section. */
struct strait_object_view {
    uint32_t kind;
    uint32_t flags;
    int64_t value;
    void *words;
};

/* Bytes that the declared objects take. -EINVAL when a declaration is wrong. */
int strait_objects_plan(const struct strait_object *objects, uint32_t count, uint64_t *bytes,
                        struct strait_failure *failure);

/* Fills the section of a new segment, all zeros, at `base`. Nothing when there are no objects. */
void strait_objects_write(unsigned char *base, struct strait_section section,
                          const struct strait_object *objects, uint32_t count);

/* How many the segment at `base` says it has, and has room for. */
uint32_t strait_objects_count(const unsigned char *base, struct strait_section section);

/* The index of the object with that name, or -ENOENT. */
int strait_objects_find(const unsigned char *base, struct strait_section section, const char *name);

/* Reads an entry once and checks it: false when its words do not lie in the section, or its kind, flags or
 * value are none that there can be. */
bool strait_objects_view(unsigned char *base, struct strait_section section, uint32_t index,
                         struct strait_object_view *view);

/* Notifies the longest waiting of a condition's waiters, or all: `notified` only grows. They are not woken.
 */
void strait_objects_notify(struct strait_condition_words *condition, bool all);

/* Lets go of all that the participant in a slot had in the objects: it is gone, or about to leave. Can be
 * done again. Everybody has to be rung after it. */
void strait_objects_reap(unsigned char *base, struct strait_section section, uint32_t slot);

#endif
