/*
 * The kill suite of semaphores, locks and conditions. Real processes use them all the time; one is killed at
 * a stated step, or at any time; the others must go on, each of them, and an audit at the end must find every
 * permit, the lock, and nobody in line.
 *
 *     kill_sync_test PREFIX ...    the points of these names, and the test "random"
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/kill_point.h"
#include "internal/participant.h"
#include "internal/semaphore.h"
#include "kill/sync_ledger.h"

#define POINT_ROUNDS 5 /* of 50, which STRAIT_TEST_SHARE=10 runs */
#define RANDOM_KILLS 50
#define KILLS_A_TURN 25
#define PATIENCE_NS  (20 * SECOND)
#define PROGRESS     20
#define WORDS        12
#define SURVIVOR     KILL_DIRECTORY "/kill_sync_survivor"
#define VICTIM       KILL_DIRECTORY "/kill_sync_peer"

struct peer {
    struct child child;
    bool is_worker;
    bool is_gone;
    int status; /* as child_end */
};

struct round {
    uint64_t random;
    uint64_t seed;
    struct sync_ledger *ledger;
    int ledger_fd;
    struct peer peers[SYNC_PEERS]; /* as in the ledger */
    int count;
    const char *point; /* what the next victim dies of, */
    int pass;          /* and at which time that it gets there */
    bool had_holder;   /* a party that is killed */
};

/* ---- Chance ----------------------------------------------------------------------------------------------
 */

static uint64_t below(struct round *round, uint64_t bound)
{
    round->random = round->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (round->random >> 33) % bound;
}

static bool chance(struct round *round)
{
    return below(round, 2) == 1;
}

static uint64_t first_seed(void)
{
    const char *text = getenv("STRAIT_KILL_SEED");
    return text == NULL ? (uint64_t)test_now_ns() : strtoull(text, NULL, 10);
}

/* ---- Giving up -------------------------------------------------------------------------------------------
 */

static void clean_up(struct round *round)
{
    for (int i = 0; i < round->count; i++) {
        struct peer *peer = &round->peers[i];
        if (!peer->is_gone) {
            kill(peer->child.pid, SIGKILL);
            peer->status = child_end(&peer->child);
        }
    }
    munmap(round->ledger, sizeof *round->ledger);
    close(round->ledger_fd);
    unlink(test_path(SYNC_NAME));
}

static void print_line(const char *name, struct strait_queue *queue)
{
    print_error("  %s: word %llx, waiting %llx, next ticket %llu\n", name, (unsigned long long)queue->word,
                (unsigned long long)queue->waiting, (unsigned long long)queue->next_ticket);
}

static struct strait_semaphore_words *words_of(struct strait_semaphore *semaphore)
{
    return ((struct strait_sync *)semaphore)->object.words;
}

static struct strait_queue *line_of(struct strait_lock *lock)
{
    return &((struct strait_lock_words *)((struct strait_sync *)lock)->object.words)->queue;
}

static void print_objects(void)
{
    struct strait_segment *segment = test_segment_open(SYNC_NAME);
    struct strait_semaphore_words *ledger = words_of(test_semaphore(segment, "recoverable"));
    print_line("recoverable", &ledger->queue);
    print_line("plain", &words_of(test_semaphore(segment, "plain"))->queue);
    print_line("lock", line_of(test_lock(segment, "lock")));
    print_error("  ledger %llx, held", (unsigned long long)ledger->ledger.owner);
    for (int slot = 0; slot < 8; slot++)
        print_error(" %llu", (unsigned long long)ledger->ledger.held[slot]);
    print_error("\n");
    strait_segment_close(segment);
}

static void give_up(struct round *round, const char *file, int line, const char *what)
{
    print_error("not so: %s\n", what);
    print_error("  point %s:%d, seed %llu, told %llu, tokens %llu\n", round->point, round->pass,
                (unsigned long long)round->seed, (unsigned long long)round->ledger->told,
                (unsigned long long)round->ledger->tokens);
    for (int i = 0; i < round->count; i++)
        print_error("  peer %d: %d %s %d, %llu steps, lock %llu, permits %llu of %llu\n", i,
                    (int)round->peers[i].child.pid, round->peers[i].is_gone ? "ended with" : "runs",
                    round->peers[i].status, (unsigned long long)round->ledger->peers[i].steps,
                    (unsigned long long)round->ledger->peers[i].has_lock,
                    (unsigned long long)round->ledger->peers[i].has_permits,
                    (unsigned long long)round->ledger->peers[i].plain_permits);
    print_objects();
    clean_up(round);
    _fail(file, line);
}

