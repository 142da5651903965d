/* Starting programs, with real ones: cat, env, grep, sh. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/kick.h"
#include "internal/program.h"

#define ARGUMENTS(...) ((char *[]){__VA_ARGS__, NULL})
#define SHELL(script)  ARGUMENTS("sh", "-c", script)

static char *const nothing[] = {NULL};

static struct strait_program program_of(char *const *arguments)
{
    return (struct strait_program){.arguments = arguments, .changes = nothing};
}

static void give(struct strait_program *program, const struct strait_program_given *given, int count)
{
    program->given = given;
    program->given_count = count;
}

/* How it ends: its status, as strait_program_reap tells it. */
static int end_of(pid_t pid, int pid_fd)
{
    struct pollfd process = {.fd = pid_fd, .events = POLLIN};
    must(poll(&process, 1, -1) == 1);
    close(pid_fd);
    int status = strait_program_reap(pid);
    must(strait_program_reap(pid) == -ECHILD);
    return status;
}

static int run(const struct strait_program *program)
{
    int pid_fd;
    pid_t pid = strait_program_start(program, &pid_fd, NULL);
    must(pid > 0);
    return end_of(pid, pid_fd);
}

/* Runs it with its output taken; what it wrote, until the next call. */
static const char *output_of(struct strait_program program)
{
    static char text[4096];
    int ends[2];
    int pid_fd;
    ssize_t bytes;
    size_t length = 0;
    must(pipe2(ends, O_CLOEXEC) == 0);
    const struct strait_program_given output = {ends[1], STDOUT_FILENO};
    give(&program, &output, 1);
    pid_t pid = strait_program_start(&program, &pid_fd, NULL);
    must(pid > 0);
    close(ends[1]);
    while ((bytes = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)bytes;
    close(ends[0]);
    must(end_of(pid, pid_fd) == 0);
    text[length] = '\0';
    return text;
}

/* A failed start leaves no child. */
static void expect_failure(const struct strait_program *program, const char *step, int error)
{
    struct strait_failure failure;
    int pid_fd;
    assert_int_equal(strait_program_start(program, &pid_fd, &failure), error);
    assert_operation(failure, step);
    assert_int_equal(pid_fd, -1);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void a_program_ends_with_its_status_or_a_signal(void **state)
{
    (void)state;
    struct strait_program exits = program_of(SHELL("exit 7"));
    struct strait_program is_killed = program_of(SHELL("kill -KILL $$"));
    struct strait_program sleeps = program_of(ARGUMENTS("sleep", "1000"));
    int pid_fd;
    assert_int_equal(run(&exits), 7);
    assert_int_equal(run(&is_killed), SIGKILL << 8);
    pid_t pid = strait_program_start(&sleeps, &pid_fd, NULL);
    assert_int_equal(strait_program_reap(pid), -EAGAIN);
    assert_int_equal(fcntl(pid_fd, F_GETFD), FD_CLOEXEC);
    kill(pid, SIGTERM);
    assert_int_equal(end_of(pid, pid_fd), SIGTERM << 8);
}

static void a_core_dump_is_told(void **state)
{
    (void)state;
    struct strait_program dumps = program_of(SHELL("ulimit -c unlimited 2>/dev/null; kill -ABRT $$"));
    dumps.directory = test_directory;
    int status = run(&dumps);
    assert_int_equal(status & ~STRAIT_PROGRAM_DUMPED, SIGABRT << 8);
}

static void each_failed_step_is_named_and_leaves_no_child(void **state)
{
    (void)state;
    const struct strait_program_given closed = {1000, 3};
    const struct strait_program_given far = {STDIN_FILENO, 1 << 30};
    struct strait_program program = program_of(ARGUMENTS("no such program"));
    expect_failure(&program, "execve", -ENOENT);
    program = program_of(ARGUMENTS("/proc/self/status"));
    expect_failure(&program, "execve", -EACCES);
    program = program_of(SHELL("exit"));
    program.directory = "/no/such/directory";
    expect_failure(&program, "chdir", -ENOENT);
    program.directory = NULL;
    give(&program, &closed, 1);
    expect_failure(&program, "fcntl(F_DUPFD_CLOEXEC)", -EBADF);
    give(&program, &far, 1);
    expect_failure(&program, "fcntl(F_DUPFD_CLOEXEC)", -EINVAL);
}

static void exhaust_descriptors(int parent, void *context)
{
    struct strait_program program = program_of(SHELL("exit"));
    struct strait_failure failure;
    int pid_fd;
    (void)parent, (void)context;
    limit_resource(RLIMIT_NOFILE, 3);
    must(strait_program_start(&program, &pid_fd, &failure) == -EMFILE);
    must(strcmp(failure.operation, "clone") == 0);
    must(waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

static void without_room_for_its_pidfd_nothing_is_started(void **state)
{
    (void)state;
    assert_int_equal(child_run(exhaust_descriptors, NULL), 0);
}

static void descriptors_may_be_exchanged(void **state)
{
    (void)state;
    int in[2];
    int out[2];
    char text[8] = "";
    must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    must(dup3(in[0], 18, O_CLOEXEC) == 18 && dup3(out[1], 19, O_CLOEXEC) == 19);
    /* The shell knows numbers of one digit alone. */
    const struct strait_program_given given[] = {{18, 0}, {19, 1}, {19, 18}, {18, 19}, {18, 9}, {19, 8}};
    struct strait_program program =
        program_of(SHELL("head -c 2; head -c 2 <&9 >&8; head -c 2 </proc/self/fd/19 >/proc/self/fd/18"));
    give(&program, given, COUNT_OF(given));
    must(write(in[1], "abcdef", 6) == 6);
    assert_int_equal(run(&program), 0);
    assert_int_equal(read(out[0], text, sizeof text), 6);
    assert_string_equal(text, "abcdef");
    for (int fd = 18; fd <= 19; fd++)
        close(fd);
    for (int end = 0; end < 2; end++) {
        close(in[end]);
        close(out[end]);
    }
}

static void standard_input_and_output_may_be_exchanged(void **state)
{
    (void)state;
    int ends[2];
    char text[8] = "";
    must(pipe2(ends, O_CLOEXEC) == 0);
    int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    dup2(ends[1], STDIN_FILENO);
    dup2(ends[0], STDOUT_FILENO);
    const struct strait_program_given given[] = {{STDIN_FILENO, STDOUT_FILENO},
                                                 {STDOUT_FILENO, STDIN_FILENO}};
    struct strait_program program = program_of(SHELL("echo abc; head -c 4 >&2"));
    struct strait_program_given third[] = {given[0], given[1], {ends[1], STDERR_FILENO}};
    give(&program, third, COUNT_OF(third));
    int status = run(&program);
    must(read(ends[0], text, sizeof text) == 4);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    close(input);
    close(output);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(status, 0);
    assert_string_equal(text, "abc\n");
}

/* Whether /proc says that it has these numbers, and how many. */
static int count_numbers(pid_t pid, const char *const *expected)
{
    char path[64];
    int count = 0;
    for (; *expected != NULL; expected++) {
        snprintf(path, sizeof path, "/proc/%d/fd/%s", pid, *expected);
        must(readlink(path, (char[1]){0}, 1) == 1);
    }
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    must(directory != NULL);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* A program that waits has 0, 1 and 2, what it is given, and nothing else. */
static void see_nothing_else(void)
{
    const char *const numbers[] = {"0", "1", "2", "7", "9", "30", NULL};
    int ends[2];
    int output[2];
    char byte = 'a';
    int others[20];
    int pid_fd;
    must(pipe2(ends, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        others[i] = dup(STDERR_FILENO);
    const struct strait_program_given given[] = {
        {ends[0], STDIN_FILENO}, {output[1], STDOUT_FILENO}, {ends[0], 30}, {ends[0], 9}, {STDOUT_FILENO, 7}};
    struct strait_program program = program_of(ARGUMENTS("cat"));
    give(&program, given, COUNT_OF(given));
    pid_t pid = strait_program_start(&program, &pid_fd, NULL);
    must(pid > 0);
    must(write(ends[1], &byte, 1) == 1);
    must(read(output[0], &byte, 1) == 1); /* now it has loaded its libraries */
    must(count_numbers(pid, numbers) == 6);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        close(others[i]);
    close(ends[0]);
    close(ends[1]);
    close(output[0]);
    close(output[1]);
    must(end_of(pid, pid_fd) == 0);
}

static void a_program_has_only_what_it_is_given(void **state)
{
    (void)state;
    see_nothing_else();
}

static void see_nothing_else_by_proc(int parent, void *context)
{
    (void)parent, (void)context;
    refuse_call(SYS_close_range, 0, 0, 0, ENOSYS);
    see_nothing_else();
}

/* Without /proc the child's own look at it has to be replaced, too: the limit is the same in both. */
static void see_nothing_else_by_counting(int parent, void *context)
{
    (void)parent, (void)context;
    limit_resource(RLIMIT_NOFILE, 1000);
    refuse_call(SYS_close_range, 0, 0, 0, ENOSYS);
    refuse_call(SYS_getdents64, 0, 0, 0, ENOSYS);
    struct strait_program program = program_of(SHELL("exit 5"));
    must(run(&program) == 5);
}

static void old_kernels_close_them_too(void **state)
{
    (void)state;
    assert_int_equal(child_run(see_nothing_else_by_proc, NULL), 0);
    assert_int_equal(child_run(see_nothing_else_by_counting, NULL), 0);
}

static void what_is_given_waits(void **state)
{
    (void)state;
    int ends[2];
    must(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    const struct strait_program_given input = {ends[0], STDIN_FILENO};
    struct strait_program program = program_of(SHELL("test $(head -c 3) = abc"));
    int pid_fd;
    give(&program, &input, 1);
    pid_t pid = strait_program_start(&program, &pid_fd, NULL);
    must(pid > 0);
    assert_false(fcntl(ends[0], F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(ends[1], F_GETFL) & O_NONBLOCK);
    must(write(ends[1], "abc", 3) == 3);
    assert_int_equal(end_of(pid, pid_fd), 0);
    close(ends[0]);
    close(ends[1]);
}

static void block_and_ignore(int parent, void *context)
{
    sigset_t every;
    (void)parent, (void)context;
    sigfillset(&every);
    sigprocmask(SIG_SETMASK, &every, NULL);
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    const char *text = output_of(program_of(ARGUMENTS("cat", "/proc/self/status")));
    must(strstr(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n"));
    sigset_t after;
    sigprocmask(SIG_SETMASK, NULL, &after);
    must(sigismember(&after, SIGTERM) == 1);
    signal(SIGCHLD, SIG_IGN);
    int pid_fd;
    struct strait_program program = program_of(SHELL("exit"));
    pid_t pid = strait_program_start(&program, &pid_fd, NULL);
    struct pollfd process = {.fd = pid_fd, .events = POLLIN};
    must(pid > 0 && poll(&process, 1, -1) == 1);
    must(strait_program_reap(pid) == -ECHILD); /* the kernel has, as the process asked it to */
}

static void signals_are_as_they_were_never_touched(void **state)
{
    (void)state;
    assert_int_equal(child_run(block_and_ignore, NULL), 0);
}

static void the_environment_is_ours_with_changes_or_the_changes_alone(void **state)
{
    (void)state;
    struct strait_program program = program_of(ARGUMENTS("sh", "-c", "echo $KEPT $REPLACED $TAKEN $ADDED"));
    setenv("KEPT", "kept", 1);
    setenv("REPLACED", "old", 1);
    setenv("TAKEN", "taken", 1);
    program.changes = ARGUMENTS("REPLACED=new", "TAKEN", "ADDED=a=b", "REPLACE=prefix");
    assert_string_equal(output_of(program), "kept new a=b\n");
    program = program_of(ARGUMENTS("env"));
    program.changes = ARGUMENTS("ONE=1", "KEPT");
    program.forgets_environment = true;
    assert_string_equal(output_of(program), "ONE=1\n");
}

static void a_program_is_looked_for_as_execvp_does(void **state)
{
    (void)state;
    char path[PATH_MAX];
    const char *before = getenv("PATH");
    FILE *script = fopen(test_path("script"), "w");
    fputs("echo \"$0\" \"$@\"; pwd\n", script); /* without #!, so that a shell has to run it */
    fclose(script);
    chmod(test_path("script"), 0755);
    snprintf(path, sizeof path, "%s:%s", test_directory, before);
    setenv("PATH", path, 1);
    struct strait_program program = program_of(ARGUMENTS("script", "a b"));
    program.directory = "/usr";
    const char *text = output_of(program);
    setenv("PATH", before, 1);
    snprintf(path, sizeof path, "%s a b\n/usr\n", test_path("script"));
    assert_string_equal(text, path);
}

static void a_group_or_session_of_its_own(void **state)
{
    (void)state;
    struct strait_program program = program_of(ARGUMENTS("sleep", "1000"));
    const enum strait_program_group groups[] = {STRAIT_PROGRAM_GROUP_AS_OURS, STRAIT_PROGRAM_GROUP_OWN,
                                                STRAIT_PROGRAM_SESSION_OWN};
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        int pid_fd;
        program.group = groups[i];
        pid_t pid = strait_program_start(&program, &pid_fd, NULL);
        must(pid > 0);
        must(getpgid(pid) == (i == 0 ? getpgid(0) : pid));
        must(getsid(pid) == (i == 2 ? pid : getsid(0)));
        kill(pid, SIGKILL);
        end_of(pid, pid_fd);
    }
}

static void *start_many(void *context)
{
    (void)context;
    struct strait_program program = program_of(SHELL("read line && test $line = 12345"));
    for (int i = 0; i < test_rounds(50); i++) {
        int ends[2];
        int pid_fd;
        must(pipe2(ends, O_CLOEXEC) == 0);
        const struct strait_program_given input = {ends[0], STDIN_FILENO};
        give(&program, &input, 1);
        pid_t pid = strait_program_start(&program, &pid_fd, NULL);
        must(pid > 0);
        close(ends[0]);
        must(write(ends[1], "12345\n", 6) == 6);
        close(ends[1]);
        must(end_of(pid, pid_fd) == 0);
    }
    return NULL;
}

/* A descriptor that another thread's child kept would hang the rest of them: each waits for an end of file.
 */
static void many_threads_start_at_once(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        must(pthread_create(&threads[i], NULL, start_many, NULL) == 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
}

static void a_file_is_opened_or_the_errno_told(void **state)
{
    (void)state;
    struct strait_kick kick = {0};
    must(strait_kick_arm(&kick) == 0);
    int fd = strait_kick_open(test_path("file"), O_WRONLY | O_CREAT, &kick);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
    assert_int_equal(strait_kick_open(test_path("none"), O_RDONLY, &kick), -ENOENT);
}

int main(void)
{
    if (test_is_on_valgrind()) {
        print_message("valgrind makes a clone that shares memory a fork, and gives no pidfd\n");
        return EXIT_SKIPPED;
    }
    const struct CMUnitTest tests[] = {
        TEST(a_program_ends_with_its_status_or_a_signal),
        TEST(a_core_dump_is_told),
        TEST(each_failed_step_is_named_and_leaves_no_child),
        TEST(without_room_for_its_pidfd_nothing_is_started),
        TEST(descriptors_may_be_exchanged),
        TEST(standard_input_and_output_may_be_exchanged),
        TEST(a_program_has_only_what_it_is_given),
        TEST(old_kernels_close_them_too),
        TEST(what_is_given_waits),
        TEST(signals_are_as_they_were_never_touched),
        TEST(the_environment_is_ours_with_changes_or_the_changes_alone),
        TEST(a_program_is_looked_for_as_execvp_does),
        TEST(a_group_or_session_of_its_own),
        TEST(many_threads_start_at_once),
        TEST(a_file_is_opened_or_the_errno_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
