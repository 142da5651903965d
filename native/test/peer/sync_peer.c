/*
 * The C end of dev.strait.sync.SyncPairingTest, whose table, scenarios.txt, tells the commands. SyncPeer.java
 * is the same program in Java.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "strait/strait.h"

static struct {
    char directory[PATH_MAX];
    struct strait_segment *segment;
} self;

/* ---- What commands need ----------------------------------------------------------------------------------
 */

static struct strait_segment_options options(void)
{
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.directory = self.directory;
    return options;
}

/* semaphore_of: what a word of the call names; NULL, and the reply said, when there is none. */
#define FINDER(kind)                                                                                         \
    static struct strait_##kind *kind##_of(struct peer_call *call, int word)                                 \
    {                                                                                                        \
        struct strait_##kind *found = NULL;                                                                  \
        int result = strait_##kind##_open(self.segment, call->words[word], &found, NULL);                    \
        if (result < 0)                                                                                      \
            peer_say_result(&call->reply, result);                                                           \
        return found;                                                                                        \
    }

FINDER(semaphore)
FINDER(lock)
FINDER(condition)
FINDER(sequence)
FINDER(latch)
FINDER(barrier)

/* do_lock_release: what a command does with the object that its first argument names. */
#define COMMAND(kind, name, ...)                                                                             \
    static void do_##kind##_##name(struct peer_call *call)                                                   \
    {                                                                                                        \
        struct strait_##kind *kind = kind##_of(call, 1);                                                     \
        if (kind != NULL) {                                                                                  \
            __VA_ARGS__;                                                                                     \
        }                                                                                                    \
    }

static void say_done(struct peer_call *call, int result)
{
    peer_say_done(&call->reply, result, "ok");
}

static void say_number(struct peer_call *call, int64_t number)
{
    if (number < 0)
        peer_say_result(&call->reply, (int)number);
    else
        peer_say(&call->reply, "%lld", (long long)number);
}

static void say_whether(struct peer_call *call, int result)
{
    if (result < 0)
        peer_say_result(&call->reply, result);
    else
        peer_say(&call->reply, result != 0 ? "yes" : "no");
}

static void say_awaited(struct peer_call *call, const struct peer_wait *wait, int result)
{
    peer_say_awaited(&call->reply, wait, result, "ok");
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
    int64_t value = atoll(strsep(&word, ":"));
    if (strcmp(kind, "sequence") == 0)
        return (struct strait_object)STRAIT_SEQUENCE(name, value);
    if (strcmp(kind, "latch") == 0)
        return (struct strait_object)STRAIT_LATCH(name, value);
    if (strcmp(kind, "barrier") == 0)
        return (struct strait_object)STRAIT_BARRIER(name, value);
    uint32_t flags = 0;
    if (word != NULL && strstr(word, "recoverable") != NULL)
        flags |= STRAIT_SEMAPHORE_RECOVERABLE;
    if (word != NULL && strstr(word, "overtaking") != NULL)
        flags |= STRAIT_SEMAPHORE_OVERTAKING;
    return (struct strait_object)STRAIT_SEMAPHORE(name, value, flags);
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

COMMAND(semaphore, acquire, struct peer_wait wait = peer_begin_wait(call, 3);
        say_awaited(call, &wait,
                    strait_semaphore_acquire(semaphore, (uint32_t)peer_number(call, 2), wait.spin_ns,
                                             wait.timeout_ns)))
COMMAND(semaphore, release,
        say_done(call, strait_semaphore_release(semaphore, (uint32_t)peer_number(call, 2))))
COMMAND(semaphore, drain, say_number(call, strait_semaphore_drain(semaphore)))
COMMAND(semaphore, available, say_number(call, strait_semaphore_available(semaphore)))
COMMAND(semaphore, held, say_number(call, strait_semaphore_held(semaphore)))
COMMAND(semaphore, queued, say_number(call, strait_semaphore_queued(semaphore)))
COMMAND(semaphore, interrupt, strait_semaphore_interrupt(semaphore); say_done(call, 0))

/* ---- Locks -----------------------------------------------------------------------------------------------
 */

COMMAND(lock, acquire, struct peer_wait wait = peer_begin_wait(call, 2);
        say_awaited(call, &wait, strait_lock_acquire(lock, wait.spin_ns, wait.timeout_ns)))
COMMAND(lock, repaired, say_done(call, strait_lock_repaired(lock)))
COMMAND(lock, release, say_done(call, strait_lock_release(lock)))
COMMAND(lock, is_mine, say_whether(call, strait_lock_is_mine(lock)))
COMMAND(lock, interrupt, strait_lock_interrupt(lock); say_done(call, 0))

static void do_hold(struct peer_call *call)
{
    struct strait_lock *lock = lock_of(call, 1);
    struct peer_wait wait = peer_begin_wait(call, 2);
    if (lock == NULL)
        return;
    int result = strait_lock_acquire(lock, wait.spin_ns, wait.timeout_ns);
    if (result == STRAIT_OWNER_DIED && peer_has(call, "repair"))
        strait_lock_repaired(lock);
    if (result == 0 || result == STRAIT_OWNER_DIED)
        strait_lock_release(lock);
    say_done(call, result);
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
    say_done(call, result);
}

/* ---- Conditions ------------------------------------------------------------------------------------------
 */

COMMAND(condition, interrupt, strait_condition_interrupt(condition); say_done(call, 0))

static void do_wait(struct peer_call *call)
{
    struct strait_condition *condition = condition_of(call, 1);
    struct strait_lock *lock = lock_of(call, 2);
    if (condition == NULL || lock == NULL)
        return;
    int result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result != 0) {
        peer_say(&call->reply, "lock ");
        peer_say_result(&call->reply, result);
        return;
    }
    struct peer_wait wait = peer_begin_wait(call, 3);
    result = strait_condition_wait(condition, lock, wait.spin_ns, wait.timeout_ns);
    if (result != STRAIT_CLOSED && result != STRAIT_NOT_RECOVERABLE)
        strait_lock_release(lock);
    say_awaited(call, &wait, result);
}

