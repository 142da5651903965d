#include "internal/role.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal/failure.h"

void strait_role_init(struct strait_role *role, const struct strait_participant *participant,
                      _Atomic uint64_t *word)
{
    role->participant = participant;
    role->word = word;
    atomic_store(&role->closed, true);
}

int strait_role_open(struct strait_role *role, struct strait_failure *failure)
{
    uint64_t previous = atomic_load_explicit(role->word, memory_order_acquire);
    uint64_t owner;
    do {
        if (strait_owner_state(previous) == STRAIT_OWNER_LIVE &&
            strait_participant_is_alive(role->participant, previous))
            return strait_fail_mismatch(failure, -EBUSY, STRAIT_MISMATCH_HOLDER, 0,
                                        strait_participant_pid(role->participant, previous));
        owner = strait_participant_own(role->participant, previous);
    } while (!atomic_compare_exchange_strong_explicit(role->word, &previous, owner, memory_order_acq_rel,
                                                      memory_order_acquire));
    atomic_store(&role->owner, owner);
    atomic_store(&role->interrupted, false);
    return 0;
}

bool strait_role_quiesce(struct strait_role *role)
{
    if (atomic_exchange(&role->closed, true))
        return false;
    strait_role_barrier();
    while (atomic_load_explicit(&role->busy, memory_order_acquire))
        sched_yield();
    return true;
}

/* Sleepers must be gone before their memory is: a wake-up cannot reach them any more after that. */
static void evict(struct strait_role *role)
{
    atomic_store(&role->closed, true);
    while (atomic_load(&role->inside) != 0) {
        strait_wait_ring(role->participant, role->participant->slot);
        sched_yield();
    }
}

bool strait_role_close(struct strait_role *role)
{
    uint64_t owner = atomic_exchange(&role->owner, 0);
    if (owner == 0)
        return false;
    evict(role);
    /* ORDER: the last tail or cursor before the end. PAIRS WITH the peer's look at this word, then at those.
     */
    atomic_store_explicit(role->word, strait_owner_in_state(owner, STRAIT_OWNER_ENDED), memory_order_release);
    strait_wait_ring_all(role->participant);
    return true;
}

void strait_role_interrupt(struct strait_role *role)
{
    atomic_store(&role->interrupted, true);
    if (strait_role_enter(role, atomic_load(&role->owner))) { /* so the doorbell stays mapped meanwhile */
        strait_wait_ring(role->participant, role->participant->slot);
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
    nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}
