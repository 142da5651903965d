/* What becomes of the roles, and of the segment, when those who had them are dead. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/ring.h"
#include "internal/warden.h"

static struct strait_ring *create_with(const char *name, enum strait_reader_policy policy)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.reader_policy = policy;
    must(strait_ring_create(name, &options, &ring_options, &ring, NULL) == 0);
    return ring;
}

static int note_types(void *context, int32_t type, const void *payload, uint32_t length)
{
    int32_t **next = context;
    *(*next)++ = type;
    return 0;
}

/* Reads all there is and compares the types with first, first + 1 ... */
static void expect_types(struct strait_ring_reader *reader, int32_t first, int count)
{
    int32_t types[100];
    int32_t *next = types;
    must(strait_ring_poll(reader, note_types, &next, COUNT_OF(types)) == count);
    for (int i = 0; i < count; i++)
        must(types[i] == first + i);
    must(strait_ring_reader_available(reader) == 0);
}

static void offer_types(struct strait_ring_writer *writer, int32_t first, int count)
{
    for (int i = 0; i < count; i++)
        must(strait_ring_offer(writer, first + i, NULL, 0) == 0);
}

/* Takes a message and stays. */
static void read_one(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    strait_ring_skip(reader);
    tell(parent, 0);
    hear(parent);
    tell(parent, strait_ring_skip(reader));
    hear(parent);
    strait_ring_close(ring);
}

/* Publishes a message, leaves another half done, and stays. */
static void write_one(int parent, void *context)
{
    void *payload = NULL;
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    offer_types(writer, 1, 1);
    must(strait_ring_claim(writer, 99, 800, &payload) == 0);
    memset(payload, 0xff, 800);
    tell(parent, 0);
    hear(parent);
    tell(parent, strait_ring_commit(writer));
    hear(parent);
    strait_ring_close(ring);
}

static struct child start_and_hear(child_body *body)
{
    struct child child = child_start(body, NULL);
    hear(child.socket);
    return child;
}

static void stop(const struct child *child)
{
    int status;
    must(kill(child->pid, SIGSTOP) == 0);
    must(waitpid(child->pid, &status, WUNTRACED) == child->pid && WIFSTOPPED(status));
}

/* ---- HOLD ------------------------------------------------------------------------------------------------
 */

static void a_new_reader_goes_on_at_the_cursor_of_a_dead_one(void **state)
{
    struct strait_ring *ring = create_with("ring", STRAIT_READER_HOLD);
    assert_int_equal(strait_ring_reader_policy(ring), STRAIT_READER_HOLD);
    struct strait_ring_writer *writer = test_writer(ring);
    for (int at_once = 0; at_once < 2; at_once++) {
        offer_types(writer, 10, 5);
        struct child child = start_and_hear(read_one);
        child_kill(&child);
        if (!at_once)
            see_participants(ring->segment, 1, test_now_ns());
        struct strait_ring_reader *reader = test_reader(ring);
        expect_types(reader, 11, 4);
        strait_ring_reader_close(reader);
    }
    strait_ring_close(ring);
}

static void a_held_cursor_counts_whether_its_reader_closed_or_died(void **state)
{
    struct strait_ring *ring = create_with("ring", STRAIT_READER_HOLD);
    struct strait_ring_writer *writer = test_writer(ring);
    test_offer(writer, LANE / 8);
    struct child child = start_and_hear(read_one);
    test_offer(writer, 1);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    assert_int_equal(strait_ring_writer_free(writer), 0);
    strait_ring_reader_close(test_reader(ring));
    assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    test_take(test_reader(ring), LANE / 8);
    strait_ring_close(ring);
}

/* ---- RELEASE ---------------------------------------------------------------------------------------------
 */

static void until_the_first_reader_comes_a_releasing_lane_fills_up(void **state)
{
    struct strait_ring *ring = create_with("ring", STRAIT_READER_RELEASE);
    assert_int_equal(strait_ring_reader_policy(ring), STRAIT_READER_RELEASE);
    struct strait_ring_writer *writer = test_writer(ring);
    offer_types(writer, 0, LANE / 8);
    assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_ring_reader_position(reader), 0);
    test_take(reader, LANE / 8);
    strait_ring_close(ring);
}

