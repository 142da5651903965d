#include "strait/share.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/descriptor.h"
#include "internal/failure.h"
#include "internal/segment.h"
#include "internal/share.h"
#include "internal/socket.h"
#include "strait/outcome.h"

#define BACKLOG 128

_Static_assert(sizeof(struct strait_share_message) == 16, "the message has another size");

/* ---- Sending ---------------------------------------------------------------------------------------------
 *
 * The segment's own descriptor is never sent: it has our lock, and a copy of it, even one that lies in a
 * socket, would keep that alive when we are dead.
 */

int strait_share_open(const struct strait_segment *segment, enum strait_share_access access,
                      struct strait_failure *failure)
{
    char path[64];
    if (!segment->anonymous || (access != STRAIT_SHARE_ATTACH && access != STRAIT_SHARE_VIEW))
        return strait_fail(failure, "offer", -EINVAL);
    if (segment->fd < 0 || !strait_segment_is_ours(segment))
        return strait_fail(failure, "offer", -EBADF);
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", segment->fd);
    int fd = open(path, (access == STRAIT_SHARE_VIEW ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOCTTY);
    return fd < 0 ? strait_fail(failure, "open", -errno) : fd;
}

static int wait_for(int socket_fd, short events, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns == STRAIT_NEVER ? STRAIT_NEVER : deadline_ns - strait_now_ns();
    return strait_descriptor_await(socket_fd, events, -1, left_ns);
}

/* So short a message is sent whole or not at all. */
static int send_message(int socket_fd, const struct strait_share_message *message, const int *fd,
                        int64_t deadline_ns)
{
    struct iovec part = {(void *)message, sizeof *message};
    const struct strait_socket_message sent = {
        .parts = &part, .part_count = 1, .descriptors = fd, .descriptor_count = fd == NULL ? 0 : 1};
    int64_t result = strait_socket_send(socket_fd, &sent);
    while (result == -EAGAIN) {
        int ready = wait_for(socket_fd, POLLOUT, deadline_ns);
        result = ready < 0 ? ready : strait_socket_send(socket_fd, &sent);
    }
    if (result < 0)
        return (int)result;
    return result == sizeof *message ? 0 : -EPROTO;
}

int strait_share_offer(int socket_fd, const struct strait_segment *segment, enum strait_share_access access,
                       int64_t timeout_ns, struct strait_failure *failure)
{
    const struct strait_share_message message = {STRAIT_SHARE_MAGIC, segment->geometry.kind, access};
    int fd = strait_share_open(segment, access, failure);
    if (fd < 0)
        return fd;
    int result = send_message(socket_fd, &message, &fd, strait_deadline_after(timeout_ns));
    close(fd);
    return result < 0 ? strait_fail(failure, "sendmsg", result) : 0;
}

int strait_share_refuse(int socket_fd)
{
    const struct strait_share_message message = {STRAIT_SHARE_MAGIC, 0, STRAIT_SHARE_REFUSED};
    return send_message(socket_fd, &message, NULL, strait_now_ns());
}

/* ---- Receiving -------------------------------------------------------------------------------------------
 */

/* The descriptor, which is the caller's, of a message that is whole. */
static int check_message(int64_t length, const struct strait_share_message *message,
                         const struct strait_socket_received *received, struct strait_failure *failure)
{
    if (length == 0)
        return strait_fail(failure, "recvmsg", -ECONNRESET);
    if (length != sizeof *message)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_SIZE, sizeof *message,
                                    (uint64_t)length);
    if (message->magic != STRAIT_SHARE_MAGIC)
        return strait_fail_mismatch(failure, -EPROTO, STRAIT_MISMATCH_MAGIC, STRAIT_SHARE_MAGIC,
                                    message->magic);
    if (message->access == STRAIT_SHARE_REFUSED)
        return strait_fail(failure, "accept", -EACCES);
    return received->descriptor_count == 1 ? received->descriptors[0]
                                           : strait_fail(failure, "recvmsg", -EPROTO);
}

