/*
 * Ending a system call that waits and has no descriptor to be polled: msgrcv(2), semop(2), the open(2) of a
 * FIFO. It is interrupted by a signal.
 *
 * A signal that arrives before the thread is in the kernel is lost; so the kicker sends it again until the
 * caller has answered. The signal is a real-time one that the process has no use for, with a handler that
 * does nothing, and without SA_RESTART: the system call fails with EINTR.
 *
 *     caller   strait_kick_arm; then it looks whether it shall wait at all; then
 *              result = strait_kick_enter(kick); if (result == 0) result = the system call;
 *              strait_kick_leave(kick)
 *     kicker   says so where the caller looks; then strait_kick
 *
 * A kick that is late ends the next wait of the same caller with EINTR, so he looks again for what he was to
 * see.
 */
#ifndef STRAIT_INTERNAL_KICK_H
#define STRAIT_INTERNAL_KICK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct strait_kick {
    _Atomic pid_t thread;   /* a late kicker reads it while the caller arms anew */
    _Atomic bool is_wanted; /* that the caller comes back */
    _Atomic uint32_t turns; /* how often he went in and out: odd while he is inside, or about to be */
    bool has_timer;
    int timer; /* as the kernel numbers them */
};

/* The signal, or a negated errno: -EBUSY when all real-time signals have handlers. Chosen once, when it is
 * first needed: the first from SIGRTMAX-3 downwards that has its default disposition. */
int strait_kick_signal(void);

/* Gives it back, with its default disposition. Before the library is unloaded, when nobody waits. */
void strait_kick_forget(void);

/* By the thread that will wait. 0, or what strait_kick_signal answers. */
int strait_kick_arm(struct strait_kick *kick);

/*
 * By the same thread, when it is armed: from a time of CLOCK_MONOTONIC on a timer of the kernel's sends the
 * signal, again and again, until it is cancelled. 0; -EAGAIN when there is no room for a timer.
 */
int strait_kick_at(struct strait_kick *kick, int64_t deadline_ns);
void strait_kick_cancel(struct strait_kick *kick);

/* 0, or -EINTR when it was kicked since it was armed. */
int strait_kick_enter(struct strait_kick *kick);
void strait_kick_leave(struct strait_kick *kick);

/* open(2), close-on-exec, with a mode of 0666 for what it creates. A FIFO waits for its other end: -EINTR
 * when the caller is kicked meanwhile. */
int strait_kick_open(const char *path, int flags, struct strait_kick *kick);

/* Comes back when the caller has left the call that he was in; he may be in the next. From any other thread.
 */
void strait_kick(struct strait_kick *kick);

#endif
