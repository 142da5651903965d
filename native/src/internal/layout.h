/*
 * The layout of a segment, version 1.0. native/PROTOCOL.md draws it for people; this is what C compiles, and
 * the Java classes SegmentLayout and RingLayout are checked against it by native/jni/layout_check.c.
 *
 *     0             struct strait_header           one page
 *     4096          struct strait_slot [64]        participants; within STRAIT_PARTICIPANTS_END
 *     20480         struct strait_ring_control     a ring's control words; absent in a plain segment
 *     ...           struct strait_sync_control     synchronisation objects, page-aligned; absent without
 *     ...           the user's region              page-aligned
 *     ...           lanes                          page-aligned (huge pages where the file has them)
 *
 * Words that different parties write stand STRAIT_LINE bytes apart: two cache lines, because x86 fetches
 * lines in pairs and some aarch64 cores have lines of 128 bytes.
 */
#ifndef STRAIT_INTERNAL_LAYOUT_H
#define STRAIT_INTERNAL_LAYOUT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "strait/ring.h"
#include "strait/version.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "segments are little-endian; this machine is not"
#endif
#if ATOMIC_LLONG_LOCK_FREE != 2 || ATOMIC_INT_LOCK_FREE != 2
#error "atomics in shared memory must be lock-free"
#endif

#define STRAIT_LINE               128
#define STRAIT_PAGE               4096u /* header and user's region are aligned to this */
#define STRAIT_MAGIC              UINT64_C(0x3154494152545300) /* "\0STRAIT1" in memory */
#define STRAIT_SLOTS              64                           /* one bit each in a 64-bit bitmap */
#define STRAIT_COMMAND_BYTES      16                           /* TASK_COMM_LEN */
#define STRAIT_PARTICIPANTS_END   65536u                       /* the table ends here at the latest */

/*
 * The byte of the file whose lock is slot 0's, far beyond any data; slot n's is n bytes further. Whoever
 * publishes a file by renaming it holds slot 0's meanwhile.
 */
#define STRAIT_LOCK_BYTE          INT64_C(0x4000000000000000)

/* Feature bits. A reader may ignore compatible ones that it does not know, and must refuse the others. */
#define STRAIT_INCOMPATIBLE_KNOWN UINT64_C(0)

/* A part of the file. offset and bytes are 0 where there is none. */
struct strait_section {
    uint64_t offset;
    uint64_t bytes;
};

/* Written by the creator before the segment has a name, never after; but for `membership`. */
struct strait_header {
    _Atomic uint64_t magic; /* stored last */
    uint32_t layout_major;
    uint32_t layout_minor;
    uint64_t incompatible_features;
    uint64_t compatible_features;
    uint64_t fingerprint; /* STRAIT_FINGERPRINT */
    uint64_t epoch;       /* random */
    uint32_t kind;        /* enum strait_segment_kind */
    uint32_t page_bytes;  /* what the lanes are aligned to */
    uint64_t segment_bytes;
    struct strait_section participants;
    struct strait_section ring;
    struct strait_section sync; /* synchronisation objects */
    struct strait_section user;
    struct strait_section lanes;
    uint64_t lane_bytes; /* bytes of one lane; lanes.bytes is lane_bytes * lane_count */
    uint32_t lane_count;
    uint32_t slot_count;  /* participants; 1 to 64 */
    uint32_t creator_pid; /* in the creator's PID namespace; for display only, like all that follows */
    uint32_t creator_uid; /* effective */
    uint64_t creator_start_ticks; /* field 22 of /proc/PID/stat: clock ticks after boot */
    uint64_t created_ns;          /* CLOCK_REALTIME */
    char creator_command[STRAIT_COMMAND_BYTES];
    /* a futex word that every participant bumps by 2 when it joins, leaves or reclaims: never 0 */
    _Alignas(STRAIT_LINE) _Atomic uint32_t membership;
};

/*
 * An owner word names who holds something, and how it is: one word, so that it goes from one whole state to
 * the next by one atomic operation.
 *
 *     bits 0-3    state, enum strait_owner_state
 *     bits 4-9    slot of the holder
 *     bits 10-23  turn: counts the holders, so that each end can be told from the last one
 *     bits 24-63  the holder's generation
 */
enum strait_owner_state {
    STRAIT_OWNER_FREE = 0,      /* never held */
    STRAIT_OWNER_LIVE = 1,      /* held; the holder may be dead, ask its lock */
    STRAIT_OWNER_ENDED = 2,     /* given up in order */
    STRAIT_OWNER_DEAD = 3,      /* its holder died, and a reclaimer has said so */
    STRAIT_OWNER_REPAIRING = 4, /* a lock's: held by one who was told that the holder before died */
    STRAIT_OWNER_LOST = 5,      /* a lock's: given up by that one unrepaired, and never held again */
};

