/* Dispatchers: of a thread, which senders find by its name, and of the process, whoever sends. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/atomic.h"
#include "internal/signal_set.h"
#include "internal/signal_sweep.h"

enum { SIGNAL = 40, OTHER = 41 };

static struct strait_dispatcher *open_here(enum strait_dispatcher_mode mode, const char *name)
{
    struct strait_dispatcher *dispatcher = NULL;
    struct strait_segment_options options = test_options();
    must(strait_dispatcher_open(mode, name, &options, &dispatcher, NULL) == 0);
    return dispatcher;
}

static struct strait_dispatcher *take_here(enum strait_dispatcher_mode mode, int number)
{
    struct strait_dispatcher *dispatcher =
        open_here(mode, mode == STRAIT_DISPATCHER_THREAD ? "dispatcher" : NULL);
    must(strait_dispatcher_take(dispatcher, number) == 0);
    return dispatcher;
}

static struct strait_signal_target process(pid_t pid)
{
    return (struct strait_signal_target){STRAIT_SIGNAL_PROCESS, pid, 0, NULL};
}

static int find(struct strait_signal_target *target)
{
    struct strait_segment_options options = test_options();
    return strait_signal_find("dispatcher", &options, target, NULL);
}

static struct strait_signal_target found(void)
{
    struct strait_signal_target target;
    must(find(&target) == 0);
    return target;
}

static struct strait_signal_info receive(struct strait_dispatcher *dispatcher)
{
    struct strait_signal_info info;
    must(strait_dispatcher_receive(dispatcher, &info, 1, 20 * SECOND) == 1);
    return info;
}

static void expect_nothing(struct strait_dispatcher *dispatcher)
{
    struct strait_signal_info info;
    must(strait_dispatcher_receive(dispatcher, &info, 1, 0) == STRAIT_TIMED_OUT);
}

static void queue(const struct strait_signal_target *target, int number, int value)
{
    int result;
    while ((result = strait_signal_queue(target, number, value)) == -EAGAIN)
        pause_briefly();
    must(result == 0);
}

/* ThreadSanitizer calls handlers later, with a copy of the mask; so does valgrind. */
static void needs_real_handlers(void)
{
#ifdef STRAIT_TSAN
    test_skip("handlers cannot change a thread's mask under ThreadSanitizer");
#endif
    if (test_is_on_valgrind())
        test_skip("handlers cannot change a thread's mask under valgrind");
}

/* ---- Of a thread -----------------------------------------------------------------------------------------
 */

static void receive_in_child(int parent, void *context)
{
    const int *count = context;
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    tell(parent, 0);
    for (int i = 0; i < *count; i++) {
        struct strait_signal_info info = receive(dispatcher);
        must(info.number == SIGNAL && info.code == SI_QUEUE && info.value == i);
        must(info.pid == getppid() && info.uid == getuid());
    }
    expect_nothing(dispatcher);
    tell(parent, 1);
    hear(parent);
    strait_dispatcher_close(dispatcher);
}

static void all_that_is_sent_to_a_dispatcher_arrives_in_order(void **state)
{
    int count = test_rounds(20000);
    struct child child = child_start(receive_in_child, &count);
    hear(child.socket);
    struct strait_signal_target target = found();
    assert_int_equal(strait_signal_send(&target, 0), 0);
    for (int i = 0; i < count; i++)
        queue(&target, SIGNAL, i);
    hear(child.socket);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
    assert_int_equal(strait_signal_queue(&target, SIGNAL, 0), -ESRCH);
    strait_signal_forget(&target);
    assert_int_equal(find(&target), -ENOENT);
}

static void send_without_thread_pidfds(int parent, void *context)
{
    refuse_call(434 /* pidfd_open */, 1, O_EXCL, O_EXCL, EINVAL);
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    struct strait_signal_target target = found();
    must(target.link != NULL);
    for (int i = 0; i < 100; i++) {
        queue(&target, SIGNAL, i);
        must(receive(dispatcher).value == i);
    }
    strait_dispatcher_close(dispatcher);
    must(strait_signal_queue(&target, SIGNAL, 0) == -ESRCH);
    strait_signal_forget(&target);
}

