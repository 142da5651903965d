#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "internal/fd.h"
#include "internal/process.h"
#include "internal/ring.h"

static uint64_t state_of(const struct strait_ring *ring, uint32_t slot)
{
    return atomic_load(&ring->participant->slots[slot].identity) & STRAIT_SLOT_STATE_MASK;
}

static uint64_t generation_of(const struct strait_ring *ring, uint32_t slot)
{
    return strait_slot_generation(atomic_load(&ring->participant->slots[slot].identity));
}

static int lock_of(const struct strait_ring *ring, uint32_t slot)
{
    return strait_fd_is_locked(ring->segment->fd, STRAIT_LOCK_BYTE + slot);
}

/* ---- Slots -----------------------------------------------------------------------------------------------
 */

static void sixty_four_fit_and_one_more_is_refused(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring *rings[64];
    struct strait_ring *more = NULL;
    struct strait_failure failure = {0};
    rings[0] = test_ring_create("ring", LANE);
    for (uint32_t i = 1; i < 64; i++)
        rings[i] = test_ring_open("ring");
    for (uint32_t i = 0; i < 64; i++)
        assert_int_equal(rings[i]->participant->slot, i);
    for (int attempt = 0; attempt < 3; attempt++)
        assert_int_equal(strait_ring_open("ring", &options, &more, &failure), -EUSERS);
    assert_operation(failure, "join");
    assert_int_equal(strait_ring_open_or_create("ring", &options, NULL, &more, NULL), -EUSERS);
    assert_null(more);

    strait_ring_close(rings[40]);
    rings[40] = test_ring_open("ring");
    assert_int_equal(rings[40]->participant->slot, 40);
    assert_int_equal(strait_ring_open("ring", &options, &more, NULL), -EUSERS);
    for (uint32_t i = 0; i < 64; i++)
        strait_ring_close(rings[i]);
}

static bool is_alive(const struct strait_participant *participant, uint64_t owner)
{
    return strait_participant_life(participant, owner) == STRAIT_LIVE;
}

static void a_participant_introduces_itself_in_its_slot(void **state)
{
    char command[STRAIT_COMMAND_BYTES];
    struct strait_ring *ring = test_ring_create("ring", LANE);
    const struct strait_slot *slot = &ring->participant->slots[0];
    strait_process_command(command);
    assert_int_equal(state_of(ring, 0), STRAIT_SLOT_LIVE);
    assert_int_equal(slot->pid, getpid());
    assert_int_equal(slot->uid, geteuid());
    assert_int_equal(slot->start_ticks, strait_process_start_ticks());
    assert_true(slot->start_ticks > 0);
    assert_true(slot->joined_ns > 0);
    assert_memory_equal(slot->command, command, sizeof command);
    strait_ring_close(ring);
}

/* Field 22 of /proc/self/stat, found by counting words behind the command's last parenthesis. */
static void expect_start_of_this_process(void)
{
    char stat[1024] = "";
    FILE *file = fopen("/proc/self/stat", "re");
    must(file != NULL && fgets(stat, sizeof stat, file) != NULL);
    fclose(file);
    const char *word = strrchr(stat, ')') + 2; /* field 3 */
    for (int field = 3; field < 22; field++)
        word = strchr(word, ' ') + 1;
    must(strtoull(word, NULL, 10) == strait_process_start_ticks());
    must(strait_process_start_ticks() > 0);
}

static void look_under_an_odd_name(int parent, void *context)
{
    char command[STRAIT_COMMAND_BYTES];
    const char *names[] = {"a) R 1 (b", "", ")", "longer than fifteen", "1 2 3"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char expected[STRAIT_COMMAND_BYTES] = "";
        strncpy(expected, names[i], sizeof expected - 1);
        must(prctl(PR_SET_NAME, names[i]) == 0);
        strait_process_command(command);
        must(memcmp(command, expected, sizeof command) == 0);
        expect_start_of_this_process();
    }
}

static void a_command_may_have_any_name(void **state)
{
    expect_start_of_this_process();
    assert_int_equal(child_run(look_under_an_odd_name, NULL), 0);
}

