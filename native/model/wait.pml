/*
 * The protocol of native/src/internal/wait.h, for Spin: sleeping until something is published, and waking
 * those who sleep.
 *
 * Parties
 *   two sleepers     threads of one participant, which share its bit and its doorbell. Each waits for one of
 *                    three things until it knows all there will be of it, and calls anew for each message. It
 *                    looks at that one thing alone: one that looked at more would only wake sooner.
 *   two publishers   of one lane each: two messages on lane 0, one on lane 1.
 *   a closer         stores a flag and rings without looking at the bitmap. Either it ends a role, and rings
 *                    every slot that it finds taken, or it interrupts, and rings its own participant.
 *   memory           carries out, at any later time, what the others have stored.
 *
 * Property  Nobody sleeps for ever although what it waits for is there. Everything is published in every run,
 * so a sleeper that does not get to its end is stuck, and Spin reports the invalid end state. Without NAP
 * nobody naps: unless a party stops, the protocol must do without.
 *
 * Memory  A plain store, and the relaxed read-modify-write that sets a bit, is held until `memory` lets it
 * go; its own thread goes on meanwhile and loads what others have stored. A fence waits until nothing of its
 * thread is held, and so does a release before its own store is seen. This is weaker than x86, where no
 * read-modify-write is ever held. Loads are made in program order, since each is an acquire load or follows a
 * fence.
 *
 * The kernel  A futex wait compares and falls asleep in one step. A bump and its wake are two: while the
 * waker is between them the doorbell differs, but whoever is asleep stays so. The kernel's own barriers are
 * taken for granted.
 *
 * Left out  The doorbell's value. What counts is whether it was bumped since a sleeper read it; that it comes
 * round to the same value, after 2^31 bumps between reading and sleeping, is not modelled. Deadlines: a
 * sleeper that gives up leaves its bit set, and so does one here that finds its message without sleeping.
 * Other participants have bits and doorbells of their own. A sleeper on a ring's other bitmap shares the
 * doorbell but not the bit: less than what the two here share. Spinning needs no waking.
 *
 * A run with WAKES_EARLY lets one sleep end at any moment, as a signal does, or a nap.
 *
 * These switches break the protocol, and Spin must say so:
 *   PUBLISHER_WITHOUT_FENCE   it looks at the bitmap while nobody sees its tail
 *   SLEEPER_WITHOUT_FENCE     it looks at the tail while nobody sees its bit
 *   BIT_SET_ONCE              who is woken by what its sibling waits for sleeps again without a bit
 *   SLEEPER_CLEARS_BIT        and its sibling's with it
 *   BELL_READ_AFTER_LOOK      a bump between the two is part of the value that it sleeps on
 *   RINGS_BEFORE_TAKING       the bit of one who comes in between is taken, and nobody rings for it
 *   WAKES_ONE                 the other one of the two sleeps on, and its bit is gone
 *   CLOSER_RINGS_FIRST        who looks between the ring and the flag sleeps on
 *   CLOSER_WITHOUT_FENCE      it looks for taken slots while nobody sees its flag: who joins meanwhile is not
 *                             rung, and does not see the flag
 *   BUMP_WITHOUT_RELEASE      the bump is seen before the flag, and the sleeper sleeps again
 *
 * These stop a party for ever: publisher 0 in its last message, or the closer. Nobody can tell it from a slow
 * one. Without NAP Spin must find a sleeper that it leaves behind. With NAP, each sleeper looks once more
 * when all others have come to rest, and that must do.
 *   STOPS_BEFORE_LOOK   after its store, before it looks at the bitmap or at slots
 *   STOPS_BEFORE_BUMP   after it took the bits; publisher 1 then finds none, and wakes nobody either
 *   STOPS_BEFORE_WAKE   after the bump
 */

#define CLOSER 2 /* its number, and its flag's; 0 and 1 are the publishers and their tails */

byte published[3];   /* stores that everybody sees: messages of each lane, and the flag */
byte held[3];        /* stores that nobody sees yet */
bool waiters;        /* the participant's bit in the bitmap */
bool waiters_held[2];
bool joined;         /* the participant's slot is taken */
bool rung[2] = true; /* whether the doorbell differs from what sleeper i read; true while it has not read */
bool asleep[2];      /* whether sleeper i is in the kernel's queue */
bool may_wake_early;

/* ---- Order --------------------------------------------------------------------------------------------- */

#ifdef PUBLISHER_WITHOUT_FENCE
#define PUBLISHER_FENCE true
#else
#define PUBLISHER_FENCE (held[me] == 0)
#endif

#ifdef CLOSER_WITHOUT_FENCE
#define CLOSER_FENCE true
#else
#define CLOSER_FENCE (held[me] == 0)
#endif

#ifdef SLEEPER_WITHOUT_FENCE
#define SLEEPER_FENCE true
#else
#define SLEEPER_FENCE (!waiters_held[me])
#endif

