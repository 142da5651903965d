/*
 * Java's numbers against C's. Nothing here runs: a mismatch does not compile.
 */
#include <sys/mman.h>

#include "dev_strait_Outcome.h"
#include "dev_strait_ring_RingLayout.h"
#include "dev_strait_segment_SegmentLayout.h"
#include "dev_strait_share_ShareLayout.h"
#include "dev_strait_socket_SocketLayout.h"
#include "dev_strait_sync_SyncLayout.h"
#include "dev_strait_sysv_SysvLayout.h"
#include "internal/layout.h"
#include "internal/share.h"
#include "internal/socket.h"
#include "internal/sysv.h"
#include "strait/barrier.h"
#include "strait/latch.h"
#include "strait/outcome.h"
#include "strait/participant.h"
#include "strait/semaphore.h"

#define SAME(java, c)    _Static_assert((java) == (c), #java " is not " #c)
#define OUTCOME(name)    SAME(dev_strait_Outcome_##name, STRAIT_##name)
#define RING(name, c)    SAME(dev_strait_ring_RingLayout_##name, c)
#define SEGMENT(name, c) SAME(dev_strait_segment_SegmentLayout_##name, c)
#define SHARE(name, c)   SAME(dev_strait_share_ShareLayout_##name, c)
#define SOCKET(name, c)  SAME(dev_strait_socket_SocketLayout_##name, c)
#define SYNC(name, c)    SAME(dev_strait_sync_SyncLayout_##name, c)
#define SYSV(name, c)    SAME(dev_strait_sysv_SysvLayout_##name, c)

OUTCOME(EMPTY);
OUTCOME(READY);
OUTCOME(FULL);
OUTCOME(END);
OUTCOME(PEER_DIED);
OUTCOME(CLOSED);
OUTCOME(TIMED_OUT);
OUTCOME(OWNER_DIED);
OUTCOME(NOT_RECOVERABLE);
OUTCOME(BROKEN);

SEGMENT(LAYOUT_MAJOR, STRAIT_LAYOUT_MAJOR);
SEGMENT(LAYOUT_MINOR, STRAIT_LAYOUT_MINOR);
SEGMENT(FINGERPRINT, (int64_t)STRAIT_FINGERPRINT);
SEGMENT(HUGE_PAGES, STRAIT_SEGMENT_HUGE_PAGES);
SEGMENT(PREFAULT, STRAIT_SEGMENT_PREFAULT);
SEGMENT(LOCK, STRAIT_SEGMENT_LOCK);
SEGMENT(NO_DUMP, STRAIT_SEGMENT_NO_DUMP);
SEGMENT(REPLACE_ABANDONED, STRAIT_SEGMENT_REPLACE_ABANDONED);
SEGMENT(PARTICIPANTS_MAX, STRAIT_PARTICIPANTS_MAX);
SEGMENT(OBJECTS_MAX, STRAIT_OBJECTS_MAX);
SEGMENT(OBJECT_NAME, STRAIT_OBJECT_NAME);
SEGMENT(OBJECT_SEMAPHORE, STRAIT_OBJECT_SEMAPHORE);
SEGMENT(OBJECT_LOCK, STRAIT_OBJECT_LOCK);
SEGMENT(OBJECT_CONDITION, STRAIT_OBJECT_CONDITION);
SEGMENT(OBJECT_SEQUENCE, STRAIT_OBJECT_SEQUENCE);
SEGMENT(OBJECT_LATCH, STRAIT_OBJECT_LATCH);
SEGMENT(OBJECT_BARRIER, STRAIT_OBJECT_BARRIER);

/* Lane 0 and reader 0 of a ring with one of each. */
enum {
    LANE = sizeof(struct strait_ring_control),
    READER = LANE + sizeof(struct strait_lane_control),
    CURSOR = READER + sizeof(struct strait_reader_control),
};

RING(DATA_WAITERS, offsetof(struct strait_ring_control, data_waiters));
RING(SPACE_WAITERS, offsetof(struct strait_ring_control, space_waiters));
RING(TAIL, LANE + offsetof(struct strait_lane_control, tail));
RING(WRITER_OWNER, LANE + offsetof(struct strait_lane_control, owner));
RING(READER_OWNER, READER + offsetof(struct strait_reader_control, owner));
RING(CURSOR, CURSOR + offsetof(struct strait_cursor, position));
RING(MESSAGE_HEADER, STRAIT_MESSAGE_HEADER);
RING(MESSAGE_ALIGNMENT, STRAIT_MESSAGE_ALIGNMENT);
RING(OWNER_STATE_MASK, STRAIT_OWNER_STATE_MASK);
RING(OWNER_FREE, STRAIT_OWNER_FREE);
RING(OWNER_LIVE, STRAIT_OWNER_LIVE);
RING(OWNER_ENDED, STRAIT_OWNER_ENDED);
RING(OWNER_DEAD, STRAIT_OWNER_DEAD);
RING(LANE_BYTES_MIN, STRAIT_LANE_BYTES_MIN);
RING(LANE_BYTES_MAX, STRAIT_LANE_BYTES_MAX);
RING(LANE_BYTES_DEFAULT, STRAIT_LANE_BYTES_DEFAULT);

