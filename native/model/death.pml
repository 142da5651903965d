/*
 * Who is dead, native/src/participant.c and warden.c, for Spin: lock, beacon and warden.
 *
 * Parties
 *   two participants  FIRST and then SECOND, which use the same slot, 0. Each joins it with its lock, SECOND
 *                     whenever it gets that, or never, and may take the role. Then it leaves, or lives on or
 *                     is stopped for ever. It may be killed at any step, SECOND also while it reclaims for
 *                     FIRST. FIRST may be without a beacon, as one of too many in its process.
 *   MORTAL            the warden of a third participant, which is in slot 1, with beacon and role. It may be
 *                     killed at any step, or stopped for ever while it holds no lock but its own: one that is
 *                     stopped with the lock of a dead peer's slot delays the recovery, as users are told.
 *   SURVIVOR          the warden of a fourth, which sees all others.
 *   sleeper           a thread of the survivor's participant. It sleeps on its doorbell until one role is no
 *                     longer that of one holder, and looks at nothing else.
 * The kernel is in `mark`: it marks the beacon of one who is killed, and wakes one of the wardens that wait
 * on it, maybe one that is stopped, or killed next. The killed stores once more. Then its locks become free,
 * in any order.
 *
 * Properties
 *   No death goes unnoticed: the sleeper learns of the end of each holder, whether it died or left.
 *   Nobody is reclaimed who is alive, or stopped, or has left in order, nor one who is new in the slot.
 *   The last store of the dead comes before the reclaim, even though it comes after the mark.
 *   A role goes to DEAD when its holder is dead, and a slot to FREE after that, whoever completes the reclaim
 *   that another began.
 *   A slot that is found locked has somebody alive in it, or is being reclaimed.
 *
 * Memory  Sequentially consistent: between a participant and its reclaimer stand the calls that give a lock
 * away and take it. What a reclaimer stores before it rings is as with the closer in wait.pml.
 *
 * Naps  The sleeper does without. MORTAL looks at all locks once, when it likes, SURVIVOR twice, when all
 * others have come to rest; in truth it is about once a second. A warden that saw a mark but found the lock
 * taken looks again when it is free.
 *
 * Left out  The word `membership`, which tells wardens whose beacons to wait on: here they wait on all. Their
 * looks and falling asleep are one step: what changes in between ends futex_waitv at once. The second look is
 * one step with taking the lock: with it nobody else changes the slot. Taking over a role from the DEAD: an
 * opener that finds its holder dead reclaims as a warden does. A generation is its participant's number, so
 * that none comes twice is taken for granted.
 *
 * These switches break it, and Spin must say so:
 *   BEACON_IS_PROOF        a warden reclaims who is marked, without taking the lock
 *   WITHOUT_SWEEP          it looks at nobody who is not marked, and the one wake may go to who is stopped
 *   SWEEP_READS_BEACONS    once a second it looks at those who are marked: there are deaths without a mark
 *   WITHOUT_SECOND_LOOK    it takes what it saw before it had the lock for true
 *   GENERATION_OF_BEFORE   it goes on when another generation has died meanwhile, and looks for roles of the
 *                          one that it saw before
 *   UNLOCKS_BEFORE_WORK    it lets go of the lock when it has found that the slot is dead
 *   UNLOCKS_BEFORE_FREE    it lets go of the lock and then stores FREE
 *   FREE_BEFORE_ROLES      when it is killed in between, nobody looks for the role any more
 *   RINGS_BEFORE_ROLES     who looks between the bell and the role sleeps on
 *   RINGS_ONE              it rings one doorbell, which may be another's
 *   PROBES_BY_LOCKING      a warden asks by taking the lock: to others the dead look alive meanwhile
 *   JOINS_WITHOUT_RECLAIM  a joiner takes a slot as the dead left it
 *   LEAVES_UNLOCKED        who leaves lets go of the lock and then stores FREE
 *   ROLE_KEPT              who leaves does not give up its role first
 */

#define FIRST    0
#define SECOND   1
#define MORTAL   2
#define SURVIVOR 3
#define NOBODY   4

#define IS_ASLEEP(warden) asleep[warden - MORTAL]
#define SLOT_OF(participant) ((participant) == MORTAL -> 1 : 0)

#define NO_BEACON              0
#define BEACON_OF(participant) ((participant) + 1)
#define MARKED                 9

mtype = { FREE, JOINING, LIVE, DEAD, ENDED };

/* Slots, their locks, and the role that their participants have. A participant's number is its generation. */
byte lock[2] = NOBODY;
mtype state[2] = FREE;
byte generation[2];
byte beacon[2] = NO_BEACON;
mtype role[2] = FREE;
byte holder[2];

bool asleep[2]; /* which warden waits on its peers' beacons */
bool rung;      /* whether the doorbell differs from what the sleeper read */

