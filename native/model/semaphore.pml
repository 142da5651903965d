/*
 * The semaphores and the queue that all objects with an order share, for Spin: who is first in line, who is
 * woken, and what a death leaves behind.
 *
 * Parties
 *   three users  acquire and release. The first wants one permit, and may keep it for ever; the second wants
 *                both at once; the third wants one, and may give up while it waits. Each is a participant of
 *                its own.
 *   a reclaimer  recovers what the dead left. It may be killed at any step itself; the next one begins again.
 *   memory       carries out, at any later time, what the others have stored.
 * Without switches: the plain semaphore, a word that counts permits, with a line that newcomers respect.
 * OVERTAKING is one that they need not respect. RECOVERABLE is the ledger: what is available is not stored,
 * it is the capacity without what each holds. TWO_THREADS: the first and the second user are threads of one
 * participant, with one bit, one ticket and one doorbell, and wait for their turn at these in the process;
 * each wants one permit, and the third user both. With TWICE the first user comes twice, there the third. With ONE_DIES any one of them may be killed at any step, with
 * TWO_THREADS only the third; with TWO_DIE any two may, and nobody gives up. All at once are too many states.
 *
 * Properties
 *   Never are more permits held than there are. One who was killed holds its own until its lock is free.
 *   None is lost: when all have come to rest, the plain semaphore's word is the capacity without what users
 *   have, or had when they were killed. The ledger says what the living have, and its lock is free.
 *   Nobody sleeps for ever while it is first in line and there is enough.
 *   Who stands in line gets its permits before whoever comes later, except when OVERTAKING.
 *
 * Memory  A release, and what sets and clears a bit and clears a ticket, are held until `memory` lets them
 * go; their own thread goes on meanwhile and loads what others have stored. A fence waits until nothing of
 * its thread is held. Where the code has a seq_cst read-modify-write and a seq_cst load instead, that is what
 * stands for it. Taking permits, the ledger's lock and what is held under it are seen at once: each is a
 * compare-and-swap, or is released by the lock. A ticket is seen before the bit that is set after it.
 *
 * The doorbell  Whether it was bumped since it was read. Sleeping on it compares and falls asleep in one step.
 * Bump and wake are one step, as are those of all doorbells; that they are not is in wait.pml.
 *
 * Left out  Naps: nobody stops here, and the protocol must do without. Sleeping for the ledger's lock, which
 * is as in wait.pml; who wants it waits until it is free. Overflow, misuse and draining. A participant that
 * leaves in order. That a slot is used again: the dead one's line and permits are cleared before.
 *
 * These switches break the protocol, and Spin must say so:
 *   RELEASE_WITHOUT_FENCE    it looks at the line while nobody sees its permits
 *   WAITER_WITHOUT_FENCE     it looks at the permits while nobody sees its bit
 *   LEAVER_WITHOUT_FENCE     it looks at the permits while others still see its bit, and wake it
 *   LEAVER_TELLS_NOBODY      who gives up keeps the wake-up that was meant for whoever is first
 *   TAKER_TELLS_NOBODY       of two permits released at once, or two wake-ups for one, the second is lost
 *   BELL_READ_AFTER_TRY      a bump between the two is part of the value that it sleeps on
 *   WAKES_ANY                it wakes one that is not first, which sleeps again
 *   LINE_WITHOUT_ORDER       who stands in line does not look whether it is first
 *   NEWCOMER_IGNORES_LINE    it overtakes who waits for more
 *   RECLAIMER_IS_SILENT      the dead were woken, or died before they woke another
 *   RECLAIMER_RINGS_FIRST    who looks between the bell and the bit sleeps on behind the dead
 *   RECLAIMER_LEAVES_LINE    the dead stay first
 *   SUM_WITHOUT_LOCK         two see the last permit
 *   SUM_WHILE_OTHERS_ADD     the same, when the lock is given back before what was taken is added
 *   LEDGER_LEFT_LIVE         the reclaimer leaves the ledger's lock to the dead
 *   HELD_LEFT                the reclaimer does not give back what the dead held
 *   HELD_BY_STORE            with TWO_THREADS, `held` is changed by a load and a store
 *   STANDS_ANEW              with TWO_THREADS, who leaves clears the bit though its sibling waits, which then
 *                            stands in line by itself: newcomers overtake it meanwhile
 * These change it, and it must do:
 *   HELD_BEFORE_SUM          what may not be had is held for a moment, under the ledger's lock
 *   BIT_BEFORE_TICKET        a bit is set while the ticket is still 0, and nobody is woken for it
 *   TICKET_BEFORE_BIT        who leaves clears its ticket first
 *   TICKET_LEFT              it does not clear its ticket at all; not so together with BIT_BEFORE_TICKET: who
 *                            is back in line with its old ticket is woken as the first, which it is not
 */

