/* Two Unix-domain datagram sockets, each with a name and connected to the other. */
#include "packets.h"

static void end_open(struct end *end, const struct parameters *parameters)
{
    struct sockaddr_un own = address(parameters, parameters->first ? "first" : "second");
    struct sockaddr_un peers = address(parameters, parameters->first ? "second" : "first");
    packets_init(end, parameters);
    end->in = end->out = new_socket(SOCK_DGRAM);
    bind_at(end->in, &own);
    connect_fd(end->out, &peers);
}

#define WITHOUT_CYCLE
#include "roles.h"
