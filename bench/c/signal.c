/* Real-time signals that carry the value, taken by a bare loop over a signalfd. The sides tell each other
 * their process ids by files. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "side.h"

enum { SIGNALS_TO_A_READ = 64 };

struct end {
    pid_t peer;
    int in;
    struct signalfd_siginfo incoming[SIGNALS_TO_A_READ];
};

static int number(void)
{
    return SIGRTMIN + 5;
}

static void publish_pid(const struct parameters *parameters)
{
    char unfinished[4096];
    snprintf(unfinished, sizeof unfinished, "%s/unfinished-%d", parameters->dir, (int)getpid());
    FILE *file = fopen(unfinished, "we");
    if (file == NULL || fprintf(file, "%d\n", (int)getpid()) < 0 || fclose(file) != 0 ||
        rename(unfinished, side_path(parameters, parameters->first ? "first" : "second")) != 0)
        side_fail("publishing the process id");
}

static pid_t peers_pid(const struct parameters *parameters)
{
    const char *path = side_path(parameters, parameters->first ? "second" : "first");
    FILE *file;
    int pid;
    while ((file = fopen(path, "re")) == NULL)
        usleep(1000);
    if (fscanf(file, "%d", &pid) != 1)
        side_fail(path);
    fclose(file);
    return pid;
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
    publish_pid(parameters);
    end->peer = peers_pid(parameters);
}

/* The payload of a signal is an int. */
static inline bool end_offer(struct end *end, int64_t value)
{
    if (sigqueue(end->peer, number(), (union sigval){.sival_int = (int)value}) == 0)
        return true;
    if (errno != EAGAIN)
        side_fail("sigqueue");
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
