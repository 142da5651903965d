#include "strait/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#include "internal/errno_table.h"
#include "strait/outcome.h"

/* abs(3), but for every number: INT_MIN has no positive counterpart among the ints. */
static int64_t without_sign(int error)
{
    return error < 0 ? -(int64_t)error : error;
}

const char *strait_errno_symbol(int error)
{
    switch (without_sign(error)) {
#define SYMBOL(name, text)                                                                                   \
    case name:                                                                                               \
        return #name;
        STRAIT_ERRNO_TABLE(SYMBOL)
#undef SYMBOL
    default:
        return NULL;
    }
}

const char *strait_errno_text(int error)
{
    switch (without_sign(error)) {
#define TEXT(name, text)                                                                                     \
    case name:                                                                                               \
        return text;
        STRAIT_ERRNO_TABLE(TEXT)
#undef TEXT
    default:
        return NULL;
    }
}

const char *strait_outcome_name(int outcome)
{
    switch (outcome) {
    case STRAIT_EMPTY:
        return "EMPTY";
    case STRAIT_READY:
        return "READY";
    case STRAIT_FULL:
        return "FULL";
    case STRAIT_END:
        return "END";
    case STRAIT_PEER_DIED:
        return "PEER_DIED";
    case STRAIT_CLOSED:
        return "CLOSED";
    case STRAIT_TIMED_OUT:
        return "TIMED_OUT";
    case STRAIT_OWNER_DIED:
        return "OWNER_DIED";
    case STRAIT_NOT_RECOVERABLE:
        return "NOT_RECOVERABLE";
    case STRAIT_BROKEN:
        return "BROKEN";
    default:
        return NULL;
    }
}
