/* Messages through sockets that keep them apart, each by a system call of its own. */
#ifndef PACKETS_H
#define PACKETS_H

#include <stdlib.h>

#include "unix.h"

struct end {
    int out;
    int in;
    int flags;
    struct payload payload;
    unsigned char *outgoing;
    unsigned char *incoming;
};

static void packets_init(struct end *end, const struct parameters *parameters)
{
    end->payload = payload_new(parameters);
    end->flags = parameters->spins ? MSG_DONTWAIT : 0;
    end->outgoing = malloc(WORDWISE_BYTES);
    end->incoming = malloc(parameters->bytes);
    if (end->outgoing == NULL || end->incoming == NULL)
        side_fail("malloc");
}

static inline bool end_offer(struct end *end, int64_t value)
{
    const unsigned char *message = end->outgoing;
    if (end->payload.bytes > WORDWISE_BYTES)
        message = payload_stamp(&end->payload, value);
    else
        payload_fill(&end->payload, end->outgoing, value);
    if (send(end->out, message, end->payload.bytes, end->flags) >= 0)
        return true;
    if (errno != EAGAIN)
        side_fail("send");
    return false;
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    (void)count;
    return end_offer(end, value);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    ssize_t got = recv(end->in, end->incoming, end->payload.bytes, end->flags);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return PEER_GONE;
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got != (ssize_t)end->payload.bytes)
        side_fail("recv");
    sink(state, end->payload.bytes > WORDWISE_BYTES ? payload_stamped(&end->payload, end->incoming)
                                                    : payload_check(&end->payload, end->incoming));
    return 1;
}

static void end_close(struct end *end)
{
    close(end->out);
    if (end->in != end->out)
        close(end->in);
}

#endif
