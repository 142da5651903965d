/*
 * The kill suite. Real processes send and check a stream; one is killed at a stated step, or at any time, or
 * is stopped; the others must go on, nothing of the stream may be missing, and nothing may stay behind.
 *
 *     kill_test PREFIX ...    the points of these names, and the tests "random" and "stop"
 *
 * STRAIT_KILL_VICTIM in the environment is a command to be killed in place of kill_peer: one in Java.
 */
#include "kill/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/kill_point.h"
#include "internal/participant.h"
#include "kill/ledger.h"

#define POINT_ROUNDS   5 /* of 50, which STRAIT_TEST_SHARE=10 runs */
#define RANDOM_KILLS   500
#define KILLS_A_STREAM 25
#define STOPS          10
#define SURVIVOR       KILL_DIRECTORY "/kill_survivor"
#define VICTIM         KILL_DIRECTORY "/kill_peer"

enum role {
    WRITER,
    READER,
    IDLE,
};

static const char *const role_names[] = {"writer", "reader", "idle"};

/* What the one round has beside its peers. */
static struct {
    struct ledger *ledger;
    bool by_rename; /* no O_TMPFILE here */
    int index;      /* of this round in its test */
    int reached;
    /* The segment as it is in memory, once it has a name. */
    const unsigned char *base;
    size_t bytes;
} here;

/* ---- The segment's words ---------------------------------------------------------------------------------
 */

