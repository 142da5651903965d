/* Real-time signals that the process has no use for, for the library's own. */
#ifndef STRAIT_INTERNAL_SPARE_SIGNAL_H
#define STRAIT_INTERNAL_SPARE_SIGNAL_H

#include <signal.h>

/* Gives `action` to the first from SIGRTMAX-3 downwards that has its default disposition, and returns it;
 * -EBUSY when all have handlers. The JVM has SIGRTMAX-2. */
int strait_spare_signal(const struct sigaction *action);

#endif