/* What is true, whoever knows it. */
bool has_come;        /* FIRST has had the lock */
bool gone[3];         /* its own lock is free: it stores nothing any more */
bool is_reclaimed[2]; /* who has the slot's lock has it for that */
byte wanted;          /* whose role the sleeper waits for, */
bool had_role;        /* whether that one has had it */
bool lives_on;        /* and whether it will not die */

/* ---- Steps --------------------------------------------------------------------------------------------- */

/* Before whatever a party does. */
inline may_die()
{
    if
    :: me != SURVIVOR -> goto dead
    :: true
    fi
}

/* The kernel, when it finds the beacon of one who is killed. */
inline mark()
{
    if
    :: beacon[SLOT_OF(me)] == BEACON_OF(me) ->
        beacon[SLOT_OF(me)] = MARKED;
        if
        :: me != MORTAL && IS_ASLEEP(MORTAL) -> IS_ASLEEP(MORTAL) = false
        :: IS_ASLEEP(SURVIVOR) -> IS_ASLEEP(SURVIVOR) = false
        :: !IS_ASLEEP(SURVIVOR) && (me == MORTAL || !IS_ASLEEP(MORTAL))
        fi
    :: else
    fi
}

inline unlock(slot)
{
    if
    :: lock[slot] == me -> lock[slot] = NOBODY; is_reclaimed[slot] = false
    :: else
    fi
}

inline ring_all()
{
#ifdef RINGS_ONE
    if
    :: rung = true
    :: true
    fi
#else
    rung = true
#endif
}

/* ---- Reclaiming ---------------------------------------------------------------------------------------- */

inline store_free(slot)
{
    atomic { may_die(); assert(state[slot] == DEAD); state[slot] = FREE }
}

/* With the lock of a slot in which it has seen what `whom` left. */
inline recover(slot, whom)
{
    atomic {
        may_die();
        assert(state[slot] != FREE && gone[generation[slot]]);
        state[slot] = DEAD
    };
#ifdef FREE_BEFORE_ROLES
    store_free(slot);
#endif
#ifdef RINGS_BEFORE_ROLES
    atomic { may_die(); ring_all() };
#endif
    atomic {
        may_die();
        if
        :: role[slot] == LIVE && holder[slot] == whom -> assert(gone[whom]); role[slot] = DEAD
        :: else
        fi
    };
#ifndef RINGS_BEFORE_ROLES
    atomic { may_die(); ring_all() };
#endif
#ifdef UNLOCKS_BEFORE_FREE
    d_step { unlock(slot) };
#endif
#ifndef FREE_BEFORE_ROLES
    store_free(slot);
#endif
    true
}

/* ---- Wardens ------------------------------------------------------------------------------------------- */

#ifdef WITHOUT_SECOND_LOOK
#define IS_STILL_DEAD(slot) true
#else
#ifdef GENERATION_OF_BEFORE
#define IS_STILL_DEAD(slot) (state[slot] != FREE)
#else
#define IS_STILL_DEAD(slot) (state[slot] != FREE && generation[slot] == whom)
#endif
#endif

/* It looks at the locks of those who are marked, once a second at all. */
#define IS_ASKED(slot) \
    ((slot == 0 || me == SURVIVOR) && state[slot] != FREE && (is_sweep || beacon[slot] == MARKED))

#ifdef BEACON_IS_PROOF
#define LOOKS_DEAD(slot) (IS_ASKED(slot) && (lock[slot] == NOBODY || beacon[slot] == MARKED))
#else
#define LOOKS_DEAD(slot) (IS_ASKED(slot) && lock[slot] == NOBODY)
#endif

/* A slot whose lock it finds taken. */
inline leave_alone(slot)
{
    assert(!IS_ASKED(slot) || SLOT_OF(lock[slot]) == slot || is_reclaimed[slot]);
    dying[slot] = (IS_ASKED(slot) && beacon[slot] == MARKED)
}

inline reclaim()
{
#ifdef BEACON_IS_PROOF
    recover(slot, whom);
#else
    atomic {
        may_die();
        if
        :: lock[slot] != NOBODY -> whom = NOBODY
        :: lock[slot] == NOBODY && IS_STILL_DEAD(slot) -> lock[slot] = me; is_reclaimed[slot] = true
        :: else -> whom = NOBODY
        fi
    };
    if
    :: whom != NOBODY ->
#ifdef UNLOCKS_BEFORE_WORK
        d_step { unlock(slot) };
#endif
        recover(slot, whom)
    :: whom == NOBODY
    fi;
#endif
    d_step { unlock(slot) }
}

