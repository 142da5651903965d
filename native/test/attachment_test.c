/* Whose lock it is, and when it goes: descriptions, forks, programs that are started, and ways to end. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/atomic.h"
#include "internal/fd.h"
#include "internal/ring.h"
#include "internal/warden.h"

extern char **environ;

static int is_locked(const struct strait_segment *segment, uint32_t slot)
{
    return strait_fd_is_locked(segment->fd, STRAIT_LOCK_BYTE + slot);
}

static struct child start_and_hear(child_body *body, void *context)
{
    struct child child = child_start(body, context);
    hear(child.socket);
    return child;
}

static void see_dead(struct child *child, const struct strait_segment *segment)
{
    int64_t start_ns = test_now_ns();
    child_kill(child);
    see_participants(segment, 1, start_ns);
}

/* ---- A description of one's own --------------------------------------------------------------------------
 */

struct memfd {
    int32_t pid;
    int fd;
};

static void stay_attached_to_memfd(int parent, void *context)
{
    const struct memfd *memfd = context;
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    struct strait_segment *segment = NULL;
    must(strait_segment_open_memfd(memfd->pid, memfd->fd, &options, &segment, NULL) == 0);
    must(is_locked(segment, 0) == 1); /* by its creator, on another description */
    must(is_locked(segment, segment->self->slot) == 0);
    tell(parent, segment->self->slot);
    hear(parent);
    strait_segment_close(segment);
}

static void who_opens_a_memfd_has_a_lock_of_its_own(void **state)
{
    struct strait_segment *segment = NULL;
    assert_int_equal(strait_segment_create_memfd("memfd", NULL, &segment, NULL), 0);
    struct memfd memfd = {getpid(), strait_segment_fd(segment)};
    for (int kills = 0; kills < 2; kills++) {
        struct child child = start_and_hear(stay_attached_to_memfd, &memfd);
        assert_int_equal(is_locked(segment, 1), 1);
        assert_int_equal(is_locked(segment, 0), 0); /* but by ourselves */
        if (kills) {
            see_dead(&child, segment);
        } else {
            tell(child.socket, 0);
            assert_int_equal(child_end(&child), 0);
        }
        assert_int_equal(is_locked(segment, 1), 0);
    }
    struct child last = start_and_hear(stay_attached_to_memfd, &memfd); /* our lock is still ours */
    tell(last.socket, 0);
    assert_int_equal(child_end(&last), 0);
    strait_segment_close(segment);
}

static void keep_a_memfd(int parent, void *context)
{
    struct strait_segment *segment = NULL;
    must(strait_segment_create_memfd("memfd", NULL, &segment, NULL) == 0);
    tell(parent, strait_segment_fd(segment));
    hear(parent);
    strait_segment_close(segment);
}

static void the_death_of_a_memfds_creator_is_noticed(void **state)
{
    struct strait_segment *segment = NULL;
    struct child child = child_start(keep_a_memfd, NULL);
    int fd = (int)hear(child.socket);
    assert_int_equal(strait_segment_open_memfd(child.pid, fd, NULL, &segment, NULL), 0);
    assert_int_equal(is_locked(segment, 0), 1);
    see_dead(&child, segment);
    assert_int_equal(is_locked(segment, 0), 0);
    strait_segment_close(segment);
}

static void one_process_may_attach_several_times(void **state)
{
    struct strait_segment *named[3] = {test_segment_create("segment", 0), test_segment_open("segment"),
                                       test_segment_open("segment")};
    struct strait_segment *memfd[2] = {NULL, NULL};
    assert_int_equal(strait_segment_create_memfd("memfd", NULL, &memfd[0], NULL), 0);
    assert_int_equal(strait_segment_open_memfd(getpid(), strait_segment_fd(memfd[0]), NULL, &memfd[1], NULL),
                     0);
    for (uint32_t slot = 0; slot < 3; slot++) {
        assert_int_equal(named[slot]->self->slot, slot);
        assert_int_equal(is_locked(named[(slot + 1) % 3], slot), 1);
    }
    assert_int_equal(is_locked(memfd[0], 1), 1);
    assert_int_equal(is_locked(memfd[1], 0), 1);

    strait_segment_close(named[1]);
    assert_int_equal(is_locked(named[0], 1), 0);
    assert_int_equal(is_locked(named[0], 2), 1);
    assert_int_equal(is_locked(named[2], 0), 1);
    assert_int_equal(strait_segment_participants(named[0], NULL, 0), 2);
    strait_segment_close(memfd[0]);
    assert_int_equal(is_locked(memfd[1], 0), 0);
    strait_segment_close(memfd[1]);
    strait_segment_close(named[0]);
    strait_segment_close(named[2]);
}

