#include "internal/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#ifndef SYS_close_range
#define SYS_close_range 436 /* on every architecture */
#endif

#define STACK_BYTES      ((size_t)64 * 1024) /* execvpe needs two paths' worth of it, and the arguments again */
#define FIRST_UNEXPECTED 3                   /* behind stdin, stdout, stderr */

/* What a start needs, made before there is a child, and what the child tells by it. */
struct start {
    const struct strait_program *program;
    char **environment;
    struct strait_program_given *given; /* by number */
    void *stack;
    size_t stack_bytes;
    int pid_fd;
    const char *failed_step; /* NULL while all went well */
    int error;
};

/* ---- The environment -------------------------------------------------------------------------------------
 */

static int count_of(char *const *strings)
{
    int count = 0;
    while (strings[count] != NULL)
        count++;
    return count;
}

static bool is_of(const char *variable, const char *change)
{
    size_t name = strcspn(change, "=");
    return strncmp(variable, change, name) == 0 && variable[name] == '=';
}

static bool is_changed(const char *variable, char *const *changes)
{
    for (; *changes != NULL; changes++)
        if (is_of(variable, *changes))
            return true;
    return false;
}

static char **environment_of(const struct strait_program *program)
{
    size_t most = (size_t)(count_of(environ) + count_of(program->changes) + 1);
    char **environment = malloc(most * sizeof *environment);
    char **next = environment;
    if (environment == NULL)
        return NULL;
    for (char **ours = environ; !program->forgets_environment && *ours != NULL; ours++)
        if (!is_changed(*ours, program->changes))
            *next++ = *ours;
    for (char *const *change = program->changes; *change != NULL; change++)
        if (strchr(*change, '=') != NULL)
            *next++ = *change;
    *next = NULL;
    return environment;
}

/* ---- In the child ----------------------------------------------------------------------------------------
 * It runs in its parent's memory, on a stack of its own: nothing here may allocate, take a lock, or call what
 * keeps notes of the process.
 */

/* Whether a step went well, by the result of its call. */
static bool did(struct start *start, const char *step, long result)
{
    if (result >= 0)
        return true;
    start->failed_step = step;
    start->error = -errno;
    return false;
}

/*
 * The system calls themselves, since libc's functions keep two signals to themselves and sanitizers note
 * which handlers there are. All of the kernel's struct sigaction is 0: the default, without flags.
 */
static void set_mask(const uint64_t *mask, uint64_t *before)
{
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, before, sizeof *mask);
}

static void reset_signals(void)
{
    static const uint64_t default_action[8];
    static const uint64_t none;
    for (int signal = 1; signal < _NSIG; signal++)
        syscall(SYS_rt_sigaction, signal, default_action, NULL, sizeof none);
    set_mask(&none, NULL);
}

static bool join_group(struct start *start)
{
    switch (start->program->group) {
    case STRAIT_PROGRAM_GROUP_OWN:
        return did(start, "setpgid", setpgid(0, 0));
    case STRAIT_PROGRAM_SESSION_OWN:
        return did(start, "setsid", setsid());
    default:
        return true;
    }
}

static int count_given(const struct start *start)
{
    return start->program->given_count;
}

/* Above all numbers, so that no number is taken before what has it is moved: they may be exchanged. */
static bool move_up(struct start *start)
{
    int count = count_given(start);
    int floor = count == 0 ? 0 : start->given[count - 1].number + 1;
    for (int i = 0; i < count; i++) {
        start->given[i].fd = fcntl(start->given[i].fd, F_DUPFD_CLOEXEC, floor);
        if (!did(start, "fcntl(F_DUPFD_CLOEXEC)", start->given[i].fd))
            return false;
    }
    return true;
}

static void let_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
}

static bool move_down(struct start *start)
{
    for (int i = 0; i < count_given(start); i++) {
        if (!did(start, "dup2", dup2(start->given[i].fd, start->given[i].number)))
            return false;
        let_wait(start->given[i].number);
    }
    return true;
}

static void close_counting(unsigned first, unsigned last)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
        close((int)fd);
}

/* As the kernel writes it: linux_dirent64. */
struct entry {
    uint64_t inode;
    int64_t next;
    unsigned short bytes;
    unsigned char type;
    char name[];
};

static void close_entry(const struct entry *entry, unsigned first, unsigned last, unsigned directory)
{
    unsigned fd = 0;
    if (entry->name[0] == '.')
        return;
    for (const char *digit = entry->name; *digit != '\0'; digit++)
        fd = fd * 10 + (unsigned)(*digit - '0');
    if (fd >= first && fd <= last && fd != directory)
        close((int)fd);
}

