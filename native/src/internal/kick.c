#include "internal/kick.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"

enum { FIRST_PAUSE_NS = 20000, LAST_PAUSE_NS = 1000000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int chosen; /* 0: not yet; a signal; or a negated errno */

static _Thread_local pid_t self; /* 0 until this thread lets the signal through: two system calls, once */

static void do_nothing(int number)
{
    (void)number;
}

static bool take(int number)
{
    struct sigaction now;
    struct sigaction ours = {.sa_handler = do_nothing};
    if (sigaction(number, NULL, &now) < 0 || (now.sa_flags & SA_SIGINFO) != 0 || now.sa_handler != SIG_DFL)
        return false;
    sigemptyset(&ours.sa_mask);
    return sigaction(number, &ours, NULL) == 0;
}

/* The JVM has SIGRTMAX-2. */
static int choose(void)
{
    for (int number = SIGRTMAX - 3; number >= SIGRTMIN; number--)
        if (take(number))
            return number;
    return -EBUSY;
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

/*
 * ORDER: is_inside before the look at is_wanted, sequentially consistent.
 * PAIRS WITH strait_kick: is_wanted before the look at is_inside. One of the two sees the other.
 */
int strait_kick_enter(struct strait_kick *kick)
{
    atomic_store(&kick->is_inside, true);
    return atomic_load(&kick->is_wanted) ? -EINTR : 0;
}

void strait_kick_leave(struct strait_kick *kick)
{
    atomic_store(&kick->is_inside, false);
}

void strait_kick(struct strait_kick *kick)
{
    long pause_ns = FIRST_PAUSE_NS;
    atomic_store(&kick->is_wanted, true);
    while (atomic_load(&kick->is_inside)) {
        syscall(SYS_tgkill, getpid(), kick->thread, strait_kick_signal());
        strait_pause_ns(pause_ns);
        pause_ns = pause_ns < LAST_PAUSE_NS ? 2 * pause_ns : pause_ns;
    }
}
