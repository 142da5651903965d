/* Filling in a struct strait_failure that may be NULL. All return what the caller should return. */
#ifndef STRAIT_INTERNAL_FAILURE_H
#define STRAIT_INTERNAL_FAILURE_H

#include <errno.h>
#include <stddef.h>

#include "strait/error.h"

/* `operation` failed with `error`, a negated errno. */
static inline int strait_fail(struct strait_failure *failure, const char *operation, int error)
{
    if (failure != NULL)
        *failure = (struct strait_failure){operation, STRAIT_MISMATCH_NONE, 0, 0};
    return error;
}

/* A check failed. */
static inline int strait_fail_mismatch(struct strait_failure *failure, int error,
                                       enum strait_mismatch mismatch, uint64_t expected, uint64_t found)
{
    if (failure != NULL)
        *failure = (struct strait_failure){"check", mismatch, expected, found};
    return error;
}

/* A size or place was none: the commonest check. */
static inline int strait_fail_geometry(struct strait_failure *failure, int error, uint64_t expected,
                                       uint64_t found)
{
    return strait_fail_mismatch(failure, error, STRAIT_MISMATCH_GEOMETRY, expected, found);
}

#endif
