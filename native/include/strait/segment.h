/*
 * A segment: one object of shared memory with a common header, and in it a ring, or a plain region of the
 * user's own bytes, or both. It is a named file on tmpfs or hugetlbfs, or an anonymous memfd.
 *
 * Assumptions    Linux, little-endian, 64-bit. The processes trust the file's owner not to truncate a *named*
 *                segment; a memfd is sealed against that, and the seals are checked before it is mapped.
 * Guarantees     Nobody ever sees half a segment: it gets its name, or its seals, when it is complete. Of
 * many that create one name, exactly one wins. Memory is reserved at creation: a full file system is ENOSPC
 * then, not SIGBUS later. If a process dies   A creator killed at any step leaves nothing that has the
 * segment's name. Segments outlive the processes that use them until someone unlinks them.
 *
 * Names are 1 to 200 characters of [A-Za-z0-9._-], but not "." or "..". Times are nanoseconds of
 * CLOCK_MONOTONIC. Results are 0 or positive, else a negated errno; see strait/outcome.h and strait/error.h.
 */
#ifndef STRAIT_SEGMENT_H
#define STRAIT_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "strait/error.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_NAME_MAX       200         /* characters in a segment's name */
#define STRAIT_USER_BYTES_MAX 0x7fffffffu /* a Java ByteBuffer holds no more */
#define STRAIT_WAIT_FOREVER   INT64_MAX   /* a timeout that never passes */
#define STRAIT_OBJECTS_MAX    1024        /* synchronisation objects in a segment */
#define STRAIT_OBJECT_NAME    47          /* bytes in an object's name */

/* What a segment holds. A region of the user's bytes may stand beside either. */
enum strait_segment_kind {
    STRAIT_SEGMENT_PLAIN = 1, /* the user's region alone */
    STRAIT_SEGMENT_RING = 2,  /* a ring */
};

enum strait_segment_flag {
    STRAIT_SEGMENT_HUGE_PAGES =
        1, /* memfd on huge pages; for a named segment, insist on a hugetlbfs directory */
    STRAIT_SEGMENT_PREFAULT = 2, /* set up all page tables while attaching, not at first use */
    STRAIT_SEGMENT_LOCK = 4,     /* mlock(2) everything that is mapped; needs RLIMIT_MEMLOCK */
    STRAIT_SEGMENT_NO_DUMP = 8,  /* leave this process's mapping out of core dumps */
    STRAIT_SEGMENT_REPLACE_ABANDONED =
        16, /* create, open or create: a segment that nobody is attached to is removed and made anew */
};

/* What synchronises its users: strait/semaphore.h and the headers beside it. */
enum strait_object_kind {
    STRAIT_OBJECT_SEMAPHORE = 1,
    STRAIT_OBJECT_LOCK = 2,
    STRAIT_OBJECT_CONDITION = 3,
    STRAIT_OBJECT_SEQUENCE = 4,
    STRAIT_OBJECT_LATCH = 5,
    STRAIT_OBJECT_BARRIER = 6,
};

/* A synchronisation object that a new segment shall have, for as long as it lives. Its header has a macro
 * that fills this. */
struct strait_object {
    const char *name; /* 1 to STRAIT_OBJECT_NAME bytes, no other object's of this segment */
    enum strait_object_kind kind;
    uint32_t flags; /* its kind's */
    int64_t value;  /* its kind's: a semaphore's permits, a latch's count, ...; else 0 */
};

/* How to create or open. Initialise with STRAIT_SEGMENT_OPTIONS_INIT, then change what differs. */
struct strait_segment_options {
    const char *directory; /* NULL: $STRAIT_DIR, else /dev/shm/strait-<uid>, which is made with mode 0700 */
    uint64_t user_bytes;   /* create: size of the user's region, 0 to STRAIT_USER_BYTES_MAX */
    uint32_t mode;         /* create: permission bits, not masked by umask; open: the widest bits accepted */
    uint32_t flags;        /* enum strait_segment_flag, for this call and this attachment */
    int64_t group;         /* create: gid of the file, -1 for the process's own */
    int64_t owner;         /* open: the uid that must own the file, -1 for the caller's effective one */
    int64_t timeout_ns;    /* open: how long to wait for the segment to be created; 0 does not wait */
    const struct strait_object *objects; /* create: its synchronisation objects; read during the call only */
    uint32_t object_count;               /* 0 to STRAIT_OBJECTS_MAX */
};

