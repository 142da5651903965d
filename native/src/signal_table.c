#include "internal/signal_table.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "internal/kick.h"
#include "internal/signal_set.h"
#include "internal/signal_sweep.h"

#define FAULT   "the kernel sends it to the thread that has just made a fault"
#define WRITING "write(2) sends it to the thread that writes, beside its error"

/* What a number that Linux has a name for is called, what it does by default, why it is never taken. */
static const struct entry {
    const char *name;
    enum strait_signal_action action;
    const char *refusal;
} standard[] = {
    [SIGHUP] = {"HUP", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGINT] = {"INT", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGQUIT] = {"QUIT", STRAIT_SIGNAL_DUMPS, NULL},
    [SIGILL] = {"ILL", STRAIT_SIGNAL_DUMPS, FAULT},
    [SIGTRAP] = {"TRAP", STRAIT_SIGNAL_DUMPS, FAULT},
    [SIGABRT] = {"ABRT", STRAIT_SIGNAL_DUMPS, "abort(3) ends the process by it"},
    [SIGBUS] = {"BUS", STRAIT_SIGNAL_DUMPS, FAULT},
    [SIGFPE] = {"FPE", STRAIT_SIGNAL_DUMPS, FAULT},
    [SIGKILL] = {"KILL", STRAIT_SIGNAL_TERMINATES, "the kernel lets nobody catch, ignore or block it"},
    [SIGUSR1] = {"USR1", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGSEGV] = {"SEGV", STRAIT_SIGNAL_DUMPS, FAULT},
    [SIGUSR2] = {"USR2", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGPIPE] = {"PIPE", STRAIT_SIGNAL_TERMINATES, WRITING},
    [SIGALRM] = {"ALRM", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGTERM] = {"TERM", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGSTKFLT] = {"STKFLT", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGCHLD] = {"CHLD", STRAIT_SIGNAL_IS_IGNORED, NULL},
    [SIGCONT] = {"CONT", STRAIT_SIGNAL_CONTINUES, NULL},
    [SIGSTOP] = {"STOP", STRAIT_SIGNAL_STOPS, "the kernel lets nobody catch, ignore or block it"},
    [SIGTSTP] = {"TSTP", STRAIT_SIGNAL_STOPS, NULL},
    [SIGTTIN] = {"TTIN", STRAIT_SIGNAL_STOPS, NULL},
    [SIGTTOU] = {"TTOU", STRAIT_SIGNAL_STOPS, NULL},
    [SIGURG] = {"URG", STRAIT_SIGNAL_IS_IGNORED, NULL},
    [SIGXCPU] = {"XCPU", STRAIT_SIGNAL_DUMPS, NULL},
    [SIGXFSZ] = {"XFSZ", STRAIT_SIGNAL_DUMPS, WRITING},
    [SIGVTALRM] = {"VTALRM", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGPROF] = {"PROF", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGWINCH] = {"WINCH", STRAIT_SIGNAL_IS_IGNORED, NULL},
    [SIGIO] = {"IO", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGPWR] = {"PWR", STRAIT_SIGNAL_TERMINATES, NULL},
    [SIGSYS] = {"SYS", STRAIT_SIGNAL_DUMPS, FAULT},
};
enum { STANDARD = sizeof standard / sizeof standard[0] };

/* The C library has those from STANDARD to SIGRTMIN: glibc two, musl three. */
static const char *const c_librarys[] = {"RT32", "RT33", "RT34"};

static const char *const real_time[] = {
    "RTMIN",    "RTMIN+1",  "RTMIN+2",  "RTMIN+3",  "RTMIN+4",  "RTMIN+5",  "RTMIN+6",  "RTMIN+7",
    "RTMIN+8",  "RTMIN+9",  "RTMIN+10", "RTMIN+11", "RTMIN+12", "RTMIN+13", "RTMIN+14", "RTMIN+15",
    "RTMIN+16", "RTMIN+17", "RTMIN+18", "RTMIN+19", "RTMIN+20", "RTMIN+21", "RTMIN+22", "RTMIN+23",
    "RTMIN+24", "RTMIN+25", "RTMIN+26", "RTMIN+27", "RTMIN+28", "RTMIN+29", "RTMIN+30",
};

