#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal/attachment.h"
#include "internal/fd.h"
#include "internal/futex.h"
#include "internal/ring.h"
#include "internal/warden.h"

static _Atomic uint64_t *identity_of(const struct strait_segment *segment, uint32_t slot)
{
    return &segment->self->slots[slot].identity;
}

static uint64_t slot_identity(uint64_t generation, enum strait_slot_state state)
{
    return generation << STRAIT_SLOT_GENERATION_SHIFT | state;
}

static uint64_t dead_identity(uint64_t generation)
{
    return slot_identity(generation, STRAIT_SLOT_FREE) | STRAIT_SLOT_DIED;
}

/* Sees to it that the warden has looked at all locks. */
static void see_a_look(void)
{
    nanosleep(&(struct timespec){1, 200000000}, NULL);
}

static void see_identity(const struct strait_segment *segment, uint32_t slot, uint64_t identity)
{
    int64_t start_ns = test_now_ns();
    while (atomic_load(identity_of(segment, slot)) != identity) {
        must(test_now_ns() - start_ns < test_notice_ns());
        pause_briefly();
    }
}

/* ---- The thread ------------------------------------------------------------------------------------------
 */

/* The id of this process's warden, 0 for none. */
static pid_t find_warden(void)
{
    char path[PATH_MAX];
    pid_t found = 0;
    DIR *tasks = opendir("/proc/self/task");
    must(tasks != NULL);
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char name[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL)
            continue;
        if (fgets(name, sizeof name, file) != NULL && strcmp(name, "strait-warden\n") == 0) {
            must(found == 0);
            found = atoi(task->d_name);
        }
        fclose(file);
    }
    closedir(tasks);
    return found;
}

/* A thread that was joined may be seen a moment longer. */
static void see_no_warden(int threads)
{
    while (find_warden() != 0 || (threads != 0 && count_files("/proc/self/task") != threads))
        pause_briefly();
}

static void the_warden_runs_while_anything_is_attached(void **state)
{
    strait_segment_close(test_segment_create("one", 0)); /* a sanitizer may start a thread with the first */
    assert_int_equal(unlink(test_path("one")), 0);
    see_no_warden(0);
    int threads = count_files("/proc/self/task");
    for (int round = 0; round < 3; round++) {
        struct strait_segment *one = test_segment_create("one", 0);
        pid_t warden = find_warden();
        assert_true(warden != 0);
        struct strait_segment *again = test_segment_open("one");
        struct strait_ring *ring = test_ring_create("ring", LANE);
        assert_int_equal(find_warden(), warden);
        assert_int_equal(count_files("/proc/self/task"), threads + 1);
        strait_segment_close(one);
        strait_segment_close(again);
        assert_int_equal(find_warden(), warden);
        strait_ring_close(ring);
        see_no_warden(threads);
        unlink(test_path("one"));
        unlink(test_path("ring"));
    }
}

static void a_failed_attachment_leaves_no_warden(void **state)
{
    const struct strait_segment_options options = test_options();
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = NULL;
    assert_int_equal(strait_segment_create("segment", &options, &second, NULL), -EEXIST);
    strait_segment_close(segment);
    assert_int_equal(strait_segment_create("segment", &options, &second, NULL), -EEXIST);
    assert_int_equal(strait_segment_open("none", &options, &second, NULL), -ENOENT);
    see_no_warden(0);
}

static void a_beacon_holds_the_wardens_id(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    assert_int_equal(atomic_load(&segment->self->slots[0].beacon), (uint32_t)find_warden() | FUTEX_WAITERS);
    strait_segment_close(segment);
}

static void be_signalled(int parent, void *context)
{
    sigset_t every;
    sigset_t pending;
    sigfillset(&every);
    struct strait_segment *segment = test_segment_create("segment", 0);
    must(pthread_sigmask(SIG_BLOCK, &every, NULL) == 0);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP || sigismember(&every, signal) != 1 ||
            (signal > SIGSYS && signal < SIGRTMIN))
            continue;
        must(kill(getpid(), signal) ==
             0); /* would end the process, or be handled, in a thread that lets it */
        pause_briefly();
        if (signal == SIGCONT || (signal >= SIGTSTP && signal <= SIGTTOU) || signal == SIGCHLD ||
            signal == SIGURG || signal == SIGWINCH)
            continue; /* ignored at once, or taken away by another */
        must(sigpending(&pending) == 0);
        must(sigismember(&pending, signal) == 1);
    }
    strait_segment_close(segment);
}

