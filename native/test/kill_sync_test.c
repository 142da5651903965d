/*
 * The kill suite of semaphores, locks and conditions. Real processes use them all the time; one is killed at
 * a stated step, or at any time; the others must go on, each of them, and an audit at the end must find every
 * permit, the lock, what it guards, who was told, and nobody in line.
 *
 *     kill_sync_test PREFIX ...    the points of these names, and the tests "random" and "crowd"
 *
 * STRAIT_KILL_VICTIM as in kill_test.c; with STRAIT_KILL_IN_JAVA it dies of points in Java alone.
 */
#include "kill/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "internal/kill_point.h"
#include "internal/participant.h"
#include "internal/semaphore.h"
#include "kill/sync_ledger.h"

#define POINT_ROUNDS 5 /* of 50, which STRAIT_TEST_SHARE=10 runs */
#define RANDOM_KILLS 50
#define KILLS_A_TURN 25
#define CROWDS       4
#define CROWD_MS     1000
#define LONG_CROWD   (60 * SECOND)
#define SURVIVOR     KILL_DIRECTORY "/kill_sync_survivor"
#define VICTIM       KILL_DIRECTORY "/kill_sync_peer"

enum role {
    WORKER, /* who may wait for a token */
    OTHER,
};

/* What the one round has beside its peers. */
static struct {
    struct sync_ledger *ledger;
    bool had_holder; /* a party that is killed */
} here;

/* The first of a peer. */
static struct sync_thread *thread_of(int peer)
{
    return &here.ledger->threads[peer * SYNC_CROWD];
}

/* ---- Giving up -------------------------------------------------------------------------------------------
 */

