#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "internal/participant.h"

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#define TEST_SECONDS 60
#define EXIT_FAILED  70

/* Children that attach start a warden of their own, and their parent has one already. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "die_after_fork=0";
}

char test_directory[32];
static pid_t test_thread; /* where cmocka runs */
static int descriptors_before;

pid_t this_thread(void)
{
    return (pid_t)syscall(SYS_gettid);
}

void test_fail(const char *file, int line, const char *condition)
{
    if (this_thread() != test_thread) {
        fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
        _exit(EXIT_FAILED);
    }
    print_error("not so: %s\n", condition);
    _fail(file, line);
}

/* ---- One test --------------------------------------------------------------------------------------------
 */

double test_share(void)
{
    const char *text = getenv("STRAIT_TEST_SHARE");
    return text == NULL ? 1 : strtod(text, NULL);
}

static unsigned seconds(void)
{
    double share = test_share();
    return (unsigned)(TEST_SECONDS * (RUNNING_ON_VALGRIND ? 10 : 1) * (share < 1 ? 1 : share));
}

int test_begin(void **state)
{
    (void)state;
    test_thread = this_thread();
    alarm(seconds());
    strcpy(test_directory, "/dev/shm/strait-test-XXXXXX");
    if (mkdtemp(test_directory) == NULL)
        return -1;
    descriptors_before = count_descriptors();
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

int test_end(void **state)
{
    (void)state;
    int leaked = count_descriptors() - descriptors_before;
    nftw(test_directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    alarm(0);
    if (leaked != 0)
        print_error("%d descriptors leaked\n", leaked);
    return leaked == 0 ? 0 : -1;
}

int test_rounds(int rounds)
{
    double share = test_share();
    if (RUNNING_ON_VALGRIND)
        share *= 0.01;
    else if (TEST_SANITIZED)
        share *= 0.1;
    return rounds * share < 1 ? 1 : (int)(rounds * share);
}

bool test_is_on_valgrind(void)
{
    return RUNNING_ON_VALGRIND;
}

bool test_can_filter(void)
{
    return !TEST_SANITIZED && !RUNNING_ON_VALGRIND;
}

int64_t test_notice_ns(void)
{
    int patience = RUNNING_ON_VALGRIND ? 10 : TEST_SANITIZED ? 4 : 1;
    return 2 * SECOND * patience;
}

void test_skip(const char *reason)
{
    print_message("skipped: %s\n", reason);
    skip();
}

void test_needs_root(void)
{
    if (geteuid() != 0)
        test_skip("only root can arrange this");
}

struct strait_segment_options test_options(void)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = test_directory;
    return options;
}

const char *test_path(const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", test_directory, name);
    return path;
}

struct strait_segment *test_segment_with(const char *name, uint64_t user_bytes,
                                         const struct strait_object *objects, uint32_t object_count)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    options.user_bytes = user_bytes;
    options.objects = objects;
    options.object_count = object_count;
    must(strait_segment_create(name, &options, &segment, NULL) == 0);
    return segment;
}

struct strait_segment *test_segment_create(const char *name, uint64_t user_bytes)
{
    return test_segment_with(name, user_bytes, NULL, 0);
}

struct strait_semaphore *test_semaphore(struct strait_segment *segment, const char *name)
{
    struct strait_semaphore *semaphore = NULL;
    must(strait_semaphore_open(segment, name, &semaphore, NULL) == 0);
    return semaphore;
}

struct strait_lock *test_lock(struct strait_segment *segment, const char *name)
{
    struct strait_lock *lock = NULL;
    must(strait_lock_open(segment, name, &lock, NULL) == 0);
    return lock;
}

struct strait_condition *test_condition(struct strait_segment *segment, const char *name)
{
    struct strait_condition *condition = NULL;
    must(strait_condition_open(segment, name, &condition, NULL) == 0);
    return condition;
}

struct strait_segment *test_segment_open(const char *name)
{
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = NULL;
    must(strait_segment_open(name, &options, &segment, NULL) == 0);
    return segment;
}

struct strait_ring *test_ring_create(const char *name, uint64_t lane_bytes)
{
    struct strait_segment_options options = test_options();
    struct strait_ring_options ring_options = STRAIT_RING_OPTIONS_INIT;
    struct strait_ring *ring = NULL;
    ring_options.lane_bytes = lane_bytes;
    must(strait_ring_create(name, &options, &ring_options, &ring, NULL) == 0);
    return ring;
}

struct strait_ring *test_ring_open(const char *name)
{
    struct strait_segment_options options = test_options();
    struct strait_ring *ring = NULL;
    must(strait_ring_open(name, &options, &ring, NULL) == 0);
    return ring;
}

struct strait_ring_writer *test_writer(struct strait_ring *ring)
{
    struct strait_ring_writer *writer = NULL;
    must(strait_ring_writer_open(ring, &writer, NULL) == 0);
    return writer;
}

struct strait_ring_reader *test_reader(struct strait_ring *ring)
{
    struct strait_ring_reader *reader = NULL;
    must(strait_ring_reader_open(ring, &reader, NULL) == 0);
    return reader;
}

