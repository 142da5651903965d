#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/segment.h"

#define USER_BYTES      64u
#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static uint8_t *image;
static size_t image_bytes;

_Noreturn void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

uint64_t fuzz_take(struct fuzz_input *input, unsigned bytes)
{
    uint64_t value = 0;
    size_t count = bytes < input->left ? bytes : input->left;
    memcpy(&value, input->at, count);
    input->at += count;
    input->left -= count;
    return value;
}

/* ---- The image -------------------------------------------------------------------------------------------
 */

/* Stays attached, so that the warden's thread is not started anew for each input. */
static struct strait_segment *keeper;

const struct strait_object fuzz_objects[FUZZ_OBJECTS] = {
    [FUZZ_PLAIN] = STRAIT_SEMAPHORE("plain", 3, 0),
    [FUZZ_OVERTAKING] = STRAIT_SEMAPHORE("overtaking", 3, STRAIT_SEMAPHORE_OVERTAKING),
    [FUZZ_RECOVERABLE] = STRAIT_SEMAPHORE("recoverable", 3, STRAIT_SEMAPHORE_RECOVERABLE),
    [FUZZ_UNFAIR] = STRAIT_SEMAPHORE("unfair", 3, STRAIT_SEMAPHORE_RECOVERABLE | STRAIT_SEMAPHORE_OVERTAKING),
    [FUZZ_LOCK] = STRAIT_LOCK("lock"),
    [FUZZ_CONDITION] = STRAIT_CONDITION("condition"),
    [FUZZ_SEQUENCE] = STRAIT_SEQUENCE("sequence", 5),
    [FUZZ_LATCH] = STRAIT_LATCH("latch", 2),
    [FUZZ_BARRIER] = STRAIT_BARRIER("barrier", 3),
};

/* What the first attachment leaves when it dies. */
static void use_objects(struct strait_segment *segment)
{
    struct strait_semaphore *semaphore;
    struct strait_lock *lock;
    struct strait_latch *latch;
    struct strait_barrier *barrier;
    fuzz_must(strait_semaphore_open(segment, "recoverable", &semaphore, NULL) == 0);
    fuzz_must(strait_semaphore_acquire(semaphore, 2, 0, 0) == 0);
    fuzz_must(strait_lock_open(segment, "lock", &lock, NULL) == 0);
    fuzz_must(strait_lock_acquire(lock, 0, 0) == 0);
    fuzz_must(strait_latch_open(segment, "latch", &latch, NULL) == 0);
    fuzz_must(strait_latch_join(latch) == 0);
    fuzz_must(strait_barrier_open(segment, "barrier", &barrier, NULL) == 0);
    fuzz_must(strait_barrier_join(barrier) == 0);
}

/* Three attachments: one with the writer, one with the reader, and the first with neither. */
static void make_image(void)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *rings[3];
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    options.user_bytes = USER_BYTES;
    options.objects = fuzz_objects;
    options.object_count = FUZZ_OBJECTS;
    ring_options.lane_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    fuzz_must(strait_segment_create_memfd("keeper", NULL, &keeper, NULL) == 0);
    fuzz_must(strait_ring_create_memfd("image", &options, &ring_options, &rings[0], NULL) == 0);
    struct strait_segment *segment = strait_ring_segment(rings[0]);
    const int fd = strait_segment_fd(segment);
    for (int i = 1; i < 3; i++)
        fuzz_must(strait_ring_open_memfd(getpid(), fd, NULL, &rings[i], NULL) == 0);
    fuzz_must(strait_ring_writer_open(rings[1], &writer, NULL) == 0);
    fuzz_must(strait_ring_reader_open(rings[2], &reader, NULL) == 0);
    for (int32_t i = 0; i < 6; i++)
        fuzz_must(strait_ring_offer(writer, i, "payload of this message", (uint32_t)i * 4) == 0);
    fuzz_must(strait_ring_skip(reader) == 1);
    use_objects(segment);
    image_bytes = strait_segment_bytes(segment);
    image = malloc(image_bytes);
    fuzz_must(image != NULL);
    fuzz_must(pread(fd, image, image_bytes, 0) == (ssize_t)image_bytes);
    for (int i = 0; i < 3; i++)
        strait_ring_close(rings[i]);
}

size_t fuzz_image_bytes(void)
{
    if (image == NULL)
        make_image();
    return image_bytes;
}

/* ---- The peer --------------------------------------------------------------------------------------------
 */

