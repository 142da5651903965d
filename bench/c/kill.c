/* kill PID: sends SIGKILL, and prints the time just before, on the clock that the survivor reads. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "side.h"

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: kill PID\n");
        return 2;
    }
    pid_t pid = (pid_t)strtol(argv[1], NULL, 10);
    int64_t before_ns = now_ns();
    if (pid <= 1 || kill(pid, SIGKILL) != 0)
        return 1;
    printf("%lld\n", (long long)before_ns);
    return 0;
}
