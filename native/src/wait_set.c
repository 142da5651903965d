#include "internal/wait_set.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal/cpu.h"
#include "internal/deadline.h"
#include "internal/failure.h"
#include "internal/latch.h"
#include "internal/lock.h"
#include "internal/ring.h"
#include "internal/ringer.h"
#include "internal/semaphore.h"
#include "internal/sequence.h"
#include "internal/warden.h"

#define WOKEN          2  /* no outcome: strait_wait_set_wake was called */
#define LOOKS_PER_POLL 64 /* at memory, while it spins; then at the descriptors, which is a system call */
#define EVENTS_MAX     64

struct strait_wait_set {
    struct strait_watches watches;
    struct strait_watch *descriptors; /* those that are none of the above: `wanted` is the descriptor */
    struct strait_watch *ready;
    struct strait_ringer_client client;
    int epoll_fd; /* -1 until a descriptor is added */
    int event_fd; /* -1, too; rung while a thread sleeps in the kernel's poll */
    bool alone;
    uint64_t lineage;
    unsigned looks;
    _Atomic bool busy; /* a call is under way; or the set is shut */
    _Atomic bool closed;
    _Atomic bool woken;
    _Atomic uint32_t interrupts;
    _Atomic uint32_t word;  /* slept on when there is nothing else */
    pthread_mutex_t mutex;  /* of what follows: where a wake-up goes */
    _Atomic uint32_t *bell; /* that a thread sleeps on, or NULL */
    int bell_fd;            /* the eventfd that somebody sleeps on, or -1 */
};

/* ---- One thread at a time --------------------------------------------------------------------------------
 */

static bool is_ours(const struct strait_wait_set *set)
{
    return set->lineage == atomic_load(&strait_warden_lineage);
}

/* From now on a wake-up goes there. */
static void sleep_at(struct strait_wait_set *set, _Atomic uint32_t *bell, int fd)
{
    pthread_mutex_lock(&set->mutex);
    set->bell = bell;
    set->bell_fd = fd;
    pthread_mutex_unlock(&set->mutex);
}

static void rouse(struct strait_wait_set *set)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&set->mutex); /* so that the bell stays mapped meanwhile */
    if (set->bell != NULL) {
        atomic_fetch_add(set->bell, 2);
        strait_futex_wake_all(set->bell);
    }
    if (set->bell_fd >= 0 && write(set->bell_fd, &one, sizeof one) < 0) {
        /* EAGAIN: it is full, and so readable */
    }
    pthread_mutex_unlock(&set->mutex);
}

/* 0, and then nothing is armed; CLOSED or -EBUSY. */
static int begin(struct strait_wait_set *set)
{
    if (!is_ours(set))
        return STRAIT_CLOSED;
    if (atomic_exchange(&set->busy, true))
        return atomic_load(&set->closed) ? STRAIT_CLOSED : -EBUSY;
    if (atomic_load(&set->closed)) {
        atomic_store(&set->busy, false);
        return STRAIT_CLOSED;
    }
    if (set->client.is_attached)
        strait_ringer_disarm(&set->client);
    sleep_at(set, NULL, -1);
    return 0;
}

static int end(struct strait_wait_set *set, int result)
{
    atomic_store(&set->busy, false);
    return result;
}