#define see(round, condition) ((condition) ? (void)0 : give_up(round, __FILE__, __LINE__, #condition))

/* ---- Peers -----------------------------------------------------------------------------------------------
 */

struct order {
    char *words[WORDS];
    char kill_at[64]; /* empty for a survivor */
};

static void become_peer(int parent, void *context)
{
    struct order *order = context;
    (void)parent;
    if (order->kill_at[0] != '\0')
        setenv("STRAIT_KILL_AT", order->kill_at, 1);
    execv(order->words[0], order->words);
    perror(order->words[0]);
    _exit(127);
}

/* `how` is what sync_peer.c takes behind the index. A victim dies at the round's point. */
static struct peer *start(struct round *round, bool is_victim, const char *how)
{
    char ledger[64];
    char index[16];
    char options[64];
    char program[] = SURVIVOR;
    char killed[] = VICTIM;
    struct order order = {0};
    must(round->count < SYNC_PEERS);
    struct peer *peer = &round->peers[round->count];
    snprintf(ledger, sizeof ledger, "/proc/%d/fd/%d", (int)getpid(), round->ledger_fd);
    snprintf(index, sizeof index, "%d", round->count);
    snprintf(options, sizeof options, "%s", how);
    char *const words[] = {is_victim ? killed : program, ledger, test_directory, index};
    memcpy(order.words, words, sizeof words);
    int count = COUNT_OF(words);
    for (char *word = strtok(options, " "); word != NULL; word = strtok(NULL, " "))
        order.words[count++] = word;
    if (is_victim)
        snprintf(order.kill_at, sizeof order.kill_at, "%s:%d", round->point, round->pass);
    *peer = (struct peer){.child = child_start(become_peer, &order), .is_worker = how[0] == 'w'};
    round->count++;
    return peer;
}

static bool is_gone(struct peer *peer)
{
    int status;
    if (peer->is_gone)
        return true;
    if (waitpid(peer->child.pid, &status, WNOHANG) != peer->child.pid)
        return false;
    close(peer->child.socket);
    peer->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    peer->is_gone = true;
    return true;
}

/* Whether some peer has found a mistake. */
static bool has_failed(struct round *round)
{
    for (int i = 0; i < round->count; i++)
        if (is_gone(&round->peers[i]) && round->peers[i].status != 0 && round->peers[i].status != -SIGKILL)
            return true;
    return false;
}