static void attach_three_times(int parent, void *context)
{
    for (int i = 0; i < 3; i++)
        test_segment_open("segment");
    tell(parent, 0);
    hear(parent);
}

static void when_a_process_dies_all_its_attachments_do(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child child = start_and_hear(attach_three_times, NULL);
    assert_int_equal(strait_segment_participants(segment, NULL, 0), 4);
    see_dead(&child, segment);
    strait_segment_close(segment);
}

/* ---- Forked children -------------------------------------------------------------------------------------
 */

/* How many descriptors of this process lead to the segment. */
static int descriptors_of_segment(void)
{
    struct stat segment;
    struct stat status;
    int count = 0;
    must(stat(test_path("segment"), &segment) == 0);
    for (int fd = 0; fd < 100; fd++)
        count +=
            fstat(fd, &status) == 0 && status.st_dev == segment.st_dev && status.st_ino == segment.st_ino;
    return count;
}

static void find_no_descriptor(int parent, void *context)
{
    must(descriptors_of_segment() == 0);
}

static void a_forked_child_has_no_descriptor_of_a_segment(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = test_segment_open("segment");
    assert_int_equal(descriptors_of_segment(), 2);
    assert_int_equal(child_run(find_no_descriptor, NULL), 0);
    strait_segment_close(second);
    strait_segment_close(segment);
}

static void close_what_is_the_parents(int parent, void *context)
{
    strait_segment_close(context);
}

static void a_forked_child_that_closes_takes_no_lock_away(void **state)
{
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = test_segment_open("segment");
    assert_int_equal(child_run(close_what_is_the_parents, second), 0);
    assert_int_equal(is_locked(segment, 1), 1);
    assert_int_equal(strait_segment_participants(segment, NULL, 0), 2);
    strait_segment_close(second);
    strait_segment_close(segment);
}

struct handles {
    struct strait_ring *ring;
    struct strait_ring_writer *writer;
    struct strait_ring_reader *reader;
};

static int never_called(void *context, int32_t type, const void *payload, uint32_t length)
{
    abort();
}

static void use_handles(int parent, void *context)
{
    struct handles *handles = context;
    struct strait_participant_info info;
    void *payload = NULL;
    must(strait_ring_claim(handles->writer, 0, 0, &payload) == STRAIT_CLOSED);
    must(strait_ring_claim_more(handles->writer, 0, 0, &payload) == STRAIT_CLOSED);
    must(strait_ring_commit(handles->writer) == STRAIT_CLOSED);
    must(strait_ring_offer(handles->writer, 0, NULL, 0) == STRAIT_CLOSED);
    must(strait_ring_await_space(handles->writer, 0, 0, STRAIT_WAIT_FOREVER) == STRAIT_CLOSED);
    must(strait_ring_writer_free(handles->writer) == 0);
    must(!strait_ring_writer_peer(handles->writer, &info));
    must(strait_ring_poll(handles->reader, never_called, NULL, 1) == STRAIT_CLOSED);
    must(strait_ring_skip(handles->reader) == STRAIT_CLOSED);
    must(strait_ring_await_data(handles->reader, STRAIT_SPIN_ONLY, STRAIT_WAIT_FOREVER) == STRAIT_CLOSED);
    must(strait_ring_reader_available(handles->reader) == 0);
    must(!strait_ring_reader_peer(handles->reader, &info));
    strait_ring_writer_interrupt(handles->writer);
    strait_ring_reader_interrupt(handles->reader);
    strait_ring_writer_close(handles->writer);
    must(strait_ring_reader_close(handles->reader) == 0);
    strait_ring_close(handles->ring);
}

static void in_a_forked_child_handles_are_closed(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    struct handles handles = {ring, test_writer(ring), test_reader(ring)};
    test_offer(handles.writer, 3);
    assert_int_equal(child_run(use_handles, &handles), 0);
    test_take(handles.reader, 3);
    test_offer(handles.writer, 1);
    test_take(handles.reader, 1);
    assert_int_equal(strait_ring_skip(handles.reader), STRAIT_EMPTY);
    strait_ring_close(ring);
}

