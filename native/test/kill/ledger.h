/*
 * What the peers of one round know of each other, in memory that outlives each of them: how to behave, how
 * far the stream has come, and what they were told. dev.strait.ring.KillPeer reads the same words in Java.
 */
#ifndef STRAIT_TEST_LEDGER_H
#define STRAIT_TEST_LEDGER_H

#include <stdatomic.h>
#include <stdint.h>

#define LEDGER_NO_TOTAL UINT64_MAX

enum ledger_spin {
    LEDGER_SLEEP,
    LEDGER_MIXED,
    LEDGER_SPIN,
};

struct ledger {
    /* The test's. */
    uint64_t seed;
    uint64_t lane_bytes;
    uint64_t spin; /* enum ledger_spin */
    uint64_t spin_only;
    uint64_t release;
    _Atomic uint64_t stop; /* the writer shall end the stream */

    /* The writer's: numbers of messages. */
    _Atomic uint64_t begun; /* handed to a commit */
    _Atomic uint64_t sent;  /* whose commit has returned */
    _Atomic uint64_t total; /* all, once the stream is over */

    /* The reader's. */
    _Atomic uint64_t batch;   /* where the poll under way began */
    _Atomic uint64_t handled; /* whose handler has returned */

    /* Everybody's. */
    _Atomic uint64_t attached;
    _Atomic uint64_t writer_told; /* PEER_DIED */
    _Atomic uint64_t reader_told;
};

#endif