#define USERS    3
#define CAPACITY 2

#ifdef TWO_THREADS
#define SLOTS      2
#define SLOT(user) ((user) / 2)
#else
#define SLOTS      USERS
#define SLOT(user) (user)
#endif

#define NOBODY   USERS
#define BIT(i)   (1 << (i))
#define NOTHING  0
#define SETS     1
#define CLEARS   2
#define CLEARS_TICKET 3

byte word = CAPACITY; /* the plain semaphore's */
byte held[SLOTS];     /* the ledger's, */
byte ledger = NOBODY; /* and who has its lock */
byte waiting;         /* the line: a bitmap, */
byte ticket[SLOTS];   /* and who came when */
byte next_ticket = 1;
bool rung[USERS];     /* whether the doorbell differs from what the user read */
byte release_held[USERS];
byte bit_held[USERS];
#ifdef TWO_THREADS
chan turns = [2] of { byte, byte }; /* in the first slot's process: who waits, and their tickets */
#endif

/* What is true, whoever sees it. */
byte has[USERS];
byte lost;         /* permits of the plain semaphore that the dead had */
byte lined;        /* who stands in line */
byte ahead[USERS]; /* who stood there already when one came, and still does */
bool mortal[USERS];
bool dead[USERS];  /* its lock is free: it stores nothing any more */

/* ---- Order --------------------------------------------------------------------------------------------- */

#define FLUSHED (release_held[me] == 0 && bit_held[me] == NOTHING)

#ifdef RELEASE_WITHOUT_FENCE
#define RELEASE_FENCE true
#else
#define RELEASE_FENCE FLUSHED
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
    d_step {
        release_held[user] > 0 ->
#ifdef RECOVERABLE
        held[SLOT(user)] = held[SLOT(user)] - release_held[user];
#else
        word = word + release_held[user];
#endif
        release_held[user] = 0
    }
}

#ifdef TICKET_BEFORE_BIT
#define CLEARED_FIRST CLEARS_TICKET
#define CLEARED_LAST  CLEARS
#else
#define CLEARED_FIRST CLEARS
#ifdef TICKET_LEFT
#define CLEARED_LAST  CLEARS
#else
#define CLEARED_LAST  CLEARS_TICKET
#endif
#endif

#define NEXT_HELD(user) (bit_held[user] == CLEARED_LAST -> NOTHING : CLEARED_LAST)

inline clear_bit(user)
{
    d_step {
        bit_held[user] == CLEARS -> waiting = waiting & ~BIT(SLOT(user)); bit_held[user] = NEXT_HELD(user)
    }
}

inline clear_ticket(user)
{
    d_step { bit_held[user] == CLEARS_TICKET -> ticket[SLOT(user)] = 0; bit_held[user] = NEXT_HELD(user) }
}

proctype memory()
{
end:
    do
    :: let_go(0)
    :: let_go(1)
    :: let_go(2)
    :: d_step { bit_held[0] == SETS -> bit_held[0] = NOTHING; waiting = waiting | BIT(SLOT(0)) }
    :: d_step { bit_held[1] == SETS -> bit_held[1] = NOTHING; waiting = waiting | BIT(SLOT(1)) }
    :: d_step { bit_held[2] == SETS -> bit_held[2] = NOTHING; waiting = waiting | BIT(SLOT(2)) }
    :: clear_bit(0)
    :: clear_ticket(0)
    :: clear_bit(1)
    :: clear_ticket(1)
    :: clear_bit(2)
    :: clear_ticket(2)
    od
}

/* ---- What is true -------------------------------------------------------------------------------------- */