static void the_warden_blocks_all_signals(void **state)
{
    if (test_is_on_valgrind())
        test_skip("valgrind handles signals in its own way");
    assert_int_equal(child_run(be_signalled, NULL), 0);
}

static void an_idle_warden_uses_no_processor_time_to_speak_of(void **state)
{
    struct timespec before;
    struct timespec after;
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child child = child_start(stay_attached, NULL);
    hear(child.socket);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    nanosleep(&(struct timespec){2, 0}, NULL);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    int64_t used_ns = (after.tv_sec - before.tv_sec) * SECOND + after.tv_nsec - before.tv_nsec;
    print_message("idle: %.3f ms of processor time in 2 s\n", (double)used_ns / 1e6);
    assert_true(used_ns < 2 * SECOND / 10);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_segment_close(segment);
}

/* ---- Deaths ----------------------------------------------------------------------------------------------
 */

static void a_killed_peer_is_reclaimed(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (uint64_t round = 1; round <= 5; round++) {
        struct child child = child_start(stay_attached, NULL);
        assert_int_equal(hear(child.socket), 1);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segment, 1, start_ns);
        assert_int_equal(atomic_load(identity_of(segment, 1)), dead_identity(round));
        assert_int_equal(atomic_load(&segment->self->slots[1].beacon), 0);
        assert_int_equal(strait_fd_is_locked(segment->fd, STRAIT_LOCK_BYTE + 1), 0);
    }
    strait_segment_close(segment);
}

/* The looks at locks come once a second: if they alone told of deaths, each would take half a second. */
static void a_death_is_heard_before_the_next_look_at_locks(void **state)
{
    const int rounds = 20;
    int64_t total_ns = 0;
    if (test_is_on_valgrind())
        test_skip("valgrind ends a process in its own way");
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (int round = 0; round < rounds; round++) {
        struct child child = child_start(stay_attached, NULL);
        hear(child.socket);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segment, 1, start_ns);
        total_ns += test_now_ns() - start_ns;
    }
    assert_true(total_ns < rounds * SECOND / 4);
    strait_segment_close(segment);
}

static void of_many_who_die_at_once_all_are_reclaimed(void **state)
{
    struct child children[20];
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (size_t i = 0; i < COUNT_OF(children); i++) {
        children[i] = child_start(stay_attached, NULL);
        hear(children[i].socket);
    }
    int64_t start_ns = test_now_ns();
    for (size_t i = 0; i < COUNT_OF(children); i++)
        must(kill(children[i].pid, SIGKILL) == 0);
    for (size_t i = 0; i < COUNT_OF(children); i++)
        assert_int_equal(child_end(&children[i]), -SIGKILL);
    see_participants(segment, 1, start_ns);
    strait_segment_close(segment);
}

/* The kernel wakes one who sleeps on a beacon. When that one is killed in the same moment nobody is woken. */
static void a_death_is_noticed_although_the_one_who_was_woken_died_too(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (int round = test_rounds(30); round > 0; round--) {
        struct child children[3];
        for (size_t i = 0; i < COUNT_OF(children); i++) {
            children[i] = child_start(stay_attached, NULL);
            hear(children[i].socket);
            must(setpgid(children[i].pid, children[0].pid) == 0);
        }
        int64_t start_ns = test_now_ns();
        must(kill(-children[0].pid, SIGKILL) == 0);
        for (size_t i = 0; i < COUNT_OF(children); i++)
            assert_int_equal(child_end(&children[i]), -SIGKILL);
        see_participants(segment, 1, start_ns);
    }
    strait_segment_close(segment);
}

/* Takes the wake-up away for certain: this sleeper is the first, and does nothing about it. */
static void *take_the_wake(void *context)
{
    _Atomic uint32_t *beacon = context;
    uint32_t value = atomic_load(beacon);
    strait_futex_wait(beacon, value, test_now_ns() + 5 * SECOND);
    return NULL;
}

