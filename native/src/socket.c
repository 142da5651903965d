#include "internal/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/descriptor.h"
#include "internal/fd.h"
#include "internal/kick.h"
#include "strait/outcome.h"

#ifndef SCM_PIDFD
#define SCM_PIDFD 4 /* Linux 6.5 */
#endif

static int errno_of(int result)
{
    return result < 0 ? -errno : result;
}

/* ---- Names -----------------------------------------------------------------------------------------------
 */

static bool is_path(const struct strait_socket_name *name)
{
    return name->length > 0 && name->bytes[0] != '\0';
}

int strait_socket_name_of(const char *text, struct strait_socket_name *name)
{
    name->length = strlen(text);
    if (name->length == 0 || name->length > sizeof name->bytes)
        return -EINVAL;
    memcpy(name->bytes, text, name->length);
    if (text[0] == '@')
        name->bytes[0] = '\0';
    return 0;
}

/* A path is followed by a zero, and has none inside. */
static int address_of(const struct strait_socket_name *name, struct sockaddr_un *address, socklen_t *length)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (name->length > sizeof address->sun_path ||
        (is_path(name) &&
         (name->length > STRAIT_SOCKET_PATH_MAX || memchr(name->bytes, '\0', name->length) != NULL)))
        return -EINVAL;
    memcpy(address->sun_path, name->bytes, name->length);
    *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name->length + is_path(name));
    return 0;
}

/* A longest path has no zero in the 108 bytes, and the kernel adds one behind them. */
static void name_from(const struct sockaddr_storage *address, socklen_t length,
                      struct strait_socket_name *name)
{
    const size_t head = offsetof(struct sockaddr_un, sun_path);
    const char *bytes = (const char *)address + head;
    name->length = length > head ? length - head : 0;
    if (name->length > 0 && bytes[0] != '\0')
        name->length = strnlen(bytes, name->length);
    if (name->length > sizeof name->bytes)
        name->length = sizeof name->bytes;
    memcpy(name->bytes, bytes, name->length);
}

/* ---- Opening ---------------------------------------------------------------------------------------------
 */

int strait_socket_open(int type)
{
    return errno_of(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

int strait_socket_pair(int type, int ends[2])
{
    return errno_of(socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends));
}

int strait_socket_adopt(int fd, int type, bool listens)
{
    int domain = strait_socket_option(fd, SO_DOMAIN);
    if (domain != AF_UNIX)
        return domain < 0 ? domain : -EAFNOSUPPORT;
    if (strait_socket_option(fd, SO_TYPE) != type)
        return -EPROTOTYPE;
    if (strait_socket_option(fd, SO_ACCEPTCONN) != (listens ? 1 : 0))
        return -EINVAL;
    int result = listens ? strait_descriptor_set_blocking(fd, false) : 0;
    return result < 0 ? result : strait_descriptor_set_close_on_exec(fd, true);
}

int strait_socket_listen(int fd, int backlog)
{
    return errno_of(listen(fd, backlog));
}

int strait_socket_accept(int fd)
{
    int result;
    do
        result = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    while (result < 0 && errno == EINTR);
    return errno_of(result);
}

int strait_socket_connect(int fd, const struct strait_socket_name *name)
{
    struct sockaddr_un address;
    socklen_t length;
    int result = address_of(name, &address, &length);
    return result < 0 ? result : errno_of(connect(fd, (struct sockaddr *)&address, length));
}

int strait_socket_connect_waiting(int fd, const struct strait_socket_name *name, struct strait_kick *kick)
{
    int result = strait_descriptor_set_blocking(fd, true);
    if (result < 0)
        return result;
    result = strait_kick_enter(kick);
    if (result == 0)
        result = strait_socket_connect(fd, name);
    strait_kick_leave(kick);
    strait_descriptor_set_blocking(fd, false);
    return result;
}

/* The kernel's time for sending is also that for connecting. */
static int limit_connecting(int fd, int64_t left_ns)
{
    const struct timespec left = strait_timespec(left_ns);
    const struct timeval limit = {.tv_sec = left.tv_sec, .tv_usec = left.tv_nsec / 1000 + 1};
    return errno_of(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit));
}

