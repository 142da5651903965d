/*
 * One side of a comparison, as a program in C: what it is told on its command line, what it says on its
 * standard output, and what a message holds. dev.strait.bench.side is the same in Java; a driver starts both
 * alike.
 *
 *     PROGRAM ROLE dir=DIRECTORY end=first cpu=0 bytes=64 ...
 *
 * It prints "ready" and the number of the thread that works when it is connected, waits for a line, does its
 * work, prints lines "name value" and "done".
 */
#ifndef SIDE_H
#define SIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

struct parameters {
    const char *role;
    const char *dir;
    bool first;           /* the side that begins: ping, producer, ... */
    bool spins;           /* look again and again; else sleep in the kernel */
    bool verifies;        /* look at every byte of large messages too */
    int cpu;              /* -1: not pinned */
    uint32_t bytes;       /* of a payload, a multiple of 8 */
    uint32_t batch;       /* messages to a commit */
    int64_t warmup_ns;    /* not counted */
    int64_t measure_ns;   /* counted */
    int64_t interval_ns;  /* between two messages of a fixed rate */
    int64_t max_messages; /* 0: no bound */
    int64_t patience_ns;  /* how long a survivor waits to be told */
};

/* A message's first word when it is none: the end, and the end of the warm-up. */
enum { VALUE_END = -1, VALUE_MARK = -2 };

/* What a poll answers beside a count: the peer's death was told, or nothing was within the patience. */
enum { PEER_GONE = -1, NOT_TOLD = -2 };

/* Payloads up to this size are filled and checked word by word where they stand; larger ones are copied in
 * from, and out to, memory of the process's own, with a stamp in the first and last word. */
enum { WORDWISE_BYTES = 64 };

struct parameters side_parameters(int argc, char **argv);
void side_pin(int cpu);
void side_ready(void); /* says so, and waits for the word to go */
void side_say(const char *name, int64_t value);
void side_cannot(const char *why);
_Noreturn void side_fail(const char *what);
int64_t side_cpu_ns(void);

/* DIRECTORY/name, in a buffer that the next call overwrites. */
const char *side_path(const struct parameters *parameters, const char *name);

static inline int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

/* ---- Payloads
 * ------------------------------------------------------------------------------------------------ */

/* Where large messages come from and go to. */
struct payload {
    uint32_t bytes;
    bool verifies;
    unsigned char *source;
    unsigned char *target;
};

struct payload payload_new(const struct parameters *parameters);
_Noreturn void payload_wrong(int64_t value);
void payload_verify(const struct payload *payload, const unsigned char *message);

static inline int64_t payload_word(const unsigned char *message, uint32_t offset)
{
    int64_t word;
    memcpy(&word, message + offset, sizeof word);
    return word;
}

static inline void payload_put(unsigned char *message, uint32_t offset, int64_t word)
{
    memcpy(message + offset, &word, sizeof word);
}

/* The large message that carries a value, in the process's own memory. */
static inline const unsigned char *payload_stamp(const struct payload *payload, int64_t value)
{
    payload_put(payload->source, 0, value);
    payload_put(payload->source, payload->bytes - 8, ~value);
    return payload->source;
}

/* With a size that the compiler knows, as it does in programs whose messages have fixed fields. */
static inline void fill_words(unsigned char *message, int64_t value, uint32_t bytes)
{
    for (uint32_t offset = 0; offset < bytes; offset += 8)
        payload_put(message, offset, value + offset);
}

/* Fills a message in place. */
static inline void payload_fill(const struct payload *payload, unsigned char *message, int64_t value)
{
    if (payload->bytes > WORDWISE_BYTES)
        memcpy(message, payload_stamp(payload, value), payload->bytes);
    else if (payload->bytes == WORDWISE_BYTES)
        fill_words(message, value, WORDWISE_BYTES);
    else
        fill_words(message, value, payload->bytes);
}

/* The value of a large message that is in the process's own memory. */
static inline int64_t payload_stamped(const struct payload *payload, const unsigned char *message)
{
    int64_t value = payload_word(message, 0);
    if (payload_word(message, payload->bytes - 8) != ~value)
        payload_wrong(value);
    if (payload->verifies)
        payload_verify(payload, message);
    return value;
}

static inline int64_t check_words(const unsigned char *message, uint32_t bytes)
{
    int64_t value = payload_word(message, 0);
    int64_t difference = 0;
    for (uint32_t offset = 8; offset < bytes; offset += 8)
        difference |= payload_word(message, offset) ^ (value + offset);
    if (difference != 0)
        payload_wrong(value);
    return value;
}

/* Checks a message where it stands, and returns its value. */
static inline int64_t payload_check(const struct payload *payload, const unsigned char *message)
{
    if (payload->bytes > WORDWISE_BYTES) {
        memcpy(payload->target, message, payload->bytes);
        return payload_stamped(payload, payload->target);
    }
    return payload->bytes == WORDWISE_BYTES ? check_words(message, WORDWISE_BYTES)
                                            : check_words(message, payload->bytes);
}

/* ---- Histograms
 * ---------------------------------------------------------------------------------------------- */

/* Counts in the buckets of an HdrHistogram with three digits, so that the driver loses nothing by reading
 * them. */
enum { HISTOGRAM_HALF = 1024, HISTOGRAM_BUCKETS = 54 * HISTOGRAM_HALF };

struct histogram {
    uint64_t counts[HISTOGRAM_BUCKETS];
};

static inline void histogram_record(struct histogram *histogram, int64_t value)
{
    uint64_t v = value < 0 ? 0 : (uint64_t)value;
    int shift = v < 2 * HISTOGRAM_HALF ? 0 : 53 - __builtin_clzll(v);
    histogram->counts[(uint64_t)shift * HISTOGRAM_HALF + (v >> shift)]++;
}

void histogram_say(const struct histogram *histogram);

#endif
