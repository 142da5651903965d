/*
 * What creating and opening do where something has run out or is not allowed: a clear error, nothing left
 * behind, and success as soon as the limit is lifted.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/segment.h"

#ifdef __SANITIZE_THREAD__
#define WITH_THREAD_SANITIZER 1
#else
#define WITH_THREAD_SANITIZER 0
#endif

/* ---- What is tried ---------------------------------------------------------------------------------------
 */

static struct strait_segment_options options; /* of every attempt */
static struct strait_ring_options ring_options;
static int memfd; /* to be opened */

/* One call; what it gives is closed and unlinked again. */
typedef int attempt(struct strait_failure *failure);

static int put_back(int result, struct strait_segment **segment)
{
    must((result >= 0) == (*segment != NULL));
    strait_segment_close(*segment);
    return result;
}

static int put_back_new(int result, struct strait_segment **segment)
{
    put_back(result, segment);
    must(result < 0 || unlink(test_path("new")) == 0);
    return result;
}

static int create_segment(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    return put_back_new(strait_segment_create("new", &options, &segment, failure), &segment);
}

static int create_by_rename(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    const struct strait_plan plan = {.kind = STRAIT_SEGMENT_PLAIN, .user_bytes = options.user_bytes};
    return put_back_new(strait_segment_make_by_rename(&(struct strait_place){.name = "new"}, &options, &plan,
                                                      &segment, failure),
                        &segment);
}

static int open_or_create(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    int result = put_back_new(strait_segment_open_or_create("new", &options, &segment, failure), &segment);
    must(result != 0); /* it did not exist */
    return result == 1 ? 0 : result;
}

static int create_anonymous(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    return put_back(strait_segment_create_memfd("new", &options, &segment, failure), &segment);
}

static int open_segment(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    return put_back(strait_segment_open("segment", &options, &segment, failure), &segment);
}

static int open_anonymous(struct strait_failure *failure)
{
    struct strait_segment *segment = NULL;
    return put_back(strait_segment_open_memfd(getpid(), memfd, &options, &segment, failure), &segment);
}

static int create_ring(struct strait_failure *failure)
{
    struct strait_ring *ring = NULL;
    int result = strait_ring_create("new", &options, &ring_options, &ring, failure);
    must((result == 0) == (ring != NULL));
    strait_ring_close(ring);
    must(result < 0 || unlink(test_path("new")) == 0);
    return result;
}

static int create_anonymous_ring(struct strait_failure *failure)
{
    struct strait_ring *ring = NULL;
    int result = strait_ring_create_memfd("new", &options, &ring_options, &ring, failure);
    must((result == 0) == (ring != NULL));
    strait_ring_close(ring);
    return result;
}

static int open_ring(struct strait_failure *failure)
{
    struct strait_ring *ring = NULL;
    int result = strait_ring_open("ring", &options, &ring, failure);
    must((result == 0) == (ring != NULL));
    strait_ring_close(ring);
    return result;
}

/* A call, and how it fails as a limit rises: the operations that report it, in this order. */
struct call {
    const char *name;
    attempt *attempt;
    const char *operations[5];
};
#define CALL(attempt) #attempt, attempt

/* What a limit for creating leaves alone. */
static attempt *const openings[] = {open_segment, open_ring, open_anonymous};

static void expect_all_can_be_opened(void)
{
    for (size_t i = 0; i < COUNT_OF(openings); i++)
        must(openings[i](NULL) == 0);
}

/* ---- What may not be left behind -------------------------------------------------------------------------
 */

struct belongings {
    int descriptors;
    int mappings;
    uint64_t bytes; /* of them */
    int files;
    uint64_t free_blocks;
    uint64_t free_inodes;
};

static bool has_own_files; /* its blocks and inodes are nobody else's */

static struct belongings look(void)
{
    struct statvfs status = {0};
    must(!has_own_files || statvfs(test_directory, &status) == 0);
    return (struct belongings){count_descriptors(),         count_mappings(), mapped_bytes(),
                               count_files(test_directory), status.f_bfree,   status.f_ffree};
}

static void expect_unchanged(const struct call *call, const struct belongings *before)
{
    const struct belongings after = look();
    if (after.descriptors != before->descriptors || after.mappings != before->mappings ||
        after.bytes != before->bytes || after.files != before->files)
        fprintf(stderr, "%s: %d descriptors, %d mappings, %d files left\n", call->name,
                after.descriptors - before->descriptors, after.mappings - before->mappings,
                after.files - before->files);
    must(after.descriptors == before->descriptors);
    must(after.mappings == before->mappings);
    must(after.bytes == before->bytes);
    must(after.files == before->files);
    must(after.free_blocks == before->free_blocks);
    must(after.free_inodes == before->free_inodes);
}