static void a_released_cursor_counts_no_more(void **state)
{
    for (int kills = 0; kills < 2; kills++) {
        struct strait_ring *ring = create_with("ring", STRAIT_READER_RELEASE);
        struct strait_ring_writer *writer = test_writer(ring);
        offer_types(writer, 0, LANE / 8);
        struct child child = start_and_hear(read_one);
        test_offer(writer, 1);
        assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
        if (kills) {
            child_kill(&child);
        } else {
            tell(child.socket, 0);
            hear(child.socket);
            tell(child.socket, 0);
            assert_int_equal(child_end(&child), 0);
        }
        see_participants(ring->segment, 1, test_now_ns());
        for (int lap = 0; lap < 3; lap++)
            test_offer(writer, LANE / 8);
        assert_int_equal(strait_ring_writer_free(writer), LANE);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void a_new_reader_of_a_releasing_ring_starts_at_the_end_and_counts(void **state)
{
    struct strait_ring *ring = create_with("ring", STRAIT_READER_RELEASE);
    struct strait_ring_writer *writer = test_writer(ring);
    offer_types(writer, 0, 10);
    struct child child = start_and_hear(read_one);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    test_offer(writer, 3 * LANE / 8);
    uint64_t tail = strait_ring_writer_position(writer);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_owner_state(atomic_load(&ring->reading->owner)), STRAIT_OWNER_LIVE);
    assert_int_equal(strait_ring_reader_position(reader), tail);
    assert_int_equal(strait_ring_skip(reader), STRAIT_EMPTY);
    offer_types(writer, 5, 3);
    expect_types(reader, 5, 3);
    test_offer(writer, LANE / 8);
    assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    strait_ring_close(ring);
}

/* Its role names it before its cursor is its own, which may be many lanes behind. */
static void until_a_reader_that_joins_has_stored_its_cursor_the_lane_is_full(void **state)
{
    struct strait_ring *ring = create_with("ring", STRAIT_READER_RELEASE);
    struct strait_ring_writer *writer = test_writer(ring);
    strait_ring_reader_close(test_reader(ring)); /* from now on nobody counts */
    for (int i = 0; i < 4; i++)
        test_offer(writer, LANE / 8);
    struct child child = start_and_hear(read_one);
    uint64_t tail = strait_ring_writer_position(writer);
    atomic_store(&ring->cursor->position, tail - 3 * LANE);
    assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
    assert_int_equal(strait_ring_writer_free(writer), 0);
    assert_int_equal(strait_ring_await_space(writer, 0, 0, 0), STRAIT_TIMED_OUT);
    child_kill(&child);
    see_participants(ring->segment, 1, test_now_ns());
    assert_int_equal(strait_ring_writer_free(writer), LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_ring_reader_position(reader), strait_ring_writer_position(writer));
    strait_ring_close(ring);
}

struct feeding {
    struct strait_ring_writer *writer;
    _Atomic bool stop;
};

static void *feed(void *context)
{
    struct feeding *feeding = context;
    for (uint32_t number = 0; !atomic_load(&feeding->stop);) {
        int result = strait_ring_offer(feeding->writer, (int32_t)number, &number, sizeof number);
        must(result == 0 || result == STRAIT_FULL);
        number += result == 0;
    }
    return NULL;
}

struct seen {
    uint32_t next;
    bool any;
};

static int see_numbers_in_order(void *context, int32_t type, const void *payload, uint32_t length)
{
    struct seen *seen = context;
    uint32_t number;
    must(length == sizeof number);
    memcpy(&number, payload, sizeof number);
    must((uint32_t)type == number && (!seen->any || number == seen->next));
    *seen = (struct seen){number + 1, true};
    return 0;
}

/* Readers come and go while a writer laps them: what each sees is whole and without a gap. */
static void readers_join_a_releasing_ring_while_it_is_written(void **state)
{
    pthread_t thread;
    struct strait_ring *ring = create_with("ring", STRAIT_READER_RELEASE);
    struct feeding feeding = {.writer = test_writer(ring)};
    strait_ring_reader_close(test_reader(ring));
    assert_int_equal(pthread_create(&thread, NULL, feed, &feeding), 0);
    for (int round = test_rounds(2000); round > 0; round--) {
        struct seen seen = {0};
        struct strait_ring_reader *reader = test_reader(ring);
        for (int poll = 0; poll < 3; poll++)
            must(strait_ring_poll(reader, see_numbers_in_order, &seen, 100) >= STRAIT_EMPTY);
        strait_ring_reader_close(reader);
    }
    atomic_store(&feeding.stop, true);
    pthread_join(thread, NULL);
    strait_ring_close(ring);
}

/* ---- Writers ---------------------------------------------------------------------------------------------
 */

static void a_new_writer_forgets_what_a_dead_one_had_only_claimed(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int at_once = 0; at_once < 2; at_once++) {
        struct child child = start_and_hear(write_one);
        uint64_t tail = atomic_load(&ring->lane->tail);
        child_kill(&child);
        if (!at_once)
            see_participants(ring->segment, 1, test_now_ns());
        struct strait_ring_writer *writer = test_writer(ring);
        assert_int_equal(strait_ring_writer_position(writer), tail);
        assert_int_equal(strait_ring_writer_free(writer), LANE - 8);
        offer_types(writer, 2, 2);
        expect_types(reader, 1, 3);
        strait_ring_writer_close(writer);
        assert_int_equal(strait_ring_skip(reader), STRAIT_END);
    }
    strait_ring_close(ring);
}

