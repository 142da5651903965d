/* Wait sets: several things at once, of several segments, with descriptors and without, and for somebody
 * else's epoll. Whatever makes a thing ready is done by another process. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "internal/futex.h"
#include "internal/participant.h"
#include "internal/ring.h"
#include "internal/sync.h"
#include "internal/wait_set.h"

#define SPIN_NS  (20 * INT64_C(1000))
#define SHORT_NS (20 * MILLISECOND)
#define FOREVER  STRAIT_WAIT_FOREVER
#define PERMITS  2

static const struct strait_object objects[] = {
    STRAIT_SEMAPHORE("plain", 0, 0),
    STRAIT_SEMAPHORE("recoverable", PERMITS, STRAIT_SEMAPHORE_RECOVERABLE),
    STRAIT_SEMAPHORE("overtaking", 0, STRAIT_SEMAPHORE_OVERTAKING),
    STRAIT_LOCK("lock"),
    STRAIT_SEQUENCE("sequence", 5),
    STRAIT_LATCH("latch", 1),
};

/* One process's side of all that can be watched: the test's, or its peer's. */
struct side {
    struct strait_segment *segment;
    struct strait_ring *inbound; /* for the test's process */
    struct strait_ring *outbound;
    struct strait_ring_reader *reader;
    struct strait_ring_writer *writer;
    struct strait_semaphore *plain;
    struct strait_semaphore *recoverable;
    struct strait_semaphore *overtaking;
    struct strait_lock *lock;
    struct strait_sequence *sequence;
    struct strait_latch *latch;
    int socket; /* to the other side */
};

static void open_objects(struct side *side)
{
    side->plain = test_semaphore(side->segment, "plain");
    side->recoverable = test_semaphore(side->segment, "recoverable");
    side->overtaking = test_semaphore(side->segment, "overtaking");
    side->lock = test_lock(side->segment, "lock");
    must(strait_sequence_open(side->segment, "sequence", &side->sequence, NULL) == 0);
    must(strait_latch_open(side->segment, "latch", &side->latch, NULL) == 0);
}

static void close_side(struct side *side)
{
    strait_ring_close(side->inbound);
    strait_ring_close(side->outbound);
    strait_segment_close(side->segment);
}

static void fill(struct strait_ring_writer *writer)
{
    while (strait_ring_offer(writer, 0, NULL, 0) == 0) {
    }
}

/* ---- The peer: it holds everything back, and lets go of one thing at a time ------------------------------
 */

static void open_peer(struct side *side, int parent)
{
    side->segment = test_segment_open("segment");
    side->inbound = test_ring_open("inbound");
    side->outbound = test_ring_open("outbound");
    side->writer = test_writer(side->inbound);
    side->reader = test_reader(side->outbound);
    side->socket = parent;
    open_objects(side);
    must(strait_semaphore_acquire(side->recoverable, PERMITS, 0, 0) == 0);
    if (strait_lock_acquire(side->lock, 0, 0) == STRAIT_OWNER_DIED)
        must(strait_lock_repaired(side->lock) == 0);
    must(strait_sequence_join(side->sequence) == 0);
    must(strait_latch_join(side->latch) == 0);
}

static void send_message(struct side *peer)
{
    test_offer(peer->writer, 1);
}

static void take_message(struct side *peer)
{
    test_take(peer->reader, 1);
}

static void release_plain(struct side *peer)
{
    must(strait_semaphore_release(peer->plain, 1) == 0);
}

static void release_recoverable(struct side *peer)
{
    must(strait_semaphore_release(peer->recoverable, 1) == 0);
}

static void release_overtaking(struct side *peer)
{
    must(strait_semaphore_release(peer->overtaking, 1) == 0);
}

static void unlock(struct side *peer)
{
    must(strait_lock_release(peer->lock) == 0);
}

static void advance(struct side *peer)
{
    must(strait_sequence_advance(peer->sequence, 6) == 1);
}

static void count_down(struct side *peer)
{
    must(strait_latch_count_down(peer->latch) == 0);
}

static void write_byte(struct side *peer)
{
    must(send(peer->socket, "", 1, 0) == 1);
}

static void close_all(struct side *peer)
{
    close_side(peer);
    *peer = (struct side){.socket = peer->socket};
}

static void die(struct side *peer)
{
    (void)peer;
    kill(getpid(), SIGKILL);
}

/* ---- What can be watched ---------------------------------------------------------------------------------
 */

static int add_reader(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_reader(set, side->reader, watch, NULL);
}

static int add_writer(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_writer(set, side->writer, 0, watch, NULL);
}

static int add_plain(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_semaphore(set, side->plain, 1, watch, NULL);
}

static int add_recoverable(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_semaphore(set, side->recoverable, 1, watch, NULL);
}

static int add_overtaking(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_semaphore(set, side->overtaking, 1, watch, NULL);
}

static int add_lock(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_lock(set, side->lock, watch, NULL);
}

static int add_sequence(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_sequence(set, side->sequence, 6, watch, NULL);
}

static int add_latch(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_latch(set, side->latch, watch, NULL);
}

/* The peer: there is nobody else. */
static int add_participant(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_participants(side->segment, infos, STRAIT_PARTICIPANTS_MAX);
    must(count == 2);
    int peer = infos[0].is_self ? 1 : 0;
    return strait_wait_set_add_participant(set, side->segment, infos[peer].slot, infos[peer].generation,
                                           watch, NULL);
}

static int add_socket(struct strait_wait_set *set, struct side *side, struct strait_watch **watch)
{
    return strait_wait_set_add_fd(set, side->socket, POLLIN, watch, NULL);
}

