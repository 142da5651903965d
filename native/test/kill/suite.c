#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Chance ----------------------------------------------------------------------------------------------
 */

uint64_t below(struct round *round, uint64_t bound)
{
    round->random = round->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (round->random >> 33) % bound;
}

bool chance(struct round *round)
{
    return below(round, 2) == 1;
}

uint64_t first_seed(void)
{
    const char *text = getenv("STRAIT_KILL_SEED");
    return text == NULL ? (uint64_t)test_now_ns() : strtoull(text, NULL, 10);
}

/* ---- Rounds ----------------------------------------------------------------------------------------------
 */

void round_begin(struct round *round, const struct suite *suite, uint64_t seed, size_t ledger_bytes)
{
    *round = (struct round){.seed = seed, .random = seed, .suite = suite, .ledger_bytes = ledger_bytes};
    round->ledger_fd = (int)syscall(SYS_memfd_create, "ledger", 1 /* MFD_CLOEXEC */);
    must(round->ledger_fd >= 0 && ftruncate(round->ledger_fd, (off_t)ledger_bytes) == 0);
    round->ledger = mmap(NULL, ledger_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, round->ledger_fd, 0);
    must(round->ledger != MAP_FAILED);
}

void round_end(struct round *round)
{
    for (int i = 0; i < round->count; i++) {
        struct peer *peer = &round->peers[i];
        if (!peer->is_gone) {
            kill(peer->child.pid, SIGKILL);
            peer->status = child_end(&peer->child);
        }
    }
    round->suite->forget(round);
    munmap(round->ledger, round->ledger_bytes);
    close(round->ledger_fd);
}

static void print_file(const char *path)
{
    char text[512];
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    print_error("    %s: %s\n", path, text);
}

/* Of one that runs, what each thread does. schedstat tells how long it had the processor, and how long it
 * waited for that. */
static void print_peer(const struct peer *peer, int index)
{
    char path[64];
    print_error("  peer %d: process %d %s %d\n", index, (int)peer->child.pid,
                peer->is_gone ? "ended with" : "runs", peer->status);
    if (peer->is_gone)
        return;
    for (pid_t thread = peer->child.pid; thread < peer->child.pid + 40; thread++) {
        static const char *const files[] = {"stat", "schedstat", "wchan", "syscall"};
        for (size_t i = 0; i < COUNT_OF(files); i++) {
            snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)peer->child.pid, (int)thread, files[i]);
            print_file(path);
        }
    }
}

void give_up(struct round *round, const char *file, int line, const char *what)
{
    print_error("not so: %s\n", what);
    print_error("  point %s:%d, seed %llu\n", round->point == NULL ? "none" : round->point, round->pass,
                (unsigned long long)round->seed);
    for (int i = 0; i < round->count; i++)
        print_peer(&round->peers[i], i);
    round->suite->print(round);
    round_end(round);
    _fail(file, line);
}

/* ---- Peers -----------------------------------------------------------------------------------------------
 */

void order_add(struct order *order, const char *words)
{
    char *text = order->text + order->used;
    size_t length = strlen(words) + 1;
    must(length <= sizeof order->text - order->used);
    memcpy(text, words, length);
    order->used += length;
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " ")) {
        must(order->count < COMMAND_WORDS - 1);
        order->words[order->count++] = word;
    }
}

void order_begin(struct order *order, const struct round *round, bool is_victim)
{
    char ledger[64];
    const char *named = is_victim ? getenv("STRAIT_KILL_VICTIM") : NULL;
    memset(order, 0, sizeof *order);
    snprintf(ledger, sizeof ledger, "/proc/%d/fd/%d", (int)getpid(), round->ledger_fd);
    order_add(order, named != NULL ? named : is_victim ? round->suite->victim : round->suite->survivor);
    order_add(order, ledger);
    order_add(order, test_directory);
    if (is_victim && round->point != NULL)
        snprintf(order->kill_at, sizeof order->kill_at, "%s:%d", round->point, round->pass);
}

static void become_peer(int parent, void *context)
{
    struct order *order = context;
    (void)parent;
    if (order->prepare != NULL)
        order->prepare();
    if (order->kill_at[0] != '\0')
        setenv("STRAIT_KILL_AT", order->kill_at, 1);
    execv(order->words[0], order->words);
    perror(order->words[0]);
    _exit(127);
}

struct peer *next_peer(struct round *round)
{
    must(round->count < ROUND_PEERS);
    return &round->peers[round->count++];
}

void launch(struct peer *peer, int role, struct order *order)
{
    *peer = (struct peer){.child = child_start(become_peer, order), .role = role};
}

bool is_gone(struct peer *peer)
{
    int status;
    if (peer->is_gone)
        return true;
    if (waitpid(peer->child.pid, &status, WNOHANG) != peer->child.pid)
        return false;
    close(peer->child.socket);
    peer->status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    peer->is_gone = true;
    return true;
}

bool has_failed(struct round *round)
{
    for (int i = 0; i < round->count; i++)
        if (is_gone(&round->peers[i]) && round->peers[i].status != 0 && round->peers[i].status != -SIGKILL)
            return true;
    return false;
}

void kill_peer(struct round *round, struct peer *peer)
{
    see(round, !is_gone(peer));
    must(kill(peer->child.pid, SIGKILL) == 0);
    see_dead(round, peer);
}

void see_dead(struct round *round, struct peer *victim)
{
    see_soon(round, is_gone(victim));
    see(round, victim->status == -SIGKILL);
}

/* ---- Which -----------------------------------------------------------------------------------------------
 */

bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (name != NULL && begins_with(name, argv[i]))
            return true;
    return false;
}

int run_wanted(const char *group, const struct CMUnitTest *all, size_t all_count,
               const char *(*name_of)(const struct CMUnitTest *test), int argc, char **argv)
{
    struct CMUnitTest tests[128];
    size_t count = 0;
    must(all_count <= COUNT_OF(tests));
    for (size_t i = 0; i < all_count; i++)
        if (is_wanted(name_of(&all[i]), argc, argv))
            tests[count++] = all[i];
    if (count == 0) {
        fprintf(stderr, "usage: %s PREFIX ...\n", argv[0]);
        return 2;
    }
    return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}