static void before_linux_6_9_a_sender_looks_at_the_name_each_time(void **state)
{
    assert_int_equal(child_run(send_without_thread_pidfds, NULL), 0);
}

static void a_standard_signal_that_is_pending_already_is_the_same(void **state)
{
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGUSR1);
    struct strait_signal_target target = found();
    for (int i = 0; i < 3; i++)
        assert_int_equal(strait_signal_queue(&target, SIGUSR1, i), 0);
    assert_int_equal(receive(dispatcher).value, 0);
    expect_nothing(dispatcher);
    strait_signal_forget(&target);
    strait_dispatcher_close(dispatcher);
}

static void *take_elsewhere(void *dispatcher)
{
    must(strait_dispatcher_take(dispatcher, SIGNAL) == 0);
    must(strait_dispatcher_take(dispatcher, OTHER) == -EPERM);
    return NULL;
}

static void a_signal_that_is_blocked_waits_until_it_is_taken_by_whichever_thread(void **state)
{
    pthread_t thread;
    strait_signal_mask(SIG_BLOCK, strait_signal_bit(SIGNAL));
    struct strait_dispatcher *dispatcher = open_here(STRAIT_DISPATCHER_THREAD, "dispatcher");
    struct strait_signal_target target = found();
    queue(&target, SIGNAL, 1);
    expect_nothing(dispatcher);
    assert_int_equal(pthread_create(&thread, NULL, take_elsewhere, dispatcher), 0);
    pthread_join(thread, NULL);
    assert_int_equal(receive(dispatcher).value, 1);
    assert_int_equal(strait_dispatcher_release(dispatcher, SIGNAL), 0);
    queue(&target, SIGNAL, 2);
    expect_nothing(dispatcher);
    assert_int_equal(strait_dispatcher_take(dispatcher, SIGNAL), 0);
    assert_int_equal(receive(dispatcher).value, 2);
    strait_signal_forget(&target);
    strait_dispatcher_close(dispatcher);
    strait_signal_mask(SIG_UNBLOCK, strait_signal_bit(SIGNAL));
}

static void ignoring_drops_what_is_pending_and_what_comes(void **state)
{
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    struct strait_signal_target target = found();
    queue(&target, SIGNAL, 1);
    queue(&target, SIGNAL, 2);
    assert_int_equal(strait_dispatcher_ignore(dispatcher, SIGNAL), 0);
    queue(&target, SIGNAL, 3);
    expect_nothing(dispatcher);
    assert_int_equal(strait_dispatcher_take(dispatcher, SIGNAL), 0);
    queue(&target, SIGNAL, 4);
    assert_int_equal(receive(dispatcher).value, 4);
    strait_signal_forget(&target);
    strait_dispatcher_close(dispatcher);
}

static void closing_gives_the_mask_back_and_drops_what_is_pending(void **state)
{
    struct strait_signal_state before;
    struct strait_signal_state after;
    strait_signal_mask(SIG_BLOCK, strait_signal_bit(OTHER));
    assert_int_equal(strait_signal_look(getpid(), this_thread(), &before), 0);
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    assert_int_equal(strait_dispatcher_thread(dispatcher), this_thread());
    assert_int_equal(strait_dispatcher_taken(dispatcher), strait_signal_bit(SIGNAL));
    struct strait_signal_target target = found();
    queue(&target, SIGNAL, 1);
    strait_signal_forget(&target);
    strait_dispatcher_close(dispatcher);
    assert_int_equal(strait_signal_look(getpid(), this_thread(), &after), 0);
    assert_int_equal(after.blocked, before.blocked);
    assert_int_equal(after.pending_thread, 0);
    strait_signal_mask(SIG_UNBLOCK, strait_signal_bit(OTHER));
}