struct thing {
    const char *name;
    int (*add)(struct strait_wait_set *set, struct side *side, struct strait_watch **watch);
    void (*ready)(struct side *peer); /* what the peer does, */
    int outcome;                      /* and what is said of it */
    int when_closed;                  /* when the peer closes everything */
    int when_dead;
};

static const struct thing things[] = {
    {"a reader", add_reader, send_message, STRAIT_READY, STRAIT_END, STRAIT_PEER_DIED},
    {"a writer", add_writer, take_message, STRAIT_READY, STRAIT_END, STRAIT_PEER_DIED},
    {"a plain semaphore", add_plain, release_plain, STRAIT_READY, 0, 0},
    {"a recoverable semaphore", add_recoverable, release_recoverable, STRAIT_READY, STRAIT_READY,
     STRAIT_READY},
    {"an overtaking semaphore", add_overtaking, release_overtaking, STRAIT_READY, 0, 0},
    {"a lock", add_lock, unlock, STRAIT_READY, STRAIT_OWNER_DIED, STRAIT_OWNER_DIED},
    {"a sequence", add_sequence, advance, STRAIT_READY, STRAIT_PEER_DIED, STRAIT_PEER_DIED},
    {"a latch", add_latch, count_down, STRAIT_READY, STRAIT_PEER_DIED, STRAIT_PEER_DIED},
    {"a participant", add_participant, close_all, STRAIT_END, STRAIT_END, STRAIT_PEER_DIED},
    {"a descriptor", add_socket, write_byte, STRAIT_READY, 0, STRAIT_READY},
};

/* ---- One round: the test's process, its set, and the peer ------------------------------------------------
 */

struct stage {
    struct side side;
    struct child child;
    struct strait_wait_set *set;
};

/* What the peer is told to do; a negative number before it is the thread that is to be asleep first. */
enum { LEAVES, ACTS, CLOSES, DIES };

struct script {
    const struct thing *thing;
    pid_t process;
};

static void act_as_told(int parent, void *context)
{
    const struct script *script = context;
    struct side peer = {0};
    open_peer(&peer, parent);
    tell(parent, 0);
    for (;;) {
        int64_t what = hear(parent);
        if (what == LEAVES)
            break;
        if (what < 0) {
            see_asleep(script->process, (pid_t)-what);
            what = hear(parent);
        }
        if (what == ACTS)
            script->thing->ready(&peer);
        else if (what == CLOSES)
            close_all(&peer);
        else
            die(&peer);
    }
    close_all(&peer);
}

static void set_stage(struct stage *stage, const struct thing *thing)
{
    struct script script = {thing, getpid()};
    *stage = (struct stage){.side.segment = test_segment_with("segment", 64, objects, COUNT_OF(objects))};
    struct side *side = &stage->side;
    side->inbound = test_ring_create("inbound", LANE);
    side->outbound = test_ring_create("outbound", LANE);
    side->reader = test_reader(side->inbound);
    side->writer = test_writer(side->outbound);
    open_objects(side);
    stage->child = child_start(act_as_told, &script);
    side->socket = stage->child.socket;
    hear(side->socket);
    fill(side->writer);
    must(strait_wait_set_create(&stage->set, NULL) == 0);
}

static void clear_stage(struct stage *stage, bool is_dead)
{
    strait_wait_set_free(stage->set);
    if (is_dead) {
        must(child_end(&stage->child) == -SIGKILL);
    } else {
        tell(stage->child.socket, LEAVES);
        must(child_end(&stage->child) == 0);
    }
    close_side(&stage->side);
    unlink(test_path("segment"));
    unlink(test_path("inbound"));
    unlink(test_path("outbound"));
}

/* Something to sleep in poll(2) for. */
static int add_silent_descriptor(struct strait_wait_set *set, int ends[2])
{
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    return strait_wait_set_add_fd(set, ends[0], POLLIN, NULL, NULL);
}

/* How a set sleeps. */
enum way { ON_DOORBELLS, IN_POLL, WITHOUT_WAITV, ARMED };

static void each_way(void (*body)(enum way way))
{
    body(ON_DOORBELLS);
    body(IN_POLL);
    strait_futex_without_waitv = true;
    body(WITHOUT_WAITV);
    strait_futex_without_waitv = false;
}

static int in_way(struct strait_wait_set *set, enum way way, int ends[2])
{
    ends[0] = ends[1] = -1;
    return way == IN_POLL ? add_silent_descriptor(set, ends) : 0;
}

static void close_ends(const int ends[2])
{
    if (ends[0] >= 0) {
        close(ends[0]);
        close(ends[1]);
    }
}

/* Everything but `but` is in the set as well, and not ready. */
static void add_others(struct stage *stage, const struct thing *but)
{
    for (size_t i = 0; i < COUNT_OF(things); i++)
        if (&things[i] != but && things[i].add != add_socket)
            must(things[i].add(stage->set, &stage->side, NULL) == 0);
}

static void wake_up_for(const struct thing *thing, enum way way)
{
    struct stage stage;
    struct strait_watch *watch;
    int ends[2];
    set_stage(&stage, thing);
    must(in_way(stage.set, way, ends) == 0);
    must(thing->add(stage.set, &stage.side, &watch) == 0);
    if (thing->ready != close_all)
        add_others(&stage, thing);
    int early = strait_wait_set_await(stage.set, 0, 0);
    if (early != STRAIT_TIMED_OUT)
        fail_msg("%s: %d", thing->name, early);
    assert_int_equal(strait_watch_outcome(watch), 0);
    tell(stage.side.socket, -this_thread());
    tell(stage.side.socket, ACTS);
    int count = strait_wait_set_await(stage.set, 0, FOREVER);
    if (count != 1 || strait_watch_outcome(watch) != thing->outcome)
        fail_msg("%s, %d: %d, %d", thing->name, way, count, strait_watch_outcome(watch));
    assert_ptr_equal(strait_wait_set_ready(stage.set), watch);
    assert_null(strait_watch_next_ready(watch));
    if (thing->add == add_socket)
        recv(stage.side.socket, ends, 1, 0);
    clear_stage(&stage, false);
    close_ends(ends);
}