/* Maps the segment, for looking only; false while it has no name. */
static bool look_at_segment(void)
{
    struct stat status;
    if (here.base != NULL)
        return true;
    int fd = open(test_path("ring"), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    must(fstat(fd, &status) == 0);
    here.bytes = (size_t)status.st_size;
    void *base = mmap(NULL, here.bytes, PROT_READ, MAP_SHARED, fd, 0);
    must(base != MAP_FAILED);
    close(fd);
    here.base = base;
    return true;
}

static void forget_segment(struct round *round)
{
    (void)round;
    if (here.base != NULL)
        munmap((void *)(uintptr_t)here.base, here.bytes);
    here.base = NULL;
}

static const struct strait_slot *slots_of(void)
{
    const struct strait_header *header = (const struct strait_header *)here.base;
    return (const struct strait_slot *)(here.base + header->participants.offset);
}

static uint64_t owner_of(enum role role)
{
    const struct strait_header *header = (const struct strait_header *)here.base;
    const unsigned char *lane = here.base + header->ring.offset + sizeof(struct strait_ring_control);
    const _Atomic uint64_t *word =
        role == WRITER
            ? &((const struct strait_lane_control *)lane)->owner
            : &((const struct strait_reader_control *)(lane + sizeof(struct strait_lane_control)))->owner;
    return atomic_load(word);
}

static bool is_held(enum role role)
{
    return strait_owner_state(owner_of(role)) == STRAIT_OWNER_LIVE;
}

static int slots_taken(void)
{
    int count = 0;
    for (int slot = 0; slot < STRAIT_SLOTS; slot++)
        count += strait_slot_state(atomic_load(&slots_of()[slot].identity)) != STRAIT_SLOT_FREE;
    return count;
}

/* ---- Giving up -------------------------------------------------------------------------------------------
 */

static void print_round(struct round *round)
{
    const struct ledger *ledger = here.ledger;
    print_error("  spin %llu, spin-only %llu, release %llu, by rename %d\n", (unsigned long long)ledger->spin,
                (unsigned long long)ledger->spin_only, (unsigned long long)ledger->release, here.by_rename);
    print_error(
        "  begun %llu, sent %llu, total %lld, batch %llu, handled %llu, attached %llu, told %llu %llu\n",
        (unsigned long long)ledger->begun, (unsigned long long)ledger->sent, (long long)ledger->total,
        (unsigned long long)ledger->batch, (unsigned long long)ledger->handled,
        (unsigned long long)ledger->attached, (unsigned long long)ledger->writer_told,
        (unsigned long long)ledger->reader_told);
    for (int i = 0; i < round->count; i++)
        print_error("  peer %d: %s\n", i, role_names[round->peers[i].role]);
    if (!look_at_segment())
        return;
    print_error("  writer %llx, reader %llx\n", (unsigned long long)owner_of(WRITER),
                (unsigned long long)owner_of(READER));
    for (int slot = 0; slot < STRAIT_SLOTS; slot++) {
        const struct strait_slot *each = &slots_of()[slot];
        if (each->pid != 0)
            print_error("  slot %d: identity %llx, beacon %x, pid %u\n", slot,
                        (unsigned long long)each->identity, each->beacon, each->pid);
    }
}

static const struct suite suite = {VICTIM, SURVIVOR, print_round, forget_segment};

/* ---- Peers -----------------------------------------------------------------------------------------------
 */

static void refuse_tmpfile(void)
{
    refuse_call(SYS_openat, 2, O_TMPFILE, O_TMPFILE, EOPNOTSUPP);
}

static void accept_rename(int parent, void *context)
{
    (void)parent, (void)context;
    refuse_tmpfile();
}

/* Whether peers can be made to live without O_TMPFILE here. */
static bool can_refuse(void)
{
    struct child child = child_start(accept_rename, NULL);
    return child_end(&child) == 0;
}

/* `how` is what kill_peer.c takes behind the role. */
static void launch_role(struct round *round, struct peer *peer, enum role role, bool is_victim,
                        const char *how)
{
    struct order order;
    order_begin(&order, round, is_victim);
    order_add(&order, role_names[role]);
    order_add(&order, how);
    order.prepare = here.by_rename ? refuse_tmpfile : NULL;
    launch(peer, (int)role, &order);
}

static struct peer *start(struct round *round, enum role role, bool is_victim, const char *how)
{
    struct peer *peer = next_peer(round);
    launch_role(round, peer, role, is_victim, how);
    return peer;
}

static void stop_peer(const struct peer *peer)
{
    child_stop(&peer->child);
}

static void let_go_on(const struct peer *peer)
{
    child_go_on(&peer->child);
}

/* ---- Rounds ----------------------------------------------------------------------------------------------
 */

static void begin(struct round *round, uint64_t seed)
{
    static int refuses = -1;
    if (refuses < 0)
        refuses = can_refuse();
    round_begin(round, &suite, seed, sizeof *here.ledger);
    memset(&here, 0, sizeof here);
    here.ledger = round->ledger;
    here.ledger->seed = seed;
    here.ledger->lane_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    here.ledger->spin = below(round, 4) == 0 ? LEDGER_SPIN : chance(round) ? LEDGER_MIXED : LEDGER_SLEEP;
    here.ledger->spin_only = here.ledger->spin == LEDGER_SPIN && chance(round);
    here.ledger->release = chance(round);
    here.ledger->total = LEDGER_NO_TOTAL;
    here.by_rename = refuses && below(round, 4) == 0;
}

/* The stream moves, and whoever is dead has left the table. */
static void see_it_goes_on(struct round *round, int alive)
{
    uint64_t handled = atomic_load(&here.ledger->handled);
    see_soon(round, atomic_load(&here.ledger->handled) >= handled + PROGRESS);
    see_soon(round, look_at_segment());
    see_soon(round, slots_taken() == alive);
}

static bool is_locked(const char *path, uint32_t slot)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    must(fd >= 0);
    int locked = strait_fd_is_locked(fd, STRAIT_LOCK_BYTE + slot);
    close(fd);
    return locked != 0;
}

/* Nothing of anybody is left in the segment. */
static void see_nothing_is_left(struct round *round)
{
    see_soon(round, slots_taken() == 0);
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++) {
        see(round, !is_locked(test_path("ring"), slot));
        see(round, slots_of()[slot].beacon == 0);
    }
    see(round, !is_held(WRITER));
    see(round, !is_held(READER));
}

/* A creator that was killed between two names leaves its file to the next creator. */
static void see_no_other_file(struct round *round)
{
    if (here.by_rename) {
        must(unlink(test_path("ring")) == 0);
        struct peer *peer = start(round, IDLE, false, "create");
        see_soon(round, is_gone(peer));
        see(round, peer->status == 0);
    }
    see(round, count_files(test_directory) == 1);
    must(unlink(test_path("ring")) == 0);
}