static void watch_and_take_the_wake(int parent, void *context)
{
    pthread_t thread;
    int fd = open(test_path("segment"), O_RDWR | O_CLOEXEC);
    struct strait_header *header = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(header != MAP_FAILED);
    struct strait_slot *slots = (struct strait_slot *)((unsigned char *)header + header->participants.offset);
    uint32_t slot = (uint32_t)hear(parent);
    for (int i = 0; i < 4; i++)
        must(pthread_create(&thread, NULL, take_the_wake, &slots[slot].beacon) == 0);
    for (int i = 0; i < 20; i++)
        pause_briefly();
    tell(parent, 0);
    hear(parent);
    _exit(0);
}

static void a_death_is_noticed_although_the_wake_went_elsewhere(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child thief = child_start(watch_and_take_the_wake, NULL);
    struct child child = child_start(stay_attached, NULL);
    tell(thief.socket, hear(child.socket));
    hear(thief.socket);
    int64_t start_ns = test_now_ns();
    child_kill(&child);
    see_participants(segment, 1, start_ns);
    tell(thief.socket, 0);
    child_end(&thief);
    strait_segment_close(segment);
}

/* ---- Scribbles -------------------------------------------------------------------------------------------
 */

static void a_death_is_noticed_although_the_beacon_was_overwritten(void **state)
{
    const uint32_t scribbles[] = {0, 1, UINT32_MAX & ~(uint32_t)FUTEX_OWNER_DIED, FUTEX_WAITERS,
                                  (uint32_t)getpid() | FUTEX_WAITERS};
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (size_t i = 0; i < COUNT_OF(scribbles); i++) {
        struct child child = child_start(stay_attached, NULL);
        int64_t slot = hear(child.socket);
        atomic_store(&segment->self->slots[slot].beacon, scribbles[i]);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segment, 1, start_ns);
    }
    strait_segment_close(segment);
}

static void play(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    tell(parent, ring->participant->slot);
    while (hear(parent) != 0) {
        test_offer(writer, 1);
        tell(parent, 0);
    }
    strait_ring_close(ring);
}

/* A beacon proves nothing. */
static void a_beacon_that_lies_about_a_living_peer_reclaims_nothing(void **state)
{
    const uint32_t lies[] = {FUTEX_OWNER_DIED, FUTEX_OWNER_DIED | FUTEX_WAITERS, UINT32_MAX};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct strait_participant_info info;
        struct child child = child_start(play, NULL);
        uint32_t slot = (uint32_t)hear(child.socket);
        uint64_t identity = atomic_load(identity_of(ring->segment, slot));
        uint64_t owner = atomic_load(&ring->lane->owner);
        atomic_store(&ring->participant->slots[slot].beacon, lies[i]);
        see_a_look();
        assert_int_equal(strait_warden_reclaim(ring->participant, slot), -EAGAIN);
        assert_int_equal(atomic_load(identity_of(ring->segment, slot)), identity);
        assert_int_equal(atomic_load(&ring->lane->owner), owner);
        assert_true(find_participant(ring->segment, child.pid, &info));
        assert_int_equal(info.state, STRAIT_PARTICIPANT_DYING);

        tell(child.socket, 1);
        hear(child.socket);
        assert_int_equal(strait_ring_await_data(reader, 0, 0), STRAIT_READY);
        test_take(reader, 1);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(ring->segment, 1, start_ns);
        assert_int_equal(strait_ring_skip(reader), STRAIT_PEER_DIED);
    }
    strait_ring_close(ring);
}

/* Each of these slots is held by a lock that is not ours: whatever it says, its holder lives. */
static void a_slot_that_is_locked_is_left_alone_whatever_it_says(void **state)
{
    uint32_t seed = 1;
    uint64_t said[STRAIT_SLOTS] = {0};
    struct strait_segment *segment = test_segment_create("segment", 0);
    int fd = open(test_path("segment"), O_RDWR | O_CLOEXEC);
    assert_int_equal(strait_fd_lock_range(fd, STRAIT_LOCK_BYTE + 1, STRAIT_SLOTS - 1), 0);
    for (uint32_t slot = 1; slot < STRAIT_SLOTS; slot++) {
        unsigned char bytes[offsetof(struct strait_slot, doorbell)];
        for (size_t i = 0; i < sizeof bytes; i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (unsigned char)(seed >> 16);
        }
        off_t place = (off_t)(segment->geometry.participants.offset + slot * sizeof(struct strait_slot));
        must(pwrite(fd, bytes, sizeof bytes, place) == sizeof bytes);
        said[slot] = atomic_load(identity_of(segment, slot));
    }
    atomic_fetch_add(segment->self->membership, 2);
    strait_futex_wake_all(segment->self->membership);
    see_a_look();
    for (uint32_t slot = 1; slot < STRAIT_SLOTS; slot++)
        assert_int_equal(atomic_load(identity_of(segment, slot)), said[slot]);
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX);
    for (int i = 0; i < count; i++) {
        assert_true(infos[i].state >= STRAIT_PARTICIPANT_LIVE && infos[i].state <= STRAIT_PARTICIPANT_DEAD);
        assert_int_equal(infos[i].command[16], 0);
        assert_int_equal(infos[i].is_self, infos[i].slot == 0);
    }

    int64_t start_ns = test_now_ns();
    close(fd);
    see_participants(segment, 1, start_ns);
    for (uint32_t slot = 1; slot < STRAIT_SLOTS; slot++)
        if ((said[slot] & STRAIT_SLOT_STATE_MASK) != STRAIT_SLOT_FREE)
            assert_int_equal(atomic_load(identity_of(segment, slot)),
                             (said[slot] & ~STRAIT_SLOT_STATE_MASK) | STRAIT_SLOT_DIED);
    strait_segment_close(segment);
}

