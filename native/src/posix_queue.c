#include "internal/posix_queue.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <mqueue.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's: linux/mqueue.h. */
enum { COOKIE_BYTES = 32, WOKEN_UP = 1 };

static int64_t answer(int64_t result)
{
    return result < 0 ? -errno : result;
}

/* The kernel takes names without the slash, and libc those with it alone. */
static const char *bare(const char *name)
{
    return name[0] == '/' ? name + 1 : NULL;
}

int strait_posix_queue_open(const char *name, int flags, mode_t mode,
                            const struct strait_posix_queue_attributes *attributes)
{
    struct mq_attr wanted = {0};
    if (bare(name) == NULL)
        return -EINVAL;
    if (attributes != NULL) {
        wanted.mq_maxmsg = attributes->max_messages;
        wanted.mq_msgsize = attributes->message_bytes;
    }
    return (int)answer(syscall(SYS_mq_open, bare(name), flags | O_CLOEXEC | O_NONBLOCK, mode,
                               attributes == NULL ? NULL : &wanted));
}

int strait_posix_queue_unlink(const char *name)
{
    return bare(name) == NULL ? -EINVAL : (int)answer(syscall(SYS_mq_unlink, bare(name)));
}

int strait_posix_queue_attributes(int fd, struct strait_posix_queue_attributes *attributes)
{
    struct mq_attr now;
    if (syscall(SYS_mq_getsetattr, fd, NULL, &now) < 0)
        return -errno;
    *attributes = (struct strait_posix_queue_attributes){now.mq_maxmsg, now.mq_msgsize, now.mq_curmsgs};
    return 0;
}

int strait_posix_queue_send(int fd, const void *message, size_t length, uint32_t priority)
{
    return (int)answer(syscall(SYS_mq_timedsend, fd, message, length, priority, NULL));
}

int64_t strait_posix_queue_receive(int fd, void *message, size_t length)
{
    uint32_t priority;
    int64_t bytes = syscall(SYS_mq_timedreceive, fd, message, length, &priority, NULL);
    return bytes < 0 ? -errno : (int64_t)priority << 32 | bytes;
}

int strait_posix_notice_open(void)
{
    return (int)answer(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
}

int strait_posix_queue_notify(int fd, int notice_fd)
{
    char cookie[COOKIE_BYTES] = ""; /* comes back with the reason in its last byte */
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = notice_fd};
    event.sigev_value.sival_ptr = cookie;
    return (int)answer(syscall(SYS_mq_notify, fd, &event));
}

int strait_posix_queue_notify_none(int fd)
{
    return (int)answer(syscall(SYS_mq_notify, fd, NULL));
}

int strait_posix_notice_receive(int notice_fd)
{
    char cookie[COOKIE_BYTES];
    ssize_t bytes = recv(notice_fd, cookie, sizeof cookie, 0);
    if (bytes < 0)
        return -errno;
    return bytes == COOKIE_BYTES && cookie[COOKIE_BYTES - 1] == WOKEN_UP;
}
