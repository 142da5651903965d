/*
 * Signals of the whole process that are to be read: blocked in every thread by the sweep, and caught where
 * one hits a thread all the same.
 *
 * A thread may have put an old mask back; one that the JVM ends does. The net is the handler of the signals
 * themselves: it blocks the signal in the thread that it hit, and queues it again for the process. Where the
 * kernel has no room for it (RLIMIT_SIGPENDING), it goes through a pipe. Without the net it would be the end
 * of the process.
 *
 * Giving one back must not be that either. While the threads' masks are put back, the net is still there, but
 * lets go what hits it; the old disposition comes last, when nothing is pending any more.
 */
#ifndef STRAIT_INTERNAL_SIGNAL_NET_H
#define STRAIT_INTERNAL_SIGNAL_NET_H

#include <stdint.h>

/* Takes a signal, which may be taken, for the process. 0; -EBUSY; what strait_sweep_block answers. */
int strait_net_take(int number, int pipe_fd);

/* Gives it back. When this returns the net has done with the pipe. */
void strait_net_release(int number);

/* A signal that a thread reads for itself: not to be taken for the process meanwhile. 0, or -EBUSY. */
int strait_net_use(int number);
void strait_net_unuse(int number);

/* Around the making of a child: it does not inherit that signals are blocked for us. */
void strait_net_begin_child(void);
void strait_net_end_child(void);

/* What an agent has blocked for us before. */
void strait_net_set_agents(uint64_t signals);

#endif