int strait_wait_set_create(struct strait_wait_set **created, struct strait_failure *failure)
{
    struct strait_wait_set *set = calloc(1, sizeof *set);
    if (set == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    strait_warden_watch_forks();
    set->lineage = atomic_load(&strait_warden_lineage);
    set->client.watches = &set->watches;
    set->epoll_fd = set->event_fd = set->bell_fd = -1;
    set->alone = strait_cpu_usable() == 1;
    pthread_mutex_init(&set->mutex, NULL);
    *created = set;
    return 0;
}

/* ---- Adding and removing ---------------------------------------------------------------------------------
 */

static int add(struct strait_wait_set *set, const struct strait_watch *made, struct strait_watch **added,
               struct strait_failure *failure)
{
    struct strait_watch *watch = malloc(sizeof *watch);
    if (watch == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    *watch = *made;
    int result = strait_watches_add(&set->watches, watch);
    if (result < 0) {
        free(watch);
        return strait_fail(failure, "malloc", result);
    }
    if (added != NULL)
        *added = watch;
    return 0;
}

int strait_wait_set_add(struct strait_wait_set *set, const struct strait_watch *made,
                        struct strait_watch **watch, struct strait_failure *failure)
{
    int result = begin(set);
    if (result != 0)
        return strait_fail(failure, "wait_set_add", result);
    return end(set, add(set, made, watch, failure));
}

/* Of what an object answered that was asked for a watch. */
static int add_made(struct strait_wait_set *set, int made, const struct strait_watch *watch,
                    struct strait_watch **added, struct strait_failure *failure)
{
    return made == 0 ? strait_wait_set_add(set, watch, added, failure)
                     : strait_fail(failure, "wait_set_add", made);
}

int strait_wait_set_add_reader(struct strait_wait_set *set, struct strait_ring_reader *reader,
                               struct strait_watch **watch, struct strait_failure *failure)
{
    struct strait_watch made;
    int result = strait_ring_reader_watch(reader, atomic_load(&reader->role.owner), &made);
    if (atomic_load(&reader->role.closed))
        result = STRAIT_CLOSED;
    return add_made(set, result, &made, watch, failure);
}

int strait_wait_set_add_writer(struct strait_wait_set *set, struct strait_ring_writer *writer,
                               uint32_t length, struct strait_watch **watch, struct strait_failure *failure)
{
    struct strait_watch made;
    int result = strait_ring_writer_watch(writer, atomic_load(&writer->role.owner), length, &made);
    if (atomic_load(&writer->role.closed))
        result = STRAIT_CLOSED;
    return add_made(set, result, &made, watch, failure);
}

static int add_sync(struct strait_wait_set *set, int made, const struct strait_watch *watch,
                    struct strait_watch **added, struct strait_failure *failure)
{
    if (made == 0 && strait_sync_is_closed(watch->object))
        made = STRAIT_CLOSED;
    return add_made(set, made, watch, added, failure);
}

int strait_wait_set_add_semaphore(struct strait_wait_set *set, struct strait_semaphore *semaphore,
                                  uint32_t permits, struct strait_watch **watch,
                                  struct strait_failure *failure)
{
    struct strait_watch made;
    return add_sync(set, strait_semaphore_watch(semaphore, permits, &made), &made, watch, failure);
}

int strait_wait_set_add_lock(struct strait_wait_set *set, struct strait_lock *lock,
                             struct strait_watch **watch, struct strait_failure *failure)
{
    struct strait_watch made;
    strait_lock_watch(lock, &made);
    return add_sync(set, 0, &made, watch, failure);
}

int strait_wait_set_add_sequence(struct strait_wait_set *set, struct strait_sequence *sequence,
                                 int64_t number, struct strait_watch **watch, struct strait_failure *failure)
{
    struct strait_watch made;
    strait_sequence_watch(sequence, number, &made);
    return add_sync(set, 0, &made, watch, failure);
}

int strait_wait_set_add_latch(struct strait_wait_set *set, struct strait_latch *latch,
                              struct strait_watch **watch, struct strait_failure *failure)
{
    struct strait_watch made;
    strait_latch_watch(latch, &made);
    return add_sync(set, 0, &made, watch, failure);
}

int strait_wait_set_add_participant(struct strait_wait_set *set, struct strait_segment *segment,
                                    uint32_t slot, uint64_t generation, struct strait_watch **watch,
                                    struct strait_failure *failure)
{
    struct strait_watch made;
    int result =
        segment->fd < 0 ? STRAIT_CLOSED : strait_participant_watch(segment->self, slot, generation, &made);
    return add_made(set, result, &made, watch, failure);
}

/* The two descriptors that a set with descriptors needs, and the ringer for what else is in it. */
static int prepare_descriptors(struct strait_wait_set *set, struct strait_failure *failure)
{
    if (set->epoll_fd < 0)
        set->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (set->epoll_fd < 0)
        return strait_fail(failure, "epoll_create1", -errno);
    if (set->event_fd < 0)
        set->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (set->event_fd < 0)
        return strait_fail(failure, "eventfd", -errno);
    set->client.event_fd = set->event_fd;
    int result = set->client.is_attached ? 0 : strait_ringer_attach(&set->client);
    return result < 0 ? strait_fail(failure, "pthread_create", result) : 0;
}

/* poll(2) and epoll(7) have the same numbers for the same events. */
_Static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLPRI == EPOLLPRI && POLLERR == EPOLLERR &&
                   POLLHUP == EPOLLHUP && POLLRDHUP == EPOLLRDHUP,
               "the events of poll and epoll differ");

static int add_descriptor(struct strait_wait_set *set, int fd, short events, struct strait_watch **added,
                          struct strait_failure *failure)
{
    int result = prepare_descriptors(set, failure);
    if (result < 0)
        return result;
    struct strait_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return strait_fail(failure, "malloc", -ENOMEM);
    struct epoll_event event = {.events = (uint16_t)events, .data.ptr = watch};
    if (epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        result = strait_fail(failure, "epoll_ctl", -errno);
        free(watch);
        return result;
    }
    watch->wanted = (uint64_t)fd;
    watch->next = set->descriptors;
    set->descriptors = watch;
    if (added != NULL)
        *added = watch;
    return 0;
}

int strait_wait_set_add_fd(struct strait_wait_set *set, int fd, short events, struct strait_watch **watch,
                           struct strait_failure *failure)
{
    int result = begin(set);
    if (result != 0)
        return strait_fail(failure, "wait_set_add", result);
    return end(set, add_descriptor(set, fd, events, watch, failure));
}

/* In a forked child the epoll is the parent's, too. */
static void remove_descriptor(struct strait_wait_set *set, struct strait_watch *watch)
{
    struct strait_watch **link = &set->descriptors;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    if (is_ours(set)) /* it may be closed, and then it is gone from there */
        epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, (int)watch->wanted, NULL);
}

