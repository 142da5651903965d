#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/futex.h"
#include "internal/ring.h"

/* Comes back when the bit of `slot` is set and its thread is asleep: then it waits for its doorbell. */
static void see_waiting(_Atomic uint64_t *waiters, uint32_t slot, pid_t process, pid_t thread)
{
    while ((atomic_load(waiters) >> slot & 1) == 0)
        pause_briefly();
    see_asleep(process, thread);
}

static _Atomic uint32_t *doorbell_of(const struct strait_ring *ring, uint32_t slot)
{
    return &ring->participant->slots[slot].doorbell;
}

/* ---- One process wakes another ---------------------------------------------------------------------------
 */

static void read_one(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    tell(parent, ring->participant->slot);
    must(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER) == *(int *)context);
    tell(parent, strait_ring_skip(reader));
    hear(parent); /* closing would ring too */
    strait_ring_close(ring);
}

static void write_one(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    tell(parent, ring->participant->slot);
    test_offer(writer, LANE / 8);
    must(strait_ring_await_space(writer, 0, 0, STRAIT_WAIT_FOREVER) == *(int *)context);
    tell(parent, strait_ring_offer(writer, 0, NULL, 0));
    hear(parent); /* closing would ring too */
    strait_ring_close(ring);
}

static void a_commit_wakes_a_reader_that_sleeps(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    int wanted = STRAIT_READY;
    struct child child = child_start(read_one, &wanted);
    uint32_t slot = (uint32_t)hear(child.socket);
    see_waiting(&ring->control->data_waiters, slot, child.pid, child.pid);
    uint32_t before = atomic_load(doorbell_of(ring, slot));

    test_offer(writer, 1);
    assert_int_equal(atomic_load(doorbell_of(ring, slot)), before + 2);
    assert_int_equal(hear(child.socket), 1);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void consuming_wakes_a_writer_that_sleeps(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    int wanted = STRAIT_READY;
    struct child child = child_start(write_one, &wanted);
    uint32_t slot = (uint32_t)hear(child.socket);
    see_waiting(&ring->control->space_waiters, slot, child.pid, child.pid);
    uint32_t before = atomic_load(doorbell_of(ring, slot));

    test_take(reader, 1);
    assert_int_equal(atomic_load(doorbell_of(ring, slot)), before + 2);
    assert_int_equal(hear(child.socket), 0);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void the_end_of_a_writer_wakes_a_reader_that_sleeps(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    int wanted = STRAIT_END;
    struct child child = child_start(read_one, &wanted);
    see_waiting(&ring->control->data_waiters, (uint32_t)hear(child.socket), child.pid, child.pid);
    strait_ring_writer_close(writer);
    assert_int_equal(hear(child.socket), STRAIT_EMPTY);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void the_end_of_a_reader_wakes_a_writer_that_sleeps(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_reader *reader = test_reader(ring);
    int wanted = STRAIT_END;
    struct child child = child_start(write_one, &wanted);
    see_waiting(&ring->control->space_waiters, (uint32_t)hear(child.socket), child.pid, child.pid);
    strait_ring_reader_close(reader);
    assert_int_equal(hear(child.socket), STRAIT_FULL);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

/* The sleepers above look again after a second, which would hide a wake-up that is missing. This one obeys
 * the protocol, but sleeps for ever. */
static void sleep_without_naps(int parent, void *context)
{
    struct strait_ring *ring = test_ring_open("ring");
    uint32_t slot = ring->participant->slot;
    _Atomic uint64_t *waiters =
        *(bool *)context ? &ring->control->data_waiters : &ring->control->space_waiters;
    uint32_t before = atomic_load(doorbell_of(ring, slot));
    atomic_fetch_or(waiters, UINT64_C(1) << slot);
    tell(parent, slot);
    while (strait_futex_wait(doorbell_of(ring, slot), before, STRAIT_NEVER) == -EINTR) {
    }
    must(atomic_load(doorbell_of(ring, slot)) == before + 2);
    strait_ring_close(ring);
}

static void who_publishes_wakes_one_who_sleeps_for_ever(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int for_data = 0; for_data < 2; for_data++) {
        bool context = for_data;
        test_offer(writer, 1 - for_data);
        struct child child = child_start(sleep_without_naps, &context);
        hear(child.socket);
        see_asleep(child.pid, child.pid);
        if (for_data)
            test_offer(writer, 1);
        else
            test_take(reader, 1);
        assert_int_equal(child_end(&child), 0);
    }
    strait_ring_close(ring);
}

static void a_close_wakes_one_who_sleeps_for_ever(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    bool for_data = true;
    struct strait_ring_writer *writer = test_writer(ring);
    struct child child = child_start(sleep_without_naps, &for_data);
    hear(child.socket);
    see_asleep(child.pid, child.pid);
    strait_ring_writer_close(writer);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void a_wake_up_for_nothing_does_not_end_a_wait(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    int wanted = STRAIT_READY;
    struct child child = child_start(read_one, &wanted);
    uint32_t slot = (uint32_t)hear(child.socket);
    for (int i = 0; i < 20; i++) {
        see_waiting(&ring->control->data_waiters, slot, child.pid, child.pid);
        strait_participant_ring(ring->participant, slot);
    }
    for (int i = 0; i < 20; i++) { /* and takes the bit, which must be set again */
        see_waiting(&ring->control->data_waiters, slot, child.pid, child.pid);
        strait_wait_wake(ring->participant, &ring->control->data_waiters);
    }
    see_waiting(&ring->control->data_waiters, slot, child.pid, child.pid);
    test_offer(writer, 1);
    assert_int_equal(hear(child.socket), 1);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void pass_back(int parent, void *context)
{
    struct strait_ring *there = test_ring_open("there");
    struct strait_ring *back = test_ring_open("back");
    struct strait_ring_reader *reader = test_reader(there);
    struct strait_ring_writer *writer = test_writer(back);
    tell(parent, 0);
    for (int i = test_rounds(20000); i > 0; i--) {
        must(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER) == STRAIT_READY);
        test_take(reader, 1);
        test_offer(writer, 1);
    }
    hear(parent);
    strait_ring_close(there);
    strait_ring_close(back);
}

static void two_that_always_sleep_pass_a_message_to_and_fro(void **state)
{
    struct strait_ring *there = test_ring_create("there", LANE);
    struct strait_ring *back = test_ring_create("back", LANE);
    struct strait_ring_writer *writer = test_writer(there);
    struct strait_ring_reader *reader = test_reader(back);
    struct child child = child_start(pass_back, NULL);
    hear(child.socket);
    for (int i = test_rounds(20000); i > 0; i--) {
        test_offer(writer, 1);
        assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_READY);
        test_take(reader, 1);
    }
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(back);
    strait_ring_close(there);
}

/* ---- Nobody sleeps ---------------------------------------------------------------------------------------
 */

static void while_nobody_sleeps_nobody_is_woken(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring *other = test_ring_open("ring");
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(other);
    uint32_t doorbells[2];
    for (uint32_t slot = 0; slot < 2; slot++)
        doorbells[slot] = atomic_load(doorbell_of(ring, slot));
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(strait_ring_await_space(writer, 0, 0, STRAIT_WAIT_FOREVER), STRAIT_READY);
        test_offer(writer, 1);
        assert_int_equal(strait_ring_await_data(reader, 0, STRAIT_WAIT_FOREVER), STRAIT_READY);
        test_take(reader, 1);
        assert_int_equal(strait_ring_await_data(reader, 0, 0), STRAIT_TIMED_OUT);
        assert_int_equal(atomic_load(&ring->control->data_waiters), 0);
        assert_int_equal(atomic_load(&ring->control->space_waiters), 0);
    }
    for (uint32_t slot = 0; slot < 2; slot++)
        assert_int_equal(atomic_load(doorbell_of(ring, slot)), doorbells[slot]);
    strait_ring_close(other);
    strait_ring_close(ring);
}

static void who_was_left_asleep_looks_again_by_himself(void **state)
{
    if (STRAIT_NAP_NS > SECOND)
        test_skip("in this build nobody looks again");
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    int wanted = STRAIT_READY;
    struct child child = child_start(read_one, &wanted);
    see_waiting(&ring->control->data_waiters, (uint32_t)hear(child.socket), child.pid, child.pid);
    atomic_store(&ring->control->data_waiters, 0); /* by a publisher that was stopped before it rang */
    test_offer(writer, 1);
    assert_int_equal(hear(child.socket), 1);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void a_bit_that_nobody_sleeps_behind_is_taken_by_the_next_publisher(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    atomic_store(&ring->control->data_waiters, UINT64_MAX);
    atomic_store(&ring->control->space_waiters, UINT64_MAX);
    test_offer(writer, 1);
    assert_int_equal(atomic_load(&ring->control->data_waiters), 0);
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
        assert_int_equal(atomic_load(doorbell_of(ring, slot)), 3);
    test_take(reader, 1);
    assert_int_equal(atomic_load(&ring->control->space_waiters), 0);
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
        assert_int_equal(atomic_load(doorbell_of(ring, slot)), 5);
    strait_ring_close(ring);
}

static void a_bit_without_a_slot_rings_nothing(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_segment small = *ring->segment;
    const struct strait_participant in_small = {.segment = &small, .slots = ring->participant->slots};
    small.geometry.slot_count = 2;
    atomic_store(&ring->control->data_waiters, UINT64_MAX);
    strait_wait_wake(&in_small, &ring->control->data_waiters);
    assert_int_equal(atomic_load(doorbell_of(ring, 1)), 3);
    assert_int_equal(atomic_load(doorbell_of(ring, 2)), 1);
    strait_ring_close(ring);
}

static void a_killed_sleepers_bit_does_no_harm(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    int wanted = STRAIT_READY;
    struct child child = child_start(read_one, &wanted);
    see_waiting(&ring->control->data_waiters, (uint32_t)hear(child.socket), child.pid, child.pid);
    child_kill(&child);
    assert_int_equal(atomic_load(&ring->control->data_waiters), 2);
    test_offer(writer, 1);
    assert_int_equal(atomic_load(&ring->control->data_waiters), 0);
    test_take(test_reader(ring), 1);
    strait_ring_close(ring);
}

/* ---- Deadlines -------------------------------------------------------------------------------------------
 */

static void a_wait_does_not_give_up_early(void **state)
{
    const struct {
        int64_t spin_ns;
        int64_t timeout_ns;
    } waits[] = {
        {0, 1},
        {0, 20 * MILLISECOND},
        {STRAIT_SPIN_DEFAULT_NS, 20 * MILLISECOND},
        {MILLISECOND, 20 * MILLISECOND},
        {SECOND, 20 * MILLISECOND},
        {STRAIT_SPIN_ONLY, 20 * MILLISECOND},
        {STRAIT_SPIN_DEFAULT_NS,
         SECOND + 100 * MILLISECOND}, /* longer than a sleep of the library as shipped */
    };
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        int64_t start_ns = test_now_ns();
        assert_int_equal(strait_ring_await_data(reader, waits[i].spin_ns, waits[i].timeout_ns),
                         STRAIT_TIMED_OUT);
        assert_true(test_now_ns() - start_ns >= waits[i].timeout_ns);
    }
    test_offer(writer, LANE / 8);
    for (size_t i = 0; i < COUNT_OF(waits) - 1; i++) {
        int64_t start_ns = test_now_ns();
        assert_int_equal(strait_ring_await_space(writer, 0, waits[i].spin_ns, waits[i].timeout_ns),
                         STRAIT_TIMED_OUT);
        assert_true(test_now_ns() - start_ns >= waits[i].timeout_ns);
    }
    strait_ring_close(ring);
}

static void without_time_a_wait_looks_once(void **state)
{
    const int64_t timeouts_ns[] = {0, -1, INT64_MIN};
    const int64_t spins_ns[] = {0, SECOND, STRAIT_SPIN_ONLY};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    for (size_t i = 0; i < COUNT_OF(timeouts_ns); i++) {
        for (size_t spin = 0; spin < COUNT_OF(spins_ns); spin++) {
            assert_int_equal(strait_ring_await_data(reader, spins_ns[spin], timeouts_ns[i]),
                             STRAIT_TIMED_OUT);
            assert_int_equal(atomic_load(&ring->control->data_waiters), 0);
            test_offer(writer, 1);
            assert_int_equal(strait_ring_await_data(reader, spins_ns[spin], timeouts_ns[i]), STRAIT_READY);
            test_take(reader, 1);
        }
    }
    strait_ring_close(ring);
}

static void a_timeout_too_long_for_the_clock_never_passes(void **state)
{
    assert_int_equal(strait_deadline_after(STRAIT_WAIT_FOREVER), STRAIT_NEVER);
    assert_int_equal(strait_deadline_after(INT64_MAX - 1), STRAIT_NEVER);
    assert_true(strait_deadline_after(SECOND) >= SECOND);
    assert_true(strait_deadline_after(-1) <= test_now_ns());
}

/* ---- Waits in a thread -----------------------------------------------------------------------------------
 */

enum end { READING, WRITING };

/* A wait that some other thread ends. */
struct waiting {
    struct strait_ring *ring;
    enum end end;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
    int64_t timeout_ns;
    pthread_t thread;
    _Atomic pid_t tid;
    _Atomic bool done;
    int result;
};

static int await(struct waiting *waiting, int64_t timeout_ns)
{
    return waiting->end == READING ? strait_ring_await_data(waiting->reader, 0, timeout_ns)
                                   : strait_ring_await_space(waiting->writer, 0, 0, timeout_ns);
}

static void interrupt(struct waiting *waiting)
{
    if (waiting->end == READING)
        strait_ring_reader_interrupt(waiting->reader);
    else
        strait_ring_writer_interrupt(waiting->writer);
}

static void *wait_in_thread(void *context)
{
    struct waiting *waiting = context;
    atomic_store(&waiting->tid, this_thread());
    waiting->result = await(waiting, waiting->timeout_ns);
    atomic_store(&waiting->done, true);
    return NULL;
}

/* An empty lane for a reader, a full one for a writer. */
static void prepare(struct waiting *waiting, enum end end)
{
    *waiting = (struct waiting){.end = end, .timeout_ns = STRAIT_WAIT_FOREVER};
    waiting->ring = test_ring_create(end == READING ? "reading" : "writing", LANE);
    waiting->writer = test_writer(waiting->ring);
    waiting->reader = test_reader(waiting->ring);
    if (end == WRITING)
        test_offer(waiting->writer, LANE / 8);
}

static void start(struct waiting *waiting)
{
    atomic_store(&waiting->tid, 0);
    atomic_store(&waiting->done, false);
    must(pthread_create(&waiting->thread, NULL, wait_in_thread, waiting) == 0);
}

static void see_thread_waiting(struct waiting *waiting)
{
    struct strait_ring_control *control = waiting->ring->control;
    while (atomic_load(&waiting->tid) == 0)
        pause_briefly();
    see_waiting(waiting->end == READING ? &control->data_waiters : &control->space_waiters,
                waiting->ring->participant->slot, getpid(), atomic_load(&waiting->tid));
}

static int join(struct waiting *waiting)
{
    pthread_join(waiting->thread, NULL);
    return waiting->result;
}

static void an_interrupt_ends_a_wait(void **state)
{
    for (enum end end = READING; end <= WRITING; end++) {
        struct waiting waiting;
        prepare(&waiting, end);
        for (int round = 0; round < 10; round++) {
            start(&waiting);
            see_thread_waiting(&waiting);
            interrupt(&waiting);
            assert_int_equal(join(&waiting), -EINTR);
            assert_int_equal(await(&waiting, 0), STRAIT_TIMED_OUT); /* once */
        }
        strait_ring_close(waiting.ring);
    }
}

/* As sleep_without_naps, for what is rung in this process: inside a wait, and not to be woken by time. */
static void *wait_without_naps(void *context)
{
    struct waiting *waiting = context;
    struct strait_role *role = &waiting->reader->role;
    _Atomic uint32_t *doorbell = doorbell_of(waiting->ring, waiting->ring->participant->slot);
    uint32_t before = atomic_load(doorbell);
    must(strait_role_enter(role, atomic_load(&role->owner)));
    atomic_store(&waiting->tid, this_thread());
    while (strait_futex_wait(doorbell, before, STRAIT_NEVER) == -EINTR) {
    }
    strait_role_exit(role);
    return NULL;
}

static void an_interrupt_or_a_close_wakes_all_threads_that_sleep_for_ever(void **state)
{
    for (int close = 0; close < 2; close++) {
        struct waiting waiting;
        struct waiting second;
        prepare(&waiting, READING);
        second = waiting;
        must(pthread_create(&waiting.thread, NULL, wait_without_naps, &waiting) == 0);
        must(pthread_create(&second.thread, NULL, wait_without_naps, &second) == 0);
        while (atomic_load(&waiting.tid) == 0 || atomic_load(&second.tid) == 0)
            pause_briefly();
        see_asleep(getpid(), atomic_load(&waiting.tid));
        see_asleep(getpid(), atomic_load(&second.tid));
        if (close)
            strait_ring_reader_close(waiting.reader);
        else
            strait_ring_reader_interrupt(waiting.reader);
        pthread_join(waiting.thread, NULL);
        pthread_join(second.thread, NULL);
        strait_ring_close(waiting.ring);
        assert_int_equal(unlink(test_path("reading")), 0);
    }
}

static void an_interrupt_is_remembered_for_the_next_wait(void **state)
{
    for (enum end end = READING; end <= WRITING; end++) {
        struct waiting waiting;
        prepare(&waiting, end);
        interrupt(&waiting);
        interrupt(&waiting);
        assert_int_equal(await(&waiting, STRAIT_WAIT_FOREVER), -EINTR);
        assert_int_equal(await(&waiting, MILLISECOND), STRAIT_TIMED_OUT);
        interrupt(&waiting);
        assert_int_equal(await(&waiting, 0), -EINTR);
        assert_int_equal(await(&waiting, 0), STRAIT_TIMED_OUT);
        strait_ring_close(waiting.ring);
    }
}

static void an_interrupt_does_not_disturb_anything_but_waits(void **state)
{
    struct waiting waiting;
    prepare(&waiting, READING);
    interrupt(&waiting);
    strait_ring_writer_interrupt(waiting.writer);
    test_offer(waiting.writer, 2);
    test_take(waiting.reader, 1);
    assert_int_equal(await(&waiting, 0), -EINTR);
    assert_int_equal(await(&waiting, 0), STRAIT_READY);
    strait_ring_close(waiting.ring);
}

static void a_close_from_another_thread_ends_a_wait(void **state)
{
    for (enum end end = READING; end <= WRITING; end++) {
        struct waiting waiting;
        prepare(&waiting, end);
        start(&waiting);
        see_thread_waiting(&waiting);
        if (end == READING)
            assert_int_equal(strait_ring_reader_close(waiting.reader), 0);
        else
            strait_ring_writer_close(waiting.writer);
        strait_ring_close(waiting.ring); /* which is allowed at once */
        assert_int_equal(join(&waiting), STRAIT_CLOSED);
    }
}

static void a_ring_can_be_closed_under_a_wait(void **state)
{
    for (int round = test_rounds(200); round > 0; round--) {
        struct waiting waiting;
        prepare(&waiting, round % 2 == 0 ? READING : WRITING);
        start(&waiting);
        while (atomic_load(&waiting.tid) == 0)
            sched_yield();
        if (round % 3 == 0)
            see_thread_waiting(&waiting);
        strait_ring_reader_close(waiting.reader);
        strait_ring_writer_close(waiting.writer);
        int result = join(&waiting);
        assert_true(result == STRAIT_CLOSED || result == STRAIT_END);
        strait_ring_close(waiting.ring);
        assert_int_equal(unlink(test_path(waiting.end == READING ? "reading" : "writing")), 0);
    }
}

static _Atomic int signals_handled;

static void count_signal(int signal)
{
    (void)signal;
    atomic_fetch_add(&signals_handled, 1);
}

static void send_signal(struct waiting *waiting)
{
    int before = atomic_load(&signals_handled);
    must(pthread_kill(waiting->thread, SIGUSR1) == 0);
    while (atomic_load(&signals_handled) == before && !atomic_load(&waiting->done))
        pause_briefly();
}

static void a_signal_does_not_end_a_wait(void **state)
{
    must(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = count_signal}, NULL) == 0);
    for (enum end end = READING; end <= WRITING; end++) {
        struct waiting waiting;
        prepare(&waiting, end);
        start(&waiting);
        for (int i = 0; i < 20; i++) {
            see_thread_waiting(&waiting);
            send_signal(&waiting);
            assert_false(atomic_load(&waiting.done));
        }
        see_thread_waiting(&waiting);
        if (end == READING)
            test_offer(waiting.writer, 1);
        else
            test_take(waiting.reader, 1);
        assert_int_equal(join(&waiting), STRAIT_READY);
        strait_ring_close(waiting.ring);
    }
}

