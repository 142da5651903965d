/*
 * Signals of the whole process that are to be read: they must be blocked in every thread, and some thread
 * always has them unblocked.
 *
 * The sweep    looks into /proc at the mask of every thread, and sends to whoever has not blocked them all a
 *              real-time signal whose handler changes the mask that the thread goes on with. It is over when
 *              twice nobody was found. New threads inherit the mask of their parents.
 * The net      is the handler of the signals themselves. A thread may have put an old mask back: a thread
 * that the JVM ends does. So a signal may hit one all the same, and then the net blocks it there and queues
 * it again for the process. Where the kernel has no room for it (RLIMIT_SIGPENDING) it goes through a pipe.
 * Without the net it would be the end of the process.
 *
 * Giving one back must not let it be the end either. While the threads' masks are put back the net is still
 * there, but lets go what hits it; the old disposition comes last, when nothing is pending any more.
 */
#ifndef STRAIT_INTERNAL_SIGNAL_NET_H
#define STRAIT_INTERNAL_SIGNAL_NET_H

#include <stdint.h>
#include <sys/types.h>

/* The real-time signal of the sweep, or a negated errno. */
int strait_net_signal(void);

/* Blocks `signals` in all threads there are. For an agent, before others are started. */
int strait_net_block(uint64_t signals);

/* Takes away what is pending of them, for this thread or the process, whoever goes on sending. */
void strait_net_drop(uint64_t signals);

/* Takes a signal, which may be taken, for the process. What hits the net while the kernel has no room for it
 * goes into the pipe. 0, or -EBUSY. */
int strait_net_take(int number, int pipe_fd);

/* Gives it back. When this returns the net has done with the pipe. */
void strait_net_release(int number);

/* A thread that has blocked signals for itself, and keeps them blocked. */
struct strait_net_keeper {
    pid_t thread;
    struct strait_net_keeper *next;
};
void strait_net_keep(struct strait_net_keeper *keeper);
void strait_net_keep_no_more(struct strait_net_keeper *keeper);

/* A signal that such a thread reads: not to be taken for the process meanwhile. 0, or -EBUSY. */
int strait_net_use(int number);
void strait_net_unuse(int number);

/* Around the making of a child, which inherits the mask: the signals of the process are not blocked in this
 * thread meanwhile, and go through the pipe if they hit it. */
void strait_net_begin_child(void);
void strait_net_end_child(void);

#endif