static void open_anew(int parent, void *context)
{
    struct strait_ring *inherited = context;
    struct strait_ring_writer *writer = NULL;
    struct strait_ring_reader *reader = NULL;
    struct strait_failure failure = {0};
    must(strait_ring_writer_open(inherited, &writer, &failure) == -EBADF);
    must(strait_ring_reader_open(inherited, &reader, &failure) == -EBADF);
    must(strait_ring_discard_unread(inherited, &failure) == -EBADF);
    must(strait_segment_participants(strait_ring_segment(inherited), NULL, 0) == -EBADF);
    must(strait_segment_is_linked(strait_ring_segment(inherited)) == -EBADF);

    struct strait_ring *ring = test_ring_open("ring");
    must(ring->participant->slot == 1);
    test_offer(test_writer(ring), 1);
    must(strait_segment_participants(strait_ring_segment(ring), NULL, 0) == 2);
    strait_ring_close(ring);
    strait_ring_close(inherited);
}

static void a_forked_child_can_use_nothing_inherited_but_can_attach_itself(void **state)
{
    struct strait_ring *ring = test_ring_create("ring", LANE);
    assert_int_equal(child_run(open_anew, ring), 0);
    test_take(test_reader(ring), 1);
    strait_ring_close(ring);
}

/* ---- Children that outlive their parents ------------------------------------------------------------------
 */

/* A child that nobody ends when the test fails ends by itself. */
static _Noreturn void stay_for_a_while(void)
{
    signal(SIGALRM, SIG_DFL);
    alarm(30);
    for (;;)
        pause();
}

enum way { FORK, FORK_AND_EXEC, SPAWN, VFORK_LIKE };

static void attach_and_have_a_child(int parent, void *context)
{
    char *arguments[] = {(char[]){"sleep"}, (char[]){"1000"}, NULL};
    enum way way = *(enum way *)context;
    pid_t pid = -1;
    test_segment_open("segment");
    if (way == SPAWN) {
        must(posix_spawnp(&pid, "sleep", NULL, NULL, arguments, environ) == 0);
    } else {
        pid = way == VFORK_LIKE ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();
        must(pid >= 0);
        if (pid == 0 && way == FORK)
            stay_for_a_while();
        if (pid == 0) {
            execvp("sleep", arguments);
            _exit(1);
        }
    }
    tell(parent, pid);
    hear(parent);
}

/* Whether the process runs; a zombie does not. */
static bool runs(pid_t pid)
{
    return state_of_thread(pid, pid) != 'Z';
}

static void see_program(pid_t pid, const char *name)
{
    char path[64];
    char command[32] = "";
    while (strncmp(command, name, strlen(name)) != 0) {
        pause_briefly();
        snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
        FILE *file = fopen(path, "re");
        must(file != NULL && fgets(command, sizeof command, file) != NULL);
        fclose(file);
    }
}

