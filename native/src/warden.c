#include "internal/warden.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/atomic.h"
#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/fd.h"
#include "internal/futex.h"
#include "internal/kill_point.h"
#include "internal/sync.h"
#include "internal/thread.h"

#define LOCKS_EVERY_NS INT64_C(1000000000)
#define LOOKS_A_SECOND 500            /* then it looks every STRAIT_FUTEX_NAP_NS for the rest of the second */
#define DYING_FIRST_NS INT64_C(20000) /* the lock of a small process is free this soon after its beacon */
#define DYING_LAST_NS  INT64_C(10000000)

_Atomic uint64_t strait_warden_lineage;

/* Held while joining, leaving, and starting or ending the thread. Taken before `mutex`. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Guards what follows, and all that participant.c does to a segment. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct strait_participant *all;
static bool running;
static pthread_t thread;

static _Atomic uint32_t changes; /* of `all`; the warden sleeps on it */
static _Atomic uint32_t tid;

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

struct watch {
    bool look_at_locks;
    bool is_somebody_dying;
    struct strait_futex_words words; /* the first is `changes` */
};

/* The kernel wakes one of those who sleep on a beacon. Whoever takes the mark away wakes the others. */
static void pass_on(_Atomic uint32_t *beacon)
{
    STRAIT_KILL_POINT(reap_alarm);
    if ((atomic_fetch_and(beacon, ~(uint32_t)FUTEX_WAITERS) & FUTEX_WAITERS) != 0)
        strait_futex_wake_all(beacon);
}

/* A slot that is not FREE, and not ours. */
static void look_at_peer(struct watch *watch, struct strait_participant *participant, uint32_t slot)
{
    _Atomic uint32_t *word = &participant->slots[slot].beacon;
    uint32_t beacon = atomic_load_explicit(word, memory_order_acquire);
    bool is_dying = (beacon & FUTEX_OWNER_DIED) != 0;
    if (is_dying)
        pass_on(word);
    if ((is_dying || watch->look_at_locks) &&
        strait_fd_is_locked(participant->segment->fd, STRAIT_LOCK_BYTE + slot) == 0) {
        strait_participant_reclaim(participant, slot);
        watch->is_somebody_dying = true; /* look again at once, in case somebody else was faster */
        return;
    }
    if (is_dying)
        watch->is_somebody_dying = true;
    else if (beacon != 0)
        strait_futex_words_expect(&watch->words, word, beacon);
}

/* Which slots others have taken. */
static uint64_t find_present(const struct strait_participant *participant)
{
    uint64_t present = 0;
    for (uint32_t slot = 0; slot < participant->segment->geometry.slot_count; slot++) {
        uint64_t identity = atomic_load_explicit(&participant->slots[slot].identity, memory_order_acquire);
        if (strait_slot_state(identity) != STRAIT_SLOT_FREE && slot != participant->slot)
            present |= UINT64_C(1) << slot;
    }
    return present;
}

static void look_at_segment(struct watch *watch, struct strait_participant *participant)
{
    /* ORDER: the word before the slots that it tells of. PAIRS WITH tell_wardens. */
    uint32_t membership = atomic_load_explicit(participant->membership, memory_order_acquire);
    if (membership != participant->membership_seen || watch->look_at_locks)
        participant->present = find_present(participant);
    participant->membership_seen = membership;
    strait_futex_words_expect(&watch->words, participant->membership, membership);
    for (uint64_t bits = participant->present; bits != 0; bits &= bits - 1)
        look_at_peer(watch, participant, (uint32_t)__builtin_ctzll(bits));
}

/* ---- The thread ------------------------------------------------------------------------------------------
 */

/* Sleeps through all but changes in this process. */
static void nap(const struct watch *watch, int64_t until_ns)
{
    strait_futex_wait(watch->words.words[0].word, watch->words.words[0].expected, until_ns);
}