int strait_socket_connect_until(int fd, const struct strait_socket_name *name, int64_t deadline_ns)
{
    int result = strait_socket_connect(fd, name);
    strait_descriptor_set_blocking(fd, true);
    while (result == -EAGAIN || result == -EINTR) {
        int64_t left_ns = deadline_ns - strait_now_ns();
        if (left_ns <= 0) {
            result = STRAIT_TIMED_OUT;
        } else {
            result = deadline_ns == STRAIT_NEVER ? 0 : limit_connecting(fd, left_ns);
            result = result < 0 ? result : strait_socket_connect(fd, name);
        }
    }
    strait_descriptor_set_blocking(fd, false);
    return result;
}

/* ---- Paths, and who has them -----------------------------------------------------------------------------
 *
 * The kernel leaves the path of a socket behind when its process dies, and nothing can bind it again. So who
 * binds a path holds a lock on "path.lock" beside it, which the kernel drops with the process. Who gets this
 * lock and finds the path taken looks at a leftover, unless somebody is there who knows nothing of locks:
 * that somebody would have to have come after one who did, since the lock file was there, and answers a
 * connect.
 */

struct strait_socket_binding {
    pid_t pid; /* of the process that bound it: its children have only copies */
    int lock_fd;
    struct stat bound;
    char path[STRAIT_SOCKET_PATH_MAX + 1];
    char lock_path[STRAIT_SOCKET_PATH_MAX + sizeof ".lock"];
};

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int open_lock_file(const char *path, bool *existed)
{
    int fd;
    do {
        *existed = false;
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0 && errno == EEXIST) {
            *existed = true;
            fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        }
    } while (fd < 0 && errno == ENOENT && *existed); /* removed in between */
    return errno_of(fd);
}

/* Who holds a lock may remove its file: then it is no lock any more. -ESTALE. */
static int lock(int fd, const char *path)
{
    struct stat ours;
    struct stat named;
    int result = strait_fd_lock(fd, 0);
    if (result < 0)
        return result == -EAGAIN ? -EADDRINUSE : result;
    result = strait_fd_stat(fd, &ours);
    if (result < 0)
        return result;
    return strait_path_stat(path, &named) == 0 && is_same(&ours, &named) ? 0 : -ESTALE;
}

static int take_lock(struct strait_socket_binding *binding, bool *existed)
{
    struct stat taken;
    int result;
    do {
        binding->lock_fd = open_lock_file(binding->lock_path, existed);
        if (binding->lock_fd < 0) /* another user's, when the path is there */
            return strait_path_stat(binding->path, &taken) == 0 ? -EADDRINUSE : binding->lock_fd;
        result = lock(binding->lock_fd, binding->lock_path);
        if (result < 0)
            close(binding->lock_fd);
    } while (result == -ESTALE);
    return result;
}

static bool is_abandoned(const char *path, const struct strait_socket_name *name, int type)
{
    struct stat status;
    if (strait_path_stat(path, &status) < 0 || !S_ISSOCK(status.st_mode))
        return false;
    int fd = strait_socket_open(type);
    int result = fd < 0 ? fd : strait_socket_connect(fd, name);
    if (fd >= 0)
        close(fd);
    return result == -ECONNREFUSED;
}

static int bind_name(int fd, const struct strait_socket_name *name)
{
    struct sockaddr_un address;
    socklen_t length;
    int result = address_of(name, &address, &length);
    return result < 0 ? result : errno_of(bind(fd, (struct sockaddr *)&address, length));
}

/* The socket's own mode becomes the path's, less the umask: never wider than it shall be, and then as wide.
 */
static int bind_path(int fd, const struct strait_socket_name *name, mode_t mode, bool may_replace,
                     struct strait_socket_binding *binding)
{
    if (fchmod(fd, mode) < 0)
        return -errno;
    int result = bind_name(fd, name);
    if (result == -EADDRINUSE && may_replace &&
        is_abandoned(binding->path, name, strait_socket_option(fd, SO_TYPE)))
        result = unlink(binding->path) < 0 ? -errno : bind_name(fd, name);
    if (result < 0)
        return result;
    result = strait_path_stat(binding->path, &binding->bound);
    if (result == 0 && (binding->bound.st_mode & 0777) != mode && chmod(binding->path, mode) < 0)
        result = -errno;
    if (result < 0)
        unlink(binding->path);
    return result;
}

