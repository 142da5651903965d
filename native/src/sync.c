#include "internal/sync.h"

#include <errno.h>
#include <stdlib.h>

#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/futex.h"
#include "internal/kill_point.h"

/* ---- Opening and closing ---------------------------------------------------------------------------------
 */

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER; /* and closing, in a forked child */

static int open_locked(struct strait_segment *segment, uint32_t index, struct strait_sync **opened,
                       struct strait_failure *failure)
{
    unsigned char *base = segment->fixed.base;
    uint32_t count = strait_objects_count(base, segment->geometry.sync);
    if (segment->syncs == NULL) {
        segment->syncs = calloc(count, sizeof *segment->syncs);
        if (segment->syncs == NULL)
            return strait_fail(failure, "malloc", -ENOMEM);
        segment->sync_count = count;
    }
    if (index >= segment->sync_count)
        return strait_fail_mismatch(failure, -ENOENT, STRAIT_MISMATCH_OBJECT, segment->sync_count, index);
    struct strait_sync *sync = &segment->syncs[index];
    *opened = sync;
    if (sync->is_open)
        return 0;
    if (!strait_objects_view(base, segment->geometry.sync, index, &sync->object))
        return strait_fail_mismatch(failure, -EUCLEAN, STRAIT_MISMATCH_OBJECT, 0, index);
    sync->participant = segment->self;
    sync->own = strait_participant_own(segment->self, 0);
    pthread_mutex_init(&sync->mutex, NULL);
    sync->is_open = true;
    return 0;
}

int strait_sync_open_at(struct strait_segment *segment, uint32_t index, enum strait_object_kind kind,
                        struct strait_sync **opened, struct strait_failure *failure)
{
    struct strait_sync *sync;
    if (segment->fd < 0)
        return strait_fail(failure, "fork", -EBADF);
    if (strait_objects_count(segment->fixed.base, segment->geometry.sync) == 0)
        return strait_fail_mismatch(failure, -ENOENT, STRAIT_MISMATCH_OBJECT, 0, index);
    pthread_mutex_lock(&opening);
    int result = open_locked(segment, index, &sync, failure);
    pthread_mutex_unlock(&opening);
    if (result < 0)
        return result;
    if (sync->object.kind != kind)
        return strait_fail_mismatch(failure, -EINVAL, STRAIT_MISMATCH_OBJECT, sync->object.kind, kind);
    *opened = sync;
    return 0;
}

int strait_sync_open(struct strait_segment *segment, const char *name, enum strait_object_kind kind,
                     struct strait_sync **opened, struct strait_failure *failure)
{
    if (segment->fd < 0)
        return strait_fail(failure, "fork", -EBADF);
    int index = strait_objects_find(segment->fixed.base, segment->geometry.sync, name);
    if (index < 0)
        return strait_fail_mismatch(failure, index, STRAIT_MISMATCH_OBJECT,
                                    strait_objects_count(segment->fixed.base, segment->geometry.sync), 0);
    return strait_sync_open_at(segment, (uint32_t)index, kind, opened, failure);
}

/* On the stack of a thread that waits, or in a pending; the list holds the one that stands in line too, as
 * its first. */
struct strait_turn {
    struct strait_turn *next;
    uint64_t ticket;
    _Atomic uint32_t bell;
    bool is_pending;
};

/* Whoever looks at a pending sleeps on the doorbell, which is rung for the first in line anyway. */
static void ring_turn(struct strait_turn *turn)
{
    if (turn->is_pending)
        return;
    atomic_fetch_add(&turn->bell, 1);
    strait_futex_wake_all(&turn->bell);
}

/* With the mutex, so that no turn goes away meanwhile. Who calls it rings the doorbell too. */
static void ring_turns(struct strait_sync *sync)
{
    pthread_mutex_lock(&sync->mutex);
    for (struct strait_turn *turn = sync->first; turn != NULL; turn = turn->next)
        ring_turn(turn);
    pthread_mutex_unlock(&sync->mutex);
}

/* All of them at a time: a thread may be inside of two, a condition and its lock. */
static bool is_anybody_inside(struct strait_segment *segment)
{
    bool found = false;
    for (uint32_t i = 0; i < segment->sync_count; i++) {
        struct strait_sync *sync = &segment->syncs[i];
        if (!sync->is_open || atomic_load(&sync->inside) == 0)
            continue;
        ring_turns(sync);
        found = true;
    }
    return found;
}

