#include "internal/signal_sweep.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/signal_set.h"
#include "internal/spare_signal.h"

enum { PAUSE_NS = 200000, QUIET_PASSES = 2, DROPS_MAX = 1 << 20 };
#define SWEEP_NS STRAIT_NS_PER_SECOND

/* What handlers read. */
static _Atomic uint64_t owned;     /* blocked in every thread */
static _Atomic uint64_t returning; /* being unblocked again */

/* A handler must not have its thread's memory allocated: this kind is there from the start. */
static _Thread_local bool makes_child __attribute__((tls_model("initial-exec")));

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of one sweep at a time, and of: */
static struct strait_sweep_keeper *keepers;

/* ---- The handler: async-signal-safe ----------------------------------------------------------------------
 */

bool strait_sweep_has(int number)
{
    return (atomic_load(&owned) & strait_signal_bit(number)) != 0;
}

void strait_sweep_mend(ucontext_t *context)
{
    if (makes_child)
        return;
    strait_signal_add(&context->uc_sigmask, atomic_load(&owned));
    strait_signal_remove(&context->uc_sigmask, atomic_load(&returning));
}

static void on_sweep(int number, siginfo_t *info, void *context)
{
    (void)number;
    if (info->si_code == SI_QUEUE && info->si_pid == getpid())
        strait_sweep_mend(context);
}

/* Not blocked while its handler runs: who has it blocked is not waited for. */
static int choose(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_NODEFER};
    action.sa_sigaction = on_sweep;
    sigemptyset(&action.sa_mask);
    return strait_spare_signal(&action);
}

static pthread_mutex_t choice = PTHREAD_MUTEX_INITIALIZER;
static int chosen; /* 0: not yet; a signal; or a negated errno */

int strait_sweep_signal(void)
{
    pthread_mutex_lock(&choice);
    if (chosen == 0)
        chosen = choose();
    int result = chosen;
    pthread_mutex_unlock(&choice);
    return result;
}

/* ---- One pass over the threads: with the mutex held ------------------------------------------------------
 */

static bool keeps(pid_t thread)
{
    const struct strait_sweep_keeper *keeper = keepers;
    while (keeper != NULL && keeper->thread != thread)
        keeper = keeper->next;
    return keeper != NULL;
}

static bool is_right(const struct strait_signal_state *state, pid_t thread)
{
    bool is_left = (state->blocked & atomic_load(&returning)) != 0 && !keeps(thread);
    return (atomic_load(&owned) & ~state->blocked) == 0 && !is_left;
}

static void reach(pid_t thread, int sweep)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    info.si_signo = sweep;
    info.si_code = SI_QUEUE;
    info.si_pid = getpid();
    info.si_uid = getuid();
    syscall(SYS_rt_tgsigqueueinfo, getpid(), thread, sweep, &info);
}

/* Whether its mask is still to be put right. One that has even our signal blocked gets it when it no longer
 * has: a thread of the library never, one that is just making another thread soon. */
static bool look_after(pid_t thread, int sweep)
{
    struct strait_signal_state state;
    const uint64_t bit = strait_signal_bit(sweep);
    if (strait_signal_look(getpid(), thread, &state) < 0) /* gone */
        return false;
    bool is_out_of_reach = (state.blocked & bit) != 0;
    if (!is_out_of_reach && is_right(&state, thread))
        return false;
    if ((state.pending_thread & bit) == 0)
        reach(thread, sweep);
    return !is_out_of_reach;
}

static bool is_to_come(pid_t thread, int sweep)
{
    struct strait_signal_state state;
    return strait_signal_look(getpid(), thread, &state) == 0 &&
           (state.pending_thread & strait_signal_bit(sweep)) != 0;
}

