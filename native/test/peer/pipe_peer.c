/*
 * The other side of a pipe or FIFO, for the Java tests: it uses libc alone.
 *
 *     pipe_peer copy FROM TO       opens both, and copies from the one to the other until the end
 *     pipe_peer lengths FROM       prints how many bytes each read(2) took
 *     pipe_peer records TO N C     N writes of PIPE_BUF bytes, all of them the character C
 *
 * "-" is standard input or output. A failure is printed, and the exit status is the errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(const char *call, ssize_t result)
{
    if (result >= 0)
        return;
    int error = errno;
    perror(call);
    exit(error);
}

static int open_end(const char *path, int access, int standard)
{
    if (strcmp(path, "-") == 0)
        return standard;
    int fd = open(path, access);
    check(path, fd);
    return fd;
}

static int copy(char **paths)
{
    char bytes[PIPE_BUF];
    int from = open_end(paths[0], O_RDONLY, STDIN_FILENO);
    int to = open_end(paths[1], O_WRONLY, STDOUT_FILENO);
    ssize_t length;
    while ((length = read(from, bytes, sizeof bytes)) > 0)
        check("write", write(to, bytes, (size_t)length));
    check("read", length);
    return 0;
}

static int lengths(char **paths)
{
    char bytes[1 << 16];
    int from = open_end(paths[0], O_RDONLY, STDIN_FILENO);
    ssize_t length;
    while ((length = read(from, bytes, sizeof bytes)) > 0)
        printf("%zd\n", length);
    check("read", length);
    return 0;
}

static int records(char **arguments)
{
    char record[PIPE_BUF];
    int to = open_end(arguments[0], O_WRONLY, STDOUT_FILENO);
    memset(record, arguments[2][0], sizeof record);
    for (int left = atoi(arguments[1]); left > 0; left--)
        check("write", write(to, record, sizeof record));
    return 0;
}

int main(int count, char **arguments)
{
    if (count == 4 && strcmp(arguments[1], "copy") == 0)
        return copy(arguments + 2);
    if (count == 3 && strcmp(arguments[1], "lengths") == 0)
        return lengths(arguments + 2);
    if (count == 5 && strcmp(arguments[1], "records") == 0)
        return records(arguments + 2);
    return EINVAL;
}
