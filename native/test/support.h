/*
 * What the C tests share: a directory of their own, a bound in time, other processes, and looks at /proc.
 */
#ifndef STRAIT_TEST_SUPPORT_H
#define STRAIT_TEST_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <cmocka.h>

#include "strait/strait.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define MILLISECOND     INT64_C(1000000)
#define SECOND          INT64_C(1000000000)
#define EXIT_SKIPPED    77

/*
 * For what runs in other processes and threads as well: cmocka's own assertions leave by longjmp, which must
 * not cross into a child or out of a thread.
 */
#define must(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, #condition))
void test_fail(const char *file, int line, const char *condition);

/* What a failure says: a call, or a check with its two values. */
#define assert_operation(failure, call)                                                                      \
    do {                                                                                                     \
        assert_int_equal((failure).mismatch, STRAIT_MISMATCH_NONE);                                          \
        assert_string_equal((failure).operation, call);                                                      \
    } while (0)
#define assert_mismatch(failure, check, expected_value, found_value)                                         \
    do {                                                                                                     \
        assert_non_null((failure).operation);                                                                \
        assert_int_equal((failure).mismatch, check);                                                         \
        assert_int_equal((failure).expected, expected_value);                                                \
        assert_int_equal((failure).found, found_value);                                                      \
    } while (0)

#define LANE       65536u /* a lane of this many bytes is possible whatever the page size */

/* ---- One test ------------------------------------------------------------------------------------------ */

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_begin, test_end)

extern char test_directory[32]; /* empty at the start of each test, removed at its end */

/* A test that takes too long is killed; one that leaks a descriptor fails. */
int test_begin(void **state);
int test_end(void **state);

/* Rounds of a long test: fewer with a sanitizer and under valgrind, and times STRAIT_TEST_SHARE. */
int test_rounds(int rounds);
double test_share(void);

/* How long a death may go unnoticed: two seconds, more with a sanitizer and under valgrind. */
int64_t test_notice_ns(void);

bool test_can_filter(void);     /* whether no sanitizer or valgrind makes system calls of its own */
bool test_is_on_valgrind(void); /* whose own needs the limits of the process meet as well */
void test_skip(const char *reason);
void test_needs_root(void);

/* Options for test_directory. */
struct strait_segment_options test_options(void);

/* "test_directory/name", until the next call. */
const char *test_path(const char *name);

/* These succeed, or the test fails. */
struct strait_segment *test_segment_create(const char *name, uint64_t user_bytes);
struct strait_segment *test_segment_with(const char *name, uint64_t user_bytes,
                                         const struct strait_object *objects, uint32_t object_count);
struct strait_segment *test_segment_open(const char *name);
struct strait_semaphore *test_semaphore(struct strait_segment *segment, const char *name);
struct strait_lock *test_lock(struct strait_segment *segment, const char *name);
struct strait_condition *test_condition(struct strait_segment *segment, const char *name);
struct strait_ring *test_ring_create(const char *name, uint64_t lane_bytes);
struct strait_ring *test_ring_open(const char *name);
struct strait_ring_writer *test_writer(struct strait_ring *ring);
struct strait_ring_reader *test_reader(struct strait_ring *ring);

/* Puts messages without payload on the ring, or takes some off. */
void test_offer(struct strait_ring_writer *writer, int count);
void test_take(struct strait_ring_reader *reader, int count);

/* ---- Other processes ----------------------------------------------------------------------------------- */

/* A child process and a socket to it. It dies with its parent, and when it takes too long. */
struct child {
    pid_t pid;
    int socket;
};

/* `parent` is the child's end of the socket. The child exits with 0 when its body returns. */
typedef void child_body(int parent, void *context);
struct child child_start(child_body *body, void *context);

/* Exit status of a child that ends by itself, or the negated signal that ended it. */
int child_end(struct child *child);
void child_kill(struct child *child);

/* Stops it, and comes back when all of its threads have stopped; lets it go on. */
void child_stop(const struct child *child);
void child_go_on(const struct child *child);

/* Tells it to go on, hears that it has, and ends it. */
void child_let_go(struct child *child);

/* child_start, in a PID namespace of its own, whose process 1 the body becomes; what `inner` is called here.
 * The child ends as that one did. Skips the test where that cannot be. */
struct child child_start_in_namespace(child_body *body, void *context, pid_t *inner);

/* child_start and child_end. Skips the test when the child called child_skip. */
int child_run(child_body *body, void *context);
void child_skip(const char *reason);

/* One number to the other end, and from it. */
void tell(int socket, int64_t number);
int64_t hear(int socket);
bool can_hear(int socket); /* whether there is one */

/* ---- Conditions that a child may want to live under ---------------------------------------------------- */

/* Mounts of its own; skips where that is not allowed. */
void have_private_mounts(void);

/* Gives up root for the user and group `id`. */
void become_user(uid_t id);
#define NOBODY 65534u

/* The soft limit alone, so that it can be lifted again. */
void limit_resource(int resource, rlim_t limit);
void lift_limit(int resource);

/* Gives up one CAP_*, which root has, until the end of the process. */
void give_up_capability(unsigned capability);

/* From now on this thread can do nothing but compute, write and exit: another system call is SIGSYS for the
 * process. Where test_can_filter. */
void call_nothing(void);

/* Lets system call `number` fail with `error` when (argument & mask) == value; skips where that cannot be. */
void refuse_call(long number, unsigned argument, uint32_t mask, uint32_t value, int error);

/* ---- Participants -------------------------------------------------------------------------------------- */

/* Attaches to the plain segment "segment", tells its slot, and goes when it is told to. */
void stay_attached(int parent, void *context);

/* The participant of process `pid`; false when there is none. */
bool find_participant(const struct strait_segment *segment, pid_t pid, struct strait_participant_info *info);

/* Comes back when there are so many participants. Since `since_ns` no more than test_notice_ns has passed. */
void see_participants(const struct strait_segment *segment, int count, int64_t since_ns);

/* ---- Looks at /proc ------------------------------------------------------------------------------------ */

/* Comes back when the thread is asleep. */
void see_asleep(pid_t process, pid_t thread);
char state_of_thread(pid_t process, pid_t thread); /* as in /proc/PID/stat */
pid_t this_thread(void);
int64_t test_now_ns(void); /* CLOCK_MONOTONIC */
void pause_briefly(void);  /* between two looks at something that will change */
void wait_a_while(void);   /* long enough for somebody who was woken to take something */

int count_descriptors(void);
int count_mappings(void);
int count_files(const char *directory);
uint64_t mapped_bytes(void); /* of the mappings that count_mappings counts */

/* Whether the mapping around `address` has this one of the VmFlags. */
bool memory_has_flag(const void *address, const char *flag);

/* Bytes of this range that page tables have been set up for. */
uint64_t memory_resident(const void *address, size_t bytes);

#endif
