/*
 * Starting other programs from a process with many threads, with exactly the descriptors that they are given.
 *
 * The child borrows this process's memory, as after vfork(2), until it has become the program or has failed:
 * so starting costs the same however large the process is, and the caller learns which step has failed. The
 * calling thread waits so long; others go on.
 *
 * The program starts with every signal at its default action and none blocked, whatever this process ignores
 * or blocks.
 */
#ifndef STRAIT_INTERNAL_PROGRAM_H
#define STRAIT_INTERNAL_PROGRAM_H

#include <stdbool.h>
#include <sys/types.h>

#include "internal/failure.h"

/* Our `fd` is the program's `number`. */
struct strait_program_given {
    int fd;
    int number;
};

enum strait_program_group {
    STRAIT_PROGRAM_GROUP_AS_OURS,
    STRAIT_PROGRAM_GROUP_OWN,
    STRAIT_PROGRAM_SESSION_OWN,
};

struct strait_program {
    char *const *arguments;   /* and NULL; the first is the program, looked for as execvp(3) does */
    char *const *changes;     /* of the environment, and NULL: "NAME=value" sets, "NAME" takes away */
    bool forgets_environment; /* ours, so that it has the changes alone */
    const char *directory;    /* or NULL: ours */
    const struct strait_program_given *given;
    int given_count;
    enum strait_program_group group;
};

/*
 * Starts it. Of the numbers 0, 1 and 2 those that are not given are ours; nothing else is open there but what
 * is given. What is given waits: O_NONBLOCK is taken from its description, since few programs expect it.
 *
 * The child's pid, and in *pid_fd a pidfd of it, close-on-exec. Else the errno of the step that failed, and
 * then there is no child: execve; chdir; fcntl(F_DUPFD_CLOEXEC), EINVAL when a number is beyond
 * RLIMIT_NOFILE; dup2; setpgid; setsid; clone, and of that ENOSYS before Linux 5.2, which has no pidfd for
 * it; malloc; mmap.
 */
pid_t strait_program_start(const struct strait_program *program, int *pid_fd, struct strait_failure *failure);

/*
 * How a child has ended, which is told once: an exit status from 0 to 255; or, from bit 8 on, the signal that
 * has ended it, and STRAIT_PROGRAM_DUMPED when it left a core. -EAGAIN while it runs; -ECHILD when there is
 * no such child.
 */
#define STRAIT_PROGRAM_DUMPED 0x10000
int strait_program_reap(pid_t pid);

#endif
