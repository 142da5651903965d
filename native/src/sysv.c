#include "internal/sysv.h"

#include <errno.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/kick.h"

#define HUGEST_PAGE ((size_t)16 << 30) /* of any architecture */

union argument { /* semctl's callers declare it */
    int value;
    void *pointer;
};

static int64_t checked(int64_t result)
{
    return result < 0 ? -errno : result;
}

static int enter(struct strait_kick *kick)
{
    return kick == NULL ? 0 : strait_kick_enter(kick);
}

static int64_t leave(struct strait_kick *kick, int64_t result)
{
    if (kick != NULL)
        strait_kick_leave(kick);
    return result;
}

/* A key of -1 is one, too. */
int64_t strait_sysv_key(const char *path, int project)
{
    errno = 0;
    key_t key = ftok(path, project);
    return key == -1 && errno != 0 ? -errno : (int64_t)(uint32_t)key;
}

/* ---- Message queues --------------------------------------------------------------------------------------
 */

int strait_sysv_queue_get(key_t key, int flags)
{
    return (int)checked(msgget(key, flags));
}

int strait_sysv_queue_send(struct strait_kick *kick, int id, const void *message, size_t length, int flags)
{
    int result = enter(kick);
    if (result == 0)
        result = (int)checked(msgsnd(id, message, length, flags));
    return (int)leave(kick, result);
}

int64_t strait_sysv_queue_receive(struct strait_kick *kick, int id, void *message, size_t capacity, long type,
                                  int flags)
{
    int64_t result = enter(kick);
    if (result == 0)
        result = checked(msgrcv(id, message, capacity, type, flags));
    return leave(kick, result);
}

int strait_sysv_queue_control(int id, int command, struct msqid_ds *status)
{
    return (int)checked(msgctl(id, command, status));
}

int strait_sysv_queue_at(int index, struct msqid_ds *status)
{
    int result = strait_sysv_queue_control(index, MSG_STAT_ANY, status);
    return result < 0 ? strait_sysv_queue_control(index, MSG_STAT, status) : result;
}

int strait_sysv_queue_info(int command, struct msginfo *info)
{
    return strait_sysv_queue_control(0, command, (struct msqid_ds *)info);
}

/* ---- Semaphore sets --------------------------------------------------------------------------------------
 */

static int control(int id, int index, int command, union argument argument)
{
    return (int)checked(semctl(id, index, command, argument));
}

int strait_sysv_semaphore_get(key_t key, int count, int flags)
{
    return (int)checked(semget(key, count, flags));
}

static int operate(int id, struct sembuf *operations, size_t count, int64_t deadline_ns)
{
    if (deadline_ns == STRAIT_NEVER)
        return semop(id, operations, count);
    int64_t left_ns = deadline_ns - strait_now_ns();
    struct timespec left = strait_timespec(left_ns > 0 ? left_ns : 0);
    return semtimedop(id, operations, count, &left);
}

int strait_sysv_semaphore_operate(struct strait_kick *kick, int id, struct sembuf *operations, size_t count,
                                  int64_t deadline_ns)
{
    int result = enter(kick);
    if (result == 0)
        result = (int)checked(operate(id, operations, count, deadline_ns));
    return (int)leave(kick, result);
}

int strait_sysv_semaphore_control(int id, int command, struct semid_ds *status)
{
    return control(id, 0, command, (union argument){.pointer = status});
}

int strait_sysv_semaphore_value(int id, int index, int command, int value)
{
    return control(id, index, command, (union argument){.value = value});
}

int strait_sysv_semaphore_values(int id, int command, unsigned short *values)
{
    return control(id, 0, command, (union argument){.pointer = values});
}

/* The kernel takes an id for its index in SEM_STAT_ANY, which asks for no permission. */
int strait_sysv_semaphore_count(int id)
{
    struct semid_ds status;
    int result = strait_sysv_semaphore_control(id, IPC_STAT, &status);
    if (result == -EACCES && strait_sysv_semaphore_control(id, SEM_STAT_ANY, &status) == id)
        result = 0;
    return result < 0 ? result : (int)status.sem_nsems;
}

int strait_sysv_semaphore_at(int index, struct semid_ds *status)
{
    int result = strait_sysv_semaphore_control(index, SEM_STAT_ANY, status);
    return result < 0 ? strait_sysv_semaphore_control(index, SEM_STAT, status) : result;
}

int strait_sysv_semaphore_info(int command, struct seminfo *info)
{
    return control(0, 0, command, (union argument){.pointer = info});
}

/* ---- Shared memory ---------------------------------------------------------------------------------------
 */

int strait_sysv_memory_get(key_t key, size_t bytes, int flags)
{
    return (int)checked(shmget(key, bytes, flags));
}

int strait_sysv_memory_control(int id, int command, struct shmid_ds *status)
{
    return (int)checked(shmctl(id, command, status));
}

int strait_sysv_memory_at(int index, struct shmid_ds *status)
{
    int result = strait_sysv_memory_control(index, SHM_STAT_ANY, status);
    return result < 0 ? strait_sysv_memory_control(index, SHM_STAT, status) : result;
}

int strait_sysv_memory_limits(struct shminfo *limits)
{
    return strait_sysv_memory_control(0, IPC_INFO, (struct shmid_ds *)limits);
}

int strait_sysv_memory_usage(struct shm_info *usage)
{
    return strait_sysv_memory_control(0, SHM_INFO, (struct shmid_ds *)usage);
}

/* An id means one segment for ever, so the size is that of what was attached. */
int strait_sysv_memory_attach(struct strait_sysv_attachment *attachment, int id, int flags)
{
    struct shmid_ds status;
    void *base = shmat(id, NULL, flags);
    if (base == (void *)-1)
        return -errno;
    int result = strait_sysv_memory_control(id, IPC_STAT, &status);
    if (result < 0) {
        shmdt(base);
        return result;
    }
    *attachment = (struct strait_sysv_attachment){{base, status.shm_segsz}, false};
    return 0;
}

/* The kernel has mapped whole pages, and only it knows how large they are. It refuses to take a part of a
 * huge page away, so the first multiple that it does not refuse is the right one. */
int strait_sysv_memory_detach(struct strait_sysv_attachment *attachment)
{
    struct strait_mapping whole = attachment->mapping;
    int result = attachment->is_detached ? 0 : -EINVAL;
    for (size_t page = (size_t)sysconf(_SC_PAGESIZE); result == -EINVAL && page <= HUGEST_PAGE; page *= 2) {
        whole.bytes = (attachment->mapping.bytes + page - 1) / page * page;
        result = strait_mapping_overlay(&whole);
    }
    if (result == 0)
        *attachment = (struct strait_sysv_attachment){whole, true};
    return result;
}

void strait_sysv_memory_release(struct strait_sysv_attachment *attachment)
{
    if (attachment->is_detached)
        munmap(attachment->mapping.base, attachment->mapping.bytes);
    else
        shmdt(attachment->mapping.base);
}
