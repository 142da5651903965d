/*
 * Giving a complete file its name, at once and for one creator only.
 *
 * The file is made without a name (O_TMPFILE) and linked when it is complete, so a creator killed on the way
 * leaves nothing. Where a file system has no O_TMPFILE, or nothing lets an unnamed file be linked, it gets a
 * private temporary name first and is renamed over no other. That name starts with '~', which no segment's
 * name does, and its creator holds a lock on the file: the next creator sweeps away those whose lock is free.
 */
#ifndef STRAIT_INTERNAL_PUBLISH_H
#define STRAIT_INTERNAL_PUBLISH_H

#include <stdbool.h>

#include "internal/directory.h"

#define STRAIT_TEMPORARY_BYTES 40

struct strait_unpublished {
    int fd;
    char temporary[STRAIT_TEMPORARY_BYTES]; /* empty while the file has no name */
};

/* A new file, empty and mode 0600. `by_rename` insists on the second way. */
int strait_unpublished_create(const struct strait_directory *directory, bool by_rename,
                              struct strait_unpublished *file, struct strait_failure *failure);

/* -EEXIST when the name is taken. On failure the file is left to strait_unpublished_discard. */
int strait_unpublished_publish(const struct strait_directory *directory, struct strait_unpublished *file,
                               const char *name, struct strait_failure *failure);

/* Closes the file and removes its temporary name. */
void strait_unpublished_discard(const struct strait_directory *directory, struct strait_unpublished *file);

#endif
