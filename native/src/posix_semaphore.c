#include "internal/posix_semaphore.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "internal/pin.h"

PIN(sem_close);
PIN(sem_destroy);
PIN(sem_getvalue);
PIN(sem_init);
PIN(sem_open);
PIN(sem_post);
PIN(sem_timedwait);
PIN(sem_trywait);
PIN(sem_unlink);
PIN(sem_wait);

static int answer(int result)
{
    return result < 0 ? -errno : result;
}

static unsigned initial(int64_t value)
{
    return value < 0 || value > UINT_MAX ? UINT_MAX : (unsigned)value;
}

/* As sem_overview(7) says; some versions of libc have other answers for some lengths. */
static bool is_too_long(const char *name)
{
    return strlen(name + strspn(name, "/")) > NAME_MAX - strlen("sem.");
}

int strait_posix_semaphore_open(const char *name, int flags, mode_t mode, int64_t value, sem_t **semaphore)
{
    if (is_too_long(name))
        return -ENAMETOOLONG;
    *semaphore = sem_open(name, flags, mode, initial(value));
    return *semaphore == SEM_FAILED ? -errno : 0;
}

int strait_posix_semaphore_close(sem_t *semaphore)
{
    return answer(sem_close(semaphore));
}

int strait_posix_semaphore_unlink(const char *name)
{
    return is_too_long(name) ? -ENAMETOOLONG : answer(sem_unlink(name));
}

int strait_posix_semaphore_init(sem_t *semaphore, int64_t value)
{
    return answer(sem_init(semaphore, 1, initial(value)));
}

int strait_posix_semaphore_destroy(sem_t *semaphore)
{
    return answer(sem_destroy(semaphore));
}

int strait_posix_semaphore_post(sem_t *semaphore)
{
    return answer(sem_post(semaphore));
}

int strait_posix_semaphore_value(sem_t *semaphore)
{
    int value;
    return sem_getvalue(semaphore, &value) < 0 ? -errno : value;
}

int strait_posix_semaphore_try_wait(sem_t *semaphore)
{
    return answer(sem_trywait(semaphore));
}

int strait_posix_semaphore_wait(sem_t *semaphore, const struct timespec *deadline, struct strait_kick *kick)
{
    int result = strait_kick_enter(kick);
    if (result == 0)
        result = answer(deadline == NULL ? sem_wait(semaphore) : sem_timedwait(semaphore, deadline));
    strait_kick_leave(kick);
    return result;
}
