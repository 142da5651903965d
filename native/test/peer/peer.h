/*
 * A peer: a program that a test holds by its input and output. It reads commands, one a line, and answers
 * each with one line; so a test can move two peers step by step, and knows at each step what has happened.
 *
 * Every peer has three commands of its own. `start COMMAND ...` runs a command in a thread and answers
 * `started`; `asleep` answers so when the kernel says that this thread sleeps; `result` waits for it and
 * gives the command's reply.
 */
#ifndef STRAIT_TEST_PEER_H
#define STRAIT_TEST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PEER_LINE_BYTES 4096
#define PEER_TEXT_BYTES 32768
#define PEER_WORDS      12

struct peer_text {
    size_t length;
    char characters[PEER_TEXT_BYTES];
};

/* A command that is being carried out. */
struct peer_call {
    char line[PEER_LINE_BYTES];
    char *words[PEER_WORDS]; /* the command's name and its arguments */
    int count;
    struct peer_text reply;
};

struct peer_command {
    const char *name;
    int arguments; /* how many at least */
    void (*run)(struct peer_call *call);
};

/* Serves until the input ends. `commands` ends with an entry without a name. */
int peer_serve(const struct peer_command *commands);

/* Waits for the thread that `start` began, if there is one. */
void peer_join(void);

/* Arguments. A word that is no number ends the program: the test is wrong. */
int64_t peer_number(const struct peer_call *call, int index);
bool peer_has(const struct peer_call *call, const char *word);
/* "user=64" is peer_option(call, "user", 10, 0) == 64. */
int64_t peer_option(const struct peer_call *call, const char *name, int base, int64_t otherwise);

/* How to wait: "spin", "mixed", or else at once asleep. */
int64_t peer_spin_ns(const struct peer_call *call);

/* A wait that begins now and takes as many milliseconds as that word says. */
struct peer_wait {
    int64_t spin_ns;
    int64_t timeout_ns;
    int64_t start_ns;
};
struct peer_wait peer_begin_wait(const struct peer_call *call, int index);

__attribute__((format(printf, 2, 3))) void peer_say(struct peer_text *text, const char *format, ...);

/* Says "error EINVAL" for a negated errno, the name of an outcome, or a number. */
void peer_say_result(struct peer_text *text, int result);
/* The same for calls that answer 0 when they did it. */
void peer_say_done(struct peer_text *text, int result, const char *done);
/* The same for those that wait, with a word more when the time given has not passed. */
void peer_say_awaited(struct peer_text *text, const struct peer_wait *wait, int result, const char *done);

#endif
