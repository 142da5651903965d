#include "internal/open_file.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "internal/descriptor.h"
#include "internal/fd.h"

int strait_open_file_open(const char *path, int flags, mode_t mode)
{
    int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, mode);
    return fd < 0 ? -errno : fd;
}

int64_t strait_open_file_seek(int fd, int64_t offset, int whence)
{
    STRAIT_UNINTERRUPTED(lseek(fd, offset, whence));
}

int64_t strait_open_file_size(int fd)
{
    struct stat status;
    int result = strait_fd_stat(fd, &status);
    return result < 0 ? result : status.st_size;
}

int64_t strait_open_file_send(int from, int64_t offset, int to, size_t count)
{
    off_t at = offset;
    STRAIT_UNINTERRUPTED(sendfile(to, from, offset < 0 ? NULL : &at, count));
}
