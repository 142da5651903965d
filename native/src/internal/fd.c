#include "internal/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"

/* glibc 2.33 gave fstat a new symbol; the kernel's struct stat is glibc's on 64-bit machines. */
int strait_fd_stat(int fd, struct stat *status)
{
    return syscall(SYS_newfstatat, fd, "", status, AT_EMPTY_PATH) < 0 ? -errno : 0;
}

int strait_fd_stat_at(int directory_fd, const char *name, struct stat *status)
{
    return syscall(SYS_newfstatat, directory_fd, name, status, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

int strait_path_stat(const char *path, struct stat *status)
{
    return strait_fd_stat_at(AT_FDCWD, path, status);
}

static int lock_call(int fd, int command, short type, int64_t first_byte, int64_t bytes, struct flock *lock)
{
    *lock = (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = first_byte, .l_len = bytes};
    return fcntl(fd, command, lock) < 0 ? -errno : 0;
}

int strait_fd_lock_range(int fd, int64_t first_byte, int64_t bytes)
{
    struct flock lock;
    int result = lock_call(fd, F_OFD_SETLK, F_WRLCK, first_byte, bytes, &lock);
    return result == -EACCES ? -EAGAIN : result;
}

int strait_fd_lock(int fd, int64_t first_byte)
{
    return strait_fd_lock_range(fd, first_byte, 1);
}

int strait_fd_unlock(int fd, int64_t first_byte)
{
    struct flock lock;
    return lock_call(fd, F_OFD_SETLK, F_UNLCK, first_byte, 1, &lock);
}

int strait_fd_unlock_all(int fd)
{
    struct flock lock;
    return lock_call(fd, F_OFD_SETLK, F_UNLCK, 0, 0, &lock); /* a length of 0 is to the end */
}

int strait_fd_is_locked(int fd, int64_t first_byte)
{
    struct flock lock;
    int result = lock_call(fd, F_OFD_GETLK, F_WRLCK, first_byte, 1, &lock);
    return result < 0 ? result : lock.l_type != F_UNLCK;
}

int64_t strait_fd_lock_bytes(int fd, int64_t first_byte)
{
    struct flock lock;
    int result = lock_call(fd, F_OFD_GETLK, F_WRLCK, first_byte, 1, &lock);
    return result < 0 || lock.l_type == F_UNLCK ? 0 : lock.l_len;
}

/* Takes one pending SIGXFSZ away: the thread's own before the process's. */
static void take_size_signal(const sigset_t *size_signal)
{
    const struct timespec at_once = {0, 0};
    while (sigtimedwait(size_signal, NULL, &at_once) < 0 && errno == EINTR)
        ;
}

/*
 * Beyond RLIMIT_FSIZE the kernel sends the calling thread SIGXFSZ as well (setrlimit(2)), whose default
 * action is to kill the process with a core dump. A library must not let that happen: the thread blocks the
 * signal during the call and takes it away, unless one was pending before, which is not ours. Linux's
 * sigprocmask is the thread's; pthread_sigmask would need a newer glibc.
 */
static int without_size_signal(int (*call)(int fd, off_t bytes), int fd, off_t bytes)
{
    sigset_t size_signal;
    sigset_t mask_before;
    sigset_t pending_before;
    int result;
    sigemptyset(&size_signal);
    sigaddset(&size_signal, SIGXFSZ);
    sigprocmask(SIG_BLOCK, &size_signal, &mask_before);
    sigpending(&pending_before);
    do
        result = call(fd, bytes);
    while (result == -EINTR);
    if (result == -EFBIG && sigismember(&pending_before, SIGXFSZ) == 0)
        take_size_signal(&size_signal);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    return result;
}

static int allocate(int fd, off_t bytes)
{
    return -posix_fallocate(fd, 0, bytes);
}

static int truncate_to(int fd, off_t bytes)
{
    return ftruncate(fd, bytes) < 0 ? -errno : 0;
}

int strait_fd_allocate(int fd, uint64_t bytes)
{
    return without_size_signal(allocate, fd, (off_t)bytes);
}

int strait_fd_truncate(int fd, int64_t bytes)
{
    return without_size_signal(truncate_to, fd, bytes);
}

uint64_t strait_random(void)
{
    uint64_t value;
    if (syscall(SYS_getrandom, &value, sizeof value, 0) != (long)sizeof value)
        value = (uint64_t)strait_clock_ns(CLOCK_REALTIME) * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)getpid();
    return value;
}