SYNC(WORD, offsetof(struct strait_queue, word));
SYNC(WAITING, offsetof(struct strait_queue, waiting));
SYNC(WATCHERS, offsetof(struct strait_queue, watchers));
SYNC(WAITING, offsetof(struct strait_gate, waiters));
SYNC(CONDITION_WAITERS, offsetof(struct strait_condition_words, waiters));
SYNC(LATCH_MAX, STRAIT_LATCH_MAX);
SYNC(BARRIER_MAX, STRAIT_BARRIER_MAX);
SYNC(BARRIER_ARRIVED, STRAIT_BARRIER_ARRIVED);
SYNC(BARRIER_BROKEN, STRAIT_BARRIER_BROKEN);
SYNC(PERMITS_MAX, STRAIT_SEMAPHORE_MAX);
SYNC(RECOVERABLE, STRAIT_SEMAPHORE_RECOVERABLE);
SYNC(OVERTAKING, STRAIT_SEMAPHORE_OVERTAKING);
SYNC(OWNER_STATE_MASK, STRAIT_OWNER_STATE_MASK);
SYNC(OWNER_FREE, STRAIT_OWNER_FREE);
SYNC(OWNER_LIVE, STRAIT_OWNER_LIVE);
SYNC(OWNER_ENDED, STRAIT_OWNER_ENDED);
SYNC(OWNER_DEAD, STRAIT_OWNER_DEAD);
SYNC(OWNER_REPAIRING, STRAIT_OWNER_REPAIRING);
SYNC(OWNER_LOST, STRAIT_OWNER_LOST);
SYNC(OWNER_TURN_SHIFT, STRAIT_OWNER_TURN_SHIFT);
SYNC(OWNER_GENERATION_SHIFT, STRAIT_OWNER_GENERATION_SHIFT);
_Static_assert(offsetof(struct strait_semaphore_words, queue) == 0, "a semaphore's words begin otherwise");
_Static_assert(offsetof(struct strait_lock_words, queue) == 0, "a lock's words begin otherwise");

SYSV(IPC_CREAT, IPC_CREAT);
SYSV(IPC_EXCL, IPC_EXCL);
SYSV(IPC_NOWAIT, IPC_NOWAIT);
SYSV(MSG_NOERROR, MSG_NOERROR);
SYSV(MSG_EXCEPT, MSG_EXCEPT);
SYSV(MSG_COPY, MSG_COPY);
SYSV(MSG_TYPE_BYTES, sizeof(long));
SYSV(MSG_TYPE_BYTES, offsetof(struct msgbuf, mtext));
SYSV(SEM_UNDO, SEM_UNDO);
SYSV(SEM_OPERATION_BYTES, sizeof(struct sembuf));
SYSV(SEM_OPERATION_CHANGE, offsetof(struct sembuf, sem_op));
SYSV(SEM_OPERATION_FLAGS, offsetof(struct sembuf, sem_flg));
SYSV(SHM_RDONLY, SHM_RDONLY);
SYSV(SHM_EXEC, SHM_EXEC);
SYSV(SHM_DEST, SHM_DEST);
SYSV(SHM_LOCKED, SHM_LOCKED);
SYSV(SHM_NORESERVE, SHM_NORESERVE);
SYSV(SHM_HUGETLB, SHM_HUGETLB);
SYSV(SHM_HUGE_SHIFT, MAP_HUGE_SHIFT);

SHARE(MAGIC, (int64_t)STRAIT_SHARE_MAGIC);
SHARE(BYTES, sizeof(struct strait_share_message));
SHARE(KIND, offsetof(struct strait_share_message, kind));
SHARE(ACCESS, offsetof(struct strait_share_message, access));
SHARE(ATTACH, STRAIT_SHARE_ATTACH);
SHARE(VIEW, STRAIT_SHARE_VIEW);
SHARE(REFUSED, STRAIT_SHARE_REFUSED);

SOCKET(STREAM, SOCK_STREAM);
SOCKET(DATAGRAM, SOCK_DGRAM);
SOCKET(SEQPACKET, SOCK_SEQPACKET);
SOCKET(SO_ERROR, SO_ERROR);
SOCKET(SO_SNDBUF, SO_SNDBUF);
SOCKET(SO_RCVBUF, SO_RCVBUF);
SOCKET(SO_PASSCRED, SO_PASSCRED);
SOCKET(MSG_PEEK, MSG_PEEK);
SOCKET(MSG_TRUNC, MSG_TRUNC);
SOCKET(SHUT_RD, SHUT_RD);
SOCKET(SHUT_WR, SHUT_WR);
SOCKET(NAME_MAX, STRAIT_SOCKET_NAME_MAX);
SOCKET(DESCRIPTORS_MAX, STRAIT_SOCKET_DESCRIPTORS_MAX);
