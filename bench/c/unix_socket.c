/* A Unix-domain stream socket, one connection for both directions. */
#include "stream.h"
#include "unix.h"

static void end_open(struct end *end, const struct parameters *parameters)
{
    stream_init(end, parameters);
    end->in = end->out = meet(parameters, SOCK_STREAM);
    stream_mode(end->in, parameters->spins);
}

static void cycle(const struct parameters *parameters)
{
    struct sockaddr_un at = address(parameters, "cycle");
    int listening = listen_at(&at, SOCK_STREAM);
    int out = connect_to(&at, SOCK_STREAM);
    int in = accept_from(listening);
    stream_pass(out, in);
    close(out);
    close(in);
    close(listening);
    unlink(at.sun_path);
}

#include "roles.h"
