package dev.strait.signal;

import dev.strait.internal.Failure;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A signal of signal(7), standard or real-time: a number and a name. There is one object for each.
 *
 * <p>The numbers of real-time signals are the C library's: {@code RTMIN} is 34 with glibc, since it keeps 32 and 33 for
 * itself.
 */
public final class Signal implements Comparable<Signal> {
    /** The greatest number. */
    public static final int MAX_NUMBER = 64;

    private static final Signal[] ALL = IntStream.rangeClosed(0, MAX_NUMBER)
            .mapToObj(number -> new Signal(number, SignalNative.name(number)))
            .toArray(Signal[]::new);

    private static final int FIRST_REAL_TIME = SignalNative.number("RTMIN");
    private static final int LAST_REAL_TIME = SignalNative.number("RTMAX");

    private final int number;
    private final String name;

    /** What happens to a process that has not said otherwise. */
    public enum Action {
        /** It ends. */
        TERMINATE,
        /** It ends with a core dump. */
        DUMP,
        /** Nothing. */
        IGNORE,
        /** It stops. */
        STOP,
        /** It goes on if it is stopped, whatever is done with the signal. */
        CONTINUE
    }

    private Signal(int number, String name) {
        this.number = number;
        this.name = name;
    }

    /**
     * The signal of a number.
     *
     * @param number 1 to {@link #MAX_NUMBER}
     * @return the signal
     * @throws IllegalArgumentException if there is none
     */
    public static Signal of(int number) {
        if (number < 1 || number > MAX_NUMBER) {
            throw new IllegalArgumentException("signal " + number + ": must be 1 to " + MAX_NUMBER);
        }
        return ALL[number];
    }

    /**
     * The signal of a name.
     *
     * @param name {@code "USR1"}, {@code "SIGUSR1"}, {@code "RTMIN"}, {@code "RTMIN+3"}, {@code "RTMAX-1"}, or a number
     * @return the signal
     * @throws IllegalArgumentException if there is none
     */
    public static Signal of(String name) {
        int number = SignalNative.number(name);
        if (Failure.isErrno(number)) {
            throw new IllegalArgumentException(
                    "signal \"" + name + "\": is neither a name such as USR1 or RTMIN+1, nor a number");
        }
        return ALL[number];
    }

    /**
     * A real-time signal.
     *
     * @param index 0 for RTMIN, 1 for RTMIN+1 and so on
     * @return the signal
     * @throws IllegalArgumentException if there is none
     */
    public static Signal realTime(int index) {
        int last = LAST_REAL_TIME - FIRST_REAL_TIME;
        if (index < 0 || index > last) {
            throw new IllegalArgumentException("real-time signal " + index + ": must be 0 to " + last);
        }
        return ALL[FIRST_REAL_TIME + index];
    }

    /**
     * The table of all.
     *
     * @return in the order of their numbers
     */
    public static List<Signal> all() {
        return List.of(ALL).subList(1, ALL.length);
    }

    /** Of the kernel's sets, where bit n-1 stands for signal n. */
    static Set<Signal> setOf(long bits) {
        Set<Signal> set = new TreeSet<>();
        for (int number = 1; number <= MAX_NUMBER; number++) {
            if ((bits & 1L << (number - 1)) != 0) {
                set.add(ALL[number]);
            }
        }
        return set;
    }

    /**
     * Its number on this machine.
     *
     * @return 1 to {@link #MAX_NUMBER}
     */
    public int number() {
        return number;
    }

    /**
     * Its name.
     *
     * @return {@code "USR1"}, {@code "RTMIN+3"}
     */
    public String name() {
        return name;
    }

    /**
     * Whether it is queued with its payload as often as it is sent.
     *
     * @return false for standard signals, of which one at a time can be pending
     */
    public boolean isRealTime() {
        return number >= FIRST_REAL_TIME && number <= LAST_REAL_TIME;
    }

    /**
     * What it does when nobody has said otherwise.
     *
     * @return the default action
     */
    public Action action() {
        return Action.values()[SignalNative.action(number) - 1];
    }

    /**
     * Why a {@link SignalDispatcher} may not take it, now and in this JVM. {@linkplain dev.strait.signal The package's
     * documentation} has the table.
     *
     * @return empty when it may be taken
     */
    public Optional<String> refusal() {
        return Optional.ofNullable(SignalNative.refusal(number));
    }

    @Override
    public int compareTo(Signal other) {
        return Integer.compare(number, other.number);
    }

    /**
     * For messages.
     *
     * @return {@code "USR1 (10)"}
     */
    @Override
    public String toString() {
        return name + " (" + number + ")";
    }
}
