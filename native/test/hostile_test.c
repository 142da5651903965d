/* What a peer that keeps to no rule can write, and what must not follow from it. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/ring.h"
#include "internal/warden.h"

/* ---- Numbers that are lies -------------------------------------------------------------------------------
 */

#define LARGE_BYTES (UINT64_C(64) << 20)

/* A ring whose control words are many and all zero, but for the number of readers, and whose first slot was
 * left by somebody dead. The file has holes. */
static void make_large_control(void)
{
    strait_ring_close(test_ring_create("ring", LANE));
    int fd = open(test_path("ring"), O_RDWR | O_CLOEXEC);
    must(fd >= 0 && ftruncate(fd, (off_t)(2 * LARGE_BYTES)) == 0);
    unsigned char *base = mmap(NULL, LARGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(base != MAP_FAILED);
    struct strait_header *header = (struct strait_header *)base;
    struct strait_slot *slots = (struct strait_slot *)(base + header->participants.offset);
    header->segment_bytes = 2 * LARGE_BYTES;
    header->ring.bytes = LARGE_BYTES;
    header->lanes.offset = 2 * LARGE_BYTES - LANE;
    ((struct strait_ring_control *)(base + header->ring.offset))->readers = UINT32_MAX;
    atomic_store(&slots[0].identity, STRAIT_SLOT_LIVE);
    munmap(base, LARGE_BYTES);
    close(fd);
}

static void no_more_readers_are_looked_for_than_there_can_be(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    struct strait_failure failure = {0};
    struct stat status;
    make_large_control();
    assert_int_equal(strait_ring_open("ring", &options, &ring, &failure), -EPROTO);
    assert_mismatch(failure, STRAIT_MISMATCH_GEOMETRY, 1, UINT32_MAX);
    assert_int_equal(stat(test_path("ring"), &status), 0);
    assert_true((uint64_t)status.st_blocks * 512 < LARGE_BYTES / 8); /* whatever is looked at takes memory */
}

/* ---- Positions that are far apart ------------------------------------------------------------------------
 */

/* A reader that joins a RELEASE ring may be behind by more than a lane: its writer is told FULL. */
static void a_cursor_that_is_as_far_behind_as_can_be_makes_the_lane_full(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    void *payload = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.reader_policy = STRAIT_READER_RELEASE;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    struct strait_ring_writer *writer = test_writer(ring);
    assert_int_equal(strait_ring_claim(writer, 0, LANE - 64, &payload), 0);
    test_reader(ring);
    const uint64_t behind[] = {(UINT64_C(1) << 63) - 8, (UINT64_C(1) << 63) - LANE / 2, 2 * LANE, LANE + 8};
    for (size_t i = 0; i < COUNT_OF(behind); i++) {
        atomic_store(&ring->cursor->position, -behind[i]);
        assert_int_equal(strait_ring_claim_more(writer, 0, LANE / 2, &payload), STRAIT_FULL);
        assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_TIMED_OUT);
        assert_int_equal(strait_ring_writer_free(writer), 0);
    }
    strait_ring_close(ring);
}

/* ---- Words that never rest -------------------------------------------------------------------------------
 */

/*
 * How often our warden looks within two seconds in which the membership word never rests: each look at a
 * beacon whose owner died takes FUTEX_WAITERS away. The dying one is the process's other attachment, whose
 * lock is held, so that nobody reclaims it.
 */
static int count_looks_while_membership_changes(const struct strait_ring *ring, uint32_t dying)
{
    _Atomic uint32_t *beacon = &ring->participant->slots[dying].beacon;
    int looks = 0;
    atomic_store(beacon, 1 | FUTEX_OWNER_DIED);
    for (int64_t end_ns = test_now_ns() + 2 * SECOND; test_now_ns() < end_ns;) {
        atomic_fetch_add(ring->participant->membership, 2);
        looks += (atomic_fetch_or(beacon, FUTEX_WAITERS) & FUTEX_WAITERS) == 0;
    }
    return looks;
}

