#include "internal/semaphore.h"

#include <errno.h>

#include "internal/deadline.h"
#include "internal/kill_point.h"

#define LEDGER_SPIN_NS 20000

/* Beyond that a holder is stopped, and nothing can be had. */
#ifndef STRAIT_LEDGER_NS /* less where many are tried */
#define STRAIT_LEDGER_NS STRAIT_NS_PER_SECOND
#endif

struct strait_semaphore {
    struct strait_sync sync;
};

static struct strait_semaphore_words *words_of(const struct strait_sync *sync)
{
    return sync->object.words;
}

static bool is_recoverable(const struct strait_sync *sync)
{
    return (sync->object.flags & STRAIT_SEMAPHORE_RECOVERABLE) != 0;
}

int strait_semaphore_open(struct strait_segment *segment, const char *name,
                          struct strait_semaphore **semaphore, struct strait_failure *failure)
{
    return strait_sync_open(segment, name, STRAIT_OBJECT_SEMAPHORE, (struct strait_sync **)semaphore,
                            failure);
}

int strait_semaphore_open_at(struct strait_segment *segment, uint32_t index,
                             struct strait_semaphore **semaphore, struct strait_failure *failure)
{
    return strait_sync_open_at(segment, index, STRAIT_OBJECT_SEMAPHORE, (struct strait_sync **)semaphore,
                               failure);
}

/* Whether the line lets us take something now. Those who stand in line do not overtake each other: a release
 * wakes the first alone. */
static bool may_take(const struct strait_wanted *wanted, bool in_line)
{
    if (in_line)
        return strait_sync_is_first(wanted->sync, wanted->queue, wanted->ticket);
    return (wanted->sync->object.flags & STRAIT_SEMAPHORE_OVERTAKING) != 0 ||
           atomic_load_explicit(&wanted->queue->waiting, memory_order_relaxed) == 0;
}

/* ---- Plain -----------------------------------------------------------------------------------------------
 */

static int take_plain(struct strait_wanted *wanted, bool in_line)
{
    _Atomic uint64_t *word = &wanted->queue->word;
    uint64_t permits = atomic_load_explicit(word, memory_order_acquire);
    do {
        if (permits < wanted->count || !may_take(wanted, in_line))
            return STRAIT_NOT_NOW;
    } while (!atomic_compare_exchange_weak_explicit(word, &permits, permits - wanted->count,
                                                    memory_order_seq_cst, memory_order_acquire));
    STRAIT_KILL_POINT(semaphore_taken);
    return 0;
}

/* Takes back what was too much for the `permits` that there were. Who wants it meanwhile may have it: then it
 * was not too much. Of permits that only a hostile peer can have stored there is never too little. */
static int withdraw(_Atomic uint64_t *word, uint32_t count, uint64_t permits)
{
    const bool can_be_taken = permits <= INT64_MAX;
    permits = atomic_load_explicit(word, memory_order_relaxed);
    do {
        if (can_be_taken && permits < count)
            return 0;
    } while (!atomic_compare_exchange_weak_explicit(word, &permits, permits - count, memory_order_seq_cst,
                                                    memory_order_relaxed));
    return -EOVERFLOW;
}

/* An addition need not wait until a load has said what there is. */
static int release_plain(struct strait_sync *sync, uint32_t count)
{
    _Atomic uint64_t *word = &words_of(sync)->queue.word;
    uint64_t permits = atomic_fetch_add_explicit(word, count, memory_order_seq_cst);
    bool fits = permits <= STRAIT_SEMAPHORE_MAX && permits + count <= STRAIT_SEMAPHORE_MAX;
    return fits ? 0 : withdraw(word, count, permits);
}

/* What is beyond the most is about to be withdrawn. */
static uint64_t drain_plain(struct strait_sync *sync)
{
    _Atomic uint64_t *word = &words_of(sync)->queue.word;
    uint64_t taken = atomic_exchange(word, 0);
    if (taken > STRAIT_SEMAPHORE_MAX)
        atomic_fetch_add(word, taken - STRAIT_SEMAPHORE_MAX);
    return taken;
}

