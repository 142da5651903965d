/*
 * What the peers of one round of kill_sync_test.c know of each other, in memory that outlives each of them:
 * what the lock guards, and what each was about to do when it died.
 */
#ifndef STRAIT_TEST_SYNC_LEDGER_H
#define STRAIT_TEST_SYNC_LEDGER_H

#include <stdatomic.h>
#include <stdint.h>

#define SYNC_NAME    "sync"
#define SYNC_PERMITS 3 /* of each semaphore */
#define SYNC_PEERS   160

/* What a peer has: nothing, perhaps, certainly. */
enum sync_has {
    SYNC_NOTHING,
    SYNC_PERHAPS,
    SYNC_CERTAINLY,
};

struct sync_ledger {
    uint64_t seed;
    _Atomic uint64_t workers_stop;
    _Atomic uint64_t notifiers_stop;
    _Atomic uint64_t attached;
    _Atomic uint64_t told; /* OWNER_DIED */
    /* Of the sequence: increments. */
    _Atomic uint64_t begun;
    _Atomic uint64_t done;
    /* Under the lock. */
    _Atomic uint64_t first; /* the same as `second`, but while somebody has the lock */
    _Atomic uint64_t second;
    _Atomic uint64_t tokens; /* 0 or 1 */
    /* Each peer's own. */
    struct {
        _Atomic uint64_t steps;
        _Atomic uint64_t has_lock;      /* enum sync_has */
        _Atomic uint64_t has_permits;   /* of the plain semaphore: enum sync_has, */
        _Atomic uint64_t plain_permits; /* and how many */
    } peers[SYNC_PEERS];
};

#endif
