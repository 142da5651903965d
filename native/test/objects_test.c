/* The directory of a segment's synchronisation objects: what can be declared, found, and survived. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal/objects.h"
#include "internal/participant.h"
#include "internal/ring.h"

static struct strait_segment_options options_with(const struct strait_object *objects, uint32_t count)
{
    struct strait_segment_options options = test_options();
    options.objects = objects;
    options.object_count = count;
    return options;
}

/* ---- Declaring -------------------------------------------------------------------------------------------
 */

#define NAME_47 "12345678901234567890123456789012345678901234567"

static void a_wrong_declaration_is_refused_naming_both(void **state)
{
    const struct {
        struct strait_object object;
        uint64_t expected;
        uint64_t found;
    } bad[] = {
        {{NULL, STRAIT_OBJECT_LOCK, 0, 0}, 47, 0},
        {{"", STRAIT_OBJECT_LOCK, 0, 0}, 47, 0},
        {{NAME_47 "8", STRAIT_OBJECT_LOCK, 0, 0}, 47, 48},
        {{"first", STRAIT_OBJECT_LOCK, 0, 0}, 0, 1},
        {{"a", (enum strait_object_kind)0, 0, 0}, STRAIT_OBJECT_BARRIER, 0},
        {{"a", (enum strait_object_kind)7, 0, 0}, STRAIT_OBJECT_BARRIER, 7},
        {{"a", STRAIT_OBJECT_SEMAPHORE, 4, 1}, STRAIT_SEMAPHORE_OVERTAKING, 4},
        {{"a", STRAIT_OBJECT_LOCK, 1, 0}, 0, 1},
        {{"a", STRAIT_OBJECT_CONDITION, 2, 0}, 0, 2},
        {{"a", STRAIT_OBJECT_SEMAPHORE, 0, -1}, INT32_MAX, UINT64_MAX},
        {{"a", STRAIT_OBJECT_SEMAPHORE, 0, INT64_C(1) << 31}, INT32_MAX, UINT64_C(1) << 31},
        {{"a", STRAIT_OBJECT_SEMAPHORE, STRAIT_SEMAPHORE_RECOVERABLE, 0}, INT32_MAX, 0},
        {{"a", STRAIT_OBJECT_SEMAPHORE, STRAIT_SEMAPHORE_RECOVERABLE, INT64_C(1) << 31},
         INT32_MAX,
         UINT64_C(1) << 31},
        {{"a", STRAIT_OBJECT_LOCK, 0, 1}, 0, 1},
        {{"a", STRAIT_OBJECT_CONDITION, 0, 1}, 0, 1},
        {{"a", STRAIT_OBJECT_SEQUENCE, 0, -1}, INT64_MAX, UINT64_MAX},
        {{"a", STRAIT_OBJECT_LATCH, 0, INT64_C(1) << 31}, INT32_MAX, UINT64_C(1) << 31},
        {{"a", STRAIT_OBJECT_BARRIER, 0, 0}, STRAIT_BARRIER_MAX, 0},
        {{"a", STRAIT_OBJECT_BARRIER, 0, 65536}, STRAIT_BARRIER_MAX, 65536},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const struct strait_object objects[] = {STRAIT_LOCK("first"), bad[i].object};
        const struct strait_segment_options options = options_with(objects, 2);
        struct strait_segment *segment = NULL;
        struct strait_ring *ring = NULL;
        struct strait_failure failure = {0};
        assert_int_equal(strait_segment_create("segment", &options, &segment, &failure), -EINVAL);
        assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, bad[i].expected, bad[i].found);
        assert_int_equal(strait_segment_open_or_create("segment", &options, &segment, NULL), -EINVAL);
        assert_int_equal(strait_segment_create_memfd("segment", &options, &segment, NULL), -EINVAL);
        assert_int_equal(strait_ring_create("ring", &options, NULL, &ring, NULL), -EINVAL);
        assert_null(segment);
        assert_null(ring);
    }
    assert_int_equal(count_files(test_directory), 0);
}