static int bind_locked(int fd, const struct strait_socket_name *name, mode_t mode,
                       struct strait_socket_binding *binding)
{
    bool existed;
    memcpy(binding->path, name->bytes, name->length);
    snprintf(binding->lock_path, sizeof binding->lock_path, "%s.lock", binding->path);
    int result = take_lock(binding, &existed);
    if (result < 0)
        return result;
    result = bind_path(fd, name, mode, existed, binding);
    if (result < 0) {
        if (!existed)
            unlink(binding->lock_path);
        close(binding->lock_fd);
    }
    return result;
}

int strait_socket_bind(int fd, const struct strait_socket_name *name, mode_t mode,
                       struct strait_socket_binding **binding)
{
    *binding = NULL;
    if (!is_path(name))
        return bind_name(fd, name);
    struct sockaddr_un address;
    socklen_t length;
    int result = address_of(name, &address, &length);
    if (result < 0)
        return result;
    struct strait_socket_binding *made = calloc(1, sizeof *made);
    if (made == NULL)
        return -ENOMEM;
    made->pid = getpid();
    result = bind_locked(fd, name, mode, made);
    if (result < 0)
        free(made);
    else
        *binding = made;
    return result;
}

void strait_socket_leave(struct strait_socket_binding *binding)
{
    if (binding != NULL)
        close(binding->lock_fd);
    free(binding);
}

/* The lock is held until both names are gone: who binds the path meanwhile is told that it is in use. */
void strait_socket_unbind(struct strait_socket_binding *binding)
{
    struct stat now;
    if (binding != NULL && binding->pid == getpid()) {
        if (strait_path_stat(binding->path, &now) == 0 && is_same(&now, &binding->bound))
            unlink(binding->path);
        unlink(binding->lock_path);
    }
    strait_socket_leave(binding);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

int strait_socket_local_name(int fd, struct strait_socket_name *name)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    name_from(&address, length, name);
    return 0;
}

int strait_socket_peer_name(int fd, struct strait_socket_name *name)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    name_from(&address, length, name);
    return 0;
}

int strait_socket_peer_credentials(int fd, struct ucred *credentials)
{
    socklen_t length = sizeof *credentials;
    return errno_of(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, credentials, &length));
}

int strait_socket_option(int fd, int option)
{
    int value = 0;
    socklen_t length = sizeof value;
    int result = getsockopt(fd, SOL_SOCKET, option, &value, &length);
    return result < 0 ? -errno : value;
}

int strait_socket_set_option(int fd, int option, int value)
{
    return errno_of(setsockopt(fd, SOL_SOCKET, option, &value, sizeof value));
}

int strait_socket_available(int fd)
{
    int bytes = 0;
    return ioctl(fd, SIOCINQ, &bytes) < 0 ? -errno : bytes;
}

int strait_socket_shutdown(int fd, int how)
{
    return errno_of(shutdown(fd, how));
}

/* ---- Bytes and messages ----------------------------------------------------------------------------------
 */

enum {
    RIGHTS_SPACE = CMSG_SPACE(sizeof(int) * STRAIT_SOCKET_DESCRIPTORS_MAX),
    CREDENTIALS_SPACE = CMSG_SPACE(sizeof(struct ucred)),
    OTHERS_SPACE = 256, /* what a socket that came from elsewhere may have been told to say besides */
};

int64_t strait_socket_send_bytes(int fd, const void *bytes, size_t length,
                                 const struct strait_socket_name *receiver)
{
    struct sockaddr_un address;
    socklen_t address_length = 0;
    int known = receiver == NULL ? 0 : address_of(receiver, &address, &address_length);
    if (known < 0)
        return known;
    STRAIT_UNINTERRUPTED(sendto(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL,
                                receiver == NULL ? NULL : (struct sockaddr *)&address, address_length));
}

int64_t strait_socket_receive_bytes(int fd, void *bytes, size_t length, int flags)
{
    STRAIT_UNINTERRUPTED(recv(fd, bytes, length, MSG_DONTWAIT | flags));
}

static void pack(struct msghdr *header, int type, const void *data, size_t bytes)
{
    struct cmsghdr *part = (struct cmsghdr *)((char *)header->msg_control + header->msg_controllen);
    *part = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = type, .cmsg_len = CMSG_LEN(bytes)};
    memcpy(CMSG_DATA(part), data, bytes);
    header->msg_controllen += CMSG_SPACE(bytes);
}

