/* Semaphores, locks, conditions, sequences, latches and barriers whose words may be anything, and change
 * between two calls; and reclaiming what somebody had in them. */
#include <errno.h>

#include "fuzz.h"
#include "internal/participant.h"
#include "internal/ring.h"
#include "internal/warden.h"

#define SEMAPHORES (FUZZ_UNFAIR + 1)

struct scene {
    const struct fuzz_peer *peer;
    struct fuzz_input *input;
    struct strait_ring *ring;
    uint64_t locked; /* slots whose participants live */
    /* NULL when refused */
    struct strait_semaphore *semaphores[SEMAPHORES];
    struct strait_lock *lock;
    struct strait_condition *condition;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    struct strait_barrier *barrier;
};

#define is_one_of(result, ...)                                                                               \
    is_in((result), (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static bool is_in(int64_t result, const int *answers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (result == answers[i])
            return true;
    return false;
}

/* ---- Opening ---------------------------------------------------------------------------------------------
 */

static void check_open(int result)
{
    fuzz_must(is_one_of(result, 0, -ENOENT, -EINVAL, -EUCLEAN));
}

static void open_all(struct scene *scene)
{
    struct strait_segment *segment = strait_ring_segment(scene->ring);
    for (uint32_t i = 0; i < SEMAPHORES; i++)
        check_open(strait_semaphore_open_at(segment, i, &scene->semaphores[i], NULL));
    check_open(strait_lock_open(segment, "lock", &scene->lock, NULL));
    check_open(strait_condition_open(segment, "condition", &scene->condition, NULL));
    check_open(strait_sequence_open(segment, "sequence", &scene->sequence, NULL));
    check_open(strait_latch_open(segment, "latch", &scene->latch, NULL));
    check_open(strait_barrier_open(segment, "barrier", &scene->barrier, NULL));
}

/* ---- Patience --------------------------------------------------------------------------------------------
 */

static int64_t spin_ns(struct scene *scene)
{
    static const int64_t spins_ns[] = {0, 0, 0, 1, 2000, 20000, STRAIT_SPIN_ONLY, -1};
    return spins_ns[fuzz_take(scene->input, 1) % 8];
}

static int64_t timeout_ns(struct scene *scene)
{
    static const int64_t timeouts_ns[] = {0, 0, 0, 0, 1, 1000, 20000, INT64_MIN};
    return timeouts_ns[fuzz_take(scene->input, 1) % 8];
}

/* ---- Each kind -------------------------------------------------------------------------------------------
 */

static uint32_t any_count(struct scene *scene)
{
    uint64_t count = fuzz_take(scene->input, 1);
    return (uint32_t)(count < 192 ? count % 4 : fuzz_take(scene->input, 4));
}

static void use_semaphore(struct scene *scene, uint64_t choice)
{
    struct strait_semaphore *semaphore = scene->semaphores[choice % SEMAPHORES];
    if (semaphore == NULL)
        return;
    switch (choice / SEMAPHORES % 8) {
    case 0:
    case 1:
    case 2:
        fuzz_must(is_one_of(
            strait_semaphore_acquire(semaphore, any_count(scene), spin_ns(scene), timeout_ns(scene)), 0,
            STRAIT_TIMED_OUT, -EINVAL));
        break;
    case 3:
    case 4:
        fuzz_must(is_one_of(strait_semaphore_release(semaphore, any_count(scene)), 0, -EOVERFLOW, -EINVAL));
        break;
    case 5:
        fuzz_must(strait_semaphore_drain(semaphore) >= 0);
        break;
    case 6:
        strait_semaphore_interrupt(semaphore);
        break;
    default:
        fuzz_must(strait_semaphore_available(semaphore) >= 0 && strait_semaphore_held(semaphore) >= 0);
        fuzz_must(strait_semaphore_queued(semaphore) >= 0 &&
                  strait_semaphore_queued(semaphore) <= STRAIT_PARTICIPANTS_MAX);
    }
}

static void use_condition(struct scene *scene, uint64_t choice)
{
    if (scene->condition == NULL || scene->lock == NULL)
        return;
    switch (choice % 4) {
    case 0:
        strait_condition_notify(scene->condition);
        break;
    case 1:
        strait_condition_notify_all(scene->condition);
        break;
    default:
        fuzz_must(
            is_one_of(strait_condition_wait(scene->condition, scene->lock, spin_ns(scene), timeout_ns(scene)),
                      0, STRAIT_TIMED_OUT, STRAIT_OWNER_DIED, STRAIT_NOT_RECOVERABLE, -EPERM, -EINVAL));
    }
}

static void use_lock(struct scene *scene, uint64_t choice)
{
    struct strait_lock *lock = scene->lock;
    bool is_mine = lock != NULL && strait_lock_is_mine(lock);
    int result = 0;
    if (lock == NULL)
        return;
    switch (choice % 4) {
    case 0:
    case 1:
        result = strait_lock_acquire(lock, spin_ns(scene), timeout_ns(scene));
        fuzz_must(is_one_of(result, 0, STRAIT_OWNER_DIED, STRAIT_NOT_RECOVERABLE, STRAIT_TIMED_OUT, -EDEADLK,
                            -EINVAL));
        fuzz_must(strait_lock_is_mine(lock) == (is_mine || result == 0 || result == STRAIT_OWNER_DIED));
        break;
    case 2:
        result = strait_lock_repaired(lock);
        fuzz_must(is_mine ? is_one_of(result, 0, -EINVAL) : result == -EPERM);
        break;
    default:
        fuzz_must(strait_lock_release(lock) == (is_mine ? 0 : -EPERM));
        fuzz_must(!strait_lock_is_mine(lock));
    }
}

static void use_sequence(struct scene *scene, uint64_t choice)
{
    struct strait_sequence *sequence = scene->sequence;
    if (sequence == NULL)
        return;
    int64_t number = (int64_t)fuzz_take(scene->input, choice & 0x80 ? 8 : 1);
    int64_t result = 0;
    switch (choice % 8) {
    case 0:
    case 1:
        result = strait_sequence_await(sequence, number, spin_ns(scene), timeout_ns(scene));
        fuzz_must(is_one_of(result, 0, STRAIT_TIMED_OUT, STRAIT_PEER_DIED, -EINVAL));
        break;
    case 2:
        fuzz_must(is_one_of(strait_sequence_advance(sequence, number), 0, 1, -EINVAL));
        break;
    case 3:
    case 4:
        result = strait_sequence_increment(sequence, number);
        fuzz_must(result >= number || is_one_of(result, -EINVAL, -EOVERFLOW));
        break;
    case 5:
        fuzz_must(strait_sequence_join(sequence) == 0);
        break;
    case 6:
        fuzz_must(strait_sequence_leave(sequence) == 0);
        break;
    default:
        fuzz_must(strait_sequence_value(sequence) >= 0);
        strait_sequence_interrupt(sequence);
    }
}

static void use_latch(struct scene *scene, uint64_t choice)
{
    struct strait_latch *latch = scene->latch;
    if (latch == NULL)
        return;
    switch (choice % 8) {
    case 0:
    case 1:
        fuzz_must(is_one_of(strait_latch_await(latch, spin_ns(scene), timeout_ns(scene)), 0, STRAIT_TIMED_OUT,
                            STRAIT_PEER_DIED, -EINVAL));
        break;
    case 2:
    case 3:
        fuzz_must(strait_latch_count_down(latch) >= 0);
        break;
    case 4:
        fuzz_must(strait_latch_join(latch) == 0);
        break;
    case 5:
        fuzz_must(strait_latch_leave(latch) == 0);
        break;
    case 6:
        strait_latch_interrupt(latch);
        break;
    default:
        fuzz_must(strait_latch_count(latch) >= 0);
    }
}

static void use_barrier(struct scene *scene, uint64_t choice)
{
    struct strait_barrier *barrier = scene->barrier;
    if (barrier == NULL)
        return;
    int parties = strait_barrier_parties(barrier);
    int result = 0;
    switch (choice % 8) {
    case 0:
    case 1:
    case 2:
        result = strait_barrier_await(barrier, spin_ns(scene), timeout_ns(scene));
        fuzz_must((result >= 0 && result < parties) ||
                  is_one_of(result, STRAIT_BROKEN, STRAIT_TIMED_OUT, -EINVAL));
        break;
    case 3:
        fuzz_must(strait_barrier_reset(barrier) == 0 && !strait_barrier_is_broken(barrier));
        break;
    case 4:
        fuzz_must(strait_barrier_join(barrier) == 0);
        break;
    case 5:
        fuzz_must(strait_barrier_leave(barrier) == 0);
        break;
    case 6:
        strait_barrier_interrupt(barrier);
        break;
    default:
        result = strait_barrier_waiting(barrier);
        fuzz_must(result >= 0 && result <= parties);
    }
}

/* ---- Reclaiming ------------------------------------------------------------------------------------------
 */

static void expect_left(const struct strait_queue *queue, uint32_t slot)
{
    fuzz_must((atomic_load(&queue->waiting) >> slot & 1) == 0 && atomic_load(&queue->ticket[slot]) == 0);
}

static bool names(uint64_t owner, uint32_t slot)
{
    return strait_owner_is_held(owner) && strait_owner_slot(owner) == slot;
}

/* Nothing says any more that a dead one has something. */
static void expect_gone(const struct fuzz_peer *peer, uint32_t slot)
{
    for (enum fuzz_object i = FUZZ_PLAIN; i <= FUZZ_UNFAIR; i++) {
        const struct strait_semaphore_words *semaphore = fuzz_peer_object(peer, i);
        expect_left(&semaphore->queue, slot);
        if (i == FUZZ_RECOVERABLE || i == FUZZ_UNFAIR)
            fuzz_must(atomic_load(&semaphore->ledger.held[slot]) == 0 &&
                      !names(atomic_load(&semaphore->ledger.owner), slot));
    }
    const struct strait_lock_words *lock = fuzz_peer_object(peer, FUZZ_LOCK);
    expect_left(&lock->queue, slot);
    fuzz_must(!names(atomic_load(&lock->queue.word), slot));
    for (enum fuzz_object i = FUZZ_SEQUENCE; i <= FUZZ_BARRIER; i++)
        fuzz_must(atomic_load(&((const struct strait_gate *)fuzz_peer_object(peer, i))->party[slot]) == 0);
}

static void reclaim(struct scene *scene, uint32_t slot)
{
    struct strait_participant *participant = scene->ring->participant;
    bool is_locked = (scene->locked >> slot & 1) != 0;
    if (slot == participant->slot)
        return;
    _Atomic uint64_t *word = &participant->slots[slot].identity;
    uint64_t identity = atomic_load(word);
    /* The first time waits for a look of the warden's own, which may have begun before what was written
     * since. */
    strait_warden_reclaim(participant, slot);
    atomic_store(word, identity);
    int result = strait_warden_reclaim(participant, slot);
    fuzz_must(result == (is_locked ? -EAGAIN : 0));
    if (result == 0 && strait_slot_state(identity) != STRAIT_SLOT_FREE &&
        fuzz_peer_has_directory(scene->peer))
        expect_gone(scene->peer, slot);
}

/* ---- All of it -------------------------------------------------------------------------------------------
 */

static void step(struct scene *scene)
{
    uint64_t kind = fuzz_take(scene->input, 1);
    uint64_t choice = fuzz_take(scene->input, 1);
    switch (kind % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        use_semaphore(scene, choice);
        break;
    case 4:
        use_lock(scene, choice);
        break;
    case 5:
        use_condition(scene, choice);
        break;
    case 6:
        use_sequence(scene, choice);
        break;
    case 7:
        use_latch(scene, choice);
        break;
    case 8:
    case 9:
        use_barrier(scene, choice);
        break;
    case 10:
        atomic_store(&fuzz_peer_slots(scene->peer)[choice % 8].identity, STRAIT_SLOT_LIVE);
        reclaim(scene, (uint32_t)choice % 8);
        break;
    case 11:
        open_all(scene);
        break;
    default:
        fuzz_peer_write_objects(scene->peer, scene->input, 1 + (unsigned)choice % 4);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    struct scene scene = {.peer = &peer, .input = &input};
    fuzz_peer_open(&peer, fuzz_image_bytes());
    scene.locked = fuzz_take(&input, 1) & 0xfe;
    fuzz_peer_lock(&peer, scene.locked);
    fuzz_peer_write_objects(&peer, &input, (unsigned)fuzz_take(&input, 1) % 8);
    scene.ring = fuzz_open_ring(&peer);
    fuzz_must(scene.ring != NULL);
    open_all(&scene);
    for (int i = 0; i < 64 && input.left > 0; i++)
        step(&scene);
    if (scene.lock != NULL && strait_lock_is_mine(scene.lock))
        strait_lock_release(scene.lock);
    strait_ring_close(scene.ring);
    fuzz_peer_close(&peer);
    return 0;
}