static void the_values_at_the_edges_are_taken(void **state)
{
    const struct strait_object objects[] = {
        STRAIT_SEMAPHORE("none", 0, 0),
        STRAIT_SEMAPHORE("most", INT32_MAX, 0),
        STRAIT_SEMAPHORE("one", 1, STRAIT_SEMAPHORE_RECOVERABLE),
        STRAIT_SEMAPHORE(NAME_47, INT32_MAX, STRAIT_SEMAPHORE_RECOVERABLE | STRAIT_SEMAPHORE_OVERTAKING),
    };
    const int permits[] = {0, INT32_MAX, 1, INT32_MAX};
    struct strait_segment *segment = test_segment_with("segment", 0, objects, COUNT_OF(objects));
    for (size_t i = 0; i < COUNT_OF(objects); i++)
        assert_int_equal(strait_semaphore_available(test_semaphore(segment, objects[i].name)), permits[i]);
    strait_segment_close(segment);
}

static struct strait_object many[STRAIT_OBJECTS_MAX + 1];
static char many_names[COUNT_OF(many)][STRAIT_OBJECT_NAME + 1];

/* In turn a semaphore, a lock, a condition, and a recoverable semaphore. */
static void declare_many(void)
{
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        const char *name = many_names[i];
        snprintf(many_names[i], sizeof many_names[i], "object %zu", i);
        const struct strait_object kinds[] = {
            STRAIT_SEMAPHORE(name, (int64_t)i, 0),
            STRAIT_LOCK(name),
            STRAIT_CONDITION(name),
            STRAIT_SEMAPHORE(name, (int64_t)i, STRAIT_SEMAPHORE_RECOVERABLE),
        };
        many[i] = kinds[i % 4];
    }
}