void strait_sync_shut(struct strait_segment *segment)
{
    for (uint32_t i = 0; i < segment->sync_count; i++)
        atomic_store(&segment->syncs[i].closed, true);
    while (is_anybody_inside(segment)) {
        strait_participant_ring(segment->self, segment->self->slot);
        strait_pause_ns(20000);
    }
}

void strait_sync_hold_still(void)
{
    pthread_mutex_lock(&opening);
}

void strait_sync_go_on(void)
{
    pthread_mutex_unlock(&opening);
}

void strait_sync_forked(struct strait_segment *segment)
{
    for (uint32_t i = 0; i < segment->sync_count; i++)
        atomic_store(&segment->syncs[i].closed, true);
}

bool strait_sync_enter(struct strait_sync *sync)
{
    /* Sequentially consistent, as are the others: strait_sync_shut sees us or we it. */
    atomic_fetch_add(&sync->inside, 1);
    if (!atomic_load(&sync->closed))
        return true;
    strait_sync_exit(sync);
    return false;
}

void strait_sync_exit(struct strait_sync *sync)
{
    atomic_fetch_sub(&sync->inside, 1);
}

int strait_sync_look(struct strait_sync *sync, uint32_t interrupts)
{
    if (strait_sync_is_closed(sync))
        return STRAIT_CLOSED;
    return atomic_load_explicit(&sync->interrupts, memory_order_relaxed) == interrupts ? 0 : -EINTR;
}

void strait_sync_interrupt(struct strait_sync *sync)
{
    if (!strait_sync_enter(sync))
        return;
    atomic_fetch_add(&sync->interrupts, 1);
    ring_turns(sync);
    strait_participant_ring(sync->participant, sync->participant->slot);
    strait_sync_exit(sync);
}

/* ---- The line --------------------------------------------------------------------------------------------
 */

/* The bit of the slot with the lowest ticket below `limit`, of those in `slots`; 0 when none has one. */
static uint64_t first_of(const struct strait_queue *queue, uint64_t slots, uint64_t limit)
{
    uint64_t first = 0;
    for (; slots != 0; slots &= slots - 1) {
        uint64_t ticket = atomic_load_explicit(&queue->ticket[__builtin_ctzll(slots)], memory_order_acquire);
        if (ticket != 0 && ticket < limit) {
            limit = ticket;
            first = slots & -slots;
        }
    }
    return first;
}

bool strait_sync_is_first(const struct strait_sync *sync, const struct strait_queue *queue, uint64_t ticket)
{
    uint64_t others = atomic_load_explicit(&queue->waiting, memory_order_acquire);
    return first_of(queue, others & ~(UINT64_C(1) << sync->participant->slot), ticket) == 0;
}

static uint64_t slots_in_line(const struct strait_sync *sync, const struct strait_queue *queue)
{
    uint32_t slot_count = sync->participant->segment->geometry.slot_count;
    uint64_t slots = UINT64_MAX >> (STRAIT_SLOTS - slot_count);
    /* ORDER: our leaving, when we left, before the look at who waits. PAIRS WITH sleep_until in wait.c. */
    return atomic_load_explicit(&queue->waiting, memory_order_seq_cst) & slots;
}

/* From inside. The first in line, or those who watch. */
static void wake(const struct strait_sync *sync, struct strait_queue *queue)
{
    uint64_t waiting = slots_in_line(sync, queue);
    if (waiting == 0) {
        STRAIT_KILL_POINT(line_empty);
        if (atomic_load_explicit(&queue->watchers, memory_order_seq_cst) != 0)
            strait_wait_wake(sync->participant, &queue->watchers);
        return;
    }
    uint64_t first = first_of(queue, waiting, UINT64_MAX);
    STRAIT_KILL_POINT(line_first);
    if (first != 0)
        strait_participant_ring(sync->participant, (uint32_t)__builtin_ctzll(first));
}

void strait_sync_wake(struct strait_sync *sync, struct strait_queue *queue)
{
    if (!strait_sync_enter(sync)) /* who closes rings everybody */
        return;
    wake(sync, queue);
    strait_sync_exit(sync);
}