#define STRAIT_SEGMENT_OPTIONS_INIT                                                                          \
    {                                                                                                        \
        0, 0, 0600, 0, -1, -1, 0, 0, 0                                                                       \
    }

/* One attachment of this process. Thread-safe but for close. */
struct strait_segment;

/*
 * Creates a named segment that holds user_bytes of zeros, and attaches to it. EEXIST when the name is taken,
 * EINVAL for a bad name or option, ENOSPC when the file system is full, EFBIG beyond RLIMIT_FSIZE (without
 * its signal, SIGXFSZ), EPERM when the directory belongs to someone else, and what open(2), fchmod(2),
 * fchown(2), posix_fallocate(3), mmap(2), mlock(2) and linkat(2) answer. EUSERS when
 * STRAIT_PARTICIPANTS_MAX are attached already (strait/participant.h). A creation that fails leaves nothing
 * behind: no file, no descriptor, no mapping.
 */
int strait_segment_create(const char *name, const struct strait_segment_options *options,
                          struct strait_segment **segment, struct strait_failure *failure);

/*
 * Attaches to a plain segment. ENOENT when it does not exist by the deadline; ELOOP when the name is a
 * symbolic link; EPERM when file or directory belongs to someone else, or the mode is wider than allowed;
 * EPROTO when it is no segment that this library can use, `failure` says which value differs.
 */
int strait_segment_open(const char *name, const struct strait_segment_options *options,
                        struct strait_segment **segment, struct strait_failure *failure);

/* Opens what exists, else creates it. 1 when this call created it, 0 when it existed. */
int strait_segment_open_or_create(const char *name, const struct strait_segment_options *options,
                                  struct strait_segment **segment, struct strait_failure *failure);

/*
 * Creates an anonymous segment: a memfd, sealed against shrinking and growing, that lives as long as someone
 * is attached. `label` (a name as above) is what /proc shows. Others attach with strait_segment_open_memfd.
 */
int strait_segment_create_memfd(const char *label, const struct strait_segment_options *options,
                                struct strait_segment **segment, struct strait_failure *failure);

/* Attaches to the plain segment behind descriptor `fd` of process `pid`, 0 for this one: /proc/PID/fd/N is
 * opened anew. strait/share.h sends descriptors to who has no access to that. */
int strait_segment_open_memfd(int32_t pid, int fd, const struct strait_segment_options *options,
                              struct strait_segment **segment, struct strait_failure *failure);

/*
 * Removes the name. Mappings live on; the memory is freed when the last of them is gone. ENOENT when there is
 * none. Of `options` only the directory and whose it may be count.
 */
int strait_segment_unlink(const char *name, const struct strait_segment_options *options);

/* Unmaps and frees. No other thread may be in a call on this segment, or come into one. NULL is accepted. */
void strait_segment_close(struct strait_segment *segment);

/* 1 while the name still leads to this memory, 0 when it was removed or given to another; a memfd has no name
 * to lose: 1. A negated errno when the directory can no longer be read. */
int strait_segment_is_linked(const struct strait_segment *segment);

/* The user's region, page-aligned, zero at creation; NULL when there is none. Valid until close. */
void *strait_segment_user(const struct strait_segment *segment);
uint64_t strait_segment_user_bytes(const struct strait_segment *segment);

/* The file's path, "/dev/shm/strait-0/orders"; for a memfd its label. Valid until close. */
const char *strait_segment_path(const struct strait_segment *segment);

/* A random number that tells this segment from any other that had or will have its name. */
uint64_t strait_segment_epoch(const struct strait_segment *segment);

/* The descriptor, for strait_segment_open_memfd in another process. Not to be closed, locked or duplicated.
 */
int strait_segment_fd(const struct strait_segment *segment);

/* Whether this attachment created the segment. */
bool strait_segment_was_created(const struct strait_segment *segment);

/* Bytes of the whole file. */
uint64_t strait_segment_bytes(const struct strait_segment *segment);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
