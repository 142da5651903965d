/* Two POSIX message queues, one for each direction, as deep as the kernel allows. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "side.h"

struct end {
    mqd_t out;
    mqd_t in;
    struct payload payload;
    unsigned char outgoing[8192];
    unsigned char incoming[8192];
};

/* A name for each directory and direction. */
static void name_of(const struct parameters *parameters, const char *direction, char name[static 128])
{
    snprintf(name, 128, "/strait-bench%.90s-%s", parameters->dir, direction);
    for (char *at = name + 1; *at != '\0'; at++) {
        if (*at == '/')
            *at = '-';
    }
}

static long deepest(void)
{
    long depth = 10;
    FILE *file = fopen("/proc/sys/fs/mqueue/msg_max", "re");
    if (file != NULL) {
        if (fscanf(file, "%ld", &depth) != 1)
            depth = 10;
        fclose(file);
    }
    return depth;
}

static mqd_t open_queue(const struct parameters *parameters, const char *direction, int flags)
{
    char name[128];
    struct mq_attr attributes = {.mq_maxmsg = deepest(), .mq_msgsize = parameters->bytes};
    name_of(parameters, direction, name);
    mqd_t queue =
        mq_open(name, flags | O_CREAT | O_CLOEXEC | (parameters->spins ? O_NONBLOCK : 0), 0600, &attributes);
    if (queue == (mqd_t)-1)
        side_fail("mq_open");
    return queue;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    end->payload = payload_new(parameters);
    end->out = open_queue(parameters, parameters->first ? "there" : "back", O_WRONLY);
    end->in = open_queue(parameters, parameters->first ? "back" : "there", O_RDONLY);
}

static inline bool end_offer(struct end *end, int64_t value)
{
    const unsigned char *message = end->outgoing;
    if (end->payload.bytes > WORDWISE_BYTES)
        message = payload_stamp(&end->payload, value);
    else
        payload_fill(&end->payload, end->outgoing, value);
    if (mq_send(end->out, (const char *)message, end->payload.bytes, 0) == 0)
        return true;
    if (errno != EAGAIN)
        side_fail("mq_send");
    return false;
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    (void)count;
    return end_offer(end, value);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    ssize_t got = mq_receive(end->in, (char *)end->incoming, sizeof end->incoming, NULL);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got != (ssize_t)end->payload.bytes)
        side_fail("mq_receive");
    sink(state, end->payload.bytes > WORDWISE_BYTES ? payload_stamped(&end->payload, end->incoming)
                                                    : payload_check(&end->payload, end->incoming));
    return 1;
}

static void end_close(struct end *end)
{
    mq_close(end->out);
    mq_close(end->in);
}

/* Once both have it open the name is not needed; messages stay until the last descriptor is closed. */
static void remove_queues(const struct parameters *parameters)
{
    char name[128];
    name_of(parameters, "there", name);
    mq_unlink(name);
    name_of(parameters, "back", name);
    mq_unlink(name);
}

static void cycle(const struct parameters *parameters)
{
    char name[128];
    char message[64] = {1};
    struct mq_attr attributes = {.mq_maxmsg = deepest(), .mq_msgsize = 64};
    name_of(parameters, "cycle", name);
    mqd_t out = mq_open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600, &attributes);
    mqd_t in = mq_open(name, O_RDONLY | O_CLOEXEC);
    if (out == (mqd_t)-1 || in == (mqd_t)-1)
        side_fail("mq_open");
    if (mq_send(out, message, sizeof message, 0) != 0 || mq_receive(in, message, sizeof message, NULL) != 64)
        side_fail("pass");
    mq_close(out);
    mq_close(in);
    mq_unlink(name);
}

#define HAS_REMOVE
#include "roles.h"