static void close_listed(unsigned first, unsigned last, int directory)
{
    _Alignas(struct entry) char entries[2048];
    long bytes;
    while ((bytes = syscall(SYS_getdents64, directory, entries, sizeof entries)) > 0)
        for (long at = 0; at < bytes;) {
            const struct entry *entry = (const struct entry *)(const void *)(entries + at);
            close_entry(entry, first, last, (unsigned)directory);
            at += entry->bytes;
        }
    close(directory);
}

/* Before Linux 5.9 by /proc, and without that all that may be open. */
static void close_between(unsigned first, unsigned last)
{
    if (first > last || syscall(SYS_close_range, first, last, 0) == 0)
        return;
    int directory = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        close_counting(first, last);
    else
        close_listed(first, last, directory);
}

static void close_others(const struct start *start)
{
    unsigned next = FIRST_UNEXPECTED;
    for (int i = 0; i < count_given(start); i++) {
        unsigned number = (unsigned)start->given[i].number;
        if (number >= next) {
            close_between(next, number - 1);
            next = number + 1;
        }
    }
    close_between(next, UINT_MAX);
}

static bool enter(struct start *start, const char *directory)
{
    return directory == NULL || did(start, "chdir", chdir(directory));
}

/* Before 5.2 the kernel ignores that a pidfd is wanted. */
static bool is_held(struct start *start)
{
    errno = ENOSYS;
    return did(start, "clone(CLONE_PIDFD)", start->pid_fd);
}

static int become(void *context)
{
    struct start *start = context;
    const struct strait_program *program = start->program;
    reset_signals();
    if (is_held(start) && join_group(start) && enter(start, program->directory) && move_up(start) &&
        move_down(start)) {
        close_others(start);
        did(start, "execve", execvpe(program->arguments[0], program->arguments, start->environment));
    }
    return 127; /* which ends it, and nothing of ours at its exit */
}

/* ---- In the parent ---------------------------------------------------------------------------------------
 */

static int by_number(const void *a, const void *b)
{
    const struct strait_program_given *left = a;
    const struct strait_program_given *right = b;
    return left->number - right->number;
}

static int prepare(struct start *start, struct strait_failure *failure)
{
    const struct strait_program *program = start->program;
    size_t given_bytes = (size_t)program->given_count * sizeof *start->given;
    start->environment = environment_of(program);
    start->given = malloc(given_bytes + 1);
    if (start->environment == NULL || start->given == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    if (given_bytes > 0)
        memcpy(start->given, program->given, given_bytes);
    qsort(start->given, (size_t)program->given_count, sizeof *start->given, by_number);
    start->stack_bytes = STACK_BYTES + (size_t)count_of(program->arguments) * sizeof(char *);
    start->stack = mmap(NULL, start->stack_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    return start->stack == MAP_FAILED ? strait_fail(failure, "mmap", -errno) : 0;
}

static void clean_up(const struct start *start)
{
    free(start->environment);
    free(start->given);
    if (start->stack != MAP_FAILED)
        munmap(start->stack, start->stack_bytes);
}

/* No handler of ours may run in the child, and no signal end the caller between child and pidfd. */
static pid_t clone_blocked(struct start *start, struct strait_failure *failure)
{
    static const uint64_t every = UINT64_MAX;
    uint64_t before;
    set_mask(&every, &before);
    pid_t pid = clone(become, (char *)start->stack + start->stack_bytes,
                      CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, start, &start->pid_fd);
    int error = -errno;
    set_mask(&before, NULL);
    return pid < 0 ? strait_fail(failure, "clone", error) : pid;
}

static int bury(const struct start *start, pid_t pid, struct strait_failure *failure)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    if (start->pid_fd >= 0)
        close(start->pid_fd);
    return strait_fail(failure, start->failed_step, start->error);
}

pid_t strait_program_start(const struct strait_program *program, int *pid_fd, struct strait_failure *failure)
{
    struct start start = {.program = program, .stack = MAP_FAILED, .pid_fd = -1};
    int result = prepare(&start, failure);
    if (result == 0)
        result = clone_blocked(&start, failure);
    if (result > 0 && start.failed_step != NULL)
        result = bury(&start, result, failure);
    clean_up(&start);
    *pid_fd = result < 0 ? -1 : start.pid_fd;
    return result;
}

/* ---- What else a start needs -----------------------------------------------------------------------------
 */

int strait_program_reap(pid_t pid)
{
    siginfo_t end = {.si_pid = 0};
    if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG) < 0)
        return -errno;
    if (end.si_pid == 0)
        return -EAGAIN;
    if (end.si_code == CLD_EXITED)
        return end.si_status;
    return end.si_status << 8 | (end.si_code == CLD_DUMPED ? STRAIT_PROGRAM_DUMPED : 0);
}
