/* The textbooks' bounded buffer: buffer produce|consume SEGMENT COUNT. Producers put the numbers from 1 to
 * COUNT into an array that all processes share, consumers take COUNT numbers and print their sum. Two
 * semaphores count what is free and what is filled, a lock guards the array. Buffer.java is the same in Java,
 * and shares one buffer with it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strait/strait.h"

#define SLOTS 16

struct numbers {
    int64_t put;   /* how many were put */
    int64_t taken; /* how many were taken */
    int64_t slot[SLOTS];
};

static struct strait_segment *segment;
static struct strait_semaphore *free_slots;
static struct strait_semaphore *filled_slots;
static struct strait_lock *mutex;
static struct numbers *numbers;

static void check(const char *what, int result)
{
    const char *outcome = strait_outcome_name(result);
    if (result >= 0)
        return;
    fprintf(stderr, "buffer: %s: %s\n", what, outcome != NULL ? outcome : strait_errno_text(result));
    exit(1);
}

static void open_buffer(const char *name)
{
    static const struct strait_object objects[] = {STRAIT_SEMAPHORE("free", SLOTS, 0),
                                                   STRAIT_SEMAPHORE("filled", 0, 0), STRAIT_LOCK("mutex")};
    struct strait_segment_options options = STRAIT_SEGMENT_OPTIONS_INIT;
    options.user_bytes = sizeof *numbers;
    options.objects = objects;
    options.object_count = sizeof objects / sizeof objects[0];
    check(name, strait_segment_open_or_create(name, &options, &segment, NULL));
    check("free", strait_semaphore_open(segment, "free", &free_slots, NULL));
    check("filled", strait_semaphore_open(segment, "filled", &filled_slots, NULL));
    check("mutex", strait_lock_open(segment, "mutex", &mutex, NULL));
    numbers = strait_segment_user(segment);
}

static void acquire(struct strait_semaphore *semaphore)
{
    check("acquire", strait_semaphore_acquire(semaphore, 1, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER));
}

/* Nothing to repair: whoever dies in between has counted or has not. */
static void lock(void)
{
    int result = strait_lock_acquire(mutex, STRAIT_SPIN_DEFAULT_NS, STRAIT_WAIT_FOREVER);
    if (result == STRAIT_OWNER_DIED)
        result = strait_lock_repaired(mutex);
    check("lock", result);
}

static void put(int64_t number)
{
    acquire(free_slots);
    lock();
    numbers->slot[numbers->put % SLOTS] = number;
    numbers->put++;
    check("unlock", strait_lock_release(mutex));
    check("release", strait_semaphore_release(filled_slots, 1));
}

static int64_t take(void)
{
    acquire(filled_slots);
    lock();
    int64_t number = numbers->slot[numbers->taken % SLOTS];
    numbers->taken++;
    check("unlock", strait_lock_release(mutex));
    check("release", strait_semaphore_release(free_slots, 1));
    return number;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: buffer produce|consume SEGMENT COUNT\n");
        return 2;
    }
    bool produces = strcmp(argv[1], "produce") == 0;
    int64_t count = atoll(argv[3]);
    int64_t sum = 0;
    open_buffer(argv[2]);
    for (int64_t i = 1; i <= count; i++) {
        if (produces)
            put(i);
        else
            sum += take();
    }
    strait_segment_close(segment);
    if (!produces)
        printf("%" PRId64 "\n", sum);
    return 0;
}