static void expect_failure(const struct call *call, int result, const struct strait_failure *failure,
                           int error, const char *operation)
{
    if (operation == NULL || result != error || strcmp(failure->operation, operation) != 0)
        fprintf(stderr, "%s: %s in %s, not %s in %s\n", call->name, strait_errno_symbol(result),
                failure->operation, strait_errno_symbol(error), operation == NULL ? "nothing" : operation);
    must(result == error);
    must(failure->mismatch == STRAIT_MISMATCH_NONE);
    must(operation != NULL && strcmp(failure->operation, operation) == 0);
}

/* ---- Limits ----------------------------------------------------------------------------------------------
 */

/* Makes what is to be opened, and tries each call once: memory and stack have grown as far as they will. */
static void prepare(const struct call *calls, size_t count)
{
    static struct strait_segment *anonymous;
    volatile unsigned char stack[1 << 16];
    for (size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
    options = test_options();
    options.user_bytes = 100;
    ring_options = (struct strait_ring_options)STRAIT_RING_OPTIONS_INIT;
    ring_options.lane_bytes = LANE;
    strait_segment_close(test_segment_create("segment", 100));
    strait_ring_close(test_ring_create("ring", LANE));
    must(strait_segment_create_memfd("anonymous", &options, &anonymous, NULL) == 0);
    memfd = strait_segment_fd(anonymous);
    for (size_t i = 0; i < count; i++)
        must(calls[i].attempt(NULL) == 0);
    look();
}

/* A limit's values, and the errors that come with it. */
struct limit {
    void (*set)(uint64_t step); /* lower than what is in use, by steps up to what is enough */
    void (*lift)(void);
    uint64_t step;
    int first_error; /* at step 0 */
    int error;
};

/* Raises the limit step by step until the call succeeds. On the way the call must have failed in each of its
 * operations, and left nothing behind. */
static void raise_until_success(const struct limit *limit, const struct call *call)
{
    const struct belongings before = look();
    const char *const *operation = call->operations;
    int result;
    for (uint64_t step = 0;; step += limit->step) {
        struct strait_failure failure = {0};
        limit->set(step);
        result = call->attempt(&failure);
        limit->lift();
        expect_unchanged(call, &before);
        if (result == 0)
            break;
        if (step > 0 && strcmp(failure.operation, *operation) != 0)
            operation++;
        expect_failure(call, result, &failure, step == 0 ? limit->first_error : limit->error, *operation);
    }
    if (operation[1] != NULL)
        fprintf(stderr, "%s never failed in %s\n", call->name, operation[1]);
    must(operation[1] == NULL);
}

/* Every one of the calls fails like this, leaves nothing behind, and succeeds afterwards. */
static void expect_failures(const struct limit *limit, const struct call *calls, size_t count, int error)
{
    for (size_t i = 0; i < count; i++) {
        const struct belongings before = look();
        struct strait_failure failure = {0};
        limit->set(0);
        int result = calls[i].attempt(&failure);
        limit->lift();
        expect_failure(&calls[i], result, &failure, error, calls[i].operations[0]);
        expect_unchanged(&calls[i], &before);
        must(calls[i].attempt(NULL) == 0);
        expect_unchanged(&calls[i], &before);
    }
}

/* ---- Descriptors -----------------------------------------------------------------------------------------
 */

#define DESCRIPTORS 64

static int fillers[DESCRIPTORS];
static int filler_count;

static void leave_descriptors(uint64_t count)
{
    limit_resource(RLIMIT_NOFILE, DESCRIPTORS);
    for (;;) {
        int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            break;
        fillers[filler_count++] = fd;
    }
    must(errno == EMFILE);
    while (count-- > 0)
        close(fillers[--filler_count]);
}

static void lift_descriptors(void)
{
    while (filler_count > 0)
        close(fillers[--filler_count]);
    lift_limit(RLIMIT_NOFILE);
}

static const struct limit descriptor_limit = {leave_descriptors, lift_descriptors, 1, -EMFILE, -EMFILE};

static void run_out_of_descriptors(int parent, void *context)
{
    const struct call calls[] = {
        {CALL(create_segment), {"open(O_DIRECTORY)", "open(O_TMPFILE)"}},
        {CALL(create_ring), {"open(O_DIRECTORY)", "open(O_TMPFILE)"}},
        {CALL(create_anonymous), {"memfd_create"}},
        {CALL(create_anonymous_ring), {"memfd_create"}},
        {CALL(open_segment), {"open(O_DIRECTORY)", "open"}},
        {CALL(open_ring), {"open(O_DIRECTORY)", "open"}},
        {CALL(open_anonymous), {"open(O_PATH)", "open"}},
    };
    prepare(calls, COUNT_OF(calls));
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        raise_until_success(&descriptor_limit, &calls[i]);

    leave_descriptors(0);
    must(strait_segment_unlink("segment", &options) == -EMFILE);
    lift_descriptors();
    must(strait_segment_unlink("segment", &options) == 0);
}

static void without_a_descriptor_for_each_step_there_is_an_error_and_nothing_else(void **state)
{
    assert_int_equal(child_run(run_out_of_descriptors, NULL), 0);
}

static void run_out_of_descriptors_by_name(int parent, void *context)
{
    const struct call calls[] = {
        {CALL(open_or_create), {"open(O_DIRECTORY)", "open"}},
        {CALL(create_by_rename), {"open(O_DIRECTORY)", "open(O_CREAT)"}},
    };
    prepare(calls, COUNT_OF(calls));
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        raise_until_success(&descriptor_limit, &calls[i]);
}

static void without_a_descriptor_no_name_is_looked_for_and_none_given(void **state)
{
    if (test_is_on_valgrind())
        test_skip("valgrind lets the file be opened or created, and then takes the descriptor away");
    assert_int_equal(child_run(run_out_of_descriptors_by_name, NULL), 0);
}

static void use_a_ring_without_descriptors(int parent, void *context)
{
    prepare(NULL, 0);
    struct strait_ring *ring = test_ring_open("ring");
    leave_descriptors(0);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    test_offer(writer, 3);
    test_take(reader, 3);
    must(strait_ring_await_data(reader, 0, MILLISECOND) == STRAIT_TIMED_OUT);
    must(strait_segment_is_linked(strait_ring_segment(ring)) == 1);
    strait_ring_close(ring);
    lift_descriptors();
}

static void a_ring_that_is_open_needs_no_further_descriptors(void **state)
{
    assert_int_equal(child_run(use_a_ring_without_descriptors, NULL), 0);
}

/* ---- Address space ---------------------------------------------------------------------------------------
 */

static uint64_t page_bytes(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

static void leave_address_space(uint64_t bytes)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    must(file != NULL);
    must(fscanf(file, "%llu", &pages) == 1);
    fclose(file);
    limit_resource(RLIMIT_AS, pages * page_bytes() + bytes);
}

static void lift_address_space(void)
{
    lift_limit(RLIMIT_AS);
}

static void run_out_of_address_space(int parent, void *context)
{
    const struct limit limit = {leave_address_space, lift_address_space, page_bytes(), -ENOMEM, -ENOMEM};
    const struct call calls[] = {
        {CALL(create_segment), {"mmap(PROT_NONE)"}}, {CALL(create_by_rename), {"mmap(PROT_NONE)"}},
        {CALL(open_or_create), {"mmap(PROT_NONE)"}}, {CALL(create_anonymous), {"mmap(PROT_NONE)"}},
        {CALL(create_ring), {"mmap(PROT_NONE)"}},    {CALL(create_anonymous_ring), {"mmap(PROT_NONE)"}},
        {CALL(open_segment), {"mmap(PROT_NONE)"}},   {CALL(open_anonymous), {"mmap(PROT_NONE)"}},
        {CALL(open_ring), {"mmap(PROT_NONE)"}},
    };
    prepare(calls, COUNT_OF(calls));
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        raise_until_success(&limit, &calls[i]);
}

static void without_address_space_for_each_mapping_there_is_an_error_and_nothing_else(void **state)
{
    if (test_is_on_valgrind() || WITH_THREAD_SANITIZER)
        test_skip("valgrind and ThreadSanitizer would run out of address space first");
    assert_int_equal(child_run(run_out_of_address_space, NULL), 0);
}

static void make_files_to_open(int parent, void *context)
{
    prepare(NULL, 0);
}

/* In a process that attaches for the first time, and so must start its warden. The stack that it leaves
 * behind for the next thread is the C library's. */
static void start_a_warden_without_address_space(int parent, void *context)
{
    const struct call *call = context;
    const char *const *operation = call->operations;
    options = test_options();
    ring_options = (struct strait_ring_options)STRAIT_RING_OPTIONS_INIT;
    ring_options.lane_bytes = LANE;
    const int files = count_files(test_directory);
    const int descriptors = count_descriptors();
    for (uint64_t bytes = 0;; bytes += page_bytes()) {
        struct strait_failure failure = {0};
        leave_address_space(bytes);
        int result = call->attempt(&failure);
        lift_address_space();
        must(count_files(test_directory) == files);
        must(count_descriptors() == descriptors);
        if (result == 0)
            break;
        if (bytes > 0 && strcmp(failure.operation, *operation) != 0)
            operation++;
        bool is_thread = *operation != NULL && strcmp(*operation, "pthread_create") == 0;
        expect_failure(call, result, &failure, is_thread ? -EAGAIN : -ENOMEM, *operation);
    }
    must(operation[1] == NULL);
}

static void without_address_space_for_a_warden_there_is_an_error_and_no_file(void **state)
{
    struct call calls[] = {
        {CALL(create_segment), {"mmap(PROT_NONE)", "pthread_create", "mmap(PROT_NONE)"}},
        {CALL(create_ring), {"mmap(PROT_NONE)", "pthread_create", "mmap(PROT_NONE)"}},
        {CALL(open_segment), {"mmap(PROT_NONE)", "pthread_create", "mmap(PROT_NONE)"}},
        {CALL(open_ring), {"mmap(PROT_NONE)", "pthread_create", "mmap(PROT_NONE)"}},
        {CALL(create_anonymous), {"mmap(PROT_NONE)", "pthread_create", "mmap(PROT_NONE)"}},
    };
    if (TEST_SANITIZED || test_is_on_valgrind())
        test_skip("sanitizers and valgrind would run out of address space first");
    assert_int_equal(child_run(make_files_to_open, NULL), 0);
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        assert_int_equal(child_run(start_a_warden_without_address_space, &calls[i]), 0);
}

/* What no limit makes fail: a mapping in the place of another, and the advice for it. */
struct refusal {
    long number;
    unsigned argument;
    uint32_t mask;
    uint32_t value;
    const char *operation;
};

static void refuse_part_of_a_mapping(int parent, void *context)
{
    const struct refusal *refusal = context;
    const struct call calls[] = {
        {CALL(create_segment), {refusal->operation}}, {CALL(open_segment), {refusal->operation}},
        {CALL(create_ring), {refusal->operation}},    {CALL(create_anonymous_ring), {refusal->operation}},
        {CALL(open_ring), {refusal->operation}},
    };
    prepare(calls, COUNT_OF(calls));
    const struct belongings before = look();
    refuse_call(refusal->number, refusal->argument, refusal->mask, refusal->value, ENOMEM);
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        struct strait_failure failure = {0};
        int result = calls[i].attempt(&failure);
        expect_failure(&calls[i], result, &failure, -ENOMEM, refusal->operation);
        expect_unchanged(&calls[i], &before);
    }
}