/* The writer ends the stream, both go, and all of it was read. */
static void end(struct round *round)
{
    atomic_store(&here.ledger->stop, 1);
    for (int i = 0; i < round->count; i++)
        see_soon(round, is_gone(&round->peers[i]));
    see(round, !has_failed(round));
    see(round, atomic_load(&here.ledger->total) != LEDGER_NO_TOTAL);
    see(round, atomic_load(&here.ledger->handled) == atomic_load(&here.ledger->total));
    see(round, look_at_segment());
    see_nothing_is_left(round);
    see_no_other_file(round);
    round_end(round);
}

static enum role other(enum role role)
{
    return role == WRITER ? READER : WRITER;
}

/* Who holds the other role is told of a death; a writer on a RELEASE ring needs not be. */
static void see_told(struct round *round, enum role dead)
{
    if (dead == WRITER)
        see_soon(round, atomic_load(&here.ledger->reader_told) >= 1);
    else if (!here.ledger->release)
        see_soon(round, atomic_load(&here.ledger->writer_told) >= 1);
}

/* Takes the place of a dead peer; in Java's rounds sometimes it is one in Java too. */
static void replace(struct round *round, enum role role, const char *how)
{
    round->point = NULL;
    start(round, role, chance(round), how);
}

/* ---- Killed at a point -----------------------------------------------------------------------------------
 */

/* What a point's name begins with, whose it can be, and how often it is passed at most before it kills. */
struct class
{
    const char *prefix;
    uint64_t passes;
    int role; /* -1 for either */
    bool sleeps;
    bool releases;
};

static const struct class classes[] = {
    {"join_", 4, -1, false, false},        {"open_owner", 4, -1, false, false},
    {"open_", 4, READER, false, true},     {"claim_", 100, WRITER, false, false},
    {"commit_", 60, WRITER, false, false}, {"poll_", 60, READER, false, false},
    {"sleep_", 8, -1, true, false},        {"wake_", 8, -1, true, false},
    {"close_", 4, -1, false, false},       {"leave_", 4, -1, false, false},
};

static const struct class *class_of(const char *point)
{
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (begins_with(point, classes[i].prefix))
            return &classes[i];
    fail_msg("%s has no scenario", point);
    return NULL;
}

/* From here on it is as if the victim had been killed at any other time. */
static void go_on_without(struct round *round, struct peer *victim)
{
    see_dead(round, victim);
    if (look_at_segment()) {
        enum strait_owner_state state = strait_owner_state(owner_of(victim->role));
        if (state == STRAIT_OWNER_LIVE || state == STRAIT_OWNER_DEAD)
            see_told(round, victim->role);
        if (chance(round)) /* else whoever takes its slot has to reclaim it */
            see_soon(round, slots_taken() == 1);
    }
    replace(round, victim->role, "create");
    see_it_goes_on(round, 2);
    end(round);
}

/* The victim makes the ring. */
static void die_creating(struct round *round)
{
    enum role role = chance(round) ? WRITER : READER;
    if (chance(round))
        start(round, other(role), false, "");
    struct peer *victim = start(round, role, true, "create stints");
    if (round->count == 1) {
        see_soon(round, is_gone(victim));
        start(round, other(role), false, "");
    }
    go_on_without(round, victim);
}

/* The victim comes and goes while the survivor stays. */
static void die_in_a_stream(struct round *round)
{
    const struct class *class = class_of(round->point);
    enum role role = class->role >= 0 ? (enum role) class->role : chance(round) ? WRITER : READER;
    struct peer *victim;
    round->pass = 1 + (int)below(round, class->passes);
    if (class->sleeps)
        here.ledger->spin = here.ledger->spin_only = 0;
    if (class->releases)
        here.ledger->release = 1;
    if (chance(round)) {
        start(round, other(role), false, "create");
        victim = start(round, role, true, chance(round) ? "create stints" : "stints");
    } else {
        victim = start(round, role, true, "create stints");
        start(round, other(role), false, "");
    }
    go_on_without(round, victim);
}

/* A third one finds that somebody died, and dies of that. */
static void die_reaping_with_a_stopped_peer(struct round *round, enum role role)
{
    struct peer *survivor = start(round, other(role), false, "create");
    struct peer *dead = start(round, role, false, "");
    see_soon(round, atomic_load(&here.ledger->handled) >= PROGRESS);
    struct peer *victim = start(round, IDLE, true, "");
    see_soon(round, atomic_load(&here.ledger->attached) == 3);
    stop_peer(survivor);
    kill_peer(round, dead);
    see_soon(round, is_gone(victim));
    let_go_on(survivor);
    see_told(round, role);
    replace(round, role, "");
}