static void sleep_and_be_woken(enum way way)
{
    for (size_t i = 0; i < COUNT_OF(things); i++)
        wake_up_for(&things[i], way);
}

static void a_sleeper_wakes_for_each_of_its_things_and_knows_which(void **state)
{
    (void)state;
    each_way(sleep_and_be_woken);
}

/* ---- Ends ------------------------------------------------------------------------------------------------
 */

static void hear_of_end(const struct thing *thing, int what, int outcome, enum way way)
{
    struct stage stage;
    struct strait_watch *watch;
    int ends[2];
    if (outcome == 0)
        return;
    set_stage(&stage, thing);
    must(in_way(stage.set, way, ends) == 0);
    must(thing->add(stage.set, &stage.side, &watch) == 0);
    tell(stage.side.socket, -this_thread());
    tell(stage.side.socket, what);
    int count = strait_wait_set_await(stage.set, 0, FOREVER);
    if (count != 1 || strait_watch_outcome(watch) != outcome)
        fail_msg("%s, %d: %d, %d", thing->name, way, count, strait_watch_outcome(watch));
    bool is_news = thing->add == add_reader || thing->add == add_writer;
    assert_int_equal(strait_wait_set_await(stage.set, 0, 0), is_news ? STRAIT_TIMED_OUT : 1);
    clear_stage(&stage, what == DIES);
    close_ends(ends);
}

static void hear_of_ends(enum way way)
{
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        hear_of_end(&things[i], CLOSES, things[i].when_closed, way);
        hear_of_end(&things[i], DIES, things[i].when_dead, way);
    }
}

static void a_sleeper_hears_of_a_peers_end_and_death(void **state)
{
    (void)state;
    each_way(hear_of_ends);
}

static void a_slot_tells_how_its_last_user_ended_until_the_next_has(void **state)
{
    (void)state;
    struct strait_segment *segment = test_segment_create("segment", 64);
    struct strait_wait_set *set;
    struct strait_watch *watch;
    struct strait_participant_info info;
    must(strait_wait_set_create(&set, NULL) == 0);
    struct child first = child_start(stay_attached, NULL);
    hear(first.socket);
    assert_true(find_participant(segment, first.pid, &info));
    must(strait_wait_set_add_participant(set, segment, info.slot, info.generation, &watch, NULL) == 0);
    child_kill(&first);
    see_participants(segment, 1, test_now_ns());
    struct child second = child_start(stay_attached, NULL);
    assert_int_equal(hear(second.socket), info.slot);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 1);
    assert_int_equal(strait_watch_outcome(watch), STRAIT_PEER_DIED);
    must(strait_wait_set_add_participant(set, segment, info.slot, info.generation + 1, &watch, NULL) == 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 1);
    assert_int_equal(strait_watch_outcome(watch), 0);
    tell(second.socket, 0);
    assert_int_equal(child_end(&second), 0);
    see_participants(segment, 1, test_now_ns());
    struct child third = child_start(stay_attached, NULL);
    assert_int_equal(hear(third.socket), info.slot);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 2);
    assert_int_equal(strait_watch_outcome(watch), STRAIT_END);
    tell(third.socket, 0);
    assert_int_equal(child_end(&third), 0);
    assert_int_equal(strait_wait_set_add_participant(set, segment, 64, 1, &watch, NULL), -EINVAL);
    assert_int_equal(strait_wait_set_add_participant(set, segment, segment->self->slot, 1, &watch, NULL),
                     -EINVAL);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

static struct strait_wait_set *new_set(void)
{
    struct strait_wait_set *set = NULL;
    must(strait_wait_set_create(&set, NULL) == 0);
    return set;
}

static struct strait_segment *create(void)
{
    return test_segment_with("segment", 64, objects, COUNT_OF(objects));
}

static struct strait_watch *watch_semaphore(struct strait_wait_set *set, struct strait_semaphore *semaphore)
{
    struct strait_watch *watch = NULL;
    must(strait_wait_set_add_semaphore(set, semaphore, 1, &watch, NULL) == 0);
    return watch;
}

static void what_is_ready_stays_ready_until_it_is_taken(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *set = new_set();
    struct strait_watch *watch = watch_semaphore(set, plain);
    must(strait_semaphore_release(plain, 1) == 0);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_int_equal(strait_wait_set_await(set, SPIN_NS, FOREVER), 1);
    assert_int_equal(strait_semaphore_acquire(plain, 1, 0, 0), 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), STRAIT_TIMED_OUT);
    assert_int_equal(strait_watch_outcome(watch), 0);
    assert_null(strait_wait_set_ready(set));
    assert_int_equal(strait_wait_set_await(set, 0, SHORT_NS), STRAIT_TIMED_OUT);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

static void a_watch_carries_what_its_owner_gave_it(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_wait_set *set = new_set();
    struct strait_watch *watch = watch_semaphore(set, test_semaphore(segment, "plain"));
    assert_null(strait_watch_context(watch));
    strait_watch_set_context(watch, segment);
    assert_ptr_equal(strait_watch_context(watch), segment);
    assert_int_equal(strait_wait_set_remove(set, watch), 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), STRAIT_TIMED_OUT);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

