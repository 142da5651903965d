package dev.strait.segment;

import java.io.IOException;

/**
 * What was to be opened is no segment that this library can use, or belongs to someone else than expected. The message
 * names both values: {@code open(/dev/shm/strait-0/orders): layout version is 2, expected 1}.
 */
public final class SegmentMismatchException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String what;
    private final String expected;
    private final String found;

    /**
     * Made by the engine.
     *
     * @param object path of the segment
     * @param what which property differs
     * @param expected its value here
     * @param found its value there
     */
    public SegmentMismatchException(String object, String what, String expected, String found) {
        super("open(" + object + "): " + what + " is " + found + ", expected " + expected);
        this.what = what;
        this.expected = expected;
        this.found = found;
    }

    /**
     * Which property differs.
     *
     * @return {@code "layout version"} for instance
     */
    public String what() {
        return what;
    }

    /**
     * The value that this library, or the caller, expected.
     *
     * @return the value as in the message
     */
    public String expected() {
        return expected;
    }

    /**
     * The value that was found.
     *
     * @return the value as in the message
     */
    public String found() {
        return found;
    }
}
