/*
 * Closing a role from another thread, native/src/internal/role.h, for Spin.
 *
 * Parties
 *   user      makes CALLS calls that store to the lane: strait_role_begin, a store, strait_role_end. It stops
 *             when it finds the role closed.
 *   waiter    makes an await call, or interrupts one: strait_role_enter, a look at the segment,
 *             strait_role_exit.
 *   closer    strait_role_quiesce, then strait_role_close, then takes the segment's memory away.
 *   memory    lets the user's stores be seen, at any later time.
 *
 * Properties
 *   No store of the user is seen after the role's word says that it is given up. From then on the next
 *   holder may be at work, which has read tail and cursor and counts on them; and a peer that finds the end
 *   takes the tail that it reads next for the last one.
 *   Nobody is inside an await call when the memory goes.
 *   Everybody gets to an end: a close waits for nothing that does not come.
 *
 * Memory  The user has no fence. Its stores are held in the order of its program; the first may be seen at
 * any time, and a store to the lane may overtake all that stand before it, as on aarch64. Clearing `busy` is
 * a release: it overtakes nothing. The process-wide barrier waits until nothing of the user is held; the
 * user's later loads are then later than the barrier. `closed` and `inside` are sequentially consistent, so
 * nothing of them is held.
 *
 * Left out  Waking, which is in wait.pml: evict's bell brings the waiter out. Whoever fills a claim in place,
 * between two calls: no close can wait for that, and STORES_OUTSIDE shows what then happens; it is for the
 * user to see to. A second user at the same time, which role.h forbids.
 *
 * These switches break it, and Spin must say so:
 *   WITHOUT_BARRIER      the closer sees no `busy` while the user has seen no `closed`
 *   END_WITHOUT_RELEASE  `busy` is seen to be clear before the store that it covers
 *   CLOSED_BEFORE_BUSY   the user looks first: the whole close fits between
 *   CLOSE_WITHOUT_WAIT   the closer does not wait for `busy`
 *   STORES_OUTSIDE       the user stores while it is not busy
 *   ENTER_RELAXED        the waiter's count is held while it looks at `closed`
 */

#define CALLS 2

mtype = { SET_BUSY, STORE, CLEAR_BUSY };

chan held = [8] of { mtype }; /* the user's stores that nobody sees yet; it never fills */
bool busy;
bool closed;
byte inside;
bool inside_held;
bool given_up; /* the role's word says ENDED */
bool gone;     /* the segment's memory */

proctype memory()
{
end:
    do
    :: atomic { held ? SET_BUSY -> busy = true }
    :: atomic { held ? CLEAR_BUSY -> busy = false }
    :: atomic { held ?? STORE -> assert(!given_up) }
#ifdef END_WITHOUT_RELEASE
    :: atomic { !(held ?? [SET_BUSY]) && held ?? [CLEAR_BUSY] -> held ?? CLEAR_BUSY; busy = false }
#endif
#ifdef ENTER_RELAXED
    :: atomic { inside_held -> inside_held = false; inside++ }
#endif
    od
}

proctype user()
{
    byte calls = CALLS;
    do
    :: calls == 0 -> break
    :: calls > 0 ->
        calls--;
#ifndef CLOSED_BEFORE_BUSY
        held ! SET_BUSY;
#endif
        if
        :: closed -> held ! CLEAR_BUSY; break
        :: !closed
        fi;
#ifdef CLOSED_BEFORE_BUSY
        held ! SET_BUSY;
#endif
#ifndef STORES_OUTSIDE
        held ! STORE;
#endif
        held ! CLEAR_BUSY;
#ifdef STORES_OUTSIDE
        held ! STORE
#endif
    od
}

proctype waiter()
{
#ifdef ENTER_RELAXED
    inside_held = true;
#else
    inside++;
#endif
    if
    :: !closed -> assert(!gone) /* here it would sleep, or ring */
    :: closed
    fi;
    atomic { !inside_held -> inside-- }
}

proctype closer()
{
    closed = true;
#ifndef WITHOUT_BARRIER
    empty(held);
#endif
#ifndef CLOSE_WITHOUT_WAIT
    !busy;
#endif
    inside == 0;
    given_up = true;
    gone = true
}

init
{
    atomic { run memory(); run user(); run waiter(); run closer() }
}
