/*
 * Unix sockets, see unix(7). Results are 0 or positive, else a negated errno; calls that a signal interrupts
 * go on. Nothing here waits but strait_socket_connect_waiting and _until, whatever the description's
 * O_NONBLOCK says, and nothing raises SIGPIPE.
 *
 * A name is what stands in sun_path: a path without its zero; or an abstract name, whose first byte is 0; or
 * nothing, which has the kernel choose an abstract name for who binds.
 */
#ifndef STRAIT_INTERNAL_SOCKET_H
#define STRAIT_INTERNAL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

struct strait_kick;

enum {
    STRAIT_SOCKET_NAME_MAX = 108,        /* bytes of any name that the kernel tells */
    STRAIT_SOCKET_PATH_MAX = 107,        /* bytes of a path */
    STRAIT_SOCKET_DESCRIPTORS_MAX = 253, /* SCM_MAX_FD: descriptors that go with one message */
};

struct strait_socket_name {
    size_t length;
    char bytes[STRAIT_SOCKET_NAME_MAX];
};

/* Of text as people write it: "@name" is abstract. -EINVAL when it is too long. */
int strait_socket_name_of(const char *text, struct strait_socket_name *name);

/* ---- Opening --------------------------------------------------------------------------------------------
 */

/* socket(2), socketpair(2): close-on-exec and non-blocking. `type` is SOCK_STREAM or another. */
int strait_socket_open(int type);
int strait_socket_pair(int type, int ends[2]);

/*
 * Checks what comes from elsewhere, and makes it close-on-exec; a listener non-blocking as well. -ENOTSOCK,
 * -EAFNOSUPPORT when it is no Unix socket, -EPROTOTYPE when it is of another type, -EINVAL when it listens
 * and should not, or the other way round.
 */
int strait_socket_adopt(int fd, int type, bool listens);

/*
 * What a bound path holds: a lock on the file "path.lock" for as long as the path is in use. Who finds the
 * path taken and the lock free looks at what somebody left who died.
 */
struct strait_socket_binding;

/*
 * bind(2). A path gets exactly the permissions `mode`; *binding is NULL for the other names. A path that is
 * taken is replaced when the lock file was there and its lock free, it is a socket, and nobody answers at it;
 * else -EADDRINUSE. -EINVAL when the name is too long.
 */
int strait_socket_bind(int fd, const struct strait_socket_name *name, mode_t mode,
                       struct strait_socket_binding **binding);

/* Removes path and lock file, if the path is still ours. NULL is accepted. */
void strait_socket_unbind(struct strait_socket_binding *binding);

/* Leaves the path to who has the socket now. NULL is accepted. */
void strait_socket_leave(struct strait_socket_binding *binding);

int strait_socket_listen(int fd, int backlog);
int strait_socket_accept(int fd);

/* -EAGAIN when the listener's backlog is full. _waiting waits for room until it is kicked: -EINTR; _until
 * until STRAIT_TIMED_OUT. */
int strait_socket_connect(int fd, const struct strait_socket_name *name);
int strait_socket_connect_waiting(int fd, const struct strait_socket_name *name, struct strait_kick *kick);
int strait_socket_connect_until(int fd, const struct strait_socket_name *name, int64_t deadline_ns);

/* ---- Looking --------------------------------------------------------------------------------------------
 */

int strait_socket_local_name(int fd, struct strait_socket_name *name);
int strait_socket_peer_name(int fd, struct strait_socket_name *name);
int strait_socket_peer_credentials(int fd, struct ucred *credentials);

/* Of SOL_SOCKET. The option's value, 0 or more. */
int strait_socket_option(int fd, int option);
int strait_socket_set_option(int fd, int option, int value);

int strait_socket_available(int fd); /* SIOCINQ */
int strait_socket_shutdown(int fd, int how);

/* ---- Bytes and messages ---------------------------------------------------------------------------------
 */

struct strait_socket_message {
    const struct iovec *parts;
    int part_count;
    const struct strait_socket_name *receiver; /* NULL for the one that it is connected to */
    const int *descriptors;
    uint32_t descriptor_count;       /* 0 to STRAIT_SOCKET_DESCRIPTORS_MAX, or -EINVAL */
    const struct ucred *credentials; /* NULL for the kernel's own choice */
};

/* Bytes sent. */
int64_t strait_socket_send(int fd, const struct strait_socket_message *message);

struct strait_socket_received {
    bool is_cut;  /* the message was longer than the room for it */
    bool is_less; /* descriptors came along that are not here; they are closed */
    bool has_credentials;
    struct ucred credentials;
    uint32_t descriptor_count;
    int descriptors[STRAIT_SOCKET_DESCRIPTORS_MAX]; /* close-on-exec, and the caller's */
    struct strait_socket_name sender;
};

/* Bytes received; with MSG_TRUNC among the flags the length that the message had. `received` may be NULL;
 * then what comes along is dropped by the kernel. */
int64_t strait_socket_receive(int fd, struct iovec *parts, int part_count, int flags,
                              struct strait_socket_received *received, uint32_t descriptors_max);

/* Takes in what the control part of a received message holds. */
void strait_socket_unpack(struct msghdr *header, uint32_t descriptors_max,
                          struct strait_socket_received *received);

/* send(2) and recv(2) of one run of bytes. */
int64_t strait_socket_send_bytes(int fd, const void *bytes, size_t length,
                                 const struct strait_socket_name *receiver);
int64_t strait_socket_receive_bytes(int fd, void *bytes, size_t length, int flags);

#endif