static void a_lane_or_beacon_that_cannot_be_mapped_leaves_nothing(void **state)
{
    struct refusal refusal = {SYS_mmap, 3, MAP_SHARED | MAP_FIXED, MAP_SHARED | MAP_FIXED, "mmap(MAP_FIXED)"};
    assert_int_equal(child_run(refuse_part_of_a_mapping, &refusal), 0);
}

static void a_beacon_that_cannot_be_written_to_leaves_nothing(void **state)
{
    struct refusal refusal = {SYS_mprotect, 2, UINT32_MAX, PROT_READ | PROT_WRITE, "mprotect"};
    if (TEST_SANITIZED)
        test_skip("a filter would hit the sanitizer's own calls");
    assert_int_equal(child_run(refuse_part_of_a_mapping, &refusal), 0);
}

static void a_mapping_that_would_be_inherited_is_not_kept(void **state)
{
    struct refusal refusal = {SYS_madvise, 2, UINT32_MAX, MADV_DONTFORK, "madvise(MADV_DONTFORK)"};
    assert_int_equal(child_run(refuse_part_of_a_mapping, &refusal), 0);
}

/* ---- Locked memory ---------------------------------------------------------------------------------------
 */

static void leave_lockable(uint64_t bytes)
{
    limit_resource(RLIMIT_MEMLOCK, bytes);
}

