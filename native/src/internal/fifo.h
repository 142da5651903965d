/* FIFOs: pipes with a name, see fifo(7). Results are 0 or positive, else a negated errno. */
#ifndef STRAIT_INTERNAL_FIFO_H
#define STRAIT_INTERNAL_FIFO_H

#include <stdbool.h>
#include <sys/types.h>

#include "internal/kick.h"

/* mkfifo(3): the umask takes bits of the mode away, unless it is to be exact. Then it is widened when the
 * name is there already, and the name is removed when that fails. */
int strait_fifo_create(const char *path, mode_t mode, bool is_exact);

/*
 * open(2) for O_RDONLY, O_WRONLY or O_RDWR. With a kick it waits for the other side, as an open does that is
 * not O_NONBLOCK, and is -EINTR when it is kicked; without, it does not wait. The descriptor is close-on-exec
 * and non-blocking. -EINVAL when it is something else than a FIFO.
 */
int strait_fifo_open(const char *path, int access, struct strait_kick *kick);

int strait_fifo_unlink(const char *path);

#endif