static void what_a_dead_reclaimer_left_half_done_is_done_again(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    const enum strait_slot_state states[] = {STRAIT_SLOT_JOINING, STRAIT_SLOT_LIVE, STRAIT_SLOT_DEAD};
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct strait_participant gone = {.slot = 9, .generation = 5};
        uint64_t owner = strait_participant_own(&gone, 0);
        atomic_store(&ring->lane->owner, owner);
        atomic_store(identity_of(ring->segment, 9), slot_identity(5, states[i]));
        see_identity(ring->segment, 9, dead_identity(5));
        assert_int_equal(atomic_load(&ring->lane->owner), strait_owner_in_state(owner, STRAIT_OWNER_DEAD));
    }
    strait_ring_close(ring);
}

/* Only what the dead one held, and still holds, is taken from it. */
static void a_reclaimer_touches_no_word_of_others(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    const struct strait_participant gone = {.slot = 9, .generation = 5};
    const struct strait_participant other = {.slot = 8, .generation = 5};
    uint64_t of_gone = strait_participant_own(&gone, 0);
    const uint64_t words[] = {strait_participant_own(&other, 0),
                              strait_owner_in_state(of_gone, STRAIT_OWNER_ENDED),
                              strait_owner_in_state(of_gone, STRAIT_OWNER_FREE),
                              strait_owner_in_state(of_gone, (enum strait_owner_state)15)};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        atomic_store(&ring->reading->owner, words[i]);
        atomic_store(identity_of(ring->segment, 9), slot_identity(5, STRAIT_SLOT_LIVE));
        see_identity(ring->segment, 9, dead_identity(5));
        assert_int_equal(atomic_load(&ring->reading->owner), words[i]);
    }
    strait_ring_close(ring);
}

/* As another process would, whose stores no sanitizer sees. */
static void scribble_readers(const struct strait_ring *ring, uint32_t readers)
{
    off_t place =
        (off_t)(ring->segment->geometry.ring.offset + offsetof(struct strait_ring_control, readers));
    must(pwrite(ring->segment->fd, &readers, sizeof readers, place) == sizeof readers);
}

static void a_ring_that_says_it_has_any_number_of_readers_is_not_read_beyond_its_end(void **state)
{
    const uint32_t counts[] = {0, 2, 1000, UINT32_MAX};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct child child = child_start(play, NULL);
        uint32_t slot = (uint32_t)hear(child.socket);
        uint64_t cursor = atomic_load(&ring->cursor->position);
        scribble_readers(ring, counts[i]);
        child_kill(&child);
        see_participants(ring->segment, 1, test_now_ns());
        assert_int_equal(strait_owner_state(atomic_load(&ring->lane->owner)), STRAIT_OWNER_DEAD);
        assert_int_equal(atomic_load(&ring->cursor->position), cursor);
        assert_int_equal(slot, 1);
        scribble_readers(ring, 1);
    }
    strait_ring_close(ring);
}

/* ---- Many segments ---------------------------------------------------------------------------------------
 */

static const char *numbered(int number)
{
    static _Thread_local char name[32];
    snprintf(name, sizeof name, "segment-%d", number);
    return name;
}