static void lift_lockable(void)
{
    lift_limit(RLIMIT_MEMLOCK);
}

static void run_out_of_lockable_memory(int parent, void *context)
{
    const struct limit limit = {leave_lockable, lift_lockable, page_bytes(), -EPERM, -ENOMEM};
    const struct call calls[] = {
        {CALL(create_segment), {"mlock"}}, {CALL(create_by_rename), {"mlock"}},
        {CALL(open_or_create), {"mlock"}}, {CALL(create_anonymous), {"mlock"}},
        {CALL(create_ring), {"mlock"}},    {CALL(create_anonymous_ring), {"mlock"}},
        {CALL(open_segment), {"mlock"}},   {CALL(open_anonymous), {"mlock"}},
        {CALL(open_ring), {"mlock"}},
    };
    struct rlimit hard;
    must(getrlimit(RLIMIT_MEMLOCK, &hard) == 0);
    if (hard.rlim_max < 1 << 20)
        child_skip("RLIMIT_MEMLOCK is too low");
    give_up_capability(CAP_IPC_LOCK);
    prepare(calls, COUNT_OF(calls));
    options.flags = STRAIT_SEGMENT_LOCK;
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        raise_until_success(&limit, &calls[i]);
}

static void without_lockable_memory_for_each_mapping_there_is_an_error_and_nothing_else(void **state)
{
    if (TEST_SANITIZED)
        test_skip("sanitizers make mlock do nothing");
    assert_int_equal(child_run(run_out_of_lockable_memory, NULL), 0);
}

