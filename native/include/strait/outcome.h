/*
 * What a call on the engine's own objects can answer.
 *
 * Every function of this library returns 0 or a positive number when it did what it says, a negated errno
 * (-1 to -4095) when it failed, and one of the values below when nothing failed but there is something to
 * know. The Java class dev.strait.Outcome has the same words with the same numbers.
 */
#ifndef STRAIT_OUTCOME_H
#define STRAIT_OUTCOME_H

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

enum strait_outcome {
    STRAIT_EMPTY = 0,          /* there is no message, and the writer has neither closed nor died */
    STRAIT_READY = 1,          /* what was waited for is there */
    STRAIT_FULL = -4097,       /* the lane has no room for this message now */
    STRAIT_END = -4098,        /* the peer closed in order; said once for each time that a peer closes */
    STRAIT_PEER_DIED = -4099,  /* the peer's process is gone without having closed */
    STRAIT_CLOSED = -4100,     /* this handle was closed, here or by another thread */
    STRAIT_TIMED_OUT = -4101,  /* the time given has passed */
    STRAIT_OWNER_DIED = -4102, /* the lock is yours, and the one who had it before died: repair, and say so */
    STRAIT_NOT_RECOVERABLE = -4103, /* what the lock guards was given up unrepaired: nobody gets it again */
    STRAIT_BROKEN = -4104,          /* the barrier is broken: a party died, or stopped waiting; reset it */
};

/* The name of an outcome, "FULL" for instance, or NULL when the number is none. */
const char *strait_outcome_name(int outcome);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