static void a_table_that_never_rests_does_not_keep_the_warden_awake(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring *other = test_ring_open("ring");
    int looks = count_looks_while_membership_changes(ring, other->participant->slot);
    print_message("%d looks in two seconds\n", looks);
    assert_in_range(looks, 2, 4 * 600);
    strait_ring_close(other);
    strait_ring_close(ring);
}

/* ---- Somebody who writes into everything, all the time ---------------------------------------------------
 */

#define SCRIBBLE_MS     2000
#define LEAST_MS        1000
#define CALL_TIMEOUT_NS (2 * MILLISECOND)
#define CALLS_PER_ROLE  200
#define PHASE_WRITES    64
#define FLICKERS        500
#define PHASE_PAUSE_NS  20000

struct scene {
    uint64_t seed;
    int64_t end_ns;
};

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static const struct strait_object objects[] = {
    STRAIT_SEMAPHORE("plain", 2, 0),
    STRAIT_SEMAPHORE("recoverable", 2, STRAIT_SEMAPHORE_RECOVERABLE),
    STRAIT_LOCK("lock"),
    STRAIT_CONDITION("condition"),
    STRAIT_SEQUENCE("sequence", 5),
    STRAIT_LATCH("latch", 1000),
    STRAIT_BARRIER("barrier", 2),
};

static void create_target(void)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    options.objects = objects;
    options.object_count = COUNT_OF(objects);
    ring_options.lane_bytes = LANE;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    strait_ring_close(ring);
}

/* Where the words of a ring are, for one who has mapped its file. */
struct target {
    unsigned char *base;
    unsigned char *sync;
    size_t sync_bytes;
    struct strait_ring_control *control;
    struct strait_lane_control *lane;
    struct strait_cursor *cursor;
    struct strait_slot *slots;
    unsigned char *bytes;
    int fd;
};

static struct target map_target(void)
{
    struct target target = {.fd = open(test_path("ring"), O_RDWR | O_CLOEXEC)};
    must(target.fd >= 0);
    off_t bytes = lseek(target.fd, 0, SEEK_END);
    target.base = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, target.fd, 0);
    must(target.base != MAP_FAILED);
    const struct strait_header *header = (const struct strait_header *)target.base;
    target.control = (struct strait_ring_control *)(target.base + header->ring.offset);
    target.lane = (struct strait_lane_control *)(target.control + 1);
    target.cursor = (struct strait_cursor *)(target.base + header->ring.offset + 896);
    target.sync = target.base + header->sync.offset;
    target.sync_bytes = header->sync.bytes;
    target.slots = (struct strait_slot *)(target.base + header->participants.offset);
    target.bytes = target.base + header->lanes.offset;
    return target;
}

static uint64_t hostile_word(uint64_t *random, uint64_t before)
{
    static const uint64_t words[] = {0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     7,
                                     8,
                                     LANE - 8,
                                     LANE,
                                     LANE + 8,
                                     INT32_MAX,
                                     0x40000000,
                                     UINT32_MAX,
                                     0x80000000,
                                     INT64_MAX,
                                     UINT64_C(1) << 63,
                                     UINT64_MAX,
                                     -UINT64_C(8),
                                     -(uint64_t)LANE};
    switch (next_random(random) % 4) {
    case 0:
        return next_random(random);
    case 1:
        return before + (uint64_t)(int64_t)(int8_t)next_random(random);
    case 2:
        return before + words[next_random(random) % COUNT_OF(words)];
    default:
        return words[next_random(random) % COUNT_OF(words)];
    }
}

