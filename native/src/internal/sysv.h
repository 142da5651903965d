/*
 * System V IPC, see sysvipc(7): each function is the system call with its arguments. Results are 0 or
 * positive, else a negated errno.
 *
 * Calls that can wait take a kick, which stands around the system call and ends it with -EINTR; NULL is for
 * those that do not wait.
 */
#ifndef STRAIT_INTERNAL_SYSV_H
#define STRAIT_INTERNAL_SYSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "internal/mapping.h"

/* Newer than the oldest C library that we build with. */
#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif
#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif
#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif

struct strait_kick;

/* ftok(3): the key's 32 bits. */
int64_t strait_sysv_key(const char *path, int project);

/* ---- Message queues --------------------------------------------------------------------------------------
 */

/* msgget(2), msgsnd(2), msgrcv(2). A message is its type, a long, and `length` bytes behind that. */
int strait_sysv_queue_get(key_t key, int flags);
int strait_sysv_queue_send(struct strait_kick *kick, int id, const void *message, size_t length, int flags);
int64_t strait_sysv_queue_receive(struct strait_kick *kick, int id, void *message, size_t capacity, long type,
                                  int flags);

/* msgctl(2): IPC_STAT, IPC_SET, IPC_RMID. */
int strait_sysv_queue_control(int id, int command, struct msqid_ds *status);

/* The `index`-th of the system, MSG_STAT_ANY, or MSG_STAT where the kernel has no other: its id. */
int strait_sysv_queue_at(int index, struct msqid_ds *status);

/* IPC_INFO, which is limits, or MSG_INFO, which is usage: the highest index. */
int strait_sysv_queue_info(int command, struct msginfo *info);

/* ---- Semaphore sets --------------------------------------------------------------------------------------
 */

int strait_sysv_semaphore_get(key_t key, int count, int flags);

/* semtimedop(2) until `deadline_ns`, or semop(2) when that is STRAIT_NEVER. */
int strait_sysv_semaphore_operate(struct strait_kick *kick, int id, struct sembuf *operations, size_t count,
                                  int64_t deadline_ns);

/* semctl(2): IPC_STAT, IPC_SET, IPC_RMID. */
int strait_sysv_semaphore_control(int id, int command, struct semid_ds *status);

/* GETVAL, SETVAL, GETPID, GETNCNT, GETZCNT of one; only SETVAL has a value. */
int strait_sysv_semaphore_value(int id, int index, int command, int value);

/* GETALL, SETALL. `values` has as many as the set. */
int strait_sysv_semaphore_values(int id, int command, unsigned short *values);

/* How many the set has, also for who must not read it. */
int strait_sysv_semaphore_count(int id);

int strait_sysv_semaphore_at(int index, struct semid_ds *status);
int strait_sysv_semaphore_info(int command, struct seminfo *info);

/* ---- Shared memory ---------------------------------------------------------------------------------------
 */

int strait_sysv_memory_get(key_t key, size_t bytes, int flags);

/* shmctl(2): IPC_STAT, IPC_SET, IPC_RMID, SHM_LOCK, SHM_UNLOCK. */
int strait_sysv_memory_control(int id, int command, struct shmid_ds *status);

int strait_sysv_memory_at(int index, struct shmid_ds *status);
int strait_sysv_memory_limits(struct shminfo *limits);
int strait_sysv_memory_usage(struct shm_info *usage);

struct strait_sysv_attachment {
    struct strait_mapping mapping; /* as large as the memory was wanted; whole pages when it is detached */
    bool is_detached;
};

/* shmat(2), where the kernel likes it. */
int strait_sysv_memory_attach(struct strait_sysv_attachment *attachment, int id, int flags);

/* Detaches, and leaves zeros at the same addresses. Nothing the second time. */
int strait_sysv_memory_detach(struct strait_sysv_attachment *attachment);

/* Gives the address space back; detaches if nobody did. */
void strait_sysv_memory_release(struct strait_sysv_attachment *attachment);

#endif