static void there_can_be_1024_objects_and_no_more(void **state)
{
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    declare_many();
    struct strait_segment_options options = options_with(many, STRAIT_OBJECTS_MAX + 1);
    assert_int_equal(strait_segment_create("segment", &options, &segment, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECTS_MAX, STRAIT_OBJECTS_MAX + 1);
    options.objects = NULL;
    options.object_count = 1;
    assert_int_equal(strait_segment_create("segment", &options, &segment, &failure), -EINVAL);

    segment = test_segment_with("segment", 4096, many, STRAIT_OBJECTS_MAX);
    memset(strait_segment_user(segment), 0xff, 4096);
    for (uint32_t i = 0; i < STRAIT_OBJECTS_MAX; i++) {
        struct strait_semaphore *semaphore = NULL;
        struct strait_semaphore *named = NULL;
        int result = strait_semaphore_open_at(segment, i, &semaphore, NULL);
        assert_int_equal(result, i % 4 == 0 || i % 4 == 3 ? 0 : -EINVAL);
        if (result < 0)
            continue;
        assert_int_equal(strait_semaphore_open(segment, many[i].name, &named, NULL), 0);
        assert_ptr_equal(semaphore, named);
        assert_int_equal(strait_semaphore_available(semaphore), (int)i);
        assert_int_equal(strait_semaphore_acquire(semaphore, i, 0, 0), 0);
        assert_int_equal(strait_semaphore_available(semaphore), 0);
    }
    strait_segment_close(segment);
}

/* ---- Finding ---------------------------------------------------------------------------------------------
 */

static const struct strait_object three[] = {STRAIT_SEMAPHORE("semaphore", 5, 0), STRAIT_LOCK("lock"),
                                             STRAIT_CONDITION("condition")};

static void see_all_three(struct strait_segment *segment)
{
    struct strait_semaphore *semaphore = NULL;
    struct strait_lock *lock = NULL;
    struct strait_condition *condition = NULL;
    assert_int_equal(strait_semaphore_open_at(segment, 0, &semaphore, NULL), 0);
    assert_int_equal(strait_lock_open_at(segment, 1, &lock, NULL), 0);
    assert_int_equal(strait_condition_open_at(segment, 2, &condition, NULL), 0);
    assert_ptr_equal(semaphore, test_semaphore(segment, "semaphore"));
    assert_ptr_equal(lock, test_lock(segment, "lock"));
    assert_ptr_equal(condition, test_condition(segment, "condition"));
    assert_int_equal(strait_semaphore_available(semaphore), 5);
    assert_int_equal(strait_lock_acquire(lock, 0, 0), 0);
    assert_int_equal(strait_condition_wait(condition, lock, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_lock_release(lock), 0);
}

static void an_object_is_found_by_its_name_and_its_index(void **state)
{
    struct strait_segment *created = test_segment_with("segment", 1, three, COUNT_OF(three));
    struct strait_segment *opened = test_segment_open("segment");
    see_all_three(created);
    see_all_three(opened);
    strait_segment_close(opened);
    strait_segment_close(created);
}

static void an_anonymous_segment_has_objects_too(void **state)
{
    const struct strait_segment_options options = options_with(three, COUNT_OF(three));
    struct strait_segment *created = NULL;
    struct strait_segment *opened = NULL;
    assert_int_equal(strait_segment_create_memfd("segment", &options, &created, NULL), 0);
    assert_int_equal(strait_segment_open_memfd(getpid(), strait_segment_fd(created), NULL, &opened, NULL), 0);
    see_all_three(created);
    see_all_three(opened);
    strait_segment_close(opened);
    strait_segment_close(created);
}

static void a_rings_segment_has_objects_beside_the_ring(void **state)
{
    struct strait_segment_options options = options_with(three, COUNT_OF(three));
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    options.user_bytes = 100;
    ring_options.lane_bytes = LANE;
    assert_int_equal(strait_ring_create("ring", &options, &ring_options, &ring, NULL), 0);
    struct strait_ring *opened = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(opened);
    memset(strait_segment_user(strait_ring_segment(ring)), 0xff, 100);
    test_offer(writer, LANE / 8);
    see_all_three(strait_ring_segment(ring));
    see_all_three(strait_ring_segment(opened));
    test_take(reader, LANE / 8);
    strait_ring_close(opened);
    strait_ring_close(ring);
}

static void what_is_not_there_is_not_found(void **state)
{
    static const char *const names[] = {"", "loc", "lock ", "Lock", NAME_47, NAME_47 "8"};
    struct strait_segment *segment = test_segment_with("segment", 0, three, COUNT_OF(three));
    struct strait_segment *without = test_segment_create("without", 4096);
    struct strait_lock *lock = NULL;
    struct strait_failure failure = {0};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(strait_lock_open(segment, names[i], &lock, &failure), -ENOENT);
        assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, 3, 0);
    }
    assert_int_equal(strait_lock_open_at(segment, 3, &lock, &failure), -ENOENT);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, 3, 3);
    assert_int_equal(strait_lock_open_at(segment, UINT32_MAX, &lock, NULL), -ENOENT);
    assert_int_equal(strait_lock_open(without, "lock", &lock, &failure), -ENOENT);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, 0, 0);
    assert_int_equal(strait_lock_open_at(without, 0, &lock, NULL), -ENOENT);
    assert_null(lock);
    strait_segment_close(without);
    strait_segment_close(segment);
}

