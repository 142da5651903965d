/* Real-time signals that carry the value, sent to a thread and taken there by a bare loop over a signalfd.
 * The sides tell each other their process and thread by files. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "side.h"

enum { SIGNALS_TO_A_READ = 64 };

struct end {
    int own;
    int peer;
    int peers_thread;
    int in;
    struct signalfd_siginfo incoming[SIGNALS_TO_A_READ];
};

static int number(void)
{
    return SIGRTMIN + 5;
}

static void publish_ids(const struct parameters *parameters)
{
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s/unfinished-%d", parameters->dir, (int)getpid());
    FILE *file = fopen(unfinished, "we");
    if (file == NULL || fprintf(file, "%d %ld\n", (int)getpid(), syscall(SYS_gettid)) < 0 ||
        fclose(file) != 0 ||
        rename(unfinished, side_path(parameters, parameters->first ? "first" : "second")) != 0)
        side_fail("publishing the ids");
}

static void find_peer(struct end *end, const struct parameters *parameters)
{
    const char *path = side_path(parameters, parameters->first ? "second" : "first");
    FILE *file;
    while ((file = fopen(path, "re")) == NULL)
        usleep(1000);
    if (fscanf(file, "%d %d", &end->peer, &end->peers_thread) != 2)
        side_fail(path);
    fclose(file);
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number());
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        side_fail("sigprocmask");
    end->in = signalfd(-1, &set, SFD_CLOEXEC | (parameters->spins ? SFD_NONBLOCK : 0));
    if (end->in < 0)
        side_fail("signalfd");
    end->own = getpid();
    publish_ids(parameters);
    find_peer(end, parameters);
}

/* The payload of a signal is an int. */
static inline bool end_offer(struct end *end, int64_t value)
{
    siginfo_t info = {.si_signo = number(), .si_code = SI_QUEUE};
    info.si_pid = end->own;
    info.si_value.sival_int = (int)value;
    if (syscall(SYS_rt_tgsigqueueinfo, end->peer, end->peers_thread, number(), &info) == 0)
        return true;
    if (errno != EAGAIN)
        side_fail("rt_tgsigqueueinfo");
    return false;
}

static inline int end_offer_batch(struct end *end, int64_t value, int count)
{
    (void)count;
    return end_offer(end, value);
}

static inline int end_poll(struct end *end, void (*sink)(void *, int64_t), void *state)
{
    ssize_t got = read(end->in, end->incoming, sizeof end->incoming);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got <= 0)
        side_fail("read");
    int count = (int)((size_t)got / sizeof *end->incoming);
    for (int i = 0; i < count; i++)
        sink(state, end->incoming[i].ssi_int);
    return count;
}

static void end_close(struct end *end)
{
    close(end->in);
}

#define WITHOUT_CYCLE
#include "roles.h"
