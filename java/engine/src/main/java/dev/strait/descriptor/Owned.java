package dev.strait.descriptor;

import dev.strait.Outcome;
import dev.strait.internal.Failure;
import dev.strait.internal.Usage;
import dev.strait.internal.VirtualThreads;
import dev.strait.internal.Waiting;
import java.nio.ByteBuffer;

/** A descriptor's number, and who uses it: what outlives the {@link Descriptor}. */
final class Owned {
    static final int EINTR = Waiting.EINTR;
    static final int EAGAIN = 11;
    static final int ETIMEDOUT = 110;
    static final long FOREVER = Long.MAX_VALUE;

    final int fd;
    final Usage usage;
    /** Given up and not ours to close. */
    private volatile boolean released;

    private final Descriptor.Companion companion;

    Owned(int fd, Descriptor.Companion companion) {
        this.fd = fd;
        this.companion = companion;
        this.usage = new Usage(this::free);
    }

    void close() {
        if (usage.close()) {
            companion.gone(false);
        }
    }

    private void free() {
        if (!released) {
            DescriptorNative.close(fd);
        }
    }

    /** Closes it, but for its number, when nobody is inside any more. False when it was closed before. */
    boolean release() {
        if (!usage.enter()) {
            return false;
        }
        boolean first = usage.close(); // free only after we have left
        released |= first;
        usage.leave();
        if (first) {
            companion.gone(true);
            usage.awaitFree();
        }
        return first;
    }

    /** Tries once: what the call answered, or CLOSED. */
    long attempt(Descriptor.Call call) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            return call.run(fd);
        } finally {
            usage.leave();
        }
    }

    /** As {@link #attempt} of {@link Bytes#read}, without an object made for it. */
    long read(ByteBuffer target) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            return Bytes.read(fd, target);
        } finally {
            usage.leave();
        }
    }

    /** As {@link #attempt} of {@link Bytes#write}, without an object made for it. */
    long write(ByteBuffer source) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            return Bytes.write(fd, source);
        } finally {
            usage.leave();
        }
    }

    /**
     * Makes a call as often as it answers EAGAIN, and waits for events in between; or also for events of another
     * descriptor, which may be null. What it answered; CLOSED when either is; TIMED_OUT; -EINTR; -EMFILE when there is no
     * descriptor left to be woken by.
     */
    long await(Descriptor.Call call, int events, Owned other, int otherEvents, long timeoutNs, boolean interruptible) {
        if (!usage.enter()) {
            return Outcome.CLOSED;
        }
        try {
            EventWaker spare = (EventWaker) usage.takeSpare();
            EventWaker waker = spare == null ? new EventWaker() : spare;
            if (Failure.isErrno(waker.fd())) {
                return waker.fd();
            }
            try {
                return new Wait(waker, other, timeoutNs, interruptible).run(call, events, otherEvents);
            } finally {
                waker.reset();
                usage.giveBack(waker);
            }
        } finally {
            usage.leave();
        }
    }

    /** One wait of one thread. */
    private final class Wait implements Waiting.Call {
        private final EventWaker waker;
        private final Owned other;
        private final long timeoutNs;
        private final long startNs = System.nanoTime();
        private final boolean interruptible;
        private int awaitedFd;
        private int awaitedEvents;

        Wait(EventWaker waker, Owned other, long timeoutNs, boolean interruptible) {
            this.waker = waker;
            this.other = other;
            this.timeoutNs = timeoutNs;
            this.interruptible = interruptible;
        }

        long run(Descriptor.Call call, int events, int otherEvents) {
            usage.add(waker);
            if (other != null) {
                other.usage.add(waker);
            }
            if (interruptible) {
                waker.hook.enter();
            }
            try {
                return repeat(call, events, otherEvents);
            } finally {
                if (interruptible) {
                    waker.hook.leave();
                }
                if (other != null) {
                    other.usage.remove(waker);
                }
                usage.remove(waker);
            }
        }

        private long repeat(Descriptor.Call call, int events, int otherEvents) {
            long result = -EAGAIN;
            while (result == -EAGAIN) {
                result = reasonToEnd();
                if (result == 0) {
                    result = call.run(fd);
                }
                if (result == -EAGAIN) {
                    result = sleep(fd, events);
                }
                if (result == -EAGAIN && other != null) {
                    result = reasonToEnd();
                    result = result == 0 ? sleep(other.fd, otherEvents) : result;
                }
            }
            return result;
        }

        /** What was rung before this is looked for after it. */
        private long reasonToEnd() {
            if (usage.isClosed() || (other != null && other.usage.isClosed())) {
                return Outcome.CLOSED;
            }
            return interruptible && Thread.currentThread().isInterrupted() ? -EINTR : 0;
        }

        /** -EAGAIN when it is worth trying again. */
        private long sleep(int fd, int events) {
            awaitedFd = fd;
            awaitedEvents = events;
            int outcome =
                    VirtualThreads.isCurrent() ? Waiting.park(this, leftNs(), interruptible) : await(0, 0, leftNs());
            waker.reset();
            return outcome >= 0 ? -EAGAIN : outcome;
        }

        private long leftNs() {
            return timeoutNs == FOREVER ? FOREVER : timeoutNs - (System.nanoTime() - startNs);
        }

        @Override
        public int await(int interrupts, long spinNs, long leftNs) {
            return DescriptorNative.await(awaitedFd, awaitedEvents, waker.fd(), leftNs);
        }

        @Override
        public long begin() {
            return DescriptorNative.begin(awaitedFd, awaitedEvents, waker.fd());
        }
    }
}
