/*
 * Errors: numbers, their symbols, and where they came from.
 */
#ifndef STRAIT_ERROR_H
#define STRAIT_ERROR_H

#include <stdint.h>

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

/* The symbol of an errno, "ENOENT" for 2 (sign ignored), or NULL when Linux has no such number. */
const char *strait_errno_symbol(int error);

/* Its description in English whatever the locale, "No such file or directory", or NULL. */
const char *strait_errno_text(int error);

/* Which check an object failed when it was opened. */
enum strait_mismatch {
    STRAIT_MISMATCH_NONE = 0,    /* it was not a check that failed, but the call named in `operation` */
    STRAIT_MISMATCH_FILE_TYPE,   /* expected S_IFREG, found another type (the S_IFMT bits of st_mode) */
    STRAIT_MISMATCH_OWNER,       /* uid of the segment's file */
    STRAIT_MISMATCH_DIRECTORY,   /* uid of the directory that holds it */
    STRAIT_MISMATCH_MODE,        /* permission bits; expected is the widest set that was allowed */
    STRAIT_MISMATCH_SEALS,       /* F_GET_SEALS of a memfd */
    STRAIT_MISMATCH_SIZE,        /* bytes of the file */
    STRAIT_MISMATCH_MAGIC,       /* first eight bytes */
    STRAIT_MISMATCH_LAYOUT,      /* layout major version */
    STRAIT_MISMATCH_FEATURES,    /* incompatible feature bits; expected is the set this library knows */
    STRAIT_MISMATCH_FINGERPRINT, /* fingerprint of the offsets */
    STRAIT_MISMATCH_KIND,        /* enum strait_segment_kind */
    STRAIT_MISMATCH_GEOMETRY,    /* a section's place or size; found is the offending number */
    STRAIT_MISMATCH_HOLDER,      /* a role is held by a live participant; found is its process id */
    STRAIT_MISMATCH_OBJECT,      /* a synchronisation object's name, kind, flags or value; as GEOMETRY */
};

/*
 * Why a call failed, for those who ask: functions that take one fill it when they return a negated errno;
 * what it holds after a success means nothing. NULL is accepted everywhere.
 */
struct strait_failure {
    const char *operation; /* the kernel call that failed, "linkat", or "check"; never freed, never NULL when
                              filled */
    enum strait_mismatch mismatch; /* or the check that failed, with the two values that differ */
    uint64_t expected;
    uint64_t found;
};

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
