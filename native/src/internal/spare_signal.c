#include "internal/spare_signal.h"

#include <errno.h>
#include <stdbool.h>

static bool is_spare(int number)
{
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
           now.sa_handler == SIG_DFL;
}

int strait_spare_signal(const struct sigaction *action)
{
    for (int number = SIGRTMAX - 3; number >= SIGRTMIN; number--)
        if (is_spare(number) && sigaction(number, action, NULL) == 0)
            return number;
    return -EBUSY;
}
