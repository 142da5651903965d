/*
 * Signals: sent with a payload, received by reading, looked at in any process.
 *
 * A dispatcher receives signals by signalfd(2), in the order in which the kernel queued them: nothing of the
 * program runs inside a signal handler. signalfd sees only what is blocked in the thread that reads, and so
 * there are two modes.
 *
 * STRAIT_DISPATCHER_THREAD: the thread that opens it receives what is sent to this thread alone, and blocks
 * for itself what it takes. strait_signal_find finds it by its name. Nothing else in the process changes.
 *
 * STRAIT_DISPATCHER_PROCESS: it receives what anybody sends to the process, by kill(1) for instance. The
 * signals that it takes are blocked in every thread. What nevertheless hits one, because it has just put an
 * old mask back, is caught by a handler, which blocks the signal there and queues it again: late, but neither
 * lost nor doubled. What is sent to a thread of the process, tgkill(2), is not read.
 *
 *     struct strait_signal_info info;
 *     strait_dispatcher_open(STRAIT_DISPATCHER_THREAD, "orders", NULL, &dispatcher, NULL);
 *     strait_dispatcher_take(dispatcher, SIGRTMIN);
 *     while (strait_dispatcher_receive(dispatcher, &info, 1, STRAIT_WAIT_FOREVER) >= 0)
 *         ...
 *
 * Assumptions    A signal belongs to one dispatcher at a time. Nobody else changes the disposition or the
 *                mask of a signal that one has. A dispatcher of a thread is used by that thread alone, but
 * for wake; and for take and release of signals that it had blocked when it opened it. One of the process is
 * used by any thread, but one at a time receives. Guarantees     Real-time signals all arrive, each once.
 * Those of one sender arrive in order, but for what a dispatcher of the process had to queue again. A
 * standard signal that is sent while one of its number is pending is the same signal, as everywhere. If a
 * process dies  its signals arrive. A dispatcher's name is free as soon as its process is gone. After fork(2)
 * the child's copy answers CLOSED, and is to be closed.
 *
 * Numbers are 1 to STRAIT_SIGNAL_MAX; in a set, bit n-1 stands for signal n. Results are 0 or positive, else
 * a negated errno; see strait/outcome.h.
 */
#ifndef STRAIT_SIGNAL_H
#define STRAIT_SIGNAL_H

#include <stdint.h>

#include "strait/outcome.h"
#include "strait/segment.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_SIGNAL_MAX 64

/* ---- The table of all signals ----------------------------------------------------------------------------
 */

enum strait_signal_action {
    STRAIT_SIGNAL_TERMINATES = 1,
    STRAIT_SIGNAL_DUMPS, /* terminates with a core dump */
    STRAIT_SIGNAL_IS_IGNORED,
    STRAIT_SIGNAL_STOPS,
    STRAIT_SIGNAL_CONTINUES,
};

/* "USR1", "RTMIN+3"; "RT32" for what the C library keeps to itself below SIGRTMIN. NULL when there is none.
 */
const char *strait_signal_name(int number);

/* The number of such a name, also with "SIG" before it, of "RTMAX-1", or of decimal digits; -EINVAL. */
int strait_signal_number(const char *name);

/* What happens when nobody has said otherwise: enum strait_signal_action; -EINVAL. */
int strait_signal_action(int number);

/* Why a dispatcher may not take it now; NULL when it may. Valid for ever. */
const char *strait_signal_refusal(int number);

/* ---- Sending ---------------------------------------------------------------------------------------------
 */

enum strait_signal_target_kind {
    STRAIT_SIGNAL_PROCESS = 1, /* `id` is a process */
    STRAIT_SIGNAL_GROUP,       /* a process group */
    STRAIT_SIGNAL_THREAD,      /* a process, and `thread` one of its threads */
    STRAIT_SIGNAL_PIDFD,       /* a descriptor of pidfd_open(2): never another process that got its number */
    STRAIT_SIGNAL_DISPATCHER,  /* filled by strait_signal_find */
};

struct strait_signal_target {
    enum strait_signal_target_kind kind;
    int32_t id;
    int32_t thread;
    struct strait_signal_link *link;
};

/*
 * Sends a signal, or with number 0 only looks whether one could be sent. EINVAL for a number or an id that is
 * none; ESRCH when there is no such process, group or thread, or the dispatcher is closed; EPERM for another
 * user's; EAGAIN when the receiver's user has RLIMIT_SIGPENDING signals queued already; EBADF for a
 * descriptor that is none of pidfd_open(2); ENOSYS for a descriptor before Linux 5.1.
 */
int strait_signal_send(const struct strait_signal_target *target, int number);

/* The same with a payload, as sigqueue(3). EINVAL for a group: the kernel has no such call. */
int strait_signal_queue(const struct strait_signal_target *target, int number, int value);

