/*
 * A wait set: one thread waits for any of several things; or somebody else's epoll does.
 *
 * What is waited for is readiness: after the wait the caller tries, and another may have been faster. Things
 * may be in any number of segments, and descriptors may be among them.
 *
 *     strait_wait_set_add_reader(set, reader, &messages, NULL);
 *     strait_wait_set_add_semaphore(set, semaphore, 1, &permit, NULL);
 *     while (strait_wait_set_await(set, 0, STRAIT_WAIT_FOREVER) > 0)
 *         for (watch = strait_wait_set_ready(set); watch != NULL; watch = strait_watch_next_ready(watch))
 *             ...
 *
 * Assumptions    One thread at a time uses a set; wake and interrupt are for all others. A watch is removed,
 *                or its set freed, before what it watches is closed and freed by strait_segment_close or
 *                strait_ring_close; unless a thread waits here meanwhile, or the set is armed: these learn of
 *                the close by CLOSED.
 * Guarantees     No event is lost: whatever is so when a wait begins, or becomes so, ends it. A reader's or
 *                writer's END or PEER_DIED is told once for each peer; everything else as long as it is so.
 *                A watcher of a semaphore or a lock is in nobody's way: it is told when there is something
 *                that a newcomer could take, and whoever stands in line comes first. While somebody stands
 *                there, what newcomers need not stand in line for (a lock, an overtaking semaphore) may be
 *                told up to a second late.
 * Progress       Waiting is asleep: on the doorbells of all segments; with descriptors in the kernel's poll,
 *                while one thread of this process, "strait-ringer", sleeps on the doorbells. Where the
 *                kernel has no futex_waitv(2) (before Linux 5.16), or for more than 128 segments, it looks
 *                every 25 ms instead. A peer makes no system call for it while nobody waits.
 * If a process dies  that watches, nobody notices; of what it watches, each watch tells what the blocking
 *                call would.
 * After fork(2)  the child's copy answers CLOSED, and is to be freed.
 */
#ifndef STRAIT_WAIT_SET_H
#define STRAIT_WAIT_SET_H

#include "strait/latch.h"
#include "strait/lock.h"
#include "strait/outcome.h"
#include "strait/ring.h"
#include "strait/segment.h"
#include "strait/semaphore.h"
#include "strait/sequence.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

struct strait_wait_set;
struct strait_watch; /* one thing in a set; freed with it, or when it is removed */

/* ENOMEM. */
int strait_wait_set_create(struct strait_wait_set **set, struct strait_failure *failure);

/* Removes what is in it. NULL is accepted. No other call may be under way. */
void strait_wait_set_free(struct strait_wait_set *set);

/*
 * Adding. All: 0; ENOMEM; EBUSY while a thread waits; CLOSED when the role or the segment is.
 *
 * A reader: READY, END, PEER_DIED, as strait_ring_await_data. EINVAL on a spin-only ring.
 * A writer: READY when a claim of `length` bytes has room behind what is committed; END and PEER_DIED. EINVAL
 * for a length that never has, and on a spin-only ring.
 * A semaphore: READY when so many permits could be taken at once. EINVAL for 0, or more than there ever are.
 * A lock: READY when it is free, OWNER_DIED when its owner died, NOT_RECOVERABLE.
 * A sequence: READY when it has reached the number. A latch: READY when it is 0. PEER_DIED, too.
 * A participant, of strait_segment_participants: PEER_DIED, or END when it left. EINVAL for one that cannot
 * be, or is this attachment. If two others have had its slot since, it is PEER_DIED: nobody knows any more.
 * A descriptor: READY for these events of poll(2); errors and hang-up always. Errors of epoll_ctl(2): EEXIST
 * for one that is in the set, EPERM for a regular file, EBADF; also EMFILE, ENFILE, and EAGAIN when there is
 * no room for a thread.
 *
 * A barrier cannot be watched: waiting for one is arriving at it.
 */