static void remove_watch(struct strait_wait_set *set, struct strait_watch *watch)
{
    struct strait_watch **link = &set->ready;
    while (*link != NULL && *link != watch)
        link = &(*link)->next_ready;
    if (*link == watch)
        *link = watch->next_ready;
    if (watch->participant == NULL)
        remove_descriptor(set, watch);
    else
        strait_watches_remove(&set->watches, watch);
    free(watch);
}

int strait_wait_set_remove(struct strait_wait_set *set, struct strait_watch *watch)
{
    int result = begin(set);
    if (result != 0)
        return result;
    remove_watch(set, watch);
    return end(set, 0);
}

static void remove_all(struct strait_wait_set *set)
{
    while (set->watches.first != NULL)
        remove_watch(set, set->watches.first);
    while (set->descriptors != NULL)
        remove_watch(set, set->descriptors);
}

static void close_descriptors(struct strait_wait_set *set)
{
    if (set->epoll_fd >= 0)
        close(set->epoll_fd);
    if (set->event_fd >= 0)
        close(set->event_fd);
    set->epoll_fd = set->event_fd = -1;
}

/* `busy` is kept. In a forked child nobody is inside but in the copy of what the parent's threads did. */
void strait_wait_set_shut(struct strait_wait_set *set)
{
    if (atomic_exchange(&set->closed, true))
        return;
    while (is_ours(set) && atomic_exchange(&set->busy, true)) {
        rouse(set);
        strait_pause_ns(20000);
    }
    strait_ringer_detach(&set->client);
    sleep_at(set, NULL, -1);
    remove_all(set);
    close_descriptors(set);
}