static void a_slot_is_free_after_a_close(void **state)
{
    struct strait_ring *stays = test_ring_create("ring", LANE);
    struct strait_ring *goes = test_ring_open("ring");
    assert_int_equal(state_of(stays, 1), STRAIT_SLOT_LIVE);
    assert_int_equal(lock_of(stays, 1), 1);
    strait_ring_close(goes);
    assert_int_equal(state_of(stays, 1), STRAIT_SLOT_FREE);
    assert_int_equal(lock_of(stays, 1), 0);
    strait_ring_close(stays);
}

static void wait_to_be_told(int parent, void *context)
{
    hear(parent);
}

static void a_slot_is_free_after_a_close_although_a_forked_child_has_the_descriptor(void **state)
{
    struct strait_ring *stays = test_ring_create("ring", LANE);
    struct strait_ring *goes = test_ring_open("ring");
    struct child child = child_start(wait_to_be_told, NULL);
    assert_int_equal(lock_of(stays, 1), 1);
    strait_ring_close(goes);
    assert_int_equal(lock_of(stays, 1), 0);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(stays);
}

static void a_generation_grows_with_each_participant_of_a_slot(void **state)
{
    struct strait_ring *stays = test_ring_create("ring", LANE);
    for (uint64_t generation = 1; generation <= 5; generation++) {
        struct strait_ring *comes = test_ring_open("ring");
        assert_int_equal(comes->participant->slot, 1);
        assert_int_equal(comes->participant->generation, generation);
        assert_int_equal(generation_of(stays, 1), generation);
        strait_ring_close(comes);
        assert_int_equal(generation_of(stays, 1), generation);
    }
    strait_ring_close(stays);
}

static void a_generation_has_40_bits(void **state)
{
    struct strait_ring *stays = test_ring_create("ring", LANE);
    atomic_store(&stays->participant->slots[1].identity, UINT64_MAX);
    struct strait_ring *comes = test_ring_open("ring");
    assert_int_equal(comes->participant->generation, 0);
    assert_int_equal(atomic_load(&stays->participant->slots[1].identity),
                     STRAIT_SLOT_DIED | STRAIT_SLOT_LIVE);
    strait_ring_close(comes);
    strait_ring_close(stays);
}

static _Atomic bool slot_taken[STRAIT_SLOTS];

static void *join_and_leave(void *context)
{
    for (int round = test_rounds(200); round > 0; round--) {
        struct strait_ring *ring = test_ring_open("ring");
        uint32_t slot = ring->participant->slot;
        must(!atomic_exchange(&slot_taken[slot], true));
        must(generation_of(ring, slot) == ring->participant->generation);
        must(state_of(ring, slot) == STRAIT_SLOT_LIVE);
        atomic_store(&slot_taken[slot], false);
        strait_ring_close(ring);
    }
    return NULL;
}

static void of_many_that_join_at_once_each_has_a_slot_of_its_own(void **state)
{
    pthread_t threads[32];
    struct strait_ring *ring = test_ring_create("ring", LANE);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, join_and_leave, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    for (uint32_t slot = 1; slot < STRAIT_SLOTS; slot++)
        assert_int_equal(state_of(ring, slot), STRAIT_SLOT_FREE);
    strait_ring_close(ring);
}

/* ---- Life and death --------------------------------------------------------------------------------------
 */

static void attach_and_wait(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    test_writer(ring);
    tell(parent, ring->participant->slot);
    hear(parent);
}

static void a_killed_participants_slot_is_taken_with_a_higher_generation(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    for (int round = 0; round < 5; round++) {
        struct child child = child_start(attach_and_wait, NULL);
        uint32_t slot = (uint32_t)hear(child.socket);
        uint64_t generation = generation_of(ring, slot);
        uint64_t owner = atomic_load(&ring->lane->owner);
        assert_int_equal(ring->participant->slots[slot].pid, child.pid);
        assert_true(is_alive(ring->participant, owner));
        child_kill(&child);
        assert_false(is_alive(ring->participant, owner));

        struct strait_ring *next = test_ring_open("ring");
        assert_int_equal(next->participant->slot, slot);
        assert_int_equal(next->participant->generation, generation + 1);
        assert_false(is_alive(ring->participant, owner));
        strait_ring_close(next);
    }
    strait_ring_close(ring);
}

