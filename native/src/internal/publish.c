#include "internal/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/layout.h"

/* ---- With a temporary name ------------------------------------------------------------------------------
 */

/* Whether create_named could have made this name: "~PID-RANDOM". The directory may hold files of others. */
static bool is_temporary(const char *name)
{
    const char *digits = name + 1;
    size_t pid_digits = strspn(digits, "0123456789");
    const char *random = digits + pid_digits + 1;
    return name[0] == '~' && pid_digits > 0 && digits[pid_digits] == '-' &&
           strspn(random, "0123456789abcdef") == 16 && random[16] == '\0';
}

/* Removes one temporary file whose creator is gone. */
static void sweep_one(int directory_fd, const char *name)
{
    int fd = openat(directory_fd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (strait_fd_lock(fd, STRAIT_LOCK_BYTE) == 0)
        unlinkat(directory_fd, name, 0);
    close(fd);
}

static void sweep(const struct strait_directory *directory)
{
    int fd = openat(directory->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd < 0 ? NULL : fdopendir(fd);
    if (entries == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries))
        if (is_temporary(entry->d_name))
            sweep_one(directory->fd, entry->d_name);
    closedir(entries);
}

/* A sweeper may take the file between its creation and our lock; then it has lost its name, and we try again.
 */
static int create_named(const struct strait_directory *directory, struct strait_unpublished *file,
                        struct strait_failure *failure)
{
    struct stat status;
    sweep(directory);
    for (;;) {
        snprintf(file->temporary, sizeof file->temporary, "~%d-%016llx", (int)getpid(),
                 (unsigned long long)strait_random());
        file->fd =
            openat(directory->fd, file->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file->fd < 0)
            return strait_fail(failure, "open(O_CREAT)", -errno);
        int result = strait_fd_lock(file->fd, STRAIT_LOCK_BYTE);
        if (result == 0 && strait_fd_stat(file->fd, &status) == 0 && status.st_nlink != 0)
            return 0;
        strait_unpublished_discard(directory, file);
        if (result < 0 && result != -EAGAIN)
            return strait_fail(failure, "fcntl(F_OFD_SETLK)", result);
    }
}

/* The lock stays: by now it is that of the participant in slot 0, who made the file. */
static int rename_to(const struct strait_directory *directory, struct strait_unpublished *file,
                     const char *name, struct strait_failure *failure)
{
    if (syscall(SYS_renameat2, directory->fd, file->temporary, directory->fd, name, RENAME_NOREPLACE) < 0)
        return strait_fail(failure, "renameat2", -errno);
    file->temporary[0] = '\0';
    return 0;
}

/* ---- Without a name --------------------------------------------------------------------------------------
 */

/* AT_EMPTY_PATH needs a capability before Linux 6.10; the way through /proc needs /proc. */
static int link_to(const struct strait_directory *directory, int fd, const char *name)
{
    char path[64];
    if (linkat(fd, "", directory->fd, name, AT_EMPTY_PATH) == 0)
        return 0;
    if (errno != ENOENT && errno != EPERM)
        return -errno;
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d", fd);
    return linkat(AT_FDCWD, path, directory->fd, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}

int strait_unpublished_create(const struct strait_directory *directory, bool by_rename,
                              struct strait_unpublished *file, struct strait_failure *failure)
{
    file->temporary[0] = '\0';
    if (!by_rename) {
        file->fd = openat(directory->fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
        if (file->fd >= 0)
            return 0;
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
            return strait_fail(failure, "open(O_TMPFILE)", -errno);
    }
    return create_named(directory, file, failure);
}

int strait_unpublished_publish(const struct strait_directory *directory, struct strait_unpublished *file,
                               const char *name, struct strait_failure *failure)
{
    if (file->temporary[0] != '\0')
        return rename_to(directory, file, name, failure);
    int result = link_to(directory, file->fd, name);
    return result < 0 ? strait_fail(failure, "linkat", result) : 0;
}

void strait_unpublished_discard(const struct strait_directory *directory, struct strait_unpublished *file)
{
    if (file->temporary[0] != '\0')
        unlinkat(directory->fd, file->temporary, 0);
    close(file->fd);
    file->fd = -1;
}
