package dev.strait.signal;

import dev.strait.internal.NativeLibrary;

/** strait/signal.h, but for dispatchers. Results from -4095 to -1 are negated errnos. */
final class SignalNative {
    static {
        NativeLibrary.bind(SignalNative.class);
        stay();
    }

    private SignalNative() {}

    /** Keeps the library loaded: signal handlers are for ever. */
    private static native void stay();

    /** Null when there is none. */
    static native String name(int number);

    static native int number(String name);

    static native int action(int number);

    /** Null when it may be taken. */
    static native String refusal(int number);

    static native int send(int kind, int id, int thread, int number);

    static native int queue(int kind, int id, int thread, int number, int value);

    /** The handle of a target. */
    static native long find(String directory, String name, long[] options, long[] failure);

    static native int sendTo(long target, int number);

    static native int queueTo(long target, int number, int value);

    static native void forget(long target);

    /** Fills what {@link ProcessSignals} reads. */
    static native int look(int pid, int thread, long[] values);

    static native int coreFilter(int pid);

    static native int setCoreFilter(int pid, int bits);

    /** The length of what was read. */
    static native int corePattern(byte[] pattern);
}