int strait_wait_set_add_reader(struct strait_wait_set *set, struct strait_ring_reader *reader,
                               struct strait_watch **watch, struct strait_failure *failure);
int strait_wait_set_add_writer(struct strait_wait_set *set, struct strait_ring_writer *writer,
                               uint32_t length, struct strait_watch **watch, struct strait_failure *failure);
int strait_wait_set_add_semaphore(struct strait_wait_set *set, struct strait_semaphore *semaphore,
                                  uint32_t permits, struct strait_watch **watch,
                                  struct strait_failure *failure);
int strait_wait_set_add_lock(struct strait_wait_set *set, struct strait_lock *lock,
                             struct strait_watch **watch, struct strait_failure *failure);
int strait_wait_set_add_sequence(struct strait_wait_set *set, struct strait_sequence *sequence,
                                 int64_t number, struct strait_watch **watch, struct strait_failure *failure);
int strait_wait_set_add_latch(struct strait_wait_set *set, struct strait_latch *latch,
                              struct strait_watch **watch, struct strait_failure *failure);
int strait_wait_set_add_participant(struct strait_wait_set *set, struct strait_segment *segment,
                                    uint32_t slot, uint64_t generation, struct strait_watch **watch,
                                    struct strait_failure *failure);
int strait_wait_set_add_fd(struct strait_wait_set *set, int fd, short events, struct strait_watch **watch,
                           struct strait_failure *failure);

/* Removes and frees it. 0; EBUSY while a thread waits. */
int strait_wait_set_remove(struct strait_wait_set *set, struct strait_watch *watch);

/*
 * Waits until something is ready: looks for spin_ns first, then sleeps, for timeout_ns in all; a timeout of 0
 * or less looks once. How many are ready; 0 after strait_wait_set_wake; TIMED_OUT; EINTR after
 * strait_wait_set_interrupt; CLOSED in a forked child; EINVAL for a negative spin_ns; EBUSY when another
 * thread waits. Of descriptors no more than 64 are told of at a time.
 */
int strait_wait_set_await(struct strait_wait_set *set, int64_t spin_ns, int64_t timeout_ns);

/* What the last wait found ready: the first, and the next; NULL behind the last. */
struct strait_watch *strait_wait_set_ready(const struct strait_wait_set *set);
struct strait_watch *strait_watch_next_ready(const struct strait_watch *watch);

/* What the last wait found: 0 when it is not ready, an outcome as above, CLOSED, or -EUCLEAN for a corrupt
 * ring. */
int strait_watch_outcome(const struct strait_watch *watch);

/* The events of poll(2) that the last wait found on a descriptor. */
short strait_watch_events(const struct strait_watch *watch);

/* Anything of the caller's; NULL at first. */
void strait_watch_set_context(struct strait_watch *watch, void *context);
void *strait_watch_context(const struct strait_watch *watch);

/* Ends the wait that a thread is in, or else the next one, with 0 unless something is ready. From any thread;
 * not from a signal handler. */
void strait_wait_set_wake(struct strait_wait_set *set);

/* Ends the wait that a thread is in with EINTR. From any thread; not from a signal handler. */
void strait_wait_set_interrupt(struct strait_wait_set *set);

/*
 * For somebody else's epoll: arms the set, so that eventfd(2) `event_fd` gets 1 when something in it becomes
 * ready, once. 0; or how many are ready already, and then it is not armed. So, in a loop: arm; if that is 0
 * wait for the eventfd by other means, and read it; then await with a timeout of 0 tells what is ready, and
 * what was armed is not any more. Adding, removing and awaiting disarm. strait_wait_set_wake writes the
 * eventfd, too.
 *
 * The eventfd must stay open meanwhile. EINVAL when there are descriptors in the set; EAGAIN when there is no
 * room for a thread; EBUSY; CLOSED.
 */
int strait_wait_set_arm(struct strait_wait_set *set, int event_fd);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
