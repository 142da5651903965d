/* What JNI needs beside the public calls: a wait whose interrupts are counted from before it begins, and one
 * that is pending. */
#ifndef STRAIT_INTERNAL_BARRIER_H
#define STRAIT_INTERNAL_BARRIER_H

#include "internal/gate.h"
#include "strait/barrier.h"

int strait_barrier_pass(struct strait_barrier *barrier, const struct strait_patience *patience);
int strait_barrier_begin(struct strait_barrier *barrier, struct strait_pending **pending);

#endif
