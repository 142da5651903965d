/*
 * The C end of dev.strait.sync.SyncPairingTest, whose table, scenarios.txt, tells the commands. SyncPeer.java
 * is the same program in Java.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "peer.h"
#include "strait/strait.h"

#define NS_PER_MS INT64_C(1000000)

static struct {
    char directory[PATH_MAX];
    struct strait_segment *segment;
} self;

/* ---- What commands need ----------------------------------------------------------------------------------
 */

/* How to wait: "spin", "mixed", or else at once asleep. */
static int64_t spin_ns(const struct peer_call *call)
{
    if (peer_has(call, "spin"))
        return STRAIT_SPIN_ONLY;
    return peer_has(call, "mixed") ? STRAIT_SPIN_DEFAULT_NS : 0;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static void say_awaited(struct peer_call *call, int result, int64_t start_ns, int64_t timeout_ns)
{
    peer_say_done(&call->reply, result, "ok");
    if (result == STRAIT_TIMED_OUT && now_ns() - start_ns < timeout_ns)
        peer_say(&call->reply, " too early");
}

static struct strait_segment_options options(void)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = self.directory;
    return options;
}

/* NULL, and the reply said, when there is none. */
static struct strait_semaphore *semaphore_of(struct peer_call *call)
{
    struct strait_semaphore *semaphore = NULL;
    int result = strait_semaphore_open(self.segment, call->words[1], &semaphore, NULL);
    if (result < 0)
        peer_say_result(&call->reply, result);
    return semaphore;
}

static struct strait_lock *lock_of(struct peer_call *call, int word)
{
    struct strait_lock *lock = NULL;
    int result = strait_lock_open(self.segment, call->words[word], &lock, NULL);
    if (result < 0)
        peer_say_result(&call->reply, result);
    return lock;
}

static struct strait_condition *condition_of(struct peer_call *call)
{
    struct strait_condition *condition = NULL;
    int result = strait_condition_open(self.segment, call->words[1], &condition, NULL);
    if (result < 0)
        peer_say_result(&call->reply, result);
    return condition;
}

/* ---- Segments --------------------------------------------------------------------------------------------
 */

static void close_segment(void)
{
    strait_segment_close(self.segment);
    self.segment = NULL;
}

static void do_reset(struct peer_call *call)
{
    close_segment();
    peer_join();
    snprintf(self.directory, sizeof self.directory, "%s", call->words[1]);
    peer_say(&call->reply, "ok");
}

static void do_close(struct peer_call *call)
{
    close_segment();
    peer_say(&call->reply, "ok");
}

static struct strait_object declaration(char *word)
{
    char *kind = strsep(&word, ":");
    char *name = strsep(&word, ":");
    if (strcmp(kind, "lock") == 0)
        return (struct strait_object)STRAIT_LOCK(name);
    if (strcmp(kind, "condition") == 0)
        return (struct strait_object)STRAIT_CONDITION(name);
    uint32_t flags = 0;
    int64_t permits = atoll(strsep(&word, ":"));
    if (word != NULL && strstr(word, "recoverable") != NULL)
        flags |= STRAIT_SEMAPHORE_RECOVERABLE;
    if (word != NULL && strstr(word, "overtaking") != NULL)
        flags |= STRAIT_SEMAPHORE_OVERTAKING;
    return (struct strait_object)STRAIT_SEMAPHORE(name, permits, flags);
}

/* `segment` points at what the call gave. */
static void attached(struct peer_call *call, int result, struct strait_segment *const *segment,
                     const char *done)
{
    if (result == 0) {
        close_segment();
        self.segment = *segment;
    }
    peer_say_done(&call->reply, result, done);
}

static void do_create(struct peer_call *call)
{
    struct strait_object objects[PEER_WORDS];
    struct strait_segment *segment = NULL;
    struct strait_segment_options how = options();
    how.user_bytes = (uint64_t)peer_option(call, "user", 10, 0);
    how.objects = objects;
    for (int i = 2; i < call->count; i++)
        if (strncmp(call->words[i], "user=", 5) != 0)
            objects[how.object_count++] = declaration(call->words[i]);
    attached(call, strait_segment_create(call->words[1], &how, &segment, NULL), &segment, "created");
}

