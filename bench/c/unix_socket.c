/* A Unix-domain stream socket, one connection for both directions. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "stream.h"

enum { SOCKET_BYTES = 1 << 20 };

static struct sockaddr_un address(const struct parameters *parameters, const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", parameters->dir, name) >=
        sizeof to.sun_path)
        side_fail("the directory's name is too long");
    return to;
}

static int new_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int bytes = SOCKET_BYTES;
    if (fd < 0)
        side_fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); /* as large as is allowed */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return fd;
}

static int listen_at(const struct sockaddr_un *at)
{
    int fd = new_socket();
    if (bind(fd, (const struct sockaddr *)at, sizeof *at) != 0 || listen(fd, 1) != 0)
        side_fail(at->sun_path);
    return fd;
}

static int accept_from(int listening)
{
    int fd = accept(listening, NULL, NULL);
    int bytes = SOCKET_BYTES;
    if (fd < 0)
        side_fail("accept");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return fd;
}

static int connect_to(const struct sockaddr_un *to)
{
    int fd = new_socket();
    while (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
        if (errno != ENOENT && errno != ECONNREFUSED)
            side_fail(to->sun_path);
        usleep(1000); /* the other side is not there yet */
    }
    return fd;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    struct sockaddr_un at = address(parameters, "socket");
    stream_init(end, parameters);
    if (parameters->first) {
        int listening = listen_at(&at);
        end->in = accept_from(listening);
        close(listening);
    } else {
        end->in = connect_to(&at);
    }
    end->out = end->in;
    stream_mode(end->in, parameters->spins);
}

static void cycle(const struct parameters *parameters)
{
    struct sockaddr_un at = address(parameters, "cycle");
    int listening = listen_at(&at);
    int out = connect_to(&at);
    int in = accept_from(listening);
    stream_pass(out, in);
    close(out);
    close(in);
    close(listening);
    unlink(at.sun_path);
}

#include "roles.h"
