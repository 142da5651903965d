#include "internal/role.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/kill_point.h"
#include "internal/warden.h"

#define ATTEMPTS       100
#define DYING_PAUSE_NS 1000000
#define OPENING        1 /* an owner word of no state that is ever stored */

void strait_role_init(struct strait_role *role, struct strait_participant *participant, int handle,
                      _Atomic uint64_t *word)
{
    role->participant = participant;
    role->word = word;
    atomic_store(&role->closed, true);
    participant->closed[handle] = &role->closed;
}

/* How whoever has the role is. A dead one is reclaimed first, so that everybody hears of its end. Meanwhile
 * another may have taken the role: then its life has to be looked at anew. */
static enum strait_life life_of_holder(struct strait_role *role, uint64_t *holder)
{
    for (int look = 0; look < ATTEMPTS; look++) {
        if (strait_owner_state(*holder) != STRAIT_OWNER_LIVE)
            return STRAIT_DEAD;
        const uint64_t looked_at = *holder;
        enum strait_life life = strait_participant_life(role->participant, looked_at);
        if (life != STRAIT_DEAD)
            return life;
        strait_warden_reclaim(role->participant, strait_owner_slot(looked_at));
        *holder = atomic_load_explicit(role->word, memory_order_acquire);
        if (*holder == looked_at)
            return STRAIT_DEAD;
    }
    return STRAIT_LIVE;
}

/* The role's word goes from its last holder to us: 1 when there was one, else 0. A peer that keeps changing
 * it does not keep us for ever. */
static int take(struct strait_role *role, struct strait_failure *failure)
{
    int64_t deadline_ns = strait_deadline_after(STRAIT_DYING_NS);
    uint64_t previous = atomic_load_explicit(role->word, memory_order_acquire);
    for (int attempt = 0; attempt < ATTEMPTS;) {
        enum strait_life life = life_of_holder(role, &previous);
        if (life == STRAIT_DYING && strait_now_ns() < deadline_ns) {
            strait_pause_ns(DYING_PAUSE_NS);
            previous = atomic_load_explicit(role->word, memory_order_acquire);
            continue;
        }
        if (life != STRAIT_DEAD)
            break;
        uint64_t owner = strait_participant_own(role->participant, previous);
        if (atomic_compare_exchange_strong_explicit(role->word, &previous, owner, memory_order_acq_rel,
                                                    memory_order_acquire)) {
            STRAIT_KILL_POINT(open_owner);
            atomic_store(&role->owner, owner);
            return strait_owner_state(previous) != STRAIT_OWNER_FREE;
        }
        attempt++;
    }
    return strait_fail_mismatch(failure, -EBUSY, STRAIT_MISMATCH_HOLDER, 0,
                                strait_participant_pid(role->participant, previous));
}

int strait_role_open(struct strait_role *role, struct strait_failure *failure)
{
    uint64_t nobody = 0;
    if (role->participant->segment->fd < 0)
        return strait_fail(failure, "fork", -EBADF); /* and we are the child */
    /* What we hold is known from our own memory: a peer may have changed the word. */
    if (!atomic_compare_exchange_strong(&role->owner, &nobody, OPENING))
        return strait_fail_mismatch(failure, -EBUSY, STRAIT_MISMATCH_HOLDER, 0, (uint64_t)getpid());
    int result = take(role, failure);
    if (result < 0)
        atomic_store(&role->owner, 0);
    atomic_store(&role->interrupted, false);
    return result;
}

bool strait_role_quiesce(struct strait_role *role)
{
    if (atomic_exchange(&role->closed, true))
        return false;
    strait_role_barrier();
    while (atomic_load_explicit(&role->busy, memory_order_acquire))
        strait_pause_ns(20000); /* not sched_yield, which lets nobody of lower priority run */
    return true;
}

/* Sleepers must be gone before their memory is: a wake-up cannot reach them any more after that. */
static void evict(struct strait_role *role)
{
    atomic_store(&role->closed, true);
    while (atomic_load(&role->inside) != 0) {
        strait_participant_ring(role->participant, role->participant->slot);
        strait_pause_ns(20000);
    }
}

void strait_role_close(struct strait_role *role)
{
    uint64_t owner = atomic_load(&role->owner);
    if (owner == 0)
        return;
    evict(role);
    STRAIT_KILL_POINT(close_before_end);
    /* ORDER: the last tail or cursor before the end. PAIRS WITH the peer's look at this word, then at those.
     */
    atomic_store_explicit(role->word, strait_owner_in_state(owner, STRAIT_OWNER_ENDED), memory_order_release);
    STRAIT_KILL_POINT(close_after_end);
    atomic_store(&role->owner, 0);
    strait_participant_ring_all(role->participant);
    STRAIT_KILL_POINT(close_told);
}

void strait_role_interrupt(struct strait_role *role)
{
    atomic_store(&role->interrupted, true);
    if (strait_role_enter(role, atomic_load(&role->owner))) { /* so the doorbell stays mapped meanwhile */
        strait_participant_ring(role->participant, role->participant->slot);
        strait_role_exit(role);
    }
}

bool strait_role_enter(struct strait_role *role, uint64_t owner)
{
    atomic_fetch_add(&role->inside,
                     1); /* sequentially consistent, as are the others: evict sees us or we it */
    if (owner != 0 && !atomic_load(&role->closed) && atomic_load(&role->owner) == owner)
        return true;
    strait_role_exit(role);
    return false;
}

void strait_role_exit(struct strait_role *role)
{
    atomic_fetch_sub(&role->inside, 1);
}

int strait_role_look(struct strait_role *role)
{
    if (atomic_load_explicit(&role->closed, memory_order_relaxed))
        return STRAIT_CLOSED;
    if (atomic_load_explicit(&role->interrupted, memory_order_relaxed) &&
        atomic_exchange(&role->interrupted, false))
        return -EINTR;
    return 0;
}

int strait_role_news_of(uint64_t peer, uint64_t *said)
{
    enum strait_owner_state state = strait_owner_state(peer);
    if (peer == *said || (state != STRAIT_OWNER_ENDED && state != STRAIT_OWNER_DEAD))
        return 0;
    *said = peer;
    return state == STRAIT_OWNER_ENDED ? STRAIT_END : STRAIT_PEER_DIED;
}

bool strait_role_describe(const struct strait_role *role, const _Atomic uint64_t *peer,
                          struct strait_participant_info *info)
{
    if (atomic_load_explicit(&role->closed, memory_order_relaxed))
        return false;
    return strait_participant_describe_owner(role->participant,
                                             atomic_load_explicit(peer, memory_order_acquire), info);
}

const void *strait_role_thread(void)
{
    static _Thread_local char here;
    return &here;
}

/*
 * PRIVATE_EXPEDITED (4.14) takes microseconds and must be announced once; GLOBAL (4.3) takes milliseconds.
 * Where a sandbox refuses both we wait: a processor's stores become visible within nanoseconds, whatever it
 * runs.
 */
void strait_role_barrier(void)
{
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
        return;
    if (syscall(SYS_membarrier, MEMBARRIER_CMD_SHARED, 0, 0) == 0)
        return;
    strait_pause_ns(1000000);
}