void test_offer(struct strait_ring_writer *writer, int count)
{
    for (int i = 0; i < count; i++)
        must(strait_ring_offer(writer, 0, NULL, 0) == 0);
}

void test_take(struct strait_ring_reader *reader, int count)
{
    for (int i = 0; i < count; i++)
        must(strait_ring_skip(reader) == 1);
}

/* ---- Other processes -------------------------------------------------------------------------------------
 */

/* cmocka's handlers would go on with the next test, in the child. */
static void die_of_faults(void)
{
    const int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGSYS};
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        signal(faults[i], SIG_DFL);
}

struct child child_start(child_body *body, void *context)
{
    int ends[2];
    pid_t parent = getpid();
    must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
    fflush(NULL);
    pid_t pid = fork();
    must(pid >= 0);
    if (pid == 0) {
        test_thread = 0;
        die_of_faults();
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        alarm(seconds());
        close(ends[0]);
        if (getppid() == parent)
            body(ends[1], context);
        _exit(0);
    }
    close(ends[1]);
    return (struct child){pid, ends[0]};
}

int child_end(struct child *child)
{
    int status;
    must(waitpid(child->pid, &status, 0) == child->pid);
    close(child->socket);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void child_kill(struct child *child)
{
    must(kill(child->pid, SIGKILL) == 0);
    must(child_end(child) == -SIGKILL);
}

void child_let_go(struct child *child)
{
    tell(child->socket, 0);
    hear(child->socket);
    tell(child->socket, 0);
    must(child_end(child) == 0);
}

static bool are_all_stopped(pid_t pid)
{
    char path[64];
    bool stopped = true;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    must(tasks != NULL);
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks))
        if (task->d_name[0] != '.')
            stopped &= state_of_thread(pid, atoi(task->d_name)) == 'T';
    closedir(tasks);
    return stopped;
}

void child_stop(const struct child *child)
{
    must(kill(child->pid, SIGSTOP) == 0);
    while (!are_all_stopped(child->pid))
        pause_briefly();
}

void child_go_on(const struct child *child)
{
    must(kill(child->pid, SIGCONT) == 0);
}

struct inner {
    child_body *body;
    void *context;
};

/* Of another process, for whoever waits for this one. */
static void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(WEXITSTATUS(status));
}

static void live_in_namespace(int parent, void *context)
{
    const struct inner *inner = context;
    int status;
    pid_t pid = unshare(CLONE_NEWPID) < 0 ? -1 : fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        must(getpid() == 1);
        hear(parent);
        inner->body(parent, inner->context);
        _exit(0);
    }
    tell(parent, pid);
    if (pid < 0)
        return;
    must(waitpid(pid, &status, 0) == pid);
    end_as(status);
}

struct child child_start_in_namespace(child_body *body, void *context, pid_t *inner)
{
    test_needs_root();
    struct child child = child_start(live_in_namespace, &(struct inner){body, context});
    *inner = (pid_t)hear(child.socket);
    if (*inner < 0) {
        child_end(&child);
        test_skip("no PID namespaces here");
    }
    tell(child.socket, 0);
    return child;
}

int child_run(child_body *body, void *context)
{
    struct child child = child_start(body, context);
    int status = child_end(&child);
    if (status == EXIT_SKIPPED)
        skip();
    return status;
}

void child_skip(const char *reason)
{
    fprintf(stderr, "skipped: %s\n", reason);
    _exit(EXIT_SKIPPED);
}

void tell(int socket, int64_t number)
{
    must(send(socket, &number, sizeof number, MSG_NOSIGNAL) == (ssize_t)sizeof number);
}

int64_t hear(int socket)
{
    int64_t number;
    ssize_t length;
    do
        length = recv(socket, &number, sizeof number, 0);
    while (length < 0 && errno == EINTR);
    must(length == (ssize_t)sizeof number);
    return number;
}

bool can_hear(int socket)
{
    struct pollfd look = {.fd = socket, .events = POLLIN};
    return poll(&look, 1, 0) == 1;
}

/* ---- Participants ----------------------------------------------------------------------------------------
 */

void stay_attached(int parent, void *context)
{
    (void)context;
    struct strait_segment *segment = test_segment_open("segment");
    tell(parent, segment->self->slot);
    hear(parent);
    strait_segment_close(segment);
}

bool find_participant(const struct strait_segment *segment, pid_t pid, struct strait_participant_info *info)
{
    struct strait_participant_info infos[STRAIT_PARTICIPANTS_MAX];
    int count = strait_segment_participants(segment, infos, STRAIT_PARTICIPANTS_MAX);
    for (int i = 0; i < count; i++) {
        *info = infos[i];
        if (infos[i].pid == (uint32_t)pid)
            return true;
    }
    return false;
}

void see_participants(const struct strait_segment *segment, int count, int64_t since_ns)
{
    while (strait_segment_participants(segment, NULL, 0) != count) {
        must(test_now_ns() - since_ns < test_notice_ns());
        pause_briefly();
    }
}