static int64_t send_header(int fd, const struct msghdr *header)
{
    STRAIT_UNINTERRUPTED(sendmsg(fd, header, MSG_DONTWAIT | MSG_NOSIGNAL));
}

int64_t strait_socket_send(int fd, const struct strait_socket_message *message)
{
    struct sockaddr_un address;
    _Alignas(struct cmsghdr) char control[RIGHTS_SPACE + CREDENTIALS_SPACE] = {0};
    struct msghdr header = {
        .msg_iov = (struct iovec *)message->parts,
        .msg_iovlen = (size_t)message->part_count,
        .msg_control = control,
    };
    if (message->descriptor_count > STRAIT_SOCKET_DESCRIPTORS_MAX)
        return -EINVAL;
    if (message->receiver != NULL) {
        int result = address_of(message->receiver, &address, &header.msg_namelen);
        if (result < 0)
            return result;
        header.msg_name = &address;
    }
    if (message->descriptor_count > 0)
        pack(&header, SCM_RIGHTS, message->descriptors, message->descriptor_count * sizeof(int));
    if (message->credentials != NULL)
        pack(&header, SCM_CREDENTIALS, message->credentials, sizeof *message->credentials);
    return send_header(fd, &header);
}

static void take_descriptors(const unsigned char *data, size_t bytes, uint32_t max,
                             struct strait_socket_received *received)
{
    for (size_t at = 0; at + sizeof(int) <= bytes; at += sizeof(int)) {
        int fd;
        memcpy(&fd, data + at, sizeof fd);
        if (received->descriptor_count < max) {
            received->descriptors[received->descriptor_count++] = fd;
        } else {
            close(fd);
            received->is_less = true;
        }
    }
}

/* How many bytes this part really has, whatever its length says. */
static size_t data_bytes(const struct msghdr *header, const struct cmsghdr *part)
{
    const size_t left =
        header->msg_controllen - (size_t)((const char *)part - (const char *)header->msg_control);
    const size_t bytes = part->cmsg_len < left ? part->cmsg_len : left;
    return bytes < CMSG_LEN(0) ? 0 : bytes - CMSG_LEN(0);
}

void strait_socket_unpack(struct msghdr *header, uint32_t descriptors_max,
                          struct strait_socket_received *received)
{
    uint32_t max =
        descriptors_max < STRAIT_SOCKET_DESCRIPTORS_MAX ? descriptors_max : STRAIT_SOCKET_DESCRIPTORS_MAX;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part != NULL; part = CMSG_NXTHDR(header, part)) {
        size_t bytes = data_bytes(header, part);
        if (part->cmsg_level != SOL_SOCKET)
            continue;
        if (part->cmsg_type == SCM_RIGHTS) {
            take_descriptors(CMSG_DATA(part), bytes, max, received);
        } else if (part->cmsg_type == SCM_PIDFD) {
            take_descriptors(CMSG_DATA(part), bytes, 0, received);
        } else if (part->cmsg_type == SCM_CREDENTIALS && bytes >= sizeof received->credentials) {
            memcpy(&received->credentials, CMSG_DATA(part), sizeof received->credentials);
            received->has_credentials = true;
        }
    }
    received->is_less |= (header->msg_flags & MSG_CTRUNC) != 0;
    received->is_cut = (header->msg_flags & MSG_TRUNC) != 0;
}

static int64_t receive_header(int fd, struct msghdr *header, int flags)
{
    STRAIT_UNINTERRUPTED(recvmsg(fd, header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags));
}

int64_t strait_socket_receive(int fd, struct iovec *parts, int part_count, int flags,
                              struct strait_socket_received *received, uint32_t descriptors_max)
{
    struct sockaddr_storage address;
    _Alignas(struct cmsghdr) char control[RIGHTS_SPACE + CREDENTIALS_SPACE + OTHERS_SPACE];
    struct msghdr header = {.msg_iov = parts, .msg_iovlen = (size_t)part_count};
    if (received == NULL)
        return receive_header(fd, &header, flags);
    header.msg_name = &address;
    header.msg_namelen = sizeof address;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    int64_t result = receive_header(fd, &header, flags);
    if (result < 0)
        return result;
    received->is_less = received->has_credentials = false;
    received->descriptor_count = 0;
    strait_socket_unpack(&header, descriptors_max, received);
    name_from(&address, header.msg_namelen, &received->sender);
    return result;
}
