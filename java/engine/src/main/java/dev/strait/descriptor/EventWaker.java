package dev.strait.descriptor;

import dev.strait.internal.Waker;

/** Ends a wait by an eventfd(2) that is polled beside the descriptor. */
final class EventWaker extends Waker {
    private int fd = DescriptorNative.openWaker();

    /** True before the eventfd is written to: as long as it is false, there is nothing to be reset. */
    private volatile boolean rung;

    /** A negated errno when it could not be opened. */
    int fd() {
        return fd;
    }

    @Override
    public synchronized void wake() {
        if (fd >= 0) {
            rung = true;
            DescriptorNative.wake(fd);
        }
    }

    /** What has rung it so far does not end a wait any more. */
    void reset() {
        if (rung) {
            resetRung();
        }
    }

    private synchronized void resetRung() {
        rung = false;
        DescriptorNative.resetWaker(fd);
    }

    @Override
    public synchronized void free() {
        DescriptorNative.close(fd);
        fd = -1;
    }
}
