package dev.strait.descriptor;

import dev.strait.internal.Failure;
import dev.strait.internal.Waker;

/** Ends a wait by an eventfd(2) that is polled beside the descriptor. */
final class EventWaker extends Waker {
    /** -1 when it was freed. */
    private int fd;

    EventWaker() {
        fd = DescriptorNative.openWaker();
        if (Failure.isErrno(fd)) {
            throw Failure.unchecked(fd, "eventfd", "to be woken by");
        }
    }

    int fd() {
        return fd;
    }

    @Override
    public synchronized void wake() {
        if (fd >= 0) {
            DescriptorNative.wake(fd);
        }
    }

    /** What has rung it so far does not end a wait any more. */
    void reset() {
        DescriptorNative.resetWaker(fd);
    }

    @Override
    public synchronized void free() {
        DescriptorNative.close(fd);
        fd = -1;
    }
}