static void raise_limits(int segments)
{
    struct rlimit limit;
    must(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = (rlim_t)segments + 200;
    if (limit.rlim_cur > limit.rlim_max)
        test_skip("this needs more descriptors than are allowed");
    must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

struct some {
    int first;
    int count;
    int step;
};

/* Attaches to some of them. */
static void attach_to_some(int parent, void *context)
{
    const struct some *some = context;
    for (int i = 0; i < some->count; i++)
        test_segment_open(numbered(some->first + i * some->step));
    tell(parent, 0);
    hear(parent);
}

static struct strait_segment **create_many(int count)
{
    struct strait_segment **segments = calloc((size_t)count, sizeof *segments);
    must(segments != NULL);
    raise_limits(count);
    for (int i = 0; i < count; i++)
        segments[i] = test_segment_create(numbered(i), 0);
    return segments;
}

static void close_many(struct strait_segment **segments, int count)
{
    for (int i = 0; i < count; i++)
        strait_segment_close(segments[i]);
    free(segments);
}

static void deaths_are_noticed_in_more_segments_than_one_wait_takes(void **state)
{
    enum { COUNT = STRAIT_FUTEX_WORDS + 12 };
    struct strait_segment **segments = create_many(COUNT);
    for (int number = 0; number < COUNT; number += COUNT / 4) {
        struct some some = {number, 1, 1};
        struct child child = child_start(attach_to_some, &some);
        hear(child.socket);
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segments[number], 1, start_ns);
    }
    struct some all = {0, COUNT, 1};
    struct child child = child_start(attach_to_some, &all);
    hear(child.socket);
    int64_t start_ns = test_now_ns();
    child_kill(&child);
    for (int i = 0; i < COUNT; i++)
        see_participants(segments[i], 1, start_ns);
    close_many(segments, COUNT);
}

/* 63 peers and the segment's own word are few enough for one wait with one segment; with three they are not.
 */
static void deaths_are_noticed_among_many_peers_of_few_segments(void **state)
{
    enum { PEERS = 50, COUNT = 3 };
    struct child children[PEERS];
    struct some all = {0, COUNT, 1};
    int peers = test_is_on_valgrind() ? 5 : PEERS;
    struct strait_segment **segments = create_many(COUNT);
    for (int i = 0; i < peers; i++) {
        children[i] = child_start(attach_to_some, &all);
        hear(children[i].socket);
    }
    for (int left = peers; left > 0; left--) {
        int64_t start_ns = test_now_ns();
        child_kill(&children[left - 1]);
        for (int i = 0; i < COUNT; i++)
            see_participants(segments[i], left, start_ns);
        if (left == peers - 3) { /* and the rest at once */
            for (int i = 0; i < left - 1; i++)
                must(kill(children[i].pid, SIGKILL) == 0);
            for (int i = 0; i < left - 1; i++)
                child_end(&children[i]);
            for (int i = 0; i < COUNT; i++)
                see_participants(segments[i], 1, start_ns);
            break;
        }
    }
    close_many(segments, COUNT);
}

/* More than the kernel marks when a process dies. */
static void deaths_are_noticed_in_3000_segments(void **state)
{
    const int count = test_is_on_valgrind() ? 200 : 3000;
    struct some all = {0, count, 1};
    struct some three = {0, 3, (count - 1) / 2};
    struct strait_segment **segments = create_many(count);

    struct child few = child_start(attach_to_some, &three);
    hear(few.socket);
    int64_t start_ns = test_now_ns();
    child_kill(&few);
    for (int i = 0; i < 3; i++)
        see_participants(segments[i * three.step], 1, start_ns);

    struct child many = child_start(attach_to_some, &all);
    hear(many.socket);
    start_ns = test_now_ns();
    child_kill(&many);
    for (int i = 0; i < count; i++)
        see_participants(segments[i], 1, start_ns);
    print_message("%d segments: all noticed after %.0f ms\n", count,
                  (double)(test_now_ns() - start_ns) / 1e6);
    close_many(segments, count);
}

/* ---- Closing ---------------------------------------------------------------------------------------------
 */

static void attach_to_five_close_two(int parent, void *context)
{
    struct strait_segment *segments[5];
    for (int i = 0; i < 5; i++)
        segments[i] = test_segment_open(numbered(i));
    strait_segment_close(segments[0]);
    strait_segment_close(segments[2]);
    tell(parent, 0);
    hear(parent);
}

/* Nobody else is attached, so the marks stay. */
static uint32_t beacon_in_file(int number, uint32_t slot)
{
    struct strait_header header;
    uint32_t beacon;
    int fd = open(test_path(numbered(number)), O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    must(pread(fd, &header, sizeof header, 0) == sizeof header);
    must(pread(fd, &beacon, sizeof beacon,
               (off_t)(header.participants.offset + slot * sizeof(struct strait_slot) +
                       offsetof(struct strait_slot, beacon))) == sizeof beacon);
    close(fd);
    return beacon;
}

static void a_segment_that_is_closed_silences_no_other(void **state)
{
    if (test_is_on_valgrind())
        test_skip("valgrind ends a process in its own way");
    for (int i = 0; i < 5; i++)
        strait_segment_close(test_segment_create(numbered(i), 0));
    struct child child = child_start(attach_to_five_close_two, NULL);
    hear(child.socket);
    child_kill(&child);
    for (int i = 0; i < 5; i++)
        assert_int_equal((beacon_in_file(i, 0) & FUTEX_OWNER_DIED) != 0, i != 0 && i != 2);
    assert_int_equal(beacon_in_file(0, 0), 0);
}

static void *attach_and_close(void *context)
{
    int number = *(int *)context;
    for (int round = test_rounds(200); round > 0; round--) {
        struct strait_segment *segment = test_segment_open(numbered(number));
        struct strait_segment *shared = test_segment_open("shared");
        strait_segment_close(round % 2 == 0 ? segment : shared);
        strait_segment_close(round % 2 == 0 ? shared : segment);
    }
    return NULL;
}

/* The warden starts, stops, and sleeps on words that go away. */
static void threads_attach_and_close_while_peers_die(void **state)
{
    enum { THREADS = 4, CHILDREN = 20 };
    pthread_t threads[THREADS];
    int numbers[THREADS];
    strait_segment_close(test_segment_create("shared", 0));
    for (int i = 0; i < THREADS; i++)
        strait_segment_close(test_segment_create(numbered(i), 0));
    struct some all = {0, THREADS, 1};
    /* Forked before the threads run: AddressSanitizer's allocator does not survive a fork beside busy
     * threads. */
    struct child children[CHILDREN];
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = child_start(attach_to_some, &all);
        hear(children[i].socket);
    }
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, attach_and_close, &numbers[i]), 0);
    }
    for (int i = 0; i < CHILDREN; i++)
        child_kill(&children[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    see_no_warden(0);
    struct strait_segment *shared = test_segment_open("shared");
    see_participants(shared, 1, test_now_ns());
    strait_segment_close(shared);
}

static const struct CMUnitTest tests[] = {
    TEST(the_warden_runs_while_anything_is_attached),
    TEST(a_failed_attachment_leaves_no_warden),
    TEST(a_beacon_holds_the_wardens_id),
    TEST(the_warden_blocks_all_signals),
    TEST(an_idle_warden_uses_no_processor_time_to_speak_of),
    TEST(a_killed_peer_is_reclaimed),
    TEST(a_death_is_heard_before_the_next_look_at_locks),
    TEST(of_many_who_die_at_once_all_are_reclaimed),
    TEST(a_death_is_noticed_although_the_one_who_was_woken_died_too),
    TEST(a_death_is_noticed_although_the_wake_went_elsewhere),
    TEST(a_death_is_noticed_although_the_beacon_was_overwritten),
    TEST(a_beacon_that_lies_about_a_living_peer_reclaims_nothing),
    TEST(a_slot_that_is_locked_is_left_alone_whatever_it_says),
    TEST(what_a_dead_reclaimer_left_half_done_is_done_again),
    TEST(a_reclaimer_touches_no_word_of_others),
    TEST(a_ring_that_says_it_has_any_number_of_readers_is_not_read_beyond_its_end),
    TEST(deaths_are_noticed_in_more_segments_than_one_wait_takes),
    TEST(deaths_are_noticed_among_many_peers_of_few_segments),
    TEST(deaths_are_noticed_in_3000_segments),
    TEST(a_segment_that_is_closed_silences_no_other),
    TEST(threads_attach_and_close_while_peers_die),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("warden", tests, NULL, NULL);
    strait_futex_without_waitv = true;
    return failed + cmocka_run_group_tests_name("warden without futex_waitv", tests, NULL, NULL);
}