/* Any word of one kind. The header is left to a few, since who opens believes none of it. */
static _Atomic uint64_t *hostile_place(const struct target *target, uint64_t kind, uint64_t *random)
{
    uint64_t choice = next_random(random);
    switch (kind) {
    case 0:
        return (_Atomic uint64_t *)(target->base + choice % 512 / 8 * 8);
    case 1:
    case 2:
        return (_Atomic uint64_t *)&target->slots[choice % STRAIT_SLOTS] + choice / STRAIT_SLOTS % 32;
    case 3:
    case 4:
        return (_Atomic uint64_t *)target->control + choice % 128;
    case 5:
        return &target->lane->tail;
    case 6:
        return &target->cursor->position;
    case 7:
    case 8:
        return (_Atomic uint64_t *)target->sync + choice % (target->sync_bytes / 8);
    default:
        return (_Atomic uint64_t *)target->bytes + choice % (LANE / 8);
    }
}

/* One word goes to and fro between what is believed and what is not, so that two looks at it differ. */
static void flicker(const struct target *target, uint64_t *random)
{
    uint64_t choice = next_random(random);
    uint64_t position = atomic_load(&target->cursor->position);
    _Atomic uint64_t *const message = (_Atomic uint64_t *)(target->bytes + position % LANE / 8 * 8);
    _Atomic uint64_t *const places[] = {message,
                                        message,
                                        &target->lane->tail,
                                        &target->cursor->position,
                                        &target->lane->owner,
                                        (_Atomic uint64_t *)target->sync +
                                            choice / 8 % (target->sync_bytes / 8)};
    _Atomic uint64_t *place = places[choice % COUNT_OF(places)];
    for (int i = 0; i < FLICKERS; i++) {
        uint64_t before = atomic_load(place);
        atomic_store(place, hostile_word(random, before));
        for (uint64_t pauses = next_random(random) % 8; pauses > 0; pauses--)
            strait_pause();
        atomic_store(place, before);
        for (uint64_t pauses = next_random(random) % 8; pauses > 0; pauses--)
            strait_pause();
    }
}

/* What settling brings back. */
struct original {
    unsigned char header[256];
    unsigned char sync[16384];
};

static void keep_original(const struct target *target, struct original *original)
{
    must(target->sync_bytes <= sizeof original->sync);
    memcpy(original->header, target->base, sizeof original->header);
    memcpy(original->sync, target->sync, target->sync_bytes);
}

/* So that the honest get on for a while: what was not consumed is forgotten, and who had what. */
static void settle(const struct target *target, const struct original *original)
{
    uint64_t cursor = atomic_load(&target->cursor->position) & ~UINT64_C(7);
    memcpy(target->base, original->header, sizeof original->header);
    memcpy(target->sync, original->sync, target->sync_bytes);
    target->control->readers = 1;
    target->control->flags = STRAIT_RING_RELEASE & (uint32_t)cursor << 1;
    atomic_store(&target->cursor->position, cursor);
    atomic_store(&target->lane->tail, cursor);
}

static void scribble(int parent, void *context)
{
    const struct scene *scene = context;
    uint64_t random = scene->seed;
    struct target target = map_target();
    struct original original;
    keep_original(&target, &original);
    while (test_now_ns() < scene->end_ns) {
        uint64_t kind = next_random(&random) % 10;
        if (next_random(&random) % 2 == 0)
            flicker(&target, &random);
        uint64_t writes = next_random(&random) % PHASE_WRITES;
        int64_t byte = STRAIT_LOCK_BYTE + (int64_t)(next_random(&random) % STRAIT_SLOTS);
        bool locks = next_random(&random) % 8 == 0 && strait_fd_lock(target.fd, byte) == 0;
        for (uint64_t i = 0; i < writes; i++) {
            _Atomic uint64_t *place = hostile_place(&target, kind, &random);
            atomic_store(place, hostile_word(&random, atomic_load(place)));
        }
        nanosleep(&(struct timespec){0, PHASE_PAUSE_NS}, NULL);
        if (locks)
            strait_fd_unlock(target.fd, byte);
        if (next_random(&random) % 2 == 0) {
            settle(&target, &original);
            nanosleep(&(struct timespec){0, PHASE_PAUSE_NS}, NULL);
        }
    }
    settle(&target, &original); /* who waits for the lock after a notification does so until it is free */
}

