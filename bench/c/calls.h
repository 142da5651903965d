/*
 * One thread at both ends of something of the kernel's: puts 64 bytes, a number or a permit in, and takes
 * them out again, with one system call for each. For each mechanism X there is
 *
 *     X_open(parameters)      makes it
 *     X_put(thing)            one call
 *     X_take(thing)           one call
 *     X_remove(parameters)    where its object outlives it
 *
 * call.c makes a program of each, calls_jni.c lets Java call them.
 */
#ifndef CALLS_H
#define CALLS_H

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <unistd.h>

#include "side.h"

#define FOR_ALL_MECHANISMS(DO)                                                                               \
    DO(pipe)                                                                                                 \
    DO(unix_stream)                                                                                          \
    DO(unix_datagram)                                                                                        \
    DO(unix_seqpacket)                                                                                       \
    DO(eventfd)                                                                                              \
    DO(sysv_queue)                                                                                           \
    DO(sysv_semaphore)                                                                                       \
    DO(posix_queue)                                                                                          \
    DO(posix_semaphore)

enum { CALL_BYTES = 64 };

/* Small enough for registers. */
struct thing {
    int out;
    int in;
    void *memory; /* what is put in, and where it is taken out to; or the object itself */
};

static inline void must(bool success, const char *what)
{
    if (!success)
        side_fail(what);
}

static inline struct thing thing_of(int out, int in)
{
    static uint64_t memory[CALL_BYTES / 8 + 1] = {1}; /* one word more for the type of a System V message */
    return (struct thing){out, in, memory};
}

/* ---- What has descriptors
 * ------------------------------------------------------------------------------------ */

static inline struct thing pipe_open(const struct parameters *parameters)
{
    int ends[2];
    (void)parameters;
    must(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    return thing_of(ends[1], ends[0]);
}

static inline void pipe_put(struct thing thing)
{
    must(write(thing.out, thing.memory, CALL_BYTES) == CALL_BYTES, "write");
}

static inline void pipe_take(struct thing thing)
{
    must(read(thing.in, thing.memory, CALL_BYTES) == CALL_BYTES, "read");
}

static inline struct thing socket_pair(int type)
{
    int ends[2];
    must(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) == 0, "socketpair");
    return thing_of(ends[1], ends[0]);
}

static inline struct thing unix_stream_open(const struct parameters *parameters)
{
    (void)parameters;
    return socket_pair(SOCK_STREAM);
}

static inline void unix_stream_put(struct thing thing)
{
    must(send(thing.out, thing.memory, CALL_BYTES, 0) == CALL_BYTES, "send");
}

static inline void unix_stream_take(struct thing thing)
{
    must(recv(thing.in, thing.memory, CALL_BYTES, 0) == CALL_BYTES, "recv");
}

static inline struct thing unix_datagram_open(const struct parameters *parameters)
{
    (void)parameters;
    return socket_pair(SOCK_DGRAM);
}

static inline void unix_datagram_put(struct thing thing)
{
    unix_stream_put(thing);
}

static inline void unix_datagram_take(struct thing thing)
{
    unix_stream_take(thing);
}

static inline struct thing unix_seqpacket_open(const struct parameters *parameters)
{
    (void)parameters;
    return socket_pair(SOCK_SEQPACKET);
}

static inline void unix_seqpacket_put(struct thing thing)
{
    unix_stream_put(thing);
}

static inline void unix_seqpacket_take(struct thing thing)
{
    unix_stream_take(thing);
}

static inline struct thing eventfd_open(const struct parameters *parameters)
{
    (void)parameters;
    int fd = eventfd(0, EFD_CLOEXEC);
    must(fd >= 0, "eventfd");
    return thing_of(fd, fd);
}

static inline void eventfd_put(struct thing thing)
{
    must(write(thing.out, thing.memory, 8) == 8, "write");
}

static inline void eventfd_take(struct thing thing)
{
    must(read(thing.in, thing.memory, 8) == 8, "read");
}

/* ---- System V
 * ------------------------------------------------------------------------------------------------ */

static inline key_t key_of(const struct parameters *parameters)
{
    key_t key = ftok(parameters->dir, 1);
    must(key != -1, "ftok");
    return key;
}

static inline struct thing sysv_queue_open(const struct parameters *parameters)
{
    int id = msgget(key_of(parameters), IPC_CREAT | IPC_EXCL | 0600);
    must(id >= 0, "msgget");
    return thing_of(id, id);
}

static inline void sysv_queue_put(struct thing thing)
{
    must(msgsnd(thing.out, thing.memory, CALL_BYTES, 0) == 0, "msgsnd");
}

static inline void sysv_queue_take(struct thing thing)
{
    must(msgrcv(thing.in, thing.memory, CALL_BYTES, 0, 0) == CALL_BYTES, "msgrcv");
}

static inline void sysv_queue_remove(const struct parameters *parameters)
{
    int id = msgget(key_of(parameters), 0600);
    if (id >= 0)
        msgctl(id, IPC_RMID, NULL);
}

static inline struct thing sysv_semaphore_open(const struct parameters *parameters)
{
    int set = semget(key_of(parameters), 1, IPC_CREAT | IPC_EXCL | 0600);
    must(set >= 0, "semget");
    return thing_of(set, set);
}

static inline void operate(int set, short change)
{
    struct sembuf operation = {.sem_num = 0, .sem_op = change, .sem_flg = 0};
    must(semop(set, &operation, 1) == 0, "semop");
}

static inline void sysv_semaphore_put(struct thing thing)
{
    operate(thing.out, 1);
}

static inline void sysv_semaphore_take(struct thing thing)
{
    operate(thing.in, -1);
}

static inline void sysv_semaphore_remove(const struct parameters *parameters)
{
    int set = semget(key_of(parameters), 1, 0600);
    if (set >= 0)
        semctl(set, 0, IPC_RMID);
}

/* ---- POSIX
 * --------------------------------------------------------------------------------------------------- */

static inline void name_of(char name[static 64])
{
    snprintf(name, 64, "/strait-bench-call-%d", (int)getpid());
}

static inline struct thing posix_queue_open(const struct parameters *parameters)
{
    char name[64];
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = CALL_BYTES};
    (void)parameters;
    name_of(name);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
    must(queue != (mqd_t)-1, "mq_open");
    mq_unlink(name);
    return thing_of(queue, queue);
}

static inline void posix_queue_put(struct thing thing)
{
    must(mq_send(thing.out, thing.memory, CALL_BYTES, 0) == 0, "mq_send");
}

static inline void posix_queue_take(struct thing thing)
{
    must(mq_receive(thing.in, thing.memory, CALL_BYTES, NULL) == CALL_BYTES, "mq_receive");
}

static inline struct thing posix_semaphore_open(const struct parameters *parameters)
{
    char name[64];
    (void)parameters;
    name_of(name);
    sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
    must(semaphore != SEM_FAILED, "sem_open");
    sem_unlink(name);
    return (struct thing){-1, -1, semaphore};
}

static inline void posix_semaphore_put(struct thing thing)
{
    must(sem_post(thing.memory) == 0, "sem_post");
}

static inline void posix_semaphore_take(struct thing thing)
{
    must(sem_wait(thing.memory) == 0, "sem_wait");
}

#endif
