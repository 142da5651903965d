package dev.strait.program;

/**
 * How a program has ended: by itself, or by a signal.
 *
 * @param code its exit status from 0 to 255; -1 when a signal has ended it
 * @param signal the signal that has ended it, see signal(7); 0 when it has ended by itself
 * @param dumpedCore whether it left a core dump
 */
public record ExitStatus(int code, int signal, boolean dumpedCore) {
    private static final int DUMPED = 0x10000;

    /** As the native call tells it. */
    static ExitStatus of(int status) {
        int signal = status >> 8 & 0xff;
        return new ExitStatus(signal == 0 ? status : -1, signal, (status & DUMPED) != 0);
    }

    /**
     * Whether it says that all went well.
     *
     * @return whether it has ended by itself, with 0
     */
    public boolean isSuccess() {
        return code == 0;
    }

    /**
     * For messages.
     *
     * @return {@code exit status 1} or {@code signal 9}
     */
    @Override
    public String toString() {
        return signal == 0 ? "exit status " + code : "signal " + signal + (dumpedCore ? ", core dumped" : "");
    }
}
