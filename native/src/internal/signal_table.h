/* Which signals may be taken: what stands behind strait_signal_refusal. */
#ifndef STRAIT_INTERNAL_SIGNAL_TABLE_H
#define STRAIT_INTERNAL_SIGNAL_TABLE_H

#include "strait/signal.h"

enum strait_signal_reservation {
    STRAIT_SIGNAL_NEVER = 1,  /* it may not be taken at all */
    STRAIT_SIGNAL_IF_HANDLED, /* `why` explains the handler that it may have */
};

/* What the runtime around this library has a signal for. `why` stays valid. */
void strait_signal_reserve(int number, enum strait_signal_reservation reservation, const char *why);

/* Why it may never be taken, whatever handlers there are now: NULL when it may be. Says nothing of what the
 * library needs itself. */
const char *strait_signal_never(int number);

/* The set of all that may be taken now. */
uint64_t strait_signal_free(void);

#endif