static void only_the_owner_that_a_word_names_is_alive(void **state)
{
    struct strait_ring *one = test_ring_create("ring", LANE);
    struct strait_ring *two = test_ring_open("ring");
    const struct strait_participant *here = one->participant;
    uint64_t mine = strait_participant_own(here, 0);
    uint64_t theirs = strait_participant_own(two->participant, 0);
    const uint64_t generation = UINT64_C(1) << STRAIT_OWNER_GENERATION_SHIFT;

    assert_true(is_alive(here, mine));
    assert_true(is_alive(here, theirs));
    assert_false(is_alive(here, mine + generation));
    assert_false(is_alive(here, theirs + generation));
    assert_false(is_alive(here, UINT64_C(63) << STRAIT_OWNER_SLOT_SHIFT));
    assert_int_equal(strait_participant_pid(here, theirs), getpid());

    int fd = open(test_path("ring"), O_RDWR | O_CLOEXEC);
    assert_int_equal(strait_fd_lock(fd, STRAIT_LOCK_BYTE + 63), 0);
    assert_true(is_alive(here, UINT64_C(63) << STRAIT_OWNER_SLOT_SHIFT));
    struct strait_segment small = *one->segment;
    const struct strait_participant in_small = {.segment = &small, .slots = here->slots};
    small.geometry.slot_count = 2; /* then there is no slot 63 */
    assert_false(is_alive(&in_small, UINT64_C(63) << STRAIT_OWNER_SLOT_SHIFT));
    assert_int_equal(strait_participant_pid(&in_small, UINT64_C(63) << STRAIT_OWNER_SLOT_SHIFT), 0);
    close(fd);
    strait_ring_close(two);
    assert_false(is_alive(here, theirs));
    strait_ring_close(one);
}

/* ---- Owner words -----------------------------------------------------------------------------------------
 */

static void an_owner_word_says_who_how_and_for_the_how_manieth_time(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    const struct strait_participant participant = {
        .segment = ring->segment, .slot = 63, .generation = STRAIT_GENERATION_MASK};
    uint64_t owner = strait_participant_own(&participant, 0);
    assert_int_equal(strait_owner_state(owner), STRAIT_OWNER_LIVE);
    assert_int_equal(owner >> 4 & 63, 63);
    assert_int_equal(owner >> 10 & 0x3fff, 1);
    assert_int_equal(owner >> 24, STRAIT_GENERATION_MASK);

    uint64_t ended = strait_owner_in_state(owner, STRAIT_OWNER_ENDED);
    assert_int_equal(ended, owner + 1);
    for (uint64_t turn = 2; turn < 0x4000; turn++) {
        owner = strait_participant_own(&participant, ended);
        assert_int_equal(owner >> 10 & 0x3fff, turn);
        assert_int_equal(owner >> 24, STRAIT_GENERATION_MASK);
        ended = strait_owner_in_state(owner, STRAIT_OWNER_ENDED);
    }
    owner = strait_participant_own(&participant, ended);
    assert_int_equal(owner >> 10 & 0x3fff, 0);
    assert_int_equal(owner >> 24, STRAIT_GENERATION_MASK);
    strait_ring_close(ring);
}

/* ---- Who is there ----------------------------------------------------------------------------------------
 */

static void a_listing_says_who_is_there(void **state)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child child = child_start(stay_attached, NULL);
    assert_int_equal(hear(child.socket), 1);
    assert_int_equal(strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX), 2);
    for (uint32_t i = 0; i < 2; i++) {
        const struct strait_slot *slot = &segment->self->slots[i];
        assert_int_equal(infos[i].slot, i);
        assert_int_equal(infos[i].state, STRAIT_PARTICIPANT_LIVE);
        assert_int_equal(infos[i].roles, 0);
        assert_int_equal(infos[i].uid, geteuid());
        assert_int_equal(infos[i].is_self, i == 0);
        assert_int_equal(infos[i].generation, 1);
        assert_int_equal(infos[i].start_ticks, slot->start_ticks);
        assert_int_equal(infos[i].joined_ns, slot->joined_ns);
        assert_string_equal(infos[i].command, slot->command);
    }
    assert_int_equal(infos[0].pid, getpid());
    assert_int_equal(infos[1].pid, child.pid);
    assert_int_equal(infos[0].start_ticks, strait_process_start_ticks());
    assert_true(infos[1].start_ticks >= infos[0].start_ticks);
    assert_true(infos[1].joined_ns >= infos[0].joined_ns);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    assert_int_equal(strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX), 1);
    strait_segment_close(segment);
}

