#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/failure.h"
#include "internal/signal_name.h"
#include "internal/signal_set.h"

/* Of newer kernels than the C library's headers know. */
#define NUMBER_OF_PIDFD_SEND_SIGNAL 424
#define NUMBER_OF_PIDFD_OPEN        434
#define THREAD_PIDFD                O_EXCL /* PIDFD_THREAD, since Linux 6.9 */

static int answer(long result)
{
    return result < 0 ? -errno : 0;
}

static int send_to_pidfd(int fd, int number, siginfo_t *info)
{
    return answer(syscall(NUMBER_OF_PIDFD_SEND_SIGNAL, fd, number, info, 0));
}

static siginfo_t information(int number, int value)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = number;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    info.si_value.sival_int = value;
    return info;
}

/* ---- Dispatchers -----------------------------------------------------------------------------------------
 */

/* Its thread's own descriptor; the name must lead to the thread still when that is there. */
static int open_thread(const struct strait_signal_link *link)
{
    pid_t process;
    pid_t thread;
    int result = strait_signal_link_look(link, &process, &thread);
    if (result < 0)
        return result;
    int fd = (int)syscall(NUMBER_OF_PIDFD_OPEN, thread, THREAD_PIDFD);
    if (fd < 0)
        return -errno;
    result = strait_signal_link_look(link, &process, &thread);
    if (result == 0)
        return fd;
    close(fd);
    return result;
}

static bool cannot_open_threads(int error)
{
    return error == -EINVAL || error == -ENOSYS || error == -EPERM;
}

int strait_signal_find(const char *name, const struct strait_segment_options *options,
                       struct strait_signal_target *target, struct strait_failure *failure)
{
    struct strait_signal_link *link;
    int result = strait_signal_link_open(name, options, &link, failure);
    if (result < 0)
        return result;
    int fd = open_thread(link);
    if (fd < 0 && !cannot_open_threads(fd)) {
        strait_signal_link_close(link);
        return strait_fail(failure, "pidfd_open", fd == -ESRCH ? -ENOENT : fd); /* it has just gone */
    }
    *target = (struct strait_signal_target){STRAIT_SIGNAL_DISPATCHER, fd, 0, link};
    if (fd >= 0) {
        strait_signal_link_close(link);
        target->link = NULL;
    }
    return 0;
}

void strait_signal_forget(struct strait_signal_target *target)
{
    if (target->kind != STRAIT_SIGNAL_DISPATCHER)
        return;
    strait_signal_link_close(target->link);
    if (target->link == NULL && target->id >= 0)
        close(target->id);
    target->link = NULL;
    target->id = -1;
}

static int queue_by_link(const struct strait_signal_link *link, int number, siginfo_t *info)
{
    pid_t process;
    pid_t thread;
    int result = strait_signal_link_look(link, &process, &thread);
    return result < 0 ? result : answer(syscall(SYS_rt_tgsigqueueinfo, process, thread, number, info));
}

static int send_to_dispatcher(const struct strait_signal_target *target, int number, siginfo_t *info)
{
    if (target->link != NULL)
        return queue_by_link(target->link, number, info);
    return target->id < 0 ? -ESRCH : send_to_pidfd(target->id, number, info);
}

/* ---- All targets -----------------------------------------------------------------------------------------
 */

static int check(const struct strait_signal_target *target, int number)
{
    if (number != 0 && !strait_signal_is(number))
        return -EINVAL;
    if (target->kind == STRAIT_SIGNAL_GROUP && target->id == 1) /* for kill(2) -1 is everybody */
        return -EINVAL;
    bool is_id = target->kind == STRAIT_SIGNAL_PROCESS || target->kind == STRAIT_SIGNAL_GROUP ||
                 target->kind == STRAIT_SIGNAL_THREAD;
    return is_id && target->id <= 0 ? -EINVAL : 0;
}

int strait_signal_send(const struct strait_signal_target *target, int number)
{
    siginfo_t info = information(number, 0);
    int result = check(target, number);
    if (result < 0)
        return result;
    switch (target->kind) {
    case STRAIT_SIGNAL_PROCESS:
        return answer(kill(target->id, number));
    case STRAIT_SIGNAL_GROUP:
        return answer(kill(-target->id, number));
    case STRAIT_SIGNAL_THREAD:
        return answer(syscall(SYS_tgkill, target->id, target->thread, number));
    case STRAIT_SIGNAL_PIDFD:
        return send_to_pidfd(target->id, number, NULL);
    case STRAIT_SIGNAL_DISPATCHER:
        return send_to_dispatcher(target, number, &info);
    default:
        return -EINVAL;
    }
}

int strait_signal_queue(const struct strait_signal_target *target, int number, int value)
{
    siginfo_t info = information(number, value);
    int result = check(target, number);
    if (result < 0)
        return result;
    switch (target->kind) {
    case STRAIT_SIGNAL_PROCESS:
        return answer(syscall(SYS_rt_sigqueueinfo, target->id, number, &info));
    case STRAIT_SIGNAL_THREAD:
        return answer(syscall(SYS_rt_tgsigqueueinfo, target->id, target->thread, number, &info));
    case STRAIT_SIGNAL_PIDFD:
        return send_to_pidfd(target->id, number, &info);
    case STRAIT_SIGNAL_DISPATCHER:
        return send_to_dispatcher(target, number, &info);
    default:
        return -EINVAL;
    }
}
