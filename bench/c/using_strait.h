/* What the sides that use Strait share: its errors end the program; its synchronisation objects are in a
 * segment that both sides open. */
#ifndef USING_STRAIT_H
#define USING_STRAIT_H

#include <stdio.h>
#include <stdlib.h>

#include "side.h"
#include "strait/strait.h"

static inline _Noreturn void fail(const char *what, int result)
{
    const char *outcome = strait_outcome_name(result);
    fprintf(stderr, "strait: %s: %s\n", what, outcome != NULL ? outcome : strait_errno_text(result));
    exit(1);
}

static inline void must(const char *what, int result)
{
    if (result != 0)
        fail(what, result);
}

static inline struct strait_segment *open_segment(const struct parameters *parameters,
                                                  const struct strait_object *objects, uint32_t count,
                                                  uint32_t user_bytes)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_segment *segment;
    options.directory = parameters->dir;
    options.flags = STRAIT_SEGMENT_PREFAULT;
    options.user_bytes = user_bytes;
    options.objects = objects;
    options.object_count = count;
    int result = strait_segment_open_or_create("sync", &options, &segment, NULL);
    if (result < 0)
        fail("strait_segment_open_or_create", result);
    return segment;
}

#endif