static void a_listing_fills_no_more_than_there_is_room_for(void **state)
{
    struct strait_participant_info infos[3];
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = test_segment_open("segment");
    memset(infos, 0xee, sizeof infos);
    assert_int_equal(strait_segment_participants(second, infos, 1), 2);
    assert_int_equal(infos[0].slot, 0);
    assert_int_equal(infos[0].is_self, 0);
    assert_int_equal(infos[1].slot, 0xeeeeeeee);
    assert_int_equal(strait_segment_participants(second, NULL, 0), 2);
    assert_int_equal(strait_segment_participants(second, infos, 3), 2);
    assert_int_equal(infos[1].is_self, 1);
    assert_int_equal(infos[2].slot, 0xeeeeeeee);
    strait_segment_close(second);
    strait_segment_close(segment);
}

static uint32_t roles_of(const struct strait_ring *ring, int index)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    must(strait_segment_participants(ring->segment, infos, STRAIT_PARTICIPANTS_MAX) > index);
    return infos[index].roles;
}

static void a_listing_says_who_has_which_role(void **state)
{
    struct strait_ring *one = test_ring_create("ring", LANE);
    struct strait_ring *two = test_ring_open("ring");
    assert_int_equal(roles_of(one, 0), 0);
    struct strait_ring_writer *writer = test_writer(one);
    struct strait_ring_reader *reader = test_reader(two);
    assert_int_equal(roles_of(two, 0), STRAIT_PARTICIPANT_WRITER);
    assert_int_equal(roles_of(one, 1), STRAIT_PARTICIPANT_READER);
    strait_ring_reader_close(reader);
    reader = test_reader(one);
    assert_int_equal(roles_of(two, 0), STRAIT_PARTICIPANT_WRITER | STRAIT_PARTICIPANT_READER);
    assert_int_equal(roles_of(two, 1), 0);
    strait_ring_writer_close(writer);
    assert_int_equal(roles_of(two, 0), STRAIT_PARTICIPANT_READER);
    strait_ring_close(two);
    strait_ring_close(one);
}

/* What a slot says is a dead one's when nobody has its lock, and a dying one's when its beacon is marked. */
static void a_listing_tells_the_living_the_dying_and_the_dead(void **state)
{
    struct strait_participant_info info;
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_slot *slot = &segment->self->slots[5];
    int fd = open(test_path("segment"), O_RDWR | O_CLOEXEC);
    slot->pid = 4242;
    assert_int_equal(strait_fd_lock(fd, STRAIT_LOCK_BYTE + 5), 0);
    atomic_store(&slot->identity, UINT64_C(7) << STRAIT_SLOT_GENERATION_SHIFT | STRAIT_SLOT_LIVE);
    assert_true(find_participant(segment, 4242, &info));
    assert_int_equal(info.state, STRAIT_PARTICIPANT_LIVE);
    assert_int_equal(info.generation, 7);
    atomic_store(&slot->beacon, FUTEX_OWNER_DIED);
    assert_true(find_participant(segment, 4242, &info));
    assert_int_equal(info.state, STRAIT_PARTICIPANT_DYING);
    atomic_store(&slot->beacon, 0);
    atomic_store(&slot->identity, UINT64_C(7) << STRAIT_SLOT_GENERATION_SHIFT | STRAIT_SLOT_DEAD);
    assert_true(find_participant(segment, 4242, &info));
    assert_int_equal(info.state, STRAIT_PARTICIPANT_DYING); /* being reclaimed */
    int64_t start_ns = test_now_ns();
    close(fd);
    if (find_participant(segment, 4242, &info)) /* or reclaimed already */
        assert_int_equal(info.state, STRAIT_PARTICIPANT_DEAD);
    see_participants(segment, 1, start_ns);
    strait_segment_close(segment);
}

