#include "internal/signal_net.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/signal_set.h"
#include "internal/signal_table.h"
#include "internal/spare_signal.h"

enum { PAUSE_NS = 200000, QUIET_PASSES = 2, DROPS_MAX = 1 << 20 };
#define SWEEP_NS STRAIT_NS_PER_SECOND /* who cannot be reached in that time is left to the net */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

/* What the handlers read. */
static _Atomic uint64_t owned;     /* blocked in every thread */
static _Atomic uint64_t returning; /* being unblocked again */
static _Atomic unsigned inside;    /* threads inside of the net */
static _Atomic int pipes[STRAIT_SIGNAL_MAX + 1];

/* A library that a JVM loads has little of such memory, but a handler must not have it allocated. */
static _Thread_local bool makes_child __attribute__((tls_model("initial-exec")));

/* With the mutex held. */
static struct sigaction before[STRAIT_SIGNAL_MAX + 1];
static uint64_t blocked_before; /* in the whole process, by itself or an agent: not unblocked again */
static unsigned uses[STRAIT_SIGNAL_MAX + 1];
static struct strait_net_keeper *keepers;

/* ---- Handlers: async-signal-safe -------------------------------------------------------------------------
 */

static void mend(ucontext_t *context)
{
    strait_signal_add(&context->uc_sigmask, atomic_load(&owned));
    strait_signal_remove(&context->uc_sigmask, atomic_load(&returning));
}

static bool is_owned(int number)
{
    return (atomic_load(&owned) & strait_signal_bit(number)) != 0;
}

/* It is blocked in this thread now, and so goes to another, or to the one that reads. */
static bool queue_again(int number, siginfo_t *info)
{
    return !makes_child && syscall(SYS_rt_sigqueueinfo, getpid(), number, info) == 0;
}

static void pass_on(int number, siginfo_t *info)
{
    if (!queue_again(number, info) && write(atomic_load(&pipes[number]), info, sizeof *info) < 0)
        return; /* full: thousands of signals were lost by who sent them already, with EAGAIN */
}

static void on_stray(int number, siginfo_t *info, void *context)
{
    int error = errno;
    /* ORDER: inside before the look at owned, sequentially consistent. PAIRS WITH wait_for_net. */
    atomic_fetch_add(&inside, 1);
    if (!makes_child)
        mend(context);
    if (is_owned(number))
        pass_on(number, info);
    atomic_fetch_sub(&inside, 1);
    errno = error;
}

static void on_sweep(int number, siginfo_t *info, void *context)
{
    (void)number;
    if (info->si_code == SI_QUEUE && info->si_pid == getpid() && !makes_child)
        mend(context);
}

/* While on_stray runs its own signal is blocked. That of the sweep must not be: who has it blocked is left
 * alone. */
static struct sigaction handler(void (*function)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | flags};
    action.sa_sigaction = function;
    sigemptyset(&action.sa_mask);
    return action;
}

/* ---- The sweep -------------------------------------------------------------------------------------------
 */

static int sweep_signal; /* 0: not yet; a signal; or a negated errno */

static int choose_signal(void)
{
    static pthread_mutex_t choice = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&choice);
    if (sweep_signal == 0) {
        struct sigaction action = handler(on_sweep, SA_NODEFER);
        sweep_signal = strait_spare_signal(&action);
    }
    int result = sweep_signal;
    pthread_mutex_unlock(&choice);
    return result;
}

int strait_net_signal(void)
{
    return choose_signal();
}

static bool is_keeper(pid_t thread)
{
    const struct strait_net_keeper *keeper = keepers;
    while (keeper != NULL && keeper->thread != thread)
        keeper = keeper->next;
    return keeper != NULL;
}

/* Whether its mask is as it should be, or no signal of ours would ever reach it. */
static bool is_mended(pid_t thread)
{
    struct strait_signal_state state;
    if (strait_signal_look(getpid(), thread, &state) < 0) /* gone */
        return true;
    if ((state.blocked & strait_signal_bit(sweep_signal)) != 0)
        return true;
    bool keeps = (state.blocked & atomic_load(&returning)) != 0 && !is_keeper(thread);
    return (atomic_load(&owned) & ~state.blocked) == 0 && !keeps;
}

static void reach(pid_t thread)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = sweep_signal;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, sweep_signal, &info);
}

/* How many others were not as they should be. */
static int pass(DIR *tasks)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    int found = 0;
    rewinddir(tasks);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        pid_t thread = (pid_t)strtol(task->d_name, NULL, 10);
        if (thread == 0 || thread == self || is_mended(thread))
            continue;
        reach(thread);
        found++;
    }
    return found;
}

/* All threads but this one. */
static int sweep_others(void)
{
    int64_t deadline_ns = strait_deadline_after(SWEEP_NS);
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return -errno;
    for (int quiet = 0; quiet < QUIET_PASSES && strait_now_ns() < deadline_ns;) {
        bool found = pass(tasks) > 0;
        quiet = found ? 0 : quiet + 1;
        if (found)
            strait_pause_ns(PAUSE_NS);
    }
    closedir(tasks);
    return 0;
}