static int receive_message(int socket_fd, struct strait_share_message *message, int64_t timeout_ns,
                           struct strait_failure *failure)
{
    struct strait_socket_received received = {0};
    struct iovec part = {message, sizeof *message};
    int64_t deadline_ns = strait_deadline_after(timeout_ns);
    int64_t length = strait_socket_receive(socket_fd, &part, 1, 0, &received, 1);
    while (length == -EAGAIN) {
        int ready = wait_for(socket_fd, POLLIN, deadline_ns);
        length = ready < 0 ? ready : strait_socket_receive(socket_fd, &part, 1, 0, &received, 1);
    }
    if (length < 0)
        return strait_fail(failure, "recvmsg", (int)length);
    int fd = check_message(length, message, &received, failure);
    if (fd < 0 && received.descriptor_count == 1)
        close(received.descriptors[0]);
    return fd;
}

/* A descriptor to attach to. */
static int receive_whole(int socket_fd, int64_t timeout_ns, struct strait_failure *failure)
{
    struct strait_share_message message;
    int fd = receive_message(socket_fd, &message, timeout_ns, failure);
    if (fd >= 0 && message.access != STRAIT_SHARE_ATTACH) {
        close(fd);
        return strait_fail(failure, "accept", -EROFS);
    }
    return fd;
}

int strait_share_accept_segment(int socket_fd, const struct strait_segment_options *options,
                                int64_t timeout_ns, struct strait_segment **segment,
                                struct strait_failure *failure)
{
    int fd = receive_whole(socket_fd, timeout_ns, failure);
    if (fd < 0)
        return fd;
    int result = strait_segment_open_memfd(0, fd, options, segment, failure);
    close(fd);
    return result;
}

int strait_share_accept_ring(int socket_fd, const struct strait_segment_options *options, int64_t timeout_ns,
                             struct strait_ring **ring, struct strait_failure *failure)
{
    int fd = receive_whole(socket_fd, timeout_ns, failure);
    if (fd < 0)
        return fd;
    int result = strait_ring_open_memfd(0, fd, options, ring, failure);
    close(fd);
    return result;
}

/* ---- Views -----------------------------------------------------------------------------------------------
 */

struct strait_share_view {
    struct strait_segment *segment; /* without a participant */
};