static void do_open(struct peer_call *call)
{
    struct strait_segment *segment = NULL;
    struct strait_segment_options how = options();
    attached(call, strait_segment_open(call->words[1], &how, &segment, NULL), &segment, "opened");
}

static void do_number(struct peer_call *call)
{
    int64_t number;
    memcpy(&number, strait_segment_user(self.segment), sizeof number);
    peer_say(&call->reply, "%lld", (long long)number);
}

/* ---- Semaphores ------------------------------------------------------------------------------------------
 */

static void do_acquire(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    int64_t timeout_ns = peer_number(call, 3) * NS_PER_MS;
    int64_t start_ns = now_ns();
    if (semaphore == NULL)
        return;
    int result =
        strait_semaphore_acquire(semaphore, (uint32_t)peer_number(call, 2), spin_ns(call), timeout_ns);
    say_awaited(call, result, start_ns, timeout_ns);
}

static void do_release(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore != NULL)
        peer_say_done(&call->reply, strait_semaphore_release(semaphore, (uint32_t)peer_number(call, 2)),
                      "ok");
}

static void do_drain(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore != NULL)
        peer_say(&call->reply, "%d", strait_semaphore_drain(semaphore));
}

static void do_available(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore != NULL)
        peer_say(&call->reply, "%d", strait_semaphore_available(semaphore));
}

static void do_held(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore != NULL)
        peer_say(&call->reply, "%d", strait_semaphore_held(semaphore));
}

static void do_queued(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore != NULL)
        peer_say(&call->reply, "%d", strait_semaphore_queued(semaphore));
}

static void do_interrupt_semaphore(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    if (semaphore == NULL)
        return;
    strait_semaphore_interrupt(semaphore);
    peer_say(&call->reply, "ok");
}

/* ---- Locks -----------------------------------------------------------------------------------------------
 */

static void do_lock(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    int64_t timeout_ns = peer_number(call, 2) * NS_PER_MS;
    int64_t start_ns = now_ns();
    if (lock != NULL)
        say_awaited(call, strait_lock_acquire(lock, spin_ns(call), timeout_ns), start_ns, timeout_ns);
}

static void do_repaired(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    if (lock != NULL)
        peer_say_done(&call->reply, strait_lock_repaired(lock), "ok");
}

static void do_unlock(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    if (lock != NULL)
        peer_say_done(&call->reply, strait_lock_release(lock), "ok");
}

static void do_is_mine(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    if (lock != NULL)
        peer_say(&call->reply, strait_lock_is_mine(lock) ? "yes" : "no");
}

static void do_interrupt_lock(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    if (lock == NULL)
        return;
    strait_lock_interrupt(lock);
    peer_say(&call->reply, "ok");
}

static void do_hold(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    if (lock == NULL)
        return;
    int result = strait_lock_acquire(lock, spin_ns(call), peer_number(call, 2) * NS_PER_MS);
    if (result == STRAIT_OWNER_DIED && peer_has(call, "repair"))
        strait_lock_repaired(lock);
    if (result == 0 || result == STRAIT_OWNER_DIED)
        strait_lock_release(lock);
    peer_say_done(&call->reply, result, "ok");
}

static void do_count(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    volatile int64_t *number = strait_segment_user(self.segment);
    int result = 0;
    if (lock == NULL)
        return;
    for (int64_t i = 0; i < peer_number(call, 2) && result == 0; i++) {
        result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
        if (result == 0) {
            *number = *number + 1;
            strait_lock_release(lock);
        }
    }
    peer_say_done(&call->reply, result, "ok");
}

/* ---- Conditions ------------------------------------------------------------------------------------------
 */

