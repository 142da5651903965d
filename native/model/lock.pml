/*
 * The lock, for Spin: one owner word, the line of those who wait, and the death of an owner.
 *
 * Parties
 *   three users  lock and unlock. Who is told that an owner died repairs and says so, or does not. The third
 *                may give up while it waits. Each is a participant of its own.
 *   a reclaimer  recovers what the dead left. It may be killed at any step itself; the next one begins again.
 *   memory       carries out, at any later time, what the others have stored.
 * With TWICE the first user comes twice. With ONE_DIES any one of them may be killed at any step; with TWO_DIE
 * any two may, and nobody gives up. All at once are too many states.
 *
 * Properties
 *   Never are there two owners. One who was killed is the owner until its lock is free.
 *   Each owner's death is told to exactly one next owner, and nobody is told of a death that was none.
 *   After an unlock without repair all are told NOT_RECOVERABLE and nobody becomes the owner; without one,
 *   nobody is told so.
 *   Nobody sleeps for ever: the lock comes free in every run, so a user that does not get to its end is stuck,
 *   and Spin reports the invalid end state.
 *
 * Memory  An unlock, and what sets and clears a bit and clears a ticket, are held until `memory` lets them
 * go; their own thread goes on meanwhile and loads what others have stored. A fence waits until nothing of
 * its thread is held. Where the code has a seq_cst exchange and a seq_cst load instead, that is what stands
 * for it. All else that changes the owner word is a compare-and-swap, and seen at once.
 *
 * The doorbell  Whether it was bumped since it was read. Sleeping on it compares and falls asleep in one step.
 * Bump and wake are one step, as are those of all doorbells in the reclaimer; that they are not is in wait.pml.
 *
 * Left out  Naps: nobody stops here, and the protocol must do without. The order of those in line, which is
 * only whom to wake first here and as in semaphore.pml: whoever finds the lock free may have it. Threads of
 * one participant, which wait for their turn in the process. That a lock is not reentrant.
 *
 * These switches break the protocol, and Spin must say so:
 *   UNLOCK_WITHOUT_FENCE    it looks at the line while nobody sees the lock free
 *   WAITER_WITHOUT_FENCE    it looks at the lock while nobody sees its bit
 *   LEAVER_WITHOUT_FENCE    it looks at the lock while others still see its bit, and wake it
 *   LEAVER_TELLS_NOBODY     who gives up keeps the wake-up
 *   LOST_IS_SILENT          an unlock without repair wakes nobody
 *   BELL_READ_AFTER_TRY     a bump between the two is part of the value that it sleeps on
 *   RECLAIMER_IS_SILENT     the dead were woken, or died before they woke another
 *   RECLAIMER_RINGS_FIRST   who looks between the bell and the word sleeps on
 *   RECLAIMER_LEAVES_LINE   the dead are woken, and nobody else
 *   DEAD_IS_ENDED           the reclaimer frees the lock: nobody is told
 *   DEAD_IS_LEFT            it leaves the lock to the dead
 *   ONLY_LIVE_DIES          it leaves it when its owner was repairing
 *   TOLD_BY_STORE           two load DEAD, and each stores its name
 *   TAKEN_BY_STORE          two load ENDED, and each stores its name
 *   TOLD_IS_LIVE            who is told does not go through REPAIRING: an unlock without repair is like any
 *   UNLOCK_ENDS             the same, at the unlock
 */

#define USERS  3
#define NOBODY USERS
#define BIT(i) (1 << (i))

mtype = { NONE, SETS, CLEARS, CLEARS_TICKET, ENDED, DEAD, LIVE, REPAIRING, LOST };

mtype state = ENDED; /* the owner word, which is one word: */
byte owner = NOBODY; /* who it is while LIVE or REPAIRING */
byte waiting;        /* the line: a bitmap, */
byte ticket[USERS];  /* and who came when */
byte next_ticket = 1;
bool rung[USERS];    /* whether the doorbell differs from what the user read */
mtype unlock_held[USERS] = NONE;
mtype bit_held[USERS] = NONE;

/* What is true, whoever sees it. */
bool owns[USERS]; /* until its unlock is seen, or its lock is free */
bool is_untold;   /* an owner died, and none has come after it */
bool is_lost;     /* an unlock without repair was seen */
bool unrepaired[USERS];
bool mortal[USERS];
bool dead[USERS]; /* its lock is free: it stores nothing any more */

/* ---- Order --------------------------------------------------------------------------------------------- */

#define FLUSHED (unlock_held[me] == NONE && bit_held[me] == NONE)

#ifdef UNLOCK_WITHOUT_FENCE
#define UNLOCK_FENCE true
#else
#define UNLOCK_FENCE FLUSHED
#endif

