package dev.strait.signal;

import dev.strait.internal.NativeLibrary;

/** Dispatchers of strait/signal.h. Results from -4095 to -1 are negated errnos. */
final class DispatcherNative {
    /** How many numbers {@link #receive} fills for each signal. */
    static final int VALUES = 4;

    static {
        NativeLibrary.bind(DispatcherNative.class);
    }

    private DispatcherNative() {}

    /** A handle. By the thread that receives. The name may be null. */
    static native long open(int mode, String directory, String name, long[] options, long[] failure);

    static native int take(long dispatcher, int number);

    static native int ignore(long dispatcher, int number);

    static native int release(long dispatcher, int number);

    /** How many, 0 when it was woken. Waits for ever. */
    static native int receive(long dispatcher, long[] signals);

    static native void wake(long dispatcher);

    static native int thread(long dispatcher);

    static native void close(long dispatcher);

    /** Blocks all signals that may be taken in this thread; what was blocked before. */
    static native long blockFree();

    /** Unblocks again what {@link #blockFree} has blocked. */
    static native void unblockFree(long before);

    /** Once: lets children that Java makes inherit no mask of ours; nor that of the agent's signals. */
    static native void guardChildren(long agents);

    /** What messages for a queue are told by: an eventfd(2). */
    static native int openEvent();

    static native void setEvent(int fd);

    static native void resetEvent(int fd);
}