void strait_wait_set_free(struct strait_wait_set *set)
{
    if (set == NULL)
        return;
    strait_wait_set_shut(set);
    pthread_mutex_destroy(&set->mutex);
    free(set);
}

/* ---- Looking ---------------------------------------------------------------------------------------------
 */

struct search {
    struct strait_wait_set *set;
    uint32_t interrupts;
};

static int look_at_flags(struct search *search)
{
    struct strait_wait_set *set = search->set;
    if (atomic_load(&set->closed))
        return STRAIT_CLOSED;
    if (atomic_load(&set->interrupts) != search->interrupts)
        return -EINTR;
    return atomic_load(&set->woken) ? WOKEN : 0;
}

static bool look_at_descriptors(struct strait_wait_set *set)
{
    struct epoll_event events[EVENTS_MAX];
    int count = set->descriptors == NULL ? 0 : epoll_wait(set->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        struct strait_watch *watch = events[i].data.ptr;
        watch->outcome = STRAIT_READY;
        watch->seen = events[i].events;
    }
    return count > 0;
}

static int look_at_all(struct search *search)
{
    bool is_ready = strait_watches_look(&search->set->watches) > 0;
    is_ready |= look_at_descriptors(search->set);
    return is_ready ? STRAIT_READY : look_at_flags(search);
}

/* The first time, and then now and then, at descriptors too. */
static int look(void *context)
{
    struct search *search = context;
    if (search->set->looks++ % LOOKS_PER_POLL == 0)
        return look_at_all(search);
    return strait_watches_look(&search->set->watches) > 0 ? STRAIT_READY : look_at_flags(search);
}

/* ---- Sleeping --------------------------------------------------------------------------------------------
 */

/* The wake-up's flag comes before its ring, and our bell before the look at the flag. */
static int sleep_on_doorbells(struct search *search, int64_t deadline_ns)
{
    struct strait_wait_set *set = search->set;
    struct strait_futex_words *words = &set->watches.words;
    for (;;) {
        if (strait_watches_round(&set->watches) > 0)
            return STRAIT_READY;
        if (words->count == 0)
            strait_futex_words_add(words, &set->word);
        if (set->bell == NULL)
            sleep_at(set, words->words[0].word, -1);
        int result = look_at_flags(search);
        if (result != 0)
            return result;
        int64_t now_ns = strait_now_ns();
        if (now_ns >= deadline_ns)
            return STRAIT_TIMED_OUT;
        result = strait_futex_sleep(words, strait_earlier(deadline_ns, now_ns + strait_wait_nap_ns));
        if (result < 0)
            return result; /* as in wait.c */
    }
}

/* The eventfd stays readable until we have looked again. */
static int poll_descriptors(struct strait_wait_set *set, int64_t for_ns)
{
    struct pollfd fds[] = {{.fd = set->epoll_fd, .events = POLLIN}, {.fd = set->event_fd, .events = POLLIN}};
    struct timespec timeout = strait_timespec(for_ns);
    uint64_t count;
    int result = ppoll(fds, 2, &timeout, NULL);
    if (result > 0 && fds[1].revents != 0 && read(set->event_fd, &count, sizeof count) < 0) {
        /* EAGAIN: an earlier wake-up */
    }
    return result < 0 && errno != EINTR ? -errno : 0;
}

static int poll_while_armed(struct search *search, int64_t deadline_ns)
{
    struct strait_wait_set *set = search->set;
    if (strait_ringer_arm(&set->client) > 0)
        return STRAIT_READY;
    int result = look_at_flags(search);
    int64_t now_ns = strait_now_ns();
    if (result == 0 && now_ns >= deadline_ns)
        result = STRAIT_TIMED_OUT;
    if (result == 0)
        result = poll_descriptors(set, strait_earlier(deadline_ns - now_ns, strait_wait_nap_ns));
    strait_ringer_disarm(&set->client);
    return result;
}