static void what_can_never_be_is_refused(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_ring_options spinning = STRAIT_RING_OPTIONS_INIT;
    struct strait_segment_options options = test_options();
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring *restless;
    struct strait_wait_set *set = new_set();
    struct strait_failure failure;
    struct strait_watch *watch;
    spinning.spin_only = true;
    must(strait_ring_create("restless", &options, &spinning, &restless, NULL) == 0);
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_semaphore *recoverable = test_semaphore(segment, "recoverable");
    assert_int_equal(strait_wait_set_add_semaphore(set, plain, 0, &watch, NULL), -EINVAL);
    assert_int_equal(strait_wait_set_add_semaphore(set, recoverable, PERMITS + 1, &watch, NULL), -EINVAL);
    assert_int_equal(strait_wait_set_add_writer(set, test_writer(ring), LANE, &watch, NULL), -EINVAL);
    assert_int_equal(strait_wait_set_add_reader(set, test_reader(restless), &watch, NULL), -EINVAL);
    assert_int_equal(strait_wait_set_add_writer(set, test_writer(restless), 0, &watch, &failure), -EINVAL);
    assert_operation(failure, "wait_set_add");
    assert_int_equal(strait_wait_set_add_reader(set, &ring->reader, &watch, NULL), STRAIT_CLOSED);
    assert_int_equal(strait_wait_set_await(set, -1, 0), -EINVAL);
    strait_wait_set_free(set);
    strait_ring_close(restless);
    strait_ring_close(ring);
    strait_segment_close(segment);
}

static void a_descriptor_is_refused_as_epoll_refuses_it(void **state)
{
    (void)state;
    struct strait_wait_set *set = new_set();
    struct strait_failure failure;
    struct strait_watch *watch;
    int ends[2];
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    must(add_silent_descriptor(set, ends) == 0);
    assert_int_equal(strait_wait_set_add_fd(set, ends[0], POLLIN, &watch, &failure), -EEXIST);
    assert_operation(failure, "epoll_ctl");
    assert_int_equal(strait_wait_set_add_fd(set, file, POLLIN, &watch, NULL), -EPERM);
    assert_int_equal(strait_wait_set_add_fd(set, -1, POLLIN, &watch, NULL), -EBADF);
    assert_int_equal(strait_wait_set_add_fd(set, ends[1], POLLOUT, &watch, NULL), 0);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_int_equal(strait_watch_events(watch), POLLOUT);
    close(ends[0]);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_int_equal(strait_watch_events(watch) & POLLHUP, POLLHUP);
    assert_int_equal(strait_wait_set_remove(set, watch), 0);
    assert_int_equal(strait_wait_set_await(set, 0, SHORT_NS), STRAIT_TIMED_OUT);
    strait_wait_set_free(set);
    close(ends[1]);
    close(file);
}

static void a_thousand_watches_tell_the_one_that_is_ready(void **state)
{
    (void)state;
    enum { COUNT = 1000, CHOSEN = 777 };
    static struct strait_object many[COUNT];
    static char names[COUNT][8];
    static struct strait_watch *watches[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(names[i], sizeof names[i], "s%d", i);
        many[i] = (struct strait_object)STRAIT_SEMAPHORE(names[i], 0, 0);
    }
    struct strait_segment *segment = test_segment_with("segment", 64, many, COUNT);
    struct strait_wait_set *set = new_set();
    for (int i = 0; i < COUNT; i++)
        watches[i] = watch_semaphore(set, test_semaphore(segment, names[i]));
    assert_int_equal(strait_wait_set_await(set, 0, SHORT_NS), STRAIT_TIMED_OUT);
    must(strait_semaphore_release(test_semaphore(segment, names[CHOSEN]), 1) == 0);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_ptr_equal(strait_wait_set_ready(set), watches[CHOSEN]);
    for (int i = 0; i < COUNT; i += 2)
        assert_int_equal(strait_wait_set_remove(set, watches[i]), 0);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

/* ---- Many segments ---------------------------------------------------------------------------------------
 */

#define SEGMENTS 130

static void release_when_asleep(int parent, void *context)
{
    const struct script *script = context;
    pid_t thread = (pid_t)hear(parent);
    char name[16];
    snprintf(name, sizeof name, "many%d", SEGMENTS - 1);
    struct strait_segment *segment = test_segment_open(name);
    struct strait_semaphore *semaphore = test_semaphore(segment, "plain");
    see_asleep(script->process, thread);
    must(strait_semaphore_release(semaphore, 1) == 0);
    hear(parent);
    strait_segment_close(segment);
}

static void more_segments_than_the_kernel_waits_for_are_all_heard(void **state)
{
    (void)state;
    static struct strait_segment *segments[SEGMENTS];
    static struct strait_watch *watches[SEGMENTS];
    struct strait_wait_set *set = new_set();
    struct script script = {NULL, getpid()};
    char name[16];
    struct child child = child_start(release_when_asleep, &script);
    for (int i = 0; i < SEGMENTS; i++) {
        snprintf(name, sizeof name, "many%d", i);
        segments[i] = test_segment_with(name, 64, objects, COUNT_OF(objects));
        watches[i] = watch_semaphore(set, test_semaphore(segments[i], "plain"));
    }
    tell(child.socket, this_thread());
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_ptr_equal(strait_wait_set_ready(set), watches[SEGMENTS - 1]);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_wait_set_free(set);
    for (int i = 0; i < SEGMENTS; i++)
        strait_segment_close(segments[i]);
}

/* ---- From other threads ----------------------------------------------------------------------------------
 */

struct sleeper {
    pthread_t thread;
    struct strait_wait_set *set;
    struct strait_watch *removed; /* by it, after it was woken */
    int64_t timeout_ns;
    int64_t spin_ns;
    int result;
    _Atomic pid_t tid;
};

static void *sleep_in_set(void *context)
{
    struct sleeper *sleeper = context;
    atomic_store(&sleeper->tid, this_thread());
    sleeper->result = strait_wait_set_await(sleeper->set, sleeper->spin_ns, sleeper->timeout_ns);
    if (sleeper->removed != NULL)
        must(strait_wait_set_remove(sleeper->set, sleeper->removed) == 0);
    return NULL;
}

static void start_sleeper(struct sleeper *sleeper, struct strait_wait_set *set, int64_t timeout_ns)
{
    *sleeper = (struct sleeper){.set = set, .timeout_ns = timeout_ns};
    must(pthread_create(&sleeper->thread, NULL, sleep_in_set, sleeper) == 0);
    while (atomic_load(&sleeper->tid) == 0)
        pause_briefly();
    see_asleep(getpid(), atomic_load(&sleeper->tid));
}

static int end_sleeper(struct sleeper *sleeper)
{
    must(pthread_join(sleeper->thread, NULL) == 0);
    return sleeper->result;
}

static void wake_and_interrupt(struct strait_wait_set *set)
{
    struct sleeper sleeper;
    start_sleeper(&sleeper, set, FOREVER);
    assert_int_equal(strait_wait_set_await(set, 0, 0), -EBUSY);
    strait_wait_set_wake(set);
    assert_int_equal(end_sleeper(&sleeper), 0);
    start_sleeper(&sleeper, set, FOREVER);
    strait_wait_set_interrupt(set);
    assert_int_equal(end_sleeper(&sleeper), -EINTR);
    strait_wait_set_wake(set);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 0);
    strait_wait_set_interrupt(set);
    assert_int_equal(strait_wait_set_await(set, 0, SHORT_NS), STRAIT_TIMED_OUT);
}