/* As above, but the survivor reclaims as well, and whoever is faster does. */
static void die_reaping_in_a_race(struct round *round, enum role role)
{
    start(round, other(role), false, "create");
    struct peer *victim = start(round, IDLE, true, "");
    struct peer *dead = start(round, role, false, "");
    see_soon(round, atomic_load(&here.ledger->handled) >= PROGRESS);
    see_soon(round, atomic_load(&here.ledger->attached) == 3);
    kill_peer(round, dead);
    see_told(round, role);
    see(round, look_at_segment());
    see_soon(round, slots_taken() == (is_gone(victim) ? 1 : 2));
    here.reached = is_gone(victim);
    if (!here.reached) /* the survivor was faster */
        kill_peer(round, victim);
    replace(round, role, "");
}

/* Nobody is left when the next one comes, who dies while it tidies up. */
static void die_reaping_while_joining(struct round *round, enum role role)
{
    struct peer *dead = start(round, role, false, "create");
    see_soon(round, atomic_load(&here.ledger->attached) == 1);
    see_soon(round, look_at_segment() && is_held(role));
    kill_peer(round, dead);
    struct peer *victim = start(round, IDLE, true, "");
    see_soon(round, is_gone(victim));
    start(round, other(role), false, "");
    see_told(round, role);
    replace(round, role, "");
}

static void die_reaping(struct round *round)
{
    static const char *const elsewhere[] = {"reap_alarm", "reap_lock", "reap_unlocked"};
    enum role role = chance(round) ? WRITER : READER;
    int way = here.index % 3;
    for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
        if (way == 2 && strcmp(round->point, elsewhere[i]) == 0)
            way = 0; /* a joiner that takes the dead one's slot does not pass it */
    if (way == 0)
        die_reaping_with_a_stopped_peer(round, role);
    else if (way == 1)
        die_reaping_in_a_race(round, role);
    else
        die_reaping_while_joining(round, role);
    see_it_goes_on(round, 2);
    end(round);
}

/* Somebody left a segment behind, and the victim is about to put another in its place. */
static void die_removing(struct round *round)
{
    struct peer *dead = start(round, WRITER, false, "create");
    see_soon(round, atomic_load(&here.ledger->attached) == 1);
    kill_peer(round, dead);
    struct peer *victim = start(round, READER, true, "replace");
    see_soon(round, is_gone(victim));
    atomic_store(&here.ledger->begun, 0); /* the next one is new */
    atomic_store(&here.ledger->sent, 0);
    start(round, WRITER, false, "replace");
    see_soon(round, atomic_load(&here.ledger->attached) == 2);
    replace(round, READER, chance(round) ? "replace" : "");
    see_it_goes_on(round, 2);
    end(round);
}

static void die_at(struct round *round, const char *point)
{
    round->point = point;
    round->pass = 1;
    here.reached = 1;
    if (begins_with(point, "create_"))
        die_creating(round);
    else if (begins_with(point, "reap_"))
        die_reaping(round);
    else if (begins_with(point, "remove_"))
        die_removing(round);
    else
        die_in_a_stream(round);
}

static void a_peer_dies_at(void **state)
{
    const char *point = *state;
    uint64_t seed = first_seed();
    int rounds = test_rounds(POINT_ROUNDS);
    int reached = 0;
    int64_t longest_ns = 0;
    for (int i = 0; i < rounds; i++) {
        struct round round;
        int64_t start_ns = test_now_ns();
        begin(&round, seed + (uint64_t)i);
        here.index = i;
        die_at(&round, point);
        reached += here.reached;
        int64_t took_ns = test_now_ns() - start_ns;
        longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
    }
    print_message("%d of %d rounds died there; the longest took %lld ms\n", reached, rounds,
                  (long long)(longest_ns / MILLISECOND));
    assert_true(reached > 0);
}

/* ---- Killed at any time ----------------------------------------------------------------------------------
 */

