/* Unix-domain sockets with names in the directory where the sides meet. */
#ifndef UNIX_H
#define UNIX_H

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "side.h"

enum { SOCKET_BYTES = 1 << 20 };

static inline struct sockaddr_un address(const struct parameters *parameters, const char *name)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    if ((size_t)snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", parameters->dir, name) >=
        sizeof to.sun_path)
        side_fail("the directory's name is too long");
    return to;
}

static inline int new_socket(int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    int bytes = SOCKET_BYTES;
    if (fd < 0)
        side_fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes); /* as large as is allowed */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return fd;
}

static inline void bind_at(int fd, const struct sockaddr_un *at)
{
    if (bind(fd, (const struct sockaddr *)at, sizeof *at) != 0)
        side_fail(at->sun_path);
}

static inline int listen_at(const struct sockaddr_un *at, int type)
{
    int fd = new_socket(type);
    bind_at(fd, at);
    if (listen(fd, 1) != 0)
        side_fail(at->sun_path);
    return fd;
}

static inline int accept_from(int listening)
{
    int fd = accept(listening, NULL, NULL);
    int bytes = SOCKET_BYTES;
    if (fd < 0)
        side_fail("accept");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    return fd;
}

/* Until the other side is there. */
static inline void connect_fd(int fd, const struct sockaddr_un *to)
{
    while (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
        if (errno != ENOENT && errno != ECONNREFUSED)
            side_fail(to->sun_path);
        usleep(1000);
    }
}

static inline int connect_to(const struct sockaddr_un *to, int type)
{
    int fd = new_socket(type);
    connect_fd(fd, to);
    return fd;
}

/* One connection for both directions; who begins is the server. */
static inline int meet(const struct parameters *parameters, int type)
{
    struct sockaddr_un at = address(parameters, "socket");
    if (!parameters->first)
        return connect_to(&at, type);
    int listening = listen_at(&at, type);
    int fd = accept_from(listening);
    close(listening);
    return fd;
}

#endif
