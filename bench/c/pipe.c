/* Two named pipes, one for each direction. */
#include <sys/stat.h>

#include "stream.h"

enum { PIPE_BYTES = 1 << 20 };

static void make(const char *path)
{
    if (mkfifo(path, 0600) != 0 && errno != EEXIST)
        side_fail(path);
}

/* Blocks until the other side has opened it too. */
static int open_pipe(const char *path, int flags)
{
    make(path);
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        side_fail(path);
    fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES); /* as large as is allowed */
    return fd;
}

static void end_open(struct end *end, const struct parameters *parameters)
{
    stream_init(end, parameters);
    if (parameters->first) {
        end->out = open_pipe(side_path(parameters, "there"), O_WRONLY);
        end->in = open_pipe(side_path(parameters, "back"), O_RDONLY);
    } else {
        end->in = open_pipe(side_path(parameters, "there"), O_RDONLY);
        end->out = open_pipe(side_path(parameters, "back"), O_WRONLY);
    }
    stream_mode(end->in, parameters->spins);
    stream_mode(end->out, parameters->spins);
}

static void cycle(const struct parameters *parameters)
{
    const char *path = side_path(parameters, "cycle");
    make(path);
    int in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int out = open(path, O_WRONLY | O_CLOEXEC);
    if (in < 0 || out < 0)
        side_fail(path);
    stream_pass(out, in);
    close(out);
    close(in);
    unlink(path);
}

#include "roles.h"