#define STRAIT_OWNER_SLOT_SHIFT       4
#define STRAIT_OWNER_TURN_SHIFT       10
#define STRAIT_OWNER_GENERATION_SHIFT 24
#define STRAIT_OWNER_STATE_MASK       UINT64_C(0xf)

/*
 * A participant's entry. `identity` holds a state (bits 0-3) and the generation (bits 4-43), which grows with
 * every participant that uses the slot and is never reset. Bit 44 says of the last one that ended whether it
 * died.
 */
enum strait_slot_state {
    STRAIT_SLOT_FREE = 0,
    STRAIT_SLOT_JOINING = 1,
    STRAIT_SLOT_LIVE = 2,
    STRAIT_SLOT_DEAD = 3, /* being reclaimed */
};

#define STRAIT_SLOT_STATE_MASK       UINT64_C(0xf)
#define STRAIT_SLOT_GENERATION_SHIFT 4
#define STRAIT_GENERATION_MASK       ((UINT64_C(1) << 40) - 1)
#define STRAIT_SLOT_DIED             (UINT64_C(1) << 44)

struct strait_slot {
    /* line 0: its participant's */
    _Atomic uint64_t identity;
    _Atomic uint32_t
        beacon;   /* TID | FUTEX_WAITERS of its warden; the kernel adds FUTEX_OWNER_DIED; 0: none */
    uint32_t pid; /* from here on for display only */
    uint32_t uid;
    uint32_t reserved;
    uint64_t start_ticks;
    uint64_t joined_ns; /* CLOCK_REALTIME */
    char command[STRAIT_COMMAND_BYTES];
    /* line 1: anybody's who wakes it */
    _Alignas(STRAIT_LINE) _Atomic uint32_t doorbell; /* starts at 1, bumped by 2: never 0 */
};

/* One lane. */
struct strait_lane_control {
    /* line 0: its writer's, with every commit */
    _Atomic uint64_t tail;   /* position: end of what is published */
    _Atomic uint64_t intent; /* reserved for lossy lanes */
    /* line 1: its writer's, when it opens and closes */
    _Alignas(STRAIT_LINE) _Atomic uint64_t owner;
};

/* One reader's role. */
struct strait_reader_control {
    _Alignas(STRAIT_LINE) _Atomic uint64_t owner;
};

/* Where one reader is in one lane; the reader's, once per batch. */
struct strait_cursor {
    _Alignas(STRAIT_LINE) _Atomic uint64_t position; /* end of what is consumed */
};

enum strait_ring_flag {
    STRAIT_RING_SPIN_ONLY = 1,
    STRAIT_RING_RELEASE = 2, /* the cursor of a reader that closed or died does not count */
};

#define STRAIT_RING_FLAGS_KNOWN ((uint32_t)(STRAIT_RING_SPIN_ONLY | STRAIT_RING_RELEASE))

/*
 * Followed by lane_count x strait_lane_control, readers x strait_reader_control, and lane_count x readers
 * cursors, lane by lane.
 */
struct strait_ring_control {
    /* line 0: the creator's */
    uint32_t readers;
    uint32_t flags; /* enum strait_ring_flag */
    /* line 1 and 2: sleepers set their bit, publishers take all bits */
    _Alignas(STRAIT_LINE) _Atomic uint64_t data_waiters;
    _Alignas(STRAIT_LINE) _Atomic uint64_t space_waiters;
    _Alignas(STRAIT_LINE) unsigned char reserved[STRAIT_LINE];
};

/*
 * Synchronisation objects: this, then `count` entries, then the objects' words, each object's at a multiple
 * of STRAIT_LINE. Written by the creator before the segment has a name; after that only the words change.
 */
struct strait_sync_control {
    uint32_t count;
    _Alignas(STRAIT_LINE) struct strait_object_entry {
        char name[48]; /* ends with a zero byte */
        uint32_t kind; /* enum strait_object_kind */
        uint32_t flags;
        int64_t value;
        uint64_t offset; /* of its words, in bytes from the segment's start */
        uint64_t bytes;
        unsigned char reserved[48];
    } entries[];
};

/* What participants stand in line for; internal/sync.h has the rules. */
struct strait_queue {
    _Atomic uint64_t word;        /* what they want: a semaphore's permits, a lock's owner word */
    _Atomic uint64_t waiting;     /* bitmap: slots that stand in line */
    _Atomic uint64_t next_ticket; /* starts at 1 */
    _Atomic uint64_t watchers;    /* bitmap: slots that wait for it beside other things, and not in line */
    /* of each slot's first thread; 0 for none */
    _Alignas(STRAIT_LINE) _Atomic uint64_t ticket[STRAIT_SLOTS];
};