static void another_thread_wakes_and_interrupts_the_sleeper(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_wait_set *set = new_set();
    int ends[2];
    wake_and_interrupt(set);
    watch_semaphore(set, test_semaphore(segment, "plain"));
    wake_and_interrupt(set);
    must(strait_wait_set_add_reader(set, test_reader(ring), NULL, NULL) == 0);
    wake_and_interrupt(set);
    must(add_silent_descriptor(set, ends) == 0);
    wake_and_interrupt(set);
    strait_wait_set_free(set);
    strait_ring_close(ring);
    strait_segment_close(segment);
    close_ends(ends);
}

static void close_while_asleep(enum way way)
{
    struct strait_segment *segment = create();
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_wait_set *set = new_set();
    struct strait_watch *semaphore = watch_semaphore(set, test_semaphore(segment, "plain"));
    struct strait_watch *reader = NULL;
    struct sleeper sleeper;
    int ends[2];
    must(strait_wait_set_add_reader(set, test_reader(ring), &reader, NULL) == 0);
    must(in_way(set, way, ends) == 0);
    start_sleeper(&sleeper, set, FOREVER);
    strait_ring_reader_close(&ring->reader);
    assert_int_equal(end_sleeper(&sleeper), 1);
    assert_int_equal(strait_watch_outcome(reader), STRAIT_CLOSED);
    must(strait_ring_reader_open(ring, &(struct strait_ring_reader *){NULL}, NULL) >= 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 1); /* that one stays closed */
    assert_int_equal(strait_wait_set_remove(set, reader), 0);
    start_sleeper(&sleeper, set, FOREVER);
    strait_segment_close(segment);
    assert_int_equal(end_sleeper(&sleeper), 1);
    assert_int_equal(strait_watch_outcome(semaphore), STRAIT_CLOSED);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 1); /* it is freed, and stays closed */
    assert_int_equal(strait_watch_outcome(semaphore), STRAIT_CLOSED);
    strait_wait_set_free(set);
    strait_ring_close(ring);
    close_ends(ends);
    unlink(test_path("segment"));
    unlink(test_path("ring"));
}

static void closing_what_is_watched_ends_the_wait(void **state)
{
    (void)state;
    each_way(close_while_asleep);
}

static void shutting_a_set_ends_its_wait(void **state)
{
    (void)state;
    struct strait_wait_set *set = new_set();
    struct sleeper sleeper;
    start_sleeper(&sleeper, set, FOREVER);
    strait_wait_set_shut(set);
    assert_int_equal(end_sleeper(&sleeper), STRAIT_CLOSED);
    assert_int_equal(strait_wait_set_await(set, 0, 0), STRAIT_CLOSED);
    strait_wait_set_free(set);
}

static void use_inherited(int parent, void *context)
{
    struct strait_wait_set *const *sets = context;
    (void)parent;
    for (int i = 0; i < 3; i++) {
        must(strait_wait_set_await(sets[i], 0, 0) == STRAIT_CLOSED);
        must(strait_wait_set_arm(sets[i], 0) == STRAIT_CLOSED);
        strait_wait_set_wake(sets[i]);
        strait_wait_set_free(sets[i]);
    }
    struct strait_wait_set *own = new_set();
    int ends[2];
    must(add_silent_descriptor(own, ends) == 0);
    must(strait_wait_set_await(own, 0, SHORT_NS) == STRAIT_TIMED_OUT);
    strait_wait_set_free(own);
}

