/*
 * How a dispatcher of a thread is found by its name: a record in the user's region of a segment.
 *
 * The record's first word is an owner word, and so the kernel says whether the dispatcher lives; taking the
 * name is opening a role. What else is in the record is valid when `published` is the owner's word, which is
 * stored after it, and the owner is still the same after it was read.
 */
#ifndef STRAIT_INTERNAL_SIGNAL_NAME_H
#define STRAIT_INTERNAL_SIGNAL_NAME_H

#include <sys/types.h>

#include "strait/segment.h"

struct strait_signal_name;

/* -EBUSY when a live dispatcher has it, -EPROTO for a segment that is too small to be one's. */
int strait_signal_name_take(const char *name, const struct strait_segment_options *options, pid_t thread,
                            struct strait_signal_name **taken, struct strait_failure *failure);

/* From here on nobody finds it. NULL is accepted. */
void strait_signal_name_leave(struct strait_signal_name *name);

/* The sender's side of one: the segment, and who was found there. */
struct strait_signal_link;

int strait_signal_link_open(const char *name, const struct strait_segment_options *options,
                            struct strait_signal_link **link, struct strait_failure *failure);
void strait_signal_link_close(struct strait_signal_link *link);

/* -ESRCH when it is no longer the one that was found. */
int strait_signal_link_look(const struct strait_signal_link *link, pid_t *process, pid_t *thread);

#endif
