/*
 * The roles, for a subject in C. A template: the subject's file defines what follows and includes this last,
 * so that the compiler sees both and no call through a pointer stands between them.
 *
 *     struct end                 its connection, both directions
 *     end_open(end, parameters)  creates or finds it, and waits for the other side
 *     end_close(end)
 *     end_offer(end, value)      writes and publishes one message; false when there is no room now
 *     end_offer_batch(end, value, count)  value, value + 1, ...: published together if it can; how many it
 * took end_poll(end, sink, state) hands what is there to the sink, each checked; the count, 0, or PEER_GONE,
 * NOT_TOLD. Sleeps until there is something when the parameters say so cycle(parameters)          creates
 * one, passes a message from end to end, and removes it, in this process
 *
 * A subject for which some roles make no sense defines WITHOUT_STREAM, or WITHOUT_CYCLE; one whose objects
 * have names that outlive it defines HAS_REMOVE, and remove_queues(parameters), which the driver has called
 * when all is over.
 */
#ifndef ROLES_H
#define ROLES_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "side.h"

static struct histogram latencies;

static void offer(struct end *end, int64_t value)
{
    while (!end_offer(end, value)) {
    }
}

/* A poll by someone whose peer must not go before it said so. */
#define poll_alive(end, sink, state) is_alive(end_poll(end, sink, state))

static inline int is_alive(int result)
{
    if (result < 0) {
        errno = EPIPE;
        side_fail("poll");
    }
    return result;
}

/* ---- Round trips
 * --------------------------------------------------------------------------------------------- */

static inline void on_echo(void *state, int64_t value)
{
    *(int64_t *)state = value;
}

/* At least one is counted. */
static void ping(struct end *end, const struct parameters *parameters)
{
    int64_t counted_from = now_ns() + parameters->warmup_ns;
    int64_t until = counted_from + parameters->measure_ns;
    int64_t max = parameters->max_messages;
    int64_t echo = -1;
    int64_t messages = 0;
    int64_t start = now_ns();
    for (int64_t value = 0; messages == 0 || (start < until && (max == 0 || messages < max)); value++) {
        offer(end, value);
        while (poll_alive(end, on_echo, &echo) == 0) {
        }
        int64_t stop = now_ns();
        if (echo != value)
            payload_wrong(echo);
        if (start >= counted_from) {
            histogram_record(&latencies, stop - start);
            messages++;
        }
        start = now_ns();
    }
    offer(end, VALUE_END);
    side_say("messages", messages);
    histogram_say(&latencies);
}

struct echoing {
    struct end *end;
    bool ended;
};

static inline void on_ping(void *state, int64_t value)
{
    struct echoing *echoing = state;
    if (value == VALUE_END)
        echoing->ended = true;
    else
        offer(echoing->end, value);
}

static void pong(struct end *end)
{
    struct echoing echoing = {end, false};
    while (!echoing.ended)
        poll_alive(end, on_ping, &echoing);
}

/* ---- As many as possible
 * ------------------------------------------------------------------------------------- */

#ifndef WITHOUT_STREAM
enum { CHUNK = 256 }; /* messages between two looks at the clock */

/* A clock look per chunk, or per message where these are large. */
static int chunk_of(const struct parameters *parameters)
{
    return parameters->bytes > 4096 ? 1 : CHUNK;
}

static int64_t produce_chunk(struct end *end, const struct parameters *parameters, int64_t value)
{
    int64_t stop = value + chunk_of(parameters);
    while (value < stop) {
        int64_t left = stop - value;
        int taken;
        if (parameters->batch == 1)
            taken = end_offer(end, value);
        else
            taken =
                end_offer_batch(end, value, left < parameters->batch ? (int)left : (int)parameters->batch);
        value += taken;
        if (taken == 0)
            pause_briefly();
    }
    return value;
}

