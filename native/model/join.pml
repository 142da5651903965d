/*
 * Capacity, and readers that come and go, native/src/ring_writer.c and ring_reader.c, for Spin: how far a
 * writer may run ahead, of whom, and where a new reader or writer starts.
 *
 * Parties
 *   writer   the holders of one lane, one after the other. The first may be killed, or end its role, at any
 *            step; the last publishes all MESSAGES. It claims one message or several, fills them, and
 *            commits; it looks at the reader when its cached limit says full.
 *   reader   the holders of the reader's role, likewise: three of them. Each reads one message or several
 *            before it stores its cursor.
 *   memory   lets the others' stores be seen, at any later time, and makes those DEAD who were killed: when
 *            nothing of them is held any more, for the lock is free only then.
 *
 * Without HOLD the ring is one that releases: ENDED and DEAD do not gate, and who comes after them joins at the
 * tail; the cursor that it found may be many lanes behind, and until it stores its own the writer takes the lane
 * for full. FREE gates, and the first reader starts at its cursor. With HOLD the cursor gates whoever had it, and a new reader goes on where it stands.
 *
 * Properties
 *   No message is overwritten before the reader that gates has read it: what a reader reads at a position is
 *   what was published there.
 *   With HOLD no message is left out: no reader starts after one that nobody has read.
 *   The writer finds no cursor ahead of its tail, and a reader that has started none of its tails more than a
 *   lane away. Anything else may be called corruption.
 *   All gets to an end: the last writer is given space, and the last reader gets the last message.
 *
 * Memory  The writer's tail and the reader's cursor and word are held: their thread goes on meanwhile and
 * loads what others have stored. Each is a release store, so those of one thread are seen in order. A fence
 * waits until nothing of its thread is held. Loads are made in program order, since each is an acquire load
 * or follows a fence. A message's bytes are seen at once, before the tail that publishes them: to overwrite
 * as early as possible is the worst. A load sees what all others see: no store is seen by one thread before
 * another, as on x86 and aarch64.
 *
 * Left out  Waiting, which is in wait.pml: who finds the lane full goes on when the cursor or the word
 * changes. Who may call whom dead, which is in death.pml. More readers: a writer takes the lowest of their
 * limits, and each is right or too low by itself. A message has one size, a lane has room for LANE.
 *
 * Also right, which Spin must confirm
 *   WRITER_KEEPS_LIMIT    a new writer begins with the limit that the lane's last holder had cached: a limit
 *                         stays right, whoever comes. Another process does not know it
 *
 * These switches break it, and Spin must say so:
 *   WRITER_WITHOUT_FENCE  it looks for a reader while nobody sees its tail, and who joins starts before that
 *   READER_WITHOUT_FENCE  it looks at the tail while nobody sees its LIVE
 *   TAIL_READ_ONCE        the writer may have gone on for many lanes before it saw the reader
 *   RESUMES               it tries to go on at the dead reader's cursor when that is less than a lane behind:
 *                         bytes beyond the tail are already being overwritten
 *   LAG_IS_CORRUPTION     a cursor more than a lane behind is no corruption where readers join
 *   WRITER_FROM_TAIL      a new writer takes the lane for empty, without a look at the reader
 *   CURSOR_FIRST          a reader gives back what it has not read
 *   DYING_IS_DEAD         with HOLD: the dead reader's last cursor is seen after the next one started
 *   GATES_WHILE_LIVE      with HOLD: a dead reader does not gate, and the next one starts at its cursor
 */

#define LANE     2
#define MESSAGES 5

mtype = { FREE, LIVE, ENDED, DEAD, CURSOR };

byte filled[LANE]; /* the position of the message that stands there */
byte published;    /* the writer's tail, as it has stored it */
byte tail;         /* as everybody sees it: what is between the two is held */
mtype word = FREE; /* the reader's owner word */
byte cursor;
chan held = [4] of { mtype, byte }; /* the reader's stores that nobody sees yet; when it is full it waits */
bool killed;       /* a reader, that is not yet DEAD */
byte unread;       /* the first message that no reader has read */

#ifdef HOLD
#ifdef GATES_WHILE_LIVE
#define GATES(state) ((state) == FREE || (state) == LIVE)
#else
#define GATES(state) true
#endif
#else
#define GATES(state) ((state) == FREE || (state) == LIVE)
#endif

#ifdef WRITER_WITHOUT_FENCE
#define WRITER_FENCE true
#else
#define WRITER_FENCE (tail == published)
#endif