#ifdef WAITER_WITHOUT_FENCE
#define WAITER_FENCE true
#else
#define WAITER_FENCE FLUSHED
#endif

#ifdef LEAVER_WITHOUT_FENCE
#define LEAVER_FENCE true
#else
#define LEAVER_FENCE FLUSHED
#endif

inline let_go(user)
{
    if
    :: d_step {
            unlock_held[user] != NONE ->
            state = unlock_held[user];
            owner = NOBODY;
            owns[user] = false;
            is_lost = (is_lost || unrepaired[user]);
            unlock_held[user] = NONE
        }
    :: d_step { bit_held[user] == SETS -> bit_held[user] = NONE; waiting = waiting | BIT(user) }
    :: d_step { bit_held[user] == CLEARS -> waiting = waiting & ~BIT(user); bit_held[user] = CLEARS_TICKET }
    :: d_step { bit_held[user] == CLEARS_TICKET -> bit_held[user] = NONE; ticket[user] = 0 }
    fi
}

proctype memory()
{
end:
    do
    :: let_go(0)
    :: let_go(1)
    :: let_go(2)
    od
}

/* Before a store; to die before a load is the same as to be slow until then. */
inline may_die()
{
    if
    :: mortal[me] -> goto dies
    :: true
    fi
}

/* ---- The line ------------------------------------------------------------------------------------------ */

/* The next slot that has its bit in what was seen of the bitmap. */
inline skip_unset()
{
    do
    :: i < USERS && !(seen & BIT(i)) -> i++
    :: else -> break
    od;
    skip
}

/* One load of the bitmap, then one of each ticket. */
inline wake_first()
{
    d_step { seen = waiting; skip_unset() };
    do
    :: d_step {
            i < USERS ->
            if
            :: ticket[i] != 0 && (first == NOBODY || ticket[i] < lowest) -> lowest = ticket[i]; first = i
            :: else
            fi;
            i++;
            skip_unset()
        }
    :: i == USERS -> break
    od;
    if
    :: first == NOBODY
    :: atomic { first != NOBODY -> may_die(); rung[first] = true }
    fi;
    d_step { seen = 0; i = 0; lowest = 0; first = NOBODY }
}

inline wake_all()
{
    d_step { seen = waiting; skip_unset() };
    do
    :: atomic { i < USERS -> may_die(); rung[i] = true; i++; skip_unset() }
    :: i == USERS -> break
    od;
    atomic { seen = 0; i = 0 }
}

/* ---- The word ------------------------------------------------------------------------------------------ */

#define IS_TO_BE_HAD(word) (word == ENDED || word == DEAD || word == LOST)

inline own(new_state)
{
    assert(!owns[0] && !owns[1] && !owns[2] && !is_lost);
    assert(is_untold == (was == DEAD));
    is_untold = false;
    owns[me] = true;
    state = new_state;
    owner = me
}

#ifdef TOLD_IS_LIVE
#define TOLD LIVE
#else
#define TOLD REPAIRING
#endif

#ifdef TOLD_BY_STORE
#define IS_STILL_DEAD true
#else
#define IS_STILL_DEAD (state == DEAD)
#endif

#ifdef TAKEN_BY_STORE
#define IS_STILL_ENDED true
#else
#define IS_STILL_ENDED (state == ENDED)
#endif

inline try()
{
    do
    :: was = state;
        if
        :: atomic { was == ENDED && IS_STILL_ENDED -> may_die(); own(LIVE) }; break
        :: was == ENDED && !IS_STILL_ENDED
        :: atomic { was == DEAD && IS_STILL_DEAD -> may_die(); own(TOLD) }; break
        :: was == DEAD && !IS_STILL_DEAD
        :: d_step { was == LOST -> assert(is_lost) }; break
        :: was == LIVE || was == REPAIRING -> break
        fi
    od
}

#ifdef UNLOCK_ENDS
#define UNREPAIRED ENDED
#else
#define UNREPAIRED LOST
#endif

inline unlock()
{
    if
    :: atomic { was == DEAD -> may_die(); assert(state == TOLD && owner == me); state = LIVE; was = LIVE }
    :: was == DEAD
    :: was == ENDED
    fi;
    atomic {
        may_die();
        assert(owner == me);
        unrepaired[me] = (was == DEAD);
        unlock_held[me] = (state == REPAIRING -> UNREPAIRED : ENDED)
    };
    UNLOCK_FENCE;
    if
#ifdef LOST_IS_SILENT
    :: was == DEAD
#else
    :: was == DEAD -> wake_all()
#endif
    :: was != DEAD -> wake_first()
    fi
}

/* ---- Users --------------------------------------------------------------------------------------------- */