/* A recoverable semaphore's: what each participant holds. Who adds to it has the lock. */
struct strait_ledger {
    _Alignas(STRAIT_LINE) _Atomic uint64_t owner; /* an owner word */
    _Atomic uint64_t waiters;                     /* bitmap: slots that wait for the lock */
    _Alignas(STRAIT_LINE) _Atomic uint64_t held[STRAIT_SLOTS];
};

struct strait_semaphore_words {
    struct strait_queue queue;   /* word: permits that can be had; unused in a recoverable semaphore */
    struct strait_ledger ledger; /* in a recoverable semaphore */
};

struct strait_lock_words {
    struct strait_queue queue; /* word: an owner word */
};

/* Waiting for a notification: with a ticket, until that is below `notified`. */
struct strait_condition_words {
    _Alignas(STRAIT_LINE) _Atomic uint64_t next_ticket;
    _Atomic uint64_t notified; /* never above next_ticket */
    _Atomic uint64_t waiters;  /* bitmap: slots that sleep */
};

/* A sequence, a latch, a barrier: a word that many wait for. */
struct strait_gate {
    _Atomic uint64_t word;    /* the number; the count; STRAIT_BARRIER_... */
    _Atomic uint64_t waiters; /* bitmap: slots that sleep */
    _Atomic uint64_t lost;    /* 1: a party died, and no other has joined since */
    /* of each slot: 1 for a party */
    _Alignas(STRAIT_LINE) _Atomic uint64_t party[STRAIT_SLOTS];
};

/*
 * A barrier's word. Its two counts tell those who wait how their wait ended.
 *
 *     bits 0-15   how many have arrived
 *     bit 16      it is broken
 *     bits 17-31  how often it was reset
 *     bits 32-63  how often all have arrived
 */
#define STRAIT_BARRIER_ARRIVED   UINT64_C(0xffff)
#define STRAIT_BARRIER_BROKEN    (UINT64_C(1) << 16)
#define STRAIT_BARRIER_RESET_ONE (UINT64_C(1) << 17)
#define STRAIT_BARRIER_RESETS    UINT64_C(0xfffe0000)
#define STRAIT_BARRIER_TRIP_ONE  (UINT64_C(1) << 32)
#define STRAIT_BARRIER_TRIPS     UINT64_C(0xffffffff00000000)

/* The message header is one 64-bit word: length in the low half, type in the high half. */
#define STRAIT_MESSAGE_ALIGNMENT 8u

/* ---- The numbers, so that no compiler or edit moves anything unseen ------------------------------------ */