/* ---- The size of a file ----------------------------------------------------------------------------------
 */

static uint64_t file_bytes; /* of which the limit is one too few */

static void leave_one_byte_too_few(uint64_t step)
{
    limit_resource(RLIMIT_FSIZE, file_bytes - 1 + step);
}

static void lift_file_size(void)
{
    lift_limit(RLIMIT_FSIZE);
}

static const struct limit file_size_limit = {leave_one_byte_too_few, lift_file_size, 1, -EFBIG, -EFBIG};
static const struct call file_size_calls[] = {
    {CALL(create_segment), {"posix_fallocate"}},
    {CALL(create_by_rename), {"posix_fallocate"}},
    {CALL(open_or_create), {"posix_fallocate"}},
    {CALL(create_anonymous), {"posix_fallocate"}},
};

static void prepare_file_size(void)
{
    prepare(file_size_calls, COUNT_OF(file_size_calls));
    struct strait_segment *segment = test_segment_open("segment");
    file_bytes = strait_segment_bytes(segment);
    strait_segment_close(segment);
}

static void exceed_the_file_size(int parent, void *context)
{
    prepare_file_size();
    for (size_t i = 0; i < COUNT_OF(file_size_calls); i++)
        raise_until_success(&file_size_limit, &file_size_calls[i]);
    limit_resource(RLIMIT_FSIZE, 0);
    expect_all_can_be_opened();
    lift_file_size();
}

static void a_segment_beyond_the_limit_for_files_is_an_error_and_kills_nobody(void **state)
{
    assert_int_equal(child_run(exceed_the_file_size, NULL), 0);
}

static volatile sig_atomic_t signals;

static void count_signal(int number)
{
    signals++;
}

static bool is_pending(void)
{
    sigset_t pending;
    must(sigpending(&pending) == 0);
    return sigismember(&pending, SIGXFSZ) == 1;
}

static bool is_blocked(void)
{
    sigset_t mask;
    must(sigprocmask(SIG_SETMASK, NULL, &mask) == 0);
    return sigismember(&mask, SIGXFSZ) == 1;
}

static void change_mask(int how)
{
    sigset_t size_signal;
    sigemptyset(&size_signal);
    sigaddset(&size_signal, SIGXFSZ);
    must(sigprocmask(how, &size_signal, NULL) == 0);
}

static void exceed_the_file_size_once(void)
{
    expect_failures(&file_size_limit, file_size_calls, COUNT_OF(file_size_calls), -EFBIG);
}

static void exceed_the_file_size_with_a_handler(int parent, void *context)
{
    prepare_file_size();
    must(signal(SIGXFSZ, count_signal) != SIG_ERR);
    exceed_the_file_size_once();
    must(signals == 0 && !is_pending() && !is_blocked());

    change_mask(SIG_BLOCK);
    exceed_the_file_size_once();
    must(signals == 0 && !is_pending() && is_blocked());

    raise(SIGXFSZ);
    exceed_the_file_size_once();
    must(signals == 0 && is_pending() && is_blocked());
    change_mask(SIG_UNBLOCK);
    must(signals == 1);
}