/* ---- Recoverable -----------------------------------------------------------------------------------------
 *
 * What is available is stored nowhere: it is what there is less what each participant holds. An acquire adds
 * to one word, a release subtracts from it, a reclaimer sets it to 0: nothing is ever half done. Whoever adds
 * has the ledger's lock from before it sums up; meanwhile the sum can only fall.
 */

/* Words that a hostile peer stored count as everything. */
static uint64_t sum_of_held(const struct strait_sync *sync)
{
    const struct strait_ledger *ledger = &words_of(sync)->ledger;
    uint64_t sum = 0;
    for (uint32_t slot = 0; slot < sync->participant->segment->geometry.slot_count; slot++) {
        /* ORDER: a release, or a death, before the taking that it makes possible. PAIRS WITH
         * release_recoverable and strait_objects_reap. */
        uint64_t held = atomic_load_explicit(&ledger->held[slot], memory_order_acquire);
        sum += held <= STRAIT_SEMAPHORE_MAX ? held : STRAIT_SEMAPHORE_MAX;
    }
    return sum;
}

static uint64_t available_recoverable(const struct strait_sync *sync)
{
    uint64_t held = sum_of_held(sync);
    uint64_t permits = (uint64_t)sync->object.value;
    return held < permits ? permits - held : 0;
}

static int look_at_ledger(void *context)
{
    struct strait_sync *sync = context;
    struct strait_ledger *ledger = &words_of(sync)->ledger;
    uint64_t owner = atomic_load_explicit(&ledger->owner, memory_order_relaxed);
    if (strait_owner_is_held(owner))
        return strait_sync_look(sync, atomic_load(&sync->interrupts));
    uint64_t ours = strait_owner_after(sync->own, owner);
    bool is_ours = atomic_compare_exchange_strong_explicit(&ledger->owner, &owner, ours, memory_order_acquire,
                                                           memory_order_relaxed);
    return is_ours ? STRAIT_READY : 0;
}

static bool wait_for_ledger(struct strait_sync *sync)
{
    if (!strait_sync_enter(sync))
        return false;
    int result = strait_wait_until(sync->participant, &words_of(sync)->ledger.waiters, look_at_ledger, sync,
                                   LEDGER_SPIN_NS, STRAIT_LEDGER_NS);
    strait_sync_exit(sync);
    return result == STRAIT_READY;
}

/* Or else somebody rings when it is free. */
static bool announce_and_look(struct strait_sync *sync)
{
    atomic_fetch_or_explicit(&words_of(sync)->ledger.waiters, UINT64_C(1) << sync->participant->slot,
                             memory_order_relaxed);
    /* ORDER: our bit before our look. PAIRS WITH strait_wait_published. */
    strait_fence();
    return look_at_ledger(sync) == STRAIT_READY;
}

static bool lock_ledger(struct strait_sync *sync, bool may_wait)
{
    if (look_at_ledger(sync) != STRAIT_READY && !(may_wait ? wait_for_ledger(sync) : announce_and_look(sync)))
        return false;
    STRAIT_KILL_POINT(ledger_locked);
    return true;
}

static void unlock_ledger(struct strait_sync *sync)
{
    struct strait_ledger *ledger = &words_of(sync)->ledger;
    uint64_t owner = atomic_load_explicit(&ledger->owner, memory_order_relaxed);
    atomic_store_explicit(&ledger->owner, strait_owner_in_state(owner, STRAIT_OWNER_ENDED),
                          memory_order_release);
    STRAIT_KILL_POINT(ledger_unlocked);
    strait_wait_published(sync->participant, &ledger->waiters);
}

