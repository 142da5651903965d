/*
 * Sharing an anonymous segment with an unrelated process: its descriptor goes over a connected Unix socket.
 * And a server that gives each client that connects a ring of its own.
 *
 * Assumptions    The socket is of type SOCK_STREAM or SOCK_SEQPACKET and used for nothing else while a call
 * here is under way. The segment is a memfd (strait_segment_create_memfd, strait_ring_create_memfd); what has
 * a name is opened by its name. Guarantees     What arrives is mapped when its seals, size, owner and mode
 * have been checked, and never else. Sender and receiver have descriptions, and so locks, of their own. A
 * view cannot be written through the descriptor that was sent. Progress       Calls that wait do so without
 * using the processor, until their deadline. If a process dies  a segment that was sent and not yet accepted
 * vanishes with the socket.
 *
 * The file's mode is for other users too: who accepts a segment as another user opens the file anew, and
 * needs permission, while a view is mapped as it came. Who is of the same user, or may write the file, could
 * open a view's file anew for writing, too: among them a view keeps mistakes out, and no malice.
 *
 * Results are 0 or positive, else a negated errno or an outcome; failures are told as in strait/segment.h.
 */
#ifndef STRAIT_SHARE_H
#define STRAIT_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "strait/error.h"
#include "strait/ring.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* What the receiver may do. The numbers go over the socket. */
enum strait_share_access {
    STRAIT_SHARE_ATTACH = 1, /* become a participant, and write */
    STRAIT_SHARE_VIEW = 2,   /* read the user's region */
    STRAIT_SHARE_REFUSED = 3 /* nothing: strait_share_refuse */
};

/*
 * Sends a segment, or strait_ring_segment of a ring, over the connected `socket_fd`. EINVAL when it is not
 * anonymous, or `access` is neither ATTACH nor VIEW; EBADF in a forked child; EPIPE or ECONNRESET when the
 * receiver is gone; ENOENT without /proc; TIMED_OUT when the socket has no room in time.
 */
int strait_share_offer(int socket_fd, const struct strait_segment *segment, enum strait_share_access access,
                       int64_t timeout_ns, struct strait_failure *failure);

/* Tells who waits to accept that he gets nothing: EACCES there. */
int strait_share_refuse(int socket_fd);

/*
 * Receives a plain segment, or a ring, and attaches to it. Beside what strait_segment_open_memfd answers:
 * EACCES when it was refused, or the file's mode does not allow it; EPROTO when what came was no offer, with
 * the mismatch KIND when it holds the other kind; EROFS when it was offered as a view; ECONNRESET when the
 * sender closed; TIMED_OUT. Of the options owner, mode and flags count.
 */
int strait_share_accept_segment(int socket_fd, const struct strait_segment_options *options,
                                int64_t timeout_ns, struct strait_segment **segment,
                                struct strait_failure *failure);
int strait_share_accept_ring(int socket_fd, const struct strait_segment_options *options, int64_t timeout_ns,
                             struct strait_ring **ring, struct strait_failure *failure);

/*
 * The user's region of another's segment, for reading. It takes no slot: nobody sees who looks, and the
 * viewer is not told of the death or end of who writes. What may be read while it is written is the users'
 * affair.
 */
struct strait_share_view;

/* As strait_share_accept_segment, of a segment or ring offered with either access. */
int strait_share_accept_view(int socket_fd, const struct strait_segment_options *options, int64_t timeout_ns,
                             struct strait_share_view **view, struct strait_failure *failure);
const void *strait_share_view_user(const struct strait_share_view *view);
uint64_t strait_share_view_user_bytes(const struct strait_share_view *view);
void strait_share_view_close(struct strait_share_view *view); /* NULL is accepted */

/* ---- A ring for each client -----------------------------------------------------------------------------
 */

/* Addresses are paths of up to 107 bytes, or "@name" for an abstract name. */
struct strait_share_server;

/* Who has connected, as the kernel tells it of the moment of connecting (SO_PEERCRED). */
struct strait_share_client {
    int32_t pid; /* in this process's PID namespace, or 0 */
    uint32_t uid;
    uint32_t gid;
};

/*
 * Listens. A path gets the permissions `mode`, and a lock file "path.lock" beside it; one that a dead server
 * left is replaced. EADDRINUSE when it is in use; EINVAL when it is too long; ENOENT and EACCES as bind(2).
 */
int strait_share_server_open(const char *address, uint32_t mode, struct strait_share_server **server);
void strait_share_server_close(struct strait_share_server *server);   /* NULL is accepted */
int strait_share_server_fd(const struct strait_share_server *server); /* readable when a client waits */

/* Whether this client gets a ring. */
typedef bool strait_share_admit(const struct strait_share_client *client, void *context);

/*
 * Waits for a client that is admitted, and hands it a new anonymous ring, which this process is attached to.
 * `admit` may be NULL: everybody is; who is not is told EACCES. TIMED_OUT, and what strait_ring_create_memfd
 * answers. A client that dies before it has attached leaves a ring that nobody else is attached to.
 */
int strait_share_server_accept(struct strait_share_server *server,
                               const struct strait_segment_options *segment_options,
                               const struct strait_ring_options *ring_options, strait_share_admit *admit,
                               void *context, int64_t timeout_ns, struct strait_ring **ring,
                               struct strait_share_client *client, struct strait_failure *failure);

/*
 * Gets a ring from a server. ECONNREFUSED or ENOENT when there is none; EACCES when it refuses; what
 * strait_share_accept_ring answers. `options` say whose the ring must be, as for strait_ring_open.
 */
int strait_share_connect(const char *address, const struct strait_segment_options *options,
                         int64_t timeout_ns, struct strait_ring **ring, struct strait_failure *failure);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
