/* Two System V message queues, one for each direction. Nothing but a removal ends them: the role `remove`. */
#include <errno.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include "side.h"

struct message {
    long type;
    unsigned char payload[8192]; /* msgmax as the kernel sets it */
};

struct end {
    int out;
    int in;
    int flags;
    struct payload payload;
    struct message outgoing;
    struct message incoming;
};

static int queue(const struct parameters *parameters, int number, int flags)
{
    key_t key = ftok(parameters->dir, number);
    if (key == -1)
        side_fail("ftok");
    return msgget(key, flags | 0600);
}

static void remove_queues(const struct parameters *parameters)
{
    for (int number = 1; number <= 2; number++) {
        int id = queue(parameters, number, 0);
        if (id >= 0)
            msgctl(id, IPC_RMID, NULL);
    }
}

static int create(const struct parameters *parameters, int number)
{
    int id = queue(parameters, number, IPC_CREAT | IPC_EXCL);
    if (id < 0)
        side_fail("msgget");
    return id;
}

static int find(const struct parameters *parameters, int number)
{
    int id;
    while ((id = queue(parameters, number, 0)) < 0 && errno == ENOENT)
        usleep(1000);
    if (id < 0)
        side_fail("msgget");
    return id;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    end->payload = payload_new(parameters);
    end->flags = parameters->spins ? IPC_NOWAIT : 0;
    end->outgoing.type = 1;
    end->out = parameters->first ? create(parameters, 1) : find(parameters, 2);
    end->in = parameters->first ? create(parameters, 2) : find(parameters, 1);
}

static inline bool end_offer(struct end *end, int64_t value)
{
    payload_fill(&end->payload, end->outgoing.payload, value);
    if (msgsnd(end->out, &end->outgoing, end->payload.bytes, end->flags) == 0)
        return true;
    if (errno != EAGAIN)
        side_fail("msgsnd");
    return false;
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    (void)count;
    return end_offer(end, value);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    ssize_t got = msgrcv(end->in, &end->incoming, sizeof end->incoming.payload, 0, end->flags);
    if (got < 0 && errno == ENOMSG)
        return 0;
    if (got != (ssize_t)end->payload.bytes)
        side_fail("msgrcv");
    sink(state, end->payload.bytes > WORDWISE_BYTES ? payload_stamped(&end->payload, end->incoming.payload)
                                                    : payload_check(&end->payload, end->incoming.payload));
    return 1;
}

static void end_close(struct end *end)
{
    (void)end; /* the queues stay until they are removed, and so does what is still in them */
}

static void cycle(const struct parameters *parameters)
{
    struct message message = {.type = 1};
    int id = create(parameters, 3);
    if (msgsnd(id, &message, 64, 0) != 0 || msgrcv(id, &message, 64, 0, 0) != 64)
        side_fail("pass");
    msgctl(id, IPC_RMID, NULL);
}

#define HAS_REMOVE
#include "roles.h"
