#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/beacon.h"
#include "internal/deadline.h"
#include "internal/futex.h"
#include "internal/layout.h"

/* A table of slots at the start of a file, which stands for a segment. */
#define TABLE_BYTES (STRAIT_SLOTS * sizeof(struct strait_slot))

struct table {
    int fd;
    struct strait_slot *slots; /* shared with children */
};

static struct table open_table(const char *name)
{
    struct table table;
    table.fd = open(test_path(name), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(table.fd >= 0);
    must(ftruncate(table.fd, TABLE_BYTES) == 0);
    table.slots = mmap(NULL, TABLE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, table.fd, 0);
    must(table.slots != MAP_FAILED);
    return table;
}

static void close_table(const struct table *table)
{
    munmap(table->slots, TABLE_BYTES);
    close(table->fd);
}

static uint32_t page_bytes(void)
{
    return (uint32_t)sysconf(_SC_PAGESIZE);
}

static void put_up(struct strait_beacon *beacon, const struct table *table, uint32_t slot)
{
    atomic_store(&table->slots[slot].beacon, (uint32_t)this_thread() | FUTEX_WAITERS);
    const char *operation;
    must(strait_beacon_map(beacon, table->fd, page_bytes(), slot * sizeof(struct strait_slot), TABLE_BYTES,
                           &operation) == 0);
    strait_beacon_link(beacon);
}

static bool is_marked(const struct table *table, uint32_t slot)
{
    return (atomic_load(&table->slots[slot].beacon) & FUTEX_OWNER_DIED) != 0;
}

static uint64_t marked(const struct table *table)
{
    uint64_t bits = 0;
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
        bits |= (uint64_t)is_marked(table, slot) << slot;
    return bits;
}

/* Robust lists are the kernel's, whatever runs the process; valgrind keeps this one from it. */
static void needs_robust_lists(void)
{
    if (test_is_on_valgrind())
        test_skip("valgrind ends a process in its own way");
}

/* ---- Marks -----------------------------------------------------------------------------------------------
 */

static void put_up_all(int parent, void *context)
{
    struct strait_beacon beacons[STRAIT_SLOTS];
    strait_beacon_register();
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
        put_up(&beacons[slot], context, slot);
    tell(parent, 0);
    hear(parent);
}

static void every_beacon_is_marked_when_its_process_is_killed(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    struct child child = child_start(put_up_all, &table);
    hear(child.socket);
    assert_int_equal(marked(&table), 0);
    child_kill(&child);
    assert_int_equal(marked(&table), UINT64_MAX);
    for (uint32_t slot = 0; slot < STRAIT_SLOTS; slot++)
        assert_int_equal(atomic_load(&table.slots[slot].beacon), FUTEX_OWNER_DIED | FUTEX_WAITERS);
    close_table(&table);
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Puts beacons up and takes them down in any order, and tells which are up. */
static void come_and_go(int parent, void *context)
{
    struct strait_beacon beacons[STRAIT_SLOTS];
    uint64_t up = 0;
    uint32_t seed = (uint32_t)hear(parent);
    strait_beacon_register();
    for (int step = 0; step < 500; step++) {
        uint32_t slot = next_random(&seed) % STRAIT_SLOTS;
        if ((up >> slot & 1) == 0) {
            put_up(&beacons[slot], context, slot);
        } else {
            strait_beacon_unlink(&beacons[slot]);
            strait_beacon_release(&beacons[slot]);
        }
        up ^= UINT64_C(1) << slot;
    }
    tell(parent, (int64_t)up);
    hear(parent);
}

static void a_beacon_that_is_taken_down_is_not_marked_and_breaks_no_chain(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    for (int round = test_rounds(20); round > 0; round--) {
        struct child child = child_start(come_and_go, &table);
        tell(child.socket, round);
        uint64_t up = (uint64_t)hear(child.socket);
        child_kill(&child);
        assert_int_equal(marked(&table), up);
        assert_true(up != 0 && up != UINT64_MAX);
        memset(table.slots, 0, TABLE_BYTES);
    }
    close_table(&table);
}

/* The first, the last and the only one are the odd cases of a chain. */
static void take_down(int parent, void *context)
{
    struct strait_beacon beacons[3];
    int64_t mask = hear(parent);
    strait_beacon_register();
    for (uint32_t slot = 0; slot < 3; slot++)
        put_up(&beacons[slot], context, slot);
    for (uint32_t slot = 0; slot < 3; slot++)
        if ((mask >> slot & 1) == 0)
            strait_beacon_unlink(&beacons[slot]);
    put_up(&beacons[0], context, 3);
    tell(parent, 0);
    hear(parent);
}

static void first_and_last_can_be_taken_down(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    for (int64_t mask = 0; mask < 8; mask++) {
        memset(table.slots, 0, TABLE_BYTES);
        struct child child = child_start(take_down, &table);
        tell(child.socket, mask & ~INT64_C(1)); /* the first goes, because its place is used again */
        hear(child.socket);
        child_kill(&child);
        assert_int_equal(marked(&table), (mask & ~INT64_C(1)) | 8);
    }
    close_table(&table);
}

struct ending {
    const struct table *table;
    void (*end)(void);
};

static void kill_itself(void)
{
    raise(SIGKILL);
}

static void leave_quietly(void)
{
    _exit(0);
}

static void run_another_program(void)
{
    execlp("true", "true", (char *)NULL);
}

static void fail_badly(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void put_up_and_end(int parent, void *context)
{
    struct strait_beacon beacon;
    const struct ending *ending = context;
    strait_beacon_register();
    put_up(&beacon, ending->table, 5);
    ending->end();
}

static void a_beacon_is_marked_however_its_process_ends(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    struct ending endings[] = {
        {&table, kill_itself}, {&table, leave_quietly}, {&table, run_another_program}, {&table, fail_badly}};
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct child child = child_start(put_up_and_end, &endings[i]);
        child_end(&child);
        assert_int_equal(marked(&table), 1 << 5);
        memset(table.slots, 0, TABLE_BYTES);
    }
    close_table(&table);
}

static void a_word_that_holds_another_thread_is_not_marked(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    struct child child = child_start(put_up_all, &table);
    hear(child.socket);
    atomic_store(&table.slots[3].beacon, (uint32_t)getpid() | FUTEX_WAITERS);
    atomic_store(&table.slots[4].beacon, 0);
    child_kill(&child);
    assert_int_equal(marked(&table), ~UINT64_C(0x18));
    assert_int_equal(atomic_load(&table.slots[3].beacon), (uint32_t)getpid() | FUTEX_WAITERS);
    close_table(&table);
}

/* ---- Wakes -----------------------------------------------------------------------------------------------
 */

struct sleeping {
    _Atomic uint32_t *word;
    uint32_t expected;
    _Atomic pid_t tid;
};

static void *sleep_for_ever(void *context)
{
    struct sleeping *sleeping = context;
    atomic_store(&sleeping->tid, this_thread());
    must(strait_futex_wait(sleeping->word, sleeping->expected, STRAIT_NEVER) == 0);
    return NULL;
}

static void *sleep_for_ever_among_others(void *context)
{
    struct sleeping *sleeping = context;
    static _Atomic uint32_t other;
    struct strait_futex_word words[] = {{&other, 0}, {sleeping->word, sleeping->expected}};
    atomic_store(&sleeping->tid, this_thread());
    must(strait_futex_wait_any(words, COUNT_OF(words), STRAIT_NEVER) == 0);
    return NULL;
}

static void expect_a_wake(const struct table *table, void *(*sleep)(void *))
{
    pthread_t thread;
    memset(table->slots, 0, TABLE_BYTES);
    struct child child = child_start(put_up_all, (void *)table);
    hear(child.socket);
    _Atomic uint32_t *word = &table->slots[40].beacon;
    struct sleeping sleeping = {.word = word, .expected = atomic_load(word)};
    must(pthread_create(&thread, NULL, sleep, &sleeping) == 0);
    while (atomic_load(&sleeping.tid) == 0)
        pause_briefly();
    see_asleep(getpid(), atomic_load(&sleeping.tid));
    child_kill(&child);
    pthread_join(thread, NULL);
}

static void the_kernel_wakes_who_sleeps_on_a_beacon(void **state)
{
    needs_robust_lists();
    static _Atomic uint32_t word;
    struct strait_futex_word words[] = {{&word, 1}};
    struct table table = open_table("table");
    expect_a_wake(&table, sleep_for_ever);
    if (strait_futex_wait_any(words, 1, 0) != -ENOSYS)
        expect_a_wake(&table, sleep_for_ever_among_others);
    close_table(&table);
}

/* ---- What others do to a segment -------------------------------------------------------------------------
 */

static struct table three_tables[3];

static void put_up_in_three(int parent, void *context)
{
    struct strait_beacon beacons[3];
    strait_beacon_register();
    for (size_t i = 0; i < 3; i++)
        put_up(&beacons[i], &three_tables[i], 1);
    tell(parent, 0);
    hear(parent);
}

static void open_three_tables(void)
{
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++)
        three_tables[i] = open_table(names[i]);
}

static void close_three_tables(void)
{
    for (size_t i = 0; i < 3; i++)
        close_table(&three_tables[i]);
}

/* The middle one of the chain is all ones: if a node were in there, the last one would not be reached. */
static void a_scribbled_segment_silences_no_other(void **state)
{
    needs_robust_lists();
    open_three_tables();
    struct child child = child_start(put_up_in_three, NULL);
    hear(child.socket);
    memset(three_tables[1].slots, 0xff, TABLE_BYTES);
    child_kill(&child);
    assert_true(is_marked(&three_tables[0], 1));
    assert_true(is_marked(&three_tables[2], 1));
    assert_int_equal(atomic_load(&three_tables[1].slots[1].beacon), UINT32_MAX);
    close_three_tables();
}

static void a_truncated_segment_silences_no_beacon_before_it(void **state)
{
    needs_robust_lists();
    open_three_tables();
    struct child child = child_start(put_up_in_three, NULL);
    hear(child.socket);
    must(ftruncate(three_tables[2].fd, 0) == 0);
    child_kill(&child);
    assert_true(is_marked(&three_tables[0], 1));
    assert_true(is_marked(&three_tables[1], 1));
    close_three_tables();
}

static void a_node_lies_in_private_memory(void **state)
{
    struct strait_beacon beacon;
    struct table table = open_table("table");
    const char *operation;
    assert_int_equal(strait_beacon_map(&beacon, table.fd, page_bytes(), 63 * sizeof(struct strait_slot),
                                       TABLE_BYTES, &operation),
                     0);
    unsigned char *node = (unsigned char *)beacon.node;
    memset(node, 0xee, 16);
    for (size_t i = 0; i < TABLE_BYTES; i++)
        assert_int_equal(((unsigned char *)table.slots)[i], 0);
    atomic_store(&table.slots[63].beacon, 77);
    uint32_t seen;
    memcpy(&seen, node + STRAIT_PARTICIPANTS_END, sizeof seen);
    assert_int_equal(seen, 77);
    strait_beacon_release(&beacon);
    close_table(&table);
}

/* ---- How many --------------------------------------------------------------------------------------------
 */

#define MANY_TABLES 34
#define KERNEL_MAX  2048

static struct table many_tables[MANY_TABLES];

static void put_up_many(int parent, void *context)
{
    static struct strait_beacon beacons[MANY_TABLES * STRAIT_SLOTS];
    strait_beacon_register();
    for (uint32_t i = 0; i < COUNT_OF(beacons); i++)
        put_up(&beacons[i], &many_tables[i / STRAIT_SLOTS], i % STRAIT_SLOTS);
    tell(parent, 0);
    hear(parent);
}

static void the_kernel_marks_2048_beacons_and_no_more(void **state)
{
    char name[16];
    needs_robust_lists();
    for (int i = 0; i < MANY_TABLES; i++) {
        snprintf(name, sizeof name, "table-%d", i);
        many_tables[i] = open_table(name);
    }
    struct child child = child_start(put_up_many, NULL);
    hear(child.socket);
    child_kill(&child);
    for (uint32_t i = 0; i < MANY_TABLES * STRAIT_SLOTS; i++)
        assert_int_equal(is_marked(&many_tables[i / STRAIT_SLOTS], i % STRAIT_SLOTS), i < KERNEL_MAX);
    for (int i = 0; i < MANY_TABLES; i++)
        close_table(&many_tables[i]);
}

static void forget(int parent, void *context)
{
    struct strait_beacon beacons[2];
    strait_beacon_register();
    put_up(&beacons[0], context, 0);
    strait_beacon_forget_all();
    put_up(&beacons[1], context, 1);
    tell(parent, 0);
    hear(parent);
}

static void a_list_that_is_forgotten_starts_anew(void **state)
{
    needs_robust_lists();
    struct table table = open_table("table");
    struct child child = child_start(forget, &table);
    hear(child.socket);
    child_kill(&child);
    assert_int_equal(marked(&table), 2);
    close_table(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_beacon_is_marked_when_its_process_is_killed),
        TEST(a_beacon_that_is_taken_down_is_not_marked_and_breaks_no_chain),
        TEST(first_and_last_can_be_taken_down),
        TEST(a_beacon_is_marked_however_its_process_ends),
        TEST(a_word_that_holds_another_thread_is_not_marked),
        TEST(the_kernel_wakes_who_sleeps_on_a_beacon),
        TEST(a_scribbled_segment_silences_no_other),
        TEST(a_truncated_segment_silences_no_beacon_before_it),
        TEST(a_node_lies_in_private_memory),
        TEST(the_kernel_marks_2048_beacons_and_no_more),
        TEST(a_list_that_is_forgotten_starts_anew),
    };
    return cmocka_run_group_tests_name("beacon", tests, NULL, NULL);
}