void fuzz_peer_open(struct fuzz_peer *peer, uint64_t bytes)
{
    char path[64];
    size_t copied = fuzz_image_bytes() < bytes ? fuzz_image_bytes() : bytes;
    peer->fd = (int)syscall(SYS_memfd_create, "fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    fuzz_must(peer->fd >= 0 && ftruncate(peer->fd, (off_t)bytes) == 0);
    fuzz_must(fchmod(peer->fd, 0600) == 0);
    fuzz_must(pwrite(peer->fd, image, copied, 0) == (ssize_t)copied);
    fuzz_must(fcntl(peer->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", peer->fd);
    peer->locks = open(path, O_RDWR | O_CLOEXEC);
    fuzz_must(peer->locks >= 0);
    peer->bytes = copied;
    peer->memory = copied == 0 ? NULL : mmap(NULL, copied, PROT_READ | PROT_WRITE, MAP_SHARED, peer->fd, 0);
    fuzz_must(peer->memory != MAP_FAILED);
}

void fuzz_peer_close(struct fuzz_peer *peer)
{
    if (peer->memory != NULL)
        munmap(peer->memory, peer->bytes);
    close(peer->locks);
    close(peer->fd);
}

void fuzz_peer_lock(const struct fuzz_peer *peer, uint64_t slots)
{
    for (; slots != 0; slots &= slots - 1)
        fuzz_must(strait_fd_lock(peer->locks, STRAIT_LOCK_BYTE + __builtin_ctzll(slots)) == 0);
}

struct strait_slot *fuzz_peer_slots(const struct fuzz_peer *peer)
{
    return (struct strait_slot *)(peer->memory + STRAIT_PAGE);
}

static struct strait_section image_sync(void)
{
    return ((const struct strait_header *)image)->sync;
}

static const struct strait_object_entry *image_entry(enum fuzz_object object)
{
    return &((const struct strait_sync_control *)(image + image_sync().offset))->entries[object];
}

void *fuzz_peer_object(const struct fuzz_peer *peer, enum fuzz_object object)
{
    return peer->memory + image_entry(object)->offset;
}

bool fuzz_peer_has_directory(const struct fuzz_peer *peer)
{
    struct strait_section sync = image_sync();
    const struct strait_header *header = (const struct strait_header *)peer->memory;
    return memcmp(&header->sync, &sync, sizeof sync) == 0 &&
           memcmp(peer->memory + sync.offset, image + sync.offset,
                  image_entry(FUZZ_PLAIN)->offset - sync.offset) == 0;
}

/* ---- What it writes --------------------------------------------------------------------------------------
 */

#define SLOTS_AT   STRAIT_PAGE
#define CONTROL_AT (SLOTS_AT + STRAIT_SLOTS * (unsigned)sizeof(struct strait_slot))

/* Sizes and offsets; the rest is reached byte by byte. */
static const uint16_t header_fields[] = {48,  52,  56,  64,  72,  80,  88,  96, 104,
                                         112, 120, 128, 136, 144, 152, 156, 256};
static const uint16_t slot_fields[] = {0, 8, 12, 24, 32, 40, 48, 128};
static const uint16_t control_fields[] = {0, 4, 128, 256, 512, 640, 768, 896};
static const uint16_t entry_fields[] = {0, 40, 48, 52, 56, 64, 72};
static const uint16_t queue_fields[] = {0, 0, 0, 8, 8, 16, 640, 648}; /* also a gate's, and a ledger's */
static const uint16_t cells[] = {128, 768};                           /* by slot: tickets, parties; held */
static const uint64_t boundaries[] = {
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    63,
    64,
    65,
    255,
    4088,
    4089,
    4096,
    4104,
    8184,
    8192,
    12288,
    65536,
    UINT32_MAX - 7,
    UINT32_MAX,
    0x40000000, /* OWNER_DIED, and the largest lane */
    INT32_MAX,
    0x80000000,
    UINT64_C(1) << 32,
    INT64_MAX - 7,
    INT64_MAX,
    UINT64_C(1) << 63,
    -UINT64_C(8192),
    -UINT64_C(4096),
    -UINT64_C(128),
    -UINT64_C(8),
    UINT64_MAX,
};

static uint64_t word_at(const struct fuzz_peer *peer, size_t at)
{
    uint64_t word;
    memcpy(&word, peer->memory + at, sizeof word);
    return word;
}

/* A message's header at, or soon behind, the cursor or the tail. */
static size_t place_of_message(const struct fuzz_peer *peer, uint64_t choice)
{
    const size_t lane = (size_t)sysconf(_SC_PAGESIZE);
    uint64_t position = word_at(peer, CONTROL_AT + (choice % 4 == 0 ? 512 : 896));
    return image_bytes - lane + ((position + choice / 4 % 8 * 8) & (lane - 8));
}

static size_t place_in_directory(uint64_t choice)
{
    size_t entry = image_sync().offset + offsetof(struct strait_sync_control, entries) +
                   choice % FUZZ_OBJECTS * sizeof(struct strait_object_entry);
    choice /= FUZZ_OBJECTS;
    return choice % 8 == 0 ? image_sync().offset : entry + entry_fields[choice % COUNT_OF(entry_fields)];
}

/* A word of an object; of what is there for each slot mostly the first. */
static size_t place_in_object(uint64_t choice)
{
    size_t start = image_entry((enum fuzz_object)(choice % FUZZ_OBJECTS))->offset;
    choice /= FUZZ_OBJECTS;
    if (choice % 4 != 0)
        return start + queue_fields[choice / 4 % COUNT_OF(queue_fields)];
    choice /= 4;
    size_t slot = choice / 2 % (choice & 0x400 ? STRAIT_SLOTS : 4);
    return start + cells[choice % 2] + slot * sizeof(uint64_t);
}

static size_t place(const struct fuzz_peer *peer, struct fuzz_input *input)
{
    uint64_t area = fuzz_take(input, 1);
    uint64_t choice = fuzz_take(input, 2);
    if (peer->bytes < image_bytes)
        area = 0;
    else if (area >= 192)
        return area < 208 ? place_in_directory(choice) : place_in_object(choice);
    switch (area % 8) {
    case 0:
        return choice % 2 == 0 ? choice % sizeof(struct strait_header) : choice;
    case 1:
    case 2:
        return header_fields[choice % COUNT_OF(header_fields)];
    case 3: /* the first slots, mostly */
        return SLOTS_AT + (choice / 8 % (choice & 0x8000 ? STRAIT_SLOTS : 4)) * sizeof(struct strait_slot) +
               slot_fields[choice % 8];
    case 4:
    case 5:
        return CONTROL_AT + control_fields[choice % 8];
    default:
        return place_of_message(peer, choice);
    }
}

static uint64_t any_word(struct fuzz_input *input, uint64_t before)
{
    uint64_t kind = fuzz_take(input, 1);
    uint64_t boundary = boundaries[kind % COUNT_OF(boundaries)];
    if (kind < 99)
        return boundary;
    if (kind < 132)
        return before + boundary;
    if (kind < 192) /* close to what was there */
        return before + (uint64_t)(int64_t)(int8_t)fuzz_take(input, 1) * (kind & 1 ? 1 : 8);
    return fuzz_take(input, 8);
}

static void write_word(const struct fuzz_peer *peer, size_t at, struct fuzz_input *input)
{
    size_t width = fuzz_take(input, 1) % 2 == 0 ? 8 : 4;
    uint64_t value = 0;
    if (at + width > peer->bytes)
        return;
    memcpy(&value, peer->memory + at, width);
    value = any_word(input, value);
    memcpy(peer->memory + at, &value, width);
}

/* A table of another length, in agreement with itself. */
static void write_table(const struct fuzz_peer *peer, struct fuzz_input *input)
{
    struct strait_header *header = (struct strait_header *)peer->memory;
    uint32_t slots = (uint32_t)fuzz_take(input, 1) % (STRAIT_SLOTS + 2);
    header->slot_count = slots;
    header->participants.bytes = slots * sizeof(struct strait_slot);
}

void fuzz_peer_write(const struct fuzz_peer *peer, struct fuzz_input *input, unsigned words)
{
    for (; words > 0 && input->left > 0; words--) {
        if (*input->at == UINT8_MAX && peer->bytes == image_bytes)
            write_table(peer, input);
        size_t at = place(peer, input);
        write_word(peer, at, input);
    }
}

void fuzz_peer_write_objects(const struct fuzz_peer *peer, struct fuzz_input *input, unsigned words)
{
    for (; words > 0 && input->left > 0; words--) {
        uint64_t choice = fuzz_take(input, 2);
        size_t at = choice >= 65000 ? place_in_directory(choice) : place_in_object(choice);
        write_word(peer, at, input);
    }
}

/* ---- What attaches ---------------------------------------------------------------------------------------
 */

static void check_refusal(int result, const struct strait_failure *failure)
{
    fuzz_must(result == -EPROTO || result == -EUSERS || result == -ENOMEM || result == -EOVERFLOW ||
              result == -EINVAL);
    fuzz_must(failure->operation != NULL);
}

struct strait_ring *fuzz_open_ring(const struct fuzz_peer *peer)
{
    struct strait_failure failure = {0};
    struct strait_ring *ring = NULL;
    int result = strait_ring_open_memfd(getpid(), peer->fd, NULL, &ring, &failure);
    if (result == 0)
        return ring;
    check_refusal(result, &failure);
    return NULL;
}

struct strait_segment *fuzz_open_segment(const struct fuzz_peer *peer)
{
    struct strait_failure failure = {0};
    struct strait_segment *segment = NULL;
    int result = strait_segment_open_memfd(getpid(), peer->fd, NULL, &segment, &failure);
    if (result == 0)
        return segment;
    check_refusal(result, &failure);
    return NULL;
}

void fuzz_list(const struct strait_segment *segment)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX);
    fuzz_must(count >= 0 && count <= STRAIT_PARTICIPANTS_MAX);
    for (int i = 0; i < count; i++) {
        fuzz_must(infos[i].slot < STRAIT_PARTICIPANTS_MAX && (i == 0 || infos[i].slot > infos[i - 1].slot));
        fuzz_must(infos[i].state >= STRAIT_PARTICIPANT_LIVE && infos[i].state <= STRAIT_PARTICIPANT_DEAD);
        fuzz_must(infos[i].generation <= STRAIT_GENERATION_MASK);
        fuzz_must(strlen(infos[i].command) < sizeof infos[i].command);
    }
}