#define TELLS true

#ifdef LEAVER_TELLS_NOBODY
#undef TELLS
#define TELLS (was != LIVE && was != REPAIRING)
#endif

proctype user(byte me; byte rounds; bool may_give_up)
{
    mtype was; /* the state that it saw last */
    bool in_line;
    byte seen;
    byte i;
    byte first = NOBODY;
    byte lowest;
    do
    :: rounds == 0 -> break
    :: rounds > 0 && FLUSHED ->
        do
        :: if
            :: !in_line
            :: d_step {
                    in_line && WAITER_FENCE;
#ifndef BELL_READ_AFTER_TRY
                    rung[me] = false
#endif
                }
            fi;
            try();
            if
            :: was != LIVE && was != REPAIRING -> break
            :: (was == LIVE || was == REPAIRING) && !in_line ->
                atomic { may_die(); lowest = next_ticket; next_ticket++ };
                atomic { bit_held[me] == NONE -> may_die(); ticket[me] = lowest; bit_held[me] = SETS };
                lowest = 0;
                in_line = true
            :: (was == LIVE || was == REPAIRING) && in_line ->
#ifdef BELL_READ_AFTER_TRY
                rung[me] = false;
#endif
                if
                :: rung[me]
                :: may_give_up -> may_give_up = false; break
                :: mortal[me] -> goto dies
                fi
            fi
        od;
        if
        :: in_line ->
            atomic { may_die(); bit_held[me] = CLEARS };
            in_line = false;
            if
            :: LEAVER_FENCE && TELLS && IS_TO_BE_HAD(state) -> wake_first()
            :: LEAVER_FENCE && TELLS && !IS_TO_BE_HAD(state)
            :: !TELLS
            fi
        :: !in_line
        fi;
        if
        :: was == ENDED || was == DEAD -> unlock()
        :: else
        fi;
        d_step { rounds--; was = 0 }
    od;
    goto end_outside;
dies:
    atomic {
        FLUSHED ->
        is_untold = (is_untold || owns[me]);
        owns[me] = false;
        dead[me] = true
    };
end_outside:
    false
}

/* ---- Reclaiming ---------------------------------------------------------------------------------------- */

inline reclaimer_may_die()
{
    if
    :: may_be_killed -> may_be_killed = false; goto begins_again
    :: true
    fi
}

inline ring_all()
{
#ifndef RECLAIMER_IS_SILENT
    atomic { reclaimer_may_die(); rung[0] = true; rung[1] = true; rung[2] = true };
#endif
    true
}

#ifdef DEAD_IS_ENDED
#define LEFT ENDED
#else
#define LEFT DEAD
#endif

#ifdef ONLY_LIVE_DIES
#define IS_LEFT (state == LIVE && owner == whom)
#else
#define IS_LEFT ((state == LIVE || state == REPAIRING) && owner == whom)
#endif

proctype reclaimer()
{
    byte whom;
    bool reclaimed[USERS];
    bool may_be_killed = true;
begins_again:
end:
    do
    :: atomic {
            if
            :: dead[0] && !reclaimed[0] -> whom = 0
            :: dead[1] && !reclaimed[1] -> whom = 1
            :: dead[2] && !reclaimed[2] -> whom = 2
            fi
        };
#ifdef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
#ifndef DEAD_IS_LEFT
        atomic {
            reclaimer_may_die();
            if
            :: IS_LEFT -> state = LEFT; owner = NOBODY
            :: else
            fi
        };
#endif
#ifndef RECLAIMER_LEAVES_LINE
        atomic { reclaimer_may_die(); waiting = waiting & ~BIT(whom) };
        atomic { reclaimer_may_die(); ticket[whom] = 0 };
#endif
#ifndef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
        d_step { reclaimed[whom] = true; whom = 0 }
    :: atomic {
            timeout ->
            assert(!owns[0] && !owns[1] && !owns[2]);
            assert(state == (is_lost -> LOST : (is_untold -> DEAD : ENDED)))
        };
        break
    od
}

init
{
    atomic {
        if
        :: true
#ifdef TWO_DIE
        :: mortal[0] = true; mortal[1] = true
        :: mortal[0] = true; mortal[2] = true
        :: mortal[1] = true; mortal[2] = true
#endif
#ifdef ONE_DIES
        :: mortal[0] = true
        :: mortal[1] = true
        :: mortal[2] = true
#endif
        fi;
        run memory();
#ifdef TWICE
        run user(0, 2, false);
#else
        run user(0, 1, false);
#endif
        run user(1, 1, false);
        if
#ifndef TWO_DIE
        :: run user(2, 1, true)
#endif
        :: run user(2, 1, false)
        fi;
        run reclaimer()
    }
}