static void a_forked_child_finds_a_set_closed_and_can_make_its_own(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *sets[] = {new_set(), new_set(), new_set()};
    struct sleeper sleepers[2];
    int ends[2];
    int event_fd = eventfd(0, EFD_CLOEXEC);
    must(add_silent_descriptor(sets[1], ends) == 0);
    for (int i = 0; i < 3; i++)
        watch_semaphore(sets[i], plain);
    must(strait_wait_set_arm(sets[2], event_fd) == 0);
    start_sleeper(&sleepers[0], sets[0], FOREVER);
    start_sleeper(&sleepers[1], sets[1], FOREVER);
    assert_int_equal(child_run(use_inherited, sets), 0);
    must(strait_semaphore_release(plain, 1) == 0);
    assert_int_equal(end_sleeper(&sleepers[0]), 1);
    assert_int_equal(end_sleeper(&sleepers[1]), 1);
    uint64_t rung;
    assert_int_equal(read(event_fd, &rung, sizeof rung), sizeof rung);
    for (int i = 0; i < 3; i++)
        strait_wait_set_free(sets[i]);
    strait_segment_close(segment);
    close_ends(ends);
    close(event_fd);
}

/* ---- The line --------------------------------------------------------------------------------------------
 */

static uint64_t watchers_of(struct strait_semaphore *semaphore)
{
    struct strait_queue *queue = ((struct strait_sync *)semaphore)->object.words;
    return atomic_load(&queue->watchers);
}

/* Stands in line for two permits. */
static void want_two(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    tell(parent, 0);
    must(strait_semaphore_acquire(plain, 2, 0, FOREVER) == 0);
    tell(parent, 0);
    hear(parent);
    strait_segment_close(segment);
}