static void do_wait(struct peer_call *call)
{
    struct strait_condition *condition = condition_of(call);
    struct strait_lock *lock = lock_of(call, 2);
    int64_t timeout_ns = peer_number(call, 3) * NS_PER_MS;
    if (condition == NULL || lock == NULL)
        return;
    int result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result != 0) {
        peer_say(&call->reply, "lock ");
        peer_say_result(&call->reply, result);
        return;
    }
    int64_t start_ns = now_ns();
    result = strait_condition_wait(condition, lock, spin_ns(call), timeout_ns);
    if (result != STRAIT_CLOSED && result != STRAIT_NOT_RECOVERABLE)
        strait_lock_release(lock);
    say_awaited(call, result, start_ns, timeout_ns);
}

static void notify(struct peer_call *call, void (*how)(struct strait_condition *))
{
    struct strait_condition *condition = condition_of(call);
    struct strait_lock *lock = lock_of(call, 2);
    if (condition == NULL || lock == NULL)
        return;
    int result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0) {
        how(condition);
        strait_lock_release(lock);
    }
    peer_say_done(&call->reply, result, "ok");
}

static void do_notify(struct peer_call *call)
{
    notify(call, strait_condition_notify);
}

static void do_notify_all(struct peer_call *call)
{
    notify(call, strait_condition_notify_all);
}

static void do_interrupt_condition(struct peer_call *call)
{
    struct strait_condition *condition = condition_of(call);
    if (condition == NULL)
        return;
    strait_condition_interrupt(condition);
    peer_say(&call->reply, "ok");
}

/* ---- Wait sets -------------------------------------------------------------------------------------------
 */

static const char *told(const struct strait_watch *watch)
{
    int outcome = strait_watch_outcome(watch);
    return outcome == 0 ? "-" : strait_outcome_name(outcome);
}

static void do_watch(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call);
    struct strait_lock *lock = lock_of(call, 3);
    int64_t timeout_ns = peer_number(call, 4) * NS_PER_MS;
    int64_t start_ns = now_ns();
    struct strait_wait_set *set = NULL;
    struct strait_watch *permits = NULL;
    struct strait_watch *locks = NULL;
    if (semaphore == NULL || lock == NULL)
        return;
    int result = strait_wait_set_create(&set, NULL);
    if (result == 0)
        result =
            strait_wait_set_add_semaphore(set, semaphore, (uint32_t)peer_number(call, 2), &permits, NULL);
    if (result == 0)
        result = strait_wait_set_add_lock(set, lock, &locks, NULL);
    if (result == 0)
        result = strait_wait_set_await(set, spin_ns(call), timeout_ns);
    if (result > 0)
        peer_say(&call->reply, "%s %s", told(permits), told(locks));
    else
        say_awaited(call, result, start_ns, timeout_ns);
    strait_wait_set_free(set);
}

int main(void)
{
    static const struct peer_command commands[] = {
        {"reset", 1, do_reset},
        {"create", 1, do_create},
        {"open", 1, do_open},
        {"close", 0, do_close},
        {"number", 0, do_number},
        {"acquire", 3, do_acquire},
        {"release", 2, do_release},
        {"drain", 1, do_drain},
        {"available", 1, do_available},
        {"held", 1, do_held},
        {"queued", 1, do_queued},
        {"interrupt-semaphore", 1, do_interrupt_semaphore},
        {"lock", 2, do_lock},
        {"repaired", 1, do_repaired},
        {"unlock", 1, do_unlock},
        {"is-mine", 1, do_is_mine},
        {"interrupt-lock", 1, do_interrupt_lock},
        {"hold", 2, do_hold},
        {"count", 2, do_count},
        {"wait", 3, do_wait},
        {"notify", 2, do_notify},
        {"notify-all", 2, do_notify_all},
        {"interrupt-condition", 2, do_interrupt_condition},
        {"watch", 4, do_watch},
        {NULL, 0, NULL},
    };
    return peer_serve(commands);
}