static void *run(void *unused)
{
    struct watch watch;
    int64_t locks_at_ns = 0;
    int64_t dying_ns = DYING_FIRST_NS;
    int looks = 0; /* since the last one at the locks */
    (void)unused;
    prctl(PR_SET_NAME, "strait-warden");
    strait_beacon_register();
    atomic_store(&tid, (uint32_t)syscall(SYS_gettid));
    strait_futex_wake_all(&tid);

    pthread_mutex_lock(&mutex);
    while (running) {
        int64_t now_ns = strait_now_ns();
        watch.look_at_locks = now_ns >= locks_at_ns;
        watch.is_somebody_dying = false;
        watch.words.count = 0;
        strait_futex_words_add(&watch.words, &changes);
        for (struct strait_participant *each = all; each != NULL; each = each->next)
            look_at_segment(&watch, each);
        pthread_mutex_unlock(&mutex);

        looks = watch.look_at_locks ? 0 : looks + 1;
        if (watch.look_at_locks)
            locks_at_ns = now_ns + LOCKS_EVERY_NS;
        int64_t until_ns = watch.is_somebody_dying ? now_ns + dying_ns : locks_at_ns;
        dying_ns = watch.is_somebody_dying ? strait_earlier(2 * dying_ns, DYING_LAST_NS) : DYING_FIRST_NS;
        if (looks < LOOKS_A_SECOND)
            strait_futex_sleep(&watch.words, until_ns);
        else
            nap(&watch, now_ns + STRAIT_FUTEX_NAP_NS);
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Comes back when the thread has told its id, which participants put into their beacons. */
static int start(void)
{
    atomic_store(&tid, 0);
    running = true;
    int result = strait_thread_start(&thread, run);
    if (result < 0) {
        running = false;
        return result;
    }
    while (atomic_load(&tid) == 0)
        strait_futex_wait(&tid, 0, STRAIT_NEVER);
    return 0;
}

static void tell_thread(void)
{
    atomic_fetch_add(&changes, 1);
    strait_futex_wake_all(&changes);
}

/* With the gate held. */
static void stop_when_idle(void)
{
    pthread_mutex_lock(&mutex);
    running = all != NULL;
    pthread_mutex_unlock(&mutex);
    tell_thread();
    if (!running)
        strait_thread_join(thread);
}

/* ---- Forking ---------------------------------------------------------------------------------------------
 */

static void before_fork(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&mutex);
    strait_sync_hold_still();
}

static void after_fork(void)
{
    atomic_fetch_add(&strait_segment_forks, 1);
    strait_sync_go_on();
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&gate);
}

/*
 * The child has copies of our descriptors, which would keep our locks when we die, and nothing else: no
 * mapping, no thread. It must not unlock, because the locks are ours. Its handles answer CLOSED.
 */
static void in_child(void)
{
    for (struct strait_participant *each = all; each != NULL; each = each->next) {
        close(each->segment->fd);
        each->segment->fd = -1;
        for (int i = 0; i < STRAIT_HANDLES; i++)
            if (each->closed[i] != NULL)
                atomic_store(each->closed[i], true);
        atomic_store(&each->shut, true);
        strait_sync_forked(each->segment);
    }
#ifdef STRAIT_TSAN
    if (running)
        pthread_detach(thread); /* it remembers the parent's thread by an address that ours will get */
#endif
    all = NULL;
    running = false;
    atomic_fetch_add(&strait_warden_lineage, 1);
    strait_beacon_forget_all();
    after_fork();
}

void strait_warden_watch_forks(void)
{
    static bool watching = false;
    pthread_mutex_lock(&gate);
    if (!watching)
        pthread_atfork(before_fork, after_fork, in_child);
    watching = true;
    pthread_mutex_unlock(&gate);
}

/* ---- Coming and going ------------------------------------------------------------------------------------
 */

int strait_warden_admit(struct strait_participant *participant, struct strait_segment *segment,
                        struct strait_failure *failure)
{
    pthread_mutex_lock(&gate);
    if (segment->forks != atomic_load(&strait_segment_forks)) {
        pthread_mutex_unlock(&gate);
        return strait_fail(failure, "join", -ESTALE);
    }
    int result = running ? 0 : start();
    if (result < 0) {
        pthread_mutex_unlock(&gate);
        return strait_fail(failure, "pthread_create", result);
    }
    pthread_mutex_lock(&mutex);
    result = strait_participant_join(participant, segment, atomic_load(&tid), failure);
    if (result == 0) {
        participant->next = all;
        all = participant;
    }
    pthread_mutex_unlock(&mutex);
    stop_when_idle();
    pthread_mutex_unlock(&gate);
    return result;
}

void strait_warden_dismiss(struct strait_participant *participant)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&mutex);
    struct strait_participant **link = &all;
    while (*link != participant)
        link = &(*link)->next;
    *link = participant->next;
    strait_participant_leave(participant);
    pthread_mutex_unlock(&mutex);
    stop_when_idle();
    pthread_mutex_unlock(&gate);
}

int strait_warden_reclaim(struct strait_participant *participant, uint32_t slot)
{
    pthread_mutex_lock(&mutex);
    int result = strait_participant_reclaim(participant, slot);
    pthread_mutex_unlock(&mutex);
    return result;
}