static void an_object_of_another_kind_is_refused_naming_both(void **state)
{
    struct strait_segment *segment = test_segment_with("segment", 0, three, COUNT_OF(three));
    struct strait_semaphore *semaphore = NULL;
    struct strait_lock *lock = NULL;
    struct strait_condition *condition = NULL;
    struct strait_failure failure = {0};
    assert_int_equal(strait_semaphore_open(segment, "lock", &semaphore, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECT_LOCK, STRAIT_OBJECT_SEMAPHORE);
    assert_int_equal(strait_lock_open(segment, "condition", &lock, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECT_CONDITION, STRAIT_OBJECT_LOCK);
    assert_int_equal(strait_condition_open(segment, "semaphore", &condition, &failure), -EINVAL);
    assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, STRAIT_OBJECT_SEMAPHORE, STRAIT_OBJECT_CONDITION);
    assert_null(semaphore);
    assert_null(lock);
    assert_null(condition);
    strait_segment_close(segment);
}

static void *open_all(void *context)
{
    struct strait_segment *segment = context;
    for (uint32_t i = 0; i < STRAIT_OBJECTS_MAX; i++) {
        struct strait_lock *lock = NULL;
        must(strait_lock_open_at(segment, i, &lock, NULL) == (i % 4 == 1 ? 0 : -EINVAL));
    }
    return NULL;
}

static void threads_may_open_at_once(void **state)
{
    pthread_t threads[4];
    declare_many();
    for (int round = test_rounds(20); round > 0; round--) {
        struct strait_segment *segment = test_segment_with("segment", 0, many, STRAIT_OBJECTS_MAX);
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, open_all, segment), 0);
        for (size_t i = 0; i < COUNT_OF(threads); i++)
            pthread_join(threads[i], NULL);
        strait_segment_close(segment);
        assert_int_equal(unlink(test_path("segment")), 0);
    }
}

static void open_in_child(int parent, void *context)
{
    struct strait_semaphore *semaphore = NULL;
    struct strait_failure failure = {0};
    must(strait_semaphore_open(context, "semaphore", &semaphore, &failure) == -EBADF);
    must(strait_semaphore_open_at(context, 0, &semaphore, NULL) == -EBADF);
    must(semaphore == NULL);
    strait_segment_close(context);
}

static void a_forked_child_cannot_open_any(void **state)
{
    struct strait_segment *segment = test_segment_with("segment", 0, three, COUNT_OF(three));
    assert_int_equal(child_run(open_in_child, segment), 0);
    see_all_three(segment);
    strait_segment_close(segment);
}

/* ---- Layout ----------------------------------------------------------------------------------------------
 */

static void the_directory_says_where_the_words_are(void **state)
{
    const struct strait_object objects[] = {
        STRAIT_SEMAPHORE("plain", 7, STRAIT_SEMAPHORE_OVERTAKING),
        STRAIT_SEMAPHORE("recoverable", 9, STRAIT_SEMAPHORE_RECOVERABLE),
        STRAIT_LOCK("lock"),
        STRAIT_CONDITION("condition"),
    };
    const uint64_t bytes[] = {640, 1280, 640, 128};
    struct strait_segment *segment = test_segment_with("segment", 1, objects, COUNT_OF(objects));
    const struct strait_section section = segment->geometry.sync;
    assert_int_equal(section.offset, 20480);
    assert_int_equal(section.bytes, 128 + 4 * 128 + 640 + 1280 + 640 + 128);
    assert_int_equal(segment->geometry.user.offset, 20480 + 4096);
    const struct strait_sync_control *control =
        (const struct strait_sync_control *)(segment->fixed.base + section.offset);
    assert_int_equal(control->count, 4);
    uint64_t offset = section.offset + 128 + 4 * 128;
    for (size_t i = 0; i < COUNT_OF(objects); i++) {
        assert_string_equal(control->entries[i].name, objects[i].name);
        assert_int_equal(control->entries[i].kind, objects[i].kind);
        assert_int_equal(control->entries[i].flags, objects[i].flags);
        assert_int_equal(control->entries[i].value, objects[i].value);
        assert_int_equal(control->entries[i].offset, offset);
        assert_int_equal(control->entries[i].bytes, bytes[i]);
        offset += bytes[i];
    }
    const struct strait_queue *plain =
        (const struct strait_queue *)(segment->fixed.base + control->entries[0].offset);
    assert_int_equal(atomic_load(&plain->word), 7);
    assert_int_equal(atomic_load(&plain->next_ticket), 1);
    strait_segment_close(segment);
}

/* ---- Directories that are lies ---------------------------------------------------------------------------
 */

struct hostile {
    unsigned char *base;
    size_t bytes;
    struct strait_header *header;
    struct strait_sync_control *control;
};