/* ---- Those who go on honestly meanwhile ------------------------------------------------------------------
 */

static _Atomic int good; /* calls that did what they are for */
static _Atomic int bad;  /* and those that saw corruption */
static _Atomic int used; /* how often somebody used all objects */

static int64_t scene_end_ns;

static bool goes_on(void)
{
    return test_now_ns() < scene_end_ns;
}

/* Fails for an answer that no caller would expect. */
static int expect(int result, const int *others, size_t count)
{
    bool found = result >= 0 || result == -EUCLEAN;
    for (size_t i = 0; i < count && !found; i++)
        found = result == others[i];
    if (!found)
        print_error("unexpected answer %d\n", result);
    must(found);
    atomic_fetch_add(result >= 0 ? &good : &bad, result >= 0 || result == -EUCLEAN);
    return result;
}

#define EXPECT(call, ...) expect((call), (const int[]){__VA_ARGS__}, COUNT_OF(((const int[]){__VA_ARGS__})))

static struct strait_ring *open_scribbled(void)
{
    struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    EXPECT(strait_ring_open("ring", &options, &ring, NULL), -EPROTO, -EUSERS, -ENOMEM, -EINVAL, -EOVERFLOW);
    return ring;
}

static void write_once(struct strait_ring_writer *writer, uint64_t *random)
{
    uint32_t length = (uint32_t)(next_random(random) % (next_random(random) % 4 == 0 ? LANE : 256));
    void *payload = NULL;
    if (EXPECT(strait_ring_claim_more(writer, 1, length, &payload), STRAIT_FULL, -EINVAL) == 0)
        memset(payload, 1, length);
    if (next_random(random) % 2 == 0)
        EXPECT(strait_ring_commit(writer), -EINVAL);
    else if (next_random(random) % 4 == 0)
        strait_ring_abort(writer);
    int64_t spin_ns = next_random(random) % 8 == 0 ? STRAIT_SPIN_ONLY : 10000;
    EXPECT(strait_ring_await_space(writer, length % 1024, spin_ns, CALL_TIMEOUT_NS), STRAIT_TIMED_OUT,
           STRAIT_END, STRAIT_PEER_DIED, -EINVAL);
    must(strait_ring_writer_free(writer) <= LANE);
}

static int read_all(void *context, int32_t type, const void *payload, uint32_t length)
{
    const volatile unsigned char *bytes = payload;
    must(length <= LANE - STRAIT_MESSAGE_HEADER);
    for (uint32_t i = 0; i < length; i += 64)
        (void)bytes[i];
    return length > 0 ? bytes[length - 1] & 2 : 0;
}

static void read_once(struct strait_ring_reader *reader, uint64_t *random)
{
    EXPECT(strait_ring_poll(reader, read_all, NULL, 16), STRAIT_END, STRAIT_PEER_DIED);
    if (next_random(random) % 4 == 0)
        EXPECT(strait_ring_skip(reader), STRAIT_END, STRAIT_PEER_DIED);
    int64_t spin_ns = next_random(random) % 8 == 0 ? STRAIT_SPIN_ONLY : 10000;
    EXPECT(strait_ring_await_data(reader, spin_ns, CALL_TIMEOUT_NS), STRAIT_TIMED_OUT, STRAIT_END,
           STRAIT_PEER_DIED, -EINVAL);
    must(strait_ring_reader_available(reader) <= LANE);
}

static void *write_on(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    while (goes_on()) {
        struct strait_ring *ring = open_scribbled();
        struct strait_ring_writer *writer = NULL;
        if (ring != NULL && EXPECT(strait_ring_writer_open(ring, &writer, NULL), -EBUSY) == 0)
            for (int i = 0; i < CALLS_PER_ROLE && goes_on(); i++)
                write_once(writer, &random);
        strait_ring_close(ring);
    }
    return NULL;
}

