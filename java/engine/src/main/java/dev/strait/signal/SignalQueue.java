package dev.strait.signal;

import dev.strait.descriptor.Descriptor;
import dev.strait.internal.Failure;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A handler that keeps what has arrived until somebody takes it: so signals are handled where a program waits for other
 * things as well, {@link #whenReadable} in a {@link dev.strait.wait.WaitSet}.
 *
 * <p>It has a descriptor, an eventfd(2), that is readable while there is something to take. Any threads may use it. It holds
 * as much as arrives. Closing it forgets what it holds; from then on it fails as a handler.
 */
public final class SignalQueue extends Descriptor implements SignalHandler {
    private static final long EAGAIN = 11;

    private final Queue<ReceivedSignal> signals = new ConcurrentLinkedQueue<>();

    private SignalQueue(int fd) {
        super(fd, "SignalQueue");
    }

    /**
     * A new one, empty.
     *
     * @return the queue
     * @throws dev.strait.ErrnoException EMFILE, ENFILE, ENOMEM of eventfd2(2)
     * @throws IOException one of these
     */
    public static SignalQueue open() throws IOException {
        int fd = DispatcherNative.openEvent();
        if (fd < 0) {
            throw Failure.errno(fd, "eventfd", "SignalQueue");
        }
        return new SignalQueue(fd);
    }

    @Override
    public void handle(ReceivedSignal signal) throws ClosedChannelException {
        lend(fd -> {
            signals.add(signal);
            DispatcherNative.setEvent(fd);
            return 0;
        });
    }

    /**
     * Takes the oldest.
     *
     * @return null when there is none
     * @throws ClosedChannelException if this is closed
     */
    public ReceivedSignal poll() throws ClosedChannelException {
        ReceivedSignal[] taken = new ReceivedSignal[1];
        lend(fd -> take(fd, taken));
        return taken[0];
    }

    /**
     * Takes the oldest, and waits for one: for the {@linkplain #setTimeout timeout} at most.
     *
     * @return the signal; null when there is none and this is {@linkplain #configureBlocking not blocking}
     * @throws InterruptedException if the thread is interrupted before or while it waits
     * @throws ClosedChannelException if this is closed, before or meanwhile
     * @throws dev.strait.ErrnoException ETIMEDOUT
     * @throws IOException one of these
     */
    public ReceivedSignal take() throws IOException, InterruptedException {
        ReceivedSignal[] taken = new ReceivedSignal[1];
        performInterruptibly("take", POLLIN, fd -> take(fd, taken));
        return taken[0];
    }

    /** Who adds one after the look at an empty queue sets the event after we have reset it. */
    private long take(int fd, ReceivedSignal[] taken) {
        taken[0] = signals.poll();
        if (signals.isEmpty()) {
            DispatcherNative.resetEvent(fd);
            if (!signals.isEmpty()) {
                DispatcherNative.setEvent(fd);
            }
        }
        return taken[0] == null ? -EAGAIN : 0;
    }
}