/* This thread first: the threads that it starts meanwhile are none of the others. */
static int block_everywhere(void)
{
    strait_signal_mask(SIG_BLOCK, atomic_load(&owned));
    return sweep_others();
}

int strait_net_block(uint64_t signals)
{
    int result = choose_signal();
    if (result < 0)
        return result;
    pthread_mutex_lock(&mutex);
    atomic_fetch_or(&owned, signals);
    result = block_everywhere();
    atomic_fetch_and(&owned, ~signals);
    pthread_mutex_unlock(&mutex);
    return result;
}

void strait_net_drop(uint64_t signals)
{
    const struct timespec at_once = {0, 0};
    const sigset_t set = strait_signal_set(signals);
    int result = 0;
    for (int count = 0; count < DROPS_MAX && (result > 0 || count == 0 || errno == EINTR); count++)
        result = sigtimedwait(&set, NULL, &at_once);
}

/* ---- Taking and giving back ------------------------------------------------------------------------------
 */

/* Somebody has blocked it for all: the main thread, from which the others come, has. */
static bool is_blocked_already(uint64_t bit)
{
    struct strait_signal_state state;
    return strait_signal_look(getpid(), getpid(), &state) == 0 && (state.blocked & bit) != 0;
}

/* With the mutex held. */
static int take(int number, int pipe_fd)
{
    const uint64_t bit = strait_signal_bit(number);
    struct sigaction action = handler(on_stray, 0);
    if (uses[number] > 0 || strait_signal_refusal(number) != NULL)
        return -EBUSY;
    blocked_before &= ~bit;
    if (is_blocked_already(bit))
        blocked_before |= bit;
    atomic_store(&pipes[number], pipe_fd);
    atomic_fetch_or(&owned, bit);
    if (sigaction(number, &action, &before[number]) < 0) {
        atomic_fetch_and(&owned, ~bit);
        return -errno;
    }
    return block_everywhere();
}

int strait_net_take(int number, int pipe_fd)
{
    int result = choose_signal();
    if (result < 0)
        return result;
    pthread_mutex_lock(&mutex);
    result = take(number, pipe_fd);
    pthread_mutex_unlock(&mutex);
    return result;
}

/* Whoever comes in from now on sees that it is not owned. PAIRS WITH on_stray. */
static void wait_for_net(void)
{
    while (atomic_load(&inside) != 0)
        strait_pause_ns(PAUSE_NS / 10);
}

/* What is pending for the process then hits the net, at the latest in this thread. */
static void unblock_everywhere(uint64_t bit)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    atomic_fetch_or(&returning, bit);
    sweep_others();
    if (is_keeper(self))
        strait_net_drop(bit);
    else
        strait_signal_mask(SIG_UNBLOCK, bit);
    atomic_fetch_and(&returning, ~bit);
}

void strait_net_release(int number)
{
    const uint64_t bit = strait_signal_bit(number);
    pthread_mutex_lock(&mutex);
    atomic_fetch_and(&owned, ~bit);
    wait_for_net();
    if ((blocked_before & bit) != 0)
        strait_net_drop(bit);
    else
        unblock_everywhere(bit);
    sigaction(number, &before[number], NULL);
    pthread_mutex_unlock(&mutex);
}

/* ---- Threads that read for themselves --------------------------------------------------------------------
 */

void strait_net_keep(struct strait_net_keeper *keeper)
{
    pthread_mutex_lock(&mutex);
    keeper->next = keepers;
    keepers = keeper;
    pthread_mutex_unlock(&mutex);
}

void strait_net_keep_no_more(struct strait_net_keeper *keeper)
{
    struct strait_net_keeper **link = &keepers;
    pthread_mutex_lock(&mutex);
    while (*link != keeper)
        link = &(*link)->next;
    *link = keeper->next;
    pthread_mutex_unlock(&mutex);
}

int strait_net_use(int number)
{
    int result = 0;
    pthread_mutex_lock(&mutex);
    if (strait_signal_refusal(number) != NULL)
        result = -EBUSY;
    else
        uses[number]++;
    pthread_mutex_unlock(&mutex);
    return result;
}

void strait_net_unuse(int number)
{
    pthread_mutex_lock(&mutex);
    uses[number]--;
    pthread_mutex_unlock(&mutex);
}

/* ---- Children --------------------------------------------------------------------------------------------
 */

void strait_net_begin_child(void)
{
    makes_child = true;
    strait_signal_mask(SIG_UNBLOCK, atomic_load(&owned) & ~blocked_before);
}

void strait_net_end_child(void)
{
    strait_signal_mask(SIG_BLOCK, atomic_load(&owned));
    makes_child = false;
}
