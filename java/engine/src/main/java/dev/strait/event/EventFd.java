package dev.strait.event;

import dev.strait.descriptor.Descriptor;
import java.io.IOException;
import java.time.Duration;

/**
 * A counter with a descriptor, eventfd(2): who takes waits until it is not 0. It is readable when something can be taken,
 * and writable when 1 can be added; a {@link dev.strait.wait.WaitSet}, any epoll(7) loop and any program that has been given
 * the descriptor can wait for that.
 *
 * <pre>{@code
 * try (EventFd work = EventFd.open(0)) {
 *     work.add(3);
 *     long jobs = work.take(); // 3, and the counter is 0
 * }
 * }</pre>
 *
 * <p>Between processes that share a segment a {@link dev.strait.sync.Semaphore} or a {@link dev.strait.sync.Sequence} costs no
 * system call while nobody waits, and one can hear of a peer's death. An eventfd is for those who poll descriptors.
 *
 * <p>An interrupt ends a wait with {@link InterruptedException}, and this stays open. Where this does not
 * {@linkplain #configureBlocking block}, what would wait answers at once.
 */
public final class EventFd extends Descriptor {
    private EventFd(int fd) {
        super(fd, "EventFd");
    }

    /**
     * A new one, of which everything is taken at once.
     *
     * @param initial what the counter begins with, 0 or more
     * @return the counter
     * @throws dev.strait.ErrnoException EMFILE, ENFILE, ENOMEM
     * @throws IllegalArgumentException if {@code initial} is negative
     */
    public static EventFd open(int initial) throws IOException {
        return open(initial, false);
    }

    /**
     * A new one, of which 1 is taken at a time: EFD_SEMAPHORE.
     *
     * @param initial what the counter begins with, 0 or more
     * @return the counter
     * @throws dev.strait.ErrnoException EMFILE, ENFILE, ENOMEM
     * @throws IllegalArgumentException if {@code initial} is negative
     */
    public static EventFd openSemaphore(int initial) throws IOException {
        return open(initial, true);
    }

    private static EventFd open(int initial, boolean semaphore) throws IOException {
        if (initial < 0) {
            throw new IllegalArgumentException("initial " + initial + ": must be 0 or more");
        }
        return new EventFd(
                (int) EventNative.checked("eventfd", "EventFd", EventNative.openCounter(initial, semaphore)));
    }

    /**
     * Takes over an eventfd(2) that was inherited or received. Whether 1 is taken at a time is as its maker chose.
     *
     * @param fd its number, which is this object's to close from now on
     * @return the counter
     * @throws dev.strait.ErrnoException EBADF
     */
    public static EventFd adopt(int fd) throws IOException {
        return new EventFd(prepare(fd));
    }

    /**
     * Adds to the counter, and waits while the sum would be more than 2<sup>64</sup> - 2.
     *
     * @param count 0 or more
     * @return true; false when it could not be added at once and this does not block
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     * @throws dev.strait.ErrnoException ETIMEDOUT; EINVAL when {@link #adopt} was given something else
     * @throws IllegalArgumentException if {@code count} is negative
     */
    public boolean add(long count) throws IOException, InterruptedException {
        if (count < 0) {
            throw new IllegalArgumentException("count " + count + ": must be 0 or more");
        }
        return performInterruptibly("write", POLLOUT, fd -> EventNative.add(fd, count)) != UNAVAILABLE;
    }

    /**
     * Takes what there is, or 1 of it, and waits while the counter is 0.
     *
     * @return what was taken, never 0 but when the counter is 0 and this does not block; more than {@link Long#MAX_VALUE} is
     *     negative, and to be read as unsigned
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     * @throws dev.strait.ErrnoException ETIMEDOUT
     */
    public long take() throws IOException, InterruptedException {
        long[] count = new long[1];
        performInterruptibly("read", POLLIN, fd -> EventNative.take(fd, count));
        return count[0];
    }

    /**
     * As {@link #take()}, for some time at most.
     *
     * @param time 0 or less does not wait
     * @return as {@link #take()}; 0 when the counter was 0 all the time
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws java.nio.channels.ClosedChannelException if this is closed, or is meanwhile
     */
    public long take(Duration time) throws IOException, InterruptedException {
        long[] count = new long[1];
        performInterruptibly("read", POLLIN, time, fd -> EventNative.take(fd, count));
        return count[0];
    }
}
