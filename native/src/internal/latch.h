/* What JNI needs beside the public calls: a wait whose interrupts are counted from before it begins, and one
 * that is pending. */
#ifndef STRAIT_INTERNAL_LATCH_H
#define STRAIT_INTERNAL_LATCH_H

#include "internal/gate.h"
#include "strait/latch.h"

int strait_latch_pass(struct strait_latch *latch, const struct strait_patience *patience);
int strait_latch_begin(struct strait_latch *latch, struct strait_pending **pending);

/* Watching for it to be 0. PEER_DIED, too. */
void strait_latch_watch(struct strait_latch *latch, struct strait_watch *watch);

#endif