static void a_watcher_waits_behind_the_line_and_is_told_when_it_is_gone(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *set = new_set();
    struct sleeper sleeper;
    watch_semaphore(set, plain);
    struct child child = child_start(want_two, NULL);
    hear(child.socket);
    while (strait_semaphore_queued(plain) == 0)
        pause_briefly();
    start_sleeper(&sleeper, set, FOREVER);
    must(strait_semaphore_release(plain, 1) == 0);
    assert_true(watchers_of(plain) != 0); /* the release passed it over */
    assert_int_equal(strait_wait_set_await(set, 0, 0), -EBUSY);
    must(strait_semaphore_release(plain, 2) == 0);
    hear(child.socket); /* two are taken, and its leaving tells of the third */
    assert_int_equal(end_sleeper(&sleeper), 1);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

static void give_up(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    must(strait_semaphore_acquire(plain, 2, 0, 300 * MILLISECOND) == STRAIT_TIMED_OUT);
    hear(parent);
    strait_segment_close(segment);
}

static void a_watcher_is_told_when_who_stood_before_it_gives_up(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *set = new_set();
    watch_semaphore(set, plain);
    struct child child = child_start(give_up, NULL);
    while (strait_semaphore_queued(plain) == 0)
        pause_briefly();
    must(strait_semaphore_release(plain, 1) == 0);
    assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
    assert_int_equal(strait_semaphore_queued(plain), 0);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

/* ---- What it costs ---------------------------------------------------------------------------------------
 */

static void publish_without_the_kernel(int parent, void *context)
{
    struct side peer = {0};
    (void)context;
    open_peer(&peer, parent);
    send_message(&peer); /* the first time also takes the bits of who has waited before */
    release_plain(&peer);
    release_recoverable(&peer);
    call_nothing();
    for (int i = 0; i < 100; i++)
        send_message(&peer);
    release_plain(&peer);
    release_recoverable(&peer);
    unlock(&peer);
    advance(&peer);
    count_down(&peer);
    _exit(0);
}

static void a_peer_calls_nothing_while_nobody_waits(void **state)
{
    (void)state;
    if (!test_can_filter())
        test_skip("a sanitizer makes system calls of its own");
    struct stage stage;
    set_stage(&stage, &things[0]);
    tell(stage.side.socket, CLOSES);
    for (size_t i = 0; i < 8; i++)
        must(things[i].add(stage.set, &stage.side, NULL) == 0);
    see_participants(stage.side.segment, 1, test_now_ns());
    assert_true(strait_wait_set_await(stage.set, 0, 0) > 0);
    assert_int_equal(child_run(publish_without_the_kernel, NULL), 0);
    clear_stage(&stage, false);
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

static void waiting_uses_no_processor(enum way way)
{
    struct stage stage;
    int ends[2];
    set_stage(&stage, &things[0]);
    must(in_way(stage.set, way, ends) == 0);
    add_others(&stage, NULL);
    int64_t before_ns = cpu_ns();
    assert_int_equal(strait_wait_set_await(stage.set, SPIN_NS, SECOND / 2), STRAIT_TIMED_OUT);
    assert_true(cpu_ns() - before_ns < SECOND / 10);
    clear_stage(&stage, false);
    close_ends(ends);
}

static void a_sleeper_uses_no_processor(void **state)
{
    (void)state;
    if (TEST_SANITIZED || test_is_on_valgrind())
        test_skip("a sanitizer uses the processor itself");
    each_way(waiting_uses_no_processor);
}

/* ---- For somebody else's epoll ---------------------------------------------------------------------------
 */

static int64_t read_event(int event_fd)
{
    uint64_t count = 0;
    struct pollfd polled = {.fd = event_fd, .events = POLLIN};
    must(poll(&polled, 1, -1) == 1);
    must(read(event_fd, &count, sizeof count) == sizeof count);
    return (int64_t)count;
}

static bool is_readable(int event_fd)
{
    struct pollfd polled = {.fd = event_fd, .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

static void ring_for(const struct thing *thing, int what, int outcome)
{
    struct stage stage;
    struct strait_watch *watch;
    if (outcome == 0)
        return;
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    set_stage(&stage, thing);
    must(thing->add(stage.set, &stage.side, &watch) == 0);
    assert_int_equal(strait_wait_set_arm(stage.set, event_fd), 0);
    assert_false(is_readable(event_fd));
    tell(stage.side.socket, what);
    assert_int_equal(read_event(event_fd), 1);
    assert_int_equal(strait_wait_set_await(stage.set, 0, 0), 1);
    assert_int_equal(strait_watch_outcome(watch), outcome);
    clear_stage(&stage, what == DIES);
    close(event_fd);
}

static void an_eventfd_is_rung_for_each_thing_and_each_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(things) - 1; i++) {
        ring_for(&things[i], ACTS, things[i].outcome);
        ring_for(&things[i], CLOSES, things[i].when_closed);
        ring_for(&things[i], DIES, things[i].when_dead);
    }
}

static void an_eventfd_is_rung_once_and_armed_anew(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *set = new_set();
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    watch_semaphore(set, plain);
    for (int i = 0; i < test_rounds(1000); i++) {
        assert_int_equal(strait_wait_set_arm(set, event_fd), 0);
        must(strait_semaphore_release(plain, 1) == 0);
        assert_int_equal(read_event(event_fd), 1);
        must(strait_semaphore_release(plain, 1) == 0);
        assert_false(is_readable(event_fd));
        assert_int_equal(strait_wait_set_arm(set, event_fd), 1);
        assert_int_equal(strait_semaphore_drain(plain), 2);
    }
    assert_int_equal(strait_wait_set_arm(set, event_fd), 0);
    strait_wait_set_wake(set);
    assert_int_equal(read_event(event_fd), 1);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 0);
    strait_wait_set_wake(set);
    assert_int_equal(strait_wait_set_arm(set, event_fd), 0);
    assert_int_equal(read_event(event_fd), 1);
    strait_wait_set_free(set);
    strait_segment_close(segment);
    close(event_fd);
}

static void closing_a_segment_rings_and_waits_for_nobody(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_wait_set *set = new_set();
    struct strait_watch *watch = watch_semaphore(set, test_semaphore(segment, "plain"));
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    must(strait_wait_set_arm(set, event_fd) == 0);
    strait_segment_close(segment);
    assert_int_equal(read_event(event_fd), 1);
    assert_int_equal(strait_wait_set_await(set, 0, 0), 1);
    assert_int_equal(strait_watch_outcome(watch), STRAIT_CLOSED);
    assert_int_equal(strait_wait_set_remove(set, watch), 0);
    strait_wait_set_free(set);
    close(event_fd);
}

static void disarming_leaves_the_eventfd_alone(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_semaphore *plain = test_semaphore(segment, "plain");
    struct strait_wait_set *set = new_set();
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int ends[2];
    watch_semaphore(set, plain);
    must(strait_wait_set_arm(set, event_fd) == 0);
    assert_int_equal(strait_wait_set_await(set, 0, 0), STRAIT_TIMED_OUT);
    must(strait_semaphore_release(plain, 1) == 0);
    strait_wait_set_wake(set);
    pause_briefly();
    assert_false(is_readable(event_fd));
    must(add_silent_descriptor(set, ends) == 0);
    assert_int_equal(strait_wait_set_arm(set, event_fd), -EINVAL);
    strait_wait_set_free(set);
    strait_segment_close(segment);
    close_ends(ends);
    close(event_fd);
}

/* ---- Nothing is lost -------------------------------------------------------------------------------------
 *
 * Peers make things ready again and again, each when the last was taken: a wake-up that is lost leaves one of
 * them waiting for ever.
 */

#define PEERS 3

struct stress {
    int number;
    int rounds;
};

static void play(int parent, void *context)
{
    const struct stress *stress = context;
    char name[16];
    struct side peer = {.segment = test_segment_open("segment")};
    snprintf(name, sizeof name, "ring%d", stress->number);
    peer.inbound = test_ring_open(name);
    peer.writer = test_writer(peer.inbound);
    open_objects(&peer);
    for (int i = 0; i < stress->rounds; i++) {
        must(strait_semaphore_release(peer.plain, 1) == 0);
        must(strait_lock_acquire(peer.lock, 0, FOREVER) == 0);
        must(strait_lock_release(peer.lock) == 0);
        must(strait_sequence_increment(peer.sequence, 1) > 0);
        while (strait_ring_offer(peer.writer, 0, NULL, 0) == STRAIT_FULL)
            must(strait_ring_await_space(peer.writer, 0, 0, FOREVER) == STRAIT_READY);
        while (strait_semaphore_available(peer.overtaking) > 0)
            pause_briefly();
        must(strait_semaphore_release(peer.overtaking, 1) == 0);
        while (strait_ring_writer_free(peer.writer) < strait_ring_capacity(peer.inbound))
            pause_briefly();
    }
    hear(parent);
    strait_ring_close(peer.inbound);
    strait_segment_close(peer.segment);
}

/* What the test's process has had of it all. */
struct gains {
    int permits;
    int fast_permits;
    int messages;
    int64_t number;
};

static void take_all(struct strait_wait_set *set, struct strait_ring_reader **readers, struct side *side,
                     struct gains *gains, struct strait_watch **sequence)
{
    gains->permits += strait_semaphore_drain(side->plain);
    gains->fast_permits += strait_semaphore_drain(side->overtaking);
    for (int i = 0; i < PEERS; i++)
        while (strait_ring_skip(readers[i]) == 1)
            gains->messages++;
    if (strait_lock_acquire(side->lock, 0, 0) == 0)
        must(strait_lock_release(side->lock) == 0);
    int64_t number = strait_sequence_value(side->sequence);
    if (number == gains->number)
        return;
    gains->number = number;
    must(strait_wait_set_remove(set, *sequence) == 0);
    must(strait_wait_set_add_sequence(set, side->sequence, number + 1, sequence, NULL) == 0);
}

/* Waits, until something is ready. */
static void sleep_in_way(struct strait_wait_set *set, enum way way, int64_t spin_ns, int event_fd)
{
    if (way == ARMED && strait_wait_set_arm(set, event_fd) == 0)
        read_event(event_fd);
    assert_true(strait_wait_set_await(set, spin_ns, way == ARMED ? 0 : FOREVER) > 0);
}

static void lose_nothing(enum way way)
{
    struct side side = {.segment = create()};
    struct strait_ring *rings[PEERS];
    struct strait_ring_reader *readers[PEERS];
    struct child children[PEERS];
    struct gains gains = {.number = 5};
    struct strait_wait_set *set = new_set();
    struct strait_watch *sequence;
    int rounds = test_rounds(2000);
    int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int ends[2];
    char name[16];
    for (int i = 0; i < PEERS; i++) {
        snprintf(name, sizeof name, "ring%d", i);
        rings[i] = test_ring_create(name, LANE);
        readers[i] = test_reader(rings[i]);
    }
    open_objects(&side);
    for (int i = 0; i < PEERS; i++)
        children[i] = child_start(play, &(struct stress){i, rounds});
    for (int i = 0; i < PEERS; i++)
        must(strait_wait_set_add_reader(set, readers[i], NULL, NULL) == 0);
    watch_semaphore(set, side.plain);
    watch_semaphore(set, side.overtaking);
    must(strait_wait_set_add_sequence(set, side.sequence, 6, &sequence, NULL) == 0);
    must(in_way(set, way, ends) == 0);
    while (gains.permits < PEERS * rounds || gains.fast_permits < PEERS * rounds ||
           gains.messages < PEERS * rounds || gains.number < 5 + PEERS * rounds) {
        sleep_in_way(set, way, gains.number % 2 == 0 ? SPIN_NS : 0, event_fd);
        take_all(set, readers, &side, &gains, &sequence);
    }
    for (int i = 0; i < PEERS; i++) {
        tell(children[i].socket, 0);
        assert_int_equal(child_end(&children[i]), 0);
    }
    strait_wait_set_free(set);
    for (int i = 0; i < PEERS; i++) {
        strait_ring_close(rings[i]);
        snprintf(name, sizeof name, "ring%d", i);
        unlink(test_path(name));
    }
    strait_segment_close(side.segment);
    unlink(test_path("segment"));
    close_ends(ends);
    close(event_fd);
}

static void no_event_is_lost_however_it_sleeps(void **state)
{
    (void)state;
    lose_nothing(ON_DOORBELLS);
    lose_nothing(IN_POLL);
    lose_nothing(ARMED);
}

/* A watch of a lock alone, so that nothing else tells of it. */
static void lock_all_the_time(int parent, void *context)
{
    int rounds = *(int *)context;
    struct strait_segment *segment = test_segment_open("segment");
    struct strait_lock *lock = test_lock(segment, "lock");
    for (int i = 0; i < rounds; i++) {
        must(strait_lock_acquire(lock, 0, FOREVER) == 0);
        must(strait_lock_release(lock) == 0);
    }
    hear(parent);
    strait_segment_close(segment);
}

static void a_watcher_of_a_lock_gets_its_turn_beside_those_in_line(void **state)
{
    (void)state;
    struct strait_segment *segment = create();
    struct strait_lock *lock = test_lock(segment, "lock");
    struct strait_wait_set *set = new_set();
    int rounds = test_rounds(5000);
    struct child children[2];
    for (int i = 0; i < 2; i++)
        children[i] = child_start(lock_all_the_time, &rounds);
    must(strait_wait_set_add_lock(set, lock, NULL, NULL) == 0);
    for (int taken = 0; taken < rounds;) {
        assert_int_equal(strait_wait_set_await(set, 0, FOREVER), 1);
        if (strait_lock_acquire(lock, 0, 0) == 0) {
            must(strait_lock_release(lock) == 0);
            taken++;
        }
    }
    for (int i = 0; i < 2; i++) {
        tell(children[i].socket, 0);
        assert_int_equal(child_end(&children[i]), 0);
    }
    strait_wait_set_free(set);
    strait_segment_close(segment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sleeper_wakes_for_each_of_its_things_and_knows_which),
        TEST(a_sleeper_hears_of_a_peers_end_and_death),
        TEST(a_slot_tells_how_its_last_user_ended_until_the_next_has),
        TEST(what_is_ready_stays_ready_until_it_is_taken),
        TEST(a_watch_carries_what_its_owner_gave_it),
        TEST(what_can_never_be_is_refused),
        TEST(a_descriptor_is_refused_as_epoll_refuses_it),
        TEST(a_thousand_watches_tell_the_one_that_is_ready),
        TEST(more_segments_than_the_kernel_waits_for_are_all_heard),
        TEST(another_thread_wakes_and_interrupts_the_sleeper),
        TEST(closing_what_is_watched_ends_the_wait),
        TEST(shutting_a_set_ends_its_wait),
        TEST(a_forked_child_finds_a_set_closed_and_can_make_its_own),
        TEST(a_watcher_waits_behind_the_line_and_is_told_when_it_is_gone),
        TEST(a_watcher_is_told_when_who_stood_before_it_gives_up),
        TEST(a_peer_calls_nothing_while_nobody_waits),
        TEST(a_sleeper_uses_no_processor),
        TEST(an_eventfd_is_rung_for_each_thing_and_each_end),
        TEST(an_eventfd_is_rung_once_and_armed_anew),
        TEST(closing_a_segment_rings_and_waits_for_nobody),
        TEST(disarming_leaves_the_eventfd_alone),
        TEST(no_event_is_lost_however_it_sleeps),
        TEST(a_watcher_of_a_lock_gets_its_turn_beside_those_in_line),
    };
    strait_wait_nap_ns = 3600 * SECOND; /* nobody is saved by looking again */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