/* Takes up to `most` permits, but no fewer than `least`: how many, or -EAGAIN. */
static int64_t take_from_ledger(struct strait_sync *sync, uint64_t least, uint64_t most, bool may_wait)
{
    if (available_recoverable(sync) < least || !lock_ledger(sync, may_wait))
        return -EAGAIN;
    uint64_t available = available_recoverable(sync);
    uint64_t count = available < most ? available : most;
    if (count >= least)
        atomic_fetch_add_explicit(&words_of(sync)->ledger.held[sync->participant->slot], count,
                                  memory_order_relaxed);
    STRAIT_KILL_POINT(semaphore_held);
    unlock_ledger(sync);
    return count >= least ? (int64_t)count : -EAGAIN;
}

static int take_recoverable(struct strait_wanted *wanted, bool in_line)
{
    bool taken = may_take(wanted, in_line) &&
                 take_from_ledger(wanted->sync, wanted->count, wanted->count, !wanted->is_pending) >= 0;
    return taken ? 0 : STRAIT_NOT_NOW;
}

static int release_recoverable(struct strait_sync *sync, uint32_t count)
{
    _Atomic uint64_t *word = &words_of(sync)->ledger.held[sync->participant->slot];
    uint64_t held = atomic_load_explicit(word, memory_order_relaxed);
    do {
        if (held < count)
            return -EINVAL;
    } while (!atomic_compare_exchange_weak_explicit(word, &held, held - count, memory_order_seq_cst,
                                                    memory_order_relaxed));
    return 0;
}

/* ---- Both ------------------------------------------------------------------------------------------------
 */

static int take(struct strait_wanted *wanted, bool in_line)
{
    return is_recoverable(wanted->sync) ? take_recoverable(wanted, in_line) : take_plain(wanted, in_line);
}

static bool may_be_had(struct strait_sync *sync)
{
    return strait_semaphore_available((struct strait_semaphore *)sync) > 0;
}

static struct strait_wanted wanted_of(struct strait_sync *sync, uint32_t permits)
{
    return (struct strait_wanted){.sync = sync,
                                  .queue = &words_of(sync)->queue,
                                  .take = take,
                                  .may_be_had = may_be_had,
                                  .count = permits};
}

/* That can ever be had at once. */
static uint64_t most_of(const struct strait_sync *sync)
{
    return is_recoverable(sync) ? (uint64_t)sync->object.value : STRAIT_SEMAPHORE_MAX;
}

int strait_semaphore_take(struct strait_semaphore *semaphore, uint32_t permits,
                          const struct strait_patience *patience)
{
    struct strait_wanted wanted = wanted_of(&semaphore->sync, permits);
    if (permits > most_of(&semaphore->sync) || patience->spin_ns < 0)
        return -EINVAL;
    return permits == 0 ? 0 : strait_sync_take(&wanted, patience);
}

int strait_semaphore_begin(struct strait_semaphore *semaphore, uint32_t permits,
                           struct strait_pending **pending)
{
    struct strait_wanted wanted = wanted_of(&semaphore->sync, permits);
    if (permits > most_of(&semaphore->sync))
        return -EINVAL;
    return permits == 0 ? 0 : strait_sync_begin(&wanted, pending);
}

/* What a newcomer could take. */
static int look_for_permits(struct strait_watch *watch)
{
    struct strait_sync *sync = watch->object;
    const struct strait_wanted newcomer = {.sync = sync, .queue = &words_of(sync)->queue};
    uint64_t available = is_recoverable(sync)
                             ? available_recoverable(sync)
                             : atomic_load_explicit(&newcomer.queue->word, memory_order_acquire);
    return available >= watch->wanted && may_take(&newcomer, false) ? STRAIT_READY : 0;
}

int strait_semaphore_watch(struct strait_semaphore *semaphore, uint32_t permits, struct strait_watch *watch)
{
    struct strait_sync *sync = &semaphore->sync;
    if (permits == 0 || permits > most_of(sync))
        return -EINVAL;
    *watch = strait_sync_watch(sync, &words_of(sync)->queue.watchers, look_for_permits, permits);
    return 0;
}

