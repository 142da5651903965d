#include "internal/lock.h"

#include <errno.h>
#include <stdlib.h>

#include "internal/kill_point.h"

struct strait_lock {
    struct strait_sync sync;
};

struct strait_condition {
    struct strait_sync sync;
};

static struct strait_queue *queue_of(const struct strait_sync *sync)
{
    return &((struct strait_lock_words *)sync->object.words)->queue;
}

static struct strait_condition_words *words_of(const struct strait_sync *sync)
{
    return sync->object.words;
}

static void *this_thread(void)
{
    static _Thread_local char here;
    return &here;
}

int strait_lock_open(struct strait_segment *segment, const char *name, struct strait_lock **lock,
                     struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_LOCK, (struct strait_sync **)lock, failure);
}

int strait_lock_open_at(struct strait_segment *segment, uint32_t index, struct strait_lock **lock,
                        struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_LOCK, (struct strait_sync **)lock, failure);
}

int strait_condition_open(struct strait_segment *segment, const char *name,
                          struct strait_condition **condition, struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_CONDITION, (struct strait_sync **)condition,
                            failure);
}

int strait_condition_open_at(struct strait_segment *segment, uint32_t index,
                             struct strait_condition **condition, struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_CONDITION, (struct strait_sync **)condition,
                               failure);
}

/* ---- The lock --------------------------------------------------------------------------------------------
 */

/* One compare-and-swap takes a dead owner's lock, so one taker is told. */
static inline int take_for(struct strait_sync *sync, void *thread)
{
    _Atomic uint64_t *word = &queue_of(sync)->word;
    uint64_t owner = atomic_load_explicit(word, memory_order_acquire);
    for (;;) {
        enum strait_owner_state state = strait_owner_state(owner);
        if (state == STRAIT_OWNER_LOST)
            return STRAIT_NOT_RECOVERABLE;
        if (strait_owner_is_held(owner))
            return STRAIT_NOT_NOW;
        uint64_t ours = strait_owner_after(sync->own, owner);
        if (__builtin_expect(state == STRAIT_OWNER_DEAD, 0))
            ours = strait_owner_in_state(ours, STRAIT_OWNER_REPAIRING);
        if (atomic_compare_exchange_weak_explicit(word, &owner, ours, memory_order_acquire,
                                                  memory_order_acquire)) {
            STRAIT_KILL_POINT(lock_taken);
            atomic_store_explicit(&sync->holder, thread, memory_order_relaxed);
            return state == STRAIT_OWNER_DEAD ? STRAIT_OWNER_DIED : 0;
        }
    }
}

/* Newcomers need not stand in line. */
static int take(struct strait_wanted *wanted, bool in_line)
{
    (void)in_line;
    return take_for(wanted->sync, wanted->thread);
}

static bool may_be_had(struct strait_sync *sync)
{
    return !strait_owner_is_held(atomic_load_explicit(&queue_of(sync)->word, memory_order_seq_cst));
}

/* 0, -EPERM, or CLOSED: a forked child has the thread that called fork once more. */
static int check_holder(const struct strait_lock *lock, const void *thread)
{
    if (strait_sync_is_closed(&lock->sync))
        return STRAIT_CLOSED;
    return atomic_load_explicit(&lock->sync.holder, memory_order_relaxed) == thread ? 0 : -EPERM;
}

static struct strait_wanted wanted_by(struct strait_lock *lock, void *thread)
{
    return (struct strait_wanted){.sync = &lock->sync,
                                  .queue = queue_of(&lock->sync),
                                  .take = take,
                                  .may_be_had = may_be_had,
                                  .thread = thread};
}

int strait_lock_begin(struct strait_lock *lock, struct strait_pending **pending)
{
    struct strait_wanted wanted = wanted_by(lock, NULL);
    return strait_sync_begin(&wanted, pending);
}

int strait_lock_take(struct strait_lock *lock, void *thread, const struct strait_patience *patience)
{
    struct strait_wanted wanted = wanted_by(lock, thread);
    if (patience->spin_ns < 0)
        return -EINVAL;
    if (check_holder(lock, thread) == 0)
        return -EDEADLK;
    return strait_sync_take(&wanted, patience);
}

static int look_for_lock(struct strait_watch *watch)
{
    uint64_t owner = atomic_load_explicit(&queue_of(watch->object)->word, memory_order_acquire);
    switch (strait_owner_state(owner)) {
    case STRAIT_OWNER_LOST:
        return STRAIT_NOT_RECOVERABLE;
    case STRAIT_OWNER_DEAD:
        return STRAIT_OWNER_DIED;
    default:
        return strait_owner_is_held(owner) ? 0 : STRAIT_READY;
    }
}

