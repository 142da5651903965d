#include "internal/posix_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY "/dev/shm/"

struct path {
    char text[sizeof DIRECTORY + NAME_MAX];
};

/* libc takes names with any number of slashes before them, or none. */
static int find(const char *name, struct path *path)
{
    name += strspn(name, "/");
    if (name[0] == '\0' || strchr(name, '/') != NULL)
        return -EINVAL;
    if (strlen(name) > NAME_MAX)
        return -ENAMETOOLONG;
    snprintf(path->text, sizeof path->text, DIRECTORY "%s", name);
    return 0;
}

int strait_posix_memory_open(const char *name, int flags, mode_t mode)
{
    struct path path;
    int result = find(name, &path);
    if (result < 0)
        return result;
    int fd = open(path.text, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode);
    if (fd >= 0)
        return fd;
    return errno == EISDIR ? -EINVAL : -errno; /* as libc: a directory is no such object */
}

int strait_posix_memory_unlink(const char *name)
{
    struct path path;
    int result = find(name, &path);
    if (result < 0 || unlink(path.text) == 0)
        return result;
    return errno == EPERM ? -EACCES : -errno; /* as libc: of a directory that is sticky */
}

int strait_posix_memory_set_mode(int fd, mode_t mode)
{
    return fchmod(fd, mode) < 0 ? -errno : 0;
}

int strait_posix_memory_set_owner(int fd, uid_t user, gid_t group)
{
    return fchown(fd, user, group) < 0 ? -errno : 0;
}
