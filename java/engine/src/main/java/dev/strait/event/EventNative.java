package dev.strait.event;

import dev.strait.ErrnoException;
import dev.strait.internal.Failure;
import dev.strait.internal.NativeLibrary;

/** internal/event.h. Results below 0 are negated errnos. */
final class EventNative {
    static {
        NativeLibrary.bind(EventNative.class);
    }

    private EventNative() {}

    static native int openCounter(int initial, boolean semaphore);

    static native int add(int fd, long count);

    /** Of a counter or a timer; {@code count} gets it. */
    static native int take(int fd, long[] count);

    static native int openTimer(int clock);

    /** What a clock says. */
    static native long now(int clock);

    static native int setTimer(int fd, int flags, long firstNs, long intervalNs);

    /** {@code times} gets what is left, and the interval. */
    static native int getTimer(int fd, long[] times);

    static native int openProcess(int pid);

    static native int signal(int fd, int number);

    /** 1, or EAGAIN. */
    static native int ended(int fd);

    /** The result of a call that does not wait. */
    static long checked(String operation, Object object, long result) throws ErrnoException {
        if (result < 0) {
            throw Failure.errno(result, operation, object.toString());
        }
        return result;
    }
}
