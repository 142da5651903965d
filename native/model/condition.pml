/*
 * The condition on a lock, for Spin: tickets, notifications, and waiters that die or give up.
 *
 * Parties
 *   three takers  take one item each, under the lock, and wait for the condition while there is none. The
 *                 third may give up while it waits, and then leaves without a look at the items.
 *   a giver       adds one item and notifies one waiter, twice, or adds both and notifies all; under the lock.
 *   a reclaimer   recovers what the dead left.
 *   memory        carries out, at any later time, what the others have stored.
 * With ONE_DIES the first taker or the giver may be killed at any step, and so may the reclaimer: the next one
 * begins again. With LEAVER_DIES the third taker may be killed, with TWO_DIE two others. In these the giver
 * notifies one, and nobody gives up but the third in LEAVER_DIES. All at once are too many states.
 *
 * Property  No notification is lost: nobody sleeps for ever although there is an item. Waiters are alike, so
 * which of them is notified does not matter; that one takes an item before the one notified does is as it
 * should be.
 *
 * Memory  What has been signalled, and the read-modify-write that sets a bit, are held until `memory` lets
 * them go; their own thread goes on meanwhile and loads what others have stored. A fence waits until nothing
 * of its thread is held. Compare-and-swap on `signalled` goes by what is stored last, whoever sees it.
 *
 * The lock  One word, which is taken and given away in one step; who waits for it waits until it is free. The
 * dead owner's is freed by the reclaimer, and what it guards is always whole. lock.pml is about all this.
 *
 * The doorbell  Whether it was bumped since it was read. Sleeping on it compares and falls asleep in one step.
 * Bump and wake are one step, as are those of all doorbells that somebody rings; that they are not is in
 * wait.pml.
 *
 * Left out  Naps: nobody stops here, and the protocol must do without. Threads of one participant, which share
 * a bit: wait.pml has them.
 *
 * These switches break the protocol, and Spin must say so:
 *   NOTIFY_WITHOUT_FENCE    it looks for sleepers while nobody sees what it has signalled
 *   WAITER_WITHOUT_FENCE    it looks at what is signalled while nobody sees its bit
 *   DRAWS_AFTER_UNLOCK      a notification between unlock and ticket is for nobody
 *   LEAVER_IS_SILENT        who gives up keeps the notification that came to its ticket meanwhile
 *   LEAVER_NOTIFIES_ONE     that is for another's ticket; the one for its own comes later, and is lost
 *   LEAVER_STORES_ONLY      its notify-all wakes nobody
 *   NOTIFY_BY_STORE         a load and a store take back what a leaver or a reclaimer signals meanwhile
 *   TICKETS_FIRST           who leaves, or reclaims, has counted the tickets, then one more is drawn and the one
 *                           that is gone is notified: all that was counted is signalled already, and the new
 *                           waiter learns nothing
 *   RECLAIMER_IS_SILENT     the dead had taken bits and not woken, or had signalled and not looked
 *   RECLAIMER_SIGNALS_NONE  the notification that came to the ticket of the dead is lost
 *   RECLAIMER_RINGS_FIRST   who looks between the bell and what is signalled sleeps on
 *   RECLAIMER_NOTIFIES_ONE  that is for another's ticket, which has given up, or is dead too
 */

#define TAKERS 3
#define GIVER  TAKERS
#define RECLAIMER (GIVER + 1)
#define NOBODY (RECLAIMER + 1)
#define BIT(i) (1 << (i))

byte lock = NOBODY;
byte items;         /* what the lock guards */
byte next_ticket;
byte signalled;     /* tickets below it are, */
byte seen_signalled; /* and what everybody sees of it */
byte sleepers;      /* the bitmap */
bool rung[TAKERS];  /* whether the doorbell differs from what the taker read */
bool signalled_held[NOBODY];
bool bit_held[NOBODY];

/* What is true, whoever sees it. */
bool mortal[RECLAIMER];
bool dead[RECLAIMER]; /* its lock is free: it stores nothing any more */

/* ---- Order --------------------------------------------------------------------------------------------- */

#define FLUSHED (!signalled_held[me] && !bit_held[me])

#ifdef NOTIFY_WITHOUT_FENCE
#define NOTIFY_FENCE true
#else
#define NOTIFY_FENCE FLUSHED
#endif

#ifdef WAITER_WITHOUT_FENCE
#define WAITER_FENCE true
#else
#define WAITER_FENCE FLUSHED
#endif

inline let_go(who)
{
    if
    :: d_step {
            signalled_held[who] ->
            seen_signalled = signalled;
            signalled_held[0] = false;
            signalled_held[1] = false;
            signalled_held[2] = false;
            signalled_held[GIVER] = false;
            signalled_held[RECLAIMER] = false
        }
    :: d_step { bit_held[who] -> bit_held[who] = false; sleepers = sleepers | BIT(who) }
    fi
}