static struct hostile map_hostile(void)
{
    struct hostile hostile;
    int fd = open(test_path("segment"), O_RDWR | O_CLOEXEC);
    must(fd >= 0);
    hostile.bytes = (size_t)lseek(fd, 0, SEEK_END);
    hostile.base = mmap(NULL, hostile.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(hostile.base != MAP_FAILED);
    close(fd);
    hostile.header = (struct strait_header *)hostile.base;
    hostile.control = (struct strait_sync_control *)(hostile.base + hostile.header->sync.offset);
    return hostile;
}

/* Opens what it can, and what opens can be used. How many that were. */
static int use_all(struct strait_segment *segment)
{
    int used = 0;
    for (uint32_t i = 0; i < STRAIT_OBJECTS_MAX + 1; i++) {
        struct strait_semaphore *semaphore = NULL;
        struct strait_lock *lock = NULL;
        struct strait_condition *condition = NULL;
        if (strait_semaphore_open_at(segment, i, &semaphore, NULL) == 0) {
            strait_semaphore_acquire(semaphore, 1, 0, 0);
            strait_semaphore_release(semaphore, 1);
            strait_semaphore_queued(semaphore);
            used++;
        }
        if (strait_lock_open_at(segment, i, &lock, NULL) == 0) {
            strait_lock_acquire(lock, 0, 0);
            strait_lock_release(lock);
            used++;
        }
        if (strait_condition_open_at(segment, i, &condition, NULL) == 0) {
            strait_condition_notify_all(condition);
            used++;
        }
    }
    return used;
}

/* How many objects of the segment as it is now can be used by one who opens it; leaving looks at all. */
static int open_and_use(void)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    int result = strait_segment_open("segment", &options, &segment, NULL);
    if (result < 0)
        return result;
    int used = use_all(segment);
    strait_segment_close(segment);
    return used;
}

static void an_entry_that_lies_is_corrupt_and_the_others_are_not(void **state)
{
    struct strait_segment *segment = test_segment_with("segment", 0, three, COUNT_OF(three));
    struct hostile hostile = map_hostile();
    struct strait_object_entry *entry = &hostile.control->entries[1];
    const struct strait_object_entry honest = *entry;
    const struct strait_section section = hostile.header->sync;
    const uint64_t end = section.offset + section.bytes;
    const uint64_t offsets[] = {
        0,         128, section.offset, section.offset + 128, honest.offset + 64, honest.offset + 1,
        end - 512, end, end + 128,      hostile.bytes,        UINT64_MAX - 127,   UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(offsets); i++) {
        struct strait_segment *opened = test_segment_open("segment");
        struct strait_lock *lock = NULL;
        struct strait_failure failure = {0};
        entry->offset = offsets[i];
        assert_int_equal(strait_lock_open(opened, "lock", &lock, &failure), -EUCLEAN);
        assert_mismatch(failure, STRAIT_MISMATCH_OBJECT, 0, 1);
        assert_int_equal(use_all(opened), 2);
        strait_segment_close(opened);
        *entry = honest;
    }
    const struct {
        uint32_t kind;
        uint32_t flags;
        int64_t value;
    } lies[] = {{0, 0, 0},
                {99, 0, 0},
                {UINT32_MAX, UINT32_MAX, 0},
                {STRAIT_OBJECT_LOCK, 1, 0},
                {STRAIT_OBJECT_LOCK, 0, 1},
                {STRAIT_OBJECT_SEMAPHORE, 8, 1},
                {STRAIT_OBJECT_SEMAPHORE, 0, -1},
                {STRAIT_OBJECT_SEMAPHORE, 0, INT64_MAX},
                {STRAIT_OBJECT_SEMAPHORE, STRAIT_SEMAPHORE_RECOVERABLE, 0},
                {STRAIT_OBJECT_SEMAPHORE, STRAIT_SEMAPHORE_RECOVERABLE, 1}}; /* the last: no room */
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        entry->kind = lies[i].kind;
        entry->flags = lies[i].flags;
        entry->value = lies[i].value;
        assert_int_equal(open_and_use(), 2);
        *entry = honest;
    }
    memset(entry->name, 'x', sizeof entry->name); /* without an end */
    assert_int_equal(open_and_use(), 3);
    munmap(hostile.base, hostile.bytes);
    strait_segment_close(segment);
}