static void wait_in_child(int parent, void *context)
{
    take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    tell(parent, this_thread());
    hear(parent);
}

static void a_name_belongs_to_one_live_dispatcher_at_a_time(void **state)
{
    struct strait_dispatcher *dispatcher;
    struct strait_failure failure;
    struct strait_segment_options options = test_options();
    struct strait_signal_target target;
    struct child child = child_start(wait_in_child, NULL);
    hear(child.socket);
    assert_int_equal(
        strait_dispatcher_open(STRAIT_DISPATCHER_THREAD, "dispatcher", &options, &dispatcher, &failure),
        -EBUSY);
    assert_mismatch(failure, STRAIT_MISMATCH_HOLDER, 0, child.pid);
    struct strait_signal_target old = found();
    child_kill(&child);
    assert_int_equal(find(&target), -ENOENT);
    dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    assert_int_equal(strait_signal_queue(&old, SIGNAL, 1), -ESRCH);
    target = found();
    queue(&target, SIGNAL, 2);
    assert_int_equal(receive(dispatcher).value, 2);
    strait_signal_forget(&target);
    strait_signal_forget(&old);
    strait_dispatcher_close(dispatcher);
}

static void a_name_that_nobody_has_leads_nowhere(void **state)
{
    struct strait_signal_target target;
    assert_int_equal(find(&target), -ENOENT);
    struct strait_segment *segment = test_segment_create("dispatcher", 4096);
    assert_int_equal(find(&target), -ENOENT);
    strait_segment_close(segment);
    strait_dispatcher_close(take_here(STRAIT_DISPATCHER_THREAD, SIGNAL));
    assert_int_equal(find(&target), -ENOENT);
}

static void a_segment_of_another_use_is_refused(void **state)
{
    struct strait_signal_target target;
    struct strait_dispatcher *dispatcher;
    struct strait_segment_options options = test_options();
    struct strait_segment *segment = test_segment_create("dispatcher", 4096);
    ((uint64_t *)strait_segment_user(segment))[1] = 7;
    assert_int_equal(find(&target), -EPROTO);
    assert_int_equal(
        strait_dispatcher_open(STRAIT_DISPATCHER_THREAD, "dispatcher", &options, &dispatcher, NULL), -EPROTO);
    strait_segment_close(segment);
}

static void a_dispatcher_in_another_pid_namespace_is_refused(void **state)
{
    pid_t inner;
    struct strait_signal_target target;
    struct child child = child_start_in_namespace(wait_in_child, NULL, &inner);
    hear(child.socket);
    assert_int_equal(find(&target), -EXDEV);
    tell(child.socket, 0);
    assert_int_equal(child_end(&child), 0);
}

static void a_wake_ends_a_receive(void **state)
{
    struct strait_signal_info info;
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    strait_dispatcher_wake(dispatcher);
    assert_int_equal(strait_dispatcher_receive(dispatcher, &info, 1, STRAIT_WAIT_FOREVER), 0);
    int64_t start_ns = test_now_ns();
    assert_int_equal(strait_dispatcher_receive(dispatcher, &info, 1, 10 * MILLISECOND), STRAIT_TIMED_OUT);
    assert_true(test_now_ns() - start_ns >= 10 * MILLISECOND);
    strait_dispatcher_close(dispatcher);
}

static void send_one(int parent, void *context)
{
    struct strait_signal_target target = found();
    hear(parent);
    queue(&target, SIGNAL, 7);
    strait_signal_forget(&target);
}