static void *read_on(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    while (goes_on()) {
        struct strait_ring *ring = open_scribbled();
        struct strait_ring_reader *reader = NULL;
        if (ring != NULL && EXPECT(strait_ring_reader_open(ring, &reader, NULL), -EBUSY) == 0)
            for (int i = 0; i < CALLS_PER_ROLE && goes_on(); i++)
                read_once(reader, &random);
        strait_ring_close(ring);
    }
    return NULL;
}

/* Joins, lists who is there, and reclaims what seems dead. */
static void *join_on(void *unused)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    while (goes_on()) {
        struct strait_ring *ring = open_scribbled();
        if (ring == NULL)
            continue;
        int count = strait_segment_participants(strait_ring_segment(ring), infos, STRAIT_PARTICIPANTS_MAX);
        must(count >= 0 && count <= STRAIT_PARTICIPANTS_MAX);
        for (int i = 0; i < count; i++)
            must(strlen(infos[i].command) < sizeof infos[i].command);
        for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
            if (slot != ring->participant->slot)
                EXPECT(strait_warden_reclaim(ring->participant, slot), -EAGAIN);
        EXPECT(strait_ring_discard_unread(ring, NULL), -EBUSY);
        strait_ring_close(ring);
    }
    return NULL;
}

struct handles {
    struct strait_semaphore *semaphores[2];
    struct strait_lock *lock;
    struct strait_condition *condition;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    struct strait_barrier *barrier;
};

static bool open_objects(struct strait_segment *segment, struct handles *handles)
{
    const int results[] = {
        strait_semaphore_open(segment, "plain", &handles->semaphores[0], NULL),
        strait_semaphore_open(segment, "recoverable", &handles->semaphores[1], NULL),
        strait_lock_open(segment, "lock", &handles->lock, NULL),
        strait_condition_open(segment, "condition", &handles->condition, NULL),
        strait_sequence_open(segment, "sequence", &handles->sequence, NULL),
        strait_latch_open(segment, "latch", &handles->latch, NULL),
        strait_barrier_open(segment, "barrier", &handles->barrier, NULL),
    };
    bool opened = true;
    for (size_t i = 0; i < COUNT_OF(results); i++)
        opened &= EXPECT(results[i], -ENOENT, -EINVAL) == 0;
    return opened;
}

static void use_semaphore(struct strait_semaphore *semaphore, uint32_t count, int64_t timeout_ns)
{
    EXPECT(strait_semaphore_acquire(semaphore, count, 0, timeout_ns), STRAIT_TIMED_OUT, -EINVAL);
    EXPECT(strait_semaphore_release(semaphore, count), -EOVERFLOW, -EINVAL);
    must(strait_semaphore_available(semaphore) >= 0 && strait_semaphore_queued(semaphore) >= 0);
    if (count == 0)
        must(strait_semaphore_drain(semaphore) >= 0);
}

static void use_lock(const struct handles *handles, int64_t timeout_ns)
{
    int result = EXPECT(strait_lock_acquire(handles->lock, 0, timeout_ns), STRAIT_TIMED_OUT,
                        STRAIT_OWNER_DIED, STRAIT_NOT_RECOVERABLE);
    if (result == STRAIT_OWNER_DIED)
        EXPECT(strait_lock_repaired(handles->lock), -EINVAL);
    EXPECT(strait_condition_wait(handles->condition, handles->lock, 0, timeout_ns), STRAIT_TIMED_OUT,
           STRAIT_OWNER_DIED, STRAIT_NOT_RECOVERABLE, -EPERM, -EINVAL);
    strait_condition_notify(handles->condition);
    EXPECT(strait_lock_release(handles->lock), -EPERM);
    must(!strait_lock_is_mine(handles->lock));
}