/*
 * Finds the dispatcher of that name. ENOENT when nobody has it now (a timeout in the options waits for the
 * segment alone); EXDEV when it lives in another PID namespace, where ids mean other processes; EPROTO when
 * the segment of that name is no dispatcher's; and what strait_segment_open answers. Since Linux 6.9 a signal
 * for it never hits another thread that got its id; before that the target stays attached to the segment, and
 * looks there before each signal.
 */
int strait_signal_find(const char *name, const struct strait_segment_options *options,
                       struct strait_signal_target *target, struct strait_failure *failure);

/* Gives up what strait_signal_find found. Nothing for other targets. */
void strait_signal_forget(struct strait_signal_target *target);

/* ---- Receiving -------------------------------------------------------------------------------------------
 */

enum strait_dispatcher_mode {
    STRAIT_DISPATCHER_THREAD = 0,
    STRAIT_DISPATCHER_PROCESS = 1,
};

struct strait_signal_info {
    int32_t number;
    int32_t code;    /* si_code: SI_USER, SI_QUEUE, CLD_EXITED, ... */
    int32_t pid;     /* of the sender, or of the child for SIGCHLD; as the sender says for SI_QUEUE */
    uint32_t uid;    /* likewise */
    int32_t value;   /* the payload; for SIGCHLD the exit status, or the signal */
    int64_t time_ns; /* CLOCK_REALTIME when it was read */
};

struct strait_dispatcher;

/*
 * Opens one. `name`, for the mode of a thread alone and NULL for none, is that of a segment in which senders
 * find it, and which stays until it is unlinked; EBUSY while another live dispatcher has the name. `options`
 * may be NULL; directory, mode, group and owner count. Else what signalfd4(2), eventfd2(2) and
 * epoll_create1(2) answer.
 */
int strait_dispatcher_open(enum strait_dispatcher_mode mode, const char *name,
                           const struct strait_segment_options *options,
                           struct strait_dispatcher **dispatcher, struct strait_failure *failure);

/*
 * Receives this signal from now on. EINVAL for a number that is none; EBUSY when strait_signal_refusal has a
 * reason, or another dispatcher has it; EPERM by another thread, which cannot block it for the dispatcher's.
 */
int strait_dispatcher_take(struct strait_dispatcher *dispatcher, int number);

/* As take, by the dispatcher's thread; but what is pending and whatever comes is dropped. Children of the
 * process do not inherit that. */
int strait_dispatcher_ignore(struct strait_dispatcher *dispatcher, int number);

/*
 * Gives it back. In the mode of a thread it waits from now on until it is taken again. In that of the process
 * disposition and masks are as they were before take, and what was pending is dropped; what comes then has
 * its default action.
 */
int strait_dispatcher_release(struct strait_dispatcher *dispatcher, int number);

/*
 * Reads up to `capacity` signals, and waits for the first for timeout_ns (0 or less: not at all). How many; 0
 * after a wake; TIMED_OUT; CLOSED in a forked child.
 */
int strait_dispatcher_receive(struct strait_dispatcher *dispatcher, struct strait_signal_info *infos,
                              int capacity, int64_t timeout_ns);

/* Lets a receive, or the next one, return 0 when there is nothing to read. From any thread. */
void strait_dispatcher_wake(struct strait_dispatcher *dispatcher);

/*
 * A descriptor that poll(2) calls readable when receive would not wait, for strait_wait_set_add_fd for
 * instance. In the mode of a thread it must be that thread which polls.
 */
int strait_dispatcher_fd(const struct strait_dispatcher *dispatcher);

/* Who opened it, as gettid(2). */
int32_t strait_dispatcher_thread(const struct strait_dispatcher *dispatcher);

/* The signals that it receives, those that it ignores among them. */
uint64_t strait_dispatcher_taken(const struct strait_dispatcher *dispatcher);

/*
 * Drops what is pending, and gives everything back. In the mode of a thread by that thread, for which a
 * signal that comes later has its default action: a thread that ends instead, with its signals blocked, is
 * safe from senders that have not noticed. NULL is accepted.
 */
void strait_dispatcher_close(struct strait_dispatcher *dispatcher);

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

struct strait_signal_state {
    uint64_t blocked;
    uint64_t ignored;
    uint64_t caught;
    uint64_t pending_thread;  /* for the thread alone */
    uint64_t pending_process; /* for the whole process */
    uint64_t queued;          /* by its user, and */
    uint64_t queue_limit;     /* how many may be */
};

/* A process as /proc/PID/status shows it, or with `thread` not 0 one of its threads. ESRCH when there is
 * none; what open(2) answers; EPROTO for a file that says nothing of signals. */
int strait_signal_look(int32_t pid, int32_t thread, struct strait_signal_state *state);

/* What of its memory goes into a core dump: bits as in core(5). Get answers them; set needs the same user.
 * ESRCH when there is no such process; EACCES. */
int strait_core_filter_get(int32_t pid);
int strait_core_filter_set(int32_t pid, uint32_t bits);

/* /proc/sys/kernel/core_pattern, cut to fit: its length. What open(2) and read(2) answer. */
int strait_core_pattern(char *buffer, int bytes);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
