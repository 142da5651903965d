/* A System V semaphore. Nothing but a removal ends it: the role `remove`. */
#include <sys/ipc.h>
#include <sys/sem.h>

#include "side.h"

struct thing {
    int set;
};

static void operate(struct thing thing, short change)
{
    struct sembuf operation = {.sem_num = 0, .sem_op = change, .sem_flg = 0};
    if (semop(thing.set, &operation, 1) != 0)
        side_fail("semop");
}

static int semaphore(const struct parameters *parameters, int flags)
{
    key_t key = ftok(parameters->dir, 1);
    if (key == -1)
        side_fail("ftok");
    return semget(key, 1, flags | 0600);
}

static struct thing pair_open(const struct parameters *parameters)
{
    struct thing thing = {semaphore(parameters, IPC_CREAT | IPC_EXCL)};
    if (thing.set < 0)
        side_fail("semget");
    operate(thing, 1);
    return thing;
}

static inline void pair(struct thing thing)
{
    operate(thing, -1);
    operate(thing, 1);
}

static void pair_close(struct thing thing)
{
    (void)thing; /* the driver has it removed */
}

static void pair_remove(const struct parameters *parameters)
{
    int id = semaphore(parameters, 0);
    if (id >= 0)
        semctl(id, 0, IPC_RMID);
}

#define HAS_REMOVE
#include "pairs.h"