int strait_share_view_open(int fd, const struct strait_segment_options *options,
                           struct strait_share_view **view, struct strait_failure *failure)
{
    struct strait_share_view *made = calloc(1, sizeof *made);
    if (made == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    int result = strait_segment_view(fd, options, &made->segment, failure);
    if (result < 0)
        free(made);
    else
        *view = made;
    return result;
}

int strait_share_accept_view(int socket_fd, const struct strait_segment_options *options, int64_t timeout_ns,
                             struct strait_share_view **view, struct strait_failure *failure)
{
    struct strait_share_message message;
    int fd = receive_message(socket_fd, &message, timeout_ns, failure);
    if (fd < 0)
        return fd;
    int result = strait_share_view_open(fd, options, view, failure);
    close(fd);
    return result;
}

const void *strait_share_view_user(const struct strait_share_view *view)
{
    return strait_segment_user(view->segment);
}

uint64_t strait_share_view_user_bytes(const struct strait_share_view *view)
{
    return strait_segment_user_bytes(view->segment);
}

void strait_share_view_shut(struct strait_share_view *view)
{
    strait_segment_shut(view->segment);
}

void strait_share_view_close(struct strait_share_view *view)
{
    if (view == NULL)
        return;
    strait_segment_discard(view->segment);
    free(view);
}

/* ---- A ring for each client ------------------------------------------------------------------------------
 */

struct strait_share_server {
    int fd;
    struct strait_socket_binding *binding;
};

static int listen_at(struct strait_share_server *server, const struct strait_socket_name *name, mode_t mode)
{
    server->fd = strait_socket_open(SOCK_STREAM);
    if (server->fd < 0)
        return server->fd;
    int result = strait_socket_bind(server->fd, name, mode, &server->binding);
    if (result == 0) {
        result = strait_socket_listen(server->fd, BACKLOG);
        if (result < 0)
            strait_socket_unbind(server->binding);
    }
    if (result < 0)
        close(server->fd);
    return result;
}

int strait_share_server_open(const char *address, uint32_t mode, struct strait_share_server **server)
{
    struct strait_socket_name name;
    int result = strait_socket_name_of(address, &name);
    if (result < 0)
        return result;
    struct strait_share_server *made = calloc(1, sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    result = listen_at(made, &name, (mode_t)(mode & 0777));
    if (result < 0)
        free(made);
    else
        *server = made;
    return result;
}

void strait_share_server_close(struct strait_share_server *server)
{
    if (server == NULL)
        return;
    strait_socket_unbind(server->binding);
    close(server->fd);
    free(server);
}

int strait_share_server_fd(const struct strait_share_server *server)
{
    return server->fd;
}

static int accept_until(int fd, int64_t deadline_ns)
{
    int accepted = strait_socket_accept(fd);
    while (accepted == -EAGAIN || accepted == -ECONNABORTED) {
        int ready = wait_for(fd, POLLIN, deadline_ns);
        accepted = ready < 0 ? ready : strait_socket_accept(fd);
    }
    return accepted;
}

static int identify(int fd, struct strait_share_client *client)
{
    struct ucred credentials;
    int result = strait_socket_peer_credentials(fd, &credentials);
    if (result == 0)
        *client = (struct strait_share_client){credentials.pid, credentials.uid, credentials.gid};
    return result;
}

/* 0 when this client has got a ring; 1 when it was refused, or is gone. */
static int serve(int fd, const struct strait_segment_options *segment_options,
                 const struct strait_ring_options *ring_options, bool is_admitted, struct strait_ring **ring,
                 struct strait_failure *failure)
{
    if (!is_admitted) {
        strait_share_refuse(fd);
        return 1;
    }
    int result = strait_ring_create_memfd("rendezvous", segment_options, ring_options, ring, failure);
    if (result < 0)
        return result;
    result = strait_share_offer(fd, strait_ring_segment(*ring), STRAIT_SHARE_ATTACH, 0, failure);
    if (result == 0)
        return 0;
    strait_ring_close(*ring);
    return result == -EPIPE || result == -ECONNRESET ? 1 : result;
}

int strait_share_server_accept(struct strait_share_server *server,
                               const struct strait_segment_options *segment_options,
                               const struct strait_ring_options *ring_options, strait_share_admit *admit,
                               void *context, int64_t timeout_ns, struct strait_ring **ring,
                               struct strait_share_client *client, struct strait_failure *failure)
{
    int64_t deadline_ns = strait_deadline_after(timeout_ns);
    int result = 1;
    while (result == 1) {
        int fd = accept_until(server->fd, deadline_ns);
        if (fd < 0)
            return strait_fail(failure, "accept4", fd);
        result = identify(fd, client);
        if (result < 0)
            strait_fail(failure, "getsockopt(SO_PEERCRED)", result);
        else
            result = serve(fd, segment_options, ring_options, admit == NULL || admit(client, context), ring,
                           failure);
        close(fd);
    }
    return result;
}

static int connect_to(const char *address, int64_t deadline_ns, struct strait_failure *failure)
{
    struct strait_socket_name name;
    int result = strait_socket_name_of(address, &name);
    int fd = result < 0 ? result : strait_socket_open(SOCK_STREAM);
    if (fd < 0)
        return strait_fail(failure, "socket", fd);
    result = strait_socket_connect_until(fd, &name, deadline_ns);
    if (result == 0)
        return fd;
    close(fd);
    return strait_fail(failure, "connect", result);
}

int strait_share_connect(const char *address, const struct strait_segment_options *options,
                         int64_t timeout_ns, struct strait_ring **ring, struct strait_failure *failure)
{
    int64_t deadline_ns = strait_deadline_after(timeout_ns);
    int fd = connect_to(address, deadline_ns, failure);
    if (fd < 0)
        return fd;
    int64_t left_ns = deadline_ns == STRAIT_NEVER ? STRAIT_WAIT_FOREVER : deadline_ns - strait_now_ns();
    int result = strait_share_accept_ring(fd, options, left_ns, ring, failure);
    close(fd);
    return result;
}
