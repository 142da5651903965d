/*
 * One peer of native/test/kill_sync_test.c.
 *
 *     sync_peer LEDGER DIRECTORY INDEX worker OPERATIONS [stints]
 *     sync_peer LEDGER DIRECTORY INDEX crowd OPERATIONS
 *     sync_peer LEDGER DIRECTORY INDEX notifier|holder|idle
 *
 * A worker does what the letters say, in any order: r and p for a recoverable and a plain semaphore's
 * permits, l for the lock, c to wait until there is a token, g to be a party of a gate for a while, s to
 * wait for a sequence that may have lost one, w to wait for any of them by a wait set. A notifier puts a
 * token whenever there is none. A crowd is SYNC_CROWD threads of one attachment that work. A holder takes all
 * there is, becomes a party, and stays. In stints a worker leaves and comes back now and then.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "strait/strait.h"
#include "sync_ledger.h"

#define STINT_LENGTH 30

static struct sync_ledger *ledger;
static _Thread_local struct sync_thread *self;
static bool is_alone; /* the only thread of its attachment */

static struct {
    struct strait_segment *segment;
    struct strait_semaphore *recoverable;
    struct strait_semaphore *plain;
    struct strait_lock *lock;
    struct strait_condition *condition;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    struct strait_barrier *barrier;
    struct strait_wait_set *set; /* of all of them */
} objects;

static void pause_sometimes(void)
{
    if (random_below(8) == 0)
        pause_ns((long)random_below(100) * 1000);
}

static int64_t spin_ns(void)
{
    return random_below(4) == 0 ? 2000 : 0;
}

static void attach(void)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_failure failure = {0};
    options.directory = directory;
    int result = strait_segment_open(SYNC_NAME, &options, &objects.segment, &failure);
    check(result == 0, "%s in %s", strait_errno_symbol(result), failure.operation);
    check(strait_semaphore_open(objects.segment, "recoverable", &objects.recoverable, NULL) == 0, "open");
    check(strait_semaphore_open(objects.segment, "plain", &objects.plain, NULL) == 0, "open");
    check(strait_lock_open(objects.segment, "lock", &objects.lock, NULL) == 0, "open");
    check(strait_condition_open(objects.segment, "condition", &objects.condition, NULL) == 0, "open");
    check(strait_sequence_open(objects.segment, "sequence", &objects.sequence, NULL) == 0, "open");
    check(strait_latch_open(objects.segment, "latch", &objects.latch, NULL) == 0, "open");
    check(strait_barrier_open(objects.segment, "barrier", &objects.barrier, NULL) == 0, "open");
    check(strait_wait_set_create(&objects.set, NULL) == 0, "set");
    check(strait_wait_set_add_semaphore(objects.set, objects.recoverable, 1, NULL, NULL) == 0, "add");
    check(strait_wait_set_add_semaphore(objects.set, objects.plain, SYNC_PERMITS, NULL, NULL) == 0, "add");
    check(strait_wait_set_add_lock(objects.set, objects.lock, NULL, NULL) == 0, "add");
    atomic_fetch_add(&ledger->attached, 1);
}

/* ---- The lock, and what it guards ------------------------------------------------------------------------
 */

/* What a call that takes the lock has answered. */
static void have_lock(int result)
{
    check(result == 0 || result == STRAIT_OWNER_DIED, "%s", name_of(result));
    atomic_store(&self->has_lock, SYNC_CERTAINLY);
    if (result == STRAIT_OWNER_DIED) {
        atomic_fetch_add(&ledger->told, 1);
        atomic_store(&ledger->second, atomic_load(&ledger->first));
        check(strait_lock_repaired(objects.lock) == 0, "repaired");
    }
    check(atomic_load(&ledger->first) == atomic_load(&ledger->second), "%llu, %llu",
          (unsigned long long)ledger->first, (unsigned long long)ledger->second);
}

static void take_lock(void)
{
    atomic_store(&self->has_lock, SYNC_PERHAPS);
    have_lock(strait_lock_acquire(objects.lock, spin_ns(), STRAIT_WAIT_FOREVER));
}

static void give_lock(void)
{
    atomic_store(&self->has_lock, SYNC_PERHAPS);
    int result = strait_lock_release(objects.lock);
    check(result == 0, "%s", name_of(result));
    atomic_store(&self->has_lock, SYNC_NOTHING);
}