void strait_lock_watch(struct strait_lock *lock, struct strait_watch *watch)
{
    *watch = strait_sync_watch(&lock->sync, &queue_of(&lock->sync)->watchers, look_for_lock, 0);
}

int strait_lock_repair(struct strait_lock *lock, void *thread)
{
    _Atomic uint64_t *word = &queue_of(&lock->sync)->word;
    int result = check_holder(lock, thread);
    if (result < 0)
        return result;
    uint64_t owner = atomic_load_explicit(word, memory_order_relaxed);
    if (strait_owner_state(owner) != STRAIT_OWNER_REPAIRING)
        return -EINVAL;
    atomic_store_explicit(word, strait_owner_in_state(owner, STRAIT_OWNER_LIVE), memory_order_release);
    STRAIT_KILL_POINT(lock_repaired);
    return 0;
}

/* All are told at once that nobody gets it any more. */
static void tell_lost(struct strait_sync *sync)
{
    if (!strait_sync_enter(sync))
        return;
    strait_participant_ring_all(sync->participant);
    strait_sync_exit(sync);
}

int strait_lock_give(struct strait_lock *lock, void *thread)
{
    struct strait_queue *queue = queue_of(&lock->sync);
    int result = check_holder(lock, thread);
    if (result < 0)
        return result;
    uint64_t owner = atomic_load_explicit(&queue->word, memory_order_relaxed);
    bool is_lost = strait_owner_state(owner) == STRAIT_OWNER_REPAIRING;
    atomic_store_explicit(&lock->sync.holder, NULL, memory_order_relaxed);
    STRAIT_KILL_POINT(lock_before_release);
    atomic_exchange_explicit(&queue->word,
                             strait_owner_in_state(owner, is_lost ? STRAIT_OWNER_LOST : STRAIT_OWNER_ENDED),
                             memory_order_seq_cst);
    STRAIT_KILL_POINT(lock_released);
    if (is_lost)
        tell_lost(&lock->sync);
    else
        strait_sync_released(&lock->sync, queue);
    return 0;
}

/* All that can happen, and a function of its own: who gets the lock at once prepares nothing for it. */
static __attribute__((noinline)) int acquire_with_patience(struct strait_lock *lock, int64_t spin_ns,
                                                           int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&lock->sync, spin_ns, timeout_ns);
    return strait_lock_take(lock, this_thread(), &patience);
}

int strait_lock_acquire(struct strait_lock *lock, int64_t spin_ns, int64_t timeout_ns)
{
    void *thread = this_thread();
    if (spin_ns >= 0 && check_holder(lock, thread) == -EPERM) {
        int result = take_for(&lock->sync, thread);
        if (result != STRAIT_NOT_NOW)
            return result;
    }
    return acquire_with_patience(lock, spin_ns, timeout_ns);
}

int strait_lock_repaired(struct strait_lock *lock)
{
    return strait_lock_repair(lock, this_thread());
}

int strait_lock_release(struct strait_lock *lock)
{
    return strait_lock_give(lock, this_thread());
}

bool strait_lock_is_mine(const struct strait_lock *lock)
{
    return check_holder(lock, this_thread()) == 0;
}

void strait_lock_interrupt(struct strait_lock *lock)
{
    strait_sync_interrupt(&lock->sync);
}

/* ---- Conditions ------------------------------------------------------------------------------------------
 *
 * A waiter draws its ticket while it has the lock, so that a notification under the lock cannot come before
 * it. Whoever goes without having been notified notifies all: the notification may have been on its way to
 * it.
 */

struct notification {
    struct strait_sync *sync;
    uint64_t ticket;
    uint32_t interrupts;
};

static int look_for_notification(void *context)
{
    struct notification *wanted = context;
    uint64_t notified = atomic_load_explicit(&words_of(wanted->sync)->notified, memory_order_acquire);
    return notified > wanted->ticket ? STRAIT_READY : strait_sync_look(wanted->sync, wanted->interrupts);
}

/* From inside. */
static void notify(struct strait_sync *sync, bool all)
{
    strait_objects_notify(words_of(sync), all);
    STRAIT_KILL_POINT(condition_notified);
    strait_wait_published(sync->participant, &words_of(sync)->waiters);
}

static void enter_and_notify(struct strait_sync *sync, bool all)
{
    if (!strait_sync_enter(sync))
        return;
    notify(sync, all);
    strait_sync_exit(sync);
}

static int take_again(struct strait_lock *lock, void *thread, int64_t spin_ns)
{
    int result;
    do {
        struct strait_patience patience = strait_sync_patience(&lock->sync, spin_ns, STRAIT_WAIT_FOREVER);
        result = strait_lock_take(lock, thread, &patience);
    } while (result == -EINTR);
    return result;
}