static void a_death_is_noticed_although_a_child_lives_on(void **state)
{
    const enum way ways[] = {FORK, FORK_AND_EXEC, SPAWN, VFORK_LIKE};
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        enum way way = ways[i];
        struct child child = child_start(attach_and_have_a_child, &way);
        pid_t orphan = (pid_t)hear(child.socket);
        if (way != FORK)
            see_program(orphan, "sleep");
        assert_int_equal(strait_segment_participants(segment, NULL, 0), 2);
        see_dead(&child, segment);
        assert_true(runs(orphan));
        must(kill(orphan, SIGKILL) == 0);
        must(waitpid(orphan, NULL, 0) == orphan);
    }
    strait_segment_close(segment);
    must(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

static void *attach_for_good(void *context)
{
    for (int i = 0; i < 3; i++)
        test_segment_open("segment");
    return NULL;
}

#define FORKS 60

/* Forks as often as it can while threads attach. The children do nothing, for ever. */
static void fork_while_attaching(int parent, void *context)
{
    pthread_t threads[8];
    must(setpgid(0, 0) == 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        must(pthread_create(&threads[i], NULL, attach_for_good, NULL) == 0);
    for (int i = 0; i < FORKS; i++) {
        pid_t pid = fork();
        must(pid >= 0);
        if (pid == 0)
            stay_for_a_while();
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    tell(parent, 0);
    hear(parent);
}

/* A child that is forked between the opening of a file and the join has the descriptor that is joined with.
 */
static void a_death_is_noticed_although_children_were_forked_while_it_attached(void **state)
{
    if (TEST_SANITIZED)
        test_skip("sanitizers do not bear a fork beside threads that are busy");
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (int round = test_rounds(10); round > 0; round--) {
        struct child child = start_and_hear(fork_while_attaching, NULL);
        assert_int_equal(strait_segment_participants(segment, NULL, 0), 25);
        int64_t start_ns = test_now_ns();
        must(kill(child.pid, SIGKILL) == 0);
        see_participants(segment, 1, start_ns);
        must(kill(-child.pid, SIGKILL) == 0);
        child_end(&child);
        while (waitpid(-1, NULL, 0) > 0) {
        }
    }
    strait_segment_close(segment);
    must(prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
}

static void who_has_forked_since_it_opened_the_file_opens_it_again(void **state)
{
    const struct strait_segment_options options = test_options();
    const struct strait_place place = {.name = "segment"};
    struct strait_participant participant;
    struct strait_segment *opened = NULL;
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (int forks = 0; forks < 2; forks++) {
        assert_int_equal(strait_segment_attach(&place, &options, STRAIT_SEGMENT_PLAIN, &opened, NULL), 0);
        if (forks)
            assert_int_equal(child_run(close_what_is_the_parents, NULL), 0);
        assert_int_equal(strait_warden_admit(&participant, opened, NULL), forks ? -ESTALE : 0);
        if (!forks)
            strait_warden_dismiss(&participant);
        strait_segment_discard(opened);
    }
    strait_segment_close(segment);
}

/* fork(3) runs handlers, a system call does not: such a child has the descriptor. */
static pid_t fork_without_handlers(void)
{
    pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    must(pid >= 0);
    return pid;
}

static void a_close_frees_the_slot_although_a_child_has_the_descriptor(void **state)
{
    struct strait_segment *stays = test_segment_create("segment", 0);
    struct strait_segment *goes = test_segment_open("segment");
    pid_t pid = fork_without_handlers();
    if (pid == 0)
        stay_for_a_while();
    strait_segment_close(goes);
    assert_int_equal(is_locked(stays, 1), 0);
    must(kill(pid, SIGKILL) == 0);
    must(waitpid(pid, NULL, 0) == pid);
    strait_segment_close(stays);
}

static void a_child_without_handlers_that_closes_takes_no_lock_away(void **state)
{
    int status;
#ifdef STRAIT_TSAN
    test_skip("ThreadSanitizer believes that the parent's threads run in the child");
#endif
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct strait_segment *second = test_segment_open("segment");
    pid_t pid = fork_without_handlers();
    if (pid == 0) {
        strait_segment_close(second);
        _exit(0);
    }
    must(waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
    assert_int_equal(is_locked(segment, 1), 1);
    strait_segment_close(second);
    strait_segment_close(segment);
}

/* ---- Ways to end -----------------------------------------------------------------------------------------
 */

static void end_by_exec(void)
{
    execlp("sleep", "sleep", "1000", (char *)NULL);
    _exit(1);
}

static void end_quietly(void)
{
    _exit(0);
}

static void end_by_fault(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}

static void end_by_abort(void)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void *exec_in_thread(void *context)
{
    end_by_exec();
    return NULL;
}

static void end_by_exec_in_a_thread(void)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, exec_in_thread, NULL) == 0);
    for (;;)
        pause();
}

static void attach_and_end(int parent, void *context)
{
    void (*end)(void) = *(void (**)(void))context;
    test_segment_open("segment");
    tell(parent, 0);
    hear(parent);
    end();
}

static void however_a_process_ends_it_is_noticed(void **state)
{
    void (*ends[])(void) = {end_by_exec, end_quietly, end_by_fault, end_by_abort, end_by_exec_in_a_thread};
    struct strait_segment *segment = test_segment_create("segment", 0);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct child child = start_and_hear(attach_and_end, &ends[i]);
        assert_int_equal(strait_segment_participants(segment, NULL, 0), 2);
        int64_t start_ns = test_now_ns();
        tell(child.socket, 0);
        see_participants(segment, 1, start_ns);
        kill(child.pid, SIGKILL); /* the program that it has become */
        child_end(&child);
    }
    strait_segment_close(segment);
}

static void a_zombie_is_dead(void **state)
{
    siginfo_t info;
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child child = start_and_hear(stay_attached, NULL);
    int64_t start_ns = test_now_ns();
    must(kill(child.pid, SIGKILL) == 0);
    must(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT) == 0);
    see_participants(segment, 1, start_ns);
    assert_int_equal(state_of_thread(child.pid, child.pid), 'Z');
    assert_int_equal(kill(child.pid, 0), 0); /* which a zombie still answers */
    child_end(&child);
    strait_segment_close(segment);
}

