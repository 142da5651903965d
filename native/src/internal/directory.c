#include "internal/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/failure.h"
#include "internal/fd.h"
#include "strait/segment.h"

bool strait_name_is_valid(const char *name)
{
    size_t length =
        name == NULL ? 0 : strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");
    return length >= 1 && length <= STRAIT_NAME_MAX && name[length] == '\0' && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

int strait_directory_path(const char *directory, char path[PATH_MAX])
{
    int length;
    if (directory == NULL)
        directory = getenv("STRAIT_DIR");
    if (directory != NULL && *directory != '\0')
        length = snprintf(path, PATH_MAX, "%s", directory);
    else
        length = snprintf(path, PATH_MAX, "/dev/shm/strait-%u", (unsigned)geteuid());
    return length > PATH_MAX - STRAIT_NAME_MAX - 2 ? -ENAMETOOLONG : 0;
}

static bool is_default(const char *directory)
{
    const char *variable = getenv("STRAIT_DIR");
    return directory == NULL && (variable == NULL || *variable == '\0');
}

static int check(const struct strait_directory *opened, int64_t owner, struct strait_failure *failure)
{
    struct stat status;
    int result = strait_fd_stat(opened->fd, &status);
    if (result < 0)
        return strait_fail(failure, "fstat", result);
    if (status.st_uid != geteuid() && status.st_uid != 0 && status.st_uid != owner)
        return strait_fail_mismatch(failure, -EPERM, STRAIT_MISMATCH_DIRECTORY, geteuid(), status.st_uid);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0)
        return strait_fail_mismatch(failure, -EPERM, STRAIT_MISMATCH_MODE, 0755, status.st_mode & 07777);
    return 0;
}

int strait_directory_open(const char *directory, int64_t owner, bool make, struct strait_directory *opened,
                          struct strait_failure *failure)
{
    int result = strait_directory_path(directory, opened->path);
    if (result < 0)
        return strait_fail(failure, "open(O_DIRECTORY)", result);
    if (make && is_default(directory) && mkdir(opened->path, 0700) < 0 && errno != EEXIST)
        return strait_fail(failure, "mkdir", -errno);
    opened->fd = open(opened->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened->fd < 0)
        return strait_fail(failure, "open(O_DIRECTORY)", -errno);
    result = check(opened, owner, failure);
    if (result < 0)
        strait_directory_close(opened);
    return result;
}

void strait_directory_close(struct strait_directory *opened)
{
    close(opened->fd);
    opened->fd = -1;
}