/* ---- The living and the dying ----------------------------------------------------------------------------
 */

static void expect_roles_refused(struct strait_ring *ring, child_body *body, bool is_writer)
{
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    struct child child = start_and_hear(body);
    for (int stopped = 0; stopped < 2; stopped++) {
        struct strait_failure failure = {0};
        if (stopped)
            stop(&child);
        int64_t start_ns = test_now_ns();
        assert_int_equal(is_writer ? strait_ring_writer_open(ring, &writer, &failure)
                                   : strait_ring_reader_open(ring, &reader, &failure),
                         -EBUSY);
        assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
        assert_true(test_now_ns() - start_ns < STRAIT_DYING_NS); /* which is for the dying only */
        assert_int_equal(strait_warden_reclaim(ring->participant, 1), -EAGAIN);
    }
    nanosleep(&(struct timespec){1, 200000000}, NULL); /* a look at all locks */
    must(kill(child.pid, SIGCONT) == 0);
    tell(child.socket, 0);
    assert_int_equal(hear(child.socket), is_writer ? 0 : 1);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
}

static void a_living_or_stopped_writer_keeps_its_role_and_goes_on(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    expect_roles_refused(ring, write_one, true);
    test_take(reader, 2);
    assert_int_equal(strait_ring_skip(reader), STRAIT_END);
    strait_ring_close(ring);
}