static int64_t produce_until(struct end *end, const struct parameters *parameters, int64_t value,
                             int64_t until_ns, int64_t max_value)
{
    while (now_ns() < until_ns && (max_value == 0 || value < max_value))
        value = produce_chunk(end, parameters, value);
    return value;
}

static void producer(struct end *end, const struct parameters *parameters)
{
    int64_t counted_from = now_ns() + parameters->warmup_ns;
    int64_t value = produce_until(end, parameters, 0, counted_from, parameters->max_messages / 2);
    offer(end, VALUE_MARK);
    produce_until(end, parameters, value, now_ns() + parameters->measure_ns, parameters->max_messages);
    offer(end, VALUE_END);
}

struct counting {
    int64_t expected;
    int64_t messages;
    int64_t start_ns;
    int64_t stop_ns;
};

static inline void on_counted(void *state, int64_t value)
{
    struct counting *counting = state;
    if (value == counting->expected) {
        counting->expected++;
        counting->messages++;
    } else if (value == VALUE_MARK) {
        counting->start_ns = now_ns();
        counting->messages = 0;
    } else if (value == VALUE_END) {
        counting->stop_ns = now_ns();
    } else {
        payload_wrong(value);
    }
}

static void consumer(struct end *end)
{
    struct counting counting = {0, 0, 0, 0};
    while (counting.stop_ns == 0) {
        if (poll_alive(end, on_counted, &counting) == 0)
            pause_briefly();
    }
    side_say("messages", counting.messages);
    side_say("ns", counting.stop_ns - counting.start_ns);
}

/* ---- At a fixed rate
 * ----------------------------------------------------------------------------------------- */

/* A message holds the time at which it was due, not at which we got to it: a late writer does not hide its
 * delay. Who cannot keep the rate is stopped after twice the time, and says how many were due and how many
 * were sent. */
static void pacer(struct end *end, const struct parameters *parameters)
{
    int64_t warmup = parameters->warmup_ns / parameters->interval_ns;
    int64_t total = warmup + parameters->measure_ns / parameters->interval_ns;
    int64_t start = now_ns() + 1000000;
    int64_t now = start;
    int64_t sent = 0;
    bool is_counted = false;
    for (; sent < total && now < start + 2 * (parameters->warmup_ns + parameters->measure_ns); sent++) {
        int64_t due = start + sent * parameters->interval_ns;
        while ((now = now_ns()) < due) {
        }
        if (!is_counted && (sent >= warmup || now > start + 2 * parameters->warmup_ns)) {
            offer(end, VALUE_MARK);
            is_counted = true;
        }
        offer(end, due);
    }
    offer(end, VALUE_END);
    side_say("sent", sent);
    side_say("due", total);
}

struct timing {
    bool is_counted;
    bool ended;
    int64_t messages;
    int64_t last;
};

static inline void on_timed(void *state, int64_t value)
{
    struct timing *timing = state;
    if (value > timing->last) {
        timing->last = value;
        if (timing->is_counted) {
            histogram_record(&latencies, now_ns() - value);
            timing->messages++;
        }
    } else if (value == VALUE_MARK) {
        timing->is_counted = true;
    } else if (value == VALUE_END) {
        timing->ended = true;
    } else {
        payload_wrong(value);
    }
}

static void receiver(struct end *end)
{
    struct timing timing = {false, false, 0, 0};
    while (!timing.ended)
        poll_alive(end, on_timed, &timing);
    side_say("messages", timing.messages);
    histogram_say(&latencies);
}

/* ---- Waiting
 * ------------------------------------------------------------------------------------------------- */

