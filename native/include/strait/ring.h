/*
 * A ring: messages from one writer to one reader through shared memory.
 *
 * The writer owns a lane, a circular buffer with a tail; the reader owns a cursor. Every byte has one writer.
 * What is not published is invisible, so a writer that pauses or dies in the middle of a message blocks
 * nobody.
 *
 * A message is a type (any int32_t) and 0 to lane_bytes - 8 bytes of payload, contiguous in memory and 8-byte
 * aligned. Messages arrive in the order of their commits, each once. Positions are 64-bit, count bytes of the
 * lane since its creation, and only grow.
 *
 * Assumptions    A writer is used by one thread at a time, and so is a reader; passing one on needs a
 *                happens-before. The other calls may come from any thread.
 * Guarantees     A ring that nobody reads fills up and says FULL: nothing is dropped. What is published
 * stays, whatever becomes of its writer; the next writer goes on behind it. A reader that closes or dies
 * leaves its cursor, and the next one goes on there; or the ring's creator chose STRAIT_READER_RELEASE.
 * Progress       claim, commit, offer, poll and skip are wait-free, and make no system call while the peer is
 *                awake. The await calls block, without using the processor once they have stopped spinning.
 * If a process dies  at any instruction, or is killed, its peers get PEER_DIED: the reader when it has read
 * all that was published, the writer when the lane is full. Their waits end by themselves. The dead one's
 * role can be taken over; a stopped process's cannot. Memory effects What happened before a commit happens
 * before the poll that sees its messages; what happened before a poll returns happens before a claim that
 * reuses its space.
 */
#ifndef STRAIT_RING_H
#define STRAIT_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "strait/outcome.h"
#include "strait/participant.h"

