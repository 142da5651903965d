#include "internal/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int strait_pipe_open(int ends[2], int flags)
{
    return pipe2(ends, flags | O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}