int strait_sync_queued(struct strait_sync *sync, const struct strait_queue *queue)
{
    int processes = __builtin_popcountll(slots_in_line(sync, queue));
    pthread_mutex_lock(&sync->mutex);
    int behind = sync->turns > 0 ? (int)sync->turns - 1 : 0;
    pthread_mutex_unlock(&sync->mutex);
    return processes + behind;
}

static void stand_in_line(const struct strait_wanted *wanted)
{
    uint32_t slot = wanted->sync->participant->slot;
    atomic_store_explicit(&wanted->queue->ticket[slot], wanted->ticket, memory_order_release);
    STRAIT_KILL_POINT(line_ticket);
    /* ORDER: the ticket before the bit. PAIRS WITH first_of. */
    atomic_fetch_or_explicit(&wanted->queue->waiting, UINT64_C(1) << slot, memory_order_seq_cst);
    STRAIT_KILL_POINT(line_bit);
}

/* Or lets the thread behind us stand there. */
static void leave_line(const struct strait_wanted *wanted, const struct strait_turn *next)
{
    uint32_t slot = wanted->sync->participant->slot;
    if (next == NULL) {
        atomic_fetch_and_explicit(&wanted->queue->waiting, ~(UINT64_C(1) << slot), memory_order_seq_cst);
        STRAIT_KILL_POINT(line_bit_cleared);
    }
    atomic_store_explicit(&wanted->queue->ticket[slot], next == NULL ? 0 : next->ticket,
                          memory_order_release);
    STRAIT_KILL_POINT(line_left);
}

static void pass_on(const struct strait_wanted *wanted)
{
    /* ORDER: our leaving before the look at what there is: a release may have woken us in vain, and passed
     * the watchers over. PAIRS WITH strait_sync_released. */
    strait_fence();
    if (wanted->may_be_had(wanted->sync))
        wake(wanted->sync, wanted->queue);
}

/* ---- Turns: first come, first served inside this process -------------------------------------------------
 */

/* The mutex keeps tickets in the order of turns. */
static void begin_turn(struct strait_wanted *wanted, struct strait_turn *turn)
{
    struct strait_sync *sync = wanted->sync;
    pthread_mutex_lock(&sync->mutex);
    turn->ticket = atomic_fetch_add_explicit(&wanted->queue->next_ticket, 1, memory_order_relaxed);
    wanted->ticket = turn->ticket;
    if (sync->first == NULL) {
        sync->first = turn;
        stand_in_line(wanted);
    } else {
        sync->last->next = turn;
    }
    sync->last = turn;
    sync->turns++;
    pthread_mutex_unlock(&sync->mutex);
}

static struct strait_turn *turn_before(const struct strait_sync *sync, const struct strait_turn *turn)
{
    struct strait_turn *before = sync->first;
    while (before->next != turn)
        before = before->next;
    return before;
}

static void end_turn(const struct strait_wanted *wanted, const struct strait_turn *turn)
{
    struct strait_sync *sync = wanted->sync;
    pthread_mutex_lock(&sync->mutex);
    bool was_first = sync->first == turn;
    struct strait_turn *before = was_first ? NULL : turn_before(sync, turn);
    if (sync->last == turn)
        sync->last = before;
    sync->turns--;
    if (was_first) {
        sync->first = turn->next;
        leave_line(wanted, turn->next);
        if (turn->next != NULL)
            ring_turn(turn->next);
    } else {
        before->next = turn->next;
    }
    pthread_mutex_unlock(&sync->mutex);
    if (was_first)
        pass_on(wanted);
}

static bool is_our_turn(struct strait_sync *sync, const struct strait_turn *turn)
{
    pthread_mutex_lock(&sync->mutex);
    bool is_first = sync->first == turn;
    pthread_mutex_unlock(&sync->mutex);
    return is_first;
}

