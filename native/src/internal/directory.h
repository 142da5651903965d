/* Where named segments live, and what they may be called. */
#ifndef STRAIT_INTERNAL_DIRECTORY_H
#define STRAIT_INTERNAL_DIRECTORY_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "strait/error.h"

struct strait_directory {
    int fd;
    char path[PATH_MAX];
};

/* Whether `name` is 1 to STRAIT_NAME_MAX of [A-Za-z0-9._-], and not "." or "..". */
bool strait_name_is_valid(const char *name);

/* The path that `directory` (may be NULL) stands for. -ENAMETOOLONG when it leaves no room for a name. */
int strait_directory_path(const char *directory, char path[PATH_MAX]);

/*
 * Opens it; makes it first, with mode 0700, when `make` is set and it is the default one. Refuses with -EPERM
 * a directory that belongs to anyone but the caller, root, or `owner` (-1 for none), and one in which others
 * could replace our files: writable for them without the sticky bit.
 */
int strait_directory_open(const char *directory, int64_t owner, bool make, struct strait_directory *opened,
                          struct strait_failure *failure);
void strait_directory_close(struct strait_directory *opened);

#endif