static void a_living_or_stopped_reader_keeps_its_role_and_goes_on(void **state)
{
    const enum strait_reader_policy policies[] = {STRAIT_READER_HOLD, STRAIT_READER_RELEASE};
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct strait_ring *ring = create_with("ring", policies[i]);
        struct strait_ring_writer *writer = test_writer(ring);
        test_offer(writer, 2);
        expect_roles_refused(ring, read_one, false);
        assert_int_equal(atomic_load(&ring->cursor->position), 16);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

/* A participant whose beacon is marked and whose lock is not free yet: one that is about to be gone. */
static int pretend_to_be_dying(struct strait_ring *ring, _Atomic uint64_t *word)
{
    const struct strait_participant dying = {.slot = 7, .generation = 3};
    struct strait_slot *slot = &ring->participant->slots[dying.slot];
    int fd = open(test_path("ring"), O_RDWR | O_CLOEXEC);
    must(strait_fd_lock(fd, STRAIT_LOCK_BYTE + dying.slot) == 0);
    atomic_store(&slot->beacon, FUTEX_OWNER_DIED);
    slot->pid = 4242;
    atomic_store(&slot->identity, dying.generation << STRAIT_SLOT_GENERATION_SHIFT | STRAIT_SLOT_LIVE);
    atomic_store(word, strait_participant_own(&dying, atomic_load(word)));
    return fd;
}

struct opening {
    struct strait_ring *ring;
    bool is_writer;
    int result;
    _Atomic bool done;
};

static void *open_role(void *context)
{
    struct opening *opening = context;
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    opening->result = opening->is_writer ? strait_ring_writer_open(opening->ring, &writer, NULL)
                                         : strait_ring_reader_open(opening->ring, &reader, NULL);
    atomic_store(&opening->done, true);
    return NULL;
}

static void who_opens_waits_for_a_dying_holder(void **state)
{
    for (int is_writer = 0; is_writer < 2; is_writer++) {
        pthread_t thread;
        struct strait_participant_info info;
        struct strait_ring *ring = test_ring_create("ring", LANE);
        struct opening opening = {.ring = ring, .is_writer = is_writer};
        int fd = pretend_to_be_dying(ring, is_writer ? &ring->lane->owner : &ring->reading->owner);
        assert_true(find_participant(ring->segment, 4242, &info));
        assert_int_equal(info.state, STRAIT_PARTICIPANT_DYING);
        assert_int_equal(info.roles, is_writer ? STRAIT_PARTICIPANT_WRITER : STRAIT_PARTICIPANT_READER);
        must(pthread_create(&thread, NULL, open_role, &opening) == 0);
        nanosleep(&(struct timespec){0, 300 * MILLISECOND}, NULL);
        assert_false(atomic_load(&opening.done));
        close(fd);
        pthread_join(thread, NULL);
        assert_int_equal(opening.result, 0);
        see_participants(ring->segment, 1, test_now_ns());
        assert_int_equal(
            strait_owner_slot(atomic_load(is_writer ? &ring->lane->owner : &ring->reading->owner)), 0);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void who_opens_does_not_wait_for_ever(void **state)
{
    struct strait_ring_writer *writer = NULL;
    struct strait_failure failure = {0};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    int fd = pretend_to_be_dying(ring, &ring->lane->owner);
    int64_t start_ns = test_now_ns();
    assert_int_equal(strait_ring_writer_open(ring, &writer, &failure), -EBUSY);
    assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, 4242);
    assert_true(test_now_ns() - start_ns >= STRAIT_DYING_NS);
    close(fd);
    test_writer(ring);
    strait_ring_close(ring);
}

/* ---- Discarding ------------------------------------------------------------------------------------------
 */

static void what_a_dead_reader_left_can_be_discarded(void **state)
{
    const enum strait_reader_policy policies[] = {STRAIT_READER_HOLD, STRAIT_READER_RELEASE};
    for (size_t i = 0; i < COUNT_OF(policies); i++) {
        struct strait_ring *ring = create_with("ring", policies[i]);
        struct strait_ring_writer *writer = test_writer(ring);
        struct strait_failure failure = {0};
        test_offer(writer, LANE / 8);
        struct child child = start_and_hear(read_one);
        test_offer(writer, 1);
        assert_int_equal(strait_ring_discard_unread(ring, &failure), -EBUSY);
        assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
        stop(&child);
        assert_int_equal(strait_ring_discard_unread(ring, &failure), -EBUSY);
        assert_int_equal(strait_ring_offer(writer, 0, NULL, 0), STRAIT_FULL);
        child_kill(&child);
        assert_int_equal(strait_ring_discard_unread(ring, NULL), 0);
        assert_int_equal(strait_ring_writer_free(writer), LANE);
        test_offer(writer, 1);
        struct strait_ring_reader *reader = test_reader(ring);
        assert_int_equal(strait_ring_reader_available(reader), policies[i] == STRAIT_READER_HOLD ? 8 : 0);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void what_nobody_ever_read_can_be_discarded(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    assert_int_equal(strait_ring_discard_unread(ring, NULL), 0);
    test_offer(writer, LANE / 8);
    assert_int_equal(strait_ring_discard_unread(ring, NULL), 0);
    test_offer(writer, LANE / 8);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_ring_discard_unread(ring, NULL), -EBUSY); /* we are the reader */
    test_take(reader, LANE / 8);
    strait_ring_close(ring);
}

/* ---- Both ends dead --------------------------------------------------------------------------------------
 */

static uint64_t inode_of(const char *name)
{
    struct stat status;
    must(stat(test_path(name), &status) == 0);
    return status.st_ino;
}

/* A ring in which writer and reader were killed, with one message unread. */
static void leave_a_ring_to_the_dead(void)
{
    strait_ring_close(test_ring_create("ring", LANE));
    struct child writer = start_and_hear(write_one);
    struct child reader = start_and_hear(read_one);
    tell(writer.socket, 0);
    assert_int_equal(hear(writer.socket), 0);
    child_kill(&writer);
    child_kill(&reader);
}

static void a_ring_whose_both_ends_died_is_opened_and_goes_on(void **state)
{
    const struct strait_segment_options options = test_options();
    leave_a_ring_to_the_dead();
    struct strait_ring *ring = NULL;
    assert_int_equal(strait_ring_open_or_create("ring", &options, NULL, &ring, NULL), 0);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    assert_int_equal(strait_owner_slot(atomic_load(&ring->lane->owner)), 0);
    offer_types(writer, 100, 1);
    expect_types(reader, 99, 2);
    strait_ring_close(ring);
}

static struct strait_segment_options replacing(void)
{
    struct strait_segment_options options = test_options();
    options.flags = STRAIT_SEGMENT_REPLACE_ABANDONED;
    return options;
}

static void an_abandoned_ring_is_made_anew_when_the_creator_says_so(void **state)
{
    const struct strait_segment_options plain = test_options();
    const struct strait_segment_options options = replacing();
    for (int opens = 0; opens < 2; opens++) {
        struct strait_ring *ring = NULL;
        leave_a_ring_to_the_dead();
        struct strait_ring *before = test_ring_open("ring");
        uint64_t epoch = strait_segment_epoch(strait_ring_segment(before));
        strait_ring_close(before);
        assert_int_equal(strait_ring_create("ring", &plain, NULL, &ring, NULL), -EEXIST);
        if (opens)
            assert_int_equal(strait_ring_open_or_create("ring", &options, NULL, &ring, NULL), 1);
        else
            assert_int_equal(strait_ring_create("ring", &options, NULL, &ring, NULL), 0);
        assert_true(strait_segment_was_created(strait_ring_segment(ring)));
        assert_true(strait_segment_epoch(strait_ring_segment(ring)) != epoch);
        assert_int_equal(strait_segment_is_linked(strait_ring_segment(ring)), 1);
        assert_int_equal(strait_ring_skip(test_reader(ring)), STRAIT_EMPTY);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void where_nothing_is_replacing_just_creates(void **state)
{
    const struct strait_segment_options options = replacing();
    struct strait_segment *segment = NULL;
    assert_int_equal(strait_segment_create("a", &options, &segment, NULL), 0);
    strait_segment_close(segment);
    assert_int_equal(strait_segment_open_or_create("b", &options, &segment, NULL), 1);
    strait_segment_close(segment);
    assert_int_equal(strait_segment_open("b", &options, &segment, NULL), 0); /* means nothing there */
    strait_segment_close(segment);
    assert_int_equal(strait_segment_create_memfd("m", &options, &segment, NULL), 0);
    strait_segment_close(segment);
}

static void a_segment_with_anyone_attached_is_never_replaced(void **state)
{
    const struct strait_segment_options options = replacing();
    strait_segment_close(test_segment_create("segment", 0));
    struct child child = child_start(stay_attached, NULL);
    hear(child.socket);
    for (int stopped = 0; stopped < 2; stopped++) {
        struct strait_segment *segment = NULL;
        struct strait_failure failure = {0};
        uint64_t inode = inode_of("segment");
        if (stopped)
            stop(&child);
        assert_int_equal(strait_segment_create("segment", &options, &segment, &failure), -EEXIST);
        assert_operation(failure, "linkat");
        assert_int_equal(strait_segment_open_or_create("segment", &options, &segment, NULL), 0);
        assert_false(strait_segment_was_created(segment));
        strait_segment_close(segment);
        assert_int_equal(inode_of("segment"), inode);
    }
    must(kill(child.pid, SIGCONT) == 0);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
}

/* This process itself is someone. */
static void ones_own_segment_is_not_replaced(void **state)
{
    const struct strait_segment_options options = replacing();
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = NULL;
    assert_int_equal(strait_segment_create("segment", &options, &second, NULL), -EEXIST);
    assert_int_equal(strait_segment_open_or_create("segment", &options, &second, NULL), 0);
    assert_int_equal(strait_segment_epoch(second), strait_segment_epoch(segment));
    strait_segment_close(second);
    strait_segment_close(segment);
}

static void what_is_no_segment_is_not_replaced(void **state)
{
    const struct strait_segment_options options = replacing();
    struct strait_segment *segment = NULL;
    int fd = open(test_path("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "precious", 8), 8);
    close(fd);
    assert_int_equal(mkdir(test_path("directory"), 0700), 0);
    assert_int_equal(symlink("file", test_path("link")), 0);
    assert_int_equal(mkfifo(test_path("fifo"), 0600), 0);
    const char *names[] = {"file", "directory", "link", "fifo"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        uint64_t inode = inode_of(names[i]);
        assert_true(strait_segment_create(names[i], &options, &segment, NULL) < 0);
        assert_int_equal(inode_of(names[i]), inode);
    }
    assert_null(segment);
}

/* Tells the epoch it got and whether it made it. */
static void replace_when_told(int parent, void *context)
{
    const bool opens = *(bool *)context;
    const struct strait_segment_options options = replacing();
    struct strait_segment *segment = NULL;
    tell(parent, 0);
    hear(parent);
    int result = opens ? strait_segment_open_or_create("segment", &options, &segment, NULL)
                       : strait_segment_create("segment", &options, &segment, NULL);
    tell(parent, result);
    must(result >= 0 || (!opens && result == -EEXIST));
    tell(parent, segment == NULL ? 0 : (int64_t)strait_segment_epoch(segment));
    hear(parent);
    if (segment != NULL)
        must(strait_segment_is_linked(segment) == 1);
    strait_segment_close(segment);
}

static void race(bool opens)
{
    struct child children[8];
    int created = 0;
    int64_t common = 0;
    struct child dead = child_start(stay_attached, NULL);
    hear(dead.socket);
    struct strait_segment *segment = test_segment_open("segment");
    int64_t old = (int64_t)strait_segment_epoch(segment);
    strait_segment_close(segment);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = child_start(replace_when_told, &opens);
        hear(children[i].socket);
    }
    child_kill(&dead);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        tell(children[i].socket, 0);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        int64_t result = hear(children[i].socket);
        int64_t epoch = hear(children[i].socket);
        created += opens ? result == 1 : result == 0;
        if (epoch == 0)
            continue;
        assert_true(epoch != old);
        assert_true(common == 0 || epoch == common);
        common = epoch;
    }
    for (size_t i = 0; i < COUNT_OF(children); i++)
        tell(children[i].socket, 0);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        assert_int_equal(child_end(&children[i]), 0);
    assert_int_equal(created, 1);
}

static void of_many_that_replace_one_segment_exactly_one_makes_it(void **state)
{
    strait_segment_close(test_segment_create("segment", 0));
    for (int round = test_rounds(60); round > 0; round--)
        race(round % 2 == 0);
}

/* ---- Many at once ----------------------------------------------------------------------------------------
 */

#define TAKERS     4
#define DEAD_SLOT  40u
#define DEAD_OWNER (UINT64_C(7) << STRAIT_OWNER_GENERATION_SHIFT | DEAD_SLOT << STRAIT_OWNER_SLOT_SHIFT)

struct taker {
    struct strait_ring *ring;
    pthread_barrier_t *start;
    int result;
};

static void *take_writing(void *context)
{
    struct taker *taker = context;
    struct strait_ring_writer *writer;
    pthread_barrier_wait(taker->start);
    taker->result = strait_ring_writer_open(taker->ring, &writer, NULL);
    return NULL;
}

/* Each sees that the holder is dead; all but one find, when they have reclaimed it, that another has the
 * role. */
static void of_many_who_take_over_from_the_dead_one_gets_the_role(void **state)
{
    struct taker takers[TAKERS];
    pthread_t threads[TAKERS];
    pthread_barrier_t start;
    must(pthread_barrier_init(&start, NULL, TAKERS) == 0);
    for (size_t i = 0; i < TAKERS; i++)
        takers[i] =
            (struct taker){i == 0 ? test_ring_create("ring", LANE) : test_ring_open("ring"), &start, 0};
    struct strait_ring *ring = takers[0].ring;
    for (int round = test_rounds(500); round > 0; round--) {
        int holders = 0;
        atomic_store(&ring->participant->slots[DEAD_SLOT].identity,
                     UINT64_C(7) << STRAIT_SLOT_GENERATION_SHIFT | STRAIT_SLOT_LIVE);
        atomic_store(&ring->lane->owner, DEAD_OWNER | STRAIT_OWNER_LIVE);
        for (size_t i = 0; i < TAKERS; i++)
            must(pthread_create(&threads[i], NULL, take_writing, &takers[i]) == 0);
        for (size_t i = 0; i < TAKERS; i++) {
            must(pthread_join(threads[i], NULL) == 0);
            must(takers[i].result == 0 || takers[i].result == -EBUSY);
            holders += takers[i].result == 0;
        }
        assert_int_equal(holders, 1);
        for (size_t i = 0; i < TAKERS; i++)
            strait_ring_writer_close(&takers[i].ring->writer);
    }
    for (size_t i = TAKERS; i-- > 0;)
        strait_ring_close(takers[i].ring);
    pthread_barrier_destroy(&start);
}

static const struct CMUnitTest tests[] = {
    TEST(a_new_reader_goes_on_at_the_cursor_of_a_dead_one),
    TEST(a_held_cursor_counts_whether_its_reader_closed_or_died),
    TEST(until_the_first_reader_comes_a_releasing_lane_fills_up),
    TEST(a_released_cursor_counts_no_more),
    TEST(a_new_reader_of_a_releasing_ring_starts_at_the_end_and_counts),
    TEST(until_a_reader_that_joins_has_stored_its_cursor_the_lane_is_full),
    TEST(readers_join_a_releasing_ring_while_it_is_written),
    TEST(a_new_writer_forgets_what_a_dead_one_had_only_claimed),
    TEST(a_living_or_stopped_writer_keeps_its_role_and_goes_on),
    TEST(a_living_or_stopped_reader_keeps_its_role_and_goes_on),
    TEST(who_opens_waits_for_a_dying_holder),
    TEST(who_opens_does_not_wait_for_ever),
    TEST(what_a_dead_reader_left_can_be_discarded),
    TEST(what_nobody_ever_read_can_be_discarded),
    TEST(a_ring_whose_both_ends_died_is_opened_and_goes_on),
    TEST(an_abandoned_ring_is_made_anew_when_the_creator_says_so),
    TEST(where_nothing_is_replacing_just_creates),
    TEST(a_segment_with_anyone_attached_is_never_replaced),
    TEST(ones_own_segment_is_not_replaced),
    TEST(what_is_no_segment_is_not_replaced),
    TEST(of_many_that_replace_one_segment_exactly_one_makes_it),
    TEST(of_many_who_take_over_from_the_dead_one_gets_the_role),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("takeover", tests, NULL, NULL);
    strait_futex_without_waitv = true;
    return failed + cmocka_run_group_tests_name("takeover without futex_waitv", tests, NULL, NULL);
}