/* Kills one of the two, or both at once, and starts them again. */
static void kill_some(struct round *round)
{
    bool dies[2] = {chance(round), false};
    dies[1] = !dies[0] || below(round, 8) == 0;
    if (chance(round))
        usleep((useconds_t)below(round, 10000));
    else
        see_it_goes_on(round, 2);
    for (int i = 0; i < 2; i++)
        if (dies[i])
            kill_peer(round, &round->peers[i]);
    for (int i = 0; i < 2; i++)
        if (dies[i])
            launch_role(round, &round->peers[i], (enum role)round->peers[i].role, false, "create");
}

static void survives_random_kills(struct round *round, int kills)
{
    start(round, WRITER, false, "create");
    start(round, READER, false, "create");
    for (int i = 0; i < kills; i++)
        kill_some(round);
    see_it_goes_on(round, 2);
    end(round);
}

static void a_stream_survives_random_kills(void **state)
{
    uint64_t seed = first_seed();
    int left = test_rounds(RANDOM_KILLS);
    for (int i = 0; left > 0; i++, left -= KILLS_A_STREAM) {
        struct round round;
        begin(&round, seed + (uint64_t)i);
        survives_random_kills(&round, left < KILLS_A_STREAM ? left : KILLS_A_STREAM);
    }
}

/* ---- Stopped ---------------------------------------------------------------------------------------------
 */

/* What a live participant's role answers. */
static void see_refused(struct round *round, const struct peer *stopped)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_failure failure = {0};
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    int result = stopped->role == WRITER ? strait_ring_writer_open(ring, &writer, &failure)
                                         : strait_ring_reader_open(ring, &reader, &failure);
    strait_ring_close(ring);
    see(round, result == -EBUSY);
    see(round, failure.mismatch == STRAIT_MISMATCH_HOLDER);
    see(round, failure.found == (uint64_t)stopped->child.pid);
}

static void is_stopped_and_goes_on(struct round *round, bool long_enough_for_a_look_at_locks)
{
    struct peer *peers[2] = {start(round, WRITER, false, "create"), start(round, READER, false, "create")};
    struct peer *stopped = peers[below(round, 2)];
    see_soon(round, atomic_load(&here.ledger->handled) >= PROGRESS);
    see_soon(round, look_at_segment());
    uint64_t owner = owner_of(stopped->role);
    stop_peer(stopped);
    see_refused(round, stopped);
    usleep(long_enough_for_a_look_at_locks ? 1200000 : (useconds_t)below(round, 20000));
    see(round, owner_of(stopped->role) == owner);
    see(round, slots_taken() == 2);
    see(round, atomic_load(&here.ledger->writer_told) == 0);
    see(round, atomic_load(&here.ledger->reader_told) == 0);
    let_go_on(stopped);
    see_it_goes_on(round, 2);
    end(round);
}

static void a_stopped_peer_is_not_dead(void **state)
{
    uint64_t seed = first_seed();
    int rounds = test_rounds(STOPS);
    for (int i = 0; i < rounds; i++) {
        struct round round;
        begin(&round, seed + (uint64_t)i);
        is_stopped_and_goes_on(&round, i % 5 == 0);
    }
}

/* ---- Which -----------------------------------------------------------------------------------------------
 */

/* Points of semaphores, locks and conditions, of which a ring has none: kill_sync_test.c passes them. */
static bool is_elsewhere(const char *name)
{
    static const char *const prefixes[] = {"line_",       "semaphore_",    "ledger_",   "lock_",
                                           "condition_",  "reap_line",     "reap_held", "reap_ledger",
                                           "reap_object", "leave_objects", "gate_",     "reap_party"};
    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (begins_with(name, prefixes[i]))
            return true;
    return false;
}

static const char *name_of(const struct CMUnitTest *test)
{
    const char *point = test->initial_state;
    if (point == NULL)
        return test->test_func == a_stream_survives_random_kills ? "random" : "stop";
    return is_elsewhere(point) ? NULL : point;
}

int main(int argc, char **argv)
{
#define POINT_TEST(name)                                                                                     \
    {"a_peer_dies_at_" #name, a_peer_dies_at, test_begin, test_end, (void *)(uintptr_t) #name},
    static const struct CMUnitTest all[] = {
        STRAIT_KILL_POINT_MAP(POINT_TEST) TEST(a_stream_survives_random_kills),
        TEST(a_stopped_peer_is_not_dead),
    };
    return run_wanted("kill", all, COUNT_OF(all), name_of, argc, argv);
}
