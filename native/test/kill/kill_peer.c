/*
 * One peer of native/test/kill_test.c: a writer or a reader that sends or checks a stream, or one that only
 * takes part.
 *
 *     kill_peer LEDGER DIRECTORY writer|reader|idle [create] [replace] [stints]
 *
 * create    makes the ring if it is not there; else waits for it
 * replace   and replaces one that nobody is attached to
 * stints    leaves and comes back after a few messages, until it is killed
 *
 * Message i, its length and its bytes follow from the seed and i, so whoever takes over a role knows by the
 * position alone which message comes next. Ends with 0 when the stream is over, and nothing of it was wrong.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../peer/payload.h"
#include "ledger.h"
#include "peer.h"
#include "strait/strait.h"

#define NAME         "ring"
#define PATIENCE_NS  INT64_C(20000000000)
#define STINT_LENGTH 30 /* messages at most */
#define BATCH        8

static struct ledger *ledger;
static bool creates;
static bool replaces;
static bool in_stints;

/* So that the other side now and then has to wait. */
static void pause_sometimes(void)
{
    if (random_below(16) == 0)
        pause_ns((long)random_below(300) * 1000);
}

static int64_t spin_ns(void)
{
    return ledger->spin == LEDGER_SPIN    ? STRAIT_SPIN_ONLY
           : ledger->spin == LEDGER_MIXED ? STRAIT_SPIN_DEFAULT_NS
                                          : 0;
}

/* ---- The stream ------------------------------------------------------------------------------------------
 */

static uint32_t length_of(uint64_t i)
{
    return payload_stream_length(ledger->seed, i, ledger->lane_bytes);
}

/* The message that begins at a position, which must be where one begins. */
static uint64_t message_at(uint64_t position)
{
    uint64_t i = 0;
    for (uint64_t at = 0; at != position; i++) {
        at += ((uint64_t)length_of(i) + STRAIT_MESSAGE_HEADER + 7) / 8 * 8;
        check(at <= position, "position %llu is inside of message %llu", (unsigned long long)position,
              (unsigned long long)i);
    }
    return i;
}

/* ---- Attaching -------------------------------------------------------------------------------------------
 */

static struct strait_ring *attach(void)
{
    struct strait_segment_options where = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_ring_options options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    struct strait_failure failure = {0};
    where.directory = directory;
    where.timeout_ns = PATIENCE_NS;
    if (replaces)
        where.flags |= STRAIT_SEGMENT_REPLACE_ABANDONED;
    options.lane_bytes = ledger->lane_bytes;
    options.spin_only = ledger->spin_only != 0;
    options.reader_policy = ledger->release ? STRAIT_READER_RELEASE : STRAIT_READER_HOLD;
    int result = creates ? strait_ring_open_or_create(NAME, &where, &options, &ring, &failure)
                         : strait_ring_open(NAME, &where, &ring, &failure);
    check(result >= 0, "%s in %s", strait_errno_symbol(result), failure.operation);
    atomic_fetch_add(&ledger->attached, 1);
    return ring;
}

/* ---- Writing ---------------------------------------------------------------------------------------------
 */

static void publish(struct strait_ring_writer *writer, uint64_t next)
{
    atomic_store(&ledger->begun, next);
    int result = strait_ring_commit(writer);
    check(result == 0, "%s", name_of(result));
    atomic_store(&ledger->sent, next);
}

static void wait_for_space(struct strait_ring_writer *writer, uint32_t length)
{
    int result = strait_ring_await_space(writer, length, spin_ns(), PATIENCE_NS);
    if (result == STRAIT_PEER_DIED)
        atomic_fetch_add(&ledger->writer_told, 1);
    else
        check(result == STRAIT_READY || result == STRAIT_END, "%s", name_of(result));
}

static void claim_and_fill(struct strait_ring_writer *writer, uint64_t i, uint64_t *published)
{
    void *payload;
    int result;
    uint32_t length = length_of(i);
    while ((result = strait_ring_claim_more(writer, (int32_t)i, length, &payload)) == STRAIT_FULL) {
        if (*published != i)
            publish(writer, i);
        *published = i;
        wait_for_space(writer, length);
    }
    check(result == 0, "%s", name_of(result));
    payload_fill(payload, length, payload_stream_seed(ledger->seed, i));
}

/* Batches of a few. True when the stream is over. */
static bool write_messages(struct strait_ring *ring, uint64_t count)
{
    struct strait_ring_writer *writer = NULL;
    struct strait_failure failure = {0};
    int result = strait_ring_writer_open(ring, &writer, &failure);
    check(result == 0, "%s, %llu has it", strait_errno_symbol(result), (unsigned long long)failure.found);
    uint64_t next = message_at(strait_ring_writer_position(writer));
    uint64_t published = next;
    check(next >= atomic_load(&ledger->sent), "%llu", (unsigned long long)next);
    check(next <= atomic_load(&ledger->begun), "%llu", (unsigned long long)next);
    bool is_over = false;
    for (uint64_t end = count == 0 ? UINT64_MAX : next + count; next < end && !is_over;) {
        claim_and_fill(writer, next, &published);
        next++;
        is_over = !in_stints && atomic_load(&ledger->stop) != 0;
        if (is_over || next == end || random_below(3) == 0) {
            publish(writer, next);
            published = next;
            pause_sometimes();
        }
    }
    if (is_over)
        atomic_store(&ledger->total, next);
    if (random_below(2) == 0)
        strait_ring_writer_close(writer);
    return is_over;
}

