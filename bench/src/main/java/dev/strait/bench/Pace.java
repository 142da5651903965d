package dev.strait.bench;

/**
 * How long things take.
 *
 * @param rounds how often everything is measured, at most
 * @param warmupMs until a JVM has compiled what it does
 * @param nativeWarmupMs for two sides in C
 * @param measureMs what is counted
 * @param idleMs how long a reader waits in idle-cpu
 * @param deaths in a round of death-notice
 * @param budgetSeconds no round is begun that would not end by then, but for the first
 * @param maxMessages in round trips and streams, 0 for no bound
 * @param verifies whether every byte is looked at, which nothing is measured with
 */
record Pace(
        int rounds,
        int warmupMs,
        int nativeWarmupMs,
        int measureMs,
        int idleMs,
        int deaths,
        long budgetSeconds,
        long maxMessages,
        boolean verifies) {
    static final Pace FULL = new Pace(5, 2_000, 300, 2_000, 10_000, 5, Long.MAX_VALUE, 0, false);
    /** A round takes about four minutes on a machine with nothing else to do. */
    static final Pace QUICK = new Pace(3, 500, 50, 300, 10_000, 1, 12 * 60, 0, false);

    /** Of the mechanisms, some six minutes on a machine with nothing else to do; the system calls take another. */
    static final Pace MECHANISMS = new Pace(3, 800, 100, 600, 0, 0, 7 * 60, 0, false);

    static final Pace MECHANISMS_QUICK = MECHANISMS.withRounds(1);

    /** That ends by the number of messages. */
    static Pace counting(long messages) {
        return new Pace(1, 0, 0, 60_000, 0, 0, Long.MAX_VALUE, messages, false);
    }

    Pace withRounds(int newRounds) {
        return new Pace(
                newRounds, warmupMs, nativeWarmupMs, measureMs, idleMs, deaths, budgetSeconds, maxMessages, verifies);
    }
}
