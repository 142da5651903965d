/*
 * POSIX semaphores, see sem_overview(7), by libc's own functions: what it keeps in a sem_t, and in the file
 * of a named one, is its own affair, and C programs of the same libc find the same.
 *
 * Results are 0 or positive, else a negated errno.
 */
#ifndef STRAIT_INTERNAL_POSIX_SEMAPHORE_H
#define STRAIT_INTERNAL_POSIX_SEMAPHORE_H

#include <semaphore.h>
#include <stdint.h>
#include <time.h>

#include "internal/kick.h"

/* sem_open(3): O_CREAT and O_EXCL count; a value that is no unsigned int is refused like one that is too
 * large. */
int strait_posix_semaphore_open(const char *name, int flags, mode_t mode, int64_t value, sem_t **semaphore);
int strait_posix_semaphore_close(sem_t *semaphore);
int strait_posix_semaphore_unlink(const char *name);

/* sem_init(3) for any process that has the memory, and sem_destroy(3). */
int strait_posix_semaphore_init(sem_t *semaphore, int64_t value);
int strait_posix_semaphore_destroy(sem_t *semaphore);

int strait_posix_semaphore_post(sem_t *semaphore);
int strait_posix_semaphore_value(sem_t *semaphore);
int strait_posix_semaphore_try_wait(sem_t *semaphore); /* -EAGAIN when it is 0 */

/* sem_wait(3), or with a deadline of CLOCK_REALTIME sem_timedwait(3); a kick ends it with -EINTR, and a
 * signal may. */
int strait_posix_semaphore_wait(sem_t *semaphore, const struct timespec *deadline, struct strait_kick *kick);

#endif
