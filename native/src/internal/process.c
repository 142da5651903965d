#include "internal/process.h"

#include <stdio.h>
#include <string.h>

static size_t read_file(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return 0;
    size_t length = fread(text, 1, bytes - 1, file);
    fclose(file);
    text[length] = '\0';
    return length;
}

uint64_t strait_process_start_ticks(void)
{
    char text[1024];
    unsigned long long ticks = 0;
    if (read_file("/proc/self/stat", text, sizeof text) == 0)
        return 0;
    const char *rest = strrchr(text, ')'); /* the command, field 2, may hold anything */
    if (rest == NULL ||
        sscanf(rest + 1, " %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
               &ticks) != 1)
        return 0;
    return ticks;
}

void strait_process_command(char command[STRAIT_COMMAND_BYTES])
{
    char text[64];
    memset(command, 0, STRAIT_COMMAND_BYTES);
    if (read_file("/proc/self/comm", text, sizeof text) == 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    memcpy(command, text, strnlen(text, STRAIT_COMMAND_BYTES - 1));
}