inline is_out_of_line(user)
{
    lined = lined & ~BIT(user);
    ahead[0] = ahead[0] & ~BIT(user);
    ahead[1] = ahead[1] & ~BIT(user);
    ahead[2] = ahead[2] & ~BIT(user)
}

#define AVAILABLE (CAPACITY - lost - has[0] - has[1] - has[2])

inline takes()
{
    has[me] = wants;
    assert(AVAILABLE >= 0);
#ifndef OVERTAKING
    assert(ahead[me] == 0);
#endif
    is_out_of_line(me)
}

#define IS_BEFORE(user) ((lined & BIT(user)) && ticket[SLOT(user)] < mine)
#define IS_FIRST        (!IS_BEFORE(0) && !IS_BEFORE(1) && !IS_BEFORE(2))

/* Before a store; to die before a load is the same as to be slow until then. */
inline may_die()
{
    if
    :: mortal[me] -> goto dies
    :: true
    fi
}

/* ---- The line ------------------------------------------------------------------------------------------ */

inline ring(slot)
{
    rung[0] = (rung[0] || slot == SLOT(0));
    rung[1] = (rung[1] || slot == SLOT(1));
    rung[2] = (rung[2] || slot == SLOT(2))
}

/* The next slot that has its bit in what was seen of the bitmap. */
inline skip_unset()
{
    do
    :: i < SLOTS && !(seen & BIT(i)) -> i++
    :: else -> break
    od;
    skip
}

/* One load of the bitmap, then one of each ticket. */
inline wake_first()
{
    d_step { seen = waiting; i = 0; skip_unset() };
    do
    :: d_step {
            i < SLOTS ->
            if
#ifdef WAKES_ANY
            :: ticket[i] != 0 && ticket[i] > lowest -> lowest = ticket[i]; first = i
#else
            :: ticket[i] != 0 && (first == NOBODY || ticket[i] < lowest) -> lowest = ticket[i]; first = i
#endif
            :: else
            fi;
            i++;
            skip_unset()
        }
    :: i == SLOTS -> break
    od;
    if
    :: first == NOBODY
    :: atomic { first != NOBODY -> may_die(); ring(first) }
    fi;
    d_step { seen = 0; i = 0; lowest = 0; first = NOBODY }
}

/* Whether a newcomer finds nobody there, and who stands there finds nobody before it. */
inline look_at_line()
{
#ifdef OVERTAKING
    may_have = true;
#else
    d_step {
        i = 0;
        seen = waiting;
        may_have = true;
        if
        :: !in_line ->
#ifndef NEWCOMER_IGNORES_LINE
            may_have = (seen == 0);
#ifdef TWO_THREADS
            may_have = (seen == 0 && (SLOT(me) != 0 || len(turns) == 0));
#endif
#endif
            seen = 0
        :: else ->
            seen = seen & ~BIT(SLOT(me));
#ifdef LINE_WITHOUT_ORDER
            seen = 0
#endif
        fi;
        skip_unset()
    };
    do
    :: d_step {
            i < SLOTS ->
            if
            :: ticket[i] != 0 && ticket[i] < mine -> may_have = false; i = SLOTS
            :: else -> i++; skip_unset()
            fi
        }
    :: i == SLOTS -> break
    od;
    atomic { i = 0; seen = 0 }
#endif
}

#define IS_SEEN_IN_LINE (bit_held[me] == NOTHING && (waiting & BIT(SLOT(me))))

inline stand_in_line()
{
#ifdef TWO_THREADS
    atomic {
        may_die();
        mine = next_ticket;
        next_ticket++;
        if
        :: SLOT(me) == 0 ->
            turns ! me, mine;
            if /* the participant stands there, and it behind its sibling */
            :: len(turns) == 2 && (waiting & BIT(0)) -> lined = lined | BIT(me)
            :: else
            fi
        :: else
        fi
    };
    if /* the process's own lock orders the sibling's clearing of the bit before the setting */
    :: SLOT(me) == 0 -> turns ? [eval(me), _] && bit_held[0] == NOTHING && bit_held[1] == NOTHING
    :: SLOT(me) != 0
    fi;
#else
    atomic { may_die(); mine = next_ticket; next_ticket++ };
#endif
#ifdef BIT_BEFORE_TICKET
    atomic { bit_held[me] == NOTHING -> may_die(); bit_held[me] = SETS };
    atomic { may_die(); ticket[SLOT(me)] = mine };
#else
    atomic { bit_held[me] == NOTHING -> may_die(); ticket[SLOT(me)] = mine; bit_held[me] = SETS };
#endif
    in_line = true
}