/* The signals go on until the wait ends: if each of them moved the deadline, it never would. */
static void a_signal_does_not_move_a_deadline(void **state)
{
    must(sigaction(SIGUSR1, &(struct sigaction){.sa_handler = count_signal}, NULL) == 0);
    for (enum end end = READING; end <= WRITING; end++) {
        struct waiting waiting;
        prepare(&waiting, end);
        waiting.timeout_ns = 100 * MILLISECOND;
        int64_t start_ns = test_now_ns();
        start(&waiting);
        see_thread_waiting(&waiting);
        while (!atomic_load(&waiting.done))
            send_signal(&waiting);
        assert_int_equal(join(&waiting), STRAIT_TIMED_OUT);
        assert_true(test_now_ns() - start_ns >= waiting.timeout_ns);
        strait_ring_close(waiting.ring);
    }
}

/* ---- Spinning --------------------------------------------------------------------------------------------
 */

struct spin {
    int64_t ns;
    bool alone; /* however many processors there are */
};

static void spin_for_one(int parent, void *context)
{
    const struct spin *spin = context;
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    ring->participant->alone = spin->alone;
    tell(parent, 0);
    must(strait_ring_await_data(reader, spin->ns, STRAIT_WAIT_FOREVER) == STRAIT_READY);
    tell(parent, strait_ring_skip(reader));
    strait_ring_close(ring);
}

