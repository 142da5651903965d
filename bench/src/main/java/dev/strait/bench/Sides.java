package dev.strait.bench;

/**
 * Who does it.
 *
 * @param label for logs and messages
 * @param first the program of the side that begins
 * @param second the other's, or null when the first is alone
 * @param helper a process that both need, started before them, or null
 * @param maxMessages how many messages they may be given at most, 0 for any number
 */
record Sides(String label, Program first, Program second, Program helper, long maxMessages) {
    Sides(String label, Program both) {
        this(label, both, both, null, 0);
    }

    boolean warmsUp() {
        return first.warmsUp() || (second != null && second.warmsUp());
    }
}
