/*
 * One peer of native/test/kill_sync_test.c.
 *
 *     sync_peer LEDGER DIRECTORY INDEX worker OPERATIONS [stints]
 *     sync_peer LEDGER DIRECTORY INDEX notifier|holder|idle
 *
 * A worker does what the letters say, in any order: r and p for a recoverable and a plain semaphore's
 * permits, l for the lock, c to wait until there is a token, g to be a party of the gates for a while, s to
 * wait for a sequence that may have lost one, w to wait for any of them by a wait set. A notifier puts a
 * token whenever there is none. A holder takes all there is, becomes a party, and stays. In stints a worker
 * leaves and comes back now and then.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "peer.h"
#include "strait/strait.h"
#include "sync_ledger.h"

#define STINT_LENGTH 30

static struct sync_ledger *ledger;
static int self;

static struct {
    struct strait_segment *segment;
    struct strait_semaphore *recoverable;
    struct strait_semaphore *plain;
    struct strait_lock *lock;
    struct strait_condition *condition;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
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
    atomic_store(&ledger->peers[self].has_lock, SYNC_CERTAINLY);
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
    atomic_store(&ledger->peers[self].has_lock, SYNC_PERHAPS);
    have_lock(strait_lock_acquire(objects.lock, spin_ns(), STRAIT_WAIT_FOREVER));
}

static void give_lock(void)
{
    atomic_store(&ledger->peers[self].has_lock, SYNC_PERHAPS);
    int result = strait_lock_release(objects.lock);
    check(result == 0, "%s", name_of(result));
    atomic_store(&ledger->peers[self].has_lock, SYNC_NOTHING);
}

static void change_what_is_guarded(void)
{
    take_lock();
    atomic_fetch_add(&ledger->first, 1);
    pause_sometimes();
    atomic_fetch_add(&ledger->second, 1);
    give_lock();
}

static void consume_token(void)
{
    take_lock();
    while (atomic_load(&ledger->tokens) == 0) {
        atomic_store(&ledger->peers[self].has_lock, SYNC_PERHAPS);
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

static void use_recoverable(void)
{
    uint32_t count = 1 + (uint32_t)random_below(SYNC_PERMITS);
    int64_t timeout_ns = random_below(4) == 0 ? (int64_t)random_below(200000) : STRAIT_WAIT_FOREVER;
    int result = strait_semaphore_acquire(objects.recoverable, count, spin_ns(), timeout_ns);
    check(result == 0 || (result == STRAIT_TIMED_OUT && timeout_ns != STRAIT_WAIT_FOREVER), "%s",
          name_of(result));
    if (result != 0)
        return;
    check(strait_semaphore_held(objects.recoverable) == (int)count, "%u", count);
    pause_sometimes();
    result = strait_semaphore_release(objects.recoverable, count);
    check(result == 0, "%s", name_of(result));
}

/* With a time always: what others had when they died is gone. */
static void use_plain(void)
{
    uint32_t count = 1 + (uint32_t)random_below(SYNC_PERMITS);
    atomic_store(&ledger->peers[self].plain_permits, count);
    atomic_store(&ledger->peers[self].has_permits, SYNC_PERHAPS);
    int result = strait_semaphore_acquire(objects.plain, count, spin_ns(), (int64_t)random_below(2000000));
    check(result == 0 || result == STRAIT_TIMED_OUT, "%s", name_of(result));
    if (result == 0) {
        atomic_store(&ledger->peers[self].has_permits, SYNC_CERTAINLY);
        pause_sometimes();
        atomic_store(&ledger->peers[self].has_permits, SYNC_PERHAPS);
        result = strait_semaphore_release(objects.plain, count);
        check(result == 0, "%s", name_of(result));
    }
    atomic_store(&ledger->peers[self].has_permits, SYNC_NOTHING);
}

/* ---- Gates -----------------------------------------------------------------------------------------------
 */

static void be_party(void)
{
    check(strait_sequence_join(objects.sequence) == 0, "join");
    atomic_fetch_add(&ledger->begun, 1);
    check(strait_sequence_increment(objects.sequence, 1) > 0, "increment");
    atomic_fetch_add(&ledger->done, 1);
    check(strait_latch_count_down(objects.latch) > 0, "count");
    check(strait_sequence_leave(objects.sequence) == 0, "leave");
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

static void work(const char *operations, bool in_stints)
{
    while (atomic_load(&ledger->workers_stop) == 0) {
        attach();
        uint64_t left = in_stints ? 1 + random_below(STINT_LENGTH) : UINT64_MAX;
        for (; left > 0 && atomic_load(&ledger->workers_stop) == 0; left--) {
            work_once(operations[random_below(strlen(operations))]);
            atomic_fetch_add(&ledger->peers[self].steps, 1);
        }
        detach();
    }
}

static void notify(void)
{
    attach();
    while (atomic_load(&ledger->notifiers_stop) == 0) {
        put_token();
        atomic_fetch_add(&ledger->peers[self].steps, 1);
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
    atomic_fetch_add(&ledger->peers[self].steps, 1);
    while (atomic_load(&ledger->notifiers_stop) == 0)
        pause_ns(1000000);
    detach();
}

int main(int argc, char **argv)
{
    role = argc < 5 ? "peer" : argv[4];
    check(argc >= 5, "usage");
    directory = argv[2];
    self = atoi(argv[3]);
    int fd = open(argv[1], O_RDWR | O_CLOEXEC);
    check(fd >= 0, "%s", argv[1]);
    ledger = mmap(NULL, sizeof *ledger, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    check(ledger != MAP_FAILED, "%s", argv[1]);
    close(fd);
    random_state = ledger->seed + (uint64_t)getpid();
    if (strcmp(role, "worker") == 0)
        work(argv[5], argc > 6);
    else if (strcmp(role, "notifier") == 0)
        notify();
    else
        stay(strcmp(role, "holder") == 0);
    return 0;
}
