/* A Unix-domain socket of packets in sequence, one connection for both directions. */
#include "packets.h"

static void end_open(struct end *end, const struct parameters *parameters)
{
    packets_init(end, parameters);
    end->in = end->out = meet(parameters, SOCK_SEQPACKET);
}

#define WITHOUT_CYCLE
#include "roles.h"