static int sleep_in_poll(struct search *search, int64_t deadline_ns)
{
    struct strait_wait_set *set = search->set;
    int result;
    set->client.exits = false;
    sleep_at(set, NULL, set->event_fd);
    do {
        result = poll_while_armed(search, deadline_ns);
        if (result == 0)
            result = look_at_all(search);
    } while (result == 0);
    return result;
}

/* ---- Waiting ---------------------------------------------------------------------------------------------
 */

static int wait(struct search *search, const struct strait_patience *patience)
{
    struct strait_wait_set *set = search->set;
    int64_t deadline_ns;
    set->looks = 0;
    int result =
        strait_wait_awake(look, search, set->alone, patience->spin_ns, patience->timeout_ns, &deadline_ns);
    if (result != 0)
        return result;
    result = set->descriptors == NULL ? sleep_on_doorbells(search, deadline_ns)
                                      : sleep_in_poll(search, deadline_ns);
    sleep_at(set, NULL, -1);
    return result;
}

static void forget_ready(struct strait_wait_set *set)
{
    for (struct strait_watch *watch = set->ready; watch != NULL; watch = watch->next_ready)
        watch->outcome = 0;
    set->ready = NULL;
}

/* How many are ready, in a list. */
static int collect(struct strait_wait_set *set)
{
    struct strait_watch **link = &set->ready;
    struct strait_watch *lists[] = {set->watches.first, set->descriptors};
    int count = 0;
    for (int i = 0; i < 2; i++) {
        for (struct strait_watch *watch = lists[i]; watch != NULL; watch = watch->next) {
            if (watch->outcome == 0)
                continue;
            strait_watch_told(watch);
            *link = watch;
            link = &watch->next_ready;
            count++;
        }
    }
    *link = NULL;
    return count;
}

int strait_wait_set_pass(struct strait_wait_set *set, const struct strait_patience *patience)
{
    struct search search = {set, patience->interrupts};
    if (patience->spin_ns < 0)
        return -EINVAL;
    int result = begin(set);
    if (result != 0)
        return result;
    forget_ready(set);
    strait_watches_enter(&set->watches);
    result = wait(&search, patience);
    strait_watches_exit(&set->watches);
    int count = collect(set);
    if (result == STRAIT_READY || result == WOKEN) {
        atomic_store(&set->woken, false);
        result = count;
    }
    return end(set, result);
}

int strait_wait_set_await(struct strait_wait_set *set, int64_t spin_ns, int64_t timeout_ns)
{
    struct strait_patience patience = {strait_wait_set_interrupts(set), spin_ns, timeout_ns};
    return strait_wait_set_pass(set, &patience);
}

/* ---- For somebody else's epoll ---------------------------------------------------------------------------
 */

/* From outside, where it stays when it is ready: else the ringer is inside. */
static uint32_t arm_ringer(struct strait_wait_set *set, int event_fd)
{
    set->client.event_fd = event_fd;
    set->client.exits = true;
    strait_watches_enter(&set->watches);
    uint32_t ready = strait_ringer_arm(&set->client);
    if (ready > 0)
        strait_watches_exit(&set->watches);
    return ready;
}

static int arm(struct strait_wait_set *set, int event_fd)
{
    if (set->descriptors != NULL)
        return -EINVAL;
    int result = set->client.is_attached ? 0 : strait_ringer_attach(&set->client);
    if (result < 0)
        return result;
    uint32_t ready = arm_ringer(set, event_fd);
    if (ready == 0)
        sleep_at(set, NULL, event_fd);
    return (int)ready;
}

int strait_wait_set_arm(struct strait_wait_set *set, int event_fd)
{
    int result = begin(set);
    if (result != 0)
        return result;
    result = arm(set, event_fd);
    if (result == 0 && atomic_load(&set->woken))
        rouse(set);
    return end(set, result);
}

/* ---- As a pending ----------------------------------------------------------------------------------------
 *
 * The whole set is one descriptor for who looks after it: the epoll's, with our eventfd among the others.
 */