static void the_signal_for_files_too_large_is_the_callers_own(void **state)
{
    assert_int_equal(child_run(exceed_the_file_size_with_a_handler, NULL), 0);
}

/* ---- The file system -------------------------------------------------------------------------------------
 */

/* A tmpfs of one's own over test_directory. */
static void have_own_files(const char *mount_options)
{
    have_private_mounts();
    must(mount("none", test_directory, "tmpfs", 0, mount_options) == 0);
    has_own_files = true;
}

/* Files that take what is free, until there is no more. */
static int fill_files(const char *prefix, off_t bytes)
{
    for (int count = 0;; count++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s%d", test_directory, prefix, count);
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        int error = fd < 0 ? errno : posix_fallocate(fd, 0, bytes);
        if (fd >= 0)
            close(fd);
        if (fd >= 0 && error != 0)
            unlink(path);
        if (error != 0) {
            must(error == ENOSPC);
            return count;
        }
    }
}

static void unfill(const char *prefix, int count)
{
    for (int i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s%d", test_directory, prefix, i);
        must(unlink(path) == 0);
    }
}

static int blocks_taken;

static void fill_blocks(uint64_t step)
{
    must(step == 0);
    blocks_taken = fill_files("block", (off_t)page_bytes());
}

static void free_blocks(void)
{
    unfill("block", blocks_taken);
}

static const struct call calls_that_need_blocks[] = {
    {CALL(create_segment), {"posix_fallocate"}},
    {CALL(create_by_rename), {"posix_fallocate"}},
    {CALL(open_or_create), {"posix_fallocate"}},
    {CALL(create_ring), {"posix_fallocate"}},
};

static void use_a_full_file_system(int parent, void *context)
{
    const struct limit limit = {fill_blocks, free_blocks, 1, -ENOSPC, -ENOSPC};
    have_own_files("size=1m,mode=0700");
    prepare(calls_that_need_blocks, COUNT_OF(calls_that_need_blocks));
    expect_failures(&limit, calls_that_need_blocks, COUNT_OF(calls_that_need_blocks), -ENOSPC);

    fill_blocks(0);
    expect_all_can_be_opened();
    must(create_anonymous(NULL) == 0);
    struct strait_segment *segment = test_segment_open("segment");
    memset(strait_segment_user(segment), 1, strait_segment_user_bytes(segment)); /* no SIGBUS */
    strait_segment_close(segment);
    free_blocks();
}

static void a_full_file_system_is_told_at_creation_and_keeps_nobody_from_opening(void **state)
{
    assert_int_equal(child_run(use_a_full_file_system, NULL), 0);
}

#define SMALL (64u << 10)

static void expect_no_room(attempt *create, const char *name)
{
    const struct call call = {name, create, {0}};
    const struct belongings before = look();
    struct strait_failure failure = {0};
    expect_failure(&call, create(&failure), &failure, -ENOSPC, "posix_fallocate");
    expect_unchanged(&call, &before);
}

static void fit_into_a_small_file_system(int parent, void *context)
{
    struct strait_segment *segment = NULL;
    struct strait_ring *ring = NULL;
    if (page_bytes() > 4096)
        child_skip("64 KiB are less than a segment's pages here");
    have_own_files("size=64k,mode=0700");
    options = test_options();
    ring_options = (struct strait_ring_options)STRAIT_RING_OPTIONS_INIT;
    ring_options.lane_bytes = SMALL / 2;

    must(strait_segment_create("new", &options, &segment, NULL) == 0);
    uint64_t user_bytes = SMALL - strait_segment_bytes(segment);
    strait_segment_close(segment);
    must(unlink(test_path("new")) == 0);
    options.user_bytes = user_bytes + 1;
    expect_no_room(create_segment, "create_segment");
    expect_no_room(create_by_rename, "create_by_rename");
    expect_no_room(open_or_create, "open_or_create");
    options.user_bytes = user_bytes;
    must(strait_segment_create("new", &options, &segment, NULL) == 0);
    must(strait_segment_bytes(segment) == SMALL);
    memset(strait_segment_user(segment), 1, user_bytes); /* no SIGBUS */
    must(look().free_blocks == 0);
    strait_segment_close(segment);
    must(unlink(test_path("new")) == 0);

    options.user_bytes = 8192;
    must(strait_ring_create("new", &options, &ring_options, &ring, NULL) == 0);
    must(strait_segment_bytes(strait_ring_segment(ring)) == SMALL);
    struct strait_ring_writer *writer = test_writer(ring);
    struct strait_ring_reader *reader = test_reader(ring);
    for (int i = 0; i < 10; i++) { /* round the lane */
        void *payload = NULL;
        must(strait_ring_claim(writer, i, SMALL / 8, &payload) == 0);
        memset(payload, i, SMALL / 8);
        must(strait_ring_commit(writer) == 0);
        test_take(reader, 1);
    }
    strait_ring_close(ring);
    must(unlink(test_path("new")) == 0);
    options.user_bytes = 8193;
    expect_no_room(create_ring, "create_ring");
}