static void a_wait_set_waits_for_signals_beside_others(void **state)
{
    struct strait_wait_set *set;
    struct strait_watch *watch;
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    struct child child = child_start(send_one, NULL);
    assert_int_equal(strait_wait_set_create(&set, NULL), 0);
    assert_int_equal(strait_wait_set_add_fd(set, strait_dispatcher_fd(dispatcher), POLLIN, &watch, NULL), 0);
    assert_int_equal(strait_wait_set_await(set, 0, MILLISECOND), STRAIT_TIMED_OUT);
    tell(child.socket, 0);
    assert_int_equal(strait_wait_set_await(set, 0, 20 * SECOND), 1);
    assert_int_equal(receive(dispatcher).value, 7);
    assert_int_equal(strait_wait_set_await(set, 0, MILLISECOND), STRAIT_TIMED_OUT);
    strait_wait_set_free(set);
    assert_int_equal(child_end(&child), 0);
    strait_dispatcher_close(dispatcher);
}

static void a_signal_has_one_dispatcher(void **state)
{
    struct strait_dispatcher *ours = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    struct strait_dispatcher *all = open_here(STRAIT_DISPATCHER_PROCESS, NULL);
    assert_int_equal(strait_dispatcher_take(all, SIGNAL), -EBUSY);
    assert_int_equal(strait_dispatcher_take(all, SIGKILL), -EBUSY);
    assert_int_equal(strait_dispatcher_take(all, 0), -EINVAL);
    assert_int_equal(strait_dispatcher_ignore(ours, SIGSEGV), -EBUSY);
    assert_int_equal(strait_dispatcher_release(ours, OTHER), 0);
    strait_dispatcher_close(ours);
    strait_dispatcher_close(all);
}

static void look_from_child(int parent, void *context)
{
    struct strait_signal_info info;
    must(strait_dispatcher_receive(context, &info, 1, 0) == STRAIT_CLOSED);
    must(strait_dispatcher_take(context, OTHER) == STRAIT_CLOSED);
    strait_dispatcher_close(context);
}

static void a_forked_child_has_no_dispatcher(void **state)
{
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_THREAD, SIGNAL);
    assert_int_equal(child_run(look_from_child, dispatcher), 0);
    struct strait_signal_target target = found();
    queue(&target, SIGNAL, 1);
    assert_int_equal(receive(dispatcher).value, 1);
    strait_signal_forget(&target);
    strait_dispatcher_close(dispatcher);
}

/* ---- Of the process: each in a child, whose threads and dispositions nobody else needs
 * ----------------------
 */

enum { IDLERS = 8 };
static _Atomic bool is_over;

static void *idle(void *context)
{
    while (!is_over)
        pause_briefly();
    return context;
}

/* Puts an old mask back again and again, as a thread does that the JVM ends. */
static void *unblock_again(void *context)
{
    while (!is_over) {
        strait_signal_mask(SIG_UNBLOCK, strait_signal_bit(SIGNAL) | strait_signal_bit(OTHER));
        pause_briefly();
    }
    return context;
}

static void *live_briefly(void *context)
{
    strait_signal_mask(SIG_UNBLOCK, strait_signal_bit(SIGNAL));
    return context;
}

static void *start_threads(void *context)
{
    while (!is_over) {
        pthread_t thread;
        must(pthread_create(&thread, NULL, live_briefly, NULL) == 0);
        pthread_join(thread, NULL);
    }
    return context;
}

static void start(pthread_t *thread, void *(*run)(void *))
{
    must(pthread_create(thread, NULL, run, NULL) == 0);
}

static void receive_for_process(int parent, void *context)
{
    const int *count = context;
    pthread_t threads[IDLERS + 2];
    char *seen = calloc((size_t)*count, 1);
    for (int i = 0; i < IDLERS; i++)
        start(&threads[i], idle);
    start(&threads[IDLERS], unblock_again);
    start(&threads[IDLERS + 1], start_threads);
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGNAL);
    tell(parent, 0);
    for (int i = 0; i < *count; i++) {
        struct strait_signal_info info = receive(dispatcher);
        must(info.number == SIGNAL && info.code == SI_QUEUE && info.pid == getppid());
        must(info.value >= 0 && info.value < *count && !seen[info.value]);
        seen[info.value] = 1;
    }
    expect_nothing(dispatcher);
    is_over = true;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    strait_dispatcher_close(dispatcher);
    free(seen);
}

