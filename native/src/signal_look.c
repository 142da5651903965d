#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "strait/signal.h"

enum { STATUS_BYTES = 8192, PATH_BYTES = 64 };

/* ---- Small files of /proc --------------------------------------------------------------------------------
 */

/* A process that is gone: no file, or one that cannot be read any more. */
static int error_of(int error)
{
    return error == ENOENT ? -ESRCH : -error;
}

static int read_all(int fd, char *buffer, int bytes)
{
    int length = 0;
    ssize_t count;
    do {
        count = read(fd, buffer + length, (size_t)(bytes - 1 - length));
        if (count > 0)
            length += (int)count;
    } while (count > 0 || (count < 0 && errno == EINTR));
    buffer[length] = '\0';
    return count < 0 ? error_of(errno) : length;
}

static int read_file(const char *path, char *buffer, int bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_of(errno);
    int result = read_all(fd, buffer, bytes);
    close(fd);
    return result;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return error_of(errno);
    int result = write(fd, text, strlen(text)) < 0 ? error_of(errno) : 0;
    close(fd);
    return result;
}

/* ---- Signals ---------------------------------------------------------------------------------------------
 */

/* Behind a line's label: hexadecimal. */
static int parse_set(const char *status, const char *label, uint64_t *set)
{
    const char *line = strstr(status, label);
    if (line == NULL)
        return -EPROTO;
    *set = strtoull(line + strlen(label), NULL, 16);
    return 0;
}

static int parse_queue(const char *status, struct strait_signal_state *state)
{
    const char *line = strstr(status, "\nSigQ:");
    if (line == NULL ||
        sscanf(line, "\nSigQ: %" SCNu64 "/%" SCNu64, &state->queued, &state->queue_limit) != 2)
        return -EPROTO;
    return 0;
}

static int parse(const char *status, struct strait_signal_state *state)
{
    const struct {
        const char *label;
        uint64_t *set;
    } sets[] = {{"\nSigPnd:", &state->pending_thread},
                {"\nShdPnd:", &state->pending_process},
                {"\nSigBlk:", &state->blocked},
                {"\nSigIgn:", &state->ignored},
                {"\nSigCgt:", &state->caught}};
    int result = parse_queue(status, state);
    for (size_t i = 0; i < sizeof sets / sizeof sets[0] && result == 0; i++)
        result = parse_set(status, sets[i].label, sets[i].set);
    return result;
}

int strait_signal_look(int32_t pid, int32_t thread, struct strait_signal_state *state)
{
    char path[PATH_BYTES];
    char status[STATUS_BYTES];
    if (thread == 0)
        snprintf(path, sizeof path, "/proc/%" PRId32 "/status", pid);
    else
        snprintf(path, sizeof path, "/proc/%" PRId32 "/task/%" PRId32 "/status", pid, thread);
    int result = read_file(path, status, sizeof status);
    return result < 0 ? result : parse(status, state);
}

/* ---- Core dumps ------------------------------------------------------------------------------------------
 */

static void filter_path(int32_t pid, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "/proc/%" PRId32 "/coredump_filter", pid);
}

int strait_core_filter_get(int32_t pid)
{
    char path[PATH_BYTES];
    char text[16];
    filter_path(pid, path);
    int result = read_file(path, text, sizeof text);
    return result < 0 ? result : (int)strtoul(text, NULL, 16);
}

int strait_core_filter_set(int32_t pid, uint32_t bits)
{
    char path[PATH_BYTES];
    char text[16];
    filter_path(pid, path);
    snprintf(text, sizeof text, "0x%" PRIx32, bits);
    return write_file(path, text);
}

int strait_core_pattern(char *buffer, int bytes)
{
    int length = read_file("/proc/sys/kernel/core_pattern", buffer, bytes);
    if (length > 0 && buffer[length - 1] == '\n')
        buffer[--length] = '\0';
    return length;
}
