/*
 * A fuzz target without libFuzzer: replay CORPUS ROUNDS gives it every file of the corpus, and then that many
 * random changes of them. STRAIT_FUZZ_SEED chooses others than the usual ones. An input that it dies of is
 * written to a file, which a further run of `replay FILE` repeats.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_BYTES   2048
#define INPUTS        4096
#define INPUT_SECONDS 20

struct bytes {
    size_t count;
    uint8_t bytes[INPUT_BYTES];
};

static struct bytes corpus[INPUTS];
static size_t inputs;
static struct bytes current;
static uint64_t state;

static uint64_t random_number(void) /* splitmix64 */
{
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void keep_current(int signal_number)
{
    static const char text[] = "the input stands in crash-input\n";
    int fd = open("crash-input", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, current.bytes, current.count) == (ssize_t)current.count)
        (void)!write(STDERR_FILENO, text, sizeof text - 1);
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void add_file(const char *path)
{
    FILE *file = fopen(path, "re");
    if (file == NULL || inputs == INPUTS)
        fuzz_fail(__FILE__, __LINE__, path);
    corpus[inputs].count = fread(corpus[inputs].bytes, 1, INPUT_BYTES, file);
    inputs++;
    fclose(file);
}

static void add_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    fuzz_must(count >= 0);
    for (int i = 0; i < count; i++) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            add_file(name);
        free(entries[i]);
    }
    free(entries);
}

static void run(void)
{
    alarm(INPUT_SECONDS);
    LLVMFuzzerTestOneInput(current.bytes, current.count);
}

/* A few bytes changed, a piece of another put in, the end cut off. */
static void change(void)
{
    current = corpus[random_number() % inputs];
    for (uint64_t changes = 1 + random_number() % 8; changes > 0; changes--) {
        size_t at = random_number() % INPUT_BYTES / 4;
        const struct bytes *other = &corpus[random_number() % inputs];
        size_t piece = random_number() % 64;
        if (at >= current.count)
            current.count = at + 1;
        switch (random_number() % 4) {
        case 0:
            current.bytes[at] ^= (uint8_t)(1u << random_number() % 8);
            break;
        case 1:
            if (piece <= other->count && at + piece <= INPUT_BYTES) {
                memmove(current.bytes + at, other->bytes + (other->count - piece) / 2, piece);
                current.count = at + piece > current.count ? at + piece : current.count;
            }
            break;
        case 2:
            current.bytes[at] = (uint8_t)random_number();
            break;
        default:
            for (size_t i = at; i < current.count; i++)
                current.bytes[i] = (uint8_t)random_number();
        }
    }
}

int main(int count, char **arguments)
{
    struct stat status;
    const char *seed = getenv("STRAIT_FUZZ_SEED");
    const char *share = getenv("STRAIT_TEST_SHARE");
    fuzz_must(count >= 2 && stat(arguments[1], &status) == 0);
    if (S_ISDIR(status.st_mode))
        add_folder(arguments[1]);
    else
        add_file(arguments[1]);
    fuzz_must(inputs > 0);
    state = seed == NULL ? 1 : strtoull(seed, NULL, 0);
    double rounds = (count > 2 ? strtod(arguments[2], NULL) : 0) * (share == NULL ? 1 : strtod(share, NULL));
    printf("%zu inputs, and %.0f changed ones from seed %" PRIu64 "\n", inputs, rounds, state);
    fflush(stdout);
    const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        signal(signals[i], keep_current);
    for (size_t i = 0; i < inputs; i++) {
        current = corpus[i];
        run();
    }
    for (double round = 0; round < rounds; round++) {
        change();
        run();
    }
    return 0;
}