static void use_gates(const struct handles *handles, uint64_t choice, int64_t timeout_ns)
{
    int64_t number = (int64_t)(choice % 100);
    EXPECT(strait_sequence_await(handles->sequence, number, 0, timeout_ns), STRAIT_TIMED_OUT,
           STRAIT_PEER_DIED);
    int64_t grown = strait_sequence_increment(handles->sequence, 1 + number);
    must(grown > number || grown == -EOVERFLOW);
    must(strait_sequence_value(handles->sequence) >= 0);
    EXPECT(strait_latch_await(handles->latch, 0, timeout_ns), STRAIT_TIMED_OUT, STRAIT_PEER_DIED);
    must(strait_latch_count_down(handles->latch) >= 0);
    EXPECT(strait_barrier_await(handles->barrier, 0, timeout_ns), STRAIT_TIMED_OUT, STRAIT_BROKEN);
    must(strait_barrier_waiting(handles->barrier) <= strait_barrier_parties(handles->barrier));
    if (choice % 4 == 0)
        must(strait_barrier_reset(handles->barrier) == 0);
    if (choice % 8 == 0)
        must(strait_sequence_join(handles->sequence) == 0 && strait_latch_leave(handles->latch) == 0);
}

static void *synchronise_on(void *seed)
{
    uint64_t random = (uintptr_t)seed;
    while (goes_on()) {
        struct strait_ring *ring = open_scribbled();
        struct handles handles = {0};
        if (ring != NULL && open_objects(strait_ring_segment(ring), &handles)) {
            for (int i = 0; i < CALLS_PER_ROLE && goes_on(); i++) {
                uint64_t choice = next_random(&random);
                int64_t timeout_ns = choice % 2 == 0 ? 0 : CALL_TIMEOUT_NS / 10;
                use_semaphore(handles.semaphores[choice / 2 % 2], (uint32_t)(choice / 4 % 3), timeout_ns);
                use_lock(&handles, timeout_ns);
                use_gates(&handles, choice / 16, timeout_ns);
                atomic_fetch_add(&used, 1);
            }
        }
        strait_ring_close(ring);
    }
    return NULL;
}

static void live_there(int parent, void *context)
{
    const struct scene *scene = context;
    void *(*const bodies[])(void *) = {write_on, read_on, join_on, synchronise_on};
    pthread_t threads[COUNT_OF(bodies)];
    scene_end_ns = scene->end_ns;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        must(pthread_create(&threads[i], NULL, bodies[i], (void *)(uintptr_t)(scene->seed + i)) == 0);
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        must(pthread_join(threads[i], NULL) == 0);
    printf("%d calls did what they are for, %d saw corruption; all objects used %d times\n",
           atomic_load(&good), atomic_load(&bad), atomic_load(&used));
    fflush(stdout);
    must(atomic_load(&good) > 0 && atomic_load(&bad) > 0);
    must(atomic_load(&used) > 0 ||
         test_is_on_valgrind()); /* there it may be too slow to find all objects whole */
}

static void nobody_is_harmed_by_one_who_writes_into_everything(void **state)
{
    const char *seed = getenv("STRAIT_FUZZ_SEED");
    int ms = test_rounds(SCRIBBLE_MS);
    struct scene scene = {.seed = seed == NULL ? (uint64_t)test_now_ns() : strtoull(seed, NULL, 0)};
    create_target();
    scene.end_ns = test_now_ns() + (ms < LEAST_MS ? LEAST_MS : ms) * MILLISECOND;
    print_message("seed %" PRIu64 "\n", scene.seed);
    struct child honest[2];
    for (size_t i = 0; i < COUNT_OF(honest); i++)
        honest[i] = child_start(live_there, &scene);
    struct child hostile = child_start(scribble, &scene);
    for (size_t i = 0; i < COUNT_OF(honest); i++)
        assert_int_equal(child_end(&honest[i]), 0);
    assert_int_equal(child_end(&hostile), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_more_readers_are_looked_for_than_there_can_be),
        TEST(a_cursor_that_is_as_far_behind_as_can_be_makes_the_lane_full),
        TEST(a_table_that_never_rests_does_not_keep_the_warden_awake),
        TEST(nobody_is_harmed_by_one_who_writes_into_everything),
    };
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