/* All that can happen, and a function of its own: who gets plain permits at once prepares nothing for it. */
static __attribute__((noinline)) int acquire_with_patience(struct strait_semaphore *semaphore,
                                                           uint32_t permits, int64_t spin_ns,
                                                           int64_t timeout_ns)
{
    struct strait_patience patience = strait_sync_patience(&semaphore->sync, spin_ns, timeout_ns);
    return strait_semaphore_take(semaphore, permits, &patience);
}

static bool take_plain_at_once(struct strait_sync *sync, uint32_t permits)
{
    struct strait_wanted newcomer = {.sync = sync, .queue = &words_of(sync)->queue, .count = permits};
    return !is_recoverable(sync) && permits > 0 && permits <= STRAIT_SEMAPHORE_MAX &&
           take_plain(&newcomer, false) == 0;
}

int strait_semaphore_acquire(struct strait_semaphore *semaphore, uint32_t permits, int64_t spin_ns,
                             int64_t timeout_ns)
{
    struct strait_sync *sync = &semaphore->sync;
    if (spin_ns >= 0 && !strait_sync_is_closed(sync) && take_plain_at_once(sync, permits))
        return 0;
    return acquire_with_patience(semaphore, permits, spin_ns, timeout_ns);
}

int strait_semaphore_release(struct strait_semaphore *semaphore, uint32_t permits)
{
    struct strait_sync *sync = &semaphore->sync;
    if (permits > STRAIT_SEMAPHORE_MAX)
        return -EINVAL;
    if (strait_sync_is_closed(sync))
        return STRAIT_CLOSED;
    int result = is_recoverable(sync) ? release_recoverable(sync, permits) : release_plain(sync, permits);
    STRAIT_KILL_POINT(semaphore_given);
    if (result == 0)
        strait_sync_released(sync, &words_of(sync)->queue);
    return result;
}

int strait_semaphore_drain(struct strait_semaphore *semaphore)
{
    struct strait_sync *sync = &semaphore->sync;
    uint64_t taken = 0;
    if (strait_sync_is_closed(sync))
        return STRAIT_CLOSED;
    if (is_recoverable(sync)) {
        int64_t held = take_from_ledger(sync, 0, STRAIT_SEMAPHORE_MAX, true);
        taken = held < 0 ? 0 : (uint64_t)held;
    } else {
        taken = drain_plain(sync);
        STRAIT_KILL_POINT(semaphore_taken);
    }
    return taken <= STRAIT_SEMAPHORE_MAX ? (int)taken : STRAIT_SEMAPHORE_MAX;
}

int strait_semaphore_available(const struct strait_semaphore *semaphore)
{
    const struct strait_sync *sync = &semaphore->sync;
    if (strait_sync_is_closed(sync))
        return STRAIT_CLOSED;
    uint64_t available = is_recoverable(sync)
                             ? available_recoverable(sync)
                             : atomic_load_explicit(&words_of(sync)->queue.word, memory_order_seq_cst);
    return available <= STRAIT_SEMAPHORE_MAX ? (int)available : STRAIT_SEMAPHORE_MAX;
}

int strait_semaphore_held(const struct strait_semaphore *semaphore)
{
    const struct strait_sync *sync = &semaphore->sync;
    if (strait_sync_is_closed(sync))
        return STRAIT_CLOSED;
    if (!is_recoverable(sync))
        return 0;
    uint64_t held = atomic_load(&words_of(sync)->ledger.held[sync->participant->slot]);
    return held <= STRAIT_SEMAPHORE_MAX ? (int)held : STRAIT_SEMAPHORE_MAX;
}

int strait_semaphore_queued(struct strait_semaphore *semaphore)
{
    if (strait_sync_is_closed(&semaphore->sync))
        return STRAIT_CLOSED;
    return strait_sync_queued(&semaphore->sync, &words_of(&semaphore->sync)->queue);
}

void strait_semaphore_interrupt(struct strait_semaphore *semaphore)
{
    strait_sync_interrupt(&semaphore->sync);
}