struct pending_wait {
    struct strait_pending pending;
    struct strait_wait_set *set;
    bool is_over;
};

static int look_at_pending(struct strait_pending *pending)
{
    const struct pending_wait *begun = (struct pending_wait *)pending;
    struct pollfd fd = {.fd = begun->set->epoll_fd, .events = POLLIN};
    return begun->is_over || poll(&fd, 1, 0) != 0 ? STRAIT_READY : 0;
}

static int leave_pending(struct strait_pending *pending, int outcome)
{
    struct strait_wait_set *set = ((struct pending_wait *)pending)->set;
    strait_ringer_disarm(&set->client);
    sleep_at(set, NULL, -1);
    epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, set->event_fd, NULL);
    return end(set, outcome);
}

/* What was written before is forgotten first: what it told of is seen by the looks behind it. */
static int watch_own_eventfd(struct strait_wait_set *set, struct strait_failure *failure)
{
    struct epoll_event event = {.events = EPOLLIN};
    uint64_t count;
    int result = prepare_descriptors(set, failure);
    if (result < 0)
        return result;
    if (epoll_ctl(set->epoll_fd, EPOLL_CTL_ADD, set->event_fd, &event) < 0)
        return strait_fail(failure, "epoll_ctl", -errno);
    if (read(set->event_fd, &count, sizeof count) < 0) {
        /* EAGAIN: nobody wrote */
    }
    sleep_at(set, NULL, set->event_fd);
    return 0;
}

static int begin_wait(struct strait_wait_set *set, struct strait_pending **pending,
                      struct strait_failure *failure)
{
    struct search search = {set, atomic_load(&set->interrupts)};
    int result = watch_own_eventfd(set, failure);
    if (result < 0)
        return result;
    const struct strait_watch watch = {.wanted = (uint64_t)set->epoll_fd};
    struct pending_wait *begun = strait_pending_new(sizeof *begun, &watch, look_at_pending, leave_pending);
    if (begun == NULL) {
        epoll_ctl(set->epoll_fd, EPOLL_CTL_DEL, set->event_fd, NULL);
        sleep_at(set, NULL, -1);
        return strait_fail(failure, "malloc", -ENOMEM);
    }
    begun->set = set;
    begun->is_over = arm_ringer(set, set->event_fd) > 0 || look_at_flags(&search) != 0;
    *pending = &begun->pending;
    return 0;
}

int strait_wait_set_begin(struct strait_wait_set *set, struct strait_pending **pending)
{
    struct strait_failure failure;
    int result = begin(set);
    if (result != 0)
        return result;
    forget_ready(set);
    result = begin_wait(set, pending, &failure);
    return *pending == NULL ? end(set, result) : result;
}

/* ---- From other threads ----------------------------------------------------------------------------------
 */

void strait_wait_set_wake(struct strait_wait_set *set)
{
    if (!is_ours(set))
        return;
    atomic_store(&set->woken, true);
    rouse(set);
}

uint32_t strait_wait_set_interrupts(const struct strait_wait_set *set)
{
    return atomic_load(&set->interrupts);
}

void strait_wait_set_interrupt(struct strait_wait_set *set)
{
    if (!is_ours(set))
        return;
    atomic_fetch_add(&set->interrupts, 1);
    rouse(set);
}

/* ---- What it found ---------------------------------------------------------------------------------------
 */

struct strait_watch *strait_wait_set_ready(const struct strait_wait_set *set)
{
    return set->ready;
}

struct strait_watch *strait_watch_next_ready(const struct strait_watch *watch)
{
    return watch->next_ready;
}

int strait_watch_outcome(const struct strait_watch *watch)
{
    return watch->outcome;
}

short strait_watch_events(const struct strait_watch *watch)
{
    return watch->outcome == STRAIT_READY ? (short)watch->seen : 0;
}

void strait_watch_set_context(struct strait_watch *watch, void *context)
{
    watch->context = context;
}

void *strait_watch_context(const struct strait_watch *watch)
{
    return watch->context;
}