#ifdef READER_WITHOUT_FENCE
#define READER_FENCE true
#else
#define READER_FENCE empty(held)
#endif

#ifdef DYING_IS_DEAD
#define READER_GONE true
#else
#define READER_GONE empty(held)
#endif

proctype memory()
{
    byte value;
end:
    do
    :: d_step { tail < published -> tail++ }
    :: atomic { held ? CURSOR(value) -> cursor = value }
    :: atomic { held ? LIVE(value) -> word = LIVE }
    :: atomic { held ? ENDED(value) -> word = ENDED }
    :: d_step { killed && READER_GONE -> killed = false; word = DEAD }
    od
}

/* ---- The writer ---------------------------------------------------------------------------------------- */

/* refresh_limit. When the lane is full for what it saw, it waits until that changes. */
#define IS_WORTH_A_LOOK \
    (word != seen_word || cursor != seen_cursor || (!GATES(seen_word) && limit < published + LANE))

inline refresh()
{
    atomic { WRITER_FENCE -> seen_word = word };
    atomic {
        seen_cursor = cursor;
        if
        :: GATES(seen_word) ->
            assert(seen_cursor <= published);
#ifdef LAG_IS_CORRUPTION
            assert(published - seen_cursor <= LANE);
#endif
            limit = seen_cursor + LANE
        :: else -> limit = published + LANE
        fi
    }
}

proctype writer(byte lives)
{
    byte claimed;
    byte limit;
    byte seen_cursor;
    mtype seen_word;
    do
    :: lives > 0 ->
        lives--;
        atomic { tail == published -> claimed = tail };
#ifdef WRITER_FROM_TAIL
        limit = tail + LANE;
#else
#ifdef WRITER_KEEPS_LIMIT
        if
        :: limit == 0 -> refresh()
        :: else
        fi;
#else
        refresh();
#endif
#endif
        do
        :: d_step { claimed < MESSAGES && claimed < limit -> filled[claimed % LANE] = claimed; claimed++ }
        :: d_step { claimed > published -> published = claimed }
        :: claimed < MESSAGES && claimed >= limit && IS_WORTH_A_LOOK -> refresh()
        :: published == MESSAGES -> break
        :: lives > 0 -> break /* killed, or ended: what is claimed and not published is lost */
        od
    :: lives == 0 || published == MESSAGES -> break
    od
}

/* ---- The reader ---------------------------------------------------------------------------------------- */

inline may_die()
{
    if
    :: lives > 0 -> killed = true; goto next
    :: true
    fi
}

proctype reader(byte lives)
{
    byte position;
    byte known;    /* the tail when it looked last */
    byte stored;   /* its last cursor store */
    bool is_first; /* the role was FREE */
next:
    lives--;
#ifdef HOLD
    atomic { !killed && (word == FREE || word == ENDED || word == DEAD) -> word = LIVE };
    position = cursor;
#else
#ifdef TAIL_READ_ONCE
    position = tail;
#endif
    /* The compare-and-swap itself is what nobody sees yet. */
    atomic {
        !killed && (word == FREE || word == ENDED || word == DEAD) ->
        is_first = (word == FREE);
        stored = cursor;
        if
        :: is_first -> word = LIVE; position = cursor
        :: else -> held ! LIVE(0)
        fi
    };
    may_die();
    if
    :: is_first
    :: else ->
#ifndef TAIL_READ_ONCE
        atomic { READER_FENCE -> position = tail };
#endif
#ifdef RESUMES
        if
        :: position - stored <= LANE -> position = stored
        :: else
        fi;
#endif
        held ! CURSOR(position)
    fi;
#endif
    stored = position;
    known = position;
    is_first = false;
    may_die();
    do
    :: atomic {
            position == known && position == stored && tail > position -> known = tail;
            assert(known - position <= LANE)
        }
    :: position < known ->
#ifdef CURSOR_FIRST
        held ! CURSOR(position + 1);
#endif
        atomic {
            assert(filled[position % LANE] == position);
#ifdef HOLD
            assert(position <= unread);
#endif
            position++;
            unread = (position > unread -> position : unread)
        };
        may_die()
    :: position > stored -> stored = position; held ! CURSOR(stored); may_die()
    :: stored == MESSAGES -> break
    :: position == stored && lives > 0 -> held ! ENDED(0); goto next
    od
}

init
{
    atomic { run memory(); run writer(2); run reader(3) }
}
