#include "internal/kick.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/spare_signal.h"

enum { FIRST_PAUSE_NS = 20000, LAST_PAUSE_NS = 1000000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int chosen; /* 0: not yet; a signal; or a negated errno */

static _Thread_local pid_t self; /* 0 until this thread lets the signal through: two system calls, once */

static void do_nothing(int number)
{
    (void)number;
}

static int choose(void)
{
    struct sigaction action = {.sa_handler = do_nothing};
    sigemptyset(&action.sa_mask);
    return strait_spare_signal(&action);
}

int strait_kick_signal(void)
{
    pthread_mutex_lock(&mutex);
    if (chosen == 0)
        chosen = choose();
    int result = chosen;
    pthread_mutex_unlock(&mutex);
    return result;
}

void strait_kick_forget(void)
{
    const struct sigaction action = {.sa_handler = SIG_DFL};
    pthread_mutex_lock(&mutex);
    if (chosen > 0)
        sigaction(chosen, &action, NULL);
    chosen = 0;
    pthread_mutex_unlock(&mutex);
}

/* Linux's sigprocmask is the thread's; pthread_sigmask would need a newer glibc. */
static int admit(void)
{
    sigset_t ours;
    int number = strait_kick_signal();
    if (number < 0)
        return number;
    sigemptyset(&ours);
    sigaddset(&ours, number);
    sigprocmask(SIG_UNBLOCK, &ours, NULL);
    self = (pid_t)syscall(SYS_gettid);
    return 0;
}

int strait_kick_arm(struct strait_kick *kick)
{
    int result = self == 0 ? admit() : 0;
    kick->thread = self;
    atomic_store(&kick->is_wanted, false);
    return result;
}

/* A timer of the thread's own: the C library's are in another library before glibc 2.34. */
static int create_timer(struct strait_kick *kick)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = strait_kick_signal()};
    event._sigev_un._tid = kick->thread;
    if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &kick->timer) < 0)
        return -errno;
    kick->has_timer = true;
    return 0;
}

int strait_kick_at(struct strait_kick *kick, int64_t deadline_ns)
{
    struct itimerspec times = {.it_interval = {.tv_nsec = LAST_PAUSE_NS}};
    int result = create_timer(kick);
    if (result < 0)
        return result;
    times.it_value = strait_timespec(deadline_ns > 0 ? deadline_ns : 1); /* 0 would be never */
    return syscall(SYS_timer_settime, kick->timer, TIMER_ABSTIME, &times, NULL) < 0 ? -errno : 0;
}

void strait_kick_cancel(struct strait_kick *kick)
{
    if (kick->has_timer)
        syscall(SYS_timer_delete, kick->timer);
    kick->has_timer = false;
}

/*
 * ORDER: the turn before the look at is_wanted, sequentially consistent.
 * PAIRS WITH strait_kick: is_wanted before the look at the turn. One of the two sees the other.
 */
int strait_kick_enter(struct strait_kick *kick)
{
    atomic_fetch_add(&kick->turns, 1);
    return atomic_load(&kick->is_wanted) ? -EINTR : 0;
}

void strait_kick_leave(struct strait_kick *kick)
{
    atomic_fetch_add(&kick->turns, 1);
}

int strait_kick_open(const char *path, int flags, struct strait_kick *kick)
{
    int result = strait_kick_enter(kick);
    if (result == 0) {
        int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
        result = fd < 0 ? -errno : fd;
    }
    strait_kick_leave(kick);
    return result;
}

void strait_kick(struct strait_kick *kick)
{
    long pause_ns = FIRST_PAUSE_NS;
    atomic_store(&kick->is_wanted, true);
    uint32_t turn = atomic_load(&kick->turns);
    while (turn % 2 == 1 && atomic_load(&kick->turns) == turn) {
        syscall(SYS_tgkill, getpid(), kick->thread, strait_kick_signal());
        strait_pause_ns(pause_ns);
        pause_ns = pause_ns < LAST_PAUSE_NS ? 2 * pause_ns : pause_ns;
    }
}
