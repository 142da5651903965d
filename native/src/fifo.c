#include "internal/fifo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/descriptor.h"
#include "internal/pipe.h"

/* ---- Names -----------------------------------------------------------------------------------------------
 */

/* An O_PATH descriptor is no end, so nobody takes it for a peer; and what has been put in place of the FIFO
 * meanwhile is not touched. chmod(2) of an O_PATH descriptor goes by /proc alone. */
static int widen(const char *path, mode_t mode)
{
    char self[64];
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    snprintf(self, sizeof self, "/proc/thread-self/fd/%d", fd);
    int result = strait_pipe_check(fd);
    if (result == 0 && chmod(self, mode) < 0)
        result = -errno;
    close(fd);
    return result;
}

int strait_fifo_create(const char *path, mode_t mode, bool is_exact)
{
    if (mkfifo(path, mode) < 0)
        return -errno;
    int result = is_exact ? widen(path, mode) : 0;
    if (result < 0)
        unlink(path);
    return result;
}

int strait_fifo_unlink(const char *path)
{
    return unlink(path) < 0 ? -errno : 0;
}

/* ---- Ends ------------------------------------------------------------------------------------------------
 */

static int open_now(const char *path, int access)
{
    int fd = open(path, access | O_NONBLOCK | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int strait_fifo_open(const char *path, int access, struct strait_kick *kick)
{
    int fd = kick == NULL ? open_now(path, access) : strait_kick_open(path, access, kick);
    int result = fd < 0 ? fd : strait_pipe_check(fd);
    if (result == 0)
        result = strait_descriptor_set_blocking(fd, false);
    if (result == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return result;
}
