#include "internal/event.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "internal/deadline.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424 /* these on every architecture */
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

_Static_assert(STRAIT_EVENT_ABSOLUTE == TFD_TIMER_ABSTIME, "other flags");
_Static_assert(STRAIT_EVENT_CANCEL_ON_SET == TFD_TIMER_CANCEL_ON_SET, "other flags");

static int answer(long result)
{
    return result < 0 ? -errno : (int)result;
}

int strait_event_counter_open(uint32_t initial, bool is_semaphore)
{
    return answer(eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK | (is_semaphore ? EFD_SEMAPHORE : 0)));
}

int strait_event_counter_add(int fd, uint64_t count)
{
    return write(fd, &count, sizeof count) < 0 ? -errno : 0;
}

int strait_event_take(int fd, uint64_t *count)
{
    return read(fd, count, sizeof *count) < 0 ? -errno : 0;
}

int strait_event_timer_open(clockid_t clock)
{
    return answer(timerfd_create(clock, TFD_CLOEXEC | TFD_NONBLOCK));
}

int strait_event_timer_set(int fd, uint32_t flags, int64_t first_ns, int64_t interval_ns)
{
    const struct itimerspec times = {.it_value = strait_timespec(first_ns),
                                     .it_interval = strait_timespec(interval_ns)};
    return answer(timerfd_settime(fd, (int)flags, &times, NULL));
}

static int64_t ns_of(struct timespec time)
{
    return (int64_t)time.tv_sec * STRAIT_NS_PER_SECOND + time.tv_nsec;
}

int strait_event_timer_get(int fd, int64_t *left_ns, int64_t *interval_ns)
{
    struct itimerspec times;
    if (timerfd_gettime(fd, &times) < 0)
        return -errno;
    *left_ns = ns_of(times.it_value);
    *interval_ns = ns_of(times.it_interval);
    return 0;
}

int strait_event_process_open(pid_t pid)
{
    return answer(syscall(SYS_pidfd_open, pid, 0));
}

int strait_event_process_signal(int fd, int signal)
{
    return answer(syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0));
}

int strait_event_process_ended(int fd)
{
    struct pollfd process = {.fd = fd, .events = POLLIN};
    int count = poll(&process, 1, 0);
    return count == 0 ? -EAGAIN : answer(count);
}
