#include "internal/wait.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>

#include "internal/deadline.h"
#include "internal/futex.h"
#include "internal/kill_point.h"

#define LOOKS_PER_CLOCK  32 /* a look and a pause take 15 to 50 ns, a look at the clock 20 to 25 */
#define CLOCKS_PER_YIELD 32 /* so about every 50 µs */

_Atomic int64_t strait_wait_nap_ns = STRAIT_NAP_NS;

#ifdef STRAIT_TSAN
_Atomic unsigned strait_tsan_fence;
#endif

/*
 * Looks until `until_ns`; 0 when that time has come. With one usable processor the peer may be waiting for
 * it, so it is offered now and then; seldom, because the peer of a pinned thread is more likely on another
 * one.
 */
static int spin(strait_look *look, void *context, bool alone, int64_t until_ns)
{
    for (unsigned round = 1;; round++) {
        for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
            int result = look(context);
            if (result != 0)
                return result;
            strait_pause();
        }
        if (alone && round % CLOCKS_PER_YIELD == 0)
            sched_yield();
        if (strait_now_ns() >= until_ns)
            return 0;
    }
}

static int sleep_until(const struct strait_participant *participant, _Atomic uint64_t *waiters,
                       strait_look *look, void *context, int64_t deadline_ns)
{
    _Atomic uint32_t *doorbell = &participant->slots[participant->slot].doorbell;
    for (;;) {
        uint32_t before = atomic_load_explicit(doorbell, memory_order_acquire);
        atomic_fetch_or_explicit(waiters, UINT64_C(1) << participant->slot, memory_order_relaxed);
        STRAIT_KILL_POINT(sleep_bit);
        /* ORDER: our bit before our look. PAIRS WITH strait_wait_published. */
        strait_fence();
        int result = look(context);
        STRAIT_KILL_POINT(sleep_looked);
        if (result != 0)
            return result;
        int64_t now_ns = strait_now_ns();
        if (now_ns >= deadline_ns)
            return STRAIT_TIMED_OUT;
        result =
            strait_futex_wait(doorbell, before, strait_earlier(deadline_ns, now_ns + strait_wait_nap_ns));
        STRAIT_KILL_POINT(sleep_woken);
        if (result < 0 && result != -EAGAIN && result != -ETIMEDOUT && result != -EINTR)
            return result; /* a sandbox, for instance: better than looking for ever without sleeping */
    }
}

int strait_wait_awake(strait_look *look, void *context, bool alone, int64_t spin_ns, int64_t timeout_ns,
                      int64_t *deadline_ns)
{
    int result = look(context);
    if (result != 0)
        return result;
    if (timeout_ns <= 0)
        return STRAIT_TIMED_OUT;
    *deadline_ns = strait_deadline_after(timeout_ns);
    if (spin_ns == STRAIT_SPIN_ONLY) {
        result = spin(look, context, alone, *deadline_ns);
        return result != 0 ? result : STRAIT_TIMED_OUT;
    }
    if (spin_ns <= 0 || alone)
        return 0;
    return spin(look, context, false, strait_earlier(*deadline_ns, strait_deadline_after(spin_ns)));
}

int strait_wait_until(const struct strait_participant *participant, _Atomic uint64_t *waiters,
                      strait_look *look, void *context, int64_t spin_ns, int64_t timeout_ns)
{
    int64_t deadline_ns;
    int result = strait_wait_awake(look, context, participant->alone, spin_ns, timeout_ns, &deadline_ns);
    return result != 0 ? result : sleep_until(participant, waiters, look, context, deadline_ns);
}

void strait_wait_wake(const struct strait_participant *participant, _Atomic uint64_t *waiters)
{
    uint64_t bits = atomic_exchange_explicit(waiters, 0, memory_order_acq_rel);
    STRAIT_KILL_POINT(wake_taken);
    for (; bits != 0; bits &= bits - 1) {
        uint32_t slot = (uint32_t)__builtin_ctzll(bits);
        if (slot < participant->segment->geometry.slot_count)
            strait_participant_ring(participant, slot);
    }
}
