/* A System V semaphore. Nothing but a removal ends it: the role `remove`. */
#include <sys/ipc.h>
#include <sys/sem.h>

#include "side.h"

static int set;

static void operate(short change)
{
    struct sembuf operation = {.sem_num = 0, .sem_op = change, .sem_flg = 0};
    if (semop(set, &operation, 1) != 0)
        side_fail("semop");
}

static int semaphore(const struct parameters *parameters, int flags)
{
    key_t key = ftok(parameters->dir, 1);
    if (key == -1)
        side_fail("ftok");
    return semget(key, 1, flags | 0600);
}

static void pair_open(const struct parameters *parameters)
{
    set = semaphore(parameters, IPC_CREAT | IPC_EXCL);
    if (set < 0)
        side_fail("semget");
    operate(1);
}

static inline void pair(void)
{
    operate(-1);
    operate(1);
}

static void pair_close(const struct parameters *parameters)
{
    (void)parameters; /* the driver has it removed */
}

static void pair_remove(const struct parameters *parameters)
{
    int id = semaphore(parameters, 0);
    if (id >= 0)
        semctl(id, 0, IPC_RMID);
}

#define HAS_REMOVE
#include "pairs.h"