#define see_soon(round, condition)                                                                           \
    do {                                                                                                     \
        int64_t deadline_ns = test_now_ns() + PATIENCE_NS;                                                   \
        while (!(condition)) {                                                                               \
            see(round, !has_failed(round));                                                                  \
            if (test_now_ns() > deadline_ns)                                                                 \
                give_up(round, __FILE__, __LINE__, #condition " in time");                                   \
            pause_briefly();                                                                                 \
        }                                                                                                    \
    } while (0)

static void kill_peer(struct round *round, struct peer *peer)
{
    see(round, !is_gone(peer));
    must(kill(peer->child.pid, SIGKILL) == 0);
    see_soon(round, is_gone(peer));
    see(round, peer->status == -SIGKILL);
}

static uint64_t steps_of(const struct round *round, const struct peer *peer)
{
    return atomic_load(&round->ledger->peers[peer - round->peers].steps);
}

/* Each that is still there gets on: nobody sleeps for ever. */
static void see_all_go_on(struct round *round)
{
    for (int i = 0; i < round->count; i++) {
        struct peer *peer = &round->peers[i];
        uint64_t before = steps_of(round, peer);
        if (!is_gone(peer))
            see_soon(round, is_gone(peer) || steps_of(round, peer) >= before + PROGRESS);
    }
}

/* ---- Rounds ----------------------------------------------------------------------------------------------
 */

/* The segment is there, and nobody is attached. */
static void begin(struct round *round, uint64_t seed)
{
    const struct strait_object objects[] = {
        STRAIT_SEMAPHORE("recoverable", SYNC_PERMITS, STRAIT_SEMAPHORE_RECOVERABLE),
        STRAIT_SEMAPHORE("plain", SYNC_PERMITS, 0),
        STRAIT_LOCK("lock"),
        STRAIT_CONDITION("condition"),
        STRAIT_SEQUENCE("sequence", 0),
        STRAIT_LATCH("latch", STRAIT_LATCH_MAX),
    };
    *round = (struct round){.random = seed, .seed = seed};
    round->ledger_fd = (int)syscall(SYS_memfd_create, "ledger", 1 /* MFD_CLOEXEC */);
    must(round->ledger_fd >= 0 && ftruncate(round->ledger_fd, sizeof *round->ledger) == 0);
    round->ledger =
        mmap(NULL, sizeof *round->ledger, PROT_READ | PROT_WRITE, MAP_SHARED, round->ledger_fd, 0);
    must(round->ledger != MAP_FAILED);
    round->ledger->seed = seed;
    strait_segment_close(test_segment_with(SYNC_NAME, 0, objects, COUNT_OF(objects)));
}

static void see_nobody_in_line(struct round *round, struct strait_queue *queue)
{
    see(round, atomic_load(&queue->waiting) == 0);
    for (int slot = 0; slot < STRAIT_SLOTS; slot++)
        see(round, atomic_load(&queue->ticket[slot]) == 0);
}

static void audit_recoverable(struct round *round, struct strait_semaphore *semaphore)
{
    see(round, strait_semaphore_available(semaphore) == SYNC_PERMITS);
    see(round, strait_semaphore_acquire(semaphore, SYNC_PERMITS, 0, 0) == 0);
    see(round, strait_semaphore_release(semaphore, SYNC_PERMITS) == 0);
    for (int slot = 0; slot < STRAIT_SLOTS; slot++)
        see(round, atomic_load(&words_of(semaphore)->ledger.held[slot]) == 0);
    see_nobody_in_line(round, &words_of(semaphore)->queue);
}

/* What the dead had of it is gone, and no more. */
static void audit_plain(struct round *round, struct strait_semaphore *semaphore)
{
    int least = SYNC_PERMITS;
    int most = SYNC_PERMITS;
    for (int i = 0; i < round->count; i++) {
        int permits = (int)round->ledger->peers[i].plain_permits;
        uint64_t has = round->ledger->peers[i].has_permits;
        least -= has != SYNC_NOTHING ? permits : 0;
        most -= has == SYNC_CERTAINLY ? permits : 0;
    }
    int available = strait_semaphore_available(semaphore);
    see(round, available >= least && available <= most);
    if (round->point != NULL && strcmp(round->point, "semaphore_taken") == 0)
        see(round, available == least);
    if (round->point != NULL && strcmp(round->point, "semaphore_given") == 0)
        see(round, available == SYNC_PERMITS);
    see_nobody_in_line(round, &words_of(semaphore)->queue);
}

/* Each owner's death was told to one. */
static void audit_lock(struct round *round, struct strait_lock *lock)
{
    uint64_t least = 0;
    uint64_t most = 0;
    for (int i = 0; i < round->count; i++) {
        least += round->ledger->peers[i].has_lock == SYNC_CERTAINLY;
        most += round->ledger->peers[i].has_lock != SYNC_NOTHING;
    }
    int result = strait_lock_acquire(lock, 0, 0);
    see(round, result == 0 || result == STRAIT_OWNER_DIED);
    uint64_t told = atomic_load(&round->ledger->told) + (result == STRAIT_OWNER_DIED);
    see(round, told >= least && told <= most);
    if (result == STRAIT_OWNER_DIED)
        see(round, strait_lock_repaired(lock) == 0);
    else
        see(round, round->ledger->first == round->ledger->second);
    see(round, strait_lock_release(lock) == 0);
    see_nobody_in_line(round, line_of(lock));
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* A party that died was told of, and nobody else. */
static void audit_sequence(struct round *round, struct strait_segment *segment)
{
    struct strait_sequence *sequence = NULL;
    see(round, strait_sequence_open(segment, "sequence", &sequence, NULL) == 0);
    uint64_t value = (uint64_t)strait_sequence_value(sequence);
    see(round, value >= round->ledger->done && value <= round->ledger->begun);
    bool lost_one = round->had_holder || (round->point != NULL && begins_with(round->point, "gate_"));
    int result = strait_sequence_await(sequence, INT64_MAX, 0, MILLISECOND);
    see(round, result == (lost_one ? STRAIT_PEER_DIED : STRAIT_TIMED_OUT));
}

static void end(struct round *round)
{
    see_all_go_on(round);
    atomic_store(&round->ledger->workers_stop, 1);
    for (int i = 0; i < round->count; i++)
        if (round->peers[i].is_worker) /* who may wait for a token */
            see_soon(round, is_gone(&round->peers[i]));
    atomic_store(&round->ledger->notifiers_stop, 1);
    for (int i = 0; i < round->count; i++)
        see_soon(round, is_gone(&round->peers[i]));
    see(round, !has_failed(round));
    struct strait_segment *segment = test_segment_open(SYNC_NAME);
    see_participants(segment, 1, test_now_ns());
    audit_recoverable(round, test_semaphore(segment, "recoverable"));
    audit_plain(round, test_semaphore(segment, "plain"));
    audit_lock(round, test_lock(segment, "lock"));
    audit_sequence(round, segment);
    strait_segment_close(segment);
    clean_up(round);
}

static void start_survivors(struct round *round)
{
    start(round, false, "worker rplcsw");
    start(round, false, chance(round) ? "worker rplcsw" : "worker rplcsw stints");
}

/* ---- Killed at a point -----------------------------------------------------------------------------------
 */

/* What a point's name begins with, what its victim does, and how often it is passed at most before it kills.
 */
struct class
{
    const char *prefix;
    const char *victim;
    uint64_t passes;
};

static const struct class classes[] = {
    {"line_", "worker rplcw stints", 8},
    {"semaphore_held", "worker r stints", 20},
    {"semaphore_", "worker p stints", 8},
    {"ledger_", "worker r stints", 20},
    {"condition_notified", "notifier", 8},
    {"condition_", "worker c stints", 8},
    {"lock_repaired", "worker l", 1},
    {"lock_", "worker lc stints", 20},
    {"gate_", "worker g stints", 20},
    {"leave_objects", "worker rl stints", 3},
    {"reap_line", "idle", 2},
    {"reap_held", "idle", 1},
    {"reap_ledger", "idle", 1},
    {"reap_object", "idle", 1},
    {"reap_party", "idle", 1},
};

static const struct class *class_of(const char *point)
{
    for (size_t i = 0; i < COUNT_OF(classes); i++)
        if (begins_with(point, classes[i].prefix))
            return &classes[i];
    return NULL; /* kill_test.c has it */
}

static void see_dead(struct round *round, struct peer *victim)
{
    see_soon(round, is_gone(victim));
    see(round, victim->status == -SIGKILL);
}

/* In the midst of others, who go on. */
static void die_at_work(struct round *round, const struct class *class)
{
    bool comes_last = chance(round);
    if (strcmp(class->victim, "notifier") != 0)
        start(round, false, "notifier");
    if (comes_last)
        start_survivors(round);
    struct peer *victim = start(round, true, class->victim);
    if (!comes_last)
        start_survivors(round);
    see_dead(round, victim);
    if (strcmp(class->victim, "notifier") == 0)
        start(round, false, "notifier");
}

static struct peer *start_holder(struct round *round)
{
    struct peer *holder = start(round, false, "holder");
    round->had_holder = true;
    see_soon(round, steps_of(round, holder) == 1);
    return holder;
}

/* The only one that can be told that the holder died. */
static void die_repairing(struct round *round, const struct class *class)
{
    struct peer *holder = start_holder(round);
    struct peer *victim = start(round, true, class->victim);
    see_soon(round, atomic_load(&round->ledger->attached) == 2);
    kill_peer(round, holder);
    see_dead(round, victim);
    start(round, false, "notifier");
    start_survivors(round);
}

/* Finds that the holder of everything died, and dies of that; the others are stopped meanwhile. */
static void die_reaping_with_stopped_peers(struct round *round, const struct class *class)
{
    struct peer *holder = start_holder(round);
    start(round, false, "notifier");
    start_survivors(round);
    struct peer *victim = start(round, true, class->victim);
    see_soon(round, steps_of(round, victim) == 1);
    for (int i = 1; i < 4; i++) {
        see_soon(round, round->ledger->attached >= 5);
        child_stop(&round->peers[i].child);
    }
    kill_peer(round, holder);
    see_dead(round, victim);
    for (int i = 1; i < 4; i++)
        child_go_on(&round->peers[i].child);
}

/* Nobody is left when it comes. */
static void die_reaping_while_joining(struct round *round, const struct class *class)
{
    kill_peer(round, start_holder(round));
    see_dead(round, start(round, true, class->victim));
    start(round, false, "notifier");
    start_survivors(round);
}

static void a_peer_dies_at(void **state)
{
    const char *point = *state;
    const struct class *class = class_of(point);
    uint64_t seed = first_seed();
    int rounds = test_rounds(POINT_ROUNDS);
    for (int i = 0; i < rounds; i++) {
        struct round round;
        begin(&round, seed + (uint64_t)i);
        round.point = point;
        round.pass = 1 + (int)below(&round, class->passes);
        if (strcmp(point, "lock_repaired") == 0)
            die_repairing(&round, class);
        else if (!begins_with(point, "reap_"))
            die_at_work(&round, class);
        else if (i % 2 == 0)
            die_reaping_with_stopped_peers(&round, class);
        else
            die_reaping_while_joining(&round, class);
        end(&round);
    }
}

/* ---- Killed at any time ----------------------------------------------------------------------------------
 */

#define LIVING 3
static const char *const roles[LIVING] = {"worker rlc", "worker rlc stints", "notifier"};

/* One or two of them at once, which are then started again. */
static void kill_some(struct round *round, struct peer **living)
{
    uint64_t dies = 1 + below(round, 6);
    if (chance(round))
        see_all_go_on(round);
    else
        usleep((useconds_t)below(round, 10000));
    for (int i = 0; i < LIVING; i++)
        if ((dies >> i & 1) != 0)
            kill_peer(round, living[i]);
    for (int i = 0; i < LIVING; i++)
        if ((dies >> i & 1) != 0)
            living[i] = start(round, false, roles[i]);
}

static void they_survive_random_kills(void **state)
{
    uint64_t seed = first_seed();
    int left = test_rounds(RANDOM_KILLS);
    for (int i = 0; left > 0; i++, left -= KILLS_A_TURN) {
        struct round round;
        struct peer *living[LIVING];
        begin(&round, seed + (uint64_t)i);
        for (int j = 0; j < LIVING; j++)
            living[j] = start(&round, false, roles[j]);
        for (int kills = left < KILLS_A_TURN ? left : KILLS_A_TURN; kills > 0; kills--)
            kill_some(&round, living);
        end(&round);
    }
}

/* ---- Which -----------------------------------------------------------------------------------------------
 */

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (begins_with(name, argv[i]))
            return true;
    return false;
}

int main(int argc, char **argv)
{
#define POINT_TEST(name)                                                                                     \
    {"a_peer_dies_at_" #name, a_peer_dies_at, test_begin, test_end, (void *)(uintptr_t) #name},
    static const struct CMUnitTest all[] = {STRAIT_KILL_POINT_MAP(POINT_TEST)
                                                TEST(they_survive_random_kills)};
    struct CMUnitTest tests[COUNT_OF(all)];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        const char *point = all[i].initial_state;
        if (is_wanted(point == NULL ? "random" : point, argc, argv) &&
            (point == NULL || class_of(point) != NULL))
            tests[count++] = all[i];
    }
    if (count == 0) {
        fprintf(stderr, "usage: kill_sync_test PREFIX ...\n");
        return 2;
    }
    return _cmocka_run_group_tests("kill sync", tests, count, NULL, NULL);
}
