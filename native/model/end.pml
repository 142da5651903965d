/*
 * The end of a lane's writer, native/src/ring_reader.c and role.c, for Spin: END and PEER_DIED come after all
 * that was published.
 *
 * Parties
 *   writer   WRITERS holders of one lane, one after the other. Each claims, fills and commits as often as it
 *            likes, and then closes in order, or is killed at any step.
 *   reader   polls: while it has consumed all it knows of it looks at the lane, the owner word first, and
 *            otherwise handles a message. It ends when it has been told of the last writer's end.
 *   memory   lets the writer's stores be seen, at any later time, and makes a killed writer DEAD: when
 *            nothing of it is held any more, for the lock is free only then.
 *
 * Properties
 *   Whoever is told that a writer has ended, or died, has been given all that it and those before it
 *   published, and that writer publishes nothing any more.
 *   It is told so once of each writer at most, and with the right word. Not of each: one that takes the lane
 *   over at once covers up its predecessor's end, but not its messages.
 *   It is told of a writer after whom none comes: the reader gets to its end.
 *   Every message that is handled was committed, and all are handled in the order of their commits.
 *
 * Memory  The writer's tail and its ENDED are held: it goes on meanwhile. Both are release stores, so they
 * are seen in order. The reader's two loads are acquire loads, so they are made in order. Taking the role is
 * a compare-and-swap on what is seen. A message's bytes are seen at once: that they are there when the tail
 * is seen is a matter of its release store alone.
 *
 * Left out  Capacity, which is in join.pml: no message is overwritten here. Waking, which is in wait.pml, and
 * finding out who is dead, which is in death.pml: the reader waits until the word or the tail changes. A
 * writer that waits for space looks at the reader's word and then its cursor in the same way. A reader that
 * comes late is not told of an end that was before it, unless something was left to read.
 *
 * These switches break it, and Spin must say so:
 *   TAIL_BEFORE_STATE    the reader looks at the tail first: the last message comes between
 *   REPORTS_BEFORE_TAIL  it does not look at the tail when the word says ENDED
 *   END_BEFORE_TAIL      the writer stores its state and then its last tail
 *   END_WITHOUT_RELEASE  the state is seen before the tail that it covers
 *   DYING_IS_DEAD        DEAD is stored at the alarm, while stores of the dead are still coming
 *   SAYS_ALWAYS          the reader does not remember what it was told
 *   SAYS_ONCE            it remembers that it was told, not of whom
 *   TWO_WORDS            state and generation are two words: the end of one is taken for its successor's
 *   TAKES_AT_CLAIMED     a new writer goes on where the dead one had claimed to, not published to
 *   TAIL_BEFORE_TAKING   a new writer reads the tail while the old one still publishes
 */

#define WRITERS  3
#define MESSAGES 4 /* there is room for */

mtype = { FREE, LIVE, ENDED, DEAD, TAIL };

mtype state = FREE; /* the owner word: its state, and its holder */
byte owner;
byte tail;
chan held = [8] of { mtype, byte }; /* the writer's stores that nobody sees yet; it never fills */
bool killed; /* and not yet DEAD */

/* What is true, whatever is seen of it. Writers count from 1. */
byte writer_of[MESSAGES];    /* who committed the message at a position; 0 while nobody has */
byte committed[WRITERS + 1]; /* messages of each writer */
byte handled[WRITERS + 1];
mtype end_of[WRITERS + 1];
bool told[WRITERS + 1];

#ifdef DYING_IS_DEAD
#define GONE true
#else
#define GONE empty(held)
#endif

proctype memory()
{
    byte value;
end:
    do
    :: atomic { held ? TAIL(value) -> tail = value }
    :: atomic { held ? ENDED(value) -> state = ENDED }
#ifdef END_WITHOUT_RELEASE
    :: atomic { held ?? ENDED(value) -> state = ENDED }
#endif
    :: d_step { killed && GONE -> killed = false; state = DEAD }
    od
}

inline commit()
{
    d_step {
        assert(!told[me]);
        do
        :: published == claimed -> break
        :: else -> writer_of[published] = me; committed[me]++; published++
        od;
        held ! TAIL(published)
    }
}

proctype writer()
{
    byte me;
    byte claimed;
    byte published;
    do
    :: me == WRITERS -> break
    :: me < WRITERS ->
#ifdef TAIL_BEFORE_TAKING
        claimed = tail;
#endif
        atomic { !killed && state != LIVE -> me++; owner = me; state = LIVE };
#ifndef TAIL_BEFORE_TAKING
#ifdef TAKES_AT_CLAIMED
        claimed = (claimed > tail -> claimed : tail);
#else
        claimed = tail;
#endif
#endif
        published = claimed;
        do
        :: claimed < MESSAGES -> claimed++
        :: published < claimed -> commit()
        :: d_step { killed = true; end_of[me] = DEAD }; break
        :: end_of[me] = ENDED;
#ifdef END_BEFORE_TAIL
            held ! ENDED(0);
            if
            :: published < claimed -> commit()
            :: published == claimed
            fi;
#else
            held ! ENDED(0);
#endif
            break
        od
    od
}

inline look()
{
#ifdef TAIL_BEFORE_STATE
    known = tail;
#endif
#ifdef TWO_WORDS
    seen_state = state;
    seen_owner = owner;
#else
    d_step { seen_state = state; seen_owner = owner };
#endif
#ifndef TAIL_BEFORE_STATE
    known = tail
#endif
}

#ifdef SAYS_ALWAYS
#define IS_NEWS true
#else
#ifdef SAYS_ONCE
#define IS_NEWS (said == 0)
#else
#define IS_NEWS (said != seen_owner)
#endif
#endif

#ifdef REPORTS_BEFORE_TAIL
#define IS_DRAINED true
#else
#define IS_DRAINED (consumed == known)
#endif

proctype reader()
{
    byte consumed;
    byte known; /* the tail when it looked last */
    byte said;  /* of whom it was told last */
    mtype seen_state = LIVE;
    byte seen_owner;
    byte i;
    do
    :: consumed < known ->
        d_step {
            assert(writer_of[consumed] != 0);
            handled[writer_of[consumed]]++;
            consumed++
        }
    :: consumed == known ->
        look();
        if
        :: IS_DRAINED && (seen_state == ENDED || seen_state == DEAD) && IS_NEWS ->
            d_step {
                assert(!told[seen_owner]);
                for (i : 1 .. seen_owner) {
                    assert(handled[i] == committed[i])
                };
                i = 0;
                assert(seen_state == end_of[seen_owner]);
                told[seen_owner] = true;
                said = seen_owner
            };
            if
            :: seen_owner == WRITERS -> break
            :: seen_owner < WRITERS
            fi
        :: else ->
            consumed < known || tail != known || state != seen_state || owner != seen_owner
        fi
    od
}

init
{
    atomic { run memory(); run writer(); run reader() }
}
