#include "side.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Who waits for a peer that is gone, with nobody left to end it, does not spin for ever. */
enum { LIFETIME_SECONDS = 120 };

/* The program's name, for messages. */
static const char *program = "?";

_Noreturn void side_fail(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program, what, strerror(errno));
    exit(1);
}

/* The rest of an argument that begins with `key` and '='. */
static bool is_key(const char *argument, const char *key, const char **value)
{
    size_t length = strlen(key);
    if (strncmp(argument, key, length) != 0 || argument[length] != '=')
        return false;
    *value = argument + length + 1;
    return true;
}

static void parse(struct parameters *to, const char *argument)
{
    const struct {
        const char *key;
        int64_t *value;
    } numbers[] = {{"warmup_ns", &to->warmup_ns},
                   {"measure_ns", &to->measure_ns},
                   {"interval_ns", &to->interval_ns},
                   {"max_messages", &to->max_messages},
                   {"patience_ns", &to->patience_ns}};
    const char *value;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (is_key(argument, numbers[i].key, &value))
            *numbers[i].value = strtoll(value, NULL, 10);
    }
    if (is_key(argument, "dir", &value))
        to->dir = value;
    else if (is_key(argument, "end", &value))
        to->first = strcmp(value, "first") == 0;
    else if (is_key(argument, "spins", &value))
        to->spins = strcmp(value, "true") == 0;
    else if (is_key(argument, "verifies", &value))
        to->verifies = strcmp(value, "true") == 0;
    else if (is_key(argument, "cpu", &value))
        to->cpu = atoi(value);
    else if (is_key(argument, "bytes", &value))
        to->bytes = (uint32_t)strtoul(value, NULL, 10);
    else if (is_key(argument, "batch", &value))
        to->batch = (uint32_t)strtoul(value, NULL, 10);
}

struct parameters side_parameters(int argc, char **argv)
{
    struct parameters parameters = {.dir = ".", .spins = true, .cpu = -1, .bytes = 64, .batch = 1};
    program = argv[0];
    if (argc < 2) {
        fprintf(stderr, "usage: %s ROLE name=value ...\n", program);
        exit(2);
    }
    parameters.role = argv[1];
    for (int i = 2; i < argc; i++)
        parse(&parameters, argv[i]);
    alarm(LIFETIME_SECONDS);
    setvbuf(stdout, NULL, _IOLBF, 0);
    return parameters;
}

void side_pin(int cpu)
{
    cpu_set_t set;
    if (cpu < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0)
        side_fail("sched_setaffinity");
}

void side_ready(void)
{
    char line[16];
    printf("ready %ld\n", syscall(SYS_gettid));
    if (fgets(line, sizeof line, stdin) == NULL)
        exit(1); /* the driver is gone */
}

void side_say(const char *name, int64_t value)
{
    printf("%s %lld\n", name, (long long)value);
}

void side_cannot(const char *why)
{
    printf("cannot %s\n", why);
}

int64_t side_cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return used.tv_sec * INT64_C(1000000000) + used.tv_nsec;
}

const char *side_path(const struct parameters *parameters, const char *name)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", parameters->dir, name);
    return path;
}

/* ---- Payloads
 * ------------------------------------------------------------------------------------------------ */

static int64_t pattern(uint32_t offset)
{
    return (int64_t)(offset * UINT64_C(0x9e3779b97f4a7c15));
}

struct payload payload_new(const struct parameters *parameters)
{
    struct payload payload = {parameters->bytes, parameters->verifies, NULL, NULL};
    size_t rounded = ((size_t)payload.bytes + 4095) & ~(size_t)4095;
    payload.source = aligned_alloc(4096, rounded);
    payload.target = aligned_alloc(4096, rounded);
    if (payload.source == NULL || payload.target == NULL)
        side_fail("aligned_alloc");
    memset(payload.target, 0, rounded);
    for (uint32_t offset = 0; offset < payload.bytes; offset += 8)
        payload_put(payload.source, offset, pattern(offset));
    return payload;
}

_Noreturn void payload_wrong(int64_t value)
{
    fprintf(stderr, "%s: a message of value %lld is damaged\n", program, (long long)value);
    exit(1);
}

void payload_verify(const struct payload *payload, const unsigned char *message)
{
    for (uint32_t offset = 8; offset < payload->bytes - 8; offset += 8) {
        if (payload_word(message, offset) != pattern(offset))
            payload_wrong(payload_word(message, 0));
    }
}

/* ---- Histograms
 * ---------------------------------------------------------------------------------------------- */

/* Lowest value of a bucket. */
static uint64_t bucket_value(uint64_t index)
{
    if (index < 2 * HISTOGRAM_HALF)
        return index;
    uint64_t shift = index / HISTOGRAM_HALF - 1;
    return (index - shift * HISTOGRAM_HALF) << shift;
}

void histogram_say(const struct histogram *histogram)
{
    fputs("histogram", stdout);
    for (uint64_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] != 0)
            printf(" %llu:%llu", (unsigned long long)bucket_value(i),
                   (unsigned long long)histogram->counts[i]);
    }
    putchar('\n');
}
