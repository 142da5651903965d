/* What JNI needs beside the public calls: a wait whose interrupts are counted from before it begins, and one
 * that is pending. */
#ifndef STRAIT_INTERNAL_SEQUENCE_H
#define STRAIT_INTERNAL_SEQUENCE_H

#include "internal/gate.h"
#include "strait/sequence.h"

int strait_sequence_pass(struct strait_sequence *sequence, int64_t number,
                         const struct strait_patience *patience);
int strait_sequence_begin(struct strait_sequence *sequence, int64_t number, struct strait_pending **pending);

/* Watching for it to reach the number. PEER_DIED, too. */
void strait_sequence_watch(struct strait_sequence *sequence, int64_t number, struct strait_watch *watch);

#endif