/* By the runtime. */
static const char *_Atomic never[STRAIT_SIGNAL_MAX + 1];
static const char *_Atomic if_handled[STRAIT_SIGNAL_MAX + 1];

static bool is_real_time(int number)
{
    return number >= SIGRTMIN && number <= SIGRTMAX;
}

/* ---- Names -----------------------------------------------------------------------------------------------
 */

const char *strait_signal_name(int number)
{
    if (!strait_signal_is(number))
        return NULL;
    if (number < STANDARD)
        return standard[number].name;
    return is_real_time(number) ? real_time[number - SIGRTMIN] : c_librarys[number - STANDARD];
}

/* What follows "RTMAX": "", or "-" and a number. */
static int below_maximum(const char *text)
{
    char *end;
    if (*text == '\0')
        return SIGRTMAX;
    long below = *text == '-' ? strtol(text + 1, &end, 10) : -1;
    return below >= 0 && *end == '\0' && below <= SIGRTMAX - SIGRTMIN ? SIGRTMAX - (int)below : -EINVAL;
}

static int decimal(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);
    return *end == '\0' && number >= 1 && number <= STRAIT_SIGNAL_MAX ? (int)number : -EINVAL;
}

int strait_signal_number(const char *name)
{
    if (*name >= '0' && *name <= '9')
        return decimal(name);
    if (strncmp(name, "SIG", 3) == 0)
        name += 3;
    if (strncmp(name, "RTMAX", 5) == 0)
        return below_maximum(name + 5);
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        if (strcmp(strait_signal_name(number), name) == 0)
            return number;
    return -EINVAL;
}

int strait_signal_action(int number)
{
    if (!strait_signal_is(number))
        return -EINVAL;
    return number < STANDARD ? (int)standard[number].action : STRAIT_SIGNAL_TERMINATES;
}

/* ---- Refusals --------------------------------------------------------------------------------------------
 */

void strait_signal_reserve(int number, enum strait_signal_reservation reservation, const char *why)
{
    const char *_Atomic *reasons = reservation == STRAIT_SIGNAL_NEVER ? never : if_handled;
    atomic_store(&reasons[number], why);
}

static const char *refusal_for_ever(int number)
{
    if (!strait_signal_is(number))
        return "there is no such signal";
    if (number < STANDARD)
        return standard[number].refusal;
    return is_real_time(number) ? NULL : "the C library has it for its own threads";
}

static const char *refusal_as_ours(int number)
{
    if (number == strait_kick_signal())
        return "Strait ends system calls by it";
    return number == strait_sweep_signal() ? "Strait reaches all threads by it" : NULL;
}

static bool has_handler(int number)
{
    struct sigaction now;
    if (sigaction(number, NULL, &now) < 0)
        return false;
    return (now.sa_flags & SA_SIGINFO) != 0 || (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN);
}

static const char *refusal_as_handled(int number)
{
    if (!has_handler(number))
        return NULL;
    const char *why = atomic_load(&if_handled[number]);
    return why != NULL ? why : "it has a handler already";
}

const char *strait_signal_never(int number)
{
    const char *why = refusal_for_ever(number);
    return why != NULL ? why : atomic_load(&never[number]);
}

const char *strait_signal_refusal(int number)
{
    const char *why = strait_signal_never(number);
    if (why == NULL)
        why = refusal_as_ours(number);
    return why != NULL ? why : refusal_as_handled(number);
}

uint64_t strait_signal_free(void)
{
    uint64_t set = 0;
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        if (strait_signal_refusal(number) == NULL)
            set |= strait_signal_bit(number);
    return set;
}