static void into_64_KiB_goes_what_fits_and_not_a_byte_more(void **state)
{
    assert_int_equal(child_run(fit_into_a_small_file_system, NULL), 0);
}

static int inodes_taken;

static void fill_inodes(uint64_t step)
{
    inodes_taken = fill_files("inode", 1);
    for (uint64_t i = 0; i < step; i++) {
        inodes_taken--;
        char name[32];
        snprintf(name, sizeof name, "inode%d", inodes_taken);
        must(unlink(test_path(name)) == 0);
    }
}

static void free_inodes(void)
{
    unfill("inode", inodes_taken);
}

static void run_out_of_inodes(int parent, void *context)
{
    const struct limit limit = {fill_inodes, free_inodes, 1, -ENOSPC, -ENOSPC};
    const struct call calls[] = {
        {CALL(create_segment), {"open(O_TMPFILE)"}},
        {CALL(create_by_rename), {"open(O_CREAT)"}},
        {CALL(open_or_create), {"open(O_TMPFILE)"}},
        {CALL(create_ring), {"open(O_TMPFILE)"}},
    };
    have_own_files("nr_inodes=8,mode=0700");
    prepare(calls, COUNT_OF(calls));
    for (size_t i = 0; i < COUNT_OF(calls); i++)
        raise_until_success(&limit, &calls[i]);
    fill_inodes(0);
    expect_all_can_be_opened();
    must(create_anonymous(NULL) == 0);
    free_inodes();
}

static void without_an_inode_there_is_an_error_and_nothing_else(void **state)
{
    assert_int_equal(child_run(run_out_of_inodes, NULL), 0);
}

/* ---- Directories that cannot be written to ---------------------------------------------------------------
 */