/* ---- Conditions that a child may want to live under ------------------------------------------------------
 */

void have_private_mounts(void)
{
    if (unshare(CLONE_NEWNS) < 0)
        child_skip("no mounts of one's own here");
    must(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0);
}

void become_user(uid_t id)
{
    must(setgroups(0, NULL) == 0);
    must(setresgid(id, id, id) == 0);
    must(setresuid(id, id, id) == 0);
}

void limit_resource(int resource, rlim_t limit)
{
    struct rlimit limits;
    must(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    limits.rlim_cur = limit;
    must(setrlimit((__rlimit_resource_t)resource, &limits) == 0);
}

void lift_limit(int resource)
{
    struct rlimit limits;
    must(getrlimit((__rlimit_resource_t)resource, &limits) == 0);
    limit_resource(resource, limits.rlim_max);
}

void give_up_capability(unsigned capability)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    must(syscall(SYS_capget, &header, data) == 0);
    data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
    data[CAP_TO_INDEX(capability)].permitted &= ~CAP_TO_MASK(capability);
    must(syscall(SYS_capset, &header, data) == 0);
}

void refuse_call(long number, unsigned argument, uint32_t mask, uint32_t value, int error)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args) + 8 * argument),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (uint32_t)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {COUNT_OF(program), program};
    if (RUNNING_ON_VALGRIND)
        child_skip("a filter would hit valgrind's own calls");
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        child_skip("no system call filters here");
}

void call_nothing(void)
{
    const uint32_t allowed[] = {SYS_write, SYS_exit_group};
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[0], 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[1], 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog filter = {COUNT_OF(program), program};
    must(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) == 0);
    must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        child_skip("no system call filters here");
}

/* ---- Looks at /proc --------------------------------------------------------------------------------------
 */

int64_t test_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

void pause_briefly(void)
{
    nanosleep(&(struct timespec){0, MILLISECOND / 10}, NULL);
}

void wait_a_while(void)
{
    for (int i = 0; i < 100; i++)
        pause_briefly();
}

char state_of_thread(pid_t process, pid_t thread)
{
    char path[64];
    char text[512] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)process, (int)thread);
    FILE *file = fopen(path, "re");
    must(file != NULL);
    must(fgets(text, sizeof text, file) != NULL);
    fclose(file);
    const char *command_end = strrchr(text, ')');
    must(command_end != NULL);
    return command_end[2];
}

void see_asleep(pid_t process, pid_t thread)
{
    while (state_of_thread(process, thread) != 'S')
        pause_briefly();
}

int count_files(const char *directory)
{
    int count = -2; /* "." and ".." */
    DIR *entries = opendir(directory);
    must(entries != NULL);
    while (readdir(entries) != NULL)
        count++;
    closedir(entries);
    return count;
}

int count_descriptors(void)
{
    return count_files("/proc/self/fd") - 1; /* the one that looks */
}

/* Sanitizers and valgrind map memory as they go: there only what segments may be counts. */
static bool is_of_interest(const char *line)
{
    return strstr(line, "/dev/shm/") != NULL || strstr(line, "/memfd:") != NULL ||
           (!TEST_SANITIZED && !RUNNING_ON_VALGRIND);
}

/* How many there are, and their bytes. */
static int sum_mappings(uint64_t *bytes)
{
    char line[PATH_MAX];
    int lines = 0;
    FILE *file = fopen("/proc/self/maps", "re");
    must(file != NULL);
    *bytes = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        uint64_t start;
        uint64_t end;
        if (!is_of_interest(line))
            continue;
        must(sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2);
        *bytes += end - start;
        lines++;
    }
    fclose(file);
    return lines;
}

int count_mappings(void)
{
    uint64_t bytes;
    return sum_mappings(&bytes);
}

uint64_t mapped_bytes(void)
{
    uint64_t bytes;
    sum_mappings(&bytes);
    return bytes;
}

bool memory_has_flag(const void *address, const char *flag)
{
    char line[PATH_MAX];
    char word[8];
    bool inside = false;
    bool found = false;
    FILE *file = fopen("/proc/self/smaps", "re");
    must(file != NULL);
    snprintf(word, sizeof word, " %s ", flag);
    while (fgets(line, sizeof line, file) != NULL) {
        uintptr_t start;
        uintptr_t end;
        if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", &start, &end) == 2)
            inside = (uintptr_t)address >= start && (uintptr_t)address < end;
        else if (inside && strncmp(line, "VmFlags:", 8) == 0)
            found = strstr(line, word) != NULL;
    }
    fclose(file);
    return found;
}

uint64_t memory_resident(const void *address, size_t bytes)
{
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t first = (uintptr_t)address / page_bytes;
    uint64_t resident = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    for (uint64_t page = 0; page < bytes / page_bytes; page++) {
        uint64_t entry;
        must(pread(fd, &entry, sizeof entry, (off_t)((first + page) * sizeof entry)) == sizeof entry);
        resident += entry >> 63 != 0 ? page_bytes : 0;
    }
    close(fd);
    return resident;
}
