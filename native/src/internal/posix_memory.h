/*
 * POSIX shared memory, see shm_overview(7): files in /dev/shm, as glibc's shm_open(3) opens them, which in
 * glibc 2.17 is in librt. Their sizes are strait_fd_allocate's and strait_fd_truncate's business, and
 * mapping them internal/mapping.h's.
 *
 * Results are 0 or positive, else a negated errno.
 */
#ifndef STRAIT_INTERNAL_POSIX_MEMORY_H
#define STRAIT_INTERNAL_POSIX_MEMORY_H

#include <sys/types.h>

/* shm_open(3): a descriptor, close-on-exec. */
int strait_posix_memory_open(const char *name, int flags, mode_t mode);
int strait_posix_memory_unlink(const char *name);

int strait_posix_memory_set_mode(int fd, mode_t mode);
int strait_posix_memory_set_owner(int fd, uid_t user, gid_t group); /* -1 leaves one as it is */

#endif