static void make_read_only(uint64_t step)
{
    must(step == 0);
    must(mount("none", test_directory, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
}

static void make_writable(void)
{
    must(mount("none", test_directory, "tmpfs", MS_REMOUNT, NULL) == 0);
}

static void use_a_read_only_file_system(int parent, void *context)
{
    const struct limit limit = {make_read_only, make_writable, 1, -EROFS, -EROFS};
    const struct call calls[] = {
        {CALL(create_segment), {"open(O_TMPFILE)"}},
        {CALL(create_by_rename), {"open(O_CREAT)"}},
        {CALL(open_or_create), {"open(O_TMPFILE)"}},
        {CALL(create_ring), {"open(O_TMPFILE)"}},
        {CALL(open_segment), {"open"}},
        {CALL(open_ring), {"open"}},
    };
    have_own_files("mode=0700");
    prepare(calls, COUNT_OF(calls));
    expect_failures(&limit, calls, COUNT_OF(calls), -EROFS);

    make_read_only(0);
    must(strait_segment_unlink("segment", &options) == -EROFS);
    must(create_anonymous(NULL) == 0);
    must(open_anonymous(NULL) == 0);
    make_writable();
    must(strait_segment_unlink("segment", &options) == 0);
}

static void on_a_read_only_file_system_nothing_is_created_and_nothing_opened(void **state)
{
    assert_int_equal(child_run(use_a_read_only_file_system, NULL), 0);
}

static mode_t mode_without_permission;

static void forbid(uint64_t step)
{
    must(step == 0);
    must(chmod(test_directory, mode_without_permission) == 0);
}

static void allow(void)
{
    must(chmod(test_directory, 0700) == 0);
}

static void use_a_directory_without_permission(int parent, void *context)
{
    const struct limit limit = {forbid, allow, 1, -EACCES, -EACCES};
    const struct call creating[] = {
        {CALL(create_segment), {"open(O_TMPFILE)"}},
        {CALL(create_by_rename), {"open(O_CREAT)"}},
        {CALL(open_or_create), {"open(O_TMPFILE)"}},
        {CALL(create_ring), {"open(O_TMPFILE)"}},
    };
    const struct call opening[] = {
        {CALL(open_or_create), {"open"}},
        {CALL(open_segment), {"open"}},
        {CALL(open_ring), {"open"}},
    };
    const struct call anything[] = {
        {CALL(create_segment), {"open(O_DIRECTORY)"}}, {CALL(create_by_rename), {"open(O_DIRECTORY)"}},
        {CALL(open_or_create), {"open(O_DIRECTORY)"}}, {CALL(create_ring), {"open(O_DIRECTORY)"}},
        {CALL(open_segment), {"open(O_DIRECTORY)"}},   {CALL(open_ring), {"open(O_DIRECTORY)"}},
    };
    give_up_capability(CAP_DAC_OVERRIDE);
    give_up_capability(CAP_DAC_READ_SEARCH);
    prepare(anything, COUNT_OF(anything));

    mode_without_permission = 0500;
    expect_failures(&limit, creating, COUNT_OF(creating), -EACCES);
    forbid(0);
    must(open_segment(NULL) == 0);
    must(open_ring(NULL) == 0);
    must(strait_segment_unlink("segment", &options) == -EACCES);
    allow();

    mode_without_permission = 0400; /* may be looked through, but not looked into */
    expect_failures(&limit, opening, COUNT_OF(opening), -EACCES);
    mode_without_permission = 0000;
    expect_failures(&limit, anything, COUNT_OF(anything), -EACCES);
    must(strait_segment_unlink("segment", &options) == 0);
}

static void a_directory_without_permission_is_told(void **state)
{
    assert_int_equal(child_run(use_a_directory_without_permission, NULL), 0);
}

/* ---- The default directory -------------------------------------------------------------------------------
 */

/* Creates in the default directory, on a /dev/shm that cannot hold one. */
static void expect_no_default_directory(const char *mount_options, unsigned long flags, int error)
{
    struct strait_segment *segment = NULL;
    struct strait_failure failure = {0};
    const struct call call = {.name = "strait_segment_create"};
    must(mount("none", "/dev/shm", "tmpfs", flags, mount_options) == 0);
    int result = strait_segment_create("new", NULL, &segment, &failure);
    expect_failure(&call, result, &failure, error, "mkdir");
    must(count_files("/dev/shm") == 0);
    must(umount("/dev/shm") == 0);
    must(strait_segment_create("new", NULL, &segment, &failure) == 0);
    strait_segment_close(segment);
    must(strait_segment_unlink("new", NULL) == 0);
}

static void use_a_default_directory_that_cannot_be_made(int parent, void *context)
{
    must(unsetenv("STRAIT_DIR") == 0);
    have_private_mounts();
    must(mount("none", "/dev/shm", "tmpfs", 0, "mode=1777") == 0);
    expect_no_default_directory("mode=1777", MS_RDONLY, -EROFS);
    expect_no_default_directory("mode=1777,nr_inodes=1", 0, -ENOSPC);
}

static void a_default_directory_that_cannot_be_made_is_told(void **state)
{
    assert_int_equal(child_run(use_a_default_directory_that_cannot_be_made, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_descriptor_for_each_step_there_is_an_error_and_nothing_else),
        TEST(without_a_descriptor_no_name_is_looked_for_and_none_given),
        TEST(a_ring_that_is_open_needs_no_further_descriptors),
        TEST(without_address_space_for_each_mapping_there_is_an_error_and_nothing_else),
        TEST(without_address_space_for_a_warden_there_is_an_error_and_no_file),
        TEST(a_lane_or_beacon_that_cannot_be_mapped_leaves_nothing),
        TEST(a_beacon_that_cannot_be_written_to_leaves_nothing),
        TEST(a_mapping_that_would_be_inherited_is_not_kept),
        TEST(without_lockable_memory_for_each_mapping_there_is_an_error_and_nothing_else),
        TEST(a_segment_beyond_the_limit_for_files_is_an_error_and_kills_nobody),
        TEST(the_signal_for_files_too_large_is_the_callers_own),
        TEST(a_full_file_system_is_told_at_creation_and_keeps_nobody_from_opening),
        TEST(into_64_KiB_goes_what_fits_and_not_a_byte_more),
        TEST(without_an_inode_there_is_an_error_and_nothing_else),
        TEST(on_a_read_only_file_system_nothing_is_created_and_nothing_opened),
        TEST(a_directory_without_permission_is_told),
        TEST(a_default_directory_that_cannot_be_made_is_told),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
