#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/descriptor.h"
#include "internal/failure.h"
#include "internal/signal_name.h"
#include "internal/signal_net.h"
#include "internal/signal_set.h"
#include "internal/signal_sweep.h"

enum { BATCH = 64, PIPE_BYTES = 1 << 20 };

struct strait_dispatcher {
    enum strait_dispatcher_mode mode;
    pid_t process;
    pid_t thread;
    int signal_fd;
    int waker_fd;
    int pipe[2]; /* what the net could not queue again; of the process's alone */
    int epoll_fd;
    _Atomic uint64_t taken;
    _Atomic uint64_t ignored;
    _Atomic uint64_t blocked; /* in our thread, by us */
    uint64_t blocked_before;
    struct strait_sweep_keeper keeper;
    struct strait_signal_name *name;
    pthread_mutex_t mutex; /* of those who change what is taken */
};

static bool is_of_process(const struct strait_dispatcher *dispatcher)
{
    return dispatcher->mode == STRAIT_DISPATCHER_PROCESS;
}

static bool is_in_child(const struct strait_dispatcher *dispatcher)
{
    return dispatcher->process != getpid();
}

/* ---- Opening ---------------------------------------------------------------------------------------------
 */

static int watch(const struct strait_dispatcher *dispatcher, int fd)
{
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(dispatcher->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_signals(struct strait_dispatcher *dispatcher, struct strait_failure *failure)
{
    const sigset_t none = strait_signal_set(0);
    dispatcher->signal_fd = signalfd(-1, &none, SFD_CLOEXEC | SFD_NONBLOCK);
    if (dispatcher->signal_fd < 0)
        return strait_fail(failure, "signalfd", -errno);
    int result = watch(dispatcher, dispatcher->signal_fd);
    return result < 0 ? strait_fail(failure, "epoll_ctl", result) : 0;
}

static int open_waker(struct strait_dispatcher *dispatcher, struct strait_failure *failure)
{
    dispatcher->waker_fd = strait_waker_open();
    if (dispatcher->waker_fd < 0)
        return strait_fail(failure, "eventfd", dispatcher->waker_fd);
    int result = watch(dispatcher, dispatcher->waker_fd);
    return result < 0 ? strait_fail(failure, "epoll_ctl", result) : 0;
}

/* As large as an unprivileged process may have it; if its user has no room, as the kernel made it. */
static int open_pipe(struct strait_dispatcher *dispatcher, struct strait_failure *failure)
{
    if (pipe2(dispatcher->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        return strait_fail(failure, "pipe2", -errno);
    fcntl(dispatcher->pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
    int result = watch(dispatcher, dispatcher->pipe[0]);
    return result < 0 ? strait_fail(failure, "epoll_ctl", result) : 0;
}

static int open_descriptors(struct strait_dispatcher *dispatcher, struct strait_failure *failure)
{
    dispatcher->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (dispatcher->epoll_fd < 0)
        return strait_fail(failure, "epoll_create1", -errno);
    int result = open_signals(dispatcher, failure);
    if (result == 0)
        result = open_waker(dispatcher, failure);
    if (result == 0 && is_of_process(dispatcher))
        result = open_pipe(dispatcher, failure);
    return result;
}

static void close_descriptors(const struct strait_dispatcher *dispatcher)
{
    const int fds[] = {dispatcher->epoll_fd, dispatcher->signal_fd, dispatcher->waker_fd, dispatcher->pipe[0],
                       dispatcher->pipe[1]};
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static void begin_in_thread(struct strait_dispatcher *dispatcher)
{
    if (is_of_process(dispatcher))
        return;
    dispatcher->blocked_before = strait_signal_mask(SIG_BLOCK, 0);
    dispatcher->keeper.thread = dispatcher->thread;
    strait_sweep_keep(&dispatcher->keeper);
}

static void end_in_thread(struct strait_dispatcher *dispatcher)
{
    if (is_of_process(dispatcher) || is_in_child(dispatcher))
        return;
    uint64_t blocked = atomic_load(&dispatcher->blocked);
    strait_sweep_drop(blocked);
    strait_signal_mask(SIG_UNBLOCK, blocked & ~dispatcher->blocked_before);
    strait_sweep_keep_no_more(&dispatcher->keeper);
}

static struct strait_dispatcher *new_dispatcher(enum strait_dispatcher_mode mode)
{
    struct strait_dispatcher *dispatcher = calloc(1, sizeof *dispatcher);
    if (dispatcher == NULL)
        return NULL;
    dispatcher->mode = mode;
    dispatcher->process = getpid();
    dispatcher->thread = (pid_t)syscall(SYS_gettid);
    dispatcher->epoll_fd = dispatcher->signal_fd = dispatcher->waker_fd = -1;
    dispatcher->pipe[0] = dispatcher->pipe[1] = -1;
    pthread_mutex_init(&dispatcher->mutex, NULL);
    return dispatcher;
}

int strait_dispatcher_open(enum strait_dispatcher_mode mode, const char *name,
                           const struct strait_segment_options *options,
                           struct strait_dispatcher **dispatcher, struct strait_failure *failure)
{
    int result = 0;
    if (name != NULL && mode != STRAIT_DISPATCHER_THREAD)
        return strait_fail(failure, "name", -EINVAL);
    struct strait_dispatcher *made = new_dispatcher(mode);
    if (made == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    result = open_descriptors(made, failure);
    if (result < 0) {
        close_descriptors(made);
        free(made);
        return result;
    }
    begin_in_thread(made);
    if (name != NULL)
        result = strait_signal_name_take(name, options, made->thread, &made->name, failure);
    if (result < 0) {
        strait_dispatcher_close(made);
        return result;
    }
    *dispatcher = made;
    return 0;
}

/* ---- Taking and giving back ------------------------------------------------------------------------------
 */

static int read_these(const struct strait_dispatcher *dispatcher, uint64_t signals)
{
    const sigset_t set = strait_signal_set(signals);
    return signalfd(dispatcher->signal_fd, &set, 0) < 0 ? -errno : 0;
}

/* Another thread cannot block it for ours. */
static bool can_block(const struct strait_dispatcher *dispatcher, uint64_t bit)
{
    return (dispatcher->blocked_before & bit) != 0 || (pid_t)syscall(SYS_gettid) == dispatcher->thread;
}

static int begin_to_read(struct strait_dispatcher *dispatcher, int number)
{
    const uint64_t bit = strait_signal_bit(number);
    if (is_of_process(dispatcher))
        return strait_net_take(number, dispatcher->pipe[1]);
    if (!can_block(dispatcher, bit))
        return -EPERM;
    int result = strait_net_use(number);
    if (result < 0)
        return result;
    atomic_fetch_or(&dispatcher->blocked, bit);
    if ((dispatcher->blocked_before & bit) == 0)
        strait_signal_mask(SIG_BLOCK, bit);
    return 0;
}

static int take(struct strait_dispatcher *dispatcher, int number)
{
    const uint64_t bit = strait_signal_bit(number);
    if ((atomic_load(&dispatcher->taken) & bit) != 0)
        return 0;
    int result = begin_to_read(dispatcher, number);
    if (result < 0)
        return result;
    atomic_fetch_or(&dispatcher->taken, bit);
    return read_these(dispatcher, atomic_load(&dispatcher->taken));
}

static int take_and_forward(struct strait_dispatcher *dispatcher, int number)
{
    int result = take(dispatcher, number);
    if (result == 0)
        atomic_fetch_and(&dispatcher->ignored, ~strait_signal_bit(number));
    return result;
}

static int take_and_drop(struct strait_dispatcher *dispatcher, int number)
{
    int result = take(dispatcher, number);
    if (result < 0)
        return result;
    atomic_fetch_or(&dispatcher->ignored, strait_signal_bit(number));
    strait_sweep_drop(strait_signal_bit(number));
    return 0;
}

static int give_back(struct strait_dispatcher *dispatcher, int number)
{
    const uint64_t bit = strait_signal_bit(number);
    if ((atomic_fetch_and(&dispatcher->taken, ~bit) & bit) == 0)
        return 0;
    atomic_fetch_and(&dispatcher->ignored, ~bit);
    int result = read_these(dispatcher, atomic_load(&dispatcher->taken));
    if (is_of_process(dispatcher))
        strait_net_release(number);
    else
        strait_net_unuse(number);
    return result;
}

static int change(struct strait_dispatcher *dispatcher, int number,
                  int (*function)(struct strait_dispatcher *, int))
{
    if (!strait_signal_is(number))
        return -EINVAL;
    if (is_in_child(dispatcher))
        return STRAIT_CLOSED;
    pthread_mutex_lock(&dispatcher->mutex);
    int result = function(dispatcher, number);
    pthread_mutex_unlock(&dispatcher->mutex);
    return result;
}

int strait_dispatcher_take(struct strait_dispatcher *dispatcher, int number)
{
    return change(dispatcher, number, take_and_forward);
}

int strait_dispatcher_ignore(struct strait_dispatcher *dispatcher, int number)
{
    return change(dispatcher, number, take_and_drop);
}

int strait_dispatcher_release(struct strait_dispatcher *dispatcher, int number)
{
    return change(dispatcher, number, give_back);
}

/* The child has the parent's masks and handlers, and nothing of it that would have to be told. */
void strait_dispatcher_close(struct strait_dispatcher *dispatcher)
{
    if (dispatcher == NULL)
        return;
    strait_signal_name_leave(dispatcher->name);
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        strait_dispatcher_release(dispatcher, number);
    end_in_thread(dispatcher);
    close_descriptors(dispatcher);
    free(dispatcher);
}

/* ---- Receiving -------------------------------------------------------------------------------------------
 */

static struct strait_signal_info from_queue(const struct signalfd_siginfo *info, int64_t now_ns)
{
    int32_t value = info->ssi_signo == SIGCHLD ? info->ssi_status : info->ssi_int;
    return (struct strait_signal_info){
        (int32_t)info->ssi_signo, info->ssi_code, (int32_t)info->ssi_pid, info->ssi_uid, value, now_ns};
}

static struct strait_signal_info from_net(const siginfo_t *info, int64_t now_ns)
{
    int32_t value = info->si_signo == SIGCHLD ? info->si_status : info->si_value.sival_int;
    return (struct strait_signal_info){info->si_signo, info->si_code, info->si_pid,
                                       info->si_uid,   value,         now_ns};
}

static bool is_wanted(const struct strait_dispatcher *dispatcher, int number)
{
    const uint64_t bit = strait_signal_bit(number);
    return (atomic_load(&dispatcher->taken) & ~atomic_load(&dispatcher->ignored) & bit) != 0;
}

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* How many of these structures could be read: 0 when there is none. */
static int read_whole(int fd, void *buffer, size_t size, int count)
{
    ssize_t bytes;
    do
        bytes = read(fd, buffer, size * (size_t)count);
    while (bytes < 0 && errno == EINTR);
    if (bytes < 0)
        return errno == EAGAIN ? 0 : -errno;
    return (int)((size_t)bytes / size);
}

/* How many were read, whether or not they are wanted: the wanted ones are in `infos`. */
static int read_queue(const struct strait_dispatcher *dispatcher, struct strait_signal_info *infos,
                      int capacity, int *wanted)
{
    struct signalfd_siginfo batch[BATCH];
    int count = read_whole(dispatcher->signal_fd, batch, sizeof batch[0], smaller(capacity, BATCH));
    int64_t now_ns = count > 0 ? strait_clock_ns(CLOCK_REALTIME) : 0;
    for (int i = 0; i < count; i++)
        if (is_wanted(dispatcher, (int)batch[i].ssi_signo))
            infos[(*wanted)++] = from_queue(&batch[i], now_ns);
    return count;
}

static int read_net(const struct strait_dispatcher *dispatcher, struct strait_signal_info *infos,
                    int capacity, int *wanted)
{
    siginfo_t batch[BATCH];
    if (dispatcher->pipe[0] < 0)
        return 0;
    int count = read_whole(dispatcher->pipe[0], batch, sizeof batch[0], smaller(capacity, BATCH));
    int64_t now_ns = count > 0 ? strait_clock_ns(CLOCK_REALTIME) : 0;
    for (int i = 0; i < count; i++)
        if (is_wanted(dispatcher, batch[i].si_signo))
            infos[(*wanted)++] = from_net(&batch[i], now_ns);
    return count;
}

/* How many are in `infos`; 0 when nothing is pending. */
static int read_pending(const struct strait_dispatcher *dispatcher, struct strait_signal_info *infos,
                        int capacity)
{
    int wanted = 0;
    int count;
    do {
        count = read_queue(dispatcher, infos, capacity, &wanted);
        if (count == 0)
            count = read_net(dispatcher, infos, capacity, &wanted);
    } while (count > 0 && wanted == 0);
    return wanted > 0 ? wanted : count;
}

static int await(const struct strait_dispatcher *dispatcher, int64_t deadline_ns)
{
    struct pollfd fd = {.fd = dispatcher->epoll_fd, .events = POLLIN};
    int64_t left_ns = deadline_ns == STRAIT_NEVER ? 0 : deadline_ns - strait_now_ns();
    struct timespec timeout = strait_timespec(left_ns > 0 ? left_ns : 0);
    int result = ppoll(&fd, 1, deadline_ns == STRAIT_NEVER ? NULL : &timeout, NULL);
    if (result < 0 && errno != EINTR)
        return -errno;
    return result == 0 ? STRAIT_TIMED_OUT : 0;
}

static bool was_woken(const struct strait_dispatcher *dispatcher)
{
    struct pollfd fd = {.fd = dispatcher->waker_fd, .events = POLLIN};
    if (poll(&fd, 1, 0) <= 0)
        return false;
    strait_waker_reset(dispatcher->waker_fd);
    return true;
}

int strait_dispatcher_receive(struct strait_dispatcher *dispatcher, struct strait_signal_info *infos,
                              int capacity, int64_t timeout_ns)
{
    if (is_in_child(dispatcher))
        return STRAIT_CLOSED;
    int64_t deadline_ns = strait_deadline_after(timeout_ns);
    for (;;) {
        int result = read_pending(dispatcher, infos, capacity);
        if (result != 0)
            return result;
        result = await(dispatcher, deadline_ns);
        if (result != 0 || was_woken(dispatcher))
            return result;
    }
}

void strait_dispatcher_wake(struct strait_dispatcher *dispatcher)
{
    strait_waker_wake(dispatcher->waker_fd);
}

int strait_dispatcher_fd(const struct strait_dispatcher *dispatcher)
{
    return dispatcher->epoll_fd;
}

int32_t strait_dispatcher_thread(const struct strait_dispatcher *dispatcher)
{
    return dispatcher->thread;
}

uint64_t strait_dispatcher_taken(const struct strait_dispatcher *dispatcher)
{
    return atomic_load(&dispatcher->taken);
}