proctype memory()
{
end:
    do
    :: let_go(0)
    :: let_go(1)
    :: let_go(2)
    :: let_go(GIVER)
    :: let_go(RECLAIMER)
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

/* ---- The condition ------------------------------------------------------------------------------------- */

inline wake_sleepers()
{
    if
    :: NOTIFY_FENCE && sleepers == 0
    :: atomic { NOTIFY_FENCE && sleepers != 0 -> may_die(); taken = sleepers; sleepers = 0 };
        atomic {
            may_die();
            rung[0] = (rung[0] || (taken & BIT(0)));
            rung[1] = (rung[1] || (taken & BIT(1)));
            rung[2] = (rung[2] || (taken & BIT(2)));
            taken = 0
        }
    fi
}

#ifdef NOTIFY_BY_STORE
#define IS_UNCHANGED true
#else
#define IS_UNCHANGED (signalled == from)
#endif

/* `signalled` first, then the tickets, then the compare-and-swap; when that fails, from the beginning. */
inline signal(all)
{
    do
    ::
#ifdef TICKETS_FIRST
        to = next_ticket;
        d_step { from = seen_signalled; to = (all || from >= to -> to : from + 1) };
#else
        from = seen_signalled;
        d_step { to = next_ticket; to = (all || from >= to -> to : from + 1) };
#endif
        if
        :: from >= to -> break
        :: atomic {
                from < to && IS_UNCHANGED ->
                signalled = to;
                signalled_held[me] = true
            };
            break
        :: from < to && !IS_UNCHANGED
        fi
    od;
    atomic { from = 0; to = 0 }
}

inline notify_one()
{
    may_die();
    signal(false);
    wake_sleepers()
}

inline notify_all()
{
    may_die();
    signal(true);
#ifdef LEAVER_STORES_ONLY
    if
    :: me == GIVER -> wake_sleepers()
    :: me != GIVER
    fi
#else
    wake_sleepers()
#endif
}

inline take_lock()
{
    atomic { lock == NOBODY -> may_die(); lock = me }
}

inline give_lock_back()
{
    atomic { FLUSHED -> may_die(); assert(lock == me); lock = NOBODY }
}

/* ---- Takers -------------------------------------------------------------------------------------------- */

inline draw()
{
    atomic { may_die(); ticket = next_ticket; next_ticket++ }
}

proctype taker(byte me; bool may_give_up)
{
    byte ticket;
    byte taken;
    byte from;
    byte to;
    bool gives_up;
    take_lock();
    do
    :: gives_up -> break
    :: atomic { items > 0 && !gives_up -> may_die(); items-- }; break
    :: items == 0 && !gives_up ->
#ifndef DRAWS_AFTER_UNLOCK
        draw();
#endif
        give_lock_back();
#ifdef DRAWS_AFTER_UNLOCK
        draw();
#endif
        do
        :: d_step { FLUSHED -> rung[me] = false; bit_held[me] = true };
            if
            :: WAITER_FENCE && seen_signalled > ticket -> break
            :: WAITER_FENCE && seen_signalled <= ticket
            fi;
            if
            :: rung[me]
            :: may_give_up ->
                d_step { may_give_up = false; gives_up = true };
                break
            :: mortal[me] -> goto dies
            :: timeout -> assert(items == 0); goto end_outside
            fi
        od;
        ticket = 0;
#ifndef LEAVER_IS_SILENT
        if
#ifdef LEAVER_NOTIFIES_ONE
        :: gives_up -> notify_one()
#else
        :: gives_up -> notify_all()
#endif
        :: !gives_up
        fi;
#endif
        take_lock()
    od;
    give_lock_back();
    goto end_outside;
dies:
    atomic { FLUSHED -> dead[me] = true };
end_outside:
    false
}

/* ---- The giver ----------------------------------------------------------------------------------------- */

proctype giver(byte me; byte at_once)
{
    byte given;
    byte taken;
    byte from;
    byte to;
    do
    :: given == 2 -> break
    :: given < 2 ->
        take_lock();
        atomic { may_die(); items = items + at_once };
        if
        :: at_once == 1 -> notify_one()
        :: at_once == 2 -> notify_all()
        fi;
        give_lock_back();
        given = given + at_once
    od;
    goto end_outside;
dies:
    atomic { FLUSHED -> dead[me] = true };
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
    atomic { FLUSHED -> reclaimer_may_die(); rung[0] = true; rung[1] = true; rung[2] = true };
#endif
    true
}

proctype reclaimer(byte me)
{
    byte whom;
    byte from;
    byte to;
    bool reclaimed[RECLAIMER];
#ifdef ONE_DIES
    bool may_be_killed = true;
#else
    bool may_be_killed;
#endif
begins_again:
    atomic { from = 0; to = 0 };
end:
    do
    :: atomic {
            if
            :: dead[0] && !reclaimed[0] -> whom = 0
            :: dead[1] && !reclaimed[1] -> whom = 1
            :: dead[2] && !reclaimed[2] -> whom = 2
            :: dead[GIVER] && !reclaimed[GIVER] -> whom = GIVER
            fi
        };
#ifdef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
        atomic { reclaimer_may_die(); lock = (lock == whom -> NOBODY : lock) };
#ifndef RECLAIMER_SIGNALS_NONE
        reclaimer_may_die();
#ifdef RECLAIMER_NOTIFIES_ONE
        signal(false);
#else
        signal(true);
#endif
#endif
#ifndef RECLAIMER_RINGS_FIRST
        ring_all();
#endif
        d_step { reclaimed[whom] = true; whom = 0 }
    od
}

init
{
    atomic {
        if
        :: true
#ifdef ONE_DIES
        :: mortal[0] = true
        :: mortal[GIVER] = true
#endif
#ifdef LEAVER_DIES
        :: mortal[2] = true
#endif
#ifdef TWO_DIE
        :: mortal[0] = true; mortal[1] = true
#endif
        fi;
        run memory();
        run taker(0, false);
        run taker(1, false);
#ifdef LEAVER_DIES
        run taker(2, true);
        run giver(GIVER, 1);
#else
#ifdef ONE_DIES
        run taker(2, false);
        run giver(GIVER, 1);
#else
#ifdef TWO_DIE
        run taker(2, false);
        run giver(GIVER, 1);
#else
        run taker(2, true);
        if
        :: run giver(GIVER, 1)
        :: run giver(GIVER, 2)
        fi;
#endif
#endif
#endif
        run reclaimer(RECLAIMER)
    }
}