/* ---- Without a main thread -------------------------------------------------------------------------------
 */

static void *live_on(void *context)
{
    int parent = *(int *)context;
    while (state_of_thread(getpid(), getpid()) != 'Z')
        pause_briefly();
    tell(parent, 0);
    hear(parent);
    struct strait_segment *opened = test_segment_open("segment");
    struct strait_segment *created = test_segment_create("created", 0);
    struct strait_segment *memfd = NULL;
    must(strait_segment_create_memfd("memfd", NULL, &memfd, NULL) == 0);
    must(opened->self->slots[opened->self->slot].start_ticks != 0);
    tell(parent, opened->self->slot);
    hear(parent);
    strait_segment_close(memfd);
    strait_segment_close(created);
    strait_segment_close(opened);
    tell(parent, 0);
    hear(parent);
    _exit(0);
}

static void live_on_without_a_main_thread(int parent, void *context)
{
    static int socket;
    pthread_t thread;
    socket = parent;
    test_segment_open("segment");
    must(pthread_create(&thread, NULL, live_on, &socket) == 0);
    pthread_exit(NULL);
}

static void a_process_without_a_main_thread_lives_attaches_and_dies(void **state)
{
    if (test_is_on_valgrind())
        test_skip("valgrind does not run on without the main thread's /proc entries");
    for (int kills = 0; kills < 2; kills++) {
        struct strait_participant_info info;
        struct strait_segment *segment = test_segment_create("segment", 0);
        struct child child = start_and_hear(live_on_without_a_main_thread, NULL);
        assert_int_equal(state_of_thread(child.pid, child.pid), 'Z');
        assert_true(find_participant(segment, child.pid, &info));
        assert_int_equal(info.state, STRAIT_PARTICIPANT_LIVE);
        assert_int_equal(strait_warden_reclaim(segment->self, info.slot), -EAGAIN);

        tell(child.socket, 0);
        assert_int_equal(hear(child.socket), 2); /* the third participant */
        struct strait_segment *created = test_segment_open("created");
        assert_int_equal(strait_segment_participants(created, NULL, 0), 2);
        if (!kills) {
            tell(child.socket, 0);
            hear(child.socket);
            see_participants(segment, 2, test_now_ns());
            see_participants(created, 1, test_now_ns());
        }
        int64_t start_ns = test_now_ns();
        child_kill(&child);
        see_participants(segment, 1, start_ns);
        see_participants(created, 1, start_ns);
        strait_segment_close(created);
        strait_segment_close(segment);
        unlink(test_path("segment"));
        unlink(test_path("created"));
    }
}

/* ---- Other PID namespaces --------------------------------------------------------------------------------
 */

/* Attaches, watches one peer go, and stays. */
static void watch_from_inside(int parent, void *context)
{
    struct strait_segment *segment = test_segment_open("segment");
    tell(parent, segment->self->slot);
    hear(parent);
    see_participants(segment, 3, test_now_ns());
    tell(parent, 0);
    hear(parent); /* now the peer is killed */
    see_participants(segment, 2, test_now_ns());
    tell(parent, 0);
    hear(parent);
}

static void a_death_is_noticed_from_another_pid_namespace_and_in_it(void **state)
{
    pid_t inner;
    test_needs_root();
    struct strait_segment *segment = test_segment_create("segment", 0);
    struct child outer = child_start_in_namespace(watch_from_inside, NULL, &inner);
    uint32_t slot = (uint32_t)hear(outer.socket);
    assert_int_equal(segment->self->slots[slot].pid, 1); /* as it sees itself */

    struct child peer = start_and_hear(stay_attached, NULL);
    tell(outer.socket, 0);
    hear(outer.socket);
    child_kill(&peer);
    tell(outer.socket, 0);
    assert_int_equal(hear(outer.socket), 0);
    assert_int_equal(strait_segment_participants(segment, NULL, 0), 2);

    int64_t start_ns = test_now_ns();
    must(kill(inner, SIGKILL) == 0);
    see_participants(segment, 1, start_ns);
    assert_int_equal(child_end(&outer), -SIGKILL);
    strait_segment_close(segment);
}

/* ---- Core dumps ------------------------------------------------------------------------------------------
 */

