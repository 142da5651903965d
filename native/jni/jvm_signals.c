/* What the JVM has signals for, so that nobody takes them from it. */
#include <signal.h>

#include "internal/signal_table.h"
#include "support.h"

#define ENDS "the Java VM ends in order by it; with -Xrs it is the program's"

void strait_jni_reserve_signals(void)
{
    strait_signal_reserve(SIGUSR2, STRAIT_SIGNAL_NEVER, "the Java VM suspends threads by it");
    strait_signal_reserve(SIGPROF, STRAIT_SIGNAL_NEVER, "Flight Recorder and other profilers sample by it");
    strait_signal_reserve(SIGRTMAX - 2, STRAIT_SIGNAL_NEVER, "java.nio ends system calls by it");
    strait_signal_reserve(SIGHUP, STRAIT_SIGNAL_IF_HANDLED, ENDS);
    strait_signal_reserve(SIGINT, STRAIT_SIGNAL_IF_HANDLED, ENDS);
    strait_signal_reserve(SIGTERM, STRAIT_SIGNAL_IF_HANDLED, ENDS);
    strait_signal_reserve(SIGQUIT, STRAIT_SIGNAL_IF_HANDLED,
                          "the Java VM shows its threads by it; with -Xrs it is the program's");
}