/* Of two who are at it at once one is lost. */
static void add_one(_Atomic uint64_t *word)
{
    atomic_store(word, atomic_load(word) + 1);
}

static void change_what_is_guarded(void)
{
    take_lock();
    add_one(&ledger->first);
    pause_sometimes();
    add_one(&ledger->second);
    add_one(&self->changes);
    give_lock();
}

static void consume_token(void)
{
    take_lock();
    while (atomic_load(&ledger->tokens) == 0) {
        atomic_store(&self->has_lock, SYNC_PERHAPS);
        have_lock(strait_condition_wait(objects.condition, objects.lock, spin_ns(), STRAIT_WAIT_FOREVER));
    }
    atomic_store(&ledger->tokens, 0);
    give_lock();
}

static void put_token(void)
{
    take_lock();
    if (atomic_load(&ledger->tokens) == 0) {
        atomic_store(&ledger->tokens, 1);
        strait_condition_notify(objects.condition);
    }
    give_lock();
    pause_ns(20000);
}

/* ---- Permits ---------------------------------------------------------------------------------------------
 */

static void have_permits(_Atomic uint64_t *taken, uint64_t count)
{
    uint64_t before = atomic_fetch_add(taken, count);
    check(!ledger->nobody_dies || before + count <= SYNC_PERMITS, "%llu and %llu", (unsigned long long)before,
          (unsigned long long)count);
    pause_sometimes();
    atomic_fetch_sub(taken, count);
}

static void use_recoverable(void)
{
    uint32_t count = 1 + (uint32_t)random_below(SYNC_PERMITS);
    int64_t timeout_ns = random_below(4) == 0 ? (int64_t)random_below(200000) : STRAIT_WAIT_FOREVER;
    int result = strait_semaphore_acquire(objects.recoverable, count, spin_ns(), timeout_ns);
    check(result == 0 || (result == STRAIT_TIMED_OUT && timeout_ns != STRAIT_WAIT_FOREVER), "%s",
          name_of(result));
    if (result != 0)
        return;
    int held = strait_semaphore_held(objects.recoverable);
    check(is_alone ? held == (int)count : held >= (int)count, "%d, took %u", held, count);
    have_permits(&ledger->recoverable_taken, count);
    result = strait_semaphore_release(objects.recoverable, count);
    check(result == 0, "%s", name_of(result));
}

/* With a time always: what others had when they died is gone. */
static void use_plain(void)
{
    uint32_t count = 1 + (uint32_t)random_below(SYNC_PERMITS);
    atomic_store(&self->plain_permits, count);
    atomic_store(&self->has_permits, SYNC_PERHAPS);
    int result = strait_semaphore_acquire(objects.plain, count, spin_ns(), (int64_t)random_below(2000000));
    check(result == 0 || result == STRAIT_TIMED_OUT, "%s", name_of(result));
    if (result == 0) {
        atomic_store(&self->has_permits, SYNC_CERTAINLY);
        have_permits(&ledger->plain_taken, count);
        atomic_store(&self->has_permits, SYNC_PERHAPS);
        result = strait_semaphore_release(objects.plain, count);
        check(result == 0, "%s", name_of(result));
    }
    atomic_store(&self->has_permits, SYNC_NOTHING);
}

/* ---- Gates -----------------------------------------------------------------------------------------------
 */

static void be_party_of_sequence(void)
{
    check(strait_sequence_join(objects.sequence) == 0, "join");
    atomic_fetch_add(&ledger->begun, 1);
    check(strait_sequence_increment(objects.sequence, 1) > 0, "increment");
    atomic_fetch_add(&ledger->done, 1);
    check(strait_sequence_leave(objects.sequence) == 0, "leave");
}

static void be_party_of_latch(void)
{
    check(strait_latch_join(objects.latch) == 0, "join");
    check(strait_latch_count_down(objects.latch) > 0, "count");
    check(strait_latch_leave(objects.latch) == 0, "leave");
}

/* Alone, so nobody gets through. */
static void be_party_of_barrier(void)
{
    int result = strait_barrier_await(objects.barrier, 0, 0);
    check(result == STRAIT_TIMED_OUT, "%s", name_of(result));
    check(strait_barrier_reset(objects.barrier) == 0, "reset");
    check(strait_barrier_leave(objects.barrier) == 0, "leave");
}