static int draw_and_give(struct notification *wanted, struct strait_lock *lock, void *thread)
{
    struct strait_condition_words *words = words_of(wanted->sync);
    wanted->ticket = atomic_fetch_add_explicit(&words->next_ticket, 1, memory_order_acq_rel);
    STRAIT_KILL_POINT(condition_ticket);
    return strait_lock_give(lock, thread);
}

/* From inside of the condition to the end, so that neither object goes away meanwhile. */
static int wait_inside(struct notification *wanted, struct strait_lock *lock, void *thread,
                       const struct strait_patience *patience)
{
    struct strait_condition_words *words = words_of(wanted->sync);
    int result = draw_and_give(wanted, lock, thread);
    if (result < 0)
        return result;
    result = strait_wait_until(wanted->sync->participant, &words->waiters, look_for_notification, wanted,
                               patience->spin_ns, patience->timeout_ns);
    if (result != STRAIT_READY)
        notify(wanted->sync, true);
    STRAIT_KILL_POINT(condition_woken);
    int taken = take_again(lock, thread, patience->spin_ns);
    if (taken != 0)
        return taken;
    return result == STRAIT_READY ? 0 : result;
}

/* 0 from inside of the condition, when one may wait for it with this lock. */
static int enter_with(struct strait_condition *condition, const struct strait_lock *lock, const void *thread)
{
    int result = check_holder(lock, thread);
    if (result < 0)
        return result;
    uint64_t owner = atomic_load_explicit(&queue_of(&lock->sync)->word, memory_order_relaxed);
    if (lock->sync.participant != condition->sync.participant ||
        strait_owner_state(owner) == STRAIT_OWNER_REPAIRING)
        return -EINVAL;
    return strait_sync_enter(&condition->sync) ? 0 : STRAIT_CLOSED;
}

struct pending_notification {
    struct strait_pending pending;
    struct notification wanted;
};

static int look_at_pending(struct strait_pending *pending)
{
    struct notification *wanted = &((struct pending_notification *)pending)->wanted;
    wanted->interrupts = atomic_load(&wanted->sync->interrupts); /* these are for threads */
    return look_for_notification(wanted);
}

static int leave_pending(struct strait_pending *pending, int outcome)
{
    struct strait_sync *sync = ((struct pending_notification *)pending)->wanted.sync;
    if (outcome != STRAIT_READY)
        notify(sync, true);
    STRAIT_KILL_POINT(condition_woken);
    strait_sync_exit(sync);
    return outcome == STRAIT_READY ? 0 : outcome;
}

/* From inside of the condition. */
static int begin_inside(struct strait_sync *sync, struct strait_lock *lock, void *thread,
                        struct strait_pending **pending)
{
    const struct strait_watch watch = {.participant = sync->participant->segment->self,
                                       .waiters = &words_of(sync)->waiters};
    struct pending_notification *begun =
        strait_pending_new(sizeof *begun, &watch, look_at_pending, leave_pending);
    if (begun == NULL)
        return -ENOMEM;
    begun->wanted.sync = sync;
    int result = draw_and_give(&begun->wanted, lock, thread);
    if (result < 0)
        free(begun);
    else
        *pending = &begun->pending;
    return result;
}

int strait_condition_begin(struct strait_condition *condition, struct strait_lock *lock, void *thread,
                           struct strait_pending **pending)
{
    int result = enter_with(condition, lock, thread);
    if (result < 0)
        return result;
    result = begin_inside(&condition->sync, lock, thread, pending);
    if (result < 0)
        strait_sync_exit(&condition->sync);
    return result;
}

int strait_condition_await(struct strait_condition *condition, struct strait_lock *lock, void *thread,
                           const struct strait_patience *patience)
{
    struct notification wanted = {.sync = &condition->sync, .interrupts = patience->interrupts};
    if (patience->spin_ns < 0)
        return -EINVAL;
    int result = enter_with(condition, lock, thread);
    if (result < 0)
        return result;
    result = wait_inside(&wanted, lock, thread, patience);
    strait_sync_exit(&condition->sync);
    return result;
}

int strait_condition_wait(struct strait_condition *condition, struct strait_lock *lock, int64_t spin_ns,
                          int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&condition->sync, spin_ns, timeout_ns);
    return strait_condition_await(condition, lock, this_thread(), &patience);
}

void strait_condition_notify(struct strait_condition *condition)
{
    enter_and_notify(&condition->sync, false);
}

void strait_condition_notify_all(struct strait_condition *condition)
{
    enter_and_notify(&condition->sync, true);
}

void strait_condition_interrupt(struct strait_condition *condition)
{
    strait_sync_interrupt(&condition->sync);
}