proctype warden(byte me)
{
    byte naps = (me == SURVIVOR -> 2 : 1);
    bool is_sweep;
    byte slot; /* one that looks dead, */
    byte whom; /* and its generation; NOBODY when there is none */
    bool dying[2];
    do
    ::
#ifdef PROBES_BY_LOCKING
        if
        :: atomic { IS_ASKED(0) && lock[0] == NOBODY -> lock[0] = me }; atomic { may_die(); unlock(0) }
        :: else
        fi;
#endif
        atomic {
            may_die();
            if
            :: LOOKS_DEAD(0) -> slot = 0; whom = generation[0]
            :: !LOOKS_DEAD(0) && LOOKS_DEAD(1) -> slot = 1; whom = generation[1]
            :: !LOOKS_DEAD(0) && !LOOKS_DEAD(1) ->
                whom = NOBODY;
                leave_alone(0);
                leave_alone(1);
                is_sweep = false;
                IS_ASLEEP(me) = true
            fi
        };
        if
        :: whom != NOBODY -> reclaim(); slot = 0
        :: whom == NOBODY ->
end_asleep:
            atomic {
                if
                :: !IS_ASLEEP(me)
                :: IS_ASLEEP(me) && dying[0] && lock[0] == NOBODY
                :: IS_ASLEEP(me) && dying[1] && lock[1] == NOBODY
                :: IS_ASLEEP(me) && me == MORTAL -> goto dead
                :: IS_ASLEEP(me) && me == MORTAL -> goto stopped
#ifndef WITHOUT_SWEEP
                :: IS_ASLEEP(me) && naps > 0 && (me == MORTAL || timeout) ->
                    naps--;
#ifndef SWEEP_READS_BEACONS
                    is_sweep = true
#endif
#endif
                fi;
                IS_ASLEEP(me) = false;
                dying[0] = false;
                dying[1] = false
            };
            if
            :: me == MORTAL -> goto stopped
            :: true
            fi
        fi
    od;
stopped: /* it may be in the queue of a beacon, and takes the wake with it */
    lives_on = (lives_on || me == wanted);
end_stopped:
    false;
dead:
    atomic { mark(); IS_ASLEEP(MORTAL) = false };
    if
    :: d_step { lock[0] == me -> unlock(0) }
    :: true
    fi;
    d_step { lock[1] = NOBODY; gone[MORTAL] = true };
    d_step { unlock(0) }
}

/* ---- Participants -------------------------------------------------------------------------------------- */

/* Whether the slot is its own: whoever stores must find it so. */
#define IS_ITS_OWN (generation[0] == me && (state[0] == JOINING || state[0] == LIVE))

proctype participant(byte me)
{
    bool has_joined;
    if
    :: atomic { me == FIRST && lock[0] == NOBODY -> lock[0] = me; has_come = true }
    :: atomic { me == SECOND && has_come && lock[0] == NOBODY -> lock[0] = me }
    :: me == SECOND -> goto outside
    fi;
#ifndef JOINS_WITHOUT_RECLAIM
    if
    :: state[0] != FREE -> recover(0, generation[0])
    :: state[0] == FREE
    fi;
#endif
    atomic { may_die(); generation[0] = me; state[0] = JOINING; has_joined = true };
    atomic {
        may_die();
        assert(IS_ITS_OWN);
        if
        :: beacon[0] = BEACON_OF(me)
        :: me == FIRST /* its process has more of them than the kernel marks */
        fi
    };
    atomic { may_die(); assert(IS_ITS_OWN); state[0] = LIVE };
    if
    :: atomic {
            role[0] != LIVE ->
            may_die();
            assert(IS_ITS_OWN);
            role[0] = LIVE;
            holder[0] = me;
            had_role = (had_role || me == wanted)
        }
    :: true
    fi;
    if
    :: lives_on = (lives_on || me == wanted); goto outside
    :: true
    fi;
#ifndef ROLE_KEPT
    atomic {
        may_die();
        assert(IS_ITS_OWN);
        if
        :: role[0] == LIVE && holder[0] == me -> role[0] = ENDED
        :: else
        fi
    };
    atomic { may_die(); ring_all() };
#endif
    atomic { may_die(); assert(IS_ITS_OWN); beacon[0] = NO_BEACON };
#ifdef LEAVES_UNLOCKED
    d_step { unlock(0) };
#endif
    atomic { may_die(); assert(IS_ITS_OWN); state[0] = FREE; has_joined = false };
    goto unlocks;
dead:
    atomic { mark() };
    assert(!has_joined || IS_ITS_OWN); /* a last store, after the mark */
unlocks:
    atomic { unlock(0); gone[me] = true };
outside:
    skip
}

/* ---- Who is to learn ----------------------------------------------------------------------------------- */

proctype sleeper()
{
end_before:
    had_role;
    do
    :: rung = false;
        if
        :: role[SLOT_OF(wanted)] == LIVE && holder[SLOT_OF(wanted)] == wanted
        :: else -> break
        fi;
        if
        :: rung
        :: lives_on -> break
        fi
    od
}

init
{
    atomic {
        if
        :: wanted = FIRST
        :: wanted = SECOND
        :: wanted = MORTAL; had_role = true
        fi;
        lock[1] = MORTAL;
        state[1] = LIVE;
        generation[1] = MORTAL;
        beacon[1] = BEACON_OF(MORTAL);
        role[1] = LIVE;
        holder[1] = MORTAL;
        run participant(FIRST);
        run participant(SECOND);
        run warden(MORTAL);
        run warden(SURVIVOR);
        run sleeper()
    }
}
