/*
 * The watchers of a semaphore or a lock, for Spin: those who wait for it beside other things, and do not stand
 * in line. native/src/internal/sync.h has the rules.
 *
 * Parties
 *   a releaser    releases two permits, one after the other.
 *   two users     stand in line when they cannot have what they want: one permit the first, which keeps it; two
 *                 at once the second, which may give up. Each is a participant of its own.
 *   two watchers  of two participants, which wait until there is a permit and nobody in line, and take none.
 *   memory        carries out, at any later time, what the others have stored.
 *
 * Property  No watcher sleeps on when all have come to rest, there is a permit, and nobody stands in line.
 *
 * Memory  A release, the bit that a watcher sets, and the clearing of a bit by who leaves the line are held
 * until `memory` lets them go; their own thread goes on meanwhile and loads what others have stored. A fence
 * waits until nothing of its thread is held. Where the code has a seq_cst read-modify-write and a seq_cst load
 * instead, that is what stands for it. Each look at a word is a step of its own.
 *
 * Left out  What semaphore.pml and wait.pml have: how a user comes into line, who is first there, that a ring
 * is two steps, threads that share a doorbell, naps. Deaths: the reclaimer rings everybody. A semaphore that
 * lets newcomers overtake is ready for a watcher in more cases, and promises it no more.
 *
 * These switches break the protocol, and Spin must say so:
 *   RELEASE_WITHOUT_FENCE     it looks at line and watchers while nobody sees its permit
 *   WATCHER_WITHOUT_FENCE     it looks while nobody sees its bit
 *   LEAVER_WITHOUT_FENCE      it looks at the permits while a release still sees its bit, and wakes it in vain
 *   LEAVER_TELLS_NO_WATCHERS  the release that woke it passed them over
 *   LINE_SEEN_BEFORE_RELEASE  who left since has looked, and found no permit
 *   BELL_READ_AFTER_LOOK      a ring between the two is part of the value that it sleeps on
 *   RINGS_BEFORE_TAKING       the bit of one who comes in between is taken, and nobody rings for it
 *   WAKES_ONE                 nobody takes what there is, so nobody passes the wake-up on
 */

#define BIT(i)  (1 << (i))
#define WATCHER 2 /* the first watcher's doorbell; the users have 0 and 1 */

byte word;           /* permits */
byte waiting;        /* the line: a bitmap, */
byte ticket[2];      /* and who came when */
byte next_ticket = 1;
byte watchers;       /* a bitmap */
bool rung[4];        /* whether the doorbell differs from what its owner read */
byte release_held;
bool clear_held[2];
bool bit_held[2];
bool is_ready[2];    /* what a watcher has found */

#ifdef RELEASE_WITHOUT_FENCE
#define RELEASE_FENCE true
#else
#define RELEASE_FENCE (release_held == 0)
#endif

#ifdef WATCHER_WITHOUT_FENCE
#define WATCHER_FENCE true
#else
#define WATCHER_FENCE (!bit_held[me])
#endif

#ifdef LEAVER_WITHOUT_FENCE
#define LEAVER_FENCE true
#else
#define LEAVER_FENCE (!clear_held[me])
#endif

proctype memory()
{
end:
    do
    :: d_step { release_held > 0 -> release_held--; word++ }
    :: d_step { clear_held[0] -> clear_held[0] = false; waiting = waiting & ~BIT(0); ticket[0] = 0 }
    :: d_step { clear_held[1] -> clear_held[1] = false; waiting = waiting & ~BIT(1); ticket[1] = 0 }
    :: d_step { bit_held[0] -> bit_held[0] = false; watchers = watchers | BIT(0) }
    :: d_step { bit_held[1] -> bit_held[1] = false; watchers = watchers | BIT(1) }
    od
}

/* ---- Waking -------------------------------------------------------------------------------------------- */

/* strait_wait_wake */
inline wake_watchers()
{
#ifdef RINGS_BEFORE_TAKING
    seen = watchers;
    rung[WATCHER] = (rung[WATCHER] || (seen & BIT(0)));
    rung[WATCHER + 1] = (rung[WATCHER + 1] || (seen & BIT(1)));
    watchers = 0;
#else
    d_step { seen = watchers; watchers = 0 };
    if
    :: seen & BIT(0) -> rung[WATCHER] = true
    :: !(seen & BIT(0))
    fi;
    if
#ifdef WAKES_ONE
    :: seen == BIT(1) -> rung[WATCHER + 1] = true
    :: seen != BIT(1)
#else
    :: seen & BIT(1) -> rung[WATCHER + 1] = true
    :: !(seen & BIT(1))
#endif
    fi;
#endif
    seen = 0
}

