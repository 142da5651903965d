#include "internal/ringer.h"

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "internal/deadline.h"
#include "internal/thread.h"

/* Held while the thread is started or ended. Taken before `mutex`. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Guards what follows, and the watches of those who are armed. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct strait_ringer_client *all;
static bool running;
static pthread_t thread;

static _Atomic uint32_t changes; /* of who is armed; the ringer sleeps on it */

static void tell_thread(void)
{
    atomic_fetch_add(&changes, 1);
    strait_futex_wake_all(&changes);
}

/* ---- The thread ------------------------------------------------------------------------------------------
 */

static void disarm(struct strait_ringer_client *client)
{
    if (client->is_armed && client->exits)
        strait_watches_exit(client->watches);
    client->is_armed = false;
}

static void ring(struct strait_ringer_client *client)
{
    const uint64_t one = 1;
    disarm(client);
    if (write(client->event_fd, &one, sizeof one) < 0)
        return; /* EAGAIN: it is full, and so readable */
}

static void add_words(struct strait_futex_words *words, const struct strait_futex_words *more)
{
    for (uint32_t i = 0; i < more->count && i < STRAIT_FUTEX_WORDS; i++)
        strait_futex_words_expect(words, more->words[i].word, more->words[i].expected);
    if (more->count > STRAIT_FUTEX_WORDS)
        words->count = STRAIT_FUTEX_WORDS + 1;
}

/* Whether it is still to be looked at. */
static bool look_at_client(struct strait_ringer_client *client, struct strait_futex_words *words)
{
    client->heard = client->is_armed ? client->watches->bell_changes : 0;
    if (!client->is_armed)
        return false;
    uint32_t ready = strait_watches_round(client->watches);
    add_words(words, &client->watches->words);
    if (ready > 0)
        ring(client);
    return ready == 0;
}

static void *run(void *unused)
{
    struct strait_futex_words words;
    (void)unused;
    prctl(PR_SET_NAME, "strait-ringer");
    pthread_mutex_lock(&mutex);
    while (running) {
        bool is_anybody_armed = false;
        words.count = 0;
        strait_futex_words_add(&words, &changes);
        for (struct strait_ringer_client *each = all; each != NULL; each = each->next)
            is_anybody_armed |= look_at_client(each, &words);
        pthread_mutex_unlock(&mutex);
        int64_t until_ns = is_anybody_armed ? strait_now_ns() + strait_wait_nap_ns : STRAIT_NEVER;
        if (strait_futex_sleep(&words, until_ns) < 0)
            strait_pause_ns(STRAIT_FUTEX_NAP_NS); /* a sandbox lets nobody sleep on a futex */
        pthread_mutex_lock(&mutex);
    }
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* ---- Forking ---------------------------------------------------------------------------------------------
 */

static void before_fork(void)
{
    pthread_mutex_lock(&gate);
    pthread_mutex_lock(&mutex);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&mutex);
    pthread_mutex_unlock(&gate);
}

/* The child has no ringer. */
static void in_child(void)
{
    for (struct strait_ringer_client *each = all; each != NULL; each = each->next)
        each->is_attached = each->is_armed = false;
#ifdef STRAIT_TSAN
    if (running)
        pthread_detach(thread); /* as in warden.c */
#endif
    all = NULL;
    running = false;
    after_fork();
}

/* ---- Clients ---------------------------------------------------------------------------------------------
 */

/* With the gate held. */
static int start(void)
{
    static bool watching_forks;
    if (!watching_forks)
        pthread_atfork(before_fork, after_fork, in_child);
    watching_forks = true;
    running = true;
    int result = strait_thread_start(&thread, run);
    if (result < 0)
        running = false;
    return result;
}

int strait_ringer_attach(struct strait_ringer_client *client)
{
    pthread_mutex_lock(&gate);
    int result = running ? 0 : start();
    if (result == 0) {
        pthread_mutex_lock(&mutex);
        client->is_attached = true;
        client->next = all;
        all = client;
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_unlock(&gate);
    return result;
}

static void unlink_client(struct strait_ringer_client *client)
{
    struct strait_ringer_client **link = &all;
    while (*link != client)
        link = &(*link)->next;
    *link = client->next;
    client->is_attached = false;
}

void strait_ringer_detach(struct strait_ringer_client *client)
{
    pthread_mutex_lock(&gate);
    if (client->is_attached) {
        pthread_mutex_lock(&mutex);
        disarm(client);
        unlink_client(client);
        running = all != NULL;
        pthread_mutex_unlock(&mutex);
        tell_thread();
        if (!running)
            strait_thread_join(thread);
    }
    pthread_mutex_unlock(&gate);
}

uint32_t strait_ringer_arm(struct strait_ringer_client *client)
{
    pthread_mutex_lock(&mutex);
    uint32_t ready = strait_watches_round(client->watches);
    client->is_armed = ready == 0;
    if (ready == 0 && client->heard != client->watches->bell_changes)
        tell_thread();
    pthread_mutex_unlock(&mutex);
    return ready;
}

void strait_ringer_disarm(struct strait_ringer_client *client)
{
    pthread_mutex_lock(&mutex);
    disarm(client);
    pthread_mutex_unlock(&mutex);
}