#ifdef BUMP_WITHOUT_RELEASE
#define BUMP_RELEASE true
#else
#define BUMP_RELEASE (held[me] == 0)
#endif

proctype memory()
{
end:
    do
    :: atomic { held[0] > 0 -> held[0]--; published[0]++ }
    :: atomic { held[1] > 0 -> held[1]--; published[1]++ }
    :: atomic { held[CLOSER] > 0 -> held[CLOSER]--; published[CLOSER]++ }
    :: atomic { waiters_held[0] -> waiters_held[0] = false; waiters = true }
    :: atomic { waiters_held[1] -> waiters_held[1] = false; waiters = true }
    od
}

/* ---- Who wakes ----------------------------------------------------------------------------------------- */

inline may_stop()
{
    if
    :: me != 1 && left == 0 -> goto end_stopped
    :: true
    fi
}

/* strait_wait_ring */
inline ring()
{
    d_step { BUMP_RELEASE -> rung[0] = true; rung[1] = true };
#ifdef STOPS_BEFORE_WAKE
    may_stop();
#endif
#ifdef WAKES_ONE
    if
    :: d_step { asleep[0] -> asleep[0] = false }
    :: d_step { asleep[1] -> asleep[1] = false }
    :: !asleep[0] && !asleep[1]
    fi
#else
    d_step { asleep[0] = false; asleep[1] = false }
#endif
}

/* A commit, or the giving back of space; then strait_wait_published and strait_wait_wake. */
proctype publisher(byte me; byte left)
{
    do
    :: left == 0 -> break
    :: d_step { left > 0 -> left--; held[me]++ };
#ifdef STOPS_BEFORE_LOOK
        may_stop();
#endif
        if
        :: PUBLISHER_FENCE && !waiters
        :: PUBLISHER_FENCE && waiters ->
#ifdef RINGS_BEFORE_TAKING
            ring();
#endif
            if
            :: held[me] == 0 && !waiters /* another publisher took it */
            :: d_step { held[me] == 0 && waiters -> waiters = false };
#ifdef STOPS_BEFORE_BUMP
                may_stop();
#endif
#ifndef RINGS_BEFORE_TAKING
                ring()
#endif
            fi
        fi
    od;
end_stopped:
    false
}

/* strait_role_close from the store on, with strait_wait_ring_all, or strait_role_interrupt. */
proctype closer(byte me; byte left)
{
#ifndef CLOSER_RINGS_FIRST
    held[me]++;
#endif
#ifdef STOPS_BEFORE_LOOK
    may_stop();
#endif
    if
    :: CLOSER_FENCE && !joined
    :: CLOSER_FENCE && joined -> ring()
    :: joined -> ring() /* its own participant: it does not look whether the slot is taken */
    fi;
#ifdef CLOSER_RINGS_FIRST
    held[me]++;
#endif
end_stopped:
    false
}

/* ---- Who sleeps ---------------------------------------------------------------------------------------- */

/* Await calls, one after the other; the inner loop is sleep_until in wait.c. */
proctype sleeper(byte me; byte wanted)
{
    byte seen; /* of what it waits for */
    bool may_nap;
    do
    :: seen == (wanted == 0 -> 2 : 1) -> break
    :: else ->
#ifdef NAP
        may_nap = true;
#endif
#ifdef BIT_SET_ONCE
        waiters_held[me] = true;
#endif
        do
        :: d_step {
#ifndef BELL_READ_AFTER_LOOK
                rung[me] = false;
#endif
#ifndef BIT_SET_ONCE
                waiters_held[me] = true /* nobody sees it yet, so this may be one step with the load */
#endif
            };
            if
            :: atomic {
                    SLEEPER_FENCE && published[wanted] > seen -> seen = published[wanted];
                    rung[me] = true;
                    break
                }
            :: SLEEPER_FENCE && published[wanted] == seen
            fi;
#ifdef BELL_READ_AFTER_LOOK
            rung[me] = false;
#endif
            d_step { asleep[me] = !rung[me]; rung[me] = true };
            if
            :: !asleep[me]
            :: d_step { asleep[me] && may_wake_early -> may_wake_early = false; asleep[me] = false }
            :: atomic { asleep[me] && may_nap && timeout -> may_nap = false; asleep[me] = false }
            fi
        od;
#ifdef SLEEPER_CLEARS_BIT
        atomic { !waiters_held[me] -> waiters = false }
#endif
    od
}

init
{
    byte first;
    byte second;
    atomic { run memory(); run publisher(0, 2); run publisher(1, 1); run closer(CLOSER, 0) };
    atomic {
        if /* the sleepers are alike, so who is which does not matter */
        :: first = 0; second = 0
        :: first = 0; second = 1
        :: first = 0; second = CLOSER
        :: first = 1; second = 1
        :: first = 1; second = CLOSER
        :: first = CLOSER; second = CLOSER
        fi;
#ifdef WAKES_EARLY
        may_wake_early = true;
#endif
        joined = true;
        run sleeper(0, first);
        run sleeper(1, second)
    }
}