static void fill_table(int parent, void *context)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    int count = 0;
    int result;
    while ((result = strait_segment_open("segment", &options, &segment, NULL)) == 0)
        count++;
    must(result == -EUSERS);
    tell(parent, count);
    hear(parent);
}

static void a_full_table_of_a_plain_segment_is_free_again_when_its_process_is_killed(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *more = NULL;
    struct strait_failure failure = {0};
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (uint64_t round = 1; round <= 3; round++) {
        struct child child = child_start(fill_table, NULL);
        assert_int_equal(hear(child.socket), 63);
        assert_int_equal(strait_segment_open("segment", &options, &more, &failure), -EUSERS);
        assert_operation(failure, "join");
        assert_int_equal(strait_segment_participants(segment, NULL, 0), 64);
        const uint64_t died = round == 1 ? 0 : STRAIT_SLOT_DIED; /* the one before */
        for (uint32_t slot = 1; slot < STRAIT_SLOTS; slot++)
            assert_int_equal(atomic_load(&segment->self->slots[slot].identity),
                             died | round << STRAIT_SLOT_GENERATION_SHIFT | STRAIT_SLOT_LIVE);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segment, 1, start_ns);
    }
    strait_segment_close(segment);
}

/* Nobody is there to reclaim: who joins does it. */
static void dead_entries_are_used_again_without_any_warden(void **state)
{
    strait_segment_close(test_segment_create("segment", 0));
    struct child child = child_start(fill_table, NULL);
    assert_int_equal(hear(child.socket), 64);
    child_kill(&child);
    struct strait_segment *segment = test_segment_open("segment");
    assert_int_equal(segment->self->slot, 0);
    assert_int_equal(segment->self->generation, 3);
    see_participants(segment, 1, test_now_ns());
    strait_segment_close(segment);
}

enum leaving { BY_CLOSING, BY_DYING, BY_DYING_AND_BEING_RECLAIMED };

static void an_identity_is_never_used_again(void **state)
{
    uint64_t last = 0;
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (int round = 0; round < 12; round++) {
        struct child child = child_start(stay_attached, NULL);
        assert_int_equal(hear(child.socket), 1);
        uint64_t generation = strait_slot_generation(atomic_load(&segment->self->slots[1].identity));
        assert_int_equal(generation, last + 1);
        last = generation;
        enum leaving how = (enum leaving)(round % 3);
        if (how == BY_CLOSING) {
            tell(child.socket, 0);
            assert_int_equal(child_end(&child), 0);
        } else {
            child_kill(&child);
        }
        if (how == BY_DYING_AND_BEING_RECLAIMED)
            see_participants(segment, 1, test_now_ns());
    }
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(sixty_four_fit_and_one_more_is_refused),
        TEST(a_participant_introduces_itself_in_its_slot),
        TEST(a_command_may_have_any_name),
        TEST(a_slot_is_free_after_a_close),
        TEST(a_slot_is_free_after_a_close_although_a_forked_child_has_the_descriptor),
        TEST(a_generation_grows_with_each_participant_of_a_slot),
        TEST(a_generation_has_40_bits),
        TEST(of_many_that_join_at_once_each_has_a_slot_of_its_own),
        TEST(a_killed_participants_slot_is_taken_with_a_higher_generation),
        TEST(only_the_owner_that_a_word_names_is_alive),
        TEST(a_listing_says_who_is_there),
        TEST(a_listing_fills_no_more_than_there_is_room_for),
        TEST(a_listing_says_who_has_which_role),
        TEST(a_listing_tells_the_living_the_dying_and_the_dead),
        TEST(a_full_table_of_a_plain_segment_is_free_again_when_its_process_is_killed),
        TEST(dead_entries_are_used_again_without_any_warden),
        TEST(an_identity_is_never_used_again),
        TEST(an_owner_word_says_who_how_and_for_the_how_manieth_time),
    };
    return cmocka_run_group_tests_name("participant", tests, NULL, NULL);
}