#pragma GCC visibility push(default)
#ifdef __cplusplus
extern "C" {
#endif

#define STRAIT_LANE_BYTES_MIN     4096u       /* or a page, where that is larger */
#define STRAIT_LANE_BYTES_MAX     0x40000000u /* 1 GiB: mapped twice it fills a Java ByteBuffer */
#define STRAIT_LANE_BYTES_DEFAULT 0x100000u   /* 1 MiB */
#define STRAIT_MESSAGE_HEADER     8u          /* bytes before each payload: uint32 length, int32 type */
#define STRAIT_SPIN_DEFAULT_NS    INT64_C(20000)
#define STRAIT_SPIN_ONLY          INT64_MAX /* a spin time that never ends: do not sleep */

enum strait_reader_policy {
    /* It goes on counting: the lane fills up behind it, and the next reader goes on there. Nothing is lost,
     * and the last batch of a reader that died may come again. */
    STRAIT_READER_HOLD = 0,
    /* It counts no more: the writer goes on alone, and the next reader starts at what is published then.
     * Until the first reader comes the lane fills up. */
    STRAIT_READER_RELEASE = 1,
};

/* Initialise with STRAIT_RING_OPTIONS_INIT, then change what differs. */
struct strait_ring_options {
    uint64_t lane_bytes; /* capacity, a power of two from STRAIT_LANE_BYTES_MIN to STRAIT_LANE_BYTES_MAX */
    uint32_t writers;    /* lanes; 1 in this version */
    uint32_t readers;    /* cursors per lane; 1 in this version */
    bool spin_only;      /* nobody ever sleeps on this ring: commit and poll save their fence */
    enum strait_reader_policy reader_policy; /* what becomes of a cursor whose reader has closed or died */
};

#define STRAIT_RING_OPTIONS_INIT                                                                             \
    {                                                                                                        \
        STRAIT_LANE_BYTES_DEFAULT, 1, 1, false, STRAIT_READER_HOLD                                           \
    }

struct strait_ring;        /* one attachment of this process, thread-safe but for close */
struct strait_ring_writer; /* its writer, freed with the ring */
struct strait_ring_reader; /* its reader, freed with the ring */

/* As strait_segment_create and its kin, for a segment that holds a ring. Options may be NULL for the
 * defaults; those of an existing ring stay as they are. Beside their errors: EUSERS when 64 participants are
 * attached. */
int strait_ring_create(const char *name, const struct strait_segment_options *segment_options,
                       const struct strait_ring_options *ring_options, struct strait_ring **ring,
                       struct strait_failure *failure);
int strait_ring_open(const char *name, const struct strait_segment_options *segment_options,
                     struct strait_ring **ring, struct strait_failure *failure);
int strait_ring_open_or_create(const char *name, const struct strait_segment_options *segment_options,
                               const struct strait_ring_options *ring_options, struct strait_ring **ring,
                               struct strait_failure *failure);
int strait_ring_create_memfd(const char *label, const struct strait_segment_options *segment_options,
                             const struct strait_ring_options *ring_options, struct strait_ring **ring,
                             struct strait_failure *failure);
int strait_ring_open_memfd(int32_t pid, int fd, const struct strait_segment_options *segment_options,
                           struct strait_ring **ring, struct strait_failure *failure);

/* Closes writer and reader, leaves the segment, unmaps and frees. Threads that were waiting in an await call
 * leave it with CLOSED first; no other call may be under way or follow. NULL is accepted. */
void strait_ring_close(struct strait_ring *ring);

/* The segment that holds the ring; closed with it. */
struct strait_segment *strait_ring_segment(struct strait_ring *ring);

/* Bytes of the lane; a message takes its payload rounded up to 8, plus STRAIT_MESSAGE_HEADER. */
uint64_t strait_ring_capacity(const struct strait_ring *ring);
bool strait_ring_is_spin_only(const struct strait_ring *ring);
enum strait_reader_policy strait_ring_reader_policy(const struct strait_ring *ring);

/*
 * Drops what is published and not consumed, in place of a reader that closed or died and will not come back:
 * the lane is empty then, and the writer can go on. EBUSY when a live participant is the reader.
 */
int strait_ring_discard_unread(struct strait_ring *ring, struct strait_failure *failure);

/* ---- Writing ------------------------------------------------------------------------------------------ */

/*
 * Takes the writer's role: from nobody, from one who closed it, or from one who died, behind what it has
 * published; what it had only claimed is forgotten. Waits up to 5 seconds for one who is dying. EBUSY when a
 * live, or stopped, participant has it; EUCLEAN when lane or cursor are corrupt; EBADF in a child that was
 * forked since the ring was opened, whose handles of it are all closed.
 */
int strait_ring_writer_open(struct strait_ring *ring, struct strait_ring_writer **writer,
                            struct strait_failure *failure);

/*
 * Forgets what is claimed, publishes the end, and ends the wait of a thread that is in
 * strait_ring_await_space with CLOSED. From any thread; waits for a commit that is under way, but not for a
 * thread that is filling a claim: stop that one before another writer opens. The handle answers CLOSED from
 * then on, until strait_ring_writer_open gives it out again; whoever used it must be done with it by then.
 */
void strait_ring_writer_close(struct strait_ring_writer *writer);

/*
 * Claims room for one message and points *payload at its `length` bytes, to be filled in place. It stays
 * invisible until strait_ring_commit. 0, FULL, CLOSED; EINVAL when length exceeds lane_bytes - 8; EBUSY when
 * a claim is already open; EUCLEAN when the reader's cursor is corrupt.
 */
int strait_ring_claim(struct strait_ring_writer *writer, int32_t type, uint32_t length, void **payload);

/* The same, behind what is already claimed, if anything is: one commit then publishes all. FULL leaves the
 * earlier claims as they are. */
int strait_ring_claim_more(struct strait_ring_writer *writer, int32_t type, uint32_t length, void **payload);

/* Publishes all that is claimed with one store. 0 or CLOSED; EINVAL when nothing is claimed. */
int strait_ring_commit(struct strait_ring_writer *writer);

/* Forgets all that is claimed and not committed; nothing when there is nothing. */
void strait_ring_abort(struct strait_ring_writer *writer);

/* Claim, copy, commit. As strait_ring_claim. */
int strait_ring_offer(struct strait_ring_writer *writer, int32_t type, const void *payload, uint32_t length);

/*
 * Waits until a claim of `length` bytes has room: looks for spin_ns, then sleeps, for timeout_ns in all.
 * READY; TIMED_OUT; END or PEER_DIED, once for each reader, when the lane is full and its reader closed or
 * died; CLOSED; EINTR after strait_ring_writer_interrupt; EINVAL for a length that never fits, not even
 * beside what this writer has claimed itself, or a wait that would sleep on a spin-only ring (spin_ns must be
 * STRAIT_SPIN_ONLY there). A process with one usable processor when it attached, by affinity or quota, does
 * not spin before it sleeps; STRAIT_SPIN_ONLY always spins.
 */
int strait_ring_await_space(struct strait_ring_writer *writer, uint32_t length, int64_t spin_ns,
                            int64_t timeout_ns);

/* Ends the await call that a thread is in, or else the next one, with EINTR. From any thread. */
void strait_ring_writer_interrupt(struct strait_ring_writer *writer);

/* End of what is published. */
uint64_t strait_ring_writer_position(const struct strait_ring_writer *writer);

/* Bytes of the lane that are neither claimed nor published and unread; 0 when closed. */
uint64_t strait_ring_writer_free(struct strait_ring_writer *writer);

/* Who has, or last had, the reader's role. false when nobody ever had, or this handle is closed. */
bool strait_ring_writer_peer(const struct strait_ring_writer *writer, struct strait_participant_info *info);

/* ---- Reading ------------------------------------------------------------------------------------------ */

/*
 * Gets one message. `payload` is valid until the handler returns. 0 to go on, a positive number to stop the
 * batch after this message, a negated errno when this message was not digested: the batch ends before it, and
 * poll returns that number. It must
 * return: not leave by longjmp or an exception.
 */
typedef int strait_ring_handler(void *context, int32_t type, const void *payload, uint32_t length);

/*
 * Takes the reader's role and goes on at its cursor, or, with STRAIT_READER_RELEASE and after another reader,
 * at the end of what is published. Waits and errors as strait_ring_writer_open.
 */
int strait_ring_reader_open(struct strait_ring *ring, struct strait_ring_reader **reader,
                            struct strait_failure *failure);

/* Publishes the end of reading, after the batch that another thread may be polling; otherwise as
 * strait_ring_writer_close. 0, or -EBUSY from inside the reader's own handler. */
int strait_ring_reader_close(struct strait_ring_reader *reader);

/*
 * Hands up to `limit` messages to the handler and returns their number; EMPTY; END or PEER_DIED once for a
 * writer that closed or died, when all it published is read and no other writer has opened (of one that
 * closed before this reader opened only if it left something to read); CLOSED. EBUSY from inside a handler;
 * EINVAL for a limit below 1; EUCLEAN when tail or length are corrupt (what came before is consumed).
 */
int strait_ring_poll(struct strait_ring_reader *reader, strait_ring_handler *handler, void *context,
                     int limit);

/* Passes over one message without looking at it. 1, or EMPTY, END, PEER_DIED, CLOSED, EBUSY, EUCLEAN as
 * above. */
int strait_ring_skip(struct strait_ring_reader *reader);

/* Waits until there is a message. READY, TIMED_OUT, END, PEER_DIED, CLOSED; EBUSY from inside a handler,
 * other errors as strait_ring_await_space. An END or PEER_DIED said here is not said again by poll. */
int strait_ring_await_data(struct strait_ring_reader *reader, int64_t spin_ns, int64_t timeout_ns);

/* As strait_ring_writer_interrupt. */
void strait_ring_reader_interrupt(struct strait_ring_reader *reader);

/* End of what is consumed. */
uint64_t strait_ring_reader_position(const struct strait_ring_reader *reader);

/* Bytes that are published and not consumed; 0 when closed. */
uint64_t strait_ring_reader_available(struct strait_ring_reader *reader);

/* Who has, or last had, the writer's role, as strait_ring_writer_peer. */
bool strait_ring_reader_peer(const struct strait_ring_reader *reader, struct strait_participant_info *info);

#ifdef __cplusplus
}
#endif
#pragma GCC visibility pop

#endif
