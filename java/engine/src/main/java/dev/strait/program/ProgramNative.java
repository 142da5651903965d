package dev.strait.program;

import dev.strait.internal.NativeLibrary;

/** internal/program.h. Results below 0 are negated errnos. Strings are UTF-8 and end with 0. */
final class ProgramNative {
    static {
        NativeLibrary.bind(ProgramNative.class);
    }

    private ProgramNative() {}

    /**
     * Starts it.
     *
     * @param strings arguments, changes of the environment, directory or an empty one
     * @param numbers how many arguments, how many changes, whether it forgets the environment, its group; and for each
     *     descriptor our number and its
     * @param failed filled as {@link dev.strait.internal.Failure#values} says
     * @return pid in the upper half, pidfd in the lower
     */
    static native long start(byte[] strings, int[] numbers, long[] failed);

    /** An exit status, or a signal from bit 8 on. */
    static native int reap(int pid);

    /** open(2), which {@code kick} ends. */
    static native int open(byte[] path, int flags, long kick);

    static native void close(int fd);
}
