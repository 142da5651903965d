#include "peer.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "strait/strait.h"

#define ASLEEP_LOOKS 10000 /* a millisecond each */
#define NS_PER_MS    INT64_C(1000000)

static const struct peer_command *known;

static struct {
    pthread_t thread;
    bool running;
    _Atomic pid_t tid;
    _Atomic bool done;
    struct peer_call call;
} background;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* ---- Replies ---------------------------------------------------------------------------------------------
 */

void peer_say(struct peer_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t room = sizeof text->characters - text->length;
    int length = vsnprintf(text->characters + text->length, room, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->length += (size_t)length < room ? (size_t)length : room - 1;
}

void peer_say_result(struct peer_text *text, int result)
{
    const char *name = strait_outcome_name(result);
    if (name != NULL && result != STRAIT_READY)
        peer_say(text, "%s", name);
    else if (result < 0)
        peer_say(text, "error %s", strait_errno_symbol(result));
    else
        peer_say(text, "%d", result);
}

void peer_say_done(struct peer_text *text, int result, const char *done)
{
    if (result == 0)
        peer_say(text, "%s", done);
    else
        peer_say_result(text, result);
}

void peer_say_awaited(struct peer_text *text, const struct peer_wait *wait, int result, const char *done)
{
    peer_say_done(text, result, done);
    if (result == STRAIT_TIMED_OUT && now_ns() - wait->start_ns < wait->timeout_ns)
        peer_say(text, " too early");
}

/* ---- Arguments -------------------------------------------------------------------------------------------
 */

static int64_t parse(const char *word, int base)
{
    char *end;
    long long value = strtoll(word, &end, base);
    if (*word == '\0' || *end != '\0') {
        fprintf(stderr, "%s is no number\n", word);
        exit(2);
    }
    return value;
}

int64_t peer_number(const struct peer_call *call, int index)
{
    return parse(call->words[index], 10);
}

bool peer_has(const struct peer_call *call, const char *word)
{
    for (int i = 1; i < call->count; i++)
        if (strcmp(call->words[i], word) == 0)
            return true;
    return false;
}

int64_t peer_option(const struct peer_call *call, const char *name, int base, int64_t otherwise)
{
    size_t length = strlen(name);
    for (int i = 1; i < call->count; i++)
        if (strncmp(call->words[i], name, length) == 0 && call->words[i][length] == '=')
            return parse(call->words[i] + length + 1, base);
    return otherwise;
}

int64_t peer_spin_ns(const struct peer_call *call)
{
    if (peer_has(call, "spin"))
        return STRAIT_SPIN_ONLY;
    return peer_has(call, "mixed") ? STRAIT_SPIN_DEFAULT_NS : 0;
}

struct peer_wait peer_begin_wait(const struct peer_call *call, int index)
{
    return (struct peer_wait){peer_spin_ns(call), peer_number(call, index) * NS_PER_MS, now_ns()};
}

/* ---- Commands --------------------------------------------------------------------------------------------
 */

static void split(struct peer_call *call)
{
    char *rest = call->line;
    char *word;
    call->count = 0;
    call->reply.length = 0;
    call->reply.characters[0] = '\0';
    while ((word = strsep(&rest, " \n")) != NULL)
        if (*word != '\0' && call->count < PEER_WORDS)
            call->words[call->count++] = word;
}

static void carry_out(struct peer_call *call)
{
    for (const struct peer_command *command = known; command->name != NULL; command++)
        if (call->count > command->arguments && strcmp(command->name, call->words[0]) == 0) {
            command->run(call);
            return;
        }
    peer_say(&call->reply, "error ENOSYS");
}

static void *run_background(void *unused)
{
    (void)unused;
    atomic_store(&background.tid, (pid_t)syscall(SYS_gettid));
    carry_out(&background.call);
    atomic_store(&background.done, true);
    return NULL;
}

/* `line` is what stands behind "start". */
static void start(const char *line, struct peer_call *call)
{
    peer_join();
    memccpy(background.call.line, line, '\0', sizeof background.call.line);
    split(&background.call);
    atomic_store(&background.tid, 0);
    atomic_store(&background.done, false);
    background.running = pthread_create(&background.thread, NULL, run_background, NULL) == 0;
    peer_say(&call->reply, background.running ? "started" : "error EAGAIN");
}

void peer_join(void)
{
    if (background.running)
        pthread_join(background.thread, NULL);
    background.running = false;
}

static void result(struct peer_call *call)
{
    peer_join();
    peer_say(&call->reply, "%s", background.call.reply.characters);
}

/* The state in /proc/PID/task/TID/stat, behind the name in brackets: S sleeps. */
static char state_of(pid_t tid)
{
    char path[64];
    char text[512] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)tid);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return '?';
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end == NULL || name_end[1] == '\0' ? '?' : name_end[2];
}

/* Between its start and its wait a thread of ours does nothing that sleeps. */
static void asleep(struct peer_call *call)
{
    const struct timespec pause = {0, NS_PER_MS};
    for (int i = 0; i < ASLEEP_LOOKS && !atomic_load(&background.done); i++) {
        pid_t tid = atomic_load(&background.tid);
        if (tid != 0 && state_of(tid) == 'S') {
            peer_say(&call->reply, "asleep");
            return;
        }
        nanosleep(&pause, NULL);
    }
    peer_say(&call->reply, "awake");
}

int peer_serve(const struct peer_command *commands)
{
    static struct peer_call call;
    known = commands;
    while (fgets(call.line, sizeof call.line, stdin) != NULL) {
        if (strncmp(call.line, "start ", 6) == 0) {
            call.reply.length = 0;
            start(call.line + 6, &call);
        } else {
            split(&call);
            if (call.count == 1 && strcmp(call.words[0], "asleep") == 0)
                asleep(&call);
            else if (call.count == 1 && strcmp(call.words[0], "result") == 0)
                result(&call);
            else if (call.count > 0)
                carry_out(&call);
        }
        printf("%s\n", call.reply.characters);
        fflush(stdout);
    }
    return 0;
}
