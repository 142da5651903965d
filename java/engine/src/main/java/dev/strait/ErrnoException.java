package dev.strait;

import java.io.IOException;

/**
 * A kernel call failed. The message has one shape: {@code linkat(/dev/shm/strait-0/orders): File exists (EEXIST)}.
 *
 * <p>What an errno means for a call stands in the call's manual page, section 2, under ERRORS.
 */
public final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int errno;
    private final String symbol;
    private final String operation;
    private final String object;

    /**
     * Made by the engine.
     *
     * @param operation the call that failed, {@code "linkat"}
     * @param object what it was called on, a path for instance
     * @param errno its error number, positive
     * @param symbol the number's name, {@code "EEXIST"}
     * @param text the number's description, {@code "File exists"}
     */
    public ErrnoException(String operation, String object, int errno, String symbol, String text) {
        super(operation + "(" + object + "): " + text + " (" + symbol + ")");
        this.errno = errno;
        this.symbol = symbol;
        this.operation = operation;
        this.object = object;
    }

    /**
     * The error number.
     *
     * @return a positive number, 17 for EEXIST
     */
    public int errno() {
        return errno;
    }

    /**
     * The error's name.
     *
     * @return {@code "EEXIST"} for instance
     */
    public String symbol() {
        return symbol;
    }

    /**
     * The call that failed.
     *
     * @return its name, {@code "linkat"} for instance
     */
    public String operation() {
        return operation;
    }

    /**
     * What the call was made on.
     *
     * @return a path for instance
     */
    public String object() {
        return object;
    }
}