inline leave_line()
{
#ifdef TWO_THREADS
    atomic {
        may_die();
        if
        :: SLOT(me) == 0 -> turns ? eval(me), _
        :: else
        fi;
        if
#ifndef STANDS_ANEW
        :: SLOT(me) == 0 && turns ? [_, next] -> turns ? next, mine; ticket[0] = mine; turns ! next, mine
#endif
        :: else -> bit_held[me] = CLEARED_FIRST
        fi;
        next = 0
    };
#else
    atomic { may_die(); bit_held[me] = CLEARED_FIRST };
#endif
    d_step { in_line = false; mine = 0 }
}

/* ---- Permits ------------------------------------------------------------------------------------------- */

inline sum_up()
{
    do
    :: d_step { i < SLOTS -> sum = sum + held[i]; i++ }
    :: i == SLOTS -> break
    od;
    i = 0
}

#ifdef RECOVERABLE

#ifdef SUM_WITHOUT_LOCK
#define LEDGER_IS_FREE true
#else
#define LEDGER_IS_FREE (ledger == NOBODY)
#endif

inline unlock_ledger()
{
    atomic { may_die(); ledger = (ledger == me -> NOBODY : ledger) }
}

inline add()
{
#ifdef HELD_BY_STORE
    sum = held[SLOT(me)];
    atomic { may_die(); held[SLOT(me)] = sum + wants; takes() };
    sum = 0
#else
    atomic { may_die(); held[SLOT(me)] = held[SLOT(me)] + wants; takes() }
#endif
}

inline try()
{
    look_at_line();
    if
    :: !may_have
    :: may_have ->
        atomic { LEDGER_IS_FREE -> may_die(); ledger = me };
#ifdef HELD_BEFORE_SUM
        atomic { may_die(); held[SLOT(me)] = held[SLOT(me)] + wants };
        sum_up();
        if
        :: sum <= CAPACITY -> d_step { sum = 0; takes() }
        :: sum > CAPACITY ->
            sum = 0;
            atomic { may_die(); held[SLOT(me)] = held[SLOT(me)] - wants; may_have = false }
        fi;
#else
        sum_up();
        if
        :: sum + wants <= CAPACITY ->
            sum = 0;
#ifdef SUM_WHILE_OTHERS_ADD
            unlock_ledger();
#endif
            add()
        :: sum + wants > CAPACITY -> d_step { sum = 0; may_have = false }
        fi;
#endif
        unlock_ledger()
    fi
}

inline look_for_permits()
{
    sum_up();
    d_step { may_have = (sum < CAPACITY); sum = 0 }
}

#else

inline try()
{
    do
    :: d_step { value = word; may_have = (value >= wants) };
        if
        :: !may_have -> break
        :: may_have ->
            look_at_line();
            if
            :: !may_have -> break
            :: atomic { may_have && word == value -> may_die(); word = word - wants; takes() }; break
            :: may_have && word != value
            fi
        fi
    od;
    value = 0
}

inline look_for_permits()
{
    may_have = (word > 0)
}

#endif

inline release()
{
#ifdef HELD_BY_STORE
    sum = held[SLOT(me)];
    atomic { may_die(); held[SLOT(me)] = sum - wants; has[me] = 0 };
    sum = 0
#else
    atomic { may_die(); release_held[me] = wants; has[me] = 0 }
#endif
}

#define TELLS true

#ifdef LEAVER_TELLS_NOBODY
#undef TELLS
#define TELLS (has[me] > 0)
#endif

#ifdef TAKER_TELLS_NOBODY
#undef TELLS
#define TELLS (has[me] == 0)
#endif

/* ---- Users --------------------------------------------------------------------------------------------- */

