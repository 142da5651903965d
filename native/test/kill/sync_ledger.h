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
#define SYNC_CROWD   8 /* threads of a crowd; what each peer has room for */
#define SYNC_THREADS (160 * SYNC_CROWD)

/* What a peer has: nothing, perhaps, certainly. */
enum sync_has {
    SYNC_NOTHING,
    SYNC_PERHAPS,
    SYNC_CERTAINLY,
};

/* Of which a peer is a party, and is none again before it goes. */
enum sync_gate {
    SYNC_SEQUENCE = 1,
    SYNC_LATCH = 2,
    SYNC_BARRIER = 4,
};

/* dev.strait.sync.SyncKillPeer reads the same words in Java. */
struct sync_ledger {
    uint64_t seed;
    uint64_t nobody_dies; /* so what is taken can be counted here: */
    _Atomic uint64_t recoverable_taken;
    _Atomic uint64_t plain_taken;
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
    /* Each thread's own; a peer has several in a row. */
    struct sync_thread {
        _Atomic uint64_t steps;
        _Atomic uint64_t has_lock;      /* enum sync_has */
        _Atomic uint64_t has_permits;   /* of the plain semaphore: enum sync_has, */
        _Atomic uint64_t plain_permits; /* and how many */
        _Atomic uint64_t changes;       /* of what the lock guards */
        _Atomic uint64_t gates;         /* enum sync_gate: perhaps, and certainly once it has begun to wait */
    } threads[SYNC_THREADS];
};

#endif