/* Whether it is so of one of the others. */
static bool pass(DIR *tasks, bool (*is_so)(pid_t, int), int sweep)
{
    pid_t self = (pid_t)syscall(SYS_gettid);
    bool found = false;
    rewinddir(tasks);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        pid_t thread = (pid_t)strtol(task->d_name, NULL, 10);
        if (thread != 0 && thread != self)
            found |= is_so(thread, sweep);
    }
    return found;
}

/* Passes until it was twice so of nobody: 0, or -ETIMEDOUT. */
static int repeat(bool (*is_so)(pid_t, int), int sweep)
{
    int64_t deadline_ns = strait_deadline_after(SWEEP_NS);
    int quiet = 0;
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return -errno;
    while (quiet < QUIET_PASSES && strait_now_ns() < deadline_ns) {
        bool found = pass(tasks, is_so, sweep);
        quiet = found ? 0 : quiet + 1;
        if (found)
            strait_pause_ns(PAUSE_NS);
    }
    closedir(tasks);
    return quiet < QUIET_PASSES ? -ETIMEDOUT : 0;
}

/* Who could not be reached in time is left as he is: that is what the net is for. */
static int sweep_others(void)
{
    int sweep = strait_sweep_signal();
    if (sweep < 0)
        return sweep;
    int result = repeat(look_after, sweep);
    return result == -ETIMEDOUT ? 0 : result;
}

/* ---- Blocking and unblocking -----------------------------------------------------------------------------
 */

/* This thread first: those that it starts meanwhile are none of the others. */
int strait_sweep_block(uint64_t signals)
{
    pthread_mutex_lock(&mutex);
    atomic_fetch_or(&owned, signals);
    strait_signal_mask(SIG_BLOCK, signals);
    int result = sweep_others();
    pthread_mutex_unlock(&mutex);
    return result;
}

void strait_sweep_let_go(uint64_t signals)
{
    atomic_fetch_and(&owned, ~signals);
}

void strait_sweep_retire(uint64_t signals)
{
    int sweep = strait_sweep_signal();
    if (sweep < 0 || repeat(is_to_come, sweep) < 0)
        return;
    strait_sweep_let_go(signals);
    pthread_mutex_lock(&choice);
    signal(sweep, SIG_DFL);
    chosen = 0;
    pthread_mutex_unlock(&choice);
}

void strait_sweep_unblock(uint64_t signals)
{
    pthread_mutex_lock(&mutex);
    atomic_fetch_or(&returning, signals);
    sweep_others();
    if (keeps((pid_t)syscall(SYS_gettid)))
        strait_sweep_drop(signals);
    else
        strait_signal_mask(SIG_UNBLOCK, signals);
    atomic_fetch_and(&returning, ~signals);
    pthread_mutex_unlock(&mutex);
}

void strait_sweep_drop(uint64_t signals)
{
    const struct timespec at_once = {0, 0};
    const sigset_t set = strait_signal_set(signals);
    for (int count = 0; count < DROPS_MAX; count++)
        if (sigtimedwait(&set, NULL, &at_once) < 0 && errno != EINTR)
            return;
}

/* ---- Threads with a mask of their own --------------------------------------------------------------------
 */

void strait_sweep_keep(struct strait_sweep_keeper *keeper)
{
    pthread_mutex_lock(&mutex);
    keeper->next = keepers;
    keepers = keeper;
    pthread_mutex_unlock(&mutex);
}

void strait_sweep_keep_no_more(struct strait_sweep_keeper *keeper)
{
    struct strait_sweep_keeper **link = &keepers;
    pthread_mutex_lock(&mutex);
    while (*link != keeper)
        link = &(*link)->next;
    *link = keeper->next;
    pthread_mutex_unlock(&mutex);
}

void strait_sweep_begin_child(uint64_t signals)
{
    makes_child = true;
    strait_signal_mask(SIG_UNBLOCK, signals);
}

void strait_sweep_end_child(void)
{
    strait_signal_mask(SIG_BLOCK, atomic_load(&owned));
    makes_child = false;
}

bool strait_sweep_makes_child(void)
{
    return makes_child;
}
