/* Who this process is, for people who look at a segment. Nothing decides by it. */
#ifndef STRAIT_INTERNAL_PROCESS_H
#define STRAIT_INTERNAL_PROCESS_H

#include <stdint.h>

#include "internal/layout.h"

/* Field 22 of /proc/self/stat: clock ticks from boot to the start of this process; 0 without /proc. */
uint64_t strait_process_start_ticks(void);

/* The command's name, as in /proc/self/comm, padded with zeros. */
void strait_process_command(char command[STRAIT_COMMAND_BYTES]);

#endif