/* 0 when it is our turn; TIMED_OUT, CLOSED, -EINTR. */
static int await_turn(const struct strait_wanted *wanted, struct strait_turn *turn, int64_t deadline_ns)
{
    for (;;) {
        uint32_t bell = atomic_load(&turn->bell);
        if (is_our_turn(wanted->sync, turn))
            return 0;
        int result = strait_sync_look(wanted->sync, wanted->interrupts);
        if (result != 0)
            return result;
        int64_t now_ns = strait_now_ns();
        if (now_ns >= deadline_ns)
            return STRAIT_TIMED_OUT;
        result = strait_futex_wait(&turn->bell, bell, strait_earlier(deadline_ns, now_ns + STRAIT_NAP_NS));
        if (result < 0 && result != -EAGAIN && result != -ETIMEDOUT && result != -EINTR)
            return result; /* as in wait.c */
    }
}

/* ---- Taking ----------------------------------------------------------------------------------------------
 */

static int look_in_line(void *context)
{
    struct strait_wanted *wanted = context;
    int result = wanted->take(wanted, true);
    if (result != STRAIT_NOT_NOW)
        return result == 0 ? STRAIT_READY : result;
    return strait_sync_look(wanted->sync, wanted->interrupts);
}

static int wait_in_line(struct strait_wanted *wanted, int64_t spin_ns, int64_t deadline_ns)
{
    int64_t left_ns = deadline_ns == STRAIT_NEVER ? STRAIT_WAIT_FOREVER : deadline_ns - strait_now_ns();
    int result = strait_wait_until(wanted->sync->participant, &wanted->queue->waiting, look_in_line, wanted,
                                   spin_ns, left_ns);
    return result == STRAIT_READY ? 0 : result;
}

static int take_in_line(struct strait_wanted *wanted, const struct strait_patience *patience)
{
    struct strait_turn turn = {0};
    int64_t deadline_ns = strait_deadline_after(patience->timeout_ns);
    wanted->interrupts = patience->interrupts;
    begin_turn(wanted, &turn);
    int result = await_turn(wanted, &turn, deadline_ns);
    if (result == 0)
        result = wait_in_line(wanted, patience->spin_ns, deadline_ns);
    end_turn(wanted, &turn);
    return result;
}

int strait_sync_wait(struct strait_wanted *wanted, const struct strait_patience *patience)
{
    if (patience->timeout_ns <= 0)
        return STRAIT_TIMED_OUT;
    if (!strait_sync_enter(wanted->sync))
        return STRAIT_CLOSED;
    int result = take_in_line(wanted, patience);
    strait_sync_exit(wanted->sync);
    return result;
}

/* ---- Pending ---------------------------------------------------------------------------------------------
 */

struct pending_turn {
    struct strait_pending pending;
    struct strait_wanted wanted;
    struct strait_turn turn;
};

static int look_at_turn(struct strait_pending *pending)
{
    struct pending_turn *place = (struct pending_turn *)pending;
    struct strait_wanted *wanted = &place->wanted;
    wanted->interrupts = atomic_load(&wanted->sync->interrupts); /* these are for threads */
    if (is_our_turn(wanted->sync, &place->turn))
        return look_in_line(wanted);
    return strait_sync_look(wanted->sync, wanted->interrupts);
}

static int leave_turn(struct strait_pending *pending, int outcome)
{
    struct pending_turn *place = (struct pending_turn *)pending;
    end_turn(&place->wanted, &place->turn);
    strait_sync_exit(place->wanted.sync);
    return outcome == STRAIT_READY ? 0 : outcome;
}

/* From inside, where the pending stays. */
static int begin_inside(const struct strait_wanted *wanted, struct strait_pending **pending)
{
    const struct strait_watch watch = {.participant = wanted->sync->participant->segment->self};
    struct pending_turn *place = strait_pending_new(sizeof *place, &watch, look_at_turn, leave_turn);
    if (place == NULL)
        return -ENOMEM;
    place->wanted = *wanted;
    place->turn.is_pending = true;
    begin_turn(&place->wanted, &place->turn);
    *pending = &place->pending;
    return 0;
}

int strait_sync_begin(struct strait_wanted *wanted, struct strait_pending **pending)
{
    if (!strait_sync_enter(wanted->sync))
        return STRAIT_CLOSED;
    wanted->is_pending = true;
    int result = wanted->take(wanted, false);
    if (result == STRAIT_NOT_NOW)
        result = begin_inside(wanted, pending);
    if (*pending == NULL)
        strait_sync_exit(wanted->sync);
    return result;
}
