#include "internal/signal_net.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/signal_set.h"
#include "internal/signal_sweep.h"

enum { PAUSE_NS = 20000 };

/* What the handler reads. */
static _Atomic unsigned inside; /* threads inside of it */
static _Atomic int pipes[STRAIT_SIGNAL_MAX + 1];

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of: */
static struct sigaction before[STRAIT_SIGNAL_MAX + 1];
static unsigned uses[STRAIT_SIGNAL_MAX + 1];

static _Atomic uint64_t taken;
static _Atomic uint64_t agents;         /* blocked by an agent of ours */
static _Atomic uint64_t blocked_before; /* in the whole process, by itself or an agent: stays so */

/* ---- The net: async-signal-safe --------------------------------------------------------------------------
 */

/* It is blocked in this thread while we run, and so goes to another, or to the one that reads; but not while
 * a child is made. */
static bool queue_again(int number, siginfo_t *info)
{
    return !strait_sweep_makes_child() && syscall(SYS_rt_sigqueueinfo, getpid(), number, info) == 0;
}

static void pass_on(int number, siginfo_t *info)
{
    if (!queue_again(number, info) && write(atomic_load(&pipes[number]), info, sizeof *info) < 0)
        return; /* full of thousands that hit threads: whoever sends so many has long heard of EAGAIN */
}

static void on_stray(int number, siginfo_t *info, void *context)
{
    int error = errno;
    /* ORDER: inside before the look, sequentially consistent. PAIRS WITH wait_for_net. */
    atomic_fetch_add(&inside, 1);
    strait_sweep_mend(context);
    if (strait_sweep_has(number))
        pass_on(number, info);
    atomic_fetch_sub(&inside, 1);
    errno = error;
}

/* Whoever comes in from now on sees that the signal was let go. PAIRS WITH on_stray. */
static void wait_for_net(void)
{
    while (atomic_load(&inside) != 0)
        strait_pause_ns(PAUSE_NS);
}

/* ---- Taking and giving back ------------------------------------------------------------------------------
 */

/* Somebody has blocked it for all: the main thread, from which the others come, has. */
static bool is_blocked_already(uint64_t bit)
{
    struct strait_signal_state state;
    return strait_signal_look(getpid(), getpid(), &state) == 0 && (state.blocked & bit) != 0;
}

static int catch_strays(int number)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    action.sa_sigaction = on_stray;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, &before[number]) < 0 ? -errno : 0;
}

/* With the mutex held. */
static void release(int number)
{
    const uint64_t bit = strait_signal_bit(number);
    strait_sweep_let_go(bit);
    wait_for_net();
    if ((atomic_load(&blocked_before) & bit) != 0)
        strait_sweep_drop(bit);
    else
        strait_sweep_unblock(bit);
    sigaction(number, &before[number], NULL);
    atomic_fetch_and(&taken, ~bit);
    atomic_fetch_and(&blocked_before, ~bit);
}

static int take(int number, int pipe_fd)
{
    const uint64_t bit = strait_signal_bit(number);
    if (uses[number] > 0 || strait_signal_refusal(number) != NULL)
        return -EBUSY;
    if (is_blocked_already(bit))
        atomic_fetch_or(&blocked_before, bit);
    atomic_store(&pipes[number], pipe_fd);
    int result = catch_strays(number);
    if (result < 0)
        return result;
    atomic_fetch_or(&taken, bit);
    result = strait_sweep_block(bit);
    if (result < 0)
        release(number);
    return result;
}

int strait_net_take(int number, int pipe_fd)
{
    pthread_mutex_lock(&mutex);
    int result = take(number, pipe_fd);
    pthread_mutex_unlock(&mutex);
    return result;
}

void strait_net_release(int number)
{
    pthread_mutex_lock(&mutex);
    release(number);
    pthread_mutex_unlock(&mutex);
}

/* ---- Others ----------------------------------------------------------------------------------------------
 */

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

void strait_net_set_agents(uint64_t signals)
{
    atomic_store(&agents, signals);
}

/* What is not taken has its default action: if an agent has blocked it, it stays blocked in the child, too.
 */
void strait_net_begin_child(void)
{
    uint64_t others = atomic_load(&blocked_before) & ~atomic_load(&agents);
    strait_sweep_begin_child(atomic_load(&taken) & ~others);
}

void strait_net_end_child(void)
{
    strait_sweep_end_child();
}