static void who_spins_does_not_sleep(void **state)
{
    struct spin spins[] = {
        {STRAIT_SPIN_ONLY, false}, {STRAIT_SPIN_ONLY, true}, {STRAIT_SPIN_ONLY - 1, false}};
    for (size_t i = 0; i < COUNT_OF(spins); i++) {
        struct strait_ring *ring = test_ring_create("ring", LANE);
        struct strait_ring_writer *writer = test_writer(ring);
        struct child child = child_start(spin_for_one, &spins[i]);
        hear(child.socket);
        for (int look = 0; look < 50; look++) {
            pause_briefly();
            assert_int_equal(atomic_load(&ring->control->data_waiters), 0);
        }
        test_offer(writer, 1);
        assert_int_equal(hear(child.socket), 1);
        assert_int_equal(child_end(&child), 0);
        strait_ring_close(ring);
        assert_int_equal(unlink(test_path("ring")), 0);
    }
}

static void who_has_spun_long_enough_sleeps(void **state)
{
    struct spin spin = {5 * MILLISECOND, false};
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct child child = child_start(spin_for_one, &spin);
    hear(child.socket);
    see_waiting(&ring->control->data_waiters, 1, child.pid, child.pid);
    test_offer(writer, 1);
    assert_int_equal(hear(child.socket), 1);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static void wait_on_one_processor(int parent, void *context)
{
    cpu_set_t all;
    cpu_set_t one;
    size_t cpu = 0;
    must(sched_getaffinity(0, sizeof all, &all) == 0);
    while (!CPU_ISSET(cpu, &all))
        cpu++;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    must(sched_setaffinity(0, sizeof one, &one) == 0);
    struct strait_ring *ring = test_ring_open("ring");
    struct strait_ring_reader *reader = test_reader(ring);
    must(ring->participant->alone);
    tell(parent, 0);
    must(strait_ring_await_data(reader, STRAIT_SPIN_ONLY - 1, STRAIT_WAIT_FOREVER) == STRAIT_READY);
    strait_ring_close(ring);
}

static void with_one_processor_nobody_spins(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct strait_ring_writer *writer = test_writer(ring);
    struct child child = child_start(wait_on_one_processor, NULL);
    hear(child.socket);
    see_waiting(&ring->control->data_waiters, 1, child.pid, child.pid);
    test_offer(writer, 1);
    assert_int_equal(child_end(&child), 0);
    strait_ring_close(ring);
}

static struct strait_ring *create_spin_only(void)
{
    const struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = LANE;
    ring_options.spin_only = true;
    must(strait_ring_create("ring", &options, &ring_options, &ring, NULL) == 0);
    return ring;
}

static void a_spin_only_ring_refuses_to_let_anybody_sleep(void **state)
{
    const int64_t spins_ns[] = {0, STRAIT_SPIN_DEFAULT_NS, STRAIT_SPIN_ONLY - 1};
    struct strait_ring *ring = create_spin_only();
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    test_offer(writer, 1);
    for (size_t i = 0; i < COUNT_OF(spins_ns); i++) {
        assert_int_equal(strait_ring_await_data(reader, spins_ns[i], SECOND), -EINVAL);
        assert_int_equal(strait_ring_await_space(writer, 0, spins_ns[i], SECOND), -EINVAL);
    }
    assert_int_equal(strait_ring_await_data(reader, STRAIT_SPIN_ONLY, SECOND), STRAIT_READY);
    assert_int_equal(strait_ring_await_space(writer, 0, STRAIT_SPIN_ONLY, SECOND), STRAIT_READY);
    test_take(reader, 1);
    int64_t start_ns = test_now_ns();
    assert_int_equal(strait_ring_await_data(reader, STRAIT_SPIN_ONLY, 5 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_true(test_now_ns() - start_ns >= 5 * MILLISECOND);
    strait_ring_close(ring);
}

static void on_a_spin_only_ring_nobody_is_woken(void **state)
{
    struct strait_ring *ring = create_spin_only();
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    atomic_store(&ring->control->data_waiters, UINT64_MAX);
    atomic_store(&ring->control->space_waiters, UINT64_MAX);
    test_offer(writer, 1);
    test_take(reader, 1);
    assert_int_equal(atomic_load(&ring->control->data_waiters), UINT64_MAX);
    assert_int_equal(atomic_load(&ring->control->space_waiters), UINT64_MAX);
    strait_ring_close(ring);
}

static void a_spin_only_ring_passes_messages_and_ends(void **state)
{
    struct spin spin = {STRAIT_SPIN_ONLY, false};
    struct strait_ring *ring = create_spin_only();
    struct strait_ring_writer *writer = test_writer(ring);
    struct child child = child_start(spin_for_one, &spin);
    hear(child.socket);
    test_offer(writer, 1);
    assert_int_equal(hear(child.socket), 1);
    assert_int_equal(child_end(&child), 0);

    struct strait_ring_reader *reader = test_reader(ring);
    strait_ring_writer_close(writer);
    assert_int_equal(strait_ring_await_data(reader, STRAIT_SPIN_ONLY, STRAIT_WAIT_FOREVER), STRAIT_END);
    strait_ring_close(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_wakes_a_reader_that_sleeps),
        TEST(consuming_wakes_a_writer_that_sleeps),
        TEST(the_end_of_a_writer_wakes_a_reader_that_sleeps),
        TEST(the_end_of_a_reader_wakes_a_writer_that_sleeps),
        TEST(who_publishes_wakes_one_who_sleeps_for_ever),
        TEST(a_close_wakes_one_who_sleeps_for_ever),
        TEST(a_wake_up_for_nothing_does_not_end_a_wait),
        TEST(two_that_always_sleep_pass_a_message_to_and_fro),
        TEST(while_nobody_sleeps_nobody_is_woken),
        TEST(who_was_left_asleep_looks_again_by_himself),
        TEST(a_bit_that_nobody_sleeps_behind_is_taken_by_the_next_publisher),
        TEST(a_bit_without_a_slot_rings_nothing),
        TEST(a_killed_sleepers_bit_does_no_harm),
        TEST(a_wait_does_not_give_up_early),
        TEST(without_time_a_wait_looks_once),
        TEST(a_timeout_too_long_for_the_clock_never_passes),
        TEST(an_interrupt_ends_a_wait),
        TEST(an_interrupt_or_a_close_wakes_all_threads_that_sleep_for_ever),
        TEST(an_interrupt_is_remembered_for_the_next_wait),
        TEST(an_interrupt_does_not_disturb_anything_but_waits),
        TEST(a_close_from_another_thread_ends_a_wait),
        TEST(a_ring_can_be_closed_under_a_wait),
        TEST(a_signal_does_not_end_a_wait),
        TEST(a_signal_does_not_move_a_deadline),
        TEST(who_spins_does_not_sleep),
        TEST(who_has_spun_long_enough_sleeps),
        TEST(with_one_processor_nobody_spins),
        TEST(a_spin_only_ring_refuses_to_let_anybody_sleep),
        TEST(on_a_spin_only_ring_nobody_is_woken),
        TEST(a_spin_only_ring_passes_messages_and_ends),
    };
    return cmocka_run_group_tests_name("wait", tests, NULL, NULL);
}
