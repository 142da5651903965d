#include "internal/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "strait/outcome.h"

int64_t strait_descriptor_read(int fd, void *bytes, size_t length)
{
    STRAIT_UNINTERRUPTED(read(fd, bytes, length));
}

int64_t strait_descriptor_write(int fd, const void *bytes, size_t length)
{
    STRAIT_UNINTERRUPTED(write(fd, bytes, length));
}

int64_t strait_descriptor_readv(int fd, const struct iovec *parts, int count)
{
    STRAIT_UNINTERRUPTED(readv(fd, parts, count));
}

int64_t strait_descriptor_writev(int fd, const struct iovec *parts, int count)
{
    STRAIT_UNINTERRUPTED(writev(fd, parts, count));
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

static int poll_until(struct pollfd *fds, nfds_t count, int64_t deadline_ns)
{
    int result;
    do {
        int64_t left_ns = deadline_ns == STRAIT_NEVER ? 0 : deadline_ns - strait_now_ns();
        struct timespec timeout = strait_timespec(left_ns > 0 ? left_ns : 0);
        result = ppoll(fds, count, deadline_ns == STRAIT_NEVER ? NULL : &timeout, NULL);
    } while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : result;
}

int strait_descriptor_await(int fd, short events, int waker_fd, int64_t timeout_ns)
{
    struct pollfd fds[] = {{.fd = fd, .events = events}, {.fd = waker_fd, .events = POLLIN}};
    int result = poll_until(fds, 2, strait_deadline_after(timeout_ns));
    if (result <= 0)
        return result < 0 ? result : STRAIT_TIMED_OUT;
    return fds[0].revents != 0 ? STRAIT_READY : 0;
}

/* Its watch is that of an epoll with both descriptors in it: who looks after pendings may have several that
 * wait for one descriptor. */
struct pending_descriptor {
    struct strait_pending pending;
    int epoll_fd;
};

static int look(struct strait_pending *pending)
{
    struct pollfd fd = {.fd = ((struct pending_descriptor *)pending)->epoll_fd, .events = POLLIN};
    return poll(&fd, 1, 0) != 0 ? STRAIT_READY : 0;
}

static int end(struct strait_pending *pending, int outcome)
{
    close(((struct pending_descriptor *)pending)->epoll_fd);
    return outcome;
}

static int add(int epoll_fd, int fd, short events)
{
    struct epoll_event event = {.events = (uint16_t)events};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_epoll(int fd, short events, int waker_fd)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0)
        return -errno;
    int result = add(epoll_fd, fd, events);
    if (result == 0)
        result = add(epoll_fd, waker_fd, POLLIN);
    if (result == 0)
        return epoll_fd;
    close(epoll_fd);
    return result;
}

int strait_descriptor_begin(int fd, short events, int waker_fd, struct strait_pending **pending)
{
    int epoll_fd = open_epoll(fd, events, waker_fd);
    if (epoll_fd < 0)
        return epoll_fd == -EPERM ? STRAIT_READY : epoll_fd; /* a regular file: there is no waiting for it */
    const struct strait_watch watch = {.wanted = (uint64_t)epoll_fd};
    struct pending_descriptor *begun = strait_pending_new(sizeof *begun, &watch, look, end);
    if (begun == NULL) {
        close(epoll_fd);
        return -ENOMEM;
    }
    begun->epoll_fd = epoll_fd;
    *pending = &begun->pending;
    return 0;
}

/* ---- Flags -----------------------------------------------------------------------------------------------
 */

static int set_flag(int fd, int get, int set, int flag, bool is_set)
{
    int before = fcntl(fd, get);
    if (before < 0)
        return -errno;
    int after = is_set ? before | flag : before & ~flag;
    return after != before && fcntl(fd, set, after) < 0 ? -errno : 0;
}

int strait_descriptor_set_status(int fd, int flag, bool is_set)
{
    return set_flag(fd, F_GETFL, F_SETFL, flag, is_set);
}

int strait_descriptor_set_blocking(int fd, bool is_blocking)
{
    return strait_descriptor_set_status(fd, O_NONBLOCK, !is_blocking);
}

int strait_descriptor_set_close_on_exec(int fd, bool closes)
{
    return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, closes);
}

/* Linux has given the number up whatever close(2) answers. */
int strait_descriptor_close(int fd)
{
    return close(fd) < 0 && errno != EINTR ? -errno : 0;
}

/* ---- Wakers ----------------------------------------------------------------------------------------------
 */

int strait_waker_open(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

void strait_waker_wake(int waker_fd)
{
    const uint64_t one = 1;
    if (write(waker_fd, &one, sizeof one) < 0)
        return; /* EAGAIN: it is full, and so readable */
}

void strait_waker_reset(int waker_fd)
{
    uint64_t count;
    if (read(waker_fd, &count, sizeof count) < 0)
        return; /* EAGAIN: nobody woke it */
}