#define STRAIT_AT(type, field, value)                                                                        \
    _Static_assert(offsetof(struct type, field) == (value), #type "." #field " has moved")
#define STRAIT_SIZE(type, value) _Static_assert(sizeof(struct type) == (value), #type " has another size")

STRAIT_AT(strait_header, magic, 0);
STRAIT_AT(strait_header, layout_major, 8);
STRAIT_AT(strait_header, layout_minor, 12);
STRAIT_AT(strait_header, incompatible_features, 16);
STRAIT_AT(strait_header, compatible_features, 24);
STRAIT_AT(strait_header, fingerprint, 32);
STRAIT_AT(strait_header, epoch, 40);
STRAIT_AT(strait_header, kind, 48);
STRAIT_AT(strait_header, page_bytes, 52);
STRAIT_AT(strait_header, segment_bytes, 56);
STRAIT_AT(strait_header, participants, 64);
STRAIT_AT(strait_header, ring, 80);
STRAIT_AT(strait_header, sync, 96);
STRAIT_AT(strait_header, user, 112);
STRAIT_AT(strait_header, lanes, 128);
STRAIT_AT(strait_header, lane_bytes, 144);
STRAIT_AT(strait_header, lane_count, 152);
STRAIT_AT(strait_header, slot_count, 156);
STRAIT_AT(strait_header, creator_pid, 160);
STRAIT_AT(strait_header, creator_uid, 164);
STRAIT_AT(strait_header, creator_start_ticks, 168);
STRAIT_AT(strait_header, created_ns, 176);
STRAIT_AT(strait_header, creator_command, 184);
STRAIT_AT(strait_header, membership, 256);
STRAIT_SIZE(strait_header, 384);

STRAIT_AT(strait_slot, identity, 0);
STRAIT_AT(strait_slot, beacon, 8);
STRAIT_AT(strait_slot, pid, 12);
STRAIT_AT(strait_slot, uid, 16);
STRAIT_AT(strait_slot, start_ticks, 24);
STRAIT_AT(strait_slot, joined_ns, 32);
STRAIT_AT(strait_slot, command, 40);
STRAIT_AT(strait_slot, doorbell, 128);
STRAIT_SIZE(strait_slot, 256);

STRAIT_AT(strait_ring_control, readers, 0);
STRAIT_AT(strait_ring_control, flags, 4);
STRAIT_AT(strait_ring_control, data_waiters, 128);
STRAIT_AT(strait_ring_control, space_waiters, 256);
STRAIT_SIZE(strait_ring_control, 512);

STRAIT_AT(strait_lane_control, tail, 0);
STRAIT_AT(strait_lane_control, intent, 8);
STRAIT_AT(strait_lane_control, owner, 128);
STRAIT_SIZE(strait_lane_control, 256);

STRAIT_AT(strait_reader_control, owner, 0);
STRAIT_SIZE(strait_reader_control, 128);

STRAIT_AT(strait_sync_control, count, 0);
STRAIT_AT(strait_sync_control, entries, 128);
STRAIT_AT(strait_object_entry, name, 0);
STRAIT_AT(strait_object_entry, kind, 48);
STRAIT_AT(strait_object_entry, flags, 52);
STRAIT_AT(strait_object_entry, value, 56);
STRAIT_AT(strait_object_entry, offset, 64);
STRAIT_AT(strait_object_entry, bytes, 72);
STRAIT_SIZE(strait_object_entry, 128);
STRAIT_AT(strait_queue, word, 0);
STRAIT_AT(strait_queue, waiting, 8);
STRAIT_AT(strait_queue, next_ticket, 16);
STRAIT_AT(strait_queue, watchers, 24);
STRAIT_AT(strait_queue, ticket, 128);
STRAIT_SIZE(strait_queue, 640);
STRAIT_AT(strait_semaphore_words, ledger, 640);
STRAIT_AT(strait_ledger, owner, 0);
STRAIT_AT(strait_ledger, waiters, 8);
STRAIT_AT(strait_ledger, held, 128);
STRAIT_SIZE(strait_semaphore_words, 1280);
STRAIT_SIZE(strait_lock_words, 640);
STRAIT_AT(strait_condition_words, notified, 8);
STRAIT_AT(strait_condition_words, waiters, 16);
STRAIT_SIZE(strait_condition_words, 128);
STRAIT_AT(strait_gate, word, 0);
STRAIT_AT(strait_gate, waiters, 8);
STRAIT_AT(strait_gate, lost, 16);
STRAIT_AT(strait_gate, party, 128);
STRAIT_SIZE(strait_gate, 640);

STRAIT_AT(strait_cursor, position, 0);
STRAIT_SIZE(strait_cursor, 128);

/*
 * A fingerprint of the offsets above that layout major version 1 fixes for ever: a library built from an
 * edited layout refuses the segments of an unedited one. A minor version adds fields but none here.
 */
#define STRAIT_MIX(hash, value) (((hash) ^ (uint64_t)(value)) * UINT64_C(0x100000001b3))
#define STRAIT_MIX_1            STRAIT_MIX(UINT64_C(0xcbf29ce484222325), offsetof(struct strait_header, epoch))
#define STRAIT_MIX_2            STRAIT_MIX(STRAIT_MIX_1, offsetof(struct strait_header, lanes))
#define STRAIT_MIX_3            STRAIT_MIX(STRAIT_MIX_2, offsetof(struct strait_header, slot_count))
#define STRAIT_MIX_4            STRAIT_MIX(STRAIT_MIX_3, sizeof(struct strait_slot))
#define STRAIT_MIX_5            STRAIT_MIX(STRAIT_MIX_4, offsetof(struct strait_slot, doorbell))
#define STRAIT_MIX_6            STRAIT_MIX(STRAIT_MIX_5, sizeof(struct strait_ring_control))
#define STRAIT_MIX_7            STRAIT_MIX(STRAIT_MIX_6, offsetof(struct strait_ring_control, space_waiters))
#define STRAIT_MIX_8            STRAIT_MIX(STRAIT_MIX_7, sizeof(struct strait_lane_control))
#define STRAIT_MIX_9            STRAIT_MIX(STRAIT_MIX_8, offsetof(struct strait_lane_control, owner))
#define STRAIT_FINGERPRINT      STRAIT_MIX(STRAIT_MIX_9, sizeof(struct strait_cursor))

#endif