static void notify(struct peer_call *call, void (*how)(struct strait_condition *))
{
    struct strait_condition *condition = condition_of(call, 1);
    struct strait_lock *lock = lock_of(call, 2);
    if (condition == NULL || lock == NULL)
        return;
    int result = strait_lock_acquire(lock, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == 0) {
        how(condition);
        strait_lock_release(lock);
    }
    say_done(call, result);
}

static void do_notify(struct peer_call *call)
{
    notify(call, strait_condition_notify);
}

static void do_notify_all(struct peer_call *call)
{
    notify(call, strait_condition_notify_all);
}

/* ---- Sequences -------------------------------------------------------------------------------------------
 */

COMMAND(sequence, join, say_done(call, strait_sequence_join(sequence)))
COMMAND(sequence, leave, say_done(call, strait_sequence_leave(sequence)))
COMMAND(sequence, interrupt, strait_sequence_interrupt(sequence); say_done(call, 0))
COMMAND(sequence, value, say_number(call, strait_sequence_value(sequence)))
COMMAND(sequence, advance, say_whether(call, strait_sequence_advance(sequence, peer_number(call, 2))))
COMMAND(sequence, increment, say_number(call, strait_sequence_increment(sequence, peer_number(call, 2))))
COMMAND(sequence, await, struct peer_wait wait = peer_begin_wait(call, 3);
        say_awaited(call, &wait,
                    strait_sequence_await(sequence, peer_number(call, 2), wait.spin_ns, wait.timeout_ns)))

/* ---- Latches ---------------------------------------------------------------------------------------------
 */

COMMAND(latch, join, say_done(call, strait_latch_join(latch)))
COMMAND(latch, leave, say_done(call, strait_latch_leave(latch)))
COMMAND(latch, interrupt, strait_latch_interrupt(latch); say_done(call, 0))
COMMAND(latch, count, say_number(call, strait_latch_count(latch)))
COMMAND(latch, count_down, say_number(call, strait_latch_count_down(latch)))
COMMAND(latch, await, struct peer_wait wait = peer_begin_wait(call, 2);
        say_awaited(call, &wait, strait_latch_await(latch, wait.spin_ns, wait.timeout_ns)))

/* ---- Barriers --------------------------------------------------------------------------------------------
 */

COMMAND(barrier, join, say_done(call, strait_barrier_join(barrier)))
COMMAND(barrier, leave, say_done(call, strait_barrier_leave(barrier)))
COMMAND(barrier, interrupt, strait_barrier_interrupt(barrier); say_done(call, 0))
COMMAND(barrier, parties, say_number(call, strait_barrier_parties(barrier)))
COMMAND(barrier, waiting, say_number(call, strait_barrier_waiting(barrier)))
COMMAND(barrier, is_broken, say_whether(call, strait_barrier_is_broken(barrier)))
COMMAND(barrier, reset, say_done(call, strait_barrier_reset(barrier)))