static void sleep_ns(int64_t ns)
{
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

/* The reader has waited once before it counts, so that what is done for the first time is over. */
static void waker(struct end *end, const struct parameters *parameters)
{
    sleep_ns(parameters->measure_ns / 10);
    offer(end, VALUE_MARK);
    sleep_ns(parameters->measure_ns);
    offer(end, VALUE_END);
}

static void sleeper(struct end *end)
{
    struct counting counting = {0, 0, 0, 0};
    while (counting.start_ns == 0)
        poll_alive(end, on_counted, &counting);
    int64_t start_ns = now_ns();
    int64_t cpu_ns = side_cpu_ns();
    while (counting.stop_ns == 0)
        poll_alive(end, on_counted, &counting);
    side_say("cpu_ns", side_cpu_ns() - cpu_ns);
    side_say("ns", now_ns() - start_ns);
}

/* ---- Dying
 * --------------------------------------------------------------------------------------------------- */

static void victim(struct end *end)
{
    char line[16];
    offer(end, 0);
    side_ready();
    while (fgets(line, sizeof line, stdin) != NULL) {
    }
}

static void survivor(struct end *end)
{
    struct counting counting = {0, 0, 0, 0};
    while (end_poll(end, on_counted, &counting) == 0) {
    }
    side_ready();
    int result;
    while ((result = end_poll(end, on_counted, &counting)) == 0) {
    }
    if (result == PEER_GONE)
        side_say("known_ns", now_ns());
    else
        side_cannot("nobody tells the reader within its patience");
}
#endif

/* ---- Opening and closing
 * ------------------------------------------------------------------------------------- */

#ifndef WITHOUT_CYCLE
static inline void on_only(void *state, int64_t value)
{
    *(int64_t *)state = value;
}

static void opener(const struct parameters *parameters)
{
    int64_t counted_from = now_ns() + parameters->warmup_ns;
    int64_t until = counted_from + parameters->measure_ns;
    int64_t messages = 0;
    for (int64_t start = now_ns(); start < until || messages == 0;) {
        cycle(parameters);
        int64_t stop = now_ns();
        if (start >= counted_from || stop >= until) {
            histogram_record(&latencies, stop - start);
            messages++;
        }
        start = stop;
    }
    side_say("messages", messages);
    histogram_say(&latencies);
}
#endif

/* ---- The program
 * --------------------------------------------------------------------------------------------- */

static int play(struct end *end, const struct parameters *parameters)
{
    const char *role = parameters->role;
    if (strcmp(role, "ping") == 0)
        ping(end, parameters);
    else if (strcmp(role, "pong") == 0)
        pong(end);
#ifndef WITHOUT_STREAM
    else if (strcmp(role, "producer") == 0)
        producer(end, parameters);
    else if (strcmp(role, "consumer") == 0)
        consumer(end);
    else if (strcmp(role, "pacer") == 0)
        pacer(end, parameters);
    else if (strcmp(role, "receiver") == 0)
        receiver(end);
    else if (strcmp(role, "waker") == 0)
        waker(end, parameters);
    else if (strcmp(role, "sleeper") == 0)
        sleeper(end);
    else if (strcmp(role, "victim") == 0)
        victim(end);
    else if (strcmp(role, "survivor") == 0)
        survivor(end);
#endif
    else
        return 2;
    return 0;
}

/* Victims and survivors are ready once a message has passed, and say so themselves. */
static bool is_about_death(const struct parameters *parameters)
{
    return strcmp(parameters->role, "victim") == 0 || strcmp(parameters->role, "survivor") == 0;
}

int main(int argc, char **argv)
{
    static struct end end;
    struct parameters parameters = side_parameters(argc, argv);
    int result = 0;
#ifndef WITHOUT_CYCLE
    if (strcmp(parameters.role, "opener") == 0) {
        side_pin(parameters.cpu);
        side_ready();
        opener(&parameters);
        puts("done");
        return 0;
    }
#endif
#ifdef HAS_REMOVE
    if (strcmp(parameters.role, "remove") == 0) {
        remove_queues(&parameters);
        puts("done");
        return 0;
    }
#endif
    end_open(&end, &parameters);
    side_pin(parameters.cpu);
    if (!is_about_death(&parameters))
        side_ready();
    result = play(&end, &parameters);
    end_close(&end);
    puts(result == 0 ? "done" : "cannot play this role");
    return result;
}

#endif