/* The first in line whose bit was seen; its ticket may have gone meanwhile. */
inline ring_first()
{
    d_step {
        if
        :: (seen & BIT(0)) && ticket[0] != 0 && (!(seen & BIT(1)) || ticket[1] == 0 || ticket[0] < ticket[1]) ->
            rung[0] = true
        :: else ->
            if
            :: (seen & BIT(1)) && ticket[1] != 0 -> rung[1] = true
            :: else
            fi
        fi;
        seen = 0
    }
}

/* wake in sync.c */
inline wake()
{
    seen = waiting;
    if
    :: seen != 0 -> ring_first()
    :: seen == 0 -> wake_watchers()
    fi
}

/* strait_semaphore_release, with strait_sync_released */
proctype releaser(byte left)
{
    byte seen;
    bool is_watched;
    do
    :: left == 0 -> break
    :: left > 0 ->
        left--;
#ifdef LINE_SEEN_BEFORE_RELEASE
        is_watched = (waiting == 0);
        release_held++;
        RELEASE_FENCE;
        if
        :: is_watched -> wake_watchers()
        :: !is_watched -> seen = waiting; ring_first()
        fi;
#else
        release_held++;
        if
        :: RELEASE_FENCE && waiting != 0 -> wake()
        :: RELEASE_FENCE && waiting == 0 ->
            is_watched = (watchers != 0);
            if
            :: is_watched -> wake()
            :: !is_watched
            fi
        fi;
#endif
        is_watched = false
    od
}

/* ---- Who stands in line -------------------------------------------------------------------------------- */

#define OTHER       (1 - me)
#define IS_FIRST    (!(waiting & BIT(OTHER)) || ticket[OTHER] == 0 || ticket[OTHER] > ticket[me])
#define CAN_TAKE    (word >= wants && IS_FIRST)

proctype user(byte me; byte wants; bool may_give_up)
{
    byte seen;
    if
    :: atomic { word >= wants && waiting == 0 -> word = word - wants; goto end_outside }
    :: atomic {
            !(word >= wants && waiting == 0) ->
            ticket[me] = next_ticket;
            next_ticket++;
            waiting = waiting | BIT(me)
        }
    fi;
    do
    :: rung[me] = false;
        if
        :: atomic { CAN_TAKE -> word = word - wants; break }
        :: !CAN_TAKE
        fi;
end_asleep:
        if
        :: rung[me]
        :: may_give_up -> break
        fi
    od;
    clear_held[me] = true;
    if
    :: LEAVER_FENCE && word == 0
    :: LEAVER_FENCE && word > 0 ->
#ifdef LEAVER_TELLS_NO_WATCHERS
        seen = waiting;
        ring_first()
#else
        wake()
#endif
    fi;
end_outside:
    skip
}

/* ---- Who watches --------------------------------------------------------------------------------------- */

/* strait_watches_round, and the sleep behind it */
proctype watcher(byte me)
{
    bool is_there;
    do
    :: d_step {
#ifndef BELL_READ_AFTER_LOOK
            rung[WATCHER + me] = false;
#endif
            bit_held[me] = true /* nobody sees it yet, so this may be one step with the load */
        };
        d_step { WATCHER_FENCE -> is_there = (word > 0) };
        is_there = (is_there && waiting == 0);
        if
        :: is_there -> is_ready[me] = true; break
        :: !is_there
        fi;
#ifdef BELL_READ_AFTER_LOOK
        rung[WATCHER + me] = false;
#endif
end_asleep:
        rung[WATCHER + me]
    od
}

init
{
    atomic {
        run memory();
        run releaser(2);
        run user(0, 1, false);
        run user(1, 2, true);
        run watcher(0);
        run watcher(1)
    };
    timeout ->
    assert(word == 0 || waiting != 0 || (is_ready[0] && is_ready[1]))
}