/* The place, 0 too. */
static void say_place(struct peer_call *call, const struct peer_wait *wait, int result)
{
    if (result < 0)
        say_awaited(call, wait, result);
    else
        say_number(call, result);
}

COMMAND(barrier, await, struct peer_wait wait = peer_begin_wait(call, 2);
        say_place(call, &wait, strait_barrier_await(barrier, wait.spin_ns, wait.timeout_ns)))

/* ---- Wait sets -------------------------------------------------------------------------------------------
 */

static const char *told(const struct strait_watch *watch)
{
    int outcome = strait_watch_outcome(watch);
    return outcome == 0 ? "-" : strait_outcome_name(outcome);
}

static void watch(struct strait_wait_set *set, struct peer_call *call, struct strait_semaphore *semaphore,
                  struct strait_lock *lock)
{
    struct strait_watch *permits = NULL;
    struct strait_watch *locks = NULL;
    struct peer_wait wait = peer_begin_wait(call, 4);
    int result =
        strait_wait_set_add_semaphore(set, semaphore, (uint32_t)peer_number(call, 2), &permits, NULL);
    if (result == 0)
        result = strait_wait_set_add_lock(set, lock, &locks, NULL);
    if (result == 0)
        result = strait_wait_set_await(set, wait.spin_ns, wait.timeout_ns);
    if (result > 0)
        peer_say(&call->reply, "%s %s", told(permits), told(locks));
    else
        say_awaited(call, &wait, result);
}

static void do_watch(struct peer_call *call)
{
    struct strait_semaphore *semaphore = semaphore_of(call, 1);
    struct strait_lock *lock = lock_of(call, 3);
    struct strait_wait_set *set;
    if (semaphore == NULL || lock == NULL)
        return;
    int result = strait_wait_set_create(&set, NULL);
    if (result < 0) {
        say_done(call, result);
        return;
    }
    watch(set, call, semaphore, lock);
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
        {"acquire", 3, do_semaphore_acquire},
        {"release", 2, do_semaphore_release},
        {"drain", 1, do_semaphore_drain},
        {"available", 1, do_semaphore_available},
        {"held", 1, do_semaphore_held},
        {"queued", 1, do_semaphore_queued},
        {"interrupt-semaphore", 1, do_semaphore_interrupt},
        {"lock", 2, do_lock_acquire},
        {"repaired", 1, do_lock_repaired},
        {"unlock", 1, do_lock_release},
        {"is-mine", 1, do_lock_is_mine},
        {"interrupt-lock", 1, do_lock_interrupt},
        {"hold", 2, do_hold},
        {"count", 2, do_count},
        {"wait", 3, do_wait},
        {"notify", 2, do_notify},
        {"notify-all", 2, do_notify_all},
        {"interrupt-condition", 1, do_condition_interrupt},
        {"join-sequence", 1, do_sequence_join},
        {"leave-sequence", 1, do_sequence_leave},
        {"interrupt-sequence", 1, do_sequence_interrupt},
        {"join-latch", 1, do_latch_join},
        {"leave-latch", 1, do_latch_leave},
        {"interrupt-latch", 1, do_latch_interrupt},
        {"join-barrier", 1, do_barrier_join},
        {"leave-barrier", 1, do_barrier_leave},
        {"interrupt-barrier", 1, do_barrier_interrupt},
        {"value", 1, do_sequence_value},
        {"advance", 2, do_sequence_advance},
        {"increment", 2, do_sequence_increment},
        {"await-sequence", 3, do_sequence_await},
        {"left", 1, do_latch_count},
        {"count-down", 1, do_latch_count_down},
        {"await-latch", 2, do_latch_await},
        {"parties", 1, do_barrier_parties},
        {"arrived", 1, do_barrier_waiting},
        {"is-broken", 1, do_barrier_is_broken},
        {"reset-barrier", 1, do_barrier_reset},
        {"arrive", 2, do_barrier_await},
        {"watch", 4, do_watch},
        {NULL, 0, NULL},
    };
    return peer_serve(commands);
}