static void a_count_that_lies_means_no_objects(void **state)
{
    struct strait_segment *segment = test_segment_with("segment", 0, three, COUNT_OF(three));
    struct hostile hostile = map_hostile();
    const uint32_t counts[] = {0, 1025, UINT32_MAX, 1 << 25, 1024, 30};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        hostile.control->count = counts[i];
        assert_int_equal(open_and_use(), 0);
    }
    hostile.control->count = 4; /* the words of the first as a fourth entry */
    assert_in_range(open_and_use(), 2, 3);
    hostile.control->count = 2;
    assert_int_equal(open_and_use(), 2);
    hostile.control->count = 3;
    munmap(hostile.base, hostile.bytes);
    see_all_three(segment);
    strait_segment_close(segment);
}

static void a_section_that_lies_is_refused_or_has_no_objects(void **state)
{
    strait_segment_close(test_segment_with("segment", 4096, three, COUNT_OF(three)));
    struct hostile hostile = map_hostile();
    const struct strait_section honest = hostile.header->sync;
    const struct strait_section lies[] = {{honest.offset, 0},
                                          {honest.offset, 1},
                                          {honest.offset, 127},
                                          {honest.offset, 128},
                                          {honest.offset, 128 + 3 * 128},
                                          {honest.offset + 64, honest.bytes},
                                          {0, honest.bytes},
                                          {hostile.bytes, 4096},
                                          {UINT64_MAX - 127, 256},
                                          {honest.offset, UINT64_MAX}};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        hostile.header->sync = lies[i];
        assert_true(open_and_use() <= 0);
    }
    hostile.header->sync = honest;
    assert_int_equal(open_and_use(), 3);
    munmap(hostile.base, hostile.bytes);
}

/* Any words, in any place: calls may answer anything, but come back. */
static void words_that_lie_harm_nobody(void **state)
{
    const uint64_t words[] = {UINT64_MAX, UINT64_C(1) << 63, 1,     2, 4, 5, 0xf,
                              INT32_MAX,  UINT64_C(1) << 31, 0xfff0};
    const struct strait_object objects[] = {STRAIT_SEMAPHORE("plain", 1, 0),
                                            STRAIT_SEMAPHORE("recoverable", 1, STRAIT_SEMAPHORE_RECOVERABLE),
                                            STRAIT_LOCK("lock"), STRAIT_CONDITION("condition")};
    strait_segment_close(test_segment_with("segment", 0, objects, COUNT_OF(objects)));
    struct hostile hostile = map_hostile();
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        uint64_t offset = hostile.control->entries[0].offset;
        for (; offset < hostile.header->sync.offset + hostile.header->sync.bytes; offset += 8)
            if (offset !=
                hostile.control->entries[1].offset + offsetof(struct strait_semaphore_words, ledger))
                *(uint64_t *)(hostile.base + offset) = words[i];
        assert_int_equal(open_and_use(), 4);
    }
    munmap(hostile.base, hostile.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_wrong_declaration_is_refused_naming_both),
        TEST(the_values_at_the_edges_are_taken),
        TEST(there_can_be_1024_objects_and_no_more),
        TEST(an_object_is_found_by_its_name_and_its_index),
        TEST(an_anonymous_segment_has_objects_too),
        TEST(a_rings_segment_has_objects_beside_the_ring),
        TEST(what_is_not_there_is_not_found),
        TEST(an_object_of_another_kind_is_refused_naming_both),
        TEST(threads_may_open_at_once),
        TEST(a_forked_child_cannot_open_any),
        TEST(the_directory_says_where_the_words_are),
        TEST(an_entry_that_lies_is_corrupt_and_the_others_are_not),
        TEST(a_count_that_lies_means_no_objects),
        TEST(a_section_that_lies_is_refused_or_has_no_objects),
        TEST(words_that_lie_harm_nobody),
    };
    return cmocka_run_group_tests_name("objects", tests, NULL, NULL);
}