static void all_that_is_sent_to_the_process_arrives_once_whatever_its_threads_do(void **state)
{
    needs_real_handlers();
    int count = test_rounds(20000);
    struct child child = child_start(receive_for_process, &count);
    hear(child.socket);
    const struct strait_signal_target target = process(child.pid);
    for (int i = 0; i < count; i++)
        queue(&target, SIGNAL, i);
    assert_int_equal(child_end(&child), 0);
}

static void receive_one_by_one(int parent, void *context)
{
    pthread_t threads[2];
    start(&threads[0], unblock_again);
    start(&threads[1], start_threads);
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGUSR1);
    tell(parent, 0);
    for (int i = test_rounds(1000); i > 0; i--) {
        struct strait_signal_info info = receive(dispatcher);
        must(info.number == SIGUSR1 && info.code == SI_USER && info.pid == getppid());
        tell(parent, 0);
    }
    is_over = true;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    strait_dispatcher_close(dispatcher);
}

static void standard_signals_sent_one_after_the_others_arrival_all_arrive(void **state)
{
    needs_real_handlers();
    struct child child = child_start(receive_one_by_one, NULL);
    hear(child.socket);
    for (int i = test_rounds(1000); i > 0; i--) {
        assert_int_equal(kill(child.pid, SIGUSR1), 0);
        hear(child.socket);
    }
    assert_int_equal(child_end(&child), 0);
}

static void see_all_blocked(uint64_t signals, bool blocked)
{
    struct strait_signal_state now;
    must(strait_signal_look(getpid(), getpid(), &now) == 0);
    must(((now.blocked & signals) == signals) == blocked);
}

static void take_and_give_back(int parent, void *context)
{
    struct sigaction before;
    struct sigaction after;
    const struct strait_signal_target self = process(getpid());
    pthread_t thread;
    sigaction(SIGNAL, NULL, &before);
    start(&thread, idle);
    for (int i = 0; i < 3; i++) {
        struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGNAL);
        see_all_blocked(strait_signal_bit(SIGNAL), true);
        queue(&self, SIGNAL, 1);
        queue(&self, SIGNAL, 2);
        must(receive(dispatcher).value == 1);
        must(strait_dispatcher_release(dispatcher, SIGNAL) == 0); /* and 2 is dropped */
        see_all_blocked(strait_signal_bit(SIGNAL), false);
        sigaction(SIGNAL, NULL, &after);
        must(after.sa_handler == before.sa_handler);
        must(strait_dispatcher_take(dispatcher, SIGNAL) == 0);
        queue(&self, SIGNAL, 3);
        must(receive(dispatcher).value == 3);
        queue(&self, SIGNAL, 4);
        strait_dispatcher_close(dispatcher);
        see_all_blocked(strait_signal_bit(SIGNAL), false);
    }
    is_over = true;
    pthread_join(thread, NULL);
    queue(&self, SIGNAL, 5);
    pause();
}

static void giving_back_restores_disposition_and_masks_and_drops_what_is_pending(void **state)
{
    needs_real_handlers();
    assert_int_equal(child_run(take_and_give_back, NULL), -SIGNAL);
}

static void keep_blocked(int parent, void *context)
{
    const struct strait_signal_target self = process(getpid());
    must(strait_sweep_block(strait_signal_bit(SIGNAL)) == 0);
    strait_sweep_let_go(strait_signal_bit(SIGNAL));
    queue(&self, SIGNAL, 1); /* before anybody reads */
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGNAL);
    must(receive(dispatcher).value == 1);
    queue(&self, SIGNAL, 2);
    strait_dispatcher_close(dispatcher);
    see_all_blocked(strait_signal_bit(SIGNAL), true);
    queue(&self, SIGNAL, 3);
    dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGNAL);
    must(receive(dispatcher).value == 3);
    strait_dispatcher_close(dispatcher);
}

