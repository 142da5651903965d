/* Descriptors: status and locks. Results are 0 or positive, else a negated errno. */
#ifndef STRAIT_INTERNAL_FD_H
#define STRAIT_INTERNAL_FD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* fstat(2) and lstat(2), called so that the library needs no newer glibc than 2.17. */
int strait_fd_stat(int fd, struct stat *status);
int strait_path_stat(const char *path, struct stat *status);
int strait_fd_stat_at(int directory_fd, const char *name, struct stat *status); /* of the link itself */

/*
 * Open-file-description locks, see fcntl(2): they belong to the description, not to the process or thread,
 * and the kernel drops them when its last reference, which includes mappings, is gone.
 */
int strait_fd_lock(int fd, int64_t first_byte); /* one byte; -EAGAIN when another has it */
int strait_fd_unlock(int fd, int64_t first_byte);
int strait_fd_unlock_all(int fd);
int strait_fd_lock_range(int fd, int64_t first_byte, int64_t bytes); /* all of them, or -EAGAIN */
int strait_fd_is_locked(int fd, int64_t first_byte);                 /* 1 when another description has it */

/* How many bytes the other description that has it has locked with it; 0 when nobody has. */
int64_t strait_fd_lock_bytes(int fd, int64_t first_byte);

/*
 * posix_fallocate(3) from the file's start. ftruncate(2) would succeed on a full tmpfs, and the first store
 * would then be SIGBUS. Beyond RLIMIT_FSIZE it is -EFBIG, and only that: see fd.c.
 */
int strait_fd_allocate(int fd, uint64_t bytes);
int strait_fd_truncate(int fd, int64_t bytes); /* ftruncate(2), in the same way */

/* Cryptographically random, from the kernel. */
uint64_t strait_random(void);

#endif
