/*
 * The role `pairs`, for a subject in C: taking something that nobody else wants, and giving it back, again
 * and again. A template, as roles.h: the subject's file defines what follows and includes this last.
 *
 *     struct thing              what is taken, small enough for registers
 *     pair_open(parameters)     makes it
 *     pair(thing)               takes it and gives it back
 *     pair_close(thing)
 *
 * One whose object outlives it defines HAS_REMOVE, and pair_remove(parameters), which the driver has called
 * when all is over.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stdio.h>

#include "side.h"

enum { PAIRS_TO_A_CHUNK = 1000 }; /* between two looks at the clock; PairsRole in Java has the same */

static struct histogram chunks;

static int64_t chunk_ns(struct thing thing)
{
    int64_t start = now_ns();
    for (int i = 0; i < PAIRS_TO_A_CHUNK; i++)
        pair(thing);
    return now_ns() - start;
}

/* At least one chunk is counted. */
static void pairs(struct thing thing, const struct parameters *parameters)
{
    int64_t counted_from = now_ns() + parameters->warmup_ns;
    int64_t until = counted_from + parameters->measure_ns;
    int64_t max = parameters->max_messages;
    while (now_ns() < counted_from)
        chunk_ns(thing);
    int64_t done = 0;
    do {
        histogram_record(&chunks, chunk_ns(thing));
        done += PAIRS_TO_A_CHUNK;
    } while (now_ns() < until && (max == 0 || done < max));
    histogram_say(&chunks);
}

int main(int argc, char **argv)
{
    struct parameters parameters = side_parameters(argc, argv);
#ifdef HAS_REMOVE
    if (strcmp(parameters.role, "remove") == 0) {
        pair_remove(&parameters);
        puts("done");
        return 0;
    }
#endif
    struct thing thing = pair_open(&parameters);
    side_pin(parameters.cpu);
    side_ready();
    pairs(thing, &parameters);
    pair_close(thing);
    puts("done");
    return 0;
}

#endif
