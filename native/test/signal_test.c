/* The table of signals, sending, and looking at a process. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal/kick.h"
#include "internal/signal_set.h"
#include "internal/signal_sweep.h"
#include "internal/signal_table.h"

static const struct strait_signal_target nobody = {STRAIT_SIGNAL_PROCESS, 0x3fffffff, 0, NULL};

static struct strait_signal_target process(pid_t pid)
{
    return (struct strait_signal_target){STRAIT_SIGNAL_PROCESS, pid, 0, NULL};
}

/* ---- The table -------------------------------------------------------------------------------------------
 */

static void every_signal_has_a_name_that_leads_back_to_it(void **state)
{
    for (int number = 1; number <= STRAIT_SIGNAL_MAX; number++)
        assert_int_equal(strait_signal_number(strait_signal_name(number)), number);
    assert_null(strait_signal_name(0));
    assert_null(strait_signal_name(STRAIT_SIGNAL_MAX + 1));
}

static void names_are_the_c_librarys(void **state)
{
    assert_int_equal(strait_signal_number("SIGUSR1"), SIGUSR1);
    assert_int_equal(strait_signal_number("RTMIN"), SIGRTMIN);
    assert_int_equal(strait_signal_number("SIGRTMIN+3"), SIGRTMIN + 3);
    assert_int_equal(strait_signal_number("RTMAX"), SIGRTMAX);
    assert_int_equal(strait_signal_number("RTMAX-2"), SIGRTMAX - 2);
    assert_int_equal(strait_signal_number("15"), SIGTERM);
    const char *const none[] = {"",         "USR3", "SIG",  "0",        "65",       "-1",
                                "RTMIN+31", "1x",   "usr1", "RTMAX-31", "RTMAX-1x", "RTMAX+1"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        assert_int_equal(strait_signal_number(none[i]), -EINVAL);
}

static void default_actions_are_those_of_the_manual_page(void **state)
{
    assert_int_equal(strait_signal_action(SIGTERM), STRAIT_SIGNAL_TERMINATES);
    assert_int_equal(strait_signal_action(SIGXCPU), STRAIT_SIGNAL_DUMPS);
    assert_int_equal(strait_signal_action(SIGWINCH), STRAIT_SIGNAL_IS_IGNORED);
    assert_int_equal(strait_signal_action(SIGTTIN), STRAIT_SIGNAL_STOPS);
    assert_int_equal(strait_signal_action(SIGCONT), STRAIT_SIGNAL_CONTINUES);
    assert_int_equal(strait_signal_action(SIGRTMIN), STRAIT_SIGNAL_TERMINATES);
    assert_int_equal(strait_signal_action(0), -EINVAL);
}

static void what_may_not_be_taken_says_why(void **state)
{
    const int refused[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS,  SIGFPE, SIGILL, SIGTRAP,
                           SIGSYS,  SIGABRT, SIGPIPE, SIGXFSZ, 32,     33};
    const int taken[] = {SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH, SIGXCPU, SIGIO, SIGRTMIN};
    for (size_t i = 0; i < COUNT_OF(refused); i++)
        assert_non_null(strait_signal_refusal(refused[i]));
    for (size_t i = 0; i < COUNT_OF(taken); i++)
        assert_null(strait_signal_refusal(taken[i]));
    assert_non_null(strait_signal_refusal(0));
    assert_int_equal(strait_signal_free() & strait_signal_bit(SIGKILL), 0);
}

static void what_the_library_needs_itself_is_refused(void **state)
{
    assert_int_not_equal(strait_kick_signal(), strait_sweep_signal());
    assert_string_equal(strait_signal_refusal(strait_kick_signal()), "Strait ends system calls by it");
    assert_string_equal(strait_signal_refusal(strait_sweep_signal()), "Strait reaches all threads by it");
}

static void catch_nothing(int number)
{
}

static void what_has_a_handler_is_refused_while_it_has(void **state)
{
    signal(SIGIO, catch_nothing);
    assert_string_equal(strait_signal_refusal(SIGIO), "it has a handler already");
    strait_signal_reserve(SIGIO, STRAIT_SIGNAL_IF_HANDLED, "the runtime counts with it");
    assert_string_equal(strait_signal_refusal(SIGIO), "the runtime counts with it");
    signal(SIGIO, SIG_IGN);
    assert_null(strait_signal_refusal(SIGIO));
    signal(SIGIO, SIG_DFL);
    strait_signal_reserve(SIGPWR, STRAIT_SIGNAL_NEVER, "the runtime ends by it");
    assert_string_equal(strait_signal_refusal(SIGPWR), "the runtime ends by it");
    strait_signal_reserve(SIGPWR, STRAIT_SIGNAL_NEVER, NULL);
}

/* ---- Sending ---------------------------------------------------------------------------------------------
 */

/* Tells what it gets, until it is killed. */
static void tell_signals(int parent, void *context)
{
    siginfo_t info;
    const sigset_t set = strait_signal_set(strait_signal_free());
    strait_signal_mask(SIG_BLOCK, strait_signal_free());
    tell(parent, this_thread());
    for (;;) {
        must(sigwaitinfo(&set, &info) > 0);
        tell(parent, info.si_signo);
        tell(parent, info.si_code);
        tell(parent, info.si_pid);
        tell(parent, info.si_value.sival_int);
    }
}

static void expect_signal(const struct child *child, int number, int code, int value)
{
    assert_int_equal(hear(child->socket), number);
    assert_int_equal(hear(child->socket), code);
    assert_int_equal(hear(child->socket), getpid());
    int64_t heard = hear(child->socket);
    if (code == SI_QUEUE)
        assert_int_equal(heard, value);
}

static struct child start_telling(void)
{
    struct child child = child_start(tell_signals, NULL);
    hear(child.socket);
    return child;
}

static void a_process_gets_a_signal_without_and_with_a_payload(void **state)
{
    struct child child = start_telling();
    const struct strait_signal_target target = process(child.pid);
    assert_int_equal(strait_signal_send(&target, SIGUSR1), 0);
    expect_signal(&child, SIGUSR1, SI_USER, 0);
    assert_int_equal(strait_signal_queue(&target, SIGRTMIN, INT32_MIN), 0);
    expect_signal(&child, SIGRTMIN, SI_QUEUE, INT32_MIN);
    assert_int_equal(strait_signal_send(&target, 0), 0);
    child_kill(&child);
}

static void a_thread_gets_a_signal_without_and_with_a_payload(void **state)
{
    struct child child = start_telling();
    const struct strait_signal_target target = {STRAIT_SIGNAL_THREAD, child.pid, child.pid, NULL};
    assert_int_equal(strait_signal_send(&target, SIGUSR1), 0);
    expect_signal(&child, SIGUSR1, SI_USER, 0); /* SI_TKILL, which glibc calls so */
    assert_int_equal(strait_signal_queue(&target, SIGUSR1, -1), 0);
    expect_signal(&child, SIGUSR1, SI_QUEUE, -1);
    const struct strait_signal_target others = {STRAIT_SIGNAL_THREAD, child.pid, getpid(), NULL};
    assert_int_equal(strait_signal_send(&others, SIGUSR1), -ESRCH);
    child_kill(&child);
}

static void a_group_gets_a_signal_but_no_payload(void **state)
{
    struct child child = start_telling();
    assert_int_equal(setpgid(child.pid, child.pid), 0);
    const struct strait_signal_target target = {STRAIT_SIGNAL_GROUP, child.pid, 0, NULL};
    assert_int_equal(strait_signal_send(&target, SIGUSR1), 0);
    expect_signal(&child, SIGUSR1, SI_USER, 0);
    assert_int_equal(strait_signal_queue(&target, SIGUSR1, 1), -EINVAL);
    const struct strait_signal_target everybody = {STRAIT_SIGNAL_GROUP, 1, 0, NULL};
    assert_int_equal(strait_signal_send(&everybody, 0), -EINVAL);
    child_kill(&child);
}

static int pidfd_of(pid_t pid)
{
    return (int)syscall(434 /* pidfd_open */, pid, 0);
}

static void a_pidfd_never_leads_to_another_process(void **state)
{
    int own = pidfd_of(getpid());
    if (own < 0)
        test_skip("no pidfd_open here");
    close(own);
    struct child child = start_telling();
    int fd = pidfd_of(child.pid);
    const struct strait_signal_target target = {STRAIT_SIGNAL_PIDFD, fd, 0, NULL};
    assert_int_equal(strait_signal_send(&target, SIGUSR1), 0);
    expect_signal(&child, SIGUSR1, SI_USER, 0);
    assert_int_equal(strait_signal_queue(&target, SIGUSR1, 5), 0);
    expect_signal(&child, SIGUSR1, SI_QUEUE, 5);
    child_kill(&child);
    assert_int_equal(strait_signal_send(&target, 0), -ESRCH);
    assert_int_equal(strait_signal_queue(&target, SIGUSR1, 5), -ESRCH);
    close(fd);
    assert_int_equal(strait_signal_send(&target, SIGUSR1), -EBADF);
}

static void what_is_no_signal_or_no_process_is_told(void **state)
{
    const struct strait_signal_target self = process(getpid());
    assert_int_equal(strait_signal_send(&self, -1), -EINVAL);
    assert_int_equal(strait_signal_send(&self, STRAIT_SIGNAL_MAX + 1), -EINVAL);
    assert_int_equal(strait_signal_queue(&self, STRAIT_SIGNAL_MAX + 1, 0), -EINVAL);
    assert_int_equal(strait_signal_send(&nobody, SIGUSR1), -ESRCH);
    assert_int_equal(strait_signal_queue(&nobody, SIGUSR1, 0), -ESRCH);
    const int32_t none[] = {0, -1};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        for (int kind = STRAIT_SIGNAL_PROCESS; kind <= STRAIT_SIGNAL_THREAD; kind++) {
            const struct strait_signal_target target = {(enum strait_signal_target_kind)kind, none[i], 1,
                                                        NULL};
            assert_int_equal(strait_signal_send(&target, 0), -EINVAL);
        }
}

static void send_to_parent_as_nobody(int parent, void *context)
{
    const struct strait_signal_target target = process(getppid());
    become_user(NOBODY);
    must(strait_signal_send(&target, 0) == -EPERM);
    must(strait_signal_queue(&target, SIGUSR1, 0) == -EPERM);
}

static void another_users_process_is_refused(void **state)
{
    test_needs_root();
    assert_int_equal(child_run(send_to_parent_as_nobody, NULL), 0);
}

static void fill_the_queue(int parent, void *context)
{
    const struct strait_signal_target self = process(getpid());
    become_user(100000u + (uid_t)getpid()); /* signals are counted by user */
    strait_signal_mask(SIG_BLOCK, strait_signal_bit(SIGRTMIN));
    limit_resource(RLIMIT_SIGPENDING, 3);
    int sent = 0;
    while (strait_signal_queue(&self, SIGRTMIN, sent) == 0)
        sent++;
    must(sent == 3);
    must(strait_signal_queue(&self, SIGRTMIN, sent) == -EAGAIN);
    struct strait_signal_state now;
    must(strait_signal_look(getpid(), 0, &now) == 0);
    must(now.queued == 3 && now.queue_limit == 3);
}

static void a_full_queue_is_told(void **state)
{
    test_needs_root();
    if (!test_can_filter())
        test_skip("what checks this program queues signals of its own");
    assert_int_equal(child_run(fill_the_queue, NULL), 0);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

static void a_process_shows_what_is_blocked_ignored_caught_and_pending(void **state)
{
    struct strait_signal_state now;
    const struct strait_signal_target self = process(getpid());
    const struct strait_signal_target here = {STRAIT_SIGNAL_THREAD, getpid(), this_thread(), NULL};
    strait_signal_mask(SIG_BLOCK, strait_signal_bit(SIGUSR1) | strait_signal_bit(SIGRTMIN + 1));
    signal(SIGURG, SIG_IGN);
    signal(SIGVTALRM, catch_nothing);
    assert_int_equal(strait_signal_send(&self, SIGUSR1), 0);
    assert_int_equal(strait_signal_queue(&here, SIGRTMIN + 1, 0), 0);
    assert_int_equal(strait_signal_look(getpid(), 0, &now), 0);
    assert_int_equal(now.blocked, strait_signal_bit(SIGUSR1) | strait_signal_bit(SIGRTMIN + 1));
    assert_int_equal(now.pending_process, strait_signal_bit(SIGUSR1));
    assert_int_equal(now.pending_thread, strait_signal_bit(SIGRTMIN + 1));
    assert_true((now.ignored & strait_signal_bit(SIGURG)) != 0);
    assert_true((now.caught & strait_signal_bit(SIGVTALRM)) != 0);
    assert_in_range(now.queued, 2, now.queue_limit);
    struct strait_signal_state same;
    assert_int_equal(strait_signal_look(getpid(), this_thread(), &same), 0);
    assert_int_equal(same.blocked, now.blocked);
    strait_sweep_drop(now.blocked);
    assert_int_equal(strait_signal_look(getpid(), 0, &now), 0);
    assert_int_equal(now.pending_process | now.pending_thread, 0);
    strait_signal_mask(SIG_UNBLOCK, now.blocked);
    signal(SIGURG, SIG_DFL);
    signal(SIGVTALRM, SIG_DFL);
}

static void a_process_that_is_not_there_cannot_be_looked_at(void **state)
{
    struct strait_signal_state now;
    assert_int_equal(strait_signal_look(nobody.id, 0, &now), -ESRCH);
    assert_int_equal(strait_signal_look(getpid(), nobody.id, &now), -ESRCH);
    assert_int_equal(strait_core_filter_get(nobody.id), -ESRCH);
    assert_int_equal(strait_core_filter_set(nobody.id, 0), -ESRCH);
}

static void what_a_core_dump_holds_can_be_read_and_set(void **state)
{
    int before = strait_core_filter_get(getpid());
    if (before < 0)
        test_skip("this kernel has no filter for core dumps");
    assert_int_equal(strait_core_filter_set(getpid(), 0x7f), 0);
    assert_int_equal(strait_core_filter_get(getpid()), 0x7f);
    assert_int_equal(strait_core_filter_set(getpid(), (uint32_t)before), 0);
}

static void the_core_pattern_can_be_read(void **state)
{
    char pattern[256];
    char shown[256] = "";
    int length = strait_core_pattern(pattern, sizeof pattern);
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");
    assert_non_null(file);
    if (fgets(shown, sizeof shown, file) == NULL)
        shown[0] = '\0';
    fclose(file);
    shown[strcspn(shown, "\n")] = '\0';
    assert_string_equal(pattern, shown);
    assert_int_equal(length, strlen(shown));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_signal_has_a_name_that_leads_back_to_it),
        TEST(names_are_the_c_librarys),
        TEST(default_actions_are_those_of_the_manual_page),
        TEST(what_may_not_be_taken_says_why),
        TEST(what_the_library_needs_itself_is_refused),
        TEST(what_has_a_handler_is_refused_while_it_has),
        TEST(a_process_gets_a_signal_without_and_with_a_payload),
        TEST(a_thread_gets_a_signal_without_and_with_a_payload),
        TEST(a_group_gets_a_signal_but_no_payload),
        TEST(a_pidfd_never_leads_to_another_process),
        TEST(what_is_no_signal_or_no_process_is_told),
        TEST(another_users_process_is_refused),
        TEST(a_full_queue_is_told),
        TEST(a_process_shows_what_is_blocked_ignored_caught_and_pending),
        TEST(a_process_that_is_not_there_cannot_be_looked_at),
        TEST(what_a_core_dump_holds_can_be_read_and_set),
        TEST(the_core_pattern_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