#define DUMPED_BYTES (UINT64_C(384) << 20)

static void die_with_a_core(int parent, void *context)
{
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (setrlimit(RLIMIT_CORE, &limit) < 0)
        child_skip("core dumps are not allowed");
    must(chdir(test_directory) == 0);
    must(prctl(PR_SET_DUMPABLE, 1) == 0);
    unsigned char *memory =
        mmap(NULL, DUMPED_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(memory != MAP_FAILED);
    memset(memory, 0x5a, DUMPED_BYTES);
    struct strait_ring *ring = test_ring_open("segment");
    test_writer(ring);
    tell(parent, ring->participant->slot);
    hear(parent);
    signal(SIGABRT, SIG_DFL);
    abort();
}

static bool is_dumping(pid_t pid)
{
    char path[64];
    char line[256];
    bool dumping = false;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    while (fgets(line, sizeof line, file) != NULL)
        dumping = dumping || strcmp(line, "CoreDumping:\t1\n") == 0;
    fclose(file);
    return dumping;
}

/* While it is written, the process is still there: its lock is held, and nothing of it may be taken. */
static void who_dumps_core_is_dead_when_the_core_is_written(void **state)
{
    siginfo_t exited = {0};
    int looks = 0;
    if (TEST_SANITIZED || test_is_on_valgrind())
        test_skip("a core dump would hold all shadow memory, or be somebody else's");
    struct strait_ring *ring = test_ring_create("segment", LANE);
    struct strait_ring_writer *writer = NULL;
    struct child child = child_start(die_with_a_core, NULL);
    uint32_t slot = (uint32_t)hear(child.socket);
    tell(child.socket, 0);
    while (waitid(P_PID, (id_t)child.pid, &exited, WEXITED | WNOWAIT | WNOHANG) == 0 && exited.si_pid == 0) {
        struct strait_participant_info info;
        uint64_t owner = atomic_load(&ring->lane->owner);
        bool was_there = find_participant(ring->segment, child.pid, &info);
        int reclaimed = strait_warden_reclaim(ring->participant, slot);
        int opened = looks > 3 ? -EBUSY : strait_ring_writer_open(ring, &writer, NULL);
        if (!is_dumping(child.pid))
            continue;
        looks++;
        assert_true(was_there);
        assert_true(info.state == STRAIT_PARTICIPANT_LIVE || info.state == STRAIT_PARTICIPANT_DYING);
        assert_int_equal(reclaimed, -EAGAIN);
        assert_int_equal(opened, -EBUSY);
        assert_int_equal(strait_owner_state(owner), STRAIT_OWNER_LIVE);
        pause_briefly();
    }
    int64_t start_ns = test_now_ns();
    assert_true(looks > 0);
    see_participants(ring->segment, 1, start_ns);
    assert_int_equal(child_end(&child), -SIGABRT);
    test_writer(ring);
    strait_ring_close(ring);
}

static const struct CMUnitTest tests[] = {
    TEST(who_opens_a_memfd_has_a_lock_of_its_own),
    TEST(the_death_of_a_memfds_creator_is_noticed),
    TEST(one_process_may_attach_several_times),
    TEST(when_a_process_dies_all_its_attachments_do),
    TEST(a_forked_child_has_no_descriptor_of_a_segment),
    TEST(a_forked_child_that_closes_takes_no_lock_away),
    TEST(in_a_forked_child_handles_are_closed),
    TEST(a_forked_child_can_use_nothing_inherited_but_can_attach_itself),
    TEST(a_death_is_noticed_although_a_child_lives_on),
    TEST(a_death_is_noticed_although_children_were_forked_while_it_attached),
    TEST(who_has_forked_since_it_opened_the_file_opens_it_again),
    TEST(a_close_frees_the_slot_although_a_child_has_the_descriptor),
    TEST(a_child_without_handlers_that_closes_takes_no_lock_away),
    TEST(however_a_process_ends_it_is_noticed),
    TEST(a_zombie_is_dead),
    TEST(a_process_without_a_main_thread_lives_attaches_and_dies),
    TEST(a_death_is_noticed_from_another_pid_namespace_and_in_it),
    TEST(who_dumps_core_is_dead_when_the_core_is_written),
};

int main(void)
{
    int failed = cmocka_run_group_tests_name("attachment", tests, NULL, NULL);
    strait_futex_without_waitv = true;
    return failed + cmocka_run_group_tests_name("attachment without futex_waitv", tests, NULL, NULL);
}
