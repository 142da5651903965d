/*
 * Blocking signals in every thread of the process, and unblocking them again.
 *
 * The sweep looks into /proc at the mask of every thread, and sends to whoever's is not as it should be a
 * real-time signal, whose handler changes the mask that the thread goes on with. It is over when twice nobody
 * was found. New threads inherit the mask of their parents. A thread that has even the sweep's signal blocked
 * is not waited for: the library's own have everything blocked, and others for a moment while they make a
 * thread.
 */
#ifndef STRAIT_INTERNAL_SIGNAL_SWEEP_H
#define STRAIT_INTERNAL_SIGNAL_SWEEP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <ucontext.h>

/* The real-time signal of the sweep, chosen when it is first asked for; or a negated errno. */
int strait_sweep_signal(void);

/*
 * For an agent, which has no net: waits until the sweep's signal has reached everybody, also who had even
 * that blocked for a moment; then lets `signals` go and gives its own back. Who is not reached in a second
 * will be by the handler, which then stays.
 */
void strait_sweep_retire(uint64_t signals);

/* Blocks them in all threads from now on. An errno of opendir(3), or what strait_sweep_signal answers. */
int strait_sweep_block(uint64_t signals);

/* Stops to: who has them blocked keeps them so, others are left as they are. */
void strait_sweep_let_go(uint64_t signals);

/* Unblocks them, which were let go, in all threads but those that keep them blocked for themselves; at last
 * in this one, so that what was pending for the process has hit a thread when this returns. */
void strait_sweep_unblock(uint64_t signals);

/* Takes away what is pending of them, for this thread or the process, whoever goes on sending. */
void strait_sweep_drop(uint64_t signals);

/* For handlers: whether it is blocked everywhere; and puts the mask right that the thread goes on with. */
bool strait_sweep_has(int number);
void strait_sweep_mend(ucontext_t *context);

/* A thread that has blocked signals for itself, and keeps them blocked. */
struct strait_sweep_keeper {
    pid_t thread;
    struct strait_sweep_keeper *next;
};
void strait_sweep_keep(struct strait_sweep_keeper *keeper);
void strait_sweep_keep_no_more(struct strait_sweep_keeper *keeper);

/* Around the making of a child, which inherits the mask: `signals` are not blocked in this thread meanwhile.
 */
void strait_sweep_begin_child(uint64_t signals);
void strait_sweep_end_child(void);
bool strait_sweep_makes_child(void);

#endif