static void what_the_process_has_blocked_before_stays_blocked(void **state)
{
    needs_real_handlers();
    assert_int_equal(child_run(keep_blocked, NULL), 0);
}

static void *take_strays(void *context)
{
    while (!is_over) {
        strait_signal_mask(SIG_UNBLOCK, strait_signal_bit(SIGNAL));
        strait_signal_mask(SIG_BLOCK, strait_signal_bit(SIGNAL));
    }
    return context;
}

/* The queue holds one: of two that hit threads, one finds no room to be queued again. */
static void receive_with_a_full_queue(int parent, void *context)
{
    int count = test_rounds(2000);
    pthread_t threads[2];
    become_user(100000u + (uid_t)getpid()); /* signals are counted by user */
    limit_resource(RLIMIT_SIGPENDING, 1);
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGNAL);
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        start(&threads[i], take_strays);
    tell(parent, 0);
    for (int i = 0; i < count; i++)
        must(receive(dispatcher).code == SI_QUEUE);
    is_over = true;
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        pthread_join(threads[i], NULL);
    expect_nothing(dispatcher);
    strait_dispatcher_close(dispatcher);
}

static void what_finds_no_room_to_be_queued_again_arrives_all_the_same(void **state)
{
    needs_real_handlers();
    test_needs_root();
    struct child child = child_start(receive_with_a_full_queue, NULL);
    hear(child.socket);
    const struct strait_signal_target target = process(child.pid);
    for (int i = test_rounds(2000); i > 0; i--)
        queue(&target, SIGNAL, i);
    assert_int_equal(child_end(&child), 0);
}

static void see_children(int parent, void *context)
{
    struct strait_dispatcher *dispatcher = take_here(STRAIT_DISPATCHER_PROCESS, SIGCHLD);
    for (int i = 0; i < 20; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            _exit(i);
        struct strait_signal_info info = receive(dispatcher);
        must(info.code == CLD_EXITED && info.pid == pid && info.value == i);
        must(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == i);
    }
    strait_dispatcher_close(dispatcher);
}

static void the_end_of_a_child_is_told_and_can_be_waited_for(void **state)
{
    needs_real_handlers();
    assert_int_equal(child_run(see_children, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(all_that_is_sent_to_a_dispatcher_arrives_in_order),
        TEST(before_linux_6_9_a_sender_looks_at_the_name_each_time),
        TEST(a_standard_signal_that_is_pending_already_is_the_same),
        TEST(a_signal_that_is_blocked_waits_until_it_is_taken_by_whichever_thread),
        TEST(ignoring_drops_what_is_pending_and_what_comes),
        TEST(closing_gives_the_mask_back_and_drops_what_is_pending),
        TEST(a_name_belongs_to_one_live_dispatcher_at_a_time),
        TEST(a_name_that_nobody_has_leads_nowhere),
        TEST(a_segment_of_another_use_is_refused),
        TEST(a_dispatcher_in_another_pid_namespace_is_refused),
        TEST(a_wake_ends_a_receive),
        TEST(a_wait_set_waits_for_signals_beside_others),
        TEST(a_signal_has_one_dispatcher),
        TEST(a_forked_child_has_no_dispatcher),
        TEST(all_that_is_sent_to_the_process_arrives_once_whatever_its_threads_do),
        TEST(standard_signals_sent_one_after_the_others_arrival_all_arrive),
        TEST(giving_back_restores_disposition_and_masks_and_drops_what_is_pending),
        TEST(what_the_process_has_blocked_before_stays_blocked),
        TEST(what_finds_no_room_to_be_queued_again_arrives_all_the_same),
        TEST(the_end_of_a_child_is_told_and_can_be_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