/* ---- Reading ---------------------------------------------------------------------------------------------
 */

static int on_message(void *context, int32_t type, const void *payload, uint32_t length)
{
    uint64_t *next = context;
    uint64_t i = *next;
    check(type == (int32_t)i, "%d instead of %llu", type, (unsigned long long)i);
    check(length == length_of(i), "%u bytes in message %llu", length, (unsigned long long)i);
    check(payload_matches(payload, length, payload_stream_seed(ledger->seed, i)), "message %llu",
          (unsigned long long)i);
    *next = i + 1;
    if (atomic_load(&ledger->handled) <= i)
        atomic_store(&ledger->handled, i + 1);
    return 0;
}

/* HOLD: nothing is missing, and no more comes again than the batch that was under way. RELEASE: nothing comes
 * again. */
static void check_start(uint64_t next)
{
    uint64_t handled = atomic_load(&ledger->handled);
    if (ledger->release) {
        check(next >= handled, "%llu", (unsigned long long)next);
        return;
    }
    check(next <= handled, "starts at %llu after %llu", (unsigned long long)next,
          (unsigned long long)handled);
    check(next >= atomic_load(&ledger->batch), "starts at %llu", (unsigned long long)next);
}

/* True when the stream is over. */
static bool read_messages(struct strait_ring *ring, uint64_t count)
{
    struct strait_ring_reader *reader = NULL;
    struct strait_failure failure = {0};
    int result = strait_ring_reader_open(ring, &reader, &failure);
    check(result == 0, "%s, %llu has it", strait_errno_symbol(result), (unsigned long long)failure.found);
    uint64_t next = message_at(strait_ring_reader_position(reader));
    check_start(next);
    bool is_over = false;
    for (uint64_t end = count == 0 ? UINT64_MAX : next + count; next < end && !is_over;) {
        atomic_store(&ledger->batch, next);
        result = strait_ring_poll(reader, on_message, &next, 1 + (int)random_below(BATCH));
        if (result == STRAIT_EMPTY)
            result = strait_ring_await_data(reader, spin_ns(), PATIENCE_NS);
        if (result == STRAIT_PEER_DIED)
            atomic_fetch_add(&ledger->reader_told, 1);
        else
            check(result > 0 || result == STRAIT_END, "%s at message %llu", name_of(result),
                  (unsigned long long)next);
        is_over = result == STRAIT_END && next == atomic_load(&ledger->total);
        pause_sometimes();
    }
    if (random_below(2) == 0)
        check(strait_ring_reader_close(reader) == 0, "close");
    return is_over;
}

static bool take_part(void)
{
    while (atomic_load(&ledger->stop) == 0)
        pause_ns(1000000);
    return true;
}

/* ---- What must not be left behind ------------------------------------------------------------------------
 */

static int count_entries(const char *path)
{
    int count = 0;
    DIR *entries = opendir(path);
    check(entries != NULL, "%s", path);
    while (readdir(entries) != NULL)
        count++;
    closedir(entries);
    return count;
}

static bool is_warden(const char *task)
{
    char path[300];
    char name[16] = "";
    snprintf(path, sizeof path, "/proc/self/task/%s/comm", task);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false; /* it has ended meanwhile */
    bool found = fgets(name, sizeof name, file) != NULL && strncmp(name, "strait-warden", 13) == 0;
    fclose(file);
    return found;
}

static bool has_warden(void)
{
    bool found = false;
    DIR *tasks = opendir("/proc/self/task");
    check(tasks != NULL, "tasks");
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks))
        found |= is_warden(task->d_name);
    closedir(tasks);
    return found;
}

/* A thread that was joined is seen in /proc for a moment more. */
static bool loses_its_warden(void)
{
    int look = 0;
    for (; has_warden() && look < 5000; look++)
        pause_ns(1000000);
    return look < 5000;
}

static bool is_mapped(void)
{
    char line[4096];
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    check(maps != NULL, "maps");
    while (fgets(line, sizeof line, maps) != NULL)
        found |= strstr(line, directory) != NULL;
    fclose(maps);
    return found;
}

static bool take_role(struct strait_ring *ring)
{
    uint64_t count = in_stints ? 1 + random_below(STINT_LENGTH) : 0;
    if (strcmp(role, "writer") == 0)
        return write_messages(ring, count);
    if (strcmp(role, "reader") == 0)
        return read_messages(ring, count);
    return take_part();
}

int main(int argc, char **argv)
{
    role = argc < 4 ? "peer" : argv[3];
    check(argc >= 4, "usage");
    directory = argv[2];
    for (int i = 4; i < argc; i++) {
        creates |= strcmp(argv[i], "create") == 0 || strcmp(argv[i], "replace") == 0;
        replaces |= strcmp(argv[i], "replace") == 0;
        in_stints |= strcmp(argv[i], "stints") == 0;
    }
    ledger = open_ledger(argv[1], sizeof *ledger);
    random_state = ledger->seed + (uint64_t)getpid();

    int descriptors = count_entries("/proc/self/fd");
    bool is_over = false;
    while (!is_over) {
        struct strait_ring *ring = attach();
        is_over = take_role(ring);
        strait_ring_close(ring);
        replaces = false;
        check(count_entries("/proc/self/fd") == descriptors, "was %d", descriptors);
        check(loses_its_warden(), "it is still there");
        check(!is_mapped(), "something is");
    }
    return 0;
}
