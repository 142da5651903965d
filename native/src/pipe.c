#include "internal/pipe.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal/descriptor.h"
#include "internal/fd.h"

enum { FIRST_OWN_FD = 3 };

static int result_of(int result)
{
    return result < 0 ? -errno : result;
}

int strait_pipe_open(int ends[2], int flags)
{
    return result_of(pipe2(ends, flags | O_CLOEXEC | O_NONBLOCK));
}

int strait_pipe_check(int fd)
{
    struct stat status;
    int result = strait_fd_stat(fd, &status);
    if (result < 0)
        return result;
    return S_ISFIFO(status.st_mode) ? 0 : -EINVAL;
}

/* ---- Adopting --------------------------------------------------------------------------------------------
 */

static int reopen(int fd, int access)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
    return open(path, access | O_NONBLOCK | O_CLOEXEC);
}

int strait_pipe_duplicate(int fd)
{
    int own = result_of(fcntl(fd, F_DUPFD_CLOEXEC, FIRST_OWN_FD));
    int result = own < 0 ? own : strait_descriptor_set_blocking(own, false);
    if (result == 0)
        return own;
    if (own >= 0)
        close(own);
    return result;
}

static void vacate(int fd)
{
    int null = fd < FIRST_OWN_FD ? open("/dev/null", O_RDWR | O_CLOEXEC) : -1;
    if (null < 0) {
        close(fd);
        return;
    }
    dup2(null, fd);
    close(null);
}

int strait_pipe_adopt(int fd, int access)
{
    int flags = result_of(fcntl(fd, F_GETFL));
    int result = flags < 0 ? flags : strait_pipe_check(fd);
    if (result < 0)
        return result;
    int way = flags & O_ACCMODE;
    if (way != access && way != O_RDWR)
        return -EBADF;
    int own = reopen(fd, access);
    if (own < 0)
        own = strait_pipe_duplicate(fd);
    else if ((flags & O_DIRECT) != 0)
        strait_pipe_set_packets(own, true);
    if (own >= 0)
        vacate(fd);
    return own;
}

/* ---- Looks and settings ----------------------------------------------------------------------------------
 */

int strait_pipe_capacity(int fd)
{
    return result_of(fcntl(fd, F_GETPIPE_SZ));
}

int strait_pipe_set_capacity(int fd, int bytes)
{
    return result_of(fcntl(fd, F_SETPIPE_SZ, bytes));
}

int strait_pipe_available(int fd)
{
    int bytes = 0;
    int result = result_of(ioctl(fd, FIONREAD, &bytes));
    return result < 0 ? result : bytes;
}

int strait_pipe_packets(int fd)
{
    int flags = result_of(fcntl(fd, F_GETFL));
    return flags < 0 ? flags : (flags & O_DIRECT) != 0;
}

int strait_pipe_set_packets(int fd, bool is_on)
{
    return strait_descriptor_set_status(fd, O_DIRECT, is_on);
}

/* ---- Bytes -----------------------------------------------------------------------------------------------
 */

int64_t strait_pipe_splice(int from, int64_t from_offset, int to, int64_t to_offset, size_t count,
                           unsigned flags)
{
    loff_t *from_at = from_offset < 0 ? NULL : &from_offset;
    loff_t *to_at = to_offset < 0 ? NULL : &to_offset;
    STRAIT_UNINTERRUPTED(splice(from, from_at, to, to_at, count, flags | SPLICE_F_NONBLOCK));
}

int64_t strait_pipe_tee(int from, int to, size_t count, unsigned flags)
{
    STRAIT_UNINTERRUPTED(tee(from, to, count, flags | SPLICE_F_NONBLOCK));
}

int64_t strait_pipe_vmsplice(int fd, void *bytes, size_t count, unsigned flags)
{
    const struct iovec part = {bytes, count};
    STRAIT_UNINTERRUPTED(vmsplice(fd, &part, 1, flags | SPLICE_F_NONBLOCK));
}