static void forget_segment(struct round *round)
{
    (void)round;
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

static void print_round(struct round *round)
{
    print_error("  told %llu, tokens %llu\n", (unsigned long long)here.ledger->told,
                (unsigned long long)here.ledger->tokens);
    for (int i = 0; i < round->count; i++) {
        const struct sync_thread *thread = thread_of(i);
        print_error("  peer %d: %llu steps, lock %llu, permits %llu of %llu, gates %llu\n", i,
                    (unsigned long long)thread->steps, (unsigned long long)thread->has_lock,
                    (unsigned long long)thread->has_permits, (unsigned long long)thread->plain_permits,
                    (unsigned long long)thread->gates);
    }
    print_objects();
}

static const struct suite suite = {VICTIM, SURVIVOR, print_round, forget_segment};

/* ---- Peers -----------------------------------------------------------------------------------------------
 */

static enum role role_of(const char *how)
{
    return begins_with(how, "worker") || begins_with(how, "crowd") ? WORKER : OTHER;
}

/* `how` is what sync_peer.c takes behind the index. */
static struct peer *start(struct round *round, bool is_victim, const char *how)
{
    struct order order;
    char index[16];
    struct peer *peer = next_peer(round);
    snprintf(index, sizeof index, "%d", (int)(thread_of((int)(peer - round->peers)) - here.ledger->threads));
    order_begin(&order, round, is_victim);
    order_add(&order, index);
    order_add(&order, how);
    launch(peer, (int)role_of(how), &order);
    return peer;
}

static uint64_t steps_of(const struct round *round, const struct peer *peer)
{
    return atomic_load(&thread_of((int)(peer - round->peers))->steps);
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
        STRAIT_BARRIER("barrier", 2),
    };
    round_begin(round, &suite, seed, sizeof *here.ledger);
    memset(&here, 0, sizeof here);
    here.ledger = round->ledger;
    here.ledger->seed = seed;
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
    for (int i = 0; i < SYNC_THREADS; i++) {
        int permits = (int)here.ledger->threads[i].plain_permits;
        uint64_t has = here.ledger->threads[i].has_permits;
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

/* Who died with it was perhaps about to count a change. */
static void audit_changes(struct round *round, uint64_t deaths)
{
    uint64_t changes = 0;
    for (int i = 0; i < SYNC_THREADS; i++)
        changes += here.ledger->threads[i].changes;
    see(round, here.ledger->first == here.ledger->second);
    see(round, here.ledger->first >= changes && here.ledger->first <= changes + deaths);
}

/* Each owner's death was told to one. */
static void audit_lock(struct round *round, struct strait_lock *lock)
{
    uint64_t least = 0;
    uint64_t most = 0;
    for (int i = 0; i < SYNC_THREADS; i++) {
        least += here.ledger->threads[i].has_lock == SYNC_CERTAINLY;
        most += here.ledger->threads[i].has_lock != SYNC_NOTHING;
    }
    int result = strait_lock_acquire(lock, 0, 0);
    see(round, result == 0 || result == STRAIT_OWNER_DIED);
    uint64_t told = atomic_load(&here.ledger->told) + (result == STRAIT_OWNER_DIED);
    see(round, told >= least && told <= most);
    if (result == STRAIT_OWNER_DIED) {
        here.ledger->second = here.ledger->first;
        see(round, strait_lock_repaired(lock) == 0);
    }
    audit_changes(round, told);
    see(round, strait_lock_release(lock) == 0);
    see_nobody_in_line(round, line_of(lock));
}

/* Gates of which a party died. */
static uint64_t lost_gates(void)
{
    uint64_t gates = here.had_holder ? SYNC_SEQUENCE : 0;
    for (int i = 0; i < SYNC_THREADS; i++)
        gates |= here.ledger->threads[i].gates;
    return gates;
}

/* A party that died was told of, and nobody else. */
static void audit_gates(struct round *round, struct strait_segment *segment)
{
    struct strait_sequence *sequence = NULL;
    struct strait_latch *latch = NULL;
    struct strait_barrier *barrier = NULL;
    see(round, strait_sequence_open(segment, "sequence", &sequence, NULL) == 0);
    see(round, strait_latch_open(segment, "latch", &latch, NULL) == 0);
    see(round, strait_barrier_open(segment, "barrier", &barrier, NULL) == 0);
    uint64_t value = (uint64_t)strait_sequence_value(sequence);
    uint64_t lost = lost_gates();
    see(round, value >= here.ledger->done && value <= here.ledger->begun);
    see(round, strait_sequence_await(sequence, INT64_MAX, 0, MILLISECOND) ==
                   ((lost & SYNC_SEQUENCE) != 0 ? STRAIT_PEER_DIED : STRAIT_TIMED_OUT));
    see(round, strait_latch_await(latch, 0, MILLISECOND) ==
                   ((lost & SYNC_LATCH) != 0 ? STRAIT_PEER_DIED : STRAIT_TIMED_OUT));
    see(round, strait_barrier_is_broken(barrier) == ((lost & SYNC_BARRIER) != 0));
}

static void end(struct round *round)
{
    see_all_go_on(round);
    atomic_store(&here.ledger->workers_stop, 1);
    for (int i = 0; i < round->count; i++)
        if (round->peers[i].role == WORKER)
            see_soon(round, is_gone(&round->peers[i]));
    atomic_store(&here.ledger->notifiers_stop, 1);
    for (int i = 0; i < round->count; i++)
        see_soon(round, is_gone(&round->peers[i]));
    see(round, !has_failed(round));
    struct strait_segment *segment = test_segment_open(SYNC_NAME);
    see_participants(segment, 1, test_now_ns());
    audit_recoverable(round, test_semaphore(segment, "recoverable"));
    audit_plain(round, test_semaphore(segment, "plain"));
    audit_lock(round, test_lock(segment, "lock"));
    audit_gates(round, segment);
    strait_segment_close(segment);
    round_end(round);
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
    here.had_holder = true;
    see_soon(round, steps_of(round, holder) == 1);
    return holder;
}

/* The only one that can be told that the holder died. */
static void die_repairing(struct round *round, const struct class *class)
{
    struct peer *holder = start_holder(round);
    struct peer *victim = start(round, true, class->victim);
    see_soon(round, atomic_load(&here.ledger->attached) == 2);
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
        see_soon(round, here.ledger->attached >= 5);
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

/* ---- A crowd ----------------------------------------------------------------------------------------------
 */

/* Half of them as the victims are: in Java, when those are. */
static void many_threads_of_many_processes_share_everything(void **state)
{
    struct round round;
    int64_t length_ns = test_share() > 1 ? LONG_CROWD : test_rounds(CROWD_MS) * MILLISECOND;
    begin(&round, first_seed());
    here.ledger->nobody_dies = 1;
    for (int i = 0; i < CROWDS; i++)
        start(&round, i % 2 == 0, "crowd rplc");
    start(&round, false, "notifier");
    see_soon(&round, atomic_load(&here.ledger->attached) == CROWDS + 1);
    for (int64_t end_ns = test_now_ns() + length_ns; test_now_ns() < end_ns; pause_briefly())
        see(&round, !has_failed(&round));
    for (int i = 0; i < CROWDS * SYNC_CROWD; i++)
        see_soon(&round, atomic_load(&here.ledger->threads[i].steps) >= PROGRESS);
    end(&round);
}

/* ---- Which -----------------------------------------------------------------------------------------------
 */

static const char *name_of(const struct CMUnitTest *test)
{
    const char *point = test->initial_state;
    if (point == NULL)
        return test->test_func == they_survive_random_kills ? "random" : "crowd";
    return class_of(point) == NULL ? NULL : point;
}

int main(int argc, char **argv)
{
#define POINT_TEST(name)                                                                                     \
    {"a_peer_dies_at_" #name, a_peer_dies_at, test_begin, test_end, (void *)(uintptr_t) #name},
    static const struct CMUnitTest all[] = {STRAIT_KILL_POINT_MAP(POINT_TEST) TEST(they_survive_random_kills),
                                            TEST(many_threads_of_many_processes_share_everything)};
    return run_wanted("kill sync", all, COUNT_OF(all), name_of, argc, argv);
}