static void be_party(void)
{
    static void (*const parties[])(void) = {be_party_of_sequence, be_party_of_latch, be_party_of_barrier};
    static const enum sync_gate gates[] = {SYNC_SEQUENCE, SYNC_LATCH, SYNC_BARRIER};
    uint64_t i = random_below(sizeof gates / sizeof gates[0]);
    atomic_store(&self->gates, gates[i]);
    parties[i]();
    atomic_store(&self->gates, 0);
}

static void await_sequence(void)
{
    int64_t next = strait_sequence_value(objects.sequence) + 1;
    int result = strait_sequence_await(objects.sequence, next, spin_ns(), (int64_t)random_below(2000000));
    check(result == 0 || result == STRAIT_TIMED_OUT || result == STRAIT_PEER_DIED, "%s", name_of(result));
}

/* ---- Wait sets -------------------------------------------------------------------------------------------
 */

static void detach(void)
{
    strait_wait_set_free(objects.set);
    strait_segment_close(objects.segment);
}

/* Somebody always lets go of something, but may just have died. */
static void await_any(void)
{
    int result = strait_wait_set_await(objects.set, spin_ns(), STRAIT_WAIT_FOREVER);
    check(result > 0, "%s", name_of(result));
}

/* ---- Roles -----------------------------------------------------------------------------------------------
 */

static void work_once(char operation)
{
    switch (operation) {
    case 'r':
        use_recoverable();
        break;
    case 'p':
        use_plain();
        break;
    case 'l':
        change_what_is_guarded();
        break;
    case 'c':
        consume_token();
        break;
    case 'g':
        be_party();
        break;
    case 's':
        await_sequence();
        break;
    case 'w':
        await_any();
        break;
    default:
        check(false, "%c", operation);
    }
}

static void work_for(const char *operations, uint64_t steps)
{
    for (; steps > 0 && atomic_load(&ledger->workers_stop) == 0; steps--) {
        work_once(operations[random_below(strlen(operations))]);
        atomic_fetch_add(&self->steps, 1);
    }
}

static void work(const char *operations, bool in_stints)
{
    is_alone = true;
    while (atomic_load(&ledger->workers_stop) == 0) {
        attach();
        work_for(operations, in_stints ? 1 + random_below(STINT_LENGTH) : UINT64_MAX);
        detach();
    }
}

static void be_thread(struct sync_thread *thread)
{
    self = thread;
    random_state = ledger->seed + (uint64_t)getpid() + (uint64_t)(thread - ledger->threads);
}

struct member {
    pthread_t thread;
    struct sync_thread *self;
    const char *operations;
};

static void *work_in_crowd(void *context)
{
    const struct member *member = context;
    be_thread(member->self);
    work_for(member->operations, UINT64_MAX);
    return NULL;
}

static void work_as_crowd(const char *operations)
{
    struct member members[SYNC_CROWD];
    attach();
    for (int i = 0; i < SYNC_CROWD; i++) {
        members[i] = (struct member){.self = self + i, .operations = operations};
        check(pthread_create(&members[i].thread, NULL, work_in_crowd, &members[i]) == 0, "thread");
    }
    for (int i = 0; i < SYNC_CROWD; i++)
        pthread_join(members[i].thread, NULL);
    detach();
}

static void notify(void)
{
    attach();
    while (atomic_load(&ledger->notifiers_stop) == 0) {
        put_token();
        atomic_fetch_add(&self->steps, 1);
    }
    detach();
}

static void stay(bool holds)
{
    attach();
    if (holds) {
        take_lock();
        check(strait_semaphore_acquire(objects.recoverable, SYNC_PERMITS, 0, STRAIT_WAIT_FOREVER) == 0,
              "recoverable");
        check(strait_sequence_join(objects.sequence) == 0, "join");
    }
    atomic_fetch_add(&self->steps, 1);
    while (atomic_load(&ledger->notifiers_stop) == 0)
        pause_ns(1000000);
    detach();
}

int main(int argc, char **argv)
{
    role = argc < 5 ? "peer" : argv[4];
    check(argc >= 5, "usage");
    directory = argv[2];
    ledger = open_ledger(argv[1], sizeof *ledger);
    be_thread(&ledger->threads[atoi(argv[3])]);
    if (strcmp(role, "worker") == 0)
        work(argv[5], argc > 6);
    else if (strcmp(role, "crowd") == 0)
        work_as_crowd(argv[5]);
    else if (strcmp(role, "notifier") == 0)
        notify();
    else
        stay(strcmp(role, "holder") == 0);
    return 0;
}
