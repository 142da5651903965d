/*
 * What the kill suites share, kill_test.c and kill_sync_test.c: peers that are started, killed and watched,
 * chance, and what is said when something is not so. There is one round at a time.
 */
#ifndef STRAIT_TEST_KILL_SUITE_H
#define STRAIT_TEST_KILL_SUITE_H

#include "../support.h"

#define PATIENCE_NS   (20 * SECOND)
#define PROGRESS      20
#define ROUND_PEERS   160
#define COMMAND_WORDS 32

struct peer {
    struct child child;
    int role; /* the suite's number for it */
    bool is_gone;
    int status; /* as child_end */
};

struct round {
    uint64_t seed;
    uint64_t random;
    void *ledger;
    size_t ledger_bytes;
    int ledger_fd;
    struct peer peers[ROUND_PEERS];
    int count;
    const char *point; /* what the next victim dies of; NULL for nothing, */
    int pass;          /* and at which time that it gets there */
    const struct suite *suite;
};

struct suite {
    const char
        *victim; /* programs; STRAIT_KILL_VICTIM in the environment is a command in the victim's place */
    const char *survivor;
    void (*print)(struct round *round);  /* what there is to say of a round that failed */
    void (*forget)(struct round *round); /* what it leaves behind */
};

/* How a peer is started. */
struct order {
    char *words[COMMAND_WORDS];
    int count;
    char text[4096];
    size_t used;
    char kill_at[64]; /* empty for a survivor */
    void (*prepare)(void);
};

/* ---- Chance ----------------------------------------------------------------------------------------------
 */

uint64_t below(struct round *round, uint64_t bound);
bool chance(struct round *round);
uint64_t first_seed(void); /* STRAIT_KILL_SEED in the environment */

/* ---- Rounds ----------------------------------------------------------------------------------------------
 */

/* With a ledger of zeros. */
void round_begin(struct round *round, const struct suite *suite, uint64_t seed, size_t ledger_bytes);
void round_end(struct round *round);

void give_up(struct round *round, const char *file, int line, const char *what);
#define see(round, condition) ((condition) ? (void)0 : give_up(round, __FILE__, __LINE__, #condition))

#define see_soon(round, condition)                                                                           \
    do {                                                                                                     \
        int64_t deadline_ns = test_now_ns() + PATIENCE_NS;                                                   \
        while (!(condition)) {                                                                               \
            see(round, !has_failed(round));                                                                  \
            if (test_now_ns() > deadline_ns)                                                                 \
                give_up(round, __FILE__, __LINE__, #condition " in time");                                   \
            pause_briefly();                                                                                 \
        }                                                                                                    \
    } while (0)

/* ---- Peers -----------------------------------------------------------------------------------------------
 */

/* The program, the ledger and the directory; a victim dies at the round's point. */
void order_begin(struct order *order, const struct round *round, bool is_victim);
void order_add(struct order *order, const char *words);

struct peer *next_peer(struct round *round);
void launch(struct peer *peer, int role, struct order *order);

bool is_gone(struct peer *peer);
bool has_failed(struct round *round); /* whether some peer has found a mistake */
void kill_peer(struct round *round, struct peer *peer);
void see_dead(struct round *round, struct peer *victim); /* of its point */

/* ---- Which -----------------------------------------------------------------------------------------------
 */

bool begins_with(const char *text, const char *prefix);

/* Runs the tests whose names begin with an argument; NULL is none's name. */
int run_wanted(const char *group, const struct CMUnitTest *all, size_t all_count,
               const char *(*name_of)(const struct CMUnitTest *test), int argc, char **argv);

#endif
