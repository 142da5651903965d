/* Opening a file that may hold anything and be of any length. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* Reads both ends of what the attachment says it has. */
static void look_at_rest(const struct strait_segment *segment)
{
    const volatile uint8_t *user = strait_segment_user(segment);
    uint64_t bytes = strait_segment_user_bytes(segment);
    fuzz_must((user == NULL) == (bytes == 0) && bytes <= STRAIT_USER_BYTES_MAX);
    if (bytes > 0)
        (void)(user[0] + user[bytes - 1]);
    strait_segment_epoch(segment);
    fuzz_list(segment);
}

/* 0 and the object, or a refusal. The kinds are alike to their callers but for the type of the handle. */
typedef int open_at(struct strait_segment *segment, uint32_t index, void **object,
                    struct strait_failure *failure);

#define OPEN_AT(kind)                                                                                        \
    static int kind##_at(struct strait_segment *segment, uint32_t index, void **object,                      \
                         struct strait_failure *failure)                                                     \
    {                                                                                                        \
        return strait_##kind##_open_at(segment, index, (struct strait_##kind **)object, failure);            \
    }

OPEN_AT(semaphore)
OPEN_AT(lock)
OPEN_AT(condition)
OPEN_AT(sequence)
OPEN_AT(latch)
OPEN_AT(barrier)

/* Something that stores a word. */
static void use_object(uint32_t kind, void *object)
{
    switch (kind) {
    case STRAIT_OBJECT_SEMAPHORE:
        strait_semaphore_acquire(object, 1, 0, 0);
        strait_semaphore_release(object, 1);
        fuzz_must(strait_semaphore_available(object) >= 0);
        break;
    case STRAIT_OBJECT_LOCK:
        strait_lock_acquire(object, 0, 0);
        strait_lock_release(object);
        break;
    case STRAIT_OBJECT_CONDITION:
        strait_condition_notify_all(object);
        break;
    case STRAIT_OBJECT_SEQUENCE:
        strait_sequence_join(object);
        strait_sequence_increment(object, 1);
        break;
    case STRAIT_OBJECT_LATCH:
        strait_latch_join(object);
        strait_latch_count_down(object);
        break;
    default:
        strait_barrier_join(object);
        strait_barrier_reset(object);
        fuzz_must(strait_barrier_parties(object) > 0);
    }
}

static void look_at_objects(struct strait_segment *segment)
{
    static open_at *const open_as[] = {
        [STRAIT_OBJECT_SEMAPHORE] = semaphore_at, [STRAIT_OBJECT_LOCK] = lock_at,
        [STRAIT_OBJECT_CONDITION] = condition_at, [STRAIT_OBJECT_SEQUENCE] = sequence_at,
        [STRAIT_OBJECT_LATCH] = latch_at,         [STRAIT_OBJECT_BARRIER] = barrier_at,
    };
    for (uint32_t index = 0; index < FUZZ_OBJECTS + 2; index++) {
        int opened = 0;
        for (uint32_t kind = STRAIT_OBJECT_SEMAPHORE; kind <= STRAIT_OBJECT_BARRIER; kind++) {
            struct strait_failure failure = {0};
            void *object = NULL;
            int result = open_as[kind](segment, index, &object, &failure);
            fuzz_must(result == 0 || result == -ENOENT || result == -EINVAL || result == -EUCLEAN);
            fuzz_must((result == 0) == (object != NULL) && (result == 0) == (failure.operation == NULL));
            if (result == 0)
                use_object(kind, object);
            opened += result == 0;
        }
        fuzz_must(opened <= 1);
    }
}

/* A name may lead to another object, but not out of the directory. */
static void look_for_objects(struct strait_segment *segment)
{
    struct strait_semaphore *semaphore;
    for (int i = 0; i < FUZZ_OBJECTS; i++) {
        int result = strait_semaphore_open(segment, fuzz_objects[i].name, &semaphore, NULL);
        fuzz_must(result == 0 || result == -ENOENT || result == -EINVAL || result == -EUCLEAN);
    }
}

static void look_at(struct strait_segment *segment)
{
    look_at_rest(segment);
    look_for_objects(segment);
    look_at_objects(segment);
}

static void use(struct strait_ring *ring)
{
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    void *payload;
    uint64_t bytes = strait_ring_capacity(ring);
    fuzz_must(bytes >= STRAIT_LANE_BYTES_MIN && bytes <= STRAIT_LANE_BYTES_MAX);
    look_at(strait_ring_segment(ring));
    if (strait_ring_writer_open(ring, &writer, NULL) == 0 && strait_ring_claim(writer, 1, 8, &payload) == 0) {
        memset(payload, 1, 8);
        strait_ring_commit(writer);
    }
    if (strait_ring_reader_open(ring, &reader, NULL) == 0)
        strait_ring_skip(reader);
}

static uint64_t file_bytes(struct fuzz_input *input)
{
    uint64_t kind = fuzz_take(input, 1);
    if (kind < 128)
        return fuzz_image_bytes();
    if (kind < 192)
        return fuzz_take(input, 4) % (2 * fuzz_image_bytes());
    return (UINT64_C(1) << kind % 44) + fuzz_image_bytes(); /* with a hole */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct fuzz_input input = {bytes, count};
    struct fuzz_peer peer;
    bool is_raw = fuzz_take(&input, 1) >= 224;
    fuzz_peer_open(&peer, file_bytes(&input));
    if (is_raw && input.left > 0 && peer.bytes > 0)
        memcpy(peer.memory, input.at, input.left < peer.bytes ? input.left : peer.bytes);
    else
        fuzz_peer_write(&peer, &input, UINT32_MAX);
    struct strait_ring *ring = fuzz_open_ring(&peer);
    struct strait_segment *segment = fuzz_open_segment(&peer);
    if (ring != NULL)
        use(ring);
    if (segment != NULL)
        look_at(segment);
    strait_segment_close(segment);
    strait_ring_close(ring);
    fuzz_peer_close(&peer);
    return 0;
}