proctype user(byte me; byte wants; byte rounds; bool may_keep; bool may_give_up)
{
    byte mine; /* its ticket */
    bool in_line;
    bool may_have;
    byte value;
    byte sum;
    byte seen;
    byte i;
    byte first = NOBODY;
    byte lowest;
#ifdef TWO_THREADS
    byte next;
#endif
    do
    :: rounds == 0 -> break
    :: d_step { rounds > 0 && FLUSHED -> rounds--; ahead[me] = lined };
        do
        :: if
            :: !in_line
            :: d_step {
                    in_line && WAITER_FENCE ->
#ifndef BELL_READ_AFTER_TRY
                    rung[me] = false;
#endif
                    lined = (IS_SEEN_IN_LINE -> lined | BIT(me) : lined)
                }
            fi;
            try();
            if
            :: may_have -> break
            :: !may_have && !in_line -> stand_in_line()
            :: !may_have && in_line ->
#ifdef BELL_READ_AFTER_TRY
                rung[me] = false;
#endif
                if
                :: rung[me]
                :: d_step { may_give_up -> may_give_up = false; is_out_of_line(me) }; break
                :: mortal[me] -> goto dies
                :: timeout -> assert(AVAILABLE < wants || !IS_FIRST); goto end_asleep
                fi
            fi
        od;
        if
        :: in_line ->
            leave_line();
            if
            :: TELLS ->
                LEAVER_FENCE;
                look_for_permits();
                if
                :: may_have -> wake_first()
                :: !may_have
                fi
            :: !TELLS
            fi
        :: !in_line
        fi;
        if
        :: has[me] > 0 ->
            release();
            RELEASE_FENCE;
            wake_first()
        :: has[me] > 0 && rounds == 0 && may_keep -> may_die()
        :: has[me] == 0
        fi;
        may_have = false
    od;
    goto end_asleep;
dies:
    atomic {
        FLUSHED ->
#ifndef RECOVERABLE
        lost = lost + has[me];
#endif
        has[me] = 0;
        is_out_of_line(me);
        dead[me] = true
    };
end_asleep:
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
#ifdef RECOVERABLE
#ifndef HELD_LEFT
        atomic { reclaimer_may_die(); held[SLOT(whom)] = 0 };
#endif
#ifndef LEDGER_LEFT_LIVE
        atomic { reclaimer_may_die(); ledger = (ledger == whom -> NOBODY : ledger) };
#endif
#endif
#ifdef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
#ifndef RECLAIMER_LEAVES_LINE
        atomic { reclaimer_may_die(); waiting = waiting & ~BIT(SLOT(whom)) };
        atomic { reclaimer_may_die(); ticket[SLOT(whom)] = 0 };
#endif
#ifndef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
        d_step { reclaimed[whom] = true; whom = 0 }
    :: atomic {
            timeout ->
#ifdef RECOVERABLE
            assert(ledger == NOBODY);
#ifdef TWO_THREADS
            assert(held[0] == has[0] + has[1] && held[1] == has[2])
#else
            assert(held[0] == has[0] && held[1] == has[1] && held[2] == has[2])
#endif
#else
            assert(word == AVAILABLE)
#endif
        };
        break
    od
}

#ifdef TWO_THREADS
#define WANTED_BY_1 1
#define WANTED_BY_2 2
#else
#define WANTED_BY_1 2
#define WANTED_BY_2 1
#endif

#define ROUNDS_OF_0 1
#define ROUNDS_OF_2 1

#ifdef TWICE
#ifdef TWO_THREADS
#undef ROUNDS_OF_2
#define ROUNDS_OF_2 2
#else
#undef ROUNDS_OF_0
#define ROUNDS_OF_0 2
#endif
#endif

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
#ifndef TWO_THREADS
        :: mortal[0] = true
        :: mortal[1] = true
#endif
        :: mortal[2] = true
#endif
        fi;
        run memory();
        run user(0, 1, ROUNDS_OF_0, true, false);
        run user(1, WANTED_BY_1, 1, false, false);
        if
#ifndef TWO_DIE
        :: run user(2, WANTED_BY_2, ROUNDS_OF_2, false, true)
#endif
        :: run user(2, WANTED_BY_2, ROUNDS_OF_2, false, false)
        fi;
        run reclaimer()
    }
}
